"""The values that travel between rooms: frozen, slotted, without behaviour of their own."""

from semspace.records.documents import Document, Failure, Filter, Heading, Passage, Root, Stamp
from semspace.records.hits import Comparison, Hit, Hits, Neighborhood
from semspace.records.kinds import MODES, Mode, Role, VectorType
from semspace.records.quality import Evaluation, ModeResult
from semspace.records.spaces import Compacted, Finding, Forgotten, IndexReport, Mending, Progress, Status, Tuned

__all__ = [
    "MODES",
    "Compacted",
    "Comparison",
    "Document",
    "Evaluation",
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
    "Stamp",
    "Status",
    "Tuned",
    "VectorType",
]
