"""What is ignored is what git ignores."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from semspace.readers import walk

GIT = shutil.which("git")
needs_git = pytest.mark.skipif(GIT is None, reason="git is not installed")

TREE = (
    "a.md", "b.txt", "build/a.md", "build/keep.md", "build/sub/a.md", "docs/a.md", "docs/b.txt", "docs/build/a.md",
    "docs/deep/a.md", "docs/deep/er/b.txt", "foo/foo/a.md", "foo/bar", "sp ace.md", "ex!clam.md", "#hash.md", "[x].md",
    "back\\slash.md", "trail .md", "café.md", "x/y/z/a.md",
)  # fmt: skip
PATTERNS = (
    "*", "*.md", "*.txt", "!*.md", "!a.md", "/a.md", "build", "build/", "/build", "/build/", "!build/", "build/*",
    "!build/keep.md", "build/**", "**/build", "**/build/", "**/a.md", "docs/**/a.md", "docs/*/a.md", "docs/", "!docs/",
    "!docs/deep", "*/", "!*/", "**/", "/*", "/*/", "/**", "**", "foo", "foo/foo", "/foo/foo/", "!foo/foo", "foo/**/bar",
    "?.md", "[ab].*", "[!a].md", "[a-c].md", "\\#hash.md", "#hash.md", "\\!x", "ex\\!clam.md", "\\[x].md", "sp ace.md",
    "trail\\ .md", "a.md   ", "", "   ", "/", "//", "caf*", "x/**/z", "x/**", "!x/y", "deep/", "er", "***", "a**",
    "[", "[]", "\\", "a.md\\",
)  # fmt: skip


def make(root: Path, ignores: dict[str, list[str]]) -> None:
    for name in TREE:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text("words")
    for folder, lines in ignores.items():
        (root / folder / ".gitignore").write_text("\n".join(lines) + "\n")


def by_git(root: Path) -> list[str]:
    out = subprocess.run(
        [str(GIT), "ls-files", "-z", "--others", "--exclude-standard"],
        cwd=root,
        capture_output=True,
        check=True,
        env={"HOME": "/nonexistent", "GIT_CONFIG_NOSYSTEM": "1", "PATH": os.defpath},
    ).stdout
    names = (os.fsdecode(name) for name in out.split(b"\x00") if name)
    return sorted(name for name in names if not name.endswith(".gitignore"))


def by_us(root: Path) -> list[str]:
    return sorted(os.path.relpath(found.path, root) for found in walk(root) if not found.skipped)


@needs_git
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.fixed_dictionaries(
        {"": st.lists(st.sampled_from(PATTERNS), max_size=5)},
        optional={folder: st.lists(st.sampled_from(PATTERNS), max_size=4) for folder in ("docs", "build", "foo/foo")},
    )
)
@example({"": ["build/**", "!build/keep.md"]})
@example({"": ["*", "!*/", "!*.md"]})
@example({"": ["*.md"], "docs": ["!deep/"]})
@example({"": ["*/"], "docs": ["!a.md"]})
@example({"": ["foo/**/bar", "x/**/z"]})
def test_the_files_found_are_those_that_git_would_add(tmp_path: Path, ignores: dict[str, list[str]]) -> None:
    root = tmp_path / "repository"
    if not root.exists():
        subprocess.run([str(GIT), "init", "-q", str(root)], check=True)
    for old in root.rglob(".gitignore"):
        old.unlink()
    make(root, ignores)
    assert by_us(root) == by_git(root), ignores


def test_rules_of_the_folders_above_hold_up_to_the_root_of_the_repository(tmp_path: Path) -> None:
    (tmp_path / ".gitignore").write_text("*.md\n")
    repository = tmp_path / "repository"
    make(repository / "inner", {})
    (repository / ".git/info").mkdir(parents=True)
    (repository / ".gitignore").write_text("*.txt\n/inner/docs/\n")
    (repository / ".git/info/exclude").write_text("foo\n")
    found = by_us(repository / "inner")
    assert "a.md" in found, "a rule from above the repository must not hold"
    assert not [name for name in found if name.endswith(".txt") or name.startswith(("docs/", "foo/"))]


def test_without_a_repository_the_folders_above_impose_nothing(tmp_path: Path) -> None:
    (tmp_path / ".gitignore").write_text("*\n")
    make(tmp_path / "notes", {})
    assert "a.md" in by_us(tmp_path / "notes")


def test_a_repository_inside_the_root_has_rules_of_its_own(tmp_path: Path) -> None:
    (tmp_path / ".gitignore").write_text("*.md\n")
    (tmp_path / ".semspaceignore").write_text("*.txt\n")
    make(tmp_path / "project", {})
    (tmp_path / "project/.git").mkdir()
    found = by_us(tmp_path)
    assert "project/a.md" in found
    assert "project/b.txt" not in found


def test_semspaceignore_has_the_last_word_in_its_folder(tmp_path: Path) -> None:
    make(tmp_path, {"": ["*.md"]})
    (tmp_path / ".semspaceignore").write_text("!a.md\nb.txt\n")
    found = by_us(tmp_path)
    assert "a.md" in found
    assert "b.txt" not in found
    assert "café.md" not in found


def test_a_named_root_is_walked_though_its_repository_ignores_it(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    (tmp_path / ".gitignore").write_text("notes/\n")
    make(tmp_path / "notes", {})
    assert "a.md" in by_us(tmp_path / "notes")


def test_ignore_files_can_be_ignored(tmp_path: Path) -> None:
    make(tmp_path, {"": ["*"]})
    assert [found.path for found in walk(tmp_path)] == []
    assert len([found for found in walk(tmp_path, ignore=False) if not found.skipped]) == len(TREE)


def test_a_line_that_is_no_pattern_is_passed_over(tmp_path: Path) -> None:
    make(tmp_path, {"": ["[z-a]", "\\", "!", "***/", "b.txt"]})
    found = by_us(tmp_path)
    assert "a.md" in found
    assert "b.txt" not in found
