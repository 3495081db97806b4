"""A cell without a number has the bounds of its published margins, whatever table it was left out of."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.figures.conftest import dated

pytestmark = pytest.mark.usefixtures("with_plugins")
ORIGINS = {"Jawa Timur": "35", "Jawa Barat": "32", "Lampung": "18", "Bali": "51"}
DESTINATIONS = {"Malaysia": "MYS", "Taiwan": "TWN", "Hongkong": "HKG", "Korea Selatan": "KOR"}
ASKED = {"origin": "35", "destination": "MYS", "time": "2022"}
FIRST, SECOND, OTHER_DEFINITION = "2023-02-13", "2023-08-01", "2025-02-15"
WHOLE = {"unpivot": "negara", "totals": "keep", "constants": {"tahun": 2022, "tanggal_terbit": FIRST}}
DAYS = st.dates(date(2023, 2, 1), date(2024, 12, 31))
"""On which figures of 2022 come out that count by one definition."""
# Each example loads its tables; a failing one is told as it is, for to make it smaller takes minutes.
IN_ONE_TRANSACTION = settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=15, phases=[Phase.generate]
)


@pytest.fixture
def ask(grow):
    """A function that loads tables, asks a question of them alone and returns what `pmi_query` answers."""
    import ckan.model as model
    import ckan.plugins.toolkit as tk

    def asked(tables, **question):
        with model.Session.connection().begin_nested() as savepoint:
            for text, given_of_table in tables:
                grow(text, **given_of_table)
            answer = tk.get_action("pmi_query")({"user": ""}, question)
            savepoint.rollback()
        return answer

    return asked


@st.composite
def tables_with_a_gap(draw):
    """Draw the counts of a table of origins by destinations, the place of one cell, and what is printed there."""
    size = st.integers(2, 4)
    rows, columns = draw(size), draw(size)
    counts = st.lists(st.integers(0, 10**6), min_size=columns, max_size=columns)
    table = draw(st.lists(counts, min_size=rows, max_size=rows))
    place = draw(st.integers(0, rows - 1)), draw(st.integers(0, columns - 1))
    return table, place, draw(st.sampled_from(["", "…", "n.a."]))


def printed(table, place, mark):
    """Return a table as it is printed with its margins and total, one cell of it not told."""
    names, countries = list(ORIGINS)[: len(table)], list(DESTINATIONS)[: len(table[0])]
    lines = [["Provinsi", *countries, "Jumlah"]]
    lines += [[name, *map(str, counts), str(sum(counts))] for name, counts in zip(names, table, strict=True)]
    margins = [sum(counts) for counts in zip(*table, strict=True)]
    lines.append(["Jumlah", *map(str, margins), str(sum(margins))])
    row, column = place
    lines[row + 1][column + 1] = mark
    return "\n".join(";".join(line) for line in lines)


@given(drawn=tables_with_a_gap())
@IN_ONE_TRANSACTION
def test_cell_left_out_of_any_table_lies_within_the_frechet_bounds_of_its_margins(ask, drawn):
    table, (row, column), mark = drawn
    question = {"origin": list(ORIGINS.values())[row], "destination": list(DESTINATIONS.values())[column]}
    bounds = ask([(printed(table, (row, column), mark), WHOLE)], time="2022", **question)["bounds"]
    margins = sum(table[row]), sum(counts[column] for counts in table)
    total = sum(map(sum, table))
    assert bounds["lower"] <= table[row][column] <= bounds["upper"]
    assert (bounds["lower"], bounds["upper"]) == (max(0, sum(margins) - total), min(margins))
    assert [figure["value"] for figure in bounds["figures"]] == [*margins, total]
    assert (bounds["ref_start"], bounds["ref_end"]) == ("2022-01-01", "2022-12-31")
    assert bounds["editions"] == [FIRST]


def margins_of(origin, destination, total):
    """Return tables of the two margins and the total of the cell asked for: a value by the day it was published."""
    shapes = (
        ("Provinsi;Tahun;Jumlah\nJawa Timur;2022;{}", origin),
        ("Negara;Tahun;Jumlah\nMalaysia;2022;{}", destination),
        ("Tahun;Jumlah\n2022;{}", total),
    )
    return [
        (shape.format(value), {"place": f"tabel-{number}", "unpivot": None, **dated(day)})
        for number, (shape, values) in enumerate(shapes)
        for day, value in values.items()
    ]


@given(inside=st.integers(0, 999), rests=st.tuples(*[st.integers(0, 999)] * 3), published=st.tuples(DAYS, DAYS, DAYS))
@IN_ONE_TRANSACTION
def test_margins_of_different_editions_are_combined_and_the_editions_are_told(ask, inside, rests, published):
    origin, destination = inside + rests[0], inside + rests[1]
    total = inside + sum(rests)
    by_day = ({str(day): value} for day, value in zip(published, (origin, destination, total), strict=True))
    answer = ask(margins_of(*by_day), **ASKED)
    bounds = answer["bounds"]
    assert (bounds["lower"], bounds["upper"]) == (max(0, origin + destination - total), min(origin, destination))
    assert bounds["lower"] <= inside <= bounds["upper"]
    assert bounds["editions"] == sorted(map(str, set(published)))
    combined = [note for note in answer["notes"] if "combined" in note]
    if len(bounds["editions"]) == 1:
        assert combined == []
    else:
        assert len(combined) == 1 and ", ".join(bounds["editions"]) in combined[0]


def test_edition_that_has_margins_and_total_goes_before_later_ones_that_have_not(ask):
    tables = margins_of({FIRST: 60, SECOND: 70}, {FIRST: 80}, {FIRST: 100, SECOND: 120})
    bounds = ask(tables, **ASKED)["bounds"]
    assert (bounds["lower"], bounds["upper"], bounds["editions"]) == (40, 60, [FIRST])


def test_of_editions_that_have_all_the_last_one_bounds(ask):
    tables = margins_of({FIRST: 60, SECOND: 70}, {FIRST: 80, SECOND: 85}, {FIRST: 100, SECOND: 120})
    bounds = ask(tables, **ASKED)["bounds"]
    assert (bounds["lower"], bounds["upper"], bounds["editions"]) == (35, 70, [SECOND])
    bounds = ask(tables, vintage="2023-03-01", **ASKED)["bounds"]
    assert (bounds["lower"], bounds["upper"], bounds["editions"]) == (40, 60, [FIRST])


def test_margins_of_another_definition_or_withdrawn_ones_bound_nothing(ask):
    assert ask(margins_of({FIRST: 60}, {FIRST: 80}, {OTHER_DEFINITION: 100}), **ASKED)["bounds"] is None
    withdrawn = ("Provinsi;Tahun;Jumlah\nJawa Timur;2022;…", {"place": "tabel-0", "unpivot": None, **dated(SECOND)})
    tables = margins_of({FIRST: 60}, {FIRST: 80}, {FIRST: 100})
    assert ask(tables, **ASKED)["bounds"] is not None
    assert ask([*tables, withdrawn], **ASKED)["bounds"] is None


def test_several_periods_have_no_bounds_together(ask):
    tables = margins_of({FIRST: 60}, {FIRST: 80}, {FIRST: 100})
    assert ask(tables, **ASKED)["bounds"] is not None
    assert ask(tables, **(ASKED | {"time": "2019:2024"}))["bounds"] is None


CELL = "Provinsi;Negara;2022\nJawa Timur;Malaysia;{}\nJawa Timur;Taiwan;7"


def test_cell_that_is_printed_without_a_number_has_bounds_and_nearest_cells(ask):
    tables = margins_of({FIRST: 60}, {FIRST: 80}, {FIRST: 100})
    answer = ask([*tables, (CELL.format("…"), dated(FIRST))], **ASKED)
    assert [figure["obs_status"] for figure in answer["preferred"]] == ["M"]
    assert (answer["bounds"]["lower"], answer["bounds"]["upper"]) == (40, 60)
    assert {figure["value"] for figure in answer["nearest"]} == {60, 80, 100}
    assert any("no number" in note for note in answer["notes"])


def test_withdrawn_cell_has_bounds_and_nearest_cells_and_is_known_as_of_before(ask):
    left_out = "Provinsi;Negara;2022\nJawa Timur;Taiwan;7"
    given_of_cell = {"place": "silang", **dated(FIRST)}
    before = [*margins_of({FIRST: 60}, {FIRST: 80}, {FIRST: 100}), (CELL.format(45), given_of_cell)]
    tables = [*before, (left_out, given_of_cell | {"retrieved": "2026-03-01"})]
    answer = ask(tables, **ASKED)
    assert [figure["value"] for figure in answer["preferred"]] == [None]
    assert (answer["bounds"]["lower"], answer["bounds"]["upper"]) == (40, 60) and answer["nearest"]
    known = ask(tables, vintage="2024-01-01", **ASKED)
    assert known["preferred"][0]["value"] == 45 and known["bounds"] is None


def test_sum_of_several_years_of_which_one_alone_is_published_is_refused(ask):
    import ckan.plugins.toolkit as tk

    tables, asked = [("Negara;2022\nMalaysia;15", dated(FIRST))], {"destination": "MYS", "aggregate": "sum"}
    assert ask(tables, time="2022", **asked)["aggregate"]["value"] == 15
    with pytest.raises(tk.ValidationError) as refused:
        ask(tables, time="2019:2024", **asked)
    assert refused.value.error_dict["reasons"] == ["gap_in_time"]


def test_nearest_cells_have_numbers_those_of_the_next_years_first(ask):
    years = "Provinsi;Negara;2019;2021;2022;2023\nJawa Timur;Malaysia;1;2;…;…"
    answer = ask([(years, dated("2024-02-13"))], **ASKED)
    assert [(figure["value"], figure["ref_end"][:4]) for figure in answer["nearest"]] == [(2, "2021"), (1, "2019")]


def test_figure_that_came_out_later_than_a_missing_one_is_told(ask):
    tables = [(CELL.format("…"), dated(FIRST)), (CELL.format(45), dated(SECOND))]
    answer = ask(tables, vintage="2023-03-01", **ASKED)
    assert [(one["value"], one["vintage"]) for one in answer["published_later"]] == [(45, SECOND)]
