"""The picture of a map: labels that tell what lies there, windows of it, and the files that it is drawn into."""

from __future__ import annotations

import base64
import gzip
import io
import json
import random
import re
import shutil
import stat
from collections.abc import Iterator, Sequence
from itertools import chain
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest
from rich.cells import cell_len
from rich.console import Console

from semspace import Space
from semspace.bench.faults import tiny
from semspace.cli import main
from semspace.errors import InvalidInput, PassageNotFound
from semspace.ui.console import THEME
from semspace.views.labels import labels

THEMES = (
    ("river", "mountain", "forest", "sea"),
    ("oven", "flour", "bread", "table"),
    ("planet", "orbit", "star", "glass"),
)
FILLERS = ("market", "school", "letter", "stone", "tower", "copper", "winter", "window")
EVIL = ["\x1b[2J\x1b]0;owned\x07", "[/] [bold]", "</script><script>alert(1)</script>", "\u202eevil", "line\nline\x00"]
STYLE = re.compile(r"\x1b\[[0-9;]*m")
FORBIDDEN = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]")


def planted(theme: int, number: int) -> str:
    rng = random.Random(100 * theme + number)
    words = [*rng.choices(THEMES[theme], k=6), *rng.choices(FILLERS, k=2)]
    rng.shuffle(words)
    return f"{' '.join(words)}."


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    folder = tmp_path_factory.mktemp("picture")
    tiny.install(folder / "encoders")
    with Space.create(folder / "space", tiny.NAME, models=folder / "encoders") as space:
        texts = [planted(number % 3, number) for number in range(240)]
        space.add_texts(texts, [str(number) for number in range(240)], [{"theme": f"t{number % 3}"} for number in range(240)])
        space.map(color_by="topic")
    return folder / "space", folder / "encoders"


@pytest.fixture
def space(made: tuple[Path, Path], tmp_path: Path) -> Iterator[Space]:
    shutil.copytree(made[0], tmp_path / "space")
    with Space.open(tmp_path / "space", models=made[1]) as opened:
        yield opened


def unpacked(page: str) -> dict[str, Any]:
    """Return what a page holds in words."""
    packed = re.search(r'id="words">([^<]*)<', page)
    assert packed
    found: dict[str, Any] = json.loads(gzip.decompress(base64.b64decode(packed[1])))
    return found


def drawn(value: object, width: int = 80, height: int = 24, **console: object) -> str:
    out = Console(
        **{
            "file": io.StringIO(), "width": width, "height": height, "theme": THEME, "color_system": None,
            "legacy_windows": False, **console,
        }  # type: ignore[arg-type]
    )  # fmt: skip
    out.print(value)
    return out.file.getvalue()  # type: ignore[attr-defined, no-any-return]


def true_share(found: Sequence[tuple[float, float, str, float]], positions: np.ndarray, theme_of: np.ndarray) -> float:
    """Return the share of labels that have words of the theme that most points near them are about, and of no other theme."""
    right = []
    for x, y, text, _ in found:
        near = np.argsort(((positions - [x, y]) ** 2).sum(axis=1))[:9]
        theme = THEMES[int(np.bincount(theme_of[near]).argmax())]
        told = set(re.findall(r"\w+", text)) - set(FILLERS)
        right.append(bool(told) and told <= set(theme))
    return float(np.mean(right))


def test_a_label_says_what_lies_there_and_nothing_true_of_texts_that_do_not(space: Space) -> None:
    with space._material() as material:
        positions = space.map().positions
        rows = np.arange(len(material))
        found = labels(material, rows, positions)
        assert len(found) >= 3
        assert true_share(found, positions, rows % 3) == 1.0
        assert {word for _, _, text, _ in found for word in re.findall(r"\w+", text)} & set(THEMES[0])
        # The control: the same places, with the texts of others.
        shuffled = np.random.default_rng(0).permutation(rows)
        assert true_share(labels(material, shuffled, positions), positions, rows % 3) < 0.4


@pytest.mark.parametrize(("width", "height"), [(80, 24), (120, 40), (200, 60)])
@pytest.mark.parametrize("system", [None, "standard", "truecolor"])
def test_a_picture_fits_its_terminal_and_has_its_labels_on_it(space: Space, width: int, height: int, system: str) -> None:
    found = space.map(color_by="theme", query="river sea")
    text = STYLE.sub("", drawn(found, width, height, color_system=system, force_terminal=system is not None))
    lines = text.splitlines()
    assert max(map(cell_len, lines)) <= width
    assert any(label.text in text for label in found.labels)
    assert "keeps" in text
    if system:
        assert "t0" in text


def test_a_screen_holds_map_and_hits_and_a_pipe_all_of_them(space: Space) -> None:
    found = space.map(query="planet orbit star")

    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    screen = drawn(found, file=Terminal()).splitlines()
    assert len(screen) <= 23
    assert "more with --json" in "\n".join(screen)
    pipe = drawn(found)
    assert found.spot is not None
    for number, similarity in found.spot.neighbors:
        assert re.search(rf"^ {similarity:.2f}  #{number}  ", pipe, re.MULTILINE)


def test_what_is_named_once_is_not_named_again_even_where_the_encoder_is_gone(
    space: Space, made: tuple[Path, Path], tmp_path: Path
) -> None:
    want = space.map(color_by="topic")
    assert want.labels
    names = (space.folder / "map.names.npz").read_bytes()
    space.close()
    with Space.open(space.folder, models=tmp_path / "nothing") as bare:
        found = bare.map(color_by="topic")
        assert found.labels == want.labels
        assert found.groups is not None
        assert want.groups is not None
        assert found.groups.names == want.groups.names
    assert (space.folder / "map.names.npz").read_bytes() == names


def test_colours_by_topic_are_the_topics_that_are_listed(space: Space) -> None:
    found = space.map(color_by="topic")
    listed = space.topics()
    assert found.groups is not None
    assert found.groups.names == [topic.name for topic in listed.topics]
    assert np.bincount(found.groups.numbers).tolist() == [topic.count for topic in listed.topics]


def test_a_window_is_about_a_passage_words_or_the_query(space: Space) -> None:
    whole = space.map()
    number = int(whole.ids[7])
    near = space.map(at=f"#{number}", zoom=8)
    assert near.view is not None
    left, bottom, right, top = near.view
    x, y = whole.positions[7].tolist()
    assert ((left + right) / 2, (bottom + top) / 2) == pytest.approx((x, y), abs=1e-4)
    side = (whole.positions.max(axis=0) - whole.positions.min(axis=0)).max()
    assert right - left == pytest.approx(1.04 * side / 8, rel=1e-3)
    assert json.loads(json.dumps(near.to_dict()))["view"] == pytest.approx([left, bottom, right, top])
    for x, y, _, _ in near.labels:
        assert left - (right - left) <= x <= right + (right - left)
        assert bottom <= y <= top
    asked = space.map(query="oven bread", zoom=4)
    assert asked.view is not None
    assert asked.spot is not None
    assert (asked.view[0] + asked.view[2]) / 2 == pytest.approx(asked.spot.x, abs=1e-4)
    # Words alone mean four times nearer.
    words = space.map(at="oven bread")
    assert words.view == pytest.approx(asked.view)


def test_what_cannot_be_shown_is_said(space: Space) -> None:
    with pytest.raises(PassageNotFound):
        space.map(at="#99999")
    with pytest.raises(InvalidInput, match="Zoom"):
        space.map(zoom=0.5)
    with pytest.raises(InvalidInput, match="detail"):
        space.map(detail="fine")  # type: ignore[arg-type]


def test_a_page_holds_the_texts_that_are_shown_and_no_others(space: Space) -> None:
    found = space.map("theme = 't1'", color_by="topic")
    words = unpacked(found.to_html())
    assert sorted(words["texts"]) == sorted(planted(1, number) for number in range(240) if number % 3 == 1)
    assert words["groupings"][0]["title"] == "topic"
    assert words["footer"] == found.footer
    whole = space.map()
    space.remove(["5"])
    assert len(unpacked(whole.to_html())["texts"]) == 239


@pytest.mark.parametrize(
    "texts", [[], ["river"], ["river bread", "planet"], ["river bread stone"] * 30], ids=["0", "1", "2", "equal"]
)
def test_spaces_of_next_to_nothing_are_drawn(made: tuple[Path, Path], tmp_path: Path, texts: list[str]) -> None:
    with Space.create(tmp_path / "few", tiny.NAME, models=made[1]) as space:
        if texts:
            space.add_texts(texts, [str(number) for number in range(len(texts))])
        for by in (None, "topic", "date"):
            found = space.map(query="river", color_by=by, zoom=2)
            assert len(found) == len(texts)
            assert "texts · keeps" in " ".join(drawn(found).split())
            assert found.to_png().startswith(b"\x89PNG")
            ElementTree.fromstring(found.to_svg())
            assert found.to_html().startswith("<!doctype html>")


def test_hostile_texts_names_and_queries_control_nothing(made: tuple[Path, Path], tmp_path: Path) -> None:
    with Space.create(tmp_path / "evil", tiny.NAME, models=made[1]) as space:
        texts = [f"{evil} river {evil} {word}" for evil in EVIL for word in FILLERS]
        space.add_texts(
            texts, [f"{EVIL[0]}{number}" for number in range(len(texts))], [{"by": evil} for evil in EVIL for _ in FILLERS]
        )
        for query in EVIL[1:4]:
            found = space.map(query=f"river {query}", color_by="by")
            for system in (None, "truecolor"):
                text = STYLE.sub("", drawn(found, color_system=system, force_terminal=system is not None))
                assert not FORBIDDEN.search(text)
            page = found.to_html()
            assert "alert(1)" not in page
            assert page.count("<script") == 3
            assert {node.tag.rpartition("}")[2] for node in ElementTree.fromstring(found.to_svg()).iter()}.isdisjoint(
                {"script", "a"}
            )


def test_of_many_points_some_are_fitted_and_the_others_placed_among_them(space: Space, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = space.map(refit=True)
    monkeypatch.setattr("semspace.latent.layout.LANDMARKS", 120)
    monkeypatch.setattr("semspace.derived.maps.LANDMARKS", 120)
    found = space.map(refit=True)
    assert len(found) == 240
    assert np.isfinite(found.positions).all()
    # Those that were placed are among their like: far better than by chance (15 of 239), not much worse than fitted.
    assert found.layout.faith.kept_15 > max(0.6 * whole.layout.faith.kept_15, 3 * 15 / 239)
    theme = np.arange(240) % 3
    gaps = ((found.positions[:, None] - found.positions[None]) ** 2).sum(axis=2)
    np.fill_diagonal(gaps, np.inf)
    assert (theme[gaps.argmin(axis=1)] == theme).mean() > 0.9
    (space.folder / "map.tsne-1.npz").unlink()
    once = space.map().positions
    (space.folder / "map.tsne-1.npz").unlink()
    assert space.map().positions.tobytes() == once.tobytes()


@pytest.fixture
def place(space: Space, made: tuple[Path, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    monkeypatch.chdir(tmp_path)
    return ["map", "--index", str(space.folder), "--models", str(made[1])]


def test_a_map_is_written_into_files_and_its_own_are_replaced(
    place: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    names = {"--html": "m.html", "--svg": "m.svg", "--png": "m.png"}
    assert main([*place, *chain(*names.items())]) == 0
    assert capsys.readouterr().err.splitlines() == ["wrote m.html", "wrote m.svg", "wrote m.png"]
    before = {name: Path(name).read_bytes() for name in names.values()}
    (tmp_path / "m.svg").chmod(0o640)
    assert main([*place, *chain(*names.items()), "--where", "theme = 't0'"]) == 0
    assert all(Path(name).read_bytes() != data for name, data in before.items())
    assert stat.S_IMODE((tmp_path / "m.svg").stat().st_mode) == 0o640
    assert sorted(path.name for path in tmp_path.iterdir()) == ["m.html", "m.png", "m.svg", "space"]


def test_a_file_of_somebody_else_stays_unless_that_is_wished(
    place: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    notes = tmp_path / "notes.md"
    notes.write_text("semspace draws maps")
    assert main([*place, "--svg", "notes.md", "--html", "m.html"]) == 2
    assert "--force" in capsys.readouterr().err
    assert notes.read_text() == "semspace draws maps"
    assert not (tmp_path / "m.html").exists()
    (tmp_path / "link.svg").symlink_to(notes)
    assert main([*place, "--svg", "link.svg", "--force"]) == 0
    assert (tmp_path / "link.svg").is_symlink()
    assert notes.read_text().startswith("<svg")
    assert main([*place, "--svg", "no/such/folder.svg"]) == 2


def test_a_map_of_nothing_is_no_file_and_says_so(place: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*place, "--where", "theme = 'none'", "--html", "m.html"]) == 1
    assert "not written" in capsys.readouterr().err
    assert not (tmp_path / "m.html").exists()


def test_json_says_what_the_picture_says(place: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*place, "--json", "--query", "river sea", "--zoom", "3"]) == 0
    data = json.loads(capsys.readouterr().out)
    assert all(label["count"] > 0 and label["text"] for label in data["labels"])
    assert "river" in data["query"]["neighbors"][0]["text"] or "sea" in data["query"]["neighbors"][0]["text"]
    assert len(data["view"]) == 4
