"""Who drafts a reconciliation, who signs it, and who sees what of it."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from tests import emptying
from tests.catalogue.actors import PEMBINA_ORGANIZATION, cast
from tests.figures.conftest import empty, load_demo

MIRROR = {
    "method": "mirror",
    "origin": {"indicator": "pmi_stock", "destination": "HKG", "facet": "bank_indonesia_stock", "time": "2022"},
    "destination": {"indicator": "pmi_stock", "destination": "HKG", "facet": "hong_kong_helpers", "time": "2023"},
}
HOST = "dataset-imigrasi-hong-kong-pekerja-rumah-tangga"
EVERYBODY = ("anonymous", "outsider", "member", "produsen", "walidata", "pembina", "sysadmin")


@pytest.fixture(scope="module")
def people(site, demo):
    """People of a body, other people, and the figures of the demo partners."""
    import ckan.plugins.toolkit as tk
    from ckan.tests import factories

    emptying.empty_portal()
    made = cast()
    for role, capacity in (("other_editor", "editor"), ("other_walidata", "admin")):
        made.people[role] = factories.User()["name"]
        factories.Organization(users=[{"name": made.people[role], "capacity": capacity}])
    made.people["second_walidata"] = factories.User()["name"]
    second = {"id": made.organization["id"], "username": made.people["second_walidata"], "role": "admin"}
    tk.get_action("organization_member_create")({"ignore_auth": True, "user": made.people["sysadmin"]}, second)
    load_demo(demo)
    yield made
    empty()


@pytest.fixture
def actors(people, monkeypatch):
    """The people, and nothing that anybody has drafted."""
    import ckan.model as model
    import ckan.plugins.toolkit as tk

    monkeypatch.setitem(tk.config, "ckanext.satudatapmi.pembina_data", [PEMBINA_ORGANIZATION])
    model.Session.execute(sa.text("DELETE FROM satudatapmi_reconciliation"))
    model.Session.commit()
    yield people
    model.Session.rollback()


def draft(actors, role="produsen", **values):
    given = {"organization": actors.organization["name"], "title": "Hong Kong 2022", "asked": MIRROR} | values
    return actors.act(role, "satudata_reconciliation_create", **given)


def allowed(actors, role, action, **values):
    import ckan.plugins.toolkit as tk

    try:
        actors.act(role, action, **values)
    except tk.NotAuthorized:
        return False
    return True


@pytest.mark.parametrize("role", [*EVERYBODY, "other_editor", "other_walidata"])
def test_only_editors_of_the_body_draft(actors, role):
    values = {"organization": actors.organization["id"], "title": "Hong Kong", "asked": MIRROR}
    may = allowed(actors, role, "satudata_reconciliation_create", **values)
    assert may == (role in ("produsen", "walidata", "sysadmin"))


@pytest.mark.parametrize("step", ["sign", "refuse"])
def test_only_walidata_of_the_body_sign_or_refuse(actors, step):
    for role in (*EVERYBODY, "other_editor", "other_walidata"):
        made = draft(actors)
        may = allowed(actors, role, f"satudata_reconciliation_{step}", id=made["id"], reason="Periksa")
        assert may == (role in ("walidata", "sysadmin")), role


@pytest.mark.parametrize("step", ["sign", "refuse"])
@pytest.mark.parametrize("author", ["walidata", "sysadmin"])
def test_nobody_signs_or_refuses_what_they_drafted(actors, author, step):
    made = draft(actors, author)
    assert not allowed(actors, author, f"satudata_reconciliation_{step}", id=made["id"], reason="Sendiri")
    assert made["steps"] == []
    shown = actors.act("second_walidata", "satudata_reconciliation_show", id=made["id"])
    assert shown["steps"] == ["sign", "refuse"]
    assert allowed(actors, "second_walidata", f"satudata_reconciliation_{step}", id=made["id"], reason="Orang lain")


def test_public_sees_what_is_signed_with_its_originals_and_nothing_before_or_after(actors):
    made = draft(actors)
    seen = lambda role: allowed(actors, role, "satudata_reconciliation_show", id=made["id"])  # noqa: E731
    public = ("anonymous", "outsider", "member", "other_editor", "other_walidata")
    assert [role for role in public if seen(role)] == []
    assert seen("produsen") and seen("walidata")
    assert actors.act("anonymous", "satudata_reconciliation_list") == []
    assert [one["state"] for one in actors.act("produsen", "satudata_reconciliation_list")] == ["draft"]

    actors.act("walidata", "satudata_reconciliation_sign", id=made["id"])
    assert all(seen(role) for role in public)
    shown = actors.act("anonymous", "satudata_reconciliation_show", id=made["id"])
    assert [one["value"] for one in shown["result"]["inputs"]] == [339_000, 142_621]
    assert all(one["figure"]["source"]["url"] for one in shown["result"]["inputs"])
    assert shown["state"] == "signed" and shown["steps"] == []
    assert [one["id"] for one in actors.act("anonymous", "satudata_reconciliation_list")] == [made["id"]]

    actors.act("walidata", "satudata_reconciliation_withdraw", id=made["id"], reason="Angka direvisi")
    assert [role for role in public if seen(role)] == []
    assert actors.act("anonymous", "satudata_reconciliation_list") == []


def test_every_step_is_kept_and_the_public_reads_no_names(actors):
    import ckan.model as model

    made = draft(actors, reason="Mohon diperiksa")
    actors.act("walidata", "satudata_reconciliation_sign", id=made["id"], reason="Sesuai")
    actors.act("second_walidata", "satudata_reconciliation_withdraw", id=made["id"], reason="Keliru")
    shown = actors.act("produsen", "satudata_reconciliation_show", id=made["id"])
    told = [(one["step"], one["user"], one["reason"]) for one in shown["events"]]
    names = [actors.people[role] for role in ("produsen", "walidata", "second_walidata")]
    reasons = ["Mohon diperiksa", "Sesuai", "Keliru"]
    assert told == list(zip(["create", "sign", "withdraw"], names, reasons, strict=True))
    for change in (
        "UPDATE satudatapmi_reconciliation_event SET reason = ''",
        "DELETE FROM satudatapmi_reconciliation_event",
    ):
        with pytest.raises(sa.exc.DBAPIError, match="keeps every row"):
            model.Session.execute(sa.text(change))
        model.Session.rollback()
    signed = draft(actors)
    actors.act("walidata", "satudata_reconciliation_sign", id=signed["id"], reason="Sesuai")
    public = actors.act("anonymous", "satudata_reconciliation_show", id=signed["id"])
    assert [set(one) for one in public["events"]] == [{"happened", "step"}] * 2
    assert actors.people["walidata"] not in str(public) and "Sesuai" not in str(public)


@pytest.mark.parametrize(
    ("steps", "wrong"),
    [
        ((), "withdraw"),
        (("sign",), "sign"),
        (("sign",), "refuse"),
        (("refuse",), "sign"),
        (("sign", "withdraw"), "sign"),
    ],
)
def test_step_that_does_not_lead_on_is_refused(actors, steps, wrong):
    import ckan.plugins.toolkit as tk

    made = draft(actors)
    for step in steps:
        actors.act("walidata", f"satudata_reconciliation_{step}", id=made["id"], reason="Alasan")
    with pytest.raises(tk.ValidationError) as refused:
        actors.act("walidata", f"satudata_reconciliation_{wrong}", id=made["id"], reason="Alasan")
    assert list(refused.value.error_dict) == ["step"]


@pytest.mark.parametrize("step", ["refuse", "withdraw"])
def test_refusal_and_withdrawal_need_a_reason(actors, step):
    import ckan.plugins.toolkit as tk

    made = draft(actors)
    with pytest.raises(tk.ValidationError) as refused:
        actors.act("walidata", f"satudata_reconciliation_{step}", id=made["id"])
    assert list(refused.value.error_dict) == ["reason"]


def hide(private):
    import ckan.model as model

    model.Session.execute(
        sa.text("UPDATE package SET private = :private WHERE id = :id"), {"private": private, "id": HOST}
    )
    model.Session.commit()


def test_signed_result_is_away_while_a_table_of_it_is_hidden(actors):
    made = draft(actors)
    actors.act("walidata", "satudata_reconciliation_sign", id=made["id"])
    hide(True)
    assert not allowed(actors, "anonymous", "satudata_reconciliation_show", id=made["id"])
    assert actors.act("anonymous", "satudata_reconciliation_list") == []
    hide(False)
    assert allowed(actors, "anonymous", "satudata_reconciliation_show", id=made["id"])


def test_draft_whose_figures_have_changed_is_not_signed(actors):
    import ckan.model as model
    import ckan.plugins.toolkit as tk

    made = draft(actors)
    change = sa.text("UPDATE satudatapmi_observation SET value = :now WHERE value = :before")
    try:
        model.Session.execute(change, {"now": 150_000, "before": 142_621})
        model.Session.commit()
        with pytest.raises(tk.ValidationError) as refused:
            actors.act("walidata", "satudata_reconciliation_sign", id=made["id"])
        assert list(refused.value.error_dict) == ["figures"]
    finally:
        model.Session.execute(change, {"now": 142_621, "before": 150_000})
        model.Session.commit()


def test_refusal_of_a_method_may_be_signed(actors):
    sources = [MIRROR["origin"] | {"rse": 0.15}, MIRROR["destination"] | {"rse": 0.03}]
    made = draft(actors, asked={"method": "combine", "sources": sources})
    signed = actors.act("walidata", "satudata_reconciliation_sign", id=made["id"])
    assert signed["result"]["value"] is None and signed["result"]["reasons"]
    [one] = actors.act("anonymous", "satudata_reconciliation_list")
    assert one["refused"] and one["method"] == "combine"


@pytest.mark.parametrize(
    ("values", "parameter"),
    [
        ({"title": ""}, "title"),
        ({"title": "x" * 201}, "title"),
        ({"asked": "mirror"}, "asked"),
        ({"asked": {}}, "asked"),
    ],
)
def test_draft_that_is_not_in_order_is_refused(actors, values, parameter):
    import ckan.plugins.toolkit as tk

    with pytest.raises(tk.ValidationError) as refused:
        draft(actors, **values)
    assert parameter in refused.value.error_dict


def test_draft_of_no_organisation_is_refused(actors):
    import ckan.plugins.toolkit as tk

    with pytest.raises(tk.ValidationError) as refused:
        draft(actors, "sysadmin", organization="tidak-ada")
    assert list(refused.value.error_dict) == ["organization"]
    assert not allowed(actors, "produsen", "satudata_reconciliation_create", organization="x", title="x", asked=MIRROR)


@pytest.mark.parametrize("number", ["", "x", -1, 2**63, 10**30])
def test_number_that_is_none_is_told(actors, number):
    import ckan.plugins.toolkit as tk

    with pytest.raises(tk.ValidationError):
        actors.act("walidata", "satudata_reconciliation_show", id=number)


def test_reconciliation_that_is_not_there_is_not_found(actors):
    import ckan.plugins.toolkit as tk

    for step in ("show", "sign", "refuse", "withdraw"):
        with pytest.raises(tk.ObjectNotFound):
            actors.act("sysadmin", f"satudata_reconciliation_{step}", id=2**62, reason="x")
