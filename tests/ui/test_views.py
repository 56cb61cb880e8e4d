"""Everything that is drawn, with the worst that a file can hold."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.console import RenderableType
from ui_samples import failures, hit, hits, on_terminal, piped, report, status

from semspace.errors import SemspaceError
from semspace.records import (
    Alternative,
    Comparison,
    Contest,
    Difference,
    Evaluation,
    Failure,
    Hit,
    KindResult,
    Measured,
    ModeResult,
    Neighborhood,
    Progress,
)
from semspace.ui.contests import ContestView
from semspace.ui.hits import HitList, Shape
from semspace.ui.progress import figures
from semspace.ui.reports import ErrorView, FailureList, IndexSummary, StatusView
from semspace.ui.tables import EvaluationTable, ModelList, ModelView, PassageView, SpaceList
from semspace.ui.tree import ComparisonView, NeighborhoodTree

EVIL = [
    "\x1b",
    "\x9b",
    "\x07",
    "\r",
    "\u202e",
    "\u2066",
    "\x1b]8;;http://x\x07",
    "[/]",
    "[bold]",
    "\U000e0041",
    "\udcff",
    "\n",
    "\t",
]
HOSTILE = st.lists(
    st.one_of(st.sampled_from(EVIL), st.text(st.characters(codec=None, categories=None), max_size=8)), max_size=12
).map("".join)

STYLE = re.compile(r"\x1b\[[0-9;]*m")
LINK = re.compile(r"\x1b]8;(?:id=[-0-9]+)?;(?:file://[!-~]*)?\x1b\\")


def card(text: str) -> dict[str, object]:
    return {
        "name": text, "dim": 3, "max_tokens": 9, "pooling": text, "normalised": True, "prompts": {"query": text}, "kind": text,
        "note": text, "source": text, "fingerprint": text, "bytes": 9, "created": 0.0, "worst_cosine": 0.99999,
    }  # fmt: skip


def hostile_hit(text: str) -> Hit:
    path = "/n/" + text.replace("\0", "")
    metadata = {text: [text], "more": {text: text}}
    return hit(text, path=path, heading=(text,), title=text, metadata=metadata, matches=((0, len(text) // 2),), before=text)


VIEWS: dict[str, Callable[[str], RenderableType]] = {
    "hits": lambda text: HitList(hits(hostile_hit(text))),
    "hits in full": lambda text: HitList(hits(hostile_hit(text)), Shape(full=True, numbers=True)),
    "a text of a program": lambda text: HitList(hits(hit(text, path=None, key=text))),
    "passage": lambda text: PassageView(hostile_hit(text)),
    "neighborhood": lambda text: NeighborhoodTree(Neighborhood(hostile_hit(text), (Neighborhood(hostile_hit(text)),))),
    "comparison": lambda text: ComparisonView(Comparison(text, text, 0.5)),
    "report": lambda text: IndexSummary(report(index=text, failed=failures(text, text), skipped=failures(text, text)), True),
    "status": lambda text: StatusView(
        status(index=text, folder=text, model=text, roots=(text,), stale=(text,), skipped=failures(text, text))
    ),
    "failures": lambda text: FailureList(status(failed=failures(text, text))),
    "spaces": lambda text: SpaceList({text: status(model=text, roots=(text,)), text + "2": SemspaceError(text)}),
    "models": lambda text: ModelList([card(text)]),
    "model": lambda text: ModelView(card(text)),
    "evaluation": lambda text: EvaluationTable(evaluation(text)),
    "contest": lambda text: ContestView(contest(text)),
    "error": lambda text: ErrorView(SemspaceError(text, text)),
}  # fmt: skip


def evaluation(dataset: str = "scifact") -> Evaluation:
    interval = {"ndcg@10": (0.70, 0.76), "recall@100": (0.88, 0.92), "mrr@10": (0.65, 0.75)}
    return Evaluation(dataset, 5183, 300, "tiny", (ModeResult("hybrid", 10, 0.73, 0.9, 0.7, interval),))


def contest(name: str = "hybrid") -> Contest:
    other, interval = f"{name} or not", {"ndcg@10": (0.70, 0.76), "recall@100": (0.88, 0.92), "mrr@10": (0.65, 0.75)}
    means = {"ndcg@10": 0.73, "recall@100": 0.9, "mrr@10": 0.7}
    rows = [Measured(one, Alternative(), means, interval, 12.3, 4.5, 5183) for one in (name, other)]
    gap = Difference(name, other, 0.09, (0.06, 0.12), 0.0001, 0.0003, 81, 33, 186)
    kinds = (KindResult("words", name, 20, {name: 0.8, other: 0.7}),)
    return Contest(name, 5183, 300, 10, tuple(rows), (gap,), name, kinds, (name,))


@pytest.mark.parametrize("name", VIEWS)
@settings(max_examples=60, deadline=None)
@given(text=HOSTILE)
def test_nothing_foreign_controls_the_terminal(name: str, text: str) -> None:
    drawn = on_terminal(VIEWS[name](text))
    rest = LINK.sub("", STYLE.sub("", drawn))
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff\U000e0000-\U000e007f]", rest)


@pytest.mark.parametrize("name", VIEWS)
@settings(max_examples=60, deadline=None)
@given(text=HOSTILE)
def test_a_pipe_gets_no_escape_sequence_at_all(name: str, text: str) -> None:
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f]", piped(VIEWS[name](text)))


@pytest.mark.parametrize("width", [40, 80, 160])
def test_no_line_of_a_hit_is_wider_than_the_terminal(width: int) -> None:
    text = "剪定は冬の終わりに行います。" * 20 + "\n" + "word " * 200 + "\n" + "x" * 500
    value = hit(text, path="/n/" + "folder/" * 40 + "名前" * 30 + ".md", heading=("h" * 90, "見出し" * 40), page=17)
    lines = LINK.sub("", STYLE.sub("", on_terminal(HitList(hits(value)), width))).splitlines()
    assert max(map(cell_len, lines)) <= width
    assert len(lines) == 10  # header, blank, place, heading, six of text


def test_a_hit_shows_where_what_and_how_well() -> None:
    found = hit("# Roses\n\nPrune roses in late winter.", page=4, matches=((15, 20),))
    assert piped(HitList(hits(found))).splitlines() == [
        "1  /home/ann/notes/roses.md:3  p. 4  0.913  #12",
        "   Garden > Roses",
        "   # Roses",
        "   ",
        "   Prune roses in late winter.",
    ]


def test_the_words_that_matched_stand_out_and_the_place_is_a_link_on_a_terminal() -> None:
    drawn = on_terminal(HitList(hits(hit(path="/n/50% [/].md", matches=((6, 11),)))))
    assert "\x1b[1;31mroses\x1b[0m" in drawn
    assert ";file:///n/50%25%20%5B/%5D.md\x1b\\" in drawn
    assert "1 hit · hybrid · notes · 42 ms" in drawn


def test_no_color_keeps_bold_words_and_takes_every_colour_away() -> None:
    drawn = on_terminal(HitList(hits(hit(matches=((6, 11),)))), NO_COLOR="1")
    assert "\x1b[1mroses\x1b[0m" in drawn
    assert not re.search(r"\x1b\[[0-9;]*[349]\d", drawn)


def test_force_color_colours_a_pipe_but_draws_no_links_in_it() -> None:
    drawn = piped(HitList(hits(hit(matches=((6, 11),)))), FORCE_COLOR="1")
    assert "\x1b[1;31mroses\x1b[0m" in drawn
    assert "\x1b]8" not in drawn
    assert "hybrid" not in drawn


def test_only_the_lines_that_tell_most_are_shown() -> None:
    lines = [f"line {number}" for number in range(40)]
    lines[30] = "here are roses"
    text = "\n".join(lines)
    start = text.index("roses")
    found = hit(text, matches=((start, start + 5),), heading=())
    shown = piped(HitList(hits(found), Shape(numbers=True))).splitlines()[1:]
    assert len(shown) == 6
    assert any(line.strip().startswith("33  ") and "here are roses" in line for line in shown)
    assert "… " in shown[0]
    assert shown[-1].endswith(" …")


def test_the_beginning_is_shown_where_no_word_matched() -> None:
    found = hit("\n".join(f"line {number}" for number in range(40)), heading=())
    assert piped(HitList(hits(found))).splitlines()[1:] == [*(f"   line {number}" for number in range(5)), "   line 5 …"]


def test_lines_around_a_passage_are_counted_and_shown() -> None:
    found = hit("three\nfour", before="one\ntwo\n", after="\nfive", heading=())
    shown = piped(HitList(hits(found), Shape(full=True, numbers=True))).splitlines()[1:]
    assert shown == ["   1  one", "   2  two", "   3  three", "   4  four", "   5  five"]


def test_a_paragraph_broken_for_a_wider_page_is_broken_anew_on_a_narrow_terminal() -> None:
    text = "\n".join(
        ["The winter bees are the same species and yet other animals. A summer bee works"] * 2 + ["- a list stays a list"]
    )
    plain = STYLE.sub("", LINK.sub("", on_terminal(HitList(hits(hit(text, heading=()))), 60)))
    assert [len(line) > 40 for line in plain.splitlines()[3:]] == [True, True, True, False]
    assert plain.splitlines()[-1] == "   - a list stays a list"
    assert "same species and yet other animals. A summer bee works\n" in piped(HitList(hits(hit(text, heading=()))))


def test_a_comparison_in_a_pipe_is_the_figure_alone() -> None:
    assert piped(ComparisonView(Comparison("a", "b", 0.73123))) == "0.7312\n"
    assert "very near" in on_terminal(ComparisonView(Comparison("a", "b", 0.73123)))


def test_a_report_counts_and_gives_reasons() -> None:
    assert piped(IndexSummary(report(interrupted=True))).splitlines() == [
        "notes: 12 files read, 3 unchanged, 1 removed; 120 passages, 100 encoded in 4.0 s (25 a second)",
        "1 failed",
        "  /home/ann/notes/a.pdf: encrypted",
        "2 skipped: binary (2)",
        "Interrupted. What is done is kept; the next run goes on from there.",
    ]


def test_a_report_lists_the_skipped_files_on_request() -> None:
    assert "  /n/x.bin: binary" in piped(IndexSummary(report(), verbose=True)).splitlines()


def test_failures_come_in_two_blocks() -> None:
    skipped = (Failure("/n/x.bin", "skipped", "binary"),)
    lines = piped(FailureList(status(skipped=skipped))).splitlines()
    assert lines == ["1 failed", "  /home/ann/notes/a.pdf: encrypted", "1 skipped", "  /n/x.bin: binary"]


def test_spaces_are_a_table_with_what_each_follows_below() -> None:
    lines = piped(SpaceList({"notes": status(), "bad": SemspaceError("It is damaged.")})).splitlines()
    assert [line.split() for line in lines] == [
        ["name", "documents", "passages", "model", "size", "updated"],
        ["notes", "12", "120", "tiny", "1.3", "MB", "never"],
        ["/home/ann/notes"],
        ["bad:", "It", "is", "damaged."],
    ]


def test_an_evaluation_shows_each_figure_with_its_interval() -> None:
    assert "hybrid  0.7300 ± 0.0300  0.9000 ± 0.0200  0.7000 ± 0.0500" in piped(EvaluationTable(evaluation()))


def test_progress_tells_files_pace_and_what_is_left() -> None:
    assert figures(Progress(50, 200, 1000, 20, 10.0)) == "50/200 files · 1,000 passages (100/s) · 0:31 left"
    assert figures(Progress(200, 200, 1000, 500, 10.0)) == "200/200 files · 1,000 passages (100/s) · 0:05 left"
    assert figures(Progress(0, 200, 0, 0, 0.0)) == "0/200 files · 0 passages (0/s)"


LATE = "The garden is old. It lies behind the house. Prune roses in late winter. It is open to all."


def explained(text: str = LATE, **changes: object) -> Hit:
    start = text.index("Prune")
    answer = (start, text.index("winter.") + 7)
    marks = ((start + 6, start + 11, 1.0), (text.index("garden"), text.index("garden") + 6, 0.6))
    return hit(text, matches=((start + 6, start + 11),), answer=answer, marks=tuple(sorted(marks)), heading=(), **changes)


def test_the_sentence_that_answers_is_bright_and_the_rest_of_its_passage_dim() -> None:
    drawn = LINK.sub("", on_terminal(HitList(hits(explained())), 120))
    assert "\x1b[2mThe \x1b[0m\x1b[1;31mgarden\x1b[0m\x1b[2m is old. It lies behind the house. \x1b[0m" in drawn
    assert "Prune \x1b[1;31mroses\x1b[0m in late winter.\x1b[2m It is open to all.\x1b[0m" in drawn


def test_without_colours_the_answer_is_still_bright_and_the_words_bold() -> None:
    drawn = LINK.sub("", on_terminal(HitList(hits(explained())), 120, NO_COLOR="1"))
    assert "Prune \x1b[1mroses\x1b[0m in late winter.\x1b[2m It is open to all.\x1b[0m" in drawn


def test_a_pipe_sees_the_passage_and_nothing_of_the_drawing() -> None:
    assert piped(HitList(hits(explained()))).splitlines()[1:] == ["   " + LATE]


def test_what_is_shown_of_a_long_passage_holds_the_whole_answer() -> None:
    lines = [f"Line {number} is about roses, roses and roses." for number in range(40)]
    lines[29:31] = ["Prune them after the last hard frost of the year, as soon as the buds begin to swell,", "in late winter."]
    text = "\n".join(lines)
    words = tuple((found.start(), found.end(), 1.0) for found in re.finditer("roses", text))
    value = hit(text, answer=(text.index("Prune"), text.index("winter.") + 7), marks=words, heading=())
    for drawn in (piped(HitList(hits(value))), STYLE.sub("", on_terminal(HitList(hits(value)), 50))):
        assert "Prune them after the last hard frost" in " ".join(drawn.split())
        assert "buds begin to swell, in late winter." in " ".join(drawn.split())


def test_lines_around_a_passage_stay_dim_beside_an_answer() -> None:
    drawn = LINK.sub("", on_terminal(HitList(hits(explained(before="Before.\n", after="\nAfter."))), 120))
    assert "\x1b[2mBefore.\x1b[0m" in drawn
    assert "\x1b[2mAfter.\x1b[0m" in drawn


def test_a_comparison_shows_figures_losses_and_the_verdict_within_a_terminal() -> None:
    drawn = STYLE.sub("", on_terminal(ContestView(contest("all-MiniLM-L6-v2, chunk 128, rerank by tokens")), 80))
    assert max(map(cell_len, drawn.splitlines())) <= 80
    assert "hybrid or not      -0.090  -0.120 to -0.060      33     81   186  <.001" in piped(ContestView(contest()))
