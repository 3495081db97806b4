"""Slices of the cube out of the database: the vintages, periods and series that a query asks for, and no others."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta

import pandas as pd
import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.dialects import postgresql

from ckanext.satudatapmi.figures.exports.layout import Layout
from ckanext.satudatapmi.figures.exports.periods import time_period
from ckanext.satudatapmi.figures.sdmx.data_queries import DataQuery, data_query_3_0
from ckanext.satudatapmi.figures.store import slices, whole
from ckanext.satudatapmi.figures.store.reading import TooManyFigures
from tests.figures.exports.cubes import PERIODS

pytestmark = pytest.mark.usefixtures("single_data")
NATIONAL = {"c[INDICATOR]": "placement", "c[FREQ]": "A", "c[ORIGIN]": "IDN", "c[DESTINATION]": "_T", "c[SEX]": "_T"}
NATIONAL |= {"c[EMPLOYER_TYPE]": "_T", "c[OCCUPATION]": "_T", "c[SCHEME]": "_T", "c[EDUCATION_LEV]": "_T"}
LENGTHS = [
    (date(2023, month, 1), (pd.Timestamp(2023, month, 1) + pd.DateOffset(months=months)).date() - timedelta(days=1))
    for month in (1, 2, 4, 7, 12)
    for months in (1, 2, 3, 6, 12, 24)
]
"""Periods of whole months, those of the calendar and others."""


@pytest.fixture
def connection(single_data):
    import ckan.model as model

    with model.ensure_engine().connect() as one:
        yield one


@pytest.fixture
def read(connection):
    """A function that returns the slice of a query of REST 2.0 as a frame."""

    def answered(key="*", **given):
        return frame(connection, data_query_3_0(key, given))

    return answered


def frame(connection, query: DataQuery) -> pd.DataFrame:
    return pd.concat([*slices.chunks(connection, query)] or [pd.DataFrame(columns=["value"])], ignore_index=True)


def by_year(rows: pd.DataFrame) -> dict[int, int]:
    return {row.ref_end.year: int(row.value) for row in rows.itertuples()}


def test_database_and_messages_tell_the_same_frequency(connection):
    expression = slices.COLUMN_OF["FREQ"].compile(dialect=postgresql.dialect(), compile_kwargs={"literal_binds": True})

    @given(st.lists(PERIODS, min_size=1, max_size=30))
    def check(periods):
        periods = periods + LENGTHS
        rows = ", ".join(f"({at}, DATE '{start}', DATE '{end}')" for at, (start, end) in enumerate(periods))
        source = f"(VALUES {rows}) AS satudatapmi_observation (at, ref_start, ref_end)"
        found = connection.exec_driver_sql(f"SELECT {expression} FROM {source} ORDER BY at").scalars().all()
        assert found == [time_period(*both).freq for both in periods]

    check()


def test_latest_vintages_are_those_that_questions_are_answered_with(read, ask):
    answers = {cell.ref_end.year: int(cell.preferred.value) for cell in ask(time="2011:2024").cells}
    assert by_year(read(**NATIONAL)) == answers | by_year(read(**NATIONAL | {"c[TIME_PERIOD]": "le:2010"}))
    assert by_year(read(**NATIONAL))[2023] == 297108


def test_history_has_every_vintage(read, ask):
    of_2023 = {"c[TIME_PERIOD]": "2023"}
    assert list(read(**NATIONAL, **of_2023, includeHistory="true")["value"]) == [274965, 297108]
    assert list(read(**NATIONAL, **of_2023)["value"]) == [297108]


def test_vintages_that_are_named_are_told(read):
    assert set(read(**NATIONAL, **{"c[TIME_PERIOD]": "2023", "c[VINTAGE]": "2024"})["value"]) == {274965}
    assert set(read(**NATIONAL, **{"c[TIME_PERIOD]": "2023", "c[VINTAGE]": "ge:2025"})["value"]) == {297108}


def test_what_was_known_on_a_day_is_told(read):
    assert list(read(**NATIONAL, **{"c[TIME_PERIOD]": "2023"}, asOf="2024-06-30")["value"]) == [274965]


def test_periods_are_bounded_on_both_sides(read):
    assert set(by_year(read(**NATIONAL, **{"c[TIME_PERIOD]": "ge:2019+le:2021"}))) == {2019, 2020, 2021}
    assert set(by_year(read(**NATIONAL, **{"c[TIME_PERIOD]": "gt:2019+lt:2021"}))) == {2020}
    assert set(by_year(read(**NATIONAL, **{"c[TIME_PERIOD]": "2019,2021"}))) == {2019, 2021}
    rest = by_year(read(**NATIONAL, **{"c[TIME_PERIOD]": "ge:2019+ne:2020"}))
    assert 2020 not in rest and {2019, 2021} <= set(rest)


def test_first_and_last_periods_count_for_each_series(read):
    years = sorted(by_year(read(**NATIONAL)))
    assert sorted(by_year(read(**NATIONAL, lastNObservations="2"))) == years[-2:]
    assert sorted(by_year(read(**NATIONAL, firstNObservations="1", lastNObservations="1"))) == [years[0], years[-1]]
    # A restated year is one period of two vintages.
    assert len(read(**NATIONAL, lastNObservations="1", includeHistory="true")) == 2


def test_keys_are_alternatives_and_filters_hold_for_all(read):
    keys = "A.placement.*.35+IDN,Q.remittance"
    rows = read(keys)
    assert set(rows["indicator"]) == {"placement", "remittance"}
    assert set(rows[rows["indicator"] == "placement"]["origin"]) == {"35", "IDN"}
    assert set(read(keys, **{"c[ORIGIN]": "ne:IDN"})["origin"]) == {"35"}


def test_rows_of_a_series_stand_together(connection):
    for at in ("TIME_PERIOD", "ORIGIN", "FREQ"):
        layout = Layout(at)
        rows = frame(connection, DataQuery(layout=layout))
        rows["freq"] = [time_period(*days).freq for days in zip(rows["ref_start"], rows["ref_end"], strict=True)]
        names = [slices.NAME_OF.get(name, "ref_start") for name in layout.series]
        keys = list(
            zip(*(rows[name] for name in names), *([rows["ref_end"]] if at != "TIME_PERIOD" else []), strict=True)
        )
        changes = sum(one != other for one, other in zip(keys, keys[1:], strict=False))
        assert changes == len(set(keys)) - 1, at


def test_series_alone_are_one_row_each(connection):
    query = DataQuery(layout=Layout("TIME_PERIOD"))
    alone = frame(connection, replace(query, layout=replace(query.layout, observations=False)))
    found = slices.available(connection, query)
    assert len(alone) == found.series < found.observations == len(frame(connection, query))


def test_updates_are_told_and_what_was_restated_since_is_not_old(read, connection):
    (recorded,) = connection.execute(sa.text("SELECT max(recorded) FROM satudatapmi_figure_load")).one()
    assert len(read(updatedAfter="2000-01-01T00:00:00Z")) == len(read())
    assert read(updatedAfter=recorded.isoformat()).empty
    moment = "UPDATE satudatapmi_figure_load SET recorded = :day, shown = :day WHERE id = (SELECT load_id FROM satudatapmi_observation WHERE value = 274965 LIMIT 1)"
    connection.execute(sa.text(moment), {"day": datetime(2100, 1, 1)})
    later = read(updatedAfter="2099-01-01T00:00:00Z")
    connection.rollback()
    # The load brought the former figure of 2023, too, which is not told any longer.
    assert len(later) and not (later["value"] == 274965).any()


def test_whole_cube_is_the_same_slice(connection):
    everything = pd.concat([*whole.chunks(connection)])
    assert len(frame(connection, DataQuery(include_history=True))) == len(everything)


def test_slice_that_is_too_large_is_refused(connection, monkeypatch):
    count = len(frame(connection, DataQuery()))
    monkeypatch.setattr(slices, "MOST", count)
    assert len(frame(connection, DataQuery())) == count
    monkeypatch.setattr(slices, "MOST", count - 1)
    with pytest.raises(TooManyFigures):
        frame(connection, DataQuery())


def test_values_of_a_slice_are_those_of_its_rows(connection, read):
    query = data_query_3_0("*", {"c[INDICATOR]": "placement", "c[FREQ]": "A"})
    rows, found = frame(connection, query), slices.available(connection, query)
    for dimension, name in slices.NAME_OF.items():
        if dimension != "FREQ":
            assert list(found.values[dimension]) == sorted(set(map(str, rows[name]))), dimension
    assert (found.start, found.end) == (rows["ref_start"].min(), rows["ref_end"].max())
    assert found.observations == len(rows)


def test_values_that_could_be_asked_for_beside_are_told(connection):
    query = data_query_3_0("*", {"c[INDICATOR]": "remittance", "c[FREQ]": "Q"})
    exact, beside = slices.available(connection, query), slices.selectable(connection, query)
    assert (exact.values["FREQ"], exact.values["INDICATOR"]) == (["Q"], ["remittance"])
    assert beside.values["FREQ"] == ["A", "Q"]
    assert "remittance" in beside.values["INDICATOR"]
    assert beside.values["DESTINATION"] == exact.values["DESTINATION"]


def test_an_empty_slice_has_no_values(connection):
    found = slices.available(connection, data_query_3_0("*", {"c[TIME_PERIOD]": "le:1950"}))
    assert (found.observations, found.start, list(found.values["SEX"])) == (0, None, [])


def test_figures_of_a_hidden_dataset_are_in_no_slice(read):
    import ckan.model as model

    hide = "UPDATE package SET private = :private WHERE name = 'dataset-lombok-tengah-penempatan'"
    there = {"c[ORIGIN]": "52_02", "c[DESTINATION]": "MYS"}
    assert not read(**there).empty
    for private in (True, False):
        model.Session.execute(sa.text(hide), {"private": private})
        model.Session.commit()
        if private:
            assert read(**there).empty
    assert date(2022, 1, 1) in set(read(**there)["ref_start"])
