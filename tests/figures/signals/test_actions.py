"""Signals over HTTP, from the figures that are published: those of command-center.md sections 6.9 and 8.1 to the digit."""

from __future__ import annotations

import json
from urllib.parse import urlencode

import pytest

pytestmark = pytest.mark.usefixtures("single_data")


@pytest.fixture
def call(app):
    """A function that calls an action as anybody may, and returns its result, or what is wrong."""

    def called(action, status=200, **asked):
        answer = json.loads(app.get(f"/api/3/action/{action}?{urlencode(asked)}", status=status).body)
        return answer["result"] if status == 200 else answer["error"]

    return called


def test_may_2024_alarms_and_november_none(call):
    (series,) = call("pmi_surge_list")["series"]
    months = {one["month"]: one for one in series["periods"]}
    may = months["2024-05"]
    assert (may["value"], round(may["limit"]), may["alarms"]) == (226, 161, ["c1"])
    assert (months["2024-11"]["value"], months["2024-11"]["alarms"]) == (96, [])
    assert may["figure"]["file"] == "pengaduan-bulanan-2024.xlsx" and may["figure"]["row"] > 1 and may["figure"]["url"]
    assert months["2024-04"]["value"] is None and months["2024-04"]["refusal"]["reason"] == "no_figure"
    assert months["2024-02"]["refusal"]["reason"] == "too_few"


def test_cambodia_is_on_top_of_the_corridors(call):
    found = call("pmi_corridor_risk", time="2024-09")
    first, second = found["corridors"]
    assert (first["destination"]["code"], round(first["rate"]), first["verdict"]) == ("KHM", 265, "above")
    assert (first["complaints"]["value"], first["placements"]["value"], first["same_period"]) == (13, 49, False)
    assert (second["destination"]["code"], round(second["rate"], 1), second["verdict"]) == ("TWN", 6.1, "within")
    assert (second["placements"]["value"], second["same_period"]) == (6719, True)


def test_without_a_period_the_last_one_is_told(call):
    assert call("pmi_corridor_risk")["period"] == {"ref_start": "2024-09-01", "ref_end": "2024-09-30"}


def test_2024_was_estimated_from_its_first_ten_months(call):
    found = call("pmi_nowcast", time="2024", vintage="2024-11-30")
    assert (found["estimate"], found["months"], found["years"]) == (289_290, 10, [2023])
    # Eleven months are published, but of 2023 only ten.
    assert found["published_months"] == 11
    assert [(one["ref_end"], one["value"]) for one in found["inputs"]][:1] == [("2024-10-31", 250_391)]
    assert {274_965, 237_992} <= {one["value"] for one in found["inputs"]}
    assert found["seasonal"]["estimate"] is None and found["seasonal"]["refusal"]["reason"] == "too_few"


def test_a_year_that_is_known_is_not_estimated(call):
    assert call("pmi_nowcast", time="2024")["refusal"]["reason"] == "complete"


@pytest.mark.parametrize("year", ["1950", "2030"])
def test_a_year_without_figures_is_no_zero(call, year):
    found = call("pmi_nowcast", time=year)
    assert (found["estimate"], found["refusal"]["reason"]) == (None, "no_figure")


@pytest.mark.parametrize(
    ("action", "asked"),
    [
        ("pmi_surge_list", {"indicator": "nothing"}),
        ("pmi_surge_list", {"by": "nothing"}),
        ("pmi_corridor_risk", {"time": "kapan"}),
        ("pmi_nowcast", {"vintage": "kemarin"}),
        ("pmi_nowcast", {"zzz": "1"}),
    ],
)
def test_what_is_not_understood_is_told(call, action, asked):
    assert set(asked) <= set(call(action, status=409, **asked))
