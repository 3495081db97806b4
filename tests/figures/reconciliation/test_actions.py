"""The board and the methods through the actions over HTTP, on the figures that the demo partners publish."""

from __future__ import annotations

import json

import pytest
import sqlalchemy as sa

from ckanext.satudatapmi.figures.reconciliation import settings
from tests.figures.conftest import empty, load_demo

CASES = {one.id: one.asked for one in settings.cases()}
HOST = {"indicator": "pmi_stock", "destination": "HKG", "facet": "hong_kong_helpers"}
BANK = {"indicator": "pmi_stock", "facet": "bank_indonesia_stock", "time": "2022"}


@pytest.fixture(scope="module", autouse=True)
def single_data(site, demo):
    yield load_demo(demo)
    empty()


@pytest.fixture
def post(app):
    def asked(status=200, /, **parameters):
        answer = app.post("/api/3/action/pmi_reconcile", json=parameters, status=status).json
        return answer["result"] if status == 200 else answer["error"]

    return asked


@pytest.fixture
def board(app):
    def asked(status=200, /, **parameters):
        answer = app.get("/api/3/action/pmi_reconciliation_board", query_string=parameters, status=status).json
        return answer["result"] if status == 200 else answer["error"]

    return asked


def details(result):
    return {one["id"]: one["value"] for one in result["details"]}


def test_hong_kong_stocks(post):
    tested = post(**CASES["hkg-stock"])
    assert tested["value"] == 146_013 and tested["signed"] is False
    assert details(tested)["stay_years"] == 2.5 and round(details(tested)["check_percent"], 1) == 2.4
    assert (details(tested)["fit_model"], round(details(tested)["fit_percent"], 1)) == (140_906, 0.6)
    at_the_fit = post(**(CASES["hkg-stock"] | {"day": "2021-12-31"}))
    assert at_the_fit["value"] == 140_906


@pytest.mark.parametrize(
    ("stock", "flow", "digits", "years"),
    [
        (HOST | {"time": "2023"}, {"destination": "HKG", "time": "2023"}, 2, 2.16),
        (BANK | {"destination": "HKG"}, {"destination": "HKG", "time": "2023"}, 1, 5.1),
        (
            {"indicator": "pmi_stock", "facet": "taiwan_workers", "destination": "TWN", "time": "2019"},
            {"destination": "TWN", "time": "2019"},
            2,
            3.41,
        ),
        (
            {"indicator": "pmi_stock", "facet": "malaysia_workers", "destination": "MYS", "time": "2023"},
            {"destination": "MYS", "time": "2023"},
            1,
            5.5,
        ),
        (BANK | {"destination": "MYS"}, {"destination": "MYS", "time": "2023"}, 0, 23),
    ],
)
def test_implied_stays(post, stock, flow, digits, years):
    assert round(post(method="stay", stock=stock, flow=flow)["value"], digits) == years


def test_mirror_ratios(post):
    hong_kong, malaysia = post(**CASES["hkg-mirror"]), post(**CASES["mys-mirror"])
    assert (round(hong_kong["value"], 2), round(details(hong_kong)["asymmetry"], 2)) == (2.38, 0.82)
    assert (round(malaysia["value"], 2), round(details(malaysia)["asymmetry"], 2)) == (4.18, 1.23)
    earlier = post(**(CASES["hkg-mirror"] | {"destination": HOST | {"time": "2021"}}))
    assert round(earlier["value"], 2) == 2.42


def test_combinations(post):
    given = post(**CASES["hkg-combine"])
    assert round(given["value"]) == 143_070 and round(details(given)["half_width"]) == 5_207
    assert details(given)["i2"] == 0 and given["same_concept"]
    assert [one["value"] for one in given["inputs"]] == [146_013, 142_621]
    assert given["rests_on"][0]["method"] == "stock" and len(given["rests_on"][0]["inputs"]) == 7
    sources = [BANK | {"destination": "HKG", "rse": 0.15}, HOST | {"time": "2023", "rse": 0.03}]
    refused = post(method="combine", sources=sources, same_concept="for the sake of the test")
    assert refused["value"] is None and refused["interval"] is None
    assert [one["code"] for one in refused["reasons"]] == ["heterogeneous"]
    assert "142.621" in refused["reasons"][0]["says"]["id"] and "142,621" in refused["reasons"][0]["says"]["en"]
    assert round(details(refused)["i2"], 2) == 0.93
    malaysia = post(**CASES["mys-combine"])
    assert malaysia["refused"] and round(details(malaysia)["i2"], 2) == 0.97
    assert {one["code"] for one in malaysia["reasons"]} == {"heterogeneous", "definitions_differ"}


def test_cumulative_chain(post):
    closed = post(**CASES["chain"])
    assert (details(closed)["rise"], details(closed)["flows"], closed["value"]) == (699_390, 698_876, 514)
    assert round(details(closed)["percent"], 2) == 0.07
    former = post(**(CASES["chain"] | {"flows": CASES["chain"]["flows"][:-2]}))
    assert (details(former)["flows"], former["value"]) == (676_733, 22_657)
    assert post(**CASES["early-2022"])["value"] == 56_112


def test_lists(post):
    five = post(**CASES["uk-lists"])
    assert (round(five["value"]), *map(round, five["interval"])) == (11_313, 9_884, 13_027)
    assert round(details(five)["main_effects"]) == 13_444
    assert round(post(**CASES["uk-chao"])["value"]) == 17_617
    two = post(**CASES["uk-two-lists"])
    assert (round(two["value"]), *map(round, two["interval"])) == (9_630, 7_829, 11_959)


def test_lombok_timur_to_malaysia(post):
    found = post(**CASES["lombok-timur"])
    assert (round(found["value"]), found["interval"]) == (5_065, [4_886, 5_208])


def test_every_input_tells_its_source_definition_and_date(post):
    for name, asked in CASES.items():
        result = post(**asked)
        for one in result["inputs"]:
            if one["figure"]:
                assert one["definition"] and one["day"], name
                assert len(one["figure"]["source"]["sha256"]) == 64 and one["figure"]["source"]["row"], name
                assert one["figure"]["source"]["url"], name
        assert result["formula"] and result["says"]["en"] and (result["assumptions"] or result["refused"])


def test_address_may_carry_json(app):
    question = {name: json.dumps(value) for name, value in CASES["lombok-timur"].items() if name != "method"}
    answer = app.get("/api/3/action/pmi_reconcile", query_string={"method": "frechet", **question}).json
    assert round(answer["result"]["value"]) == 5_065


@pytest.mark.parametrize(
    ("parameters", "parameter"),
    [
        ({}, "method"),
        ({"method": "mean"}, "method"),
        ({"method": ["mirror"]}, "method"),
        ({"method": "mirror"}, "origin"),
        ({"method": "mirror", "origin": "HKG", "destination": HOST}, "origin"),
        ({"method": "mirror", "origin": {"indicator": "x"}, "destination": HOST}, "origin"),
        ({"method": "mirror", "origin": {"time": "2019:2022"}, "destination": HOST}, "origin"),
        ({"method": "mirror", "origin": {"time": "1999"}, "destination": HOST}, "origin"),
        ({"method": "mirror", "origin": "{", "destination": HOST}, "parameters"),
        ({"method": "stock", "flows": [{"time": "2023"}], "day": "besok"}, "day"),
        ({"method": "stock", "flows": [{"time": "2023"}], "day": "2023-12-31", "stay": "x"}, "stay"),
        ({"method": "closing", "before": {}, "after": {}, "flows": {}}, "flows"),
        ({"method": "chapman", "n1": 9, "n2": 9, "m": 8, "sign": 1}, "sign"),
        ({"method": "chapman", "n1": 5, "n2": "nan", "m": 1}, "n2"),
        ({"method": "chapman", "n1": 5, "n2": True, "m": 1}, "n2"),
        ({"method": "chapman", "n1": 1e300, "n2": 5, "m": 1}, "n1"),
        ({"method": "loglinear", "lists": ["A"] * 7, "counts": {}}, "lists"),
        ({"method": "loglinear", "lists": ["A", "B", "C"], "counts": {"100": 1.5}}, "counts"),
        ({"method": "stock", "flows": [{"time": "2023"}] * 61, "day": "2023-12-31", "stay": 1}, "flows"),
        ({"method": "combine", "sources": [{"rse": 0.1}] * 61}, "sources"),
        ({"method": "combine", "sources": "HKG"}, "sources"),
        ({"method": "combine", "sources": [HOST | {"time": "2023", "rse": 0}]}, "rse"),
        ({"method": "combine", "sources": [HOST | {"time": "2023", "marks": {"timely": 1}}]}, "marks"),
        ({"method": "combine", "sources": [{"reconcile": {"method": "combine"}}]}, "sources"),
    ],
)
def test_what_cannot_be_understood_is_told_by_parameter(post, parameters, parameter):
    error = post(409, **parameters)
    assert error["__type"] == "Validation Error" and parameter in error, error


def test_board_shows_what_each_body_says_of_hong_kong(board):
    found = board(destination="HKG", time="2022")
    [line] = found["lines"]
    values = {one["facet"]: (one["value"], one["ref_end"]) for one in line["figures"]}
    assert values["bank_indonesia_stock"] == (339_000, "2022-12-31")
    assert values["hong_kong_helpers"] == (142_621, "2023-07-31")
    [pair] = [one for one in line["pairs"] if set(one["facets"]) == {"bank_indonesia_stock", "hong_kong_helpers"}]
    assert not pair["comparable"] and pair["days_apart"] == 212
    assert any("pemegang izin kerja" in one["id"] for one in pair["why"])
    assert round(pair["mirror"]["ratio"], 2) == 2.38 and round(pair["mirror"]["asymmetry"], 2) == 0.82
    assert pair["mirror"]["origin"] == "bank_indonesia_stock"


def test_board_has_a_line_of_a_place_with_the_last_figures_and_most_bodies_first(board):
    found = board()
    bodies = [len(one["figures"]) for one in found["lines"]]
    assert found["count"] == len(found["lines"]) and bodies == sorted(bodies, reverse=True) and bodies[0] >= 3
    several = board(bodies="2")
    assert 0 < several["count"] < found["count"] and all(len(one["figures"]) > 1 for one in several["lines"])
    assert board(limit="1", offset="1")["lines"] == found["lines"][1:2]


def test_page_past_the_last_line_is_empty_and_tells_how_many_there_are(board):
    assert board(offset="5000") == board(offset="4000") and board(offset="5000")["lines"] == []
    assert board(offset="5000")["count"] == board()["count"] > 0


def test_withdrawn_figure_gives_way_to_the_last_number_of_its_body(board):
    import ckan.model as model

    change = sa.text(
        "UPDATE satudatapmi_observation SET value = :now, obs_status = :status WHERE ref_end = '2023-07-31'"
    )
    try:
        model.Session.execute(change, {"now": None, "status": "M"})
        model.Session.commit()
        [line] = board(destination="HKG")["lines"]
        values = {one["facet"]: (one["value"], one["ref_end"]) for one in line["figures"]}
        assert values["hong_kong_helpers"] == (140_057, "2021-12-31")
    finally:
        model.Session.execute(change, {"now": 142_621, "status": "A"})
        model.Session.commit()


def test_board_of_flows_has_whole_years_and_the_last_vintage(board):
    [line] = board(indicator="placement", origin="IDN", destination="_T", time="2023")["lines"]
    assert [one["value"] for one in line["figures"]] == [297_108]
    years = board(indicator="placement", destination="Hong Kong", origin="IDN", time="2019:2024")
    assert sorted((one["year"], one["figures"][0]["value"]) for one in years["lines"]) == [
        (2019, 70_840),
        (2020, 53_208),
        (2021, 52_278),
        (2022, 60_096),
        (2023, 65_916),
        (2024, 99_773),
    ]


@pytest.mark.parametrize(
    ("parameters", "parameter"),
    [
        ({"indicator": "x"}, "indicator"),
        ({"destination": "Atlantis"}, "destination"),
        ({"time": "besok"}, "time"),
        ({"limit": "-1"}, "limit"),
        ({"bodies": "x"}, "bodies"),
    ],
)
def test_board_tells_what_it_does_not_understand(board, parameters, parameter):
    assert parameter in board(409, **parameters)


def test_figures_of_a_hidden_table_are_on_no_board_and_in_no_result(board, post):
    import ckan.model as model

    hide = "UPDATE package SET private = :private WHERE name = 'dataset-imigrasi-hong-kong-pekerja-rumah-tangga'"
    try:
        model.Session.execute(sa.text(hide), {"private": True})
        model.Session.commit()
        [line] = board(destination="HKG", time="2022")["lines"]
        assert "hong_kong_helpers" not in {one["facet"] for one in line["figures"]}
        assert "destination" in post(409, **CASES["hkg-mirror"])
    finally:
        model.Session.execute(sa.text(hide), {"private": False})
        model.Session.commit()
