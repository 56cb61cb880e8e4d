"""The values that travel between rooms: frozen, slotted, without behaviour of their own."""

from semspace.records.documents import Document, Failure, Filter, Heading, Passage, Root, Stamp
from semspace.records.health import Sign
from semspace.records.hits import Comparison, Evidence, Hit, Hits, Neighborhood, Verdict
from semspace.records.kinds import MODES, Mode, Role, VectorType
from semspace.records.quality import Evaluation, ModeResult
from semspace.records.spaces import (
    Boilerplate,
    Compacted,
    Finding,
    Forgotten,
    IndexReport,
    Mending,
    Progress,
    Status,
    Tuned,
)

__all__ = [
    "MODES",
    "Boilerplate",
    "Compacted",
    "Comparison",
    "Document",
    "Evaluation",
    "Evidence",
    "Failure",
    "Filter",
    "Finding",
    "Forgotten",
    "Heading",
    "Hit",
    "Hits",
    "IndexReport",
    "Mending",
    "Mode",
    "ModeResult",
    "Neighborhood",
    "Passage",
    "Progress",
    "Role",
    "Root",
    "Sign",
    "Stamp",
    "Status",
    "Tuned",
    "VectorType",
    "Verdict",
]
