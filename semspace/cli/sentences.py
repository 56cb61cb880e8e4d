"""semspace pairs, uniq, sort, join, comm, head: Unix verbs over meaning, from lines to lines."""

from __future__ import annotations

import click

from semspace.cli import output
from semspace.cli.lines import Form, formed, judging, modelled, read
from semspace.cli.options import Place, Words, encoding

SIMILARITY = click.FloatRange(-1, 1)


@click.command(short_help="Find the pairs of lines that say the same.")
@click.argument("file", default="-", metavar="[FILE]")
@click.option("--threshold", type=SIMILARITY, default=0.8, metavar="T", help="Least similarity of a pair.", show_default=True)
@click.option(
    "-k",
    "--max-pairs",
    type=click.IntRange(1),
    default=100_000,
    metavar="N",
    help="At most so many pairs, the best.",
    show_default=True,
)
@modelled
@formed
@encoding
def pairs(file: str, threshold: float, max_pairs: int, model: str | None, form: Form, place: Place) -> int:
    """Find the pairs of lines that say the same, best first.

    Writes score TAB line TAB line; on a terminal the second line stands under the first. Without FILE, or where it is -,
    lines come from standard input. Equal lines are one line, blank lines are none. The score is the cosine similarity. Up to
    200,000 different lines every pair is looked at; beyond, those of each line with its 100 nearest.

    \b
    Examples:
      semspace pairs questions.txt
      semspace pairs titles.txt --threshold 0.9 -k 50
      semspace pairs - --jsonl
    """
    from semspace import sentences

    (lines,) = read(file)
    with judging(model, place, lines) as means:
        found = sentences.pairs(lines, threshold=threshold, max_pairs=max_pairs, **means)
    if found.capped:
        output.say(f"More pairs reach {threshold:g}: these are the best {max_pairs:,} (--max-pairs).")
    if not found.exact:
        output.say("So many lines are compared with their nearest only: a pair may be missing.")
    return form.write_pairs(found, capped=found.capped, exact=found.exact)


@click.command(short_help="Leave out lines that say what an earlier line says.")
@click.argument("file", default="-", metavar="[FILE]")
@click.option(
    "--threshold", type=SIMILARITY, default=0.9, metavar="T", help="Least similarity to count as the same.", show_default=True
)
@click.option("-c", "--count", is_flag=True, help="How many lines each stands for, before it.")
@click.option("-d", "--repeated", is_flag=True, help="Only lines that stand for several.")
@click.option("-u", "--unique", is_flag=True, help="Only lines that stand for themselves.")
@modelled
@formed
@encoding
def uniq(
    file: str, threshold: float, count: bool, repeated: bool, unique: bool, model: str | None, form: Form, place: Place
) -> int:
    """Leave out lines that say what an earlier line says: near-duplicates.

    The first line of each group is kept, in the order of the input; equal lines need not be adjacent. No two lines that are
    kept are as similar as T, and every line that is left out is that similar to the one that stands for it (--json shows it).
    Up to 200,000 different lines that is exact. Without FILE, or where it is -, lines come from standard input. Blank lines
    are one group.

    \b
    Examples:
      semspace uniq sentences.txt
      semspace uniq -c -d --threshold 0.95 tickets.txt
      semspace uniq - --jsonl
    """
    from semspace import sentences
    from semspace.ui import sentences as shown

    (lines,) = read(file)
    with judging(model, place, lines) as means:
        groups = sentences.uniq(lines, threshold=threshold, **means)
    kept = [one for one in groups if not (repeated and one.count == 1) and not (unique and one.count > 1)]
    return form.write("groups", map(shown.group, kept), shown.group_lines(kept, counts=count), lines=len(lines))


@click.command(short_help="Sort lines by how similar they are to a text.")
@click.argument("file", default="-", metavar="[FILE]")
@click.option("--like", required=True, type=Words(), metavar="TEXT", help="The text that the first lines are like.")
@click.option("-r", "--reverse", is_flag=True, help="The least similar first.")
@click.option("--threshold", type=SIMILARITY, metavar="T", help="Only lines that are at least so similar.")
@click.option("--scores", is_flag=True, help="The similarity and a tab before each line.")
@modelled
@formed
@encoding
def sort(
    file: str,
    like: str,
    reverse: bool,
    threshold: float | None,
    scores: bool,
    model: str | None,
    form: Form,
    place: Place,
) -> int:
    """Sort lines by how similar they are to a text, the most similar first.

    Lines that are equally similar stay in their order; blank lines come last. Without FILE, or where it is -, lines come from
    standard input.

    \b
    Examples:
      semspace sort --like "trouble with payment" tickets.txt | head
      semspace sort --like "a recipe" --scores --threshold 0.4 lines.txt
    """
    from semspace import sentences
    from semspace.ui import sentences as shown

    (lines,) = read(file)
    with judging(model, place, lines) as means:
        found = sentences.sort(lines, like, reverse=reverse, **means)
    if threshold is not None:
        found = [one for one in found if one.similarity is not None and one.similarity >= threshold]
    return form.write("lines", map(shown.line, found), shown.line_lines(found, scores=scores))


@click.command(short_help="Find the best partner of each line in another file.")
@click.argument("first", metavar="A")
@click.argument("second", metavar="B")
@click.option("--mutual", is_flag=True, help="Only lines that are each other's best.")
@click.option("--margin", is_flag=True, help="Score by how far a pair stands out from its neighbours.")
@click.option("--threshold", type=float, metavar="T", help="Only pairs whose score is at least this.")
@modelled
@formed
@encoding
def join(
    first: str,
    second: str,
    mutual: bool,
    margin: bool,
    threshold: float | None,
    model: str | None,
    form: Form,
    place: Place,
) -> int:
    """Find for each line of A its best partner in B, in the order of A.

    Writes score TAB line of A TAB line of B; on a terminal one line stands under the other. The score is the cosine
    similarity; with --margin it is that over the mean similarity of both lines to their 4 nearest (Artetxe and Schwenk,
    2019): a line that is near to everything then is no good partner. Blank lines have none. One of A and B may be -.

    \b
    Examples:
      semspace join questions.txt answers.txt
      semspace join english.txt german.txt --mutual --margin --model my-encoder
    """
    from semspace import sentences

    ones, others = read(first, second)
    with judging(model, place, ones, others) as means:
        found = sentences.join(ones, others, threshold=threshold, mutual=mutual, margin=margin, **means)
    return form.write_pairs(found)


@click.command(short_help="Compare two files of lines: what only one of them says.")
@click.argument("first", metavar="A")
@click.argument("second", metavar="B")
@click.option("-1", "hide_first", is_flag=True, help="Without the lines that only A says.")
@click.option("-2", "hide_second", is_flag=True, help="Without the lines that only B says.")
@click.option("-3", "hide_both", is_flag=True, help="Without the lines that both say.")
@click.option(
    "--threshold", type=SIMILARITY, default=0.9, metavar="T", help="Least similarity to count as the same.", show_default=True
)
@modelled
@formed
@encoding
def comm(
    first: str,
    second: str,
    hide_first: bool,
    hide_second: bool,
    hide_both: bool,
    threshold: float,
    model: str | None,
    form: Form,
    place: Place,
) -> int:
    """Compare two files of lines by meaning: what only one of them says, and what both say.

    Three columns, set apart by tabs as comm's: only in A, only in B, in both. The lines of A come first, in their order, with
    those of both as A has them; then what only B says. Files need not be sorted. One of A and B may be -.

    \b
    Examples:
      semspace comm yesterday.txt today.txt
      semspace comm -13 known.txt new.txt
    """
    from semspace import sentences
    from semspace.ui import sentences as shown

    ones, others = read(first, second)
    columns = [column for column, hidden in enumerate((hide_first, hide_second, hide_both), 1) if not hidden]
    with judging(model, place, ones, others) as means:
        found = sentences.comm(ones, others, threshold=threshold, **means)
    return form.write("lines", shown.overlap(found, columns), shown.overlap_lines(found, columns))


@click.command(short_help="Choose the lines that differ most from each other.")
@click.argument("file", default="-", metavar="[FILE]")
@click.option("--diverse", is_flag=True, default=True, help="The most diverse lines; there is no other way yet.")
@click.option("-k", "--top-k", "k", type=click.IntRange(1), default=10, metavar="N", help="How many lines.", show_default=True)
@click.option("--scores", is_flag=True, help="How similar each is to those before it, and a tab, before the line.")
@modelled
@formed
@encoding
def head(file: str, diverse: bool, k: int, scores: bool, model: str | None, form: Form, place: Place) -> int:  # noqa: ARG001
    """Choose the lines that differ most from each other: few that stand for all.

    Farthest-first traversal (greedy k-centre; Gonzalez, 1985): first the line in the middle of all, then always the one that
    is least similar to those chosen before. Lines come in that order, so that -k 5 are the first of -k 10. Without FILE, or
    where it is -, lines come from standard input. Blank lines are never chosen, equal ones once.

    \b
    Examples:
      semspace head --diverse -k 20 sentences.txt
      semspace head --diverse -k 5 --scores questions.txt
    """
    from semspace import sentences
    from semspace.ui import sentences as shown

    (lines,) = read(file)
    with judging(model, place, lines) as means:
        found = sentences.head(lines, k, **means)
    return form.write("lines", map(shown.line, found), shown.line_lines(found, scores=scores))
