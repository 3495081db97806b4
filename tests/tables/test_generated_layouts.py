"""Two hundred layouts drawn at random: each is read right or waits for confirmation, none is read wrong."""

from __future__ import annotations

import random
from collections import Counter

import pytest
from building import tidy
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from printed import TRAPS, Layout, Printed

from ckanext.satudatapmi.tables.guessing import propose
from ckanext.satudatapmi.tables.reader import read_table
from ckanext.satudatapmi.tables.tidy import tidy_table
from ckanext.satudatapmi.tables.values import TableError, TidyTable

LAYOUTS = 200
LEAST_SHARE = 0.35
"""Half of the layouts bear a trap, most of which only a person can see through."""


def observations(table: TidyTable) -> list[tuple[object, ...]]:
    """Return what is observed, without the place in the file and without the notes."""
    told = ("periode_awal", "periode_akhir", "nilai", "satuan")
    names = [name for name in table.frame if name.startswith("kode_") or name in told]
    return sorted(map(tuple, table.frame[sorted(names)].astype(object).to_numpy()), key=str)


def outcome(printed: Printed) -> str:
    """Return what happens to a printed table: it waits, or is read; raise if it is read wrong."""
    try:
        proposal = propose(printed.content, printed.name)
    except TableError:
        return "refused"
    if proposal.needs_confirmation:
        return "waits"
    description = proposal.parsed()
    found = observations(tidy_table(read_table(printed.content, description, printed.name), description))
    assert found == observations(tidy(printed.plain, printed.description)), (printed.about, proposal)
    return "read"


def test_every_layout_is_read_right_or_waits_for_confirmation(capsys: pytest.CaptureFixture[str]):
    outcomes: Counter[str] = Counter()

    @settings(
        max_examples=LAYOUTS,
        deadline=None,
        derandomize=True,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(st.integers(0, 2**32))
    def lay_out(seed: int) -> None:
        outcomes[outcome(Layout(random.Random(seed)).printed())] += 1

    lay_out()
    share = outcomes["read"] / outcomes.total()
    with capsys.disabled():
        print(f"\n{outcomes.total()} layouts: {share:.0%} read without help, {outcomes}")
    assert share >= LEAST_SHARE


@pytest.mark.parametrize("trap", sorted(set(TRAPS) - {"none"}))
def test_no_trap_is_fallen_into(trap: str):
    for seed in range(6):
        outcome(Layout(random.Random(seed), trap).printed())
