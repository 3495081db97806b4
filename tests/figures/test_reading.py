"""Which observations a selection takes out of the database."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from tests.figures.conftest import dated

pytestmark = pytest.mark.usefixtures("with_plugins")
DAYS = [date(2023, 1, 1) + timedelta(days=day) for day in range(0, 730, 5)]


@pytest.fixture
def periods_there(grow):
    """A series that has a figure for many periods: whole ones of every length, and others."""
    import ckan.model as model
    import sqlalchemy as sa

    grow("Tahun;Jumlah\n2011;1", unpivot=None, **dated("2012-02-01"))
    firsts = [date(year, month, 1) for year in (2023, 2024) for month in range(1, 13)]
    starts = sorted({*DAYS, *firsts})
    ends = sorted({*DAYS, *(first - timedelta(days=1) for first in firsts[1:]), date(2024, 12, 31)})
    periods = [(start, end) for start in starts for end in ends if start <= end]
    statement = (
        "INSERT INTO satudatapmi_observation SELECT series_id, day_from, day_to, vintage, vintage_assumed, value, "
        "obs_status, conf_status, definition, load_id, source_row, source_column, note FROM satudatapmi_observation, "
        "unnest(CAST(:starts AS date[]), CAST(:ends AS date[])) AS period (day_from, day_to) "
        "WHERE ref_start = '2011-01-01'"
    )
    of_all = {"starts": [start for start, _end in periods], "ends": [end for _start, end in periods]}
    model.Session.connection().execute(sa.text(statement), of_all)
    return periods


def read(**selection):
    import ckan.model as model

    from ckanext.satudatapmi.figures.store import reading

    rows = reading.latest(model.Session.connection(), reading.Selection(("placement",), **selection))
    return [(row["ref_start"], row["ref_end"]) for row in rows]


@pytest.mark.parametrize("frequency", ["A", "S", "Q", "M", "D"])
def test_periods_of_a_length_are_those_that_its_definition_says(periods_there, frequency):
    from ckanext.satudatapmi.figures.question import frequency_of

    wanted = {period for period in periods_there if frequency_of(*period) == frequency}
    assert set(read(frequency=frequency, start=date(2023, 1, 1))) == wanted != set()


@pytest.mark.parametrize(
    ("frequency", "last"),
    [
        ("A", (date(2024, 1, 1), date(2024, 12, 31))),
        ("Q", (date(2024, 10, 1), date(2024, 12, 31))),
        ("M", (date(2024, 12, 1), date(2024, 12, 31))),
    ],
)
def test_last_period_of_a_length_is_the_one_that_ends_last(periods_there, frequency, last):
    assert read(frequency=frequency, last=True) == [last]
    assert {end for _start, end in read(last=True)} == {last[1]}


def test_last_period_is_the_last_that_was_known_on_the_day(grow):
    grow("Tahun;Jumlah\n2022;1", unpivot=None, **dated("2023-02-01"))
    grow("Tahun;Jumlah\n2023;2", unpivot=None, **dated("2024-02-01"))
    assert read(frequency="A", last=True)[0][1].year == 2023
    assert read(frequency="A", last=True, as_of=date(2023, 12, 31))[0][1].year == 2022
    assert read(frequency="A", last=True, as_of=date(2020, 1, 1)) == []


def test_selection_of_too_many_figures_is_refused(periods_there, monkeypatch):
    from ckanext.satudatapmi.figures.store import reading

    monkeypatch.setattr(reading, "MOST", 100)
    with pytest.raises(reading.TooManyFigures):
        read()
    assert len(read(frequency="Q")) < 100
