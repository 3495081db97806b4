from __future__ import annotations

from decimal import Decimal

import pytest
from babel.numbers import NumberFormatError, format_decimal, parse_decimal
from hypothesis import given
from hypothesis import strategies as st

from ckanext.satudatapmi.tables.figures import Notation, parse_boolean, parse_date, parse_figure
from ckanext.satudatapmi.tables.marks import footnote, split_marks

COUNTS = Notation()
NUMBERS = Notation(integer=False)


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        ("274.965", "274965"),
        ("274965", "274965"),
        ("0", "0"),
        ("1.234.567", "1234567"),
        ("2435.0", "2435"),
        ("12.000", "12000"),
        ("274.965 1)", "274965"),
        ("142*)", "142"),
        ("142 **)", "142"),
        ("1.234\u00b9\u207e", "1234"),
        ("297.108r)", "297108"),
        ("1 234", "1234"),
    ],
)
def test_counts_as_tables_print_them(cell: str, value: str):
    assert parse_figure(cell, COUNTS).value == Decimal(value)


@pytest.mark.parametrize(
    ("cell", "value"), [("2.259,98", "2259.98"), ("0,5", "0.5"), ("-1,25", "-1.25"), ("10.970", "10970")]
)
def test_numbers_with_a_decimal_comma(cell: str, value: str):
    assert parse_figure(cell, NUMBERS).value == Decimal(value)


@given(st.from_regex(r"[0-9]{1,4}([.,][0-9]{1,4}){0,3}", fullmatch=True), st.sampled_from([(",", "id"), (".", "en")]))
def test_figures_are_read_as_babel_reads_them(cell: str, language: tuple[str, str]):
    decimal, locale = language
    try:
        value = parse_decimal(cell, locale=locale, strict=True)
    except NumberFormatError:
        value = None
    assert parse_figure(cell, Notation(decimal, integer=False)).value == value


def test_a_table_with_a_decimal_point_says_so():
    notation = Notation(decimal=".", integer=False)
    assert parse_figure("2,259.98", notation).value == Decimal("2259.98")
    assert parse_figure("2.259,98", notation).wrong


@pytest.mark.parametrize("cell", ["3.21", "12.34.5", "1.2345", "2259.98", "dua ratus", "12a", "1,2", "#REF!", "12-13"])
def test_what_is_no_count_is_wrong_and_says_what_was_expected(cell: str):
    figure = parse_figure(cell, COUNTS)
    assert figure.wrong
    assert figure.value is None
    assert figure.hint


def test_a_fraction_among_counts_says_how_thousands_are_written():
    figure = parse_figure("7,812", COUNTS)
    assert figure.expected == "a whole number"
    assert "7812" in figure.hint


@pytest.mark.parametrize(
    ("cell", "reason"),
    [
        ("", "kosong"),
        ("  ", "kosong"),
        ("-", "nihil"),
        ("\u2013", "nihil"),
        ("\u2026", "tidak_tersedia"),
        ("n.a", "tidak_tersedia"),
        ("- 1)", "nihil"),
    ],
)
def test_marks_for_no_figure_are_kept_apart_and_are_never_zero(cell: str, reason: str):
    figure = parse_figure(cell, COUNTS)
    assert (figure.value, figure.missing, figure.wrong) == (None, reason, False)


def test_a_table_may_have_marks_of_its_own():
    assert parse_figure("x", Notation(missing=("x",))).missing == "tidak_tersedia"
    assert parse_figure("x", COUNTS).wrong


def test_scale_is_exact():
    assert parse_figure("1,67", Notation(scale=Decimal(1_000_000))).value == Decimal(1_670_000)


@given(st.integers(-(10**15), 10**15))
def test_every_count_comes_back_from_its_indonesian_writing(number: int):
    assert parse_figure(format_decimal(number, locale="id"), COUNTS).value == number


@given(st.decimals(-(10**9), 10**9, places=3))
def test_every_number_comes_back_from_its_indonesian_writing(number: Decimal):
    printed = format_decimal(number, format="#,##0.000", locale="id")
    assert parse_figure(printed, NUMBERS).value == number


@given(st.text(max_size=15))
def test_a_cell_is_a_figure_or_missing_or_wrong_and_only_one_of_them(cell: str):
    for notation in (COUNTS, NUMBERS, Notation(decimal=".")):
        figure = parse_figure(cell, notation)
        assert [figure.value is not None, figure.missing is not None, figure.wrong].count(True) == 1


@pytest.mark.parametrize(
    ("text", "plain", "marks"),
    [
        ("Kediri 1)", "Kediri", ("1",)),
        ("2023 3)", "2023", ("3",)),
        ("274.965 1) *)", "274.965", ("1", "*")),
        ("Uni Emirat Arab (UEA)", "Uni Emirat Arab (UEA)", ()),
        ("Jumlah (2023)", "Jumlah (2023)", ()),
        ("Malaysia\u00b2", "Malaysia", ("2",)),
        ("*", "", ("*",)),
    ],
)
def test_footnote_marks_are_told_from_names(text: str, plain: str, marks: tuple[str, ...]):
    assert split_marks(text) == (plain, marks)


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("*) Angka sementara", ("*", "Angka sementara")),
        ("1) Databoks", ("1", "Databoks")),
        ("\u00b9\u207e Databoks", ("1", "Databoks")),
        ("Sumber: BP2MI", None),
        ("2023 adalah tahun", None),
    ],
)
def test_footnote_lines_are_found(line: str, found: tuple[str, str] | None):
    assert footnote(line) == found


def test_dates_and_booleans():
    assert str(parse_date("31 Desember 2022 *)")) == "2022-12-31"
    assert parse_date("Desember 2022") is None
    assert parse_boolean("Ya") is True
    assert parse_boolean("") is False
    assert parse_boolean("mungkin") is None
