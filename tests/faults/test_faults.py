"""Every fault of the bench, with few cases: nothing is lost, nothing wrong is answered."""

from __future__ import annotations

import pytest

from semspace.bench.faults import FAULTS, Impossible
from semspace.bench.faults.running import trial


@pytest.mark.parametrize("name", FAULTS)
def test_every_case_of_a_fault_is_survived(name: str) -> None:
    fault = FAULTS[name]
    try:
        with trial(fault.quick) as one:
            tallies = fault.run(one)
    except Impossible as lacking:
        pytest.skip(str(lacking))
    assert tallies
    for tally in tallies:
        assert tally.cases, f"{tally.fault}: no case ran"
        assert tally.problems == [], tally.fault
        assert tally.survived == tally.cases
        assert tally.lost == 0
