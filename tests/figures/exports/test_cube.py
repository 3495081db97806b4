from datetime import date

import pytest

from ckanext.satudatapmi.figures.cube import checked, latest
from tests.figures.exports.cubes import cube, row


def test_a_chunk_without_a_column_is_refused_by_its_name():
    (chunk,) = cube(row())
    with pytest.raises(ValueError, match="vintage_assumed"):
        list(checked([chunk.drop(columns="vintage_assumed")]))


@pytest.mark.parametrize("order", [1, -1])
def test_latest_takes_the_newest_vintage_whatever_came_first(order):
    old, new = row(), row(value=297108, vintage=date(2025, 3, 1))
    other = row(sex="P", value=1)
    found = latest(cube(*[old, new, other][::order], chunk=1))
    assert sorted(found["value"]) == [1, 297108]
