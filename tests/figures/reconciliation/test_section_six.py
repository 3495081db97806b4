"""The figures of the research note, section 6, to the digit."""

from __future__ import annotations

from datetime import date

import pytest

from ckanext.satudatapmi.figures.reconciliation import chain, combining, cross, fitting, lists, mirror, stock
from ckanext.satudatapmi.figures.reconciliation.result import Input

HONG_KONG = {2019: 70_840, 2020: 53_208, 2021: 52_278, 2022: 60_096}
LISTS = ("LA", "NG", "PFNCA", "GO", "GP")
UNITED_KINGDOM = {
    "10000": 54, "01000": 463, "00100": 995, "00010": 695, "00001": 316, "11000": 15, "10100": 19, "10010": 3,
    "01100": 62, "01010": 19, "01001": 1, "00110": 76, "00101": 11, "00011": 8, "11100": 1, "11010": 1, "01110": 4,
    "11110": 1,
}  # fmt: skip
"""UKdat_5 of the CRAN package SparseMSE: potential victims of trafficking in 2013, by the lists of five bodies."""


def year(number, value):
    return Input("flow", value, date(number, 12, 31), date(number, 1, 1))


def span(start, end, value):
    return Input("flow", value, date.fromisoformat(end), date.fromisoformat(start))


def counted(value, day):
    return Input("stock", value, date.fromisoformat(day))


def hong_kong():
    years = [year(*one) for one in HONG_KONG.items()]
    return [*years, span("2023-01-01", "2023-06-30", 33_639)]


def test_hong_kong_stock_is_fitted_on_2021_and_tested_on_2023():
    flows, of_2021, of_2023 = hong_kong(), counted(140_057, "2021-12-31"), counted(142_621, "2023-07-31")
    fitted = stock.stock_from_flows(flows, date(2021, 12, 31), fit_on=of_2021)
    assert (fitted.value, fitted.details["stay_years"], round(fitted.details["fit_percent"], 1)) == (140_906, 2.5, 0.6)
    tested = stock.stock_from_flows(flows, date(2023, 6, 30), fit_on=of_2021, check_on=of_2023)
    assert tested.value == 146_013
    assert round(tested.details["check_percent"], 1) == 2.4


@pytest.mark.parametrize(
    ("number", "flow", "digits", "years"),
    [
        (142_621, 65_916, 2, 2.16),
        (339_000, 65_916, 1, 5.1),
        (271_127, 79_574, 2, 3.41),
        (399_827, 72_260, 1, 5.5),
        (1_670_000, 72_260, 0, 23),
    ],
)
def test_implied_stays(number, flow, digits, years):
    result = stock.implied_stay(counted(number, "2023-12-31"), year(2023, flow))
    assert round(result.value, digits) == years


@pytest.mark.parametrize(
    ("origin", "destination", "ratio", "asymmetry"),
    [(339_000, 142_621, 2.38, 0.82), (339_000, 140_057, 2.42, 0.83), (1_670_000, 399_827, 4.18, 1.23)],
)
def test_mirror_ratios(origin, destination, ratio, asymmetry):
    result = mirror.mirror(Input("", origin), Input("", destination))
    assert (round(result.value, 2), round(result.details["asymmetry"], 2)) == (ratio, asymmetry)


def sources(*given):
    return [Input("source", value, definition="perkiraan_neraca_pembayaran", rse=rse) for value, rse in given]


def test_hong_kong_host_and_bank_are_not_combined():
    result = combining.combine(sources((339_000, 0.15), (142_621, 0.03)))
    assert result.value is None and result.interval is None
    assert [one.code for one in result.reasons] == ["heterogeneous"]
    assert round(result.details["i2"], 2) == 0.93
    assert (result.details["lowest"], result.details["highest"]) == (142_621, 339_000)


def test_hong_kong_host_and_model_are_combined():
    result = combining.combine(sources((146_013, 0.05), (142_621, 0.02)))
    assert round(result.value) == 143_070
    assert round(result.details["half_width"]) == 5_207
    assert (result.details["i2"], result.details["model"]) == (0, "fixed")


def test_malaysia_is_not_combined():
    result = combining.combine(sources((1_670_000, 0.15), (399_827, 0.03), (209_500, 0.15)))
    assert result.refused and round(result.details["i2"], 2) == 0.97


def chain_of_2022_to_2024(revised):
    before_2022 = [year(2018, 283_640), year(2019, 277_489), year(2020, 113_436), year(2021, 72_624)]
    flows = [
        chain.Flow(span("2020-01-01", "2024-11-14", 918_905)),
        chain.Flow(year(2020, 113_436), -1),
        chain.Flow(year(2021, 72_624), -1),
        chain.Flow(span("2018-01-01", "2022-06-20", 803_301), -1),
        *map(chain.Flow, before_2022),
    ]
    if revised:
        flows += [chain.Flow(year(2023, 297_108)), chain.Flow(year(2023, 274_965), -1)]
    return chain.closing(
        span("2007-01-01", "2022-06-20", 4_467_510), span("2007-01-01", "2024-11-14", 5_166_900), flows
    )


def test_cumulative_chain_closes_with_the_revised_2023_alone():
    revised, former = chain_of_2022_to_2024(True), chain_of_2022_to_2024(False)
    assert (revised.details["rise"], revised.details["flows"], revised.value) == (699_390, 698_876, 514)
    assert round(revised.details["percent"], 2) == 0.07
    assert (former.details["flows"], former.value) == (676_733, 22_657)


def test_first_half_of_2022_remains():
    years = {2018: 283_640, 2019: 277_489, 2020: 113_436, 2021: 72_624}
    result = chain.remainder(
        span("2018-01-01", "2022-06-20", 803_301), [chain.Flow(year(*one)) for one in years.items()]
    )
    assert result.value == 56_112
    assert (result.details["from"], result.details["to"]) == ("2022-01-01", "2022-06-20")


def test_five_lists_of_the_united_kingdom():
    result = lists.loglinear(LISTS, UNITED_KINGDOM)
    assert (round(result.value), *map(round, result.interval)) == (11_313, 9_884, 13_027)
    assert result.details["pairs"] == ["LA × NG", "NG × GP", "PFNCA × GP", "LA × PFNCA", "GO × GP", "NG × GO"]
    assert round(result.details["main_effects"]) == 13_444
    assert (result.details["known"], round(result.details["chao"])) == (2_744, 17_617)
    assert round(lists.chao(LISTS, UNITED_KINGDOM).value) == 17_617


def test_model_is_the_same_from_a_process_of_its_own_and_is_fitted_once(monkeypatch):
    assert fitting.fitted_apart(5, UNITED_KINGDOM) == fitting.fitted(5, UNITED_KINGDOM)
    monkeypatch.setattr(fitting.sys, "executable", "/nowhere")
    assert fitting.fitted_apart(5, UNITED_KINGDOM).pairs[0] == (0, 1)
    with pytest.raises(fitting.NotFitted):
        fitting.fitted_apart(5, UNITED_KINGDOM | {"10000": 55})


def test_two_lists_of_the_united_kingdom():
    held = [sum(count for cell, count in UNITED_KINGDOM.items() if cell[place] == "1") for place in (1, 2)]
    both = sum(count for cell, count in UNITED_KINGDOM.items() if cell[1] == cell[2] == "1")
    result = lists.chapman(Input("n1", held[0]), Input("n2", held[1]), Input("m", both))
    assert (round(result.value), *map(round, result.interval)) == (9_630, 7_829, 11_959)


def test_lombok_timur_to_malaysia_lies_between_its_margins():
    margins = [span("2023-01-01", "2023-03-31", value) for value in (5_208, 11_410)]
    result = cross.frechet(margins, span("2023-01-01", "2023-03-31", 11_732))
    assert (round(result.value), result.interval) == (5_065, (4_886, 5_208))
