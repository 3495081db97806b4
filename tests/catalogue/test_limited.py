"""Limited data: what the public may know of them, who may ask, who answers, and who then sees what for how long."""

from __future__ import annotations

from datetime import date, timedelta

import ckan.model as model
import ckan.plugins.toolkit as tk
import pytest
import sqlalchemy as sa

from ckanext.satudatapmi.catalogue import access_requests
from ckanext.satudatapmi.publication import store
from tests.catalogue.actors import ROLES, Cast, cast

pytestmark = pytest.mark.usefixtures("pembina_data")

LINE = "Catatan tiap pekerja, untuk penelitian"
WALIDATA = {"walidata", "sysadmin"}
LOGGED_IN = set(ROLES) - {"anonymous"}
MAY = {
    "satudata_listing_set": WALIDATA,
    "satudata_listing_show": WALIDATA,
    "satudata_listing_list": set(ROLES),
    "satudata_access_request_create": {"outsider", "pembina"},
    "satudata_access_request_list": LOGGED_IN,
    "satudata_access_request_answer": WALIDATA,
    "satudata_access_request_revoke": WALIDATA,
}
"""Who may do what; those who see a dataset anyway have nothing to ask for."""


def approved(actors: Cast, **values) -> dict:
    """Make a dataset that needs no approval here."""
    return actors.dataset("sysadmin", **values)


def limited(actors: Cast, **values) -> dict:
    """Make an approved dataset of limited access that is listed."""
    dataset = approved(actors, accessRights="terbatas", **values)
    actors.act("walidata", "satudata_listing_set", id=dataset["id"], listed=True, line=LINE)
    return dataset


def ask(actors: Cast, dataset: dict, role: str = "outsider", **values) -> dict:
    asked = {"institution": "Universitas Contoh", "purpose": "Penelitian", "days": 30} | values
    return actors.act(role, "satudata_access_request_create", id=dataset["id"], **asked)


def grant(actors: Cast, request: dict, days: int = 30) -> None:
    until = access_requests.today() + timedelta(days=days)
    actors.act("walidata", "satudata_access_request_answer", id=request["id"], grant=True, until=str(until))


def sees(actors: Cast, role: str, dataset: dict) -> bool:
    """Tell whether somebody sees a dataset, its file and finds it; all three must agree."""
    found = []
    for action, reference in (("package_show", dataset["id"]), ("resource_show", dataset["resources"][0]["id"])):
        try:
            actors.act(role, action, id=reference)
            found.append(True)
        except tk.NotAuthorized:
            found.append(False)
    query = {"fq": f"id:{dataset['id']}", "include_private": True}
    found.append(actors.act(role, "package_search", **query)["count"] == 1)
    assert len(set(found)) == 1, found
    return found[0]


def end(request: dict) -> None:
    """Let the last day of access pass."""
    yesterday = access_requests.today() - timedelta(days=1)
    table = access_requests.REQUEST
    model.Session.execute(sa.update(table).where(table.c.id == request["id"]).values(until=yesterday))
    model.Session.commit()


def test_matrix_of_duties_and_actions():
    actors = cast()
    dataset = limited(actors)
    request = ask(actors, dataset)
    values = {
        "satudata_listing_set": {"id": dataset["id"], "listed": True, "line": LINE},
        "satudata_listing_show": {"id": dataset["id"]},
        "satudata_access_request_create": {"id": dataset["id"], "institution": "x", "purpose": "y", "days": 1},
        "satudata_access_request_answer": {"id": request["id"], "grant": True, "until": "1999-01-01"},
        "satudata_access_request_revoke": {"id": request["id"]},
    }
    for action, allowed in MAY.items():
        for role in ROLES:
            assert role_may(actors, role, action, values.get(action, {})) is (role in allowed), f"{role} {action}"


def role_may(actors, role, action, values):
    """Tell whether an action is for somebody; what it then finds wrong in the values is another matter."""
    try:
        actors.act(role, action, **values)
    except (tk.NotAuthorized, tk.ObjectNotFound):
        return False
    except tk.ValidationError as error:
        return "already" not in str(error) or role == "outsider"
    return True


def test_walidata_of_another_organisation_answers_nothing():
    actors, others = cast_beside()
    dataset = limited(actors)
    request = ask(actors, dataset)
    assert others.act("walidata", "satudata_access_request_list", to_answer=True) == []
    for action in ("answer", "revoke"):
        with pytest.raises(tk.NotAuthorized):
            others.act("walidata", f"satudata_access_request_{action}", id=request["id"], grant=False, reason="x")
    with pytest.raises(tk.NotAuthorized):
        others.act("walidata", "satudata_listing_set", id=dataset["id"], listed=False)


def cast_beside() -> tuple[Cast, Cast]:
    from ckan.tests import factories

    actors = cast()
    people = actors.people | {"walidata": factories.User()["name"]}
    users = [{"name": people["walidata"], "capacity": "admin"}]
    return actors, Cast(factories.Organization(users=users), people)


def test_the_one_who_was_let_in_sees_the_data_until_it_ends_and_nobody_else_does():
    actors = cast()
    dataset = limited(actors)
    request = ask(actors, dataset)
    assert not sees(actors, "outsider", dataset)
    grant(actors, request)
    assert sees(actors, "outsider", dataset)
    assert not sees(actors, "anonymous", dataset)
    assert not sees(actors, "pembina", dataset)
    assert "Fulan" not in str(actors.act("outsider", "package_show", id=dataset["id"]))
    with pytest.raises(tk.NotAuthorized):
        actors.act("outsider", "package_patch", id=dataset["id"], title="x")
    end(request)
    assert not sees(actors, "outsider", dataset)
    (mine,) = actors.act("outsider", "satudata_access_request_list")
    assert mine["state"] == "expired"
    assert store.read_page(1, 10).total == 0


def test_withdrawn_access_ends_at_once():
    actors = cast()
    dataset = limited(actors)
    request = ask(actors, dataset)
    grant(actors, request)
    with pytest.raises(tk.ValidationError, match="says why"):
        actors.act("walidata", "satudata_access_request_revoke", id=request["id"])
    actors.act("walidata", "satudata_access_request_revoke", id=request["id"], reason="Data dibagikan")
    assert not sees(actors, "outsider", dataset)
    with pytest.raises(tk.ValidationError, match="no access"):
        actors.act("walidata", "satudata_access_request_revoke", id=request["id"], reason="x")
    (mine,) = actors.act("outsider", "satudata_access_request_list")
    assert [(event["step"], event["reason"]) for event in mine["events"]] == [
        ("request", ""),
        ("grant", ""),
        ("revoke", "Data dibagikan"),
    ]


def test_unpublished_data_are_for_nobody_who_was_let_in():
    actors = cast()
    dataset = limited(actors)
    grant(actors, ask(actors, dataset))
    actors.act("walidata", "satudata_dataset_unpublish", id=dataset["id"], reason="x")
    assert not sees(actors, "outsider", dataset)
    assert actors.act("anonymous", "satudata_listing_list") == []


def test_access_is_granted_for_a_year_at_most():
    actors = cast()
    request = ask(actors, limited(actors))
    for days in (-1, 366):
        with pytest.raises(tk.ValidationError, match="a year at most"):
            grant(actors, request, days)
    for values in ({"grant": True}, {"grant": True, "until": "besok"}, {"grant": False}):
        with pytest.raises(tk.ValidationError):
            actors.act("walidata", "satudata_access_request_answer", id=request["id"], **values)
    grant(actors, request, 365)
    with pytest.raises(tk.ValidationError, match="answered already"):
        grant(actors, request)


def test_requests_are_counted_and_not_repeated(monkeypatch):
    actors = cast()
    first, second = limited(actors), limited(actors)
    ask(actors, first)
    with pytest.raises(tk.ValidationError, match="already"):
        ask(actors, first)
    monkeypatch.setitem(tk.config, "ckanext.satudatapmi.access.requests_per_day", 1)
    with pytest.raises(tk.ValidationError, match="within a day"):
        ask(actors, second)
    for days in (0, 366, "banyak"):
        with pytest.raises(tk.ValidationError):
            ask(actors, second, role="pembina", days=days)


def test_only_approved_limited_data_are_listed_and_only_what_is_listed_can_be_asked_for():
    actors = cast()
    draft = actors.dataset(accessRights="terbatas")
    public = approved(actors)
    for dataset in (draft, public):
        with pytest.raises(tk.ValidationError, match="Only approved"):
            actors.act("walidata", "satudata_listing_set", id=dataset["id"], listed=True, line=LINE)
    silent = approved(actors, accessRights="tertutup")
    with pytest.raises(tk.ValidationError, match="one line"):
        actors.act("walidata", "satudata_listing_set", id=silent["id"], listed=True, line=" ")
    for dataset in (draft, public, silent, {"id": "tidak-ada"}):
        with pytest.raises(tk.ObjectNotFound):
            ask(actors, dataset)


def test_public_list_shows_title_publisher_and_line_and_nothing_else(app):
    actors = cast()
    shown = limited(actors, title="Data terbatas contoh")
    hidden = approved(actors, accessRights="tertutup", title="Data rahasia")
    (listed,) = actors.act("anonymous", "satudata_listing_list")
    assert listed == {
        "id": shown["id"],
        "title": "Data terbatas contoh",
        "publisher": actors.organization["title"],
        "line": LINE,
    }
    pages = app.get("/data-terbatas").body + app.get(f"/data-terbatas/{shown['id']}").body
    assert LINE in pages and "user/login" in pages
    for secret in (shown["notes"], shown["resources"][0]["url"], shown["name"], "Data rahasia", hidden["id"]):
        assert secret not in pages
    app.get(f"/data-terbatas/{hidden['id']}", status=404)


def test_walidata_and_the_one_who_asked_are_told():
    actors = cast()
    request = ask(actors, limited(actors))
    told = actors.act("walidata", "satudata_notice_list")
    assert told["access"][0]["step"] == "request" and told["unseen"] >= 1
    refusal = {"grant": False, "reason": "Tujuan tidak jelas"}
    actors.act("walidata", "satudata_access_request_answer", id=request["id"], **refusal)
    told = actors.act("outsider", "satudata_notice_list")
    assert (told["unseen"], told["access"][0]["step"], told["access"][0]["reason"]) == (
        1,
        "refuse",
        "Tujuan tidak jelas",
    )
    assert actors.act("outsider", "satudata_notice_see") == {"seen": 1}
    with pytest.raises(sa.exc.DBAPIError, match="keeps every row"):
        model.Session.execute(sa.text("UPDATE satudatapmi_access_event SET reason = ''"))
    model.Session.rollback()


def test_pages_lead_from_the_list_to_the_data(app):
    actors = cast()
    dataset = actors.at("produsen:submit", "walidata:approve", accessRights="terbatas")

    def post(role: str, address: str, **form):
        return app.post(address, data=form, headers=actors.headers(role), follow_redirects=False)

    listing = f"/dataset/{dataset['name']}/daftar-terbatas"
    assert post("produsen", listing, listed="true", line=LINE).status_code == 403
    assert post("walidata", listing, listed="true", line=LINE).status_code == 302
    assert LINE in app.get(f"/dataset/{dataset['name']}/pemeriksaan", headers=actors.headers("walidata")).body
    form = f"/data-terbatas/{dataset['id']}"
    assert post("outsider", form, institution="", purpose="x", days="5").status_code == 422
    assert post("outsider", form, institution="Universitas", purpose="<b>Riset</b>", days="5").status_code == 302
    tasks = app.get("/tugas/akses", headers=actors.headers("walidata")).body
    assert "&lt;b&gt;Riset&lt;/b&gt;" in tasks
    (request,) = actors.act("walidata", "satudata_access_request_list", to_answer=True)
    answer = f"/tugas/akses/{request['id']}"
    assert post("walidata", answer, step="grant", until="").status_code == 422
    assert post("outsider", answer, step="refuse", reason="x").status_code == 403
    until = date.today() + timedelta(days=9)
    assert post("walidata", answer, step="grant", until=str(until)).status_code == 302
    assert f"/dataset/{dataset['id']}" in app.get("/data-terbatas", headers=actors.headers("outsider")).body
    assert app.get(f"/dataset/{dataset['name']}", headers=actors.headers("outsider")).status_code == 200
    assert app.get("/tugas", headers=actors.headers("outsider")).status_code == 200
    app.get(f"/dataset/{dataset['name']}", status=404)
