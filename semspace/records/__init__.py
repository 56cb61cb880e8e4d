"""The values that travel between rooms: frozen, slotted, without behaviour of their own."""

from semspace.records.documents import Document, Failure, Filter, Heading, Passage, Root, Stamp
from semspace.records.engines import Consistency, Engine, EngineStatus
from semspace.records.health import Sign
from semspace.records.hits import Comparison, Evidence, Hit, Hits, Neighborhood, Verdict
from semspace.records.kinds import MODES, Mode, Role, VectorType
from semspace.records.quality import Alternative, Contest, Difference, Evaluation, KindResult, Measured, ModeResult
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
    "Alternative",
    "Boilerplate",
    "Compacted",
    "Comparison",
    "Consistency",
    "Contest",
    "Difference",
    "Document",
    "Engine",
    "EngineStatus",
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
    "KindResult",
    "Measured",
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
