"""Large tables are proposed a description in seconds, also where cells cannot be read; time is that of the processor."""

from __future__ import annotations

import random
from collections.abc import Callable
from time import process_time

import pytest

from ckanext.satudatapmi.reference.wilayah import areas
from ckanext.satudatapmi.tables.guessing import propose

DISTRICTS = [area.name for area in areas().values() if area.level == "kabupaten_kota"]
YEARS = [str(year) for year in range(2015, 2025)]
Draw = random.Random


def figures(draw: Draw, count: int) -> list[str]:
    return [f"{draw.randrange(10**7):,}".replace(",", ".") for _ in range(count)]


def plain(draw: Draw, number: int) -> list[str]:
    return [draw.choice(DISTRICTS), *figures(draw, 10)]


def with_a_column_that_cannot_be_read(draw: Draw, number: int) -> list[str]:
    return [draw.choice(DISTRICTS), f"entah {number}", *figures(draw, 9)]


def with_lines_between(draw: Draw, number: int) -> list[str]:
    return (plain(draw, number), [""] * 11, [f"Bagian {number}", *[""] * 10])[number % 3]


def table(row: Callable[[Draw, int], list[str]], heading: list[str], rows: int) -> bytes:
    draw = Draw(7)
    lines = [heading, *(row(draw, number) for number in range(rows))]
    return "\n".join(";".join(line) for line in lines).encode()


PLAIN = ["Kabupaten/Kota", *YEARS]
DATED = ["Kabupaten/Kota", "Tanggal Terbit", *YEARS[1:]]


@pytest.mark.parametrize(
    ("row", "heading"),
    [(plain, PLAIN), (with_lines_between, PLAIN), (with_a_column_that_cannot_be_read, DATED)],
    ids=["plain", "lines between", "unreadable column"],
)
def test_time_grows_with_the_rows_alone(row: Callable[[Draw, int], list[str]], heading: list[str]):
    propose(table(row, heading, 20), "pemanasan.csv")
    began = process_time()
    assert propose(table(row, heading, 4000), "besar.csv").description["unpivot"] == "tahun"
    assert process_time() - began < 5
