"""What was done, and what is there -> what a person sees of it."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from rich.console import Console, ConsoleOptions, RenderResult
from rich.filesize import decimal
from rich.table import Table
from rich.text import Text

from semspace.errors import SemspaceError
from semspace.records import Boilerplate, EngineStatus, Failure, Finding, Forgotten, IndexReport, Mending, Status, Tuned
from semspace.ui.formats import counted
from semspace.ui.paths import ANYWHERE, Stand, seen_from
from semspace.ui.safe import safe_text

FINGERPRINT = 12
STALE = 5


@dataclass(frozen=True, slots=True)
class IndexSummary:
    """What a run of `index` did: one line, what failed, what was skipped by reason."""

    report: IndexReport
    verbose: bool = False
    stand: Stand = ANYWHERE

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Draw the counts, then a line for each file that failed, then the reasons for skipping."""
        done = self.report
        counts = [plural(done.read, "file") + " read"]
        counts += [f"{count:,} {name}" for name in ("unchanged", "removed") if (count := getattr(done, name))]
        line = Text(safe_text(done.index, one_line=True), "title").append(": " + ", ".join(counts), "default")
        line.append(f"; {plural(done.passages, 'passage')}, {done.encoded:,} encoded in {duration(done.seconds)}", "default")
        if done.encoded and done.seconds > 0:
            line.append(f" ({done.encoded / done.seconds:,.0f} a second)", "default")
        yield line
        if done.failed:
            yield Text(f"{len(done.failed):,} failed", "bad")
            yield from failure_lines(done.failed, self.stand)
        if done.boilerplate and done.read:
            told = f"{plural(done.boilerplate, 'block')} of text in many files left out (semspace status --boilerplate)"
            yield Text(told, "quiet")
        if done.skipped:
            yield Text(f"{len(done.skipped):,} skipped").append(": " + _reasons(done.skipped), "quiet")
            if self.verbose:
                yield from failure_lines(done.skipped, self.stand)
        if done.interrupted:
            yield Text("Interrupted. What is done is kept; the next run goes on from there.", "hint")


def failure_lines(failures: Iterable[Failure], stand: Stand) -> Iterator[Text]:
    """Draw a line for each file: its path and the reason."""
    for failure in failures:
        text = Text("  ", overflow="fold").append(safe_text(seen_from(failure.path, stand), one_line=True), "path")
        yield text.append(": ").append(safe_text(failure.reason, one_line=True))


def _reasons(failures: Iterable[Failure]) -> str:
    counts = counted(failure.reason for failure in failures)
    return ", ".join(f"{safe_text(reason, one_line=True)} ({count:,})" for reason, count in counts.items())


@dataclass(frozen=True, slots=True)
class StatusView:
    """What a space holds, in a table of two columns."""

    status: Status
    stand: Stand = ANYWHERE

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Draw a row for each fact."""
        yield facts(_status_rows(self.status, self.stand))


def _status_rows(found: Status, stand: Stand) -> Iterator[tuple[str, str]]:
    sizes = ", ".join(f"{part} {decimal(size)}" for part, size in found.bytes.items() if size)
    yield "index", found.index
    yield "folder", seen_from(found.folder, stand)
    yield "follows", "\n".join(seen_from(root, Stand(home=stand.home)) for root in found.roots) or "nothing yet"
    yield "documents", f"{found.documents:,}"
    yield "passages", f"{found.passages:,}"
    yield "model", f"{found.model} ({found.dim} dimensions, fingerprint {found.fingerprint[:FINGERPRINT]})"
    yield "vectors", f"{found.index_kind}, kept as {found.vector_type}"
    if found.engine:
        yield "engine", engine_line(found.engine)
    elif found.tuned:
        yield "tuned", tuned_line(found.tuned)
    yield "size", f"{decimal(sum(found.bytes.values()))} ({sizes})" if sizes else "0 bytes"
    if found.free_bytes:
        yield "free", f"{decimal(found.free_bytes)} of it hold nothing (semspace compact gives them back)"
    if found.passages:
        beside = sum(found.bytes.values()) - found.text_bytes
        text = decimal(round(found.text_bytes / found.passages))
        yield "a passage", f"{decimal(round(beside / found.passages))} beside {text} of text"
    yield "updated", moment(found.updated)
    yield "stale", _stale(found, stand)
    yield "failed", f"{len(found.failed):,}" + (" (semspace status --failed lists them)" if found.failed else "")
    yield "skipped", f"{len(found.skipped):,}" + (f": {_reasons(found.skipped)}" if found.skipped else "")


def engine_line(engine: EngineStatus) -> str:
    """Say what an engine says of itself."""
    said = f"{engine.uri}, {engine.collection}, {engine.version}: {engine.passages:,} passages"
    return f"{said}\nwarning: {engine.warning}" if engine.warning else said


def tuned_line(tuned: Tuned) -> str:
    """Say what was measured of a vector index."""
    built = f"{tuned.bytes_per_passage:,.0f} bytes a passage, built of {tuned.passages:,} in {duration(tuned.seconds)}"
    lists = f", {plural(tuned.effort, 'list')} probed" if tuned.effort else ""
    asked = f"recall@10 {tuned.recall:.3f} over {tuned.queries:,} queries ({tuned.target} asked for)"
    return f"{tuned.kind}{lists}: {asked}, {tuned.ms:.2f} ms a query; {built}, {moment(tuned.when)}"


def _stale(found: Status, stand: Stand) -> str:
    if not found.stale:
        return "none"
    shown = [seen_from(path, stand) for path in found.stale[:STALE]]
    more = [f"and {len(found.stale) - STALE:,} more"] if len(found.stale) > STALE else []
    return f"{len(found.stale):,} changed since (semspace index reads them again):\n" + "\n".join([*shown, *more])


@dataclass(frozen=True, slots=True)
class FailureList:
    """The files that gave no passages: first those that should have, then those that hold no text."""

    status: Status
    stand: Stand = ANYWHERE

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Draw two blocks."""
        for name, style, failures in (("failed", "bad", self.status.failed), ("skipped", "", self.status.skipped)):
            yield Text(f"{len(failures):,} {name}", style)
            yield from failure_lines(failures, self.stand)


@dataclass(frozen=True, slots=True)
class BoilerplateList:
    """The text that recurs over many files: how many, how each begins, and a file that holds it."""

    found: Sequence[Boilerplate]
    kept: bool = False
    stand: Stand = ANYWHERE

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Draw a row for each block, or say why there is none."""
        if not self.found:
            why = "Boilerplate is kept (semspace index --skip-boilerplate leaves it out)." if self.kept else "None was found."
            yield Text(why, "hint")
            return
        table = Table(box=None, pad_edge=False, header_style="key")
        table.add_column("files", justify="right")
        table.add_column("begins", overflow="ellipsis", no_wrap=True, ratio=3)
        table.add_column("one of them", overflow="fold", ratio=2)
        for one in self.found:
            text = safe_text(" ".join(one.text[: 2 * options.max_width].split()), one_line=True)
            path = safe_text(seen_from(one.path, self.stand), one_line=True)
            table.add_row(f"{one.documents:,}", Text(text), Text(path, "path"))
        yield table


@dataclass(frozen=True, slots=True)
class CheckView:
    """What a check found, a line for each part, and what to do about what is wrong."""

    findings: Sequence[Finding]

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Draw a table."""
        table = Table.grid(padding=(0, 2, 0, 0))
        for finding in self.findings:
            verdict = Text("wrong", "bad") if finding.count else Text("sound", "quiet")
            told = Text(safe_text(finding.message))
            if finding.count and finding.remedy:
                told.append(f"\n{safe_text(finding.remedy)}", "hint")
            table.add_row(verdict, Text(safe_text(finding.part, one_line=True), "key"), told)
        yield table


@dataclass(frozen=True, slots=True)
class RepairView:
    """What a repair did, a line for each part, and what is left to do."""

    mendings: Sequence[Mending]

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Draw a table."""
        table = Table.grid(padding=(0, 2, 0, 0))
        for done in self.mendings:
            verdict = Text("lost", "bad") if done.lost else Text("mended", "good") if done.mended else Text("sound", "quiet")
            told = Text(safe_text(done.message))
            if done.remedy:
                told.append(f"\n{safe_text(done.remedy)}", "hint")
            table.add_row(verdict, Text(safe_text(done.part, one_line=True), "key"), told)
        yield table


@dataclass(frozen=True, slots=True)
class ForgottenView:
    """What was forgotten, and what a search of every byte found of it."""

    done: Forgotten

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Draw some lines."""
        done = self.done
        name = safe_text(done.index, one_line=True)
        yield Text(f"{name}: {plural(done.documents, 'document')} forgotten, {plural(done.passages, 'passage')}")
        for path in done.kept_out:
            yield Text(f"{safe_text(path, one_line=True)} is still on disk, and stays out of the space", "hint")
        if done.traces:
            for name, count in done.traces.items():
                yield Text(f"{plural(count, 'piece')} of it still in {safe_text(name, one_line=True)}", "bad")
        elif done.files:
            yield Text(f"nothing of it is left in {plural(done.files, 'file')}, {decimal(done.searched)}", "good")
        if done.engine:
            at = safe_text(done.engine, one_line=True)
            yield Text(f"deleted from the engine at {at}, too; what that keeps on its own disk is not known here", "hint")


def facts(rows: Iterable[tuple[str, str]]) -> Table:
    """Return a table of names and values; the values may be foreign."""
    table = Table.grid(padding=(0, 2, 0, 0))
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for name, value in rows:
        table.add_row(Text(safe_text(name, one_line=True), "key"), Text(safe_text(value)))
    return table


@dataclass(frozen=True, slots=True)
class ErrorView:
    """An error, and what to do about it."""

    error: SemspaceError

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Draw the message and the hint."""
        yield Text("error: ", "error").append(safe_text(self.error.message), "default")
        if self.error.hint:
            yield Text("hint: ", "hint").append(safe_text(self.error.hint), "default")


def plural(count: int, name: str) -> str:
    """Return a count with its noun."""
    return f"{count:,} {name}" if count == 1 else f"{count:,} {name}s"


def duration(seconds: float) -> str:
    """Return a span of time as a person would say it."""
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min {rest} s"


def moment(when: float | None) -> str:
    """Return a moment in this machine's time, to the minute."""
    return "never" if when is None else f"{datetime.fromtimestamp(when, tz=UTC).astimezone():%Y-%m-%d %H:%M}"


def stand_here(folder: str | None = None, home: str | None = None) -> Stand:
    """Return where the reader stands."""
    return Stand(folder, os.path.realpath(home) if home else None)
