"""A map in the terminal: what is drawn where, in which colours, and what a hostile name can do (nothing)."""

from __future__ import annotations

import io
import re
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.console import Console

from semspace.ui.canvas import bounds, braille, cells_of, fit, levels, place, spread, tally
from semspace.ui.labelling import Label, least_scales, place_labels
from semspace.ui.mapping import MapPicture, Mark
from semspace.ui.palette import GROUPS, group_colors, ramp

STYLE = re.compile(r"\x1b\[[0-9;]*m")


def points(*places: tuple[float, float]) -> Any:
    return np.array(places, dtype=np.float32).reshape(-1, 2)


def cloud(count: int = 2000, seed: int = 0) -> Any:
    return np.random.default_rng(seed).normal(size=(count, 2)).astype(np.float32)


def drawn(picture: MapPicture, width: int = 80, height: int = 24, encoding: str = "utf-8", **console: Any) -> str:
    stream = io.TextIOWrapper(io.BytesIO(), encoding=encoding, newline="")
    out = Console(
        **{"file": stream, "width": width, "height": height, "color_system": None, "legacy_windows": False, **console}
    )
    out.print(picture, end="")
    stream.flush()
    return stream.buffer.getvalue().decode(encoding)  # type: ignore[attr-defined]


def rows_of(picture: MapPicture, width: int, height: int, **console: Any) -> list[str]:
    return STYLE.sub("", drawn(picture, width, height, **console)).split("\n")[:-1]


def test_every_dot_of_braille_is_where_its_point_is() -> None:
    """One cell holds 4 x 2 dots; Unicode numbers them 1, 2, 3, 7 on the left and 4, 5, 6, 8 on the right."""
    for row, column, code in [
        (0, 0, 0x01),
        (1, 0, 0x02),
        (2, 0, 0x04),
        (3, 0, 0x40),
        (0, 1, 0x08),
        (1, 1, 0x10),
        (2, 1, 0x20),
        (3, 1, 0x80),
    ]:
        _, pixels = place(points((column + 0.5, 3.5 - row)), (0, 0, 2, 4), 2, 4)
        assert braille(pixels, 1, 1).tolist() == [[code]]


def test_a_small_picture_is_what_one_would_draw_by_hand() -> None:
    """Ten by five cells are 20 x 20 dots; a diagonal of 20 points leaves two dots in each of ten cells, from cell to cell."""
    diagonal = points(*[(at + 0.5, at + 0.5) for at in range(20)])
    picture = MapPicture(diagonal, view=(0, 0, 20, 20), detail="dots")
    # From the bottom left: dots 8 and 3+... of a cell: (3,0)+(2,1) below, then (1,0)+(0,1).
    low, high = chr(0x2800 + 0x40 + 0x20), chr(0x2800 + 0x02 + 0x08)
    want = [" " * (8 - 2 * row) + low + high for row in range(5)]
    assert rows_of(picture, 10, 6) == want


def test_a_half_block_stands_for_two_pixels() -> None:
    """Above, below, both: at 2 points a pixel nothing is spread far enough to fill a neighbour."""
    picture = MapPicture(points((0.5, 9.5), (4.5, 8.5), (8.5, 9.5), (8.5, 8.5)), view=(0, 0, 10, 10), detail="density")
    first = rows_of(picture, 10, 6, force_terminal=True, color_system="truecolor")[0]
    assert (first[0], first[4], first[8]) == ("▀", "▄", "█")


def test_without_colours_density_is_shades_and_groups_are_letters() -> None:
    many = np.repeat(points((0.5, 0.5)), 50, axis=0)
    positions = np.concatenate([many, points((9.5, 9.5))])
    picture = MapPicture(positions, view=(0, 0, 10, 10), detail="density")
    assert rows_of(picture, 10, 6) == [" " * 9 + "·", "", "", "", "█"]
    groups = np.array([0] * 50 + [1], dtype=np.int32)
    lettered = rows_of(MapPicture(positions, groups, ["many", "one"], view=(0, 0, 10, 10)), 10, 6)
    assert (lettered[0], lettered[4]) == (" " * 9 + "b", "A")
    assert any("A many" in line for line in rows_of(MapPicture(positions, groups, ["many", "one"]), 80, 24))


def test_the_majority_gives_a_cell_its_colour_and_the_median_where_groups_are_ordered() -> None:
    cells = np.zeros(5, dtype=np.int64)
    groups = np.array([0, 0, 4, 3, 4], dtype=np.int32)
    assert tally(cells, groups, 6, None, 1, 1).group.item() == 0
    assert tally(cells, groups, 6, None, 1, 1, ordered=True).group.item() == 3
    assert tally(cells, groups, 6, np.array([True, True, False, False, True]), 1, 1).dim.item()
    assert not tally(cells, groups, 6, np.array([True, True, False, False, False]), 1, 1).dim.item()


def test_points_are_counted_where_they_are_and_nowhere_else() -> None:
    positions = np.concatenate([cloud(), points((np.nan, 0), (np.inf, 1))])
    view = fit(bounds(positions), 40, 40)
    seen, pixels = place(positions, view, 80, 80)
    assert seen is not None
    assert seen.tolist() == list(range(2000))
    counted = tally(cells_of(pixels, 40, 2, 2), None, 1, None, 40, 40).count
    x, y = positions[:2000].T
    want, _, _ = np.histogram2d(-y, x, bins=40, range=[[-view[3], -view[1]], [view[0], view[2]]])
    assert np.abs(counted - want).sum() <= 4  # a point on an edge may fall to either side
    assert counted.sum() == 2000


def test_a_unit_is_as_long_across_as_up() -> None:
    left, bottom, right, top = fit((0, 0, 10, 1), 80, 40)
    assert (right - left) / 80 == pytest.approx((top - bottom) / 40)
    assert left <= 0 <= bottom + 5
    assert right >= 10


def test_smoothing_keeps_what_was_there_and_fills_only_beside_it() -> None:
    counted = tally(np.array([55] * 9), np.array([1] * 9, dtype=np.int32), 3, None, 10, 10)
    smooth = spread(counted)
    assert smooth.group[5, 5] == 1
    assert (np.argwhere(smooth.count > 0) - 5 <= 1).all()
    assert set(smooth.group[smooth.count > 0].tolist()) == {1}
    assert levels(np.zeros((2, 2), dtype=np.float32), 8).max() == 0


@pytest.mark.parametrize("width", [20, 21, 37, 40, 60, 80, 100, 119, 160, 200, 240])
@pytest.mark.parametrize("height", [5, 8, 24, 60])
def test_it_fits_every_console(width: int, height: int) -> None:
    groups = np.arange(2000, dtype=np.int32) % 14
    labels = [(0.0, 0.0, "日本語のとても長い話題 " * 4, 2.0), (1.0, 1.0, "roses", 1.0)]
    picture = MapPicture(
        cloud(), groups, [f"group 日本 {k}" * 3 for k in range(14)], labels=labels, footer="keeps 33 % of all " * 9
    )
    lines = rows_of(picture, width, height)
    assert len(lines) < height
    assert max(map(cell_len, lines)) <= width


@pytest.mark.parametrize("width", range(20, 241))
def test_every_width_fits(width: int) -> None:
    groups = np.arange(300, dtype=np.int32) % 3
    picture = MapPicture(cloud(300), groups, ["one", "two", "three"], labels=[(0, 0, "roses", 1)], footer="33 % kept")
    lines = rows_of(picture, width, 24)
    assert max(map(cell_len, lines)) <= width
    assert any("33 % kept" in line for line in lines)


def test_it_fills_the_height_that_a_layout_gives() -> None:
    console = Console(file=io.StringIO(), width=60, height=50, color_system=None)
    options = console.options.update(height=17)
    lines = console.render_lines(MapPicture(cloud(), footer="33 % kept"), options)
    assert len(lines) == 17
    assert "33 % kept" in "".join(segment.text for segment in lines[-1])


def test_no_colour_where_none_is_wanted_and_no_escape_in_a_pipe() -> None:
    groups = np.arange(2000, dtype=np.int32) % 3
    for detail in ("density", "dots"):
        picture = MapPicture(cloud(), groups, ["a", "b", "c"], dim=groups == 1, marks=[Mark(0, 0, "cross")], detail=detail)  # type: ignore[arg-type]
        assert "\x1b" not in drawn(picture)
        bare = drawn(picture, force_terminal=True, color_system="truecolor", no_color=True)
        assert not re.search(r"\x1b\[[0-9;]*(3[0-8]|4[0-8]|9[0-7]|10[0-7])(;|m)", bare)


def test_a_terminal_without_unicode_gets_ascii() -> None:
    groups = np.arange(2000, dtype=np.int32) % 3
    for given_groups in (None, groups):
        for detail in ("density", "dots"):
            picture = MapPicture(cloud(), given_groups, ["a", "b", "c"], marks=[(0, 0, "cross"), (1, 1, "lit")], detail=detail)  # type: ignore[arg-type]
            for system in (None, "standard", "truecolor"):
                assert drawn(picture, encoding="ascii", color_system=system, force_terminal=system is not None)


def test_sixteen_colours_are_the_owners_own() -> None:
    groups = np.arange(2000, dtype=np.int32) % 9
    text = drawn(MapPicture(cloud(), groups, list("abcdefghi")), force_terminal=True, color_system="standard")
    codes = {code for style in STYLE.findall(text) for code in style[2:-1].split(";")}
    assert codes & {"31", "32", "33", "34", "35", "36"}
    assert not codes & {"38", "48"}


def test_a_mark_is_seen_above_everything_and_labels_leave_it_free() -> None:
    picture = MapPicture(cloud(), marks=[Mark(0, 0, "cross"), Mark(1, 1, "lit")], labels=[(0, 0, "roses in the garden", 1)])
    text = drawn(picture)
    assert text.count("┼") == 1
    assert text.count("●") == 1
    assert "roses" not in text


def test_the_legend_names_what_is_in_view_in_the_same_colours_at_every_zoom() -> None:
    positions = np.concatenate([cloud(500), cloud(500) + 100]).astype(np.float32)
    groups = np.repeat(np.array([0, 1], dtype=np.int32), 500)
    both = drawn(MapPicture(positions, groups, ["near", "far"]), force_terminal=True, color_system="truecolor")
    one = drawn(
        MapPicture(positions, groups, ["near", "far"], view=(98, 98, 102, 102)), force_terminal=True, color_system="truecolor"
    )
    assert "near" in both
    assert "near" not in one
    square = r"(\x1b\[[0-9;]*m)■\x1b\[0m far"
    assert re.findall(square, both) == re.findall(square, one) != []


@settings(max_examples=40, deadline=None)
@given(
    st.lists(
        st.one_of(st.sampled_from(["\x1b[2J", "\x9b", "\r", "\n", "[/]", "\u202e", "\U000e0041"]), st.text(max_size=6)),
        max_size=8,
    )
)
def test_hostile_names_are_inert(parts: list[str]) -> None:
    text = "".join(parts)
    groups = np.zeros(100, dtype=np.int32)
    picture = MapPicture(cloud(100), groups, [text], labels=[(0, 0, text, 1)], footer=text)
    shown = drawn(picture)
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\U000e0000-\U000e0fff]", shown)
    assert max(map(cell_len, shown.split("\n"))) <= 80


LABELS = st.lists(
    st.tuples(st.floats(-10, 10), st.floats(-10, 10), st.text("abc日 ", min_size=1, max_size=12), st.integers(0, 5)),
    max_size=25,
)


@settings(max_examples=80, deadline=None)
@given(LABELS, st.integers(8, 120), st.integers(2, 50), st.floats(0.2, 20))
def test_labels_never_overlap_and_stay_in_the_picture(
    labels: list[tuple[float, float, str, float]], columns: int, rows: int, reach: float
) -> None:
    placed = place_labels(labels, fit((-reach, -reach, reach, reach), columns, rows * 2), rows, columns)
    used = np.zeros((rows, columns), dtype=int)
    for label in placed:
        assert cell_len(label.text) == label.width
        assert 0 <= label.column <= columns - label.width
        used[label.row, label.column : label.column + label.width] += 1
    assert used.max(initial=0) <= 1


@settings(max_examples=80, deadline=None)
@given(LABELS, st.floats(0.1, 50), st.floats(1, 4))
def test_zooming_in_only_adds_labels_and_none_overlaps_at_any_scale(
    labels: list[tuple[float, float, str, float]], scale: float, zoom: float
) -> None:
    """Been, Daiches, Yap 2006: ranges are intervals, and rectangles that are active at one scale are disjoint there."""
    if not labels:
        return
    centers = np.array([label[:2] for label in labels])
    sizes = np.array([(cell_len(label[2]) + 1.0, 2.0) for label in labels])
    priorities = np.array([label[3] for label in labels], dtype=float)
    least = least_scales(centers, sizes, priorities)
    active, later = least <= scale, least <= scale * zoom
    assert (later | ~active).all()
    shown = np.flatnonzero(active)
    for place_, one in enumerate(shown):
        for other in shown[:place_]:
            apart = np.abs(centers[one] - centers[other]) * scale
            assert (apart >= (sizes[one] + sizes[other]) / 2 - 1e-9).any()
    best = int(np.lexsort((np.arange(len(labels)), -priorities))[0])
    assert least[best] == 0


def test_the_more_important_label_stays() -> None:
    labels = [Label(0, 0, "less", 1), Label(0.1, 0, "more", 2)]
    assert [label.text for label in place_labels(labels, (-10, -10, 10, 10), 20, 40)] == ["more"]
    assert {label.text for label in place_labels(labels, (-0.2, -0.2, 0.3, 0.3), 20, 400)} == {"less", "more"}


def _linear(colors: Any) -> Any:
    value = colors / 255
    return np.where(value <= 0.04045, value / 12.92, ((value + 0.055) / 1.055) ** 2.4)


def _oklab(linear: Any) -> Any:
    to_lms = [
        [0.4122214708, 0.5363325363, 0.0514459929],
        [0.2119034982, 0.6806995451, 0.1073969566],
        [0.0883024619, 0.2817188376, 0.6299787005],
    ]
    to_lab = [
        [0.2104542553, 0.7936177850, -0.0040720468],
        [1.9779984951, -2.4285922050, 0.4505937099],
        [0.0259040371, 0.7827717662, -0.8086757660],
    ]
    return np.cbrt(np.clip(linear @ np.array(to_lms).T, 0, None)) @ np.array(to_lab).T


DEUTAN = np.array([[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]])
PROTAN = np.array([[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]])


@pytest.mark.parametrize("eyes", [np.eye(3), DEUTAN, PROTAN], ids=["normal", "deutan", "protan"])
def test_groups_can_be_told_apart_by_the_colour_blind(eyes: Any) -> None:
    """Machado et al. 2009, complete deficiency; 0.02 in OKLab is about what can just be seen."""
    lab = _oklab(np.clip(_linear(group_colors(GROUPS)[:-1]) @ eyes.T, 0, 1))
    apart = np.linalg.norm(lab[:, None] - lab[None], axis=-1) + np.eye(GROUPS)
    assert apart.min() > 0.08


def test_groups_can_be_read_on_black_and_on_white() -> None:
    """Contrast of graphics as the W3C asks for: 3 to 1."""
    bright = _linear(group_colors(GROUPS)) @ [0.2126, 0.7152, 0.0722]
    assert ((bright + 0.05) / 0.05).min() > 3
    assert (1.05 / (bright + 0.05)).min() > 3


@pytest.mark.parametrize("ground", ["either", "dark", "light"])
def test_even_steps_of_a_number_look_even(ground: Any) -> None:
    lab = _oklab(_linear(ramp(np.linspace(0, 1, 12), ground).astype(float)))
    steps = np.linalg.norm(np.diff(lab, axis=0), axis=1)
    assert steps.max() / steps.min() < 1.35
    assert (np.diff(lab[:, 0]) > 0).all() or (np.diff(lab[:, 0]) < 0).all()


def test_the_same_map_is_drawn_the_same() -> None:
    groups = np.arange(2000, dtype=np.int32) % 9
    first, second = (drawn(MapPicture(cloud(), groups, list("abcdefghi"))) for _ in range(2))
    assert first == second


@pytest.mark.parametrize("system", [None, "standard", "truecolor"])
@pytest.mark.parametrize("ordered", [False, True])
@pytest.mark.parametrize("count", [0, 1, 10, 15])
def test_any_number_of_groups_is_drawn_and_what_is_in_none_is_other(system: Any, ordered: bool, count: int) -> None:
    groups = np.arange(2000, dtype=np.int32) % (count + 1) - 1
    picture = MapPicture(cloud(), groups, [f"bin {k}" for k in range(count)], ordered=ordered, detail="dots")
    text = STYLE.sub("", drawn(picture, 100, 30, color_system=system, force_terminal=system is not None))
    assert "other" in text
    assert ("bin 0" in text) == (count > 0)


def test_the_colours_of_a_number_do_not_change_with_density() -> None:
    positions = np.concatenate([np.repeat(points((0.5, 0.5)), 60, axis=0), points((7.5, 7.5))])
    groups = np.zeros(61, dtype=np.int32)
    colors = []
    for ordered in (True, False):
        picture = MapPicture(positions, groups, ["low", "high"], view=(0, 0, 10, 10), ordered=ordered, detail="density")
        text = drawn(picture, 10, 7, force_terminal=True, color_system="truecolor")
        colors.append(len(set(re.findall(r"38;2;[0-9;]+", text))))
    assert colors[0] == 1
    assert colors[1] > 1


def test_nothing_to_draw_is_drawn() -> None:
    assert "0 texts" in drawn(MapPicture(points(), footer="0 texts"))
