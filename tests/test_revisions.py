"""Two revisions of a folder are compared as git has stored them: no checkout, no hook, no filter, no network."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from semspace import Space
from semspace.errors import InvalidInput, PathNotFound
from semspace.revisions import Revision

if shutil.which("git") is None:
    pytest.skip("git is not installed", allow_module_level=True)

Git = Callable[..., str]
SUBJECTS = ("bread from the oven", "a ship at sea", "the bank of the river", "stars and planets", "a cat on the mat", "rain")
WAYS = ("notes about {}", "what I know of {}", "{} once more", "a story of {}", "why {} matters", "{} at last", "{} again")
PLANTED = "the volcano eruption with lava"


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    folder = tmp_path / "repository"
    folder.mkdir()
    return folder


@pytest.fixture
def git(repository: Path) -> Git:
    def run(*words: str, data: bytes | None = None) -> str:
        settings = [part for one in ("user.name=x", "user.email=x@y", "commit.gpgsign=false") for part in ("-c", one)]
        ran = subprocess.run(["git", "-C", str(repository), *settings, *words], input=data, capture_output=True, check=True)
        return ran.stdout.decode().strip()

    run("init", "-q")
    return run


def commit(git: Git, message: str) -> str:
    git("add", "-A")
    git("commit", "-q", "-m", message)
    return git("rev-parse", "HEAD")


@pytest.fixture
def space(models: Path, tmp_path: Path) -> Iterator[Space]:
    with Space.create(tmp_path / "space", models=models) as made:
        yield made


def notes(folder: Path, *, planted: bool) -> None:
    folder.mkdir(exist_ok=True)
    for number, way in enumerate(WAYS):
        for place, subject in enumerate(SUBJECTS):
            (folder / f"{number}-{place}.md").write_text(f"# {way.format(subject)}\n\nIt was {way.format(subject)} that day.\n")
    for number, way in enumerate(WAYS * 3 if planted else ()):
        (folder / f"new-{number}.md").write_text(f"# {way.format(PLANTED)}\n\nOn day {number}: {way.format(PLANTED)}.\n")


def test_a_topic_that_came_with_a_revision_is_found_and_named(space: Space, repository: Path, git: Git) -> None:
    notes(repository / "docs", planted=False)
    (repository / "README").write_text("not below the folder")
    first = commit(git, "first")
    notes(repository / "docs", planted=True)
    commit(git, "second")
    shutil.rmtree(repository / "docs")

    found = space.drift_revisions(first[:10], "HEAD", repository / "docs")
    assert found.found
    assert {"volcano", "eruption", "lava"} & {part for word in found.rising[0].words for part in word.split()}
    assert (found.old, found.new) == (first[:10], "HEAD")
    assert found.files == (42, 63)
    mention = found.novel[0].passage
    assert Path(mention.path or "").parent == repository / "docs"
    assert mention.to_dict()["id"] is None, "it is in no space"
    assert found.to_dict() == space.drift_revisions(first, "HEAD", repository / "docs").to_dict() | {"old": first[:10]}
    assert len(space) == 0, "nothing went into the space"
    assert git("status", "--porcelain") != "", "the work tree is as it was"


def test_a_revision_does_not_differ_from_itself(space: Space, repository: Path, git: Git) -> None:
    notes(repository / "docs", planted=False)
    commit(git, "only")
    found = space.drift_revisions("HEAD", "HEAD", repository / "docs")
    assert (found.rising, found.falling) == ((), ())
    assert all(one.nearest > 0.999 for one in found.novel)
    assert not found.found


def test_passages_of_the_space_are_not_encoded_again(space: Space, repository: Path, git: Git) -> None:
    notes(repository, planted=False)
    commit(git, "only")
    space.index([repository])
    encoder, encoded = space._opened(bulk=True), list[str]()

    class Counting:
        def __getattr__(self, name: str) -> object:
            return getattr(encoder, name)

        def encode(self, texts: list[str], role: str) -> object:
            encoded.extend(texts)
            return encoder.encode(texts, role)  # type: ignore[arg-type]

    space._encoders[True] = Counting()  # type: ignore[assignment]
    space.drift_revisions("HEAD", "HEAD", repository)
    assert encoded == []


def test_files_come_as_they_are_stored_and_nothing_of_the_repository_runs(repository: Path, git: Git, tmp_path: Path) -> None:
    ran = tmp_path / "ran"
    (repository / "a.txt").write_text("as it is stored")
    (repository / ".gitattributes").write_text("*.txt filter=evil diff=evil\n")
    (repository / "link").symlink_to("/etc/passwd")
    commit(git, "one")
    for key in (
        "filter.evil.smudge",
        "filter.evil.clean",
        "diff.evil.textconv",
        "core.fsmonitor",
        "core.pager",
        "core.sshCommand",
    ):
        git("config", key, f"touch {ran}")
    hooks = repository / ".git" / "hooks"
    for name in ("post-checkout", "reference-transaction", "post-index-change"):
        (hooks / name).write_text(f"#!/bin/sh\ntouch {ran}\n")
        (hooks / name).chmod(0o700)
    into = tmp_path / "into"
    into.mkdir()
    assert Revision.of("HEAD", str(repository)).extract(into) == 2
    assert (into / "a.txt").read_text() == "as it is stored"
    assert sorted(path.name for path in into.iterdir()) == [".gitattributes", "a.txt"], "links are no texts"
    assert not ran.exists()


def test_a_tree_cannot_lead_out_of_its_folder(repository: Path, git: Git, tmp_path: Path) -> None:
    blob = git("hash-object", "-w", "--stdin", data=b"hostile")
    inner = git("hash-object", "-w", "-t", "tree", "--literally", "--stdin", data=b"100644 out\0" + bytes.fromhex(blob))
    tree = b"".join(
        mode + b" " + name + b"\0" + bytes.fromhex(one)
        for mode, name, one in ((b"40000", b"..", inner), (b"40000", b".git", inner), (b"100644", b"good", blob))
    )
    outer = git("hash-object", "-w", "-t", "tree", "--literally", "--stdin", data=tree)
    made = git("commit-tree", outer, "-m", "hostile")
    into = tmp_path / "deep" / "into"
    into.mkdir(parents=True)
    assert Revision.of(made, str(repository)).extract(into) == 1
    assert [path.name for path in (tmp_path / "deep").rglob("*")] == ["into", "good"]


def test_names_are_taken_as_they_are(repository: Path, git: Git, tmp_path: Path) -> None:
    for name in ("*.md", ":(top)x", "new\nline", "ü"):
        (repository / name).mkdir()
        (repository / name / "text").write_text(name)
    commit(git, "odd")
    for number, name in enumerate(("*.md", ":(top)x", "new\nline", "ü")):
        into = tmp_path / str(number)
        into.mkdir()
        assert Revision.of("HEAD", str(repository / name)).extract(into) == 1
        assert (into / "text").read_text() == name


@pytest.mark.parametrize("name", ["nowhere", "--all", "--output=x", "", "HEAD:README"])
def test_a_revision_that_is_not_there_is_an_error(repository: Path, git: Git, name: str) -> None:
    (repository / "README").write_text("one")
    commit(git, "one")
    with pytest.raises(InvalidInput, match="revision"):
        Revision.of(name, str(repository))


def test_a_folder_that_was_not_there_or_in_no_repository_is_an_error(repository: Path, git: Git, tmp_path: Path) -> None:
    (repository / "README").write_text("one")
    commit(git, "one")
    with pytest.raises(PathNotFound, match="nothing below"):
        Revision.of("HEAD", str(repository / "docs")).extract(tmp_path)
    with pytest.raises(InvalidInput, match="not a git repository"):
        Revision.of("HEAD", str(tmp_path))


def test_what_a_partial_clone_lacks_is_not_fetched(repository: Path, git: Git, tmp_path: Path) -> None:
    (repository / "README").write_text("one")
    commit(git, "one")
    git("config", "uploadpack.allowFilter", "true")
    clone = tmp_path / "clone"
    url = f"file://{repository}"
    subprocess.run(
        ["git", "clone", "-q", "--no-checkout", "--filter=blob:none", url, str(clone)], check=True, capture_output=True
    )
    with pytest.raises(InvalidInput):
        Revision.of("HEAD", str(clone)).extract(tmp_path)
    assert not (tmp_path / "README").exists()


def test_what_stayed_does_not_hide_what_came(space: Space, repository: Path, git: Git) -> None:
    """Nine files of ten are the same on both sides: the tenth is compared with them, not drowned by them."""
    for part in range(4):
        notes(repository / str(part), planted=False)
    commit(git, "first")
    (repository / "4").mkdir()
    for number, way in enumerate(WAYS * 2):
        (repository / "4" / f"{number}.md").write_text(f"On day {number}: {way.format(PLANTED)}.\n")
    (repository / "0" / "0-0.md").write_text("# changed\n\nIt was changed that day.\n")
    commit(git, "second")
    came, went = space.drift_revisions("HEAD~1", "HEAD", repository), space.drift_revisions("HEAD", "HEAD~1", repository)
    for found, trends in ((came, came.rising), (went, went.falling)):
        assert found.found
        assert {"volcano", "eruption", "lava"} & {part for word in trends[0].words for part in word.split()}
    assert len(came.novel) == 15, "files that stayed as they were are not new"
