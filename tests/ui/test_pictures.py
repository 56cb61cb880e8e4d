"""A map as PNG, as SVG, and as an image in a terminal."""

from __future__ import annotations

import base64
import io
import re
import struct
import zlib
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.console import Console
from ui_samples import Terminal

from semspace.ui.mapping import MapPicture
from semspace.ui.palette import group_colors
from semspace.ui.pixels import GROUNDS, image, kitty, png, shows_images
from semspace.ui.vector import POINTS, svg

SPACE = "{http://www.w3.org/2000/svg}"


def cloud(count: int = 2000) -> Any:
    return np.random.default_rng(0).normal(size=(count, 2)).astype(np.float32)


def decoded(data: bytes) -> tuple[Any, dict[bytes, bytes]]:
    """Read a PNG as its specification says: chunks with checksums, then rows, each with its filter."""
    assert data[:8] == b"\x89PNG\r\n\x1a\n"
    parts: dict[bytes, bytes] = {}
    at = 8
    while at < len(data):
        size, kind = struct.unpack(">I4s", data[at : at + 8])
        body = data[at + 8 : at + 8 + size]
        assert struct.unpack(">I", data[at + 8 + size : at + 12 + size]) == (zlib.crc32(kind + body),)
        parts[kind] = body
        at += 12 + size
    width, height, depth, kind_of_color, *rest = struct.unpack(">IIBBBBB", parts[b"IHDR"])
    assert (depth, rest) == (8, [0, 0, 0])
    channels = {2: 3, 6: 4}[kind_of_color]
    rows = np.frombuffer(zlib.decompress(parts[b"IDAT"]), np.uint8).reshape(height, 1 + width * channels)
    above = np.zeros(width * channels, np.uint8)
    out = []
    for row in rows:
        above = row[1:] + (above if row[0] == 2 else np.uint8(0))
        out.append(above)
    return np.stack(out).reshape(height, width, channels), parts


@settings(max_examples=30, deadline=None)
@given(st.integers(1, 9), st.integers(1, 9), st.sampled_from([3, 4]), st.text(), st.integers(0, 99))
def test_a_png_holds_the_image_and_says_what_it_is(width: int, height: int, channels: int, words: str, seed: int) -> None:
    pixels = np.random.default_rng(seed).integers(0, 256, (height, width, channels)).astype(np.uint8)
    found, parts = decoded(png(pixels, words))
    assert (found == pixels).all()
    assert parts[b"iTXt"].split(b"\0", 5)[-1].decode("utf-8") == words.encode("utf-8", "replace").decode().replace("\0", "")
    assert list(parts) == [b"IHDR", b"tEXt", b"iTXt", b"IDAT", b"IEND"]


def test_a_spot_is_where_its_point_is_in_the_colour_of_its_group() -> None:
    positions = np.array([[0, 0], [1, 0], [1, 0], [1, 0]], dtype=np.float32)
    groups = np.array([1, 0, 0, 0], dtype=np.int32)
    drawn = image(MapPicture(positions, groups, ["right", "left"], view=(-1, -1, 2, 1), ground="light"), 300, 200)
    colors = group_colors(2, "light").astype(int)
    assert np.abs(drawn[100, 200].astype(int) - colors[0]).max() <= 3
    assert np.abs(drawn[100, 100].astype(int) - colors[1]).max() <= 25  # one point alone is a little clear
    assert tuple(drawn[5, 5]) == GROUNDS["light"]


def test_what_is_not_to_be_trusted_is_fainter() -> None:
    positions = np.array([[0, 0], [1, 0]], dtype=np.float32)
    drawn = image(MapPicture(positions, dim=np.array([True, False]), view=(-1, -1, 2, 1), ground="light"), 300, 200)
    contrast = np.abs(drawn.astype(int) - np.array(GROUNDS["light"])).sum(axis=2)
    assert 0 < contrast[:, :150].max() < contrast[:, 150:].max()


def test_a_clear_image_has_no_ground() -> None:
    drawn = image(MapPicture(cloud(50)), 100, 80, clear=True)
    assert drawn.shape == (80, 100, 4)
    assert (drawn[0, 0, 3], drawn[:, :, 3].max() > 200) == (0, True)


@pytest.mark.parametrize("look", ["cross", "lit"])
def test_a_mark_is_drawn_even_at_the_edge(look: Any) -> None:
    bare, marked = (
        image(MapPicture(cloud(), marks=marks, view=(-1, -1, 1, 1)), 200, 200) for marks in ((), [(-0.999, 0.0, look)])
    )
    rows, columns = np.nonzero((bare != marked).any(axis=2))
    assert columns.min() == 0
    assert abs(rows.mean() - 100) < 2


def test_svg_has_a_dot_for_every_point_and_words_that_are_only_words() -> None:
    groups = np.arange(300, dtype=np.int32) % 3
    evil = "</text><script>alert(1)</script> & \x1b[2J \u202e \ud800 \uffff"
    picture = MapPicture(
        cloud(300), groups, [evil, "b", "c"], labels=[(0, 0, evil, 1)], footer=evil, marks=[(0, 0, "cross"), (1, 1, "lit")]
    )
    root = ElementTree.fromstring(svg(picture))
    assert {node.tag.removeprefix(SPACE) for node in root.iter()} == {
        "svg",
        "metadata",
        "title",
        "rect",
        "path",
        "text",
        "circle",
    }
    assert sum(path.get("d", "").count("h0") for path in root.iter(SPACE + "path")) == 300
    texts = ["".join(node.itertext()) for node in root.iter(SPACE + "text")]
    assert any(text.startswith("</text><script>alert(1)</script> &") for text in texts)
    assert not re.search("[\x00-\x08\x1b\u202e\ud800\uffff]", "".join(texts))


def test_svg_of_many_points_is_squares_and_stays_small() -> None:
    count = POINTS + 20_000
    root = ElementTree.fromstring(svg(MapPicture(cloud(count), np.arange(count, dtype=np.int32) % 3, ["a", "b", "c"])))
    squares = sum(path.get("d", "").count("z") for path in root.iter(SPACE + "path"))
    assert 1000 < squares < POINTS
    assert svg(MapPicture(np.empty((0, 2), dtype=np.float32)))


def test_a_terminal_with_images_gets_one_below_the_labels() -> None:
    stream = Terminal()
    console = Console(file=stream, width=40, height=12, color_system="truecolor", force_terminal=True, legacy_windows=False)
    console.print(MapPicture(cloud(), labels=[(0, 0, "roses", 1)], detail="pixels"))
    text = stream.getvalue()
    chunks = re.findall(r"\x1b_G([^;]*);([^\x1b]*)\x1b\\", text)
    assert "z=-1" in chunks[0][0]
    assert [keys[-1] for keys, _ in chunks] == ["1"] * (len(chunks) - 1) + ["0"]
    assert max(len(chunk) for _, chunk in chunks) <= 4096
    pixels, _ = decoded(base64.b64decode("".join(chunk for _, chunk in chunks)))
    assert pixels.shape[2] == 4
    words = re.sub(r"\x1b_G[^\x1b]*\x1b\\|\x1b\[[0-9;]*[A-Za-z]", "", text)
    assert words.split() == ["roses"]


def test_no_image_where_it_would_be_noise() -> None:
    for stream, system in ((io.StringIO(), "truecolor"), (Terminal(), None), (Terminal(), "standard")):
        Console(file=stream, width=40, height=12, color_system=system, force_terminal=True, legacy_windows=False).print(  # type: ignore[arg-type]
            MapPicture(cloud(), detail="pixels")
        )
        assert "\x1b_G" not in stream.getvalue()
    assert kitty(b"x", 3, 4).startswith("\n\n\n\x1b[3A")


def test_only_a_terminal_that_says_so_shows_images() -> None:
    assert shows_images({"TERM": "xterm-kitty"})
    assert shows_images({"KITTY_WINDOW_ID": "1", "TERM": "xterm-256color"})
    assert not shows_images({"TERM": "xterm-256color", "TERM_PROGRAM": "vscode"})
    assert not shows_images({"KITTY_WINDOW_ID": "1", "TMUX": "/tmp/tmux-0"})


def test_the_same_map_is_the_same_file() -> None:
    picture = MapPicture(cloud(), labels=[(0, 0, "roses", 1)])
    assert svg(picture) == svg(picture)
    assert png(image(picture, 90, 60)) == png(image(picture, 90, 60))
