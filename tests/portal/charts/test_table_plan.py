"""Which charts a table gets by what its columns are: the one that tells, and none that misleads."""

from __future__ import annotations

from calendar import monthrange
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ckanext.satudatapmi.catalogue.table_sums import Group, Profile
from ckanext.satudatapmi.portal.charts import table_charts, table_plan
from ckanext.satudatapmi.reference import wilayah
from ckanext.satudatapmi.tables.exports.table import Column
from ckanext.satudatapmi.tables.roles import Dimension, Time, roles_of

PROVINCES = tuple(one.code for one in wilayah.within_area(level="provinsi"))
AREAS = Dimension("kode_wilayah", "Provinsi", "wilayah", "nama_wilayah")
COUNTRIES = Dimension("kode_negara", "Negara", "negara", "nama_negara")
WORDS = Dimension("lembaga", "Lembaga")
TIDY = (
    Column("kode_negara", "text", "Kode negara", codes="negara"),
    Column("nama_negara", "text", "Negara"),
    Column("tahun", "integer", "Tahun"),
    Column("periode_awal", "date", "Awal periode"),
    Column("periode_akhir", "date", "Akhir periode"),
    Column("nilai", "number", "Nilai"),
    Column("satuan", "text", "Satuan", codes="satuan"),
    Column("status", "text", "Status", codes="status_nilai"),
    Column("alasan_kosong", "text", "Alasan kosong", codes="tanda_kosong"),
    Column("baris_sumber", "integer", "Baris sumber"),
    Column("kolom_sumber", "text", "Kolom sumber"),
    Column("catatan", "text", "Catatan"),
)


def year(number, last=None):
    return date(number, 1, 1), date(last or number, 12, 31)


def month(number, of=2024):
    return date(of, number, 1), date(of, number, monthrange(of, number)[1])


def group(code, value, period=None, rows=1, filled=None):
    return Group(code, "", period, value, rows, rows if filled is None else filled)


def test_roles_of_a_table_that_was_printed():
    roles = roles_of(TIDY)
    assert roles is not None and roles.time == Time("periode_awal", "periode_akhir")
    assert (roles.measure, roles.label, roles.unit_column) == ("nilai", "", "satuan")
    assert roles.dimensions == (COUNTRIES,)


@pytest.mark.parametrize(
    ("columns", "measure", "time", "dimensions"),
    [
        pytest.param(
            [
                Column("kode_wilayah", "text"),
                Column("wilayah", "text", "Wilayah"),
                Column("tahun", "integer"),
                Column("jumlah", "number", unit="orang"),
            ],
            "jumlah",
            Time("tahun", "tahun", is_year=True),
            ["kode_wilayah"],
            id="headings-alone-say-what-they-are",
        ),
        pytest.param(
            [Column("tanggal", "date"), Column("kurs", "float")],
            "kurs",
            Time("tanggal", "tanggal"),
            [],
            id="one-number",
        ),
        pytest.param(
            [Column("bentuk", "text"), Column("laki", "integer", unit="orang"), Column("kode_pos", "integer")],
            "laki",
            None,
            ["bentuk"],
            id="number-that-is-a-name-is-no-figure",
        ),
    ],
)
def test_roles_of_any_table(columns, measure, time, dimensions):
    roles = roles_of(columns)
    assert roles is not None and (roles.measure, roles.time) == (measure, time)
    assert [one.name for one in roles.dimensions] == dimensions


@pytest.mark.parametrize(
    "columns",
    [
        pytest.param([Column("wilayah", "text"), Column("tahun", "integer")], id="no-figure"),
        pytest.param([Column("l", "integer"), Column("p", "integer")], id="several-figures"),
        pytest.param(
            [Column("tahun", "integer"), Column("bulan", "text"), Column("nilai", "number")], id="months-apart"
        ),
        pytest.param([Column("mulai", "date"), Column("akhir", "date"), Column("nilai", "number")], id="two-days"),
        pytest.param([Column("periode", "text"), Column("nilai", "number")], id="period-in-words"),
    ],
)
def test_columns_that_nobody_understands_have_no_roles(columns):
    assert roles_of(columns) is None


@pytest.mark.parametrize(
    ("dimension", "values", "whole", "parts"),
    [
        pytest.param(AREAS, ["35", "52"], None, {"35", "52"}, id="provinces"),
        pytest.param(AREAS, ["IDN", "35", "52"], "IDN", {"35", "52"}, id="provinces-of-the-nation"),
        pytest.param(AREAS, ["35", "35.06", "35.71"], "35", {"35.06", "35.71"}, id="districts-of-a-province"),
        pytest.param(AREAS, ["35", "52", "35.06", "52.02"], None, {"35", "52"}, id="districts-within-provinces"),
        pytest.param(AREAS, ["35", "52.02"], None, {"35", "52.02"}, id="areas-apart"),
        pytest.param(COUNTRIES, ["_T", "MYS", "_O", None], "_T", {"MYS", "_O", None}, id="total-rest-unknown"),
        pytest.param(COUNTRIES, ["MYS"], None, {"MYS"}, id="one-country"),
        pytest.param(WORDS, ["Jumlah", "BI", "BPS"], "Jumlah", {"BI", "BPS"}, id="total-in-words"),
        pytest.param(Dimension("x", "", "kbji2014"), ["2", "2221", "3"], None, {"2", "3"}, id="occupations-within"),
    ],
)
def test_whole_and_parts_stay_apart(dimension, values, whole, parts):
    found = table_plan.parts_of(dimension, dict.fromkeys(values, 1))
    assert (found.whole, found.parts) == (whole, parts)


@given(st.sets(st.sampled_from([*wilayah.areas(), "_T", "_O", "_U"])))
def test_no_part_of_areas_lies_within_another_or_is_the_whole(codes):
    found = table_plan.parts_of(AREAS, dict.fromkeys(codes, 1))
    assert found.parts <= codes and found.whole not in found.parts and "_T" not in found.parts
    for code in found.parts - {None, "_O", "_U"}:
        area = wilayah.areas()[str(code)]
        assert not found.parts & ({area.parent or "IDN"} | ({"IDN"} if area.code != "IDN" else set())) - {area.code}


@pytest.mark.parametrize(
    ("periods", "found"),
    [
        pytest.param([year(2022), year(2023), year(2024)], [year(2022), year(2023), year(2024)], id="years"),
        pytest.param([year(2022), month(1), month(2)], [month(1), month(2)], id="months-beside-a-year"),
        pytest.param([year(2022), month(1)], [], id="nothing-compares"),
        pytest.param([year(2007, 2012), year(2007, 2013)], [year(2007, 2012), year(2007, 2013)], id="since-a-day"),
        pytest.param(
            [(date(2023, 1, 1), date(2023, 9, 30)), (date(2024, 1, 1), date(2024, 10, 31))], [], id="parts-of-two-years"
        ),
        pytest.param(
            [(date(2021, 8, 24),) * 2, (date(2023, 7, 31),) * 2],
            [(date(2021, 8, 24),) * 2, (date(2023, 7, 31),) * 2],
            id="days",
        ),
        pytest.param([], [], id="no-period"),
    ],
)
def test_only_periods_that_compare_make_a_line(periods, found):
    assert table_plan.comparable_periods(dict.fromkeys(periods, 1)) == tuple(found)


def plans(values, periods=(), dimension=None, units=None):
    roles = roles_of(TIDY)
    assert roles is not None
    return table_plan.wanted(roles, Profile(dict.fromkeys(periods, 1), units or {"orang": 1}, {"kode_negara": values}))


def test_countries_in_years_are_lines_and_a_breakdown_of_the_last_year():
    lines, bars = plans({"MYS": 2, "HKG": 2}, [year(2023), year(2024)])
    assert lines.is_over_time and [one.by for one in lines.questions] == ["kode_negara"]
    assert not bars.is_over_time and [one.periods for one in bars.questions] == [(year(2024),), (year(2023),)]
    assert bars.questions[0].kept == {"kode_negara": frozenset({"MYS", "HKG"})}


def test_whole_is_the_line_and_never_among_its_parts():
    lines, bars = plans({"_T": 2, "MYS": 2, "HKG": 2}, [year(2023), year(2024)])
    assert [(one.by, one.kept) for one in lines.questions] == [("", {"kode_negara": frozenset({"_T"})})]
    assert bars.questions[0].kept == {"kode_negara": frozenset({"MYS", "HKG"})}


def test_one_value_in_one_period_is_no_chart():
    assert plans({"MYS": 1}, [year(2024)]) == [] and plans({}, []) == []


def test_whole_beside_its_only_part_is_not_added_to_it():
    [lines] = plans({"_T": 2, "MYS": 2}, [year(2023), year(2024)])
    assert lines.questions[0].kept == {"kode_negara": frozenset({"_T"})}


@pytest.mark.parametrize(
    ("unit", "may"), [("orang", True), ("jiwa", True), ("persen", False), ("%", False), ("", False), ("indeks", False)]
)
def test_counts_add_up_and_shares_do_not(unit, may):
    assert table_plan.may_be_summed(unit) is may


@given(
    st.dictionaries(st.sampled_from(["_T", "_O", "MYS", "HKG", "TWN", None]), st.integers(1, 9)),
    st.sets(st.sampled_from([year(2022), year(2023), month(1), month(2), year(2007, 2012)])),
)
def test_no_question_mixes_wholes_and_parts_or_lengths_of_periods(values, periods):
    for one in plans(values, periods):
        for question in one.questions:
            assert not {"_T"} < question.kept["kode_negara"]
            assert len(question.periods) <= 1 or question.periods == table_plan.comparable_periods(
                dict.fromkeys(periods, 1)
            )
            assert one.is_over_time or len(question.periods) <= 1


@pytest.mark.parametrize(
    ("groups", "codes"),
    [
        pytest.param([group("A", 1), group("B", 3), group("C", 2)], ["B", "C", "A"], id="largest-first"),
        pytest.param([group("A", 1), group("B", 3, rows=2, filled=1)], [], id="sum-without-all-figures"),
        pytest.param([group("A", 1), group("B", None, filled=0), group("C", 2)], ["C", "A"], id="missing-is-no-zero"),
        pytest.param([group("A", -1), group("B", 3)], [], id="less-than-nothing"),
        pytest.param([group("A", 0), group("B", 0)], [], id="nothing-at-all"),
        pytest.param([group("A", 5)], [], id="nothing-to-compare"),
    ],
)
def test_bars_are_of_whole_figures(groups, codes):
    assert [one.code for one in table_charts.bars_of(groups)] == codes


def test_line_with_the_largest_last_figure_is_first():
    groups = [group(str(n), 10 * n + y, year(2020 + y)) for n in range(9) for y in range(3)]
    found = table_charts.lines_of(groups)
    assert [line[0].code for line in found] == ["8", "7", "6", "5", "4", "3", "2", "1", "0"]
    assert all([one.period for one in line] == [year(2020), year(2021), year(2022)] for line in found)


def test_sum_of_more_rows_than_before_is_no_line():
    grown = [group("A", 10, year(2023), rows=10), group("A", 12, year(2024), rows=12)]
    assert table_charts.lines_of(grown) == []
    assert table_charts.lines_of([group("A", 1, year(2023), 2), group("A", 2, year(2024), 2)])


@pytest.mark.parametrize(
    ("dimension", "codes", "kind"),
    [
        (AREAS, PROVINCES[:5], "tiles"),
        (AREAS, (*PROVINCES[:5], "_O"), "tiles"),
        (AREAS, ("35.06", "35.71", "35.10"), "bars"),
        (AREAS, ("35", "52", "35.06"), "bars"),
        (AREAS, PROVINCES[:2], "bars"),
        (COUNTRIES, ("MYS", "HKG", "TWN"), "map"),
        (COUNTRIES, ("MYS", "HKG", "_O"), "bars"),
        (WORDS, ("BI", "BPS", "BP2MI"), "bars"),
    ],
)
def test_places_are_on_maps_and_all_else_are_bars(dimension, codes, kind):
    assert table_charts.kind_of(dimension, [group(code, 1) for code in codes]) == kind


def test_line_breaks_where_a_year_is_missing_but_not_between_days():
    years = [group("A", 1, year(2019)), group("A", 2, year(2020)), group("A", 3, year(2022))]
    assert [one.piece for one in table_charts.points_of(years, {"A": "a"})] == [0, 0, 1]
    days = [group("A", 1, (date(2021, 8, 24),) * 2), group("A", 2, (date(2023, 7, 31),) * 2)]
    assert [one.piece for one in table_charts.points_of(days, {"A": "a"})] == [0, 0]
    assert table_charts.are_years(years) and not table_charts.are_years(days)
