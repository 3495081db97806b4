"""A signal from the scan to its closure: once each, by two people, with a log that nobody can rewrite."""

from __future__ import annotations

from datetime import date

import pytest

from tests import emptying
from tests.catalogue import actors
from tests.figures.conftest import empty, load_demo

PEOPLE = ("anonymous", "outsider", "member", "produsen", "walidata")


@pytest.fixture(scope="module")
def cast(site, demo):
    """One person for each duty, in a portal with the figures of the demo partners."""
    emptying.empty_portal()
    load_demo(demo)
    yield actors.cast()
    empty()
    emptying.empty_portal()


@pytest.fixture
def scanned(cast):
    """The signals of the demo partners' figures, published by the organisation of the cast."""
    import ckan.model as model
    import sqlalchemy as sa

    from ckanext.satudatapmi.catalogue import signals

    def own(organization):
        statement = sa.text("UPDATE package SET owner_org = :owner WHERE id LIKE 'dataset-%'")
        model.Session.execute(statement, {"owner": organization})

    own(cast.organization["id"])
    model.Session.execute(sa.delete(signals.SIGNAL))
    found = signals.scan()
    yield found
    model.Session.rollback()
    model.Session.execute(sa.delete(signals.SIGNAL))
    own(None)
    model.Session.commit()


@pytest.fixture
def surge(cast, scanned):
    """The number of the signal of May 2024."""
    [one] = [one for one in listed(cast, method="c1") if one["ref_start"] == "2024-05-01"]
    return one["id"]


def listed(cast, **values):
    return cast.act("anonymous", "pmi_signal_list", **values)["signals"]


def test_the_scan_finds_may_2024_and_cambodia_and_keeps_each_once(cast, scanned):
    from ckanext.satudatapmi.catalogue import signals

    assert scanned.new == scanned.found > 1
    months = {one["ref_start"]: one for one in listed(cast, method="c1")}
    assert "2024-11-01" not in months
    may = months["2024-05-01"]
    assert round(may["limit"]) == 161
    assert may["figures"][0]["value"] == 226
    assert all(one["source_row"] for one in may["figures"])
    assert [one["label"] for one in listed(cast, method="corridor")[0]["places"]] == ["Cambodia"]
    again = signals.scan()
    assert (again.found, again.new) == (scanned.found, 0)
    assert cast.act("anonymous", "pmi_signal_list")["count"] == scanned.found


def test_signals_are_what_the_actions_on_figures_say(cast, scanned):
    [surges] = cast.act("anonymous", "pmi_surge_list")["series"]
    alarms = {one["month"]: one["limit"] for one in surges["periods"] if "c1" in one["alarms"]}
    kept = {one["ref_start"][:7]: one["limit"] for one in listed(cast, method="c1")}
    assert kept == pytest.approx(alarms, abs=0.001)
    risks = cast.act("anonymous", "pmi_corridor_risk")["corridors"]
    above = {one["destination"]["code"]: one["upper"] for one in risks if one["verdict"] == "above"}
    kept = {one["places"][0]["code"]: one["limit"] for one in listed(cast, method="corridor")}
    assert kept == pytest.approx(above, abs=0.001)


def test_the_most_urgent_comes_first_and_what_is_closed_last(cast, surge):
    before = [one["urgency"] for one in listed(cast)]
    assert before == sorted(before)
    cast.act("produsen", "satudata_signal_propose_closure", id=surge, reason="Lebaran")
    cast.act("walidata", "satudata_signal_close", id=surge, reason="Benar")
    assert listed(cast)[-1]["id"] == surge


def test_two_people_close_a_signal_and_the_log_says_who_did_what(cast, surge):
    due = date(2030, 1, 2)
    owner = cast.people["produsen"]
    found = cast.act("walidata", "satudata_signal_assign", id=surge, owner=owner, due=due.isoformat())
    assert (found["owner"], found["due"]) == (owner, "2030-01-02")
    cast.act("produsen", "satudata_signal_note", id=surge, reason="Menelepon KBRI")
    assert cast.act("produsen", "satudata_signal_propose_closure", id=surge, reason="Lebaran")["state"] == "proposed"
    assert cast.act("walidata", "satudata_signal_reopen", id=surge, reason="Belum")["state"] == "open"
    cast.act("produsen", "satudata_signal_propose_closure", id=surge, reason="Sudah")
    closed = cast.act("walidata", "satudata_signal_close", id=surge, reason="Benar")
    assert closed["state"] == "closed"
    steps = [(one["step"], one["user"]) for one in closed["events"]]
    produsen, walidata = cast.people["produsen"], cast.people["walidata"]
    assert steps == [
        ("found", None),
        ("assign", walidata),
        ("note", produsen),
        ("propose_closure", produsen),
        ("reopen", walidata),
        ("propose_closure", produsen),
        ("close", walidata),
    ]


@pytest.mark.parametrize("role", ["walidata", "sysadmin"])
def test_who_proposed_does_not_close(cast, surge, role):
    import ckan.plugins.toolkit as tk

    cast.act(role, "satudata_signal_propose_closure", id=surge, reason="Lebaran")
    with pytest.raises(tk.ValidationError, match="another person"):
        cast.act(role, "satudata_signal_close", id=surge, reason="Benar")


@pytest.mark.parametrize(
    ("step", "allowed"),
    [
        ("assign", {"produsen", "walidata"}),
        ("note", {"produsen", "walidata"}),
        ("propose_closure", {"produsen", "walidata"}),
        ("close", {"walidata"}),
        ("reopen", {"walidata"}),
        ("log", {"produsen", "walidata"}),
    ],
)
def test_each_step_is_for_its_duty_alone(cast, surge, step, allowed):
    import ckan.plugins.toolkit as tk
    from ckan.tests import factories

    stranger = factories.User()["name"]
    factories.Organization(users=[{"name": stranger, "capacity": "admin"}])
    people = {role: cast.people[role] for role in PEOPLE} | {"other body": stranger}
    passed = set()
    for role, name in people.items():
        try:
            tk.check_access(f"satudata_signal_{step}", {"user": name}, {"id": surge})
            passed.add(role)
        except tk.NotAuthorized:
            pass
    assert passed == allowed


def test_a_step_that_leads_nowhere_is_refused(cast, surge):
    import ckan.plugins.toolkit as tk

    with pytest.raises(tk.ValidationError, match="moved on"):
        cast.act("walidata", "satudata_signal_close", id=surge, reason="Benar")
    with pytest.raises(tk.ValidationError):
        cast.act("produsen", "satudata_signal_propose_closure", id=surge, reason=" ")
    with pytest.raises(tk.ValidationError, match="duty"):
        cast.act("walidata", "satudata_signal_assign", id=surge, owner=cast.people["outsider"], due="2030-01-02")


def test_the_public_sees_no_note_and_no_name(cast, surge):
    owner = cast.people["produsen"]
    cast.act("walidata", "satudata_signal_assign", id=surge, owner=owner, due="2030-01-02", reason="Rahasia")
    shown = cast.act("anonymous", "pmi_signal_show", id=surge)
    assert owner not in str(shown)
    assert "Rahasia" not in str(shown)


def test_a_signal_whose_figures_are_hidden_is_hidden(cast, surge):
    import ckan.model as model
    import ckan.plugins.toolkit as tk
    import sqlalchemy as sa

    package = cast.act("anonymous", "pmi_signal_show", id=surge)["figures"][0]["package_id"]
    hide = sa.text("UPDATE package SET private = :private WHERE id = :id")
    model.Session.execute(hide, {"private": True, "id": package})
    model.Session.commit()
    try:
        with pytest.raises(tk.ObjectNotFound):
            cast.act("anonymous", "pmi_signal_show", id=surge)
        assert surge not in [one["id"] for one in listed(cast)]
        assert cast.act("walidata", "satudata_signal_log", id=surge)["public"] is False
    finally:
        model.Session.execute(hide, {"private": False, "id": package})
        model.Session.commit()


@pytest.mark.parametrize("change", ["UPDATE {} SET words = ''", "DELETE FROM {}"])
def test_the_log_can_only_be_added_to(surge, change):
    import ckan.model as model
    import sqlalchemy as sa

    with pytest.raises(sa.exc.DBAPIError, match="keeps every row"):
        model.Session.execute(sa.text(change.format("satudatapmi_signal_event")))
    model.Session.rollback()


def test_the_pages_show_a_signal_and_take_it_to_its_closure(app, cast, surge):
    page = app.get("/en/pusat-kendali/sinyal").get_data(as_text=True)
    assert f"/pusat-kendali/sinyal/{surge}" in page
    assert "Cambodia" in page
    address = f"/en/pusat-kendali/sinyal/{surge}"
    shown = app.get(address).get_data(as_text=True)
    assert "226 against 103.3 + 3 × 19.3 = 161.4, from 3 months" in shown
    assert f'action="{address}"' not in shown
    produsen, walidata = cast.headers("produsen"), cast.headers("walidata")
    data = {"step": "propose_closure", "reason": "Lebaran"}
    assert app.post(address, headers=produsen, data=data, follow_redirects=False).status_code == 302
    assert app.post(address, headers=produsen, data={"step": "close", "reason": "x"}).status_code == 403
    refused = app.post(address, headers=walidata, data={"step": "close", "reason": ""})
    assert refused.status_code == 422
    data = {"step": "close", "reason": "Benar"}
    assert app.post(address, headers=walidata, data=data, follow_redirects=False).status_code == 302
    assert cast.act("anonymous", "pmi_signal_show", id=surge)["state"] == "closed"


@pytest.mark.parametrize("address", ["/pusat-kendali/sinyal/0", "/pusat-kendali/sinyal?method=x"])
def test_there_is_no_page_of_what_is_not_there(app, cast, address):
    assert app.get(address).status_code == 404
