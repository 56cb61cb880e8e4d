"""Records -> what programs read: json, jsonl, paths and grep. Keys are never renamed; a key that does not apply is null."""

from __future__ import annotations

import json
import math
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, is_dataclass
from typing import Any

from semspace.errors import SemspaceError
from semspace.records import (
    Boilerplate,
    Comparison,
    Evaluation,
    Finding,
    Forgotten,
    Hit,
    Hits,
    IndexReport,
    Mending,
    Neighborhood,
    Sign,
    Status,
)
from semspace.ui.safe import escape_json

DIGITS = 6


def to_json(value: Any, *, indent: int | None = None) -> str:
    """Return JSON in UTF-8 that keeps the true text: what UTF-8 or a terminal cannot take is escaped."""
    return escape_json(json.dumps(plain(value), ensure_ascii=False, allow_nan=False, indent=indent))


def plain(value: Any) -> Any:
    """Return a value of what JSON knows: numbers that are not finite become null, what is unknown becomes text."""
    if value is None or isinstance(value, (str, bool, int)):
        return value
    if isinstance(value, float):
        return round(value, DIGITS) if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {str(key): plain(inner) for key, inner in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [plain(inner) for inner in value]
    if is_dataclass(value) and not isinstance(value, type):
        return plain(asdict(value))
    return str(value)


def hit(found: Hit, base: str | None = None) -> dict[str, Any]:
    """Return a hit; `path` is absolute, or relative to `base`. Offsets count characters of `text`.

    `answer` is the sentence that answers best; `marks` are [start, end, strength] of the words that carry the match.
    """
    return {
        "rank": found.rank,
        "id": found.id,
        "score": found.score,
        "similarity": found.similarity,
        "relevance": found.relevance,
        "path": path_of(found, base),
        "start_line": found.start_line,
        "end_line": found.end_line,
        "page": found.page,
        "heading": list(found.heading) or None,
        "text": found.text,
        "metadata": found.metadata,
        "key": found.key,
        "title": found.title,
        "matches": found.matches,
        "before": found.before or None,
        "after": found.after or None,
        "answer": _answer(found),
        "marks": found.marks,
        **({"evidence": asdict(found.evidence)} if found.evidence else {}),
    }


def _answer(found: Hit) -> dict[str, Any] | None:
    if found.answer is None:
        return None
    start, end = found.answer
    return {"start": start, "end": end, "text": found.text[start:end]}


def path_of(found: Hit, base: str | None) -> str | None:
    """Return the path of a hit, from a folder if one is given."""
    return os.path.relpath(found.path, base) if found.path and base else found.path


def hits(found: Hits, base: str | None = None) -> dict[str, Any]:
    """Return hits with what was asked; where nothing was found, what came nearest."""
    nearest = {"nearest": hit(found.nearest, base) if found.nearest else None} if found.verdict == "nothing" else {}
    advice = {"hint": {"exclude": found.excluded}} if found.excluded else {}
    return {**_asked(found), "hits": [hit(one, base) for one in found], **nearest, **advice}


def nothing(found: Hits) -> str:
    """Say that nothing looks like an answer, and how near the nearest passage comes."""
    if found.nearest is None:
        return "Nothing found."
    near = found.nearest.relevance
    far = f", relevance {near:.2f} of 0.50" if near is not None else ""
    few = " There are too few texts to judge well." if found.judged == "background" else ""
    return f"Nothing looks like an answer. Nearest: #{found.nearest.id}{far} (--all shows it).{few}"


def _asked(found: Hits) -> dict[str, Any]:
    took = round(found.took_ms, 1)
    return {
        "query": found.query,
        "index": found.space,
        "mode": found.mode,
        "model": found.model,
        "took_ms": took,
        "coverage": round(found.coverage, 4),
        "verdict": found.verdict,
        "judged": found.judged,
        "reranker": found.reranker,
    }


def json_lines(found: Hits, base: str | None = None) -> Iterator[str]:
    """Return each hit as one line of JSON, with what was asked."""
    return (to_json({**_asked(found), **hit(one, base)}) for one in found)


def path_lines(found: Hits, base: str | None = None) -> Iterator[str]:
    """Return `path:line` of each hit: what opens an editor at the place. A text of a program is its id."""
    return (_place(one, base) for one in found)


def grep_lines(found: Hits, base: str | None = None) -> Iterator[str]:
    """Return `path:line:text` of each hit, as grep -n does: for the quickfix list of an editor, or for fzf.

    The line is the first one that holds a word of the query.
    """
    for one in found:
        start = min((match[0] for match in one.matches), default=len(one.text) - len(one.text.lstrip()))
        above = one.text.count("\n", 0, start)
        text = one.text.split("\n")[above].strip()
        place = f"{path_of(one, base) or one.key or ''}:{(one.start_line or 1) + (above if one.start_line else 0)}"
        yield f"{place}:{text}"


def _place(one: Hit, base: str | None) -> str:
    path = path_of(one, base)
    if path is None:
        return one.key or ""
    return path if one.start_line is None else f"{path}:{one.start_line}"


def files(found: Iterable[Hit], base: str | None = None) -> list[str]:
    """Return the files of some hits, each once, best first."""
    return list(dict.fromkeys(path_of(one, base) or one.key or "" for one in found))


def findings(found: Sequence[Finding], space: str) -> dict[str, Any]:
    """Return what a check found."""
    parts = [{"part": one.part, "wrong": one.count, "message": one.message, "remedy": one.remedy} for one in found]
    return {"index": space, "sound": not any(one.count for one in found), "findings": parts}


def mendings(done: Sequence[Mending], space: str) -> dict[str, Any]:
    """Return what a repair did."""
    parts = [
        {"part": one.part, "mended": one.mended, "lost": one.lost, "message": one.message, "remedy": one.remedy} for one in done
    ]
    return {"index": space, "whole": not any(one.lost for one in done), "mendings": parts}


def forgotten(done: Forgotten) -> dict[str, Any]:
    """Return what was forgotten, and what is left of it."""
    return {
        "index": done.index,
        "documents": done.documents,
        "passages": done.passages,
        "kept_out": list(done.kept_out),
        "searched": {"files": done.files, "bytes": done.searched},
        "traces": dict(done.traces),
        "engine": done.engine,
    }


def signs(found: Sequence[Sign]) -> dict[str, Any]:
    """Return what a machine and its spaces are like."""
    rows = [
        {"part": one.part, "well": one.remedy is None, "told": one.told, "remedy": one.remedy, **one.facts} for one in found
    ]
    return {"well": all(one.remedy is None for one in found), "signs": rows}


def report(done: IndexReport) -> dict[str, Any]:
    """Return what a run of `index` did."""
    return {
        "index": done.index,
        "read": done.read,
        "unchanged": done.unchanged,
        "removed": done.removed,
        "failed": [{"path": failure.path, "reason": failure.reason} for failure in done.failed],
        "skipped": counted(failure.reason for failure in done.skipped),
        "passages": done.passages,
        "encoded": done.encoded,
        "seconds": round(done.seconds, 3),
        "interrupted": done.interrupted,
        "boilerplate": done.boilerplate,
        "skipped_files": [{"path": failure.path, "reason": failure.reason} for failure in done.skipped],
    }


def boilerplate(found: Sequence[Boilerplate], space: str, kept: bool) -> dict[str, Any]:
    """Return the text that recurs over many files; `kept` says that it is searched all the same."""
    return {"index": space, "kept": kept, "boilerplate": [asdict(one) for one in found]}


def counted(reasons: Iterable[str]) -> dict[str, int]:
    """Count reasons, the most frequent first."""
    counts: dict[str, int] = {}
    for reason in reasons:
        counts[reason] = counts.get(reason, 0) + 1
    return dict(sorted(counts.items(), key=lambda item: (-item[1], item[0])))


def status(found: Status) -> dict[str, Any]:
    """Return what a space holds."""
    fields: dict[str, Any] = {name: getattr(found, name) for name in Status.__slots__ if name != "skipped"}
    fields["engine"] = plain(found.engine) if found.engine else None
    fields["failed"] = [{"path": failure.path, "reason": failure.reason} for failure in found.failed]
    fields["skipped"] = counted(failure.reason for failure in found.skipped)
    fields["skipped_files"] = [{"path": failure.path, "reason": failure.reason} for failure in found.skipped]
    return fields


def spaces(found: Mapping[str, Status | SemspaceError]) -> dict[str, Any]:
    """Return what each space holds, or why it cannot be opened."""
    return {
        "spaces": [
            {"index": name, **error(one)} if isinstance(one, SemspaceError) else status(one) for name, one in found.items()
        ]
    }


def comparison(found: Comparison) -> dict[str, Any]:
    """Return how near two texts are."""
    return {"first": found.first, "second": found.second, "similarity": found.similarity}


def neighborhood(found: Neighborhood, base: str | None = None) -> dict[str, Any]:
    """Return a passage with the passages near it, and theirs."""
    return {**hit(found.hit, base), "near": [neighborhood(one, base) for one in found.near]}


def evaluation(done: Evaluation) -> dict[str, Any]:
    """Return the quality of each mode; recall is measured at 100."""
    results = [
        {
            "mode": one.mode,
            f"ndcg@{one.k}": one.ndcg,
            "recall@100": one.recall,
            f"mrr@{one.k}": one.mrr,
            "ci95": one.ci95,
        }
        for one in done.results
    ]
    fields = {"dataset": done.dataset, "documents": done.documents, "queries": done.queries, "model": done.model}
    return {**fields, "rerank": done.rerank, "results": results}


def error(raised: SemspaceError) -> dict[str, Any]:
    """Return an error."""
    fields = {"kind": raised.kind, "message": raised.message, "hint": raised.hint, "retryable": raised.retryable}
    return {"error": fields}
