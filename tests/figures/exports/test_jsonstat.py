import json
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyjstat import pyjstat

from ckanext.satudatapmi.figures.exports.jsonstat import write_jsonstat
from ckanext.satudatapmi.figures.exports.periods import time_period
from tests.figures.exports.cubes import VALUES, cube, row, written, year

CELLS = st.lists(
    st.tuples(
        st.sampled_from(["11", "52.02", "IDN"]),
        st.sampled_from(["MYS", "_T", "TWN"]),
        st.sampled_from(["L", "P", "_T"]),
        st.sampled_from([2022, 2023]),
        VALUES,
    ),
    min_size=1,
    max_size=10,
    unique_by=lambda cell: cell[:4],
)


def read(told: list[dict], indicator: str = "placement", language: str = "id") -> dict:
    return json.loads(written(write_jsonstat, cube(*told), indicator, language), parse_float=Decimal, parse_int=Decimal)


@given(CELLS)
@settings(max_examples=12)
def test_pyjstat_reads_the_same_cells(cells):
    told = [
        row(origin=origin, destination=country, sex=sex, **year(number), value=value, obs_status="A" if value else "M")
        for origin, country, sex, number, value in cells
        if value != 0
    ] or [row()]
    content = written(write_jsonstat, cube(*told), "placement").decode()
    frame = pyjstat.Dataset.read(content).write("dataframe", naming="id")
    found = {
        (one.facet, one.origin, one.destination, one.sex, one.time): Decimal(str(one.value))
        for one in frame.dropna(subset="value").itertuples()
    }
    assert found == {
        (one["facet"], one["origin"], one["destination"], one["sex"], str(one["ref_start"].year)): one["value"]
        for one in told
        if one["value"] is not None
    }


def test_a_missing_figure_is_null_with_its_status_and_an_unpublished_one_is_absent():
    told = [row(sex="L", value=1), row(sex="P", value=None, obs_status="M"), row(destination="MYS", sex="L", value=2)]
    found = read(told)
    assert len(found["value"]) == 3
    (missing,) = found["status"]
    assert (found["value"][missing], found["status"][missing]) == (None, "M")


def test_only_the_latest_vintage_of_the_indicator_is_there():
    told = [
        row(value=297108, vintage=date(2025, 3, 1)),
        row(value=274965),
        row(facet="bp2mi_complaint", value=1995),
    ]
    found = read(told)
    assert (list(found["value"].values()), found["updated"]) == ([297108], "2025-03-01")


def test_an_indicator_without_figures_is_an_empty_dataset():
    found = read([row()], "remittance")
    assert (found["value"], set(found["size"])) == ({}, {0})


def test_unknown_indicators_are_refused():
    with pytest.raises(KeyError, match="gaji"):
        read([row()], "gaji")


def test_codes_stand_in_the_order_of_their_list_and_periods_in_time():
    months = [
        row(ref_start=date(2023, month, 1), ref_end=date(2023, month, 28), sex=sex)
        for month, sex in [(10, "P"), (2, "L")]
    ]
    found = read(months, language="en")["dimension"]
    assert found["time"]["category"]["index"] == [
        time_period(date(2023, 2, 1), date(2023, 2, 28)).value,
        time_period(date(2023, 10, 1), date(2023, 10, 28)).value,
    ]
    assert list(found["sex"]["category"]["label"].items()) == [("L", "Male"), ("P", "Female")]
