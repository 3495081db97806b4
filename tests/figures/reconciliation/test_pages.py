"""The reconciliation pages, as visitors and those with a duty meet them, without JavaScript."""

from __future__ import annotations

import json

import pytest
import sqlalchemy as sa
from bs4 import BeautifulSoup

from ckanext.satudatapmi.figures.reconciliation import settings
from tests import emptying
from tests.catalogue.actors import cast
from tests.figures.conftest import empty, load_demo

BOARD = "/pusat-kendali/rekonsiliasi"


@pytest.fixture(scope="module")
def people(site, demo):
    emptying.empty_portal()
    made = cast()
    load_demo(demo)
    yield made
    empty()


@pytest.fixture(autouse=True)
def nothing_drafted(people):
    import ckan.model as model

    model.Session.execute(sa.text("DELETE FROM satudatapmi_reconciliation"))
    model.Session.commit()


def text_of(answer):
    return " ".join(BeautifulSoup(answer.body, "html.parser").find("main").get_text(" ").split())


def test_board_begins_where_bodies_disagree_and_says_why_in_both_languages(app):
    page = text_of(app.get(BOARD, status=200))
    assert "Hong Kong" in page and "142.621" in page and "339.000" in page
    assert "tidak boleh dibandingkan" in page and "pemegang izin kerja" in page
    english = text_of(app.get(f"/en{BOARD}"))
    assert "142,621" in english and "must not be compared" in english and "holders of a permit" in english


def test_board_of_a_place_and_year_has_the_mirror_and_leads_to_its_formula(app):
    page = BeautifulSoup(app.get(f"{BOARD}?destination=HKG&time=2022").body, "html.parser")
    link = next(one for one in page.select(".reconciliation-pairs a") if "2,38" in one.text)
    assert "0,82" in link.text
    result = text_of(app.get(link["href"], status=200))
    assert "2,38" in result and "ρ = x / y" in result and "339.000" in result and "142.621" in result
    assert "belum" in result or "nobody" not in result


@pytest.mark.parametrize(
    ("query", "said"), [("destination=Atlantis", "Atlantis"), ("time=besok", "2019:2024"), ("bodies=x", "bilangan")]
)
def test_board_says_what_it_does_not_understand(app, query, said):
    assert said in text_of(app.get(f"{BOARD}?{query}", status=409))


@pytest.mark.parametrize("case", settings.cases(), ids=lambda one: one.id)
def test_every_worked_case_has_a_page_with_formula_inputs_and_assumptions(app, case):
    answer = app.get(f"{BOARD}/metode/{case.asked['method']}?case={case.id}", status=200)
    page = BeautifulSoup(answer.body, "html.parser")
    text = text_of(answer)
    assert settings.methods()[case.asked["method"]].formula in text
    figures = len(page.select("table td.cell-number"))
    assert figures >= 2
    if "lists" not in case.asked and case.asked["method"] != "chapman":
        assert page.select("table td.cell-number a[href*='/dataset/']")
    assert page.select_one("h3#inputs-" + case.asked["method"])


def test_results_are_shown_to_the_digit(app):
    for case, said in (
        ("combine?case=hkg-combine", "143.070 (137.863"),
        ("combine?case=mys-combine", "terlalu bertentangan (I² 0,97"),
        ("stock?case=hkg-stock", "146.013"),
        ("closing?case=chain", "514"),
        ("loglinear?case=uk-lists", "11.313 (9.884 sampai 13.027)"),
        ("frechet?case=lombok-timur", "5.065 (4.886 sampai 5.208)"),
    ):
        assert said in text_of(app.get(f"{BOARD}/metode/{case}")), case


@pytest.mark.parametrize("asked", ["{", "[]", "5", '{"origin": 5}', '{"origin": {"time": "besok"}}', '{"x": 1}'])
def test_what_is_no_question_is_told_and_kept(app, asked):
    answer = app.get(f"{BOARD}/metode/mirror", query_string={"asked": asked}, status=200)
    page = BeautifulSoup(answer.body, "html.parser")
    assert page.select_one(".alert-danger li").text.strip()
    assert page.select_one("textarea[name=asked]").text.strip() == asked


def test_method_that_is_none_is_not_found(app):
    app.get(f"{BOARD}/metode/rata-rata", status=404)
    app.get(f"{BOARD}/hasil/999999", status=404)
    app.get(f"{BOARD}/hasil/{10**30}", status=404)


def test_two_people_walk_from_a_draft_to_what_everybody_sees_and_back(app, people):
    case = next(one for one in settings.cases() if one.id == "hkg-mirror")
    address = f"{BOARD}/metode/mirror"
    visitor = app.get(f"{address}?case={case.id}")
    assert not BeautifulSoup(visitor.body, "html.parser").select("form[method=post]")
    editor, walidata = people.headers("produsen"), people.headers("walidata")
    form = BeautifulSoup(app.get(f"{address}?case={case.id}", headers=editor).body, "html.parser").select_one(
        f"form[action$='{address}'][method=post]"
    )
    asked = form.select_one("[name=asked]")["value"]
    assert json.loads(asked)["origin"] == case.asked["origin"]
    written = {"asked": asked, "organization": people.organization["name"], "title": "", "reason": "Mohon diperiksa"}
    again = app.post(address, data=written, headers=editor, status=422)
    assert "Mohon diperiksa" in again.body
    app.post(address, data=written | {"title": "x"}, headers=people.headers("outsider"), status=403)
    kept = app.post(address, data=written | {"title": "Cermin Hong Kong"}, headers=editor, follow_redirects=False)
    draft = kept.headers["Location"].split("//")[-1].partition("/")[2]
    draft = f"/{draft}".replace("/en/", "/")
    app.get(draft, status=404)
    mine = BeautifulSoup(app.get(draft, headers=editor).body, "html.parser")
    assert not mine.select("button[name=step]")
    theirs = BeautifulSoup(app.get(draft, headers=walidata).body, "html.parser")
    assert [one["value"] for one in theirs.select("button[name=step]")] == ["sign", "refuse"]
    app.post(draft, data={"step": "sign"}, headers=editor, status=403)
    app.post(draft, data={"step": "refuse"}, headers=walidata, status=422)
    app.post(draft, data={"step": "x"}, headers=walidata, status=400)
    app.post(draft, data={"step": "sign"}, headers=walidata, follow_redirects=False)
    public = text_of(app.get(draft, status=200))
    assert "2,38" in public and "339.000" in public and "Mohon diperiksa" not in public
    assert "Cermin Hong Kong" in text_of(app.get(f"{BOARD}/hasil"))
    app.post(draft, data={"step": "withdraw", "reason": "Direvisi"}, headers=walidata, follow_redirects=False)
    app.get(draft, status=404)
    assert "Direvisi" in text_of(app.get(draft, headers=editor))
