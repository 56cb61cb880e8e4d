"""The map of a space: kept, followed without moving anything, never trusted when damaged, and gone with what is forgotten."""

from __future__ import annotations

import json
import random
import shutil
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from semspace import Space
from semspace.bench.faults import tiny
from semspace.cli import main
from semspace.derived.neighborhoods import DerivedGraph
from semspace.errors import EmptyQuery, InvalidInput, MissingDependency
from semspace.latent.graph import nearest
from semspace.store import LOCK, WriterLock
from semspace.views.map import Map

MAP, NAMES = "map.tsne-1.npz", "map.names.npz"


def text(number: int) -> str:
    rng = random.Random(number)
    theme = rng.choices(tiny.WORDS, k=4) if number % 3 else tiny.WORDS[:4]
    return f"{number} " + " ".join(rng.choices([*theme, *tiny.WORDS], k=12))


def add(space: Space, numbers: range) -> None:
    metadata = [{"parity": "even" if number % 2 == 0 else "odd", "tags": [f"t{number % 3}"]} for number in numbers]
    space.add_texts([text(number) for number in numbers], [str(number) for number in numbers], metadata)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    folder = tmp_path_factory.mktemp("map")
    tiny.install(folder / "encoders")
    with Space.create(folder / "space", tiny.NAME, models=folder / "encoders") as space:
        add(space, range(120))
        space.map()
    return folder / "space", folder / "encoders"


@pytest.fixture
def space(made: tuple[Path, Path], tmp_path: Path) -> Iterator[Space]:
    folder = tmp_path / "space"
    shutil.copytree(made[0], folder)
    with Space.open(folder, models=made[1]) as opened:
        yield opened


def at(found: Map) -> dict[int, tuple[float, float]]:
    return dict(zip(found.ids.tolist(), map(tuple, found.layout.positions.tolist()), strict=True))


def test_a_map_has_a_place_for_every_text_and_says_what_it_is_worth(space: Space) -> None:
    found = space.map()
    assert len(found) == len(space) == 120
    data = json.loads(json.dumps(found.to_dict()))
    assert data["faithfulness"]["sample"] == 120
    assert (data["method"], data["spread"], data["seed"], data["fitted"]) == ("tsne", 1.0, 0, 120)
    assert "trustworthiness ." in found.footer
    assert f"keeps {100 * found.layout.faith.kept_15:.0f} %" in found.footer
    assert len(found.footer.replace("120 texts", "99,999 texts")) <= 80, "one line of a narrow terminal"
    np.testing.assert_allclose(found.layout.faith.kept_15, found.kept.mean(), atol=0.02)


def test_a_kept_map_is_the_one_made_anew_bit_for_bit(space: Space) -> None:
    kept = space.map()
    for path in space.folder.glob("map.*"):
        path.unlink()
    anew = space.map()
    assert kept.positions.tobytes() == anew.positions.tobytes()
    assert kept.footer == anew.footer


def test_new_texts_are_placed_and_what_was_there_does_not_move(space: Space) -> None:
    before = at(space.map())
    add(space, range(120, 130))
    space.remove(["3", "4"])
    found = space.map()
    after = at(found)
    assert len(after) == 128
    assert {number: after[number] for number in before if number in after} == {
        number: place for number, place in before.items() if number in after
    }
    assert int((~found.layout.fitted).sum()) == 10
    assert "10 placed since the fit" in found.footer
    assert space.map().positions.tobytes() == found.positions.tobytes()


def test_the_graph_that_followed_is_the_one_of_the_texts_as_they_are(space: Space) -> None:
    add(space, range(120, 131))
    space.remove(["7", "8", "9"])
    space.map()
    ids = space._store.encoded_ids()
    vectors = space._store.vectors(ids)

    def never() -> np.ndarray:
        raise AssertionError("it was not kept")

    graph, anew = DerivedGraph(space.folder, space._store).get(ids, never), nearest(vectors)
    np.testing.assert_array_equal(graph.neighbors, anew.neighbors)
    np.testing.assert_array_equal(graph.similarities, anew.similarities)


def test_a_map_on_which_little_fits_any_more_is_made_anew_over_the_old_one(space: Space) -> None:
    before = space.map()
    add(space, range(120, 520))
    found = space.map()
    assert found.layout.fitted.all()
    shared = np.isin(found.ids, before.ids)
    moved = found.layout.positions[shared] - before.positions
    # Turned and mirrored as the old one was: nothing is nearer to it by another turn.
    turned = found.layout.positions[shared] * [-1, -1]
    assert (moved**2).sum() < ((turned - before.positions) ** 2).sum()


def test_a_refit_is_asked_for_and_then_kept(space: Space) -> None:
    before = space.map()
    add(space, range(120, 125))
    assert not space.map().layout.fitted.all()
    found = space.map(refit=True)
    assert found.layout.fitted.all()
    assert found.positions[:5].tobytes() != before.positions[:5].tobytes()
    assert space.map().positions.tobytes() == found.positions.tobytes()


@pytest.mark.parametrize("name", [MAP, NAMES, "graph.npz", "graph.moments.npz"])
@pytest.mark.parametrize("damage", ["flipped", "cut", "empty", "foreign", "gone", "a folder", "pickled"])
def test_a_damaged_file_is_noticed_and_made_again(space: Space, name: str, damage: str) -> None:
    space.map()
    found = space.map()
    want, labels = found.positions.tobytes(), found.labels
    path = space.folder / name
    data = path.read_bytes()
    path.unlink()
    if damage == "flipped":
        path.write_bytes(data[:-200] + bytes([data[-200] ^ 1]) + data[-199:])
    elif damage == "cut":
        path.write_bytes(data[: len(data) // 2])
    elif damage == "empty":
        path.touch()
    elif damage == "foreign":
        np.savez(path, ids=np.arange(3), positions=np.zeros((3, 2)))
    elif damage == "a folder":
        path.mkdir()
    elif damage == "pickled":
        np.save(path.with_suffix(".npy"), np.array([{}], dtype=object), allow_pickle=True)
        path.with_suffix(".npy").rename(path)
    if name not in {MAP, NAMES}:
        # What it is made of is only looked at again where the map is not there.
        (space.folder / MAP).unlink()
    if damage != "gone":
        assert [finding.part for finding in space.check() if finding.count] == [name]
    again = space.map()
    assert (again.positions.tobytes(), again.labels) == (want, labels)
    assert [finding.part for finding in space.check() if finding.count] == []


def test_repair_takes_away_a_link_that_leads_nowhere(space: Space) -> None:
    space.standouts("hubs")
    space.health()
    moments = space.folder / "graph.moments.npz"
    moments.unlink()
    moments.symlink_to("nowhere")
    assert any(finding.count for finding in space.check() if finding.part == moments.name)
    Space.repair(space.folder, models=space._models)
    assert not any(finding.count for finding in space.check())


def test_repair_puts_a_damaged_map_aside(space: Space, made: tuple[Path, Path]) -> None:
    path = space.folder / MAP
    path.write_bytes(path.read_bytes()[:-7])
    done = {mending.part: mending.mended for mending in Space.repair(space.folder, models=made[1])}
    assert done[MAP] == 1
    assert not path.exists()
    assert len(list((space.folder / "quarantine").rglob(MAP))) == 1
    assert len(space.map()) == 120


def test_a_map_is_drawn_while_another_process_writes_and_then_not_kept(space: Space) -> None:
    (space.folder / MAP).unlink()
    with WriterLock(space.folder / LOCK):
        assert len(space.map()) == 120
        assert not (space.folder / MAP).exists()
    assert len(space.map()) == 120
    assert (space.folder / MAP).stat().st_mode & 0o777 == 0o600


def test_what_is_forgotten_is_in_no_map_and_no_graph(space: Space) -> None:
    space.map()
    before = at(space.map())
    gone = space._store.passages_of("text:5")[0]
    report = space.forget(["5"], verify=True)
    assert report.traces == {}
    assert not (space.folder / NAMES).exists()
    assert not (space.folder / "graph.npz").exists()
    assert not (space.folder / "graph.moments.npz").exists()
    with np.load(space.folder / MAP) as file:
        assert gone not in file["ids"]
        assert len(file["ids"]) == 119
    del before[gone]
    assert at(space.map()) == before


def test_status_says_what_maps_and_graph_take(space: Space) -> None:
    taken = space.status().bytes
    assert taken["maps"] == sum((space.folder / name).stat().st_size for name in (MAP, NAMES))
    assert taken["graph"] == sum((space.folder / name).stat().st_size for name in ("graph.npz", "graph.moments.npz"))


def test_narrowing_shows_a_part_where_it_is_on_the_whole_map(space: Space) -> None:
    whole, part = at(space.map()), space.map("parity = 'odd'")
    assert len(part) == 60
    rows = {row["id"]: (row["x"], row["y"]) for row in part.rows()}
    assert rows == {number: tuple(np.round(np.float64(whole[number]), 3)) for number in rows}
    assert part.footer.startswith("60 of 120 texts")
    alone = space.map("parity = 'odd'", refit=True)
    assert alone.footer.startswith("60 texts")
    assert at(space.map()) == whole


def test_a_query_lies_among_its_neighbours(space: Space) -> None:
    found = space.map(query=text(11))
    assert found.spot is not None
    number, similarity = found.spot.neighbors[0]
    assert (number, round(similarity, 3)) == (space._store.passages_of("text:11")[0], 1.0)
    gaps = np.hypot(*(found.positions - [found.spot.x, found.spot.y]).T)
    near = np.isin(found.ids, [number for number, _ in found.spot.neighbors])
    assert np.median(gaps[near]) < np.median(gaps[~near])
    assert [look for _, _, look in found.marks] == ["lit"] * 15 + ["cross"]


@pytest.mark.parametrize(
    ("by", "names"),
    [("parity", {"even", "odd"}), ("tags", {"t0", "t1", "t2"}), ("folder", {"texts"}), ("kept", None), ("date", {"none"})],
)
def test_points_are_grouped_by_what_is_known_of_them(space: Space, by: str, names: set[str] | None) -> None:
    found = space.map(color_by=by)
    assert found.groups is not None
    assert names is None or set(found.groups.names) == names
    rows = {row["id"]: row for row in found.rows()}
    if by == "parity":
        for number in range(0, 120, 7):
            (passage,) = space._store.passages_of(f"text:{number}")
            assert rows[passage]["group"] == ("odd" if number % 2 else "even")
    if by == "kept":
        assert {row["group"] == "keeps none" for row in rows.values() if row["kept"] == 0} <= {True}


def test_what_cannot_be_drawn_is_said(space: Space) -> None:
    with pytest.raises(InvalidInput, match="has a field 'colour'"):
        space.map(color_by="colour")
    with pytest.raises(InvalidInput, match="Spread"):
        space.map(spread=0.5)
    with pytest.raises(EmptyQuery):
        space.map(query=" . ")


def test_umap_is_used_where_it_is_installed_and_asked_for_where_not(space: Space) -> None:
    try:
        import umap  # noqa: F401
    except ImportError:
        with pytest.raises(MissingDependency, match="umap-learn"):
            space.map(method="umap")
    else:
        assert len(space.map(method="umap")) == 120


def test_an_empty_space_has_an_empty_map(made: tuple[Path, Path], tmp_path: Path) -> None:
    with Space.create(tmp_path / "empty", tiny.NAME, models=made[1]) as space:
        found = space.map(query="anything", color_by="date")
        assert (len(found), found.marks) == (0, [])


def test_the_command_draws_and_writes(space: Space, made: tuple[Path, Path], capsys: pytest.CaptureFixture[str]) -> None:
    place = ["--index", str(space.folder), "--models", str(made[1])]
    assert main(["map", *place, "--query", "winter stone", "--color-by", "parity"]) == 0
    assert "120 texts · keeps" in capsys.readouterr().out
    assert main(["map", *place, "--json", "--where", "parity = 'odd'"]) == 0
    assert json.loads(capsys.readouterr().out)["count"] == 60
    assert main(["map", *place, "--where", "parity = 'neither'"]) == 1
    assert main(["map", *place, "--spread", "99"]) == 2
