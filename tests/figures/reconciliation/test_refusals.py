"""What the methods refuse, and the words in which they say so."""

from __future__ import annotations

from datetime import date

import pytest
import yaml

from ckanext.satudatapmi.figures.reconciliation import chain, combining, cross, lists, mirror, settings, stock
from ckanext.satudatapmi.figures.reconciliation.result import Input, Reason, Result
from ckanext.satudatapmi.figures.registry import HERE

DAY = date(2023, 12, 31)
BANK = "perkiraan_neraca_pembayaran"


def year(number, value):
    return Input("flow", value, date(number, 12, 31), date(number, 1, 1))


def counted(value):
    return Input("stock", value, DAY)


def number(value):
    return Input("n", value)


def rated(value, rse=0.05, definition=BANK):
    return Input("source", value, definition=definition, rse=rse)


def cumulative(value, day):
    return Input("", value, day, date(2007, 1, 1))


HELPERS, PLACED = "pekerja_rumah_tangga_hong_kong", "layanan_penempatan"


def of(destination, value=5, definition=HELPERS, start=None):
    place = frozenset({("destination", destination)})
    return Input("", value, DAY, start, definition, place=place, rse=0.05)


FLOW = of("HKG", definition=PLACED, start=date(2023, 1, 1))
FEW = {"100": 50, "010": 60, "001": 70, "110": 3, "011": 3}
GAP = [year(2020, 10), year(2022, 10), year(2023, 10)]
OVERLAP = [year(2022, 10), year(2023, 10), Input("", 5, date(2023, 6, 30), date(2023, 1, 1))]
REFUSED = [
    (lambda: mirror.mirror(of("HKG"), of("MYS")), "other_places"),
    (lambda: mirror.mirror(of("HKG"), FLOW), "other_measure"),
    (lambda: combining.combine([of("HKG"), of("MYS")], same_concept="x"), "other_places"),
    (lambda: combining.combine([of("HKG"), FLOW], same_concept="x"), "other_measure"),
    (lambda: stock.implied_stay(FLOW, FLOW), "other_measure"),
    (lambda: stock.implied_stay(of("MYS"), FLOW), "other_places"),
    (lambda: stock.stock_from_flows([of("HKG")], DAY, stay=6), "other_measure"),
    (lambda: stock.stock_from_flows([FLOW], DAY, fit_on=of("MYS")), "other_places"),
    (lambda: chain.closing(FLOW, FLOW, []), "other_measure"),
    (lambda: chain.remainder(FLOW, [chain.Flow(of("TWN", definition=PLACED))]), "other_places"),
    (lambda: mirror.mirror(number(5), number(0)), "zero_denominator"),
    (lambda: mirror.mirror(number(-5), number(7)), "negative"),
    (lambda: mirror.mirror(counted(5), Input("", 7, date(2020, 12, 31))), "days_apart"),
    (lambda: stock.implied_stay(counted(5), year(2023, 0)), "zero_denominator"),
    (lambda: stock.implied_stay(counted(5), counted(3)), "no_period"),
    (lambda: stock.stock_from_flows([year(2023, 10)], DAY), "no_stay"),
    (lambda: stock.stock_from_flows([year(2023, 10)], DAY, stay=0), "zero_denominator"),
    (lambda: stock.stock_from_flows([], DAY, fit_on=counted(5)), "too_few_points"),
    (lambda: stock.stock_from_flows([year(2023, 10)], DAY, fit_on=counted(0)), "zero_denominator"),
    (lambda: stock.stock_from_flows([year(2023, 10)], DAY, fit_on=counted(500)), "flows_too_short"),
    (lambda: stock.stock_from_flows(GAP, DAY, stay=36), "flows_gap"),
    (lambda: stock.stock_from_flows([year(2023, 10)], DAY, stay=24), "flows_gap"),
    (lambda: stock.stock_from_flows(OVERLAP, DAY, stay=18), "flows_overlap"),
    (lambda: combining.combine([rated(5)]), "one_source"),
    (lambda: combining.combine([rated(5), rated(0)]), "zero_denominator"),
    (lambda: combining.combine([rated(5), rated(6, rse=None)]), "quality_missing"),
    (lambda: combining.combine([rated(5), rated(5, definition="wni_lapor_diri")]), "definitions_differ"),
    (lambda: combining.combine([rated(5), rated(5, definition="")]), "definitions_differ"),
    (lambda: combining.combine([rated(100), rated(500)]), "heterogeneous"),
    (lambda: lists.chapman(number(60), number(60), number(6)), "few_overlap"),
    (lambda: lists.chapman(number(60), number(0), number(0)), "one_list"),
    (lambda: lists.chapman(number(60), number(70), number(61)), "impossible_counts"),
    (lambda: lists.chapman(number(60), number(70), number(60)), "list_within_other"),
    (lambda: lists.chapman(number(400), number(500), number(7)), "wide_interval"),
    (lambda: lists.loglinear(("A",), {"1": 50}), "one_list"),
    (lambda: lists.loglinear(("A", "B"), {"10": 50, "01": 40, "11": 20}), "two_lists"),
    (lambda: lists.loglinear(("A", "B", "C"), FEW), "few_overlap"),
    (lambda: lists.loglinear(("A", "B", "C"), {"100": 5, "110": 40}), "one_list"),
    (lambda: lists.loglinear(("A", "B", "C"), {"10": 5}), "impossible_counts"),
    (lambda: lists.chao(("A", "B", "C"), {"100": 5, "010": 2, "111": 9}), "zero_denominator"),
    (lambda: cross.frechet([number(5)], number(9)), "one_margin"),
    (lambda: cross.frechet([number(5), number(12)], number(9)), "margins_exceed"),
    (lambda: cross.frechet([number(0), number(0)], number(0)), "zero_denominator"),
    (lambda: cross.frechet([year(2023, 5), year(2022, 6)], year(2023, 9)), "other_periods"),
    (lambda: chain.closing(cumulative(9, DAY), cumulative(10, DAY), []), "not_one_chain"),
    (lambda: chain.closing(cumulative(9, date(2021, 12, 31)), cumulative(20, DAY), [chain.Flow(year(2023, 5))]),
     "flows_do_not_join"),
    (lambda: chain.closing(cumulative(20, date(2022, 12, 31)), cumulative(9, DAY), [chain.Flow(year(2023, 5))]),
     "falls"),
    (lambda: chain.remainder(year(2023, 9), [chain.Flow(year(2022, 5))]), "parts_do_not_fit"),
    (lambda: chain.remainder(Input("", 9, DAY, date(2022, 1, 1)), [chain.Flow(year(2022, 50))]), "parts_exceed"),
    (lambda: chain.remainder(number(9), []), "no_period"),
]  # fmt: skip


@pytest.mark.parametrize(("method", "code"), REFUSED, ids=lambda one: one if isinstance(one, str) else "")
def test_method_refuses_and_says_why(method, code):
    result = method()
    assert result.value is None and result.interval is None
    assert code in [one.code for one in result.reasons]
    for reason in result.reasons:
        words = settings.reason(reason.code)
        for language in ("id", "en"):
            assert words["says"][language].format(**reason.facts) and words["mend"][language]


def test_definitions_that_count_the_same_for_a_reason_are_combined_and_it_is_an_assumption():
    unlike = [rated(100), rated(103, definition="wni_lapor_diri")]
    assert "same_concept" in combining.combine(unlike, same_concept="both hold the same register").assumptions


@pytest.mark.parametrize("marks", [{}, {"timely": 1}, dict.fromkeys(settings.marks(), 0.3)])
def test_marks_of_quality_that_are_not_all_there_are_no_quality(marks):
    with pytest.raises(ValueError, match="definition_match"):
        combining.rse_of(marks)


def test_marks_of_quality_are_worth_2_to_30_percent():
    assert combining.rse_of(dict.fromkeys(settings.marks(), 1.0)) == pytest.approx(0.02)
    assert combining.rse_of(dict.fromkeys(settings.marks(), 0.0)) == pytest.approx(0.30)


@pytest.mark.parametrize("wrong", [float("nan"), float("inf"), float("-inf")])
def test_no_number_that_is_none_gets_in_or_out(wrong):
    with pytest.raises(ValueError, match="no number"):
        Input("x", wrong)
    with pytest.raises(ValueError, match="no number"):
        Result("mirror", (), value=wrong)
    with pytest.raises(ValueError, match="no number"):
        Result("mirror", (), value=1.0, interval=(0.0, wrong))


def test_result_is_a_number_or_a_refusal():
    for wrong in ({}, {"value": 1.0, "reasons": (Reason("negative"),)}):
        with pytest.raises(ValueError, match="reasons"):
            Result("mirror", (), **wrong)


def test_every_word_stands_in_both_languages():
    document = yaml.safe_load((HERE / "reconciliation.yaml").read_text(encoding="utf-8"))
    words = [*document["roles"].values(), *document["marks"].values(), *document["details"].values()]
    words += [*document["assumptions"].values()]
    words += [one[part] for one in document["methods"].values() for part in ("title", "says", "takes")]
    words += [one[part] for one in document["reasons"].values() for part in ("says", "mend")]
    assert all(one.keys() == {"id", "en"} and all(one.values()) for one in words)


def test_every_reason_has_a_case_here():
    document = yaml.safe_load((HERE / "reconciliation.yaml").read_text(encoding="utf-8"))
    shown = {code for _method, code in REFUSED}
    assert set(document["reasons"]) - shown == {"not_fitted"}
