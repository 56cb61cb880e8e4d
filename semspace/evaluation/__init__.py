"""How good the answers are, and which way to search suits one's texts.

`evaluate` measures a judged collection, `compare` ways to search it. Both ask for judgements; `compare_queries` takes a
person's own queries about his own space, and `compare_known_items` makes queries out of the space itself, for whoever has
none. Every comparison is paired: the same queries, intervals and tests over their differences, a verdict in words.
"""

from semspace.evaluation.alternatives import Axes, parse_axes
from semspace.evaluation.collections import Collection, read_collection
from semspace.evaluation.comparing import compare, evaluate
from semspace.evaluation.contrasts import differences, holm, paired_interval, randomised
from semspace.evaluation.encoders import PASSAGES, compare_encoders
from semspace.evaluation.known_items import QUERIES
from semspace.evaluation.measures import interval, mrr, ndcg, recall
from semspace.evaluation.own_space import SAMPLE, compare_known_items, compare_queries
from semspace.evaluation.topics import Topic
from semspace.evaluation.verdicts import verdict

__all__ = [
    "PASSAGES",
    "QUERIES",
    "SAMPLE",
    "Axes",
    "Collection",
    "Topic",
    "compare",
    "compare_encoders",
    "compare_known_items",
    "compare_queries",
    "differences",
    "evaluate",
    "holm",
    "interval",
    "mrr",
    "ndcg",
    "paired_interval",
    "parse_axes",
    "randomised",
    "read_collection",
    "recall",
    "verdict",
]
