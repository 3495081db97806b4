"""Margins bound a cell: never wrongly, and as tightly as two margins can."""

from __future__ import annotations

import doctest
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ckanext.satudatapmi.figures import bounds
from ckanext.satudatapmi.figures.bounds import MarginError, frechet_of

counts = st.integers(0, 10**6)


def test_example_in_docstring_holds():
    assert doctest.testmod(bounds).failed == 0


@given(inside=counts, row=counts, column=counts, outside=counts)
def test_cell_of_any_table_lies_within_its_bounds(inside, row, column, outside):
    margins = [Decimal(inside + row), Decimal(inside + column)]
    found = frechet_of(margins, Decimal(inside + row + column + outside))
    assert found.lower <= inside <= found.upper
    assert found.lower <= found.independent <= found.upper


@given(total=counts, shares=st.tuples(st.floats(0, 1), st.floats(0, 1)))
def test_both_bounds_are_reached_by_some_table(total, shares):
    row, column = (int(total * share) for share in shares)
    found = frechet_of([Decimal(row), Decimal(column)], Decimal(total))
    for inside in (found.lower, found.upper):
        rest = (row - inside, column - inside, total - row - column + inside)
        assert inside >= 0 and all(part >= 0 for part in rest)


@given(cells=st.lists(counts, min_size=8, max_size=8))
def test_cell_of_any_cube_lies_within_its_bounds(cells):
    cube = {(a, b, c): cells[4 * a + 2 * b + c] for a in (0, 1) for b in (0, 1) for c in (0, 1)}
    margins = [Decimal(sum(value for key, value in cube.items() if key[axis] == 0)) for axis in range(3)]
    found = frechet_of(margins, Decimal(sum(cells)))
    assert found.lower <= cube[0, 0, 0] <= found.upper


def test_nusa_tenggara_barat_bounds_lombok_timur_to_malaysia():
    """command-center.md F4: margins of the first quarter of 2023, from ntbsatu 2023-04-15, bounds 4,886 to 5,208."""
    total, malaysia_missing = Decimal(5208 + 322), Decimal(322)
    found = frechet_of([Decimal(5208), total - malaysia_missing], total)
    assert (found.lower, found.upper) == (4886, 5208)


@pytest.mark.parametrize("margins", [[6, 1], [-1, 1]])
def test_margins_that_do_not_fit_their_total_are_refused(margins):
    with pytest.raises(MarginError):
        frechet_of([Decimal(one) for one in margins], Decimal(5))
