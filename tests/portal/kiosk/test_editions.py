"""Editions: what belongs to each, which one kiosks have, and that they are the portal's."""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import json

import ckan.plugins.toolkit as tk
import pytest
import sqlalchemy as sa
from ckan.tests import factories, helpers

from ckanext.satudatapmi import signing
from ckanext.satudatapmi.portal import memory
from ckanext.satudatapmi.portal.kiosk import devices, editions, making, speech
from ckanext.satudatapmi.portal.kiosk.editions import File
from tests.portal.kiosk.items import item

DAY = dt.date(2026, 2, 1)


def files(text: str) -> dict[str, dict[str, File]]:
    return {"id": {"/aim/": File("text/html", text.encode()), "/aim/hak": File("text/html", b"same")}}


def kept_files() -> int:
    import ckan.model as model

    return model.Session.scalar(sa.select(sa.func.count()).select_from(editions.FILE)) or 0


def test_latest_is_current_and_a_file_is_kept_once(no_kiosks):
    assert editions.current() is None
    first, second = (editions.keep(files(text), DAY) for text in ("a", "b"))
    current = editions.current()
    assert current is not None and (current.number, current.addresses) == (second, 2) and second > first
    assert kept_files() == 3
    digest = hashlib.sha256(b"b").hexdigest()
    assert current.files["id"]["/aim/"] == digest
    assert editions.file(digest) == File("text/html", b"b")
    assert editions.file("0" * 64) is None


def test_pinned_edition_stays_until_it_is_let_go(no_kiosks):
    first, second = (editions.keep(files(text), DAY) for text in ("a", "b"))
    assert editions.pin(first)
    third = editions.keep(files("c"), DAY)
    assert editions.current().number == first
    assert not editions.pin(99_999) and editions.current().number == first
    assert editions.pin(second) and editions.current().number == second
    assert editions.pin(None) and editions.current().number == third


def test_old_editions_go_and_take_their_files_but_a_pinned_one_stays(no_kiosks, monkeypatch):
    monkeypatch.setattr(editions, "KEPT", 2)
    first = editions.keep(files("a"), DAY)
    editions.pin(first)
    for text in "bcd":
        editions.keep(files(text), DAY)
    assert [one.number - first for one in editions.all_editions()] == [3, 2, 0]
    assert kept_files() == 4  # a, c, d and what they share


def test_edition_is_signed_by_the_portal(app, no_kiosks):
    editions.keep(files("a"), DAY)
    told = app.get("/aim/edisi.json").json
    manifest, signature = told["manifest"].encode(), base64.b64decode(told["signature"])
    assert signing.is_signed(manifest, signature, signing.public_key())
    assert not signing.is_signed(manifest.replace(b"2026", b"2027"), signature, signing.public_key())
    listed = json.loads(manifest)
    assert listed["day"] == "2026-02-01"
    answer = app.get(f"/aim/isi/{listed['files']['id']['/aim/']}")
    assert (answer.body, answer.content_type) == ("a", "text/html")
    assert "immutable" in answer.headers["Cache-Control"]
    assert app.get("/aim/isi/none", status=404).status_code == 404


def test_without_an_edition_nothing_is_promised(app, no_kiosks):
    assert app.get("/aim/edisi.json", status=404).content_type == "application/problem+json"


@pytest.mark.usefixtures("with_request_context")
def test_made_edition_has_the_screens_as_visitors_get_them_and_a_voice(app, no_kiosks, monkeypatch):
    monkeypatch.setattr(making, "paths", lambda _known: ["", "hak"])
    item("aim-right", factories.Organization()["id"], title="Memegang paspor")
    number = making.make()
    edition = editions.current()
    assert edition is not None and edition.number == number
    assert set(edition.files) == {"shared", "id", "en", "jv", "su", "sas", "mad"}
    assert "/aim/data/p3mi.json" in edition.files["shared"] and "/satudatapmi/aim/aim.js" in edition.files["shared"]
    shown = editions.file(edition.files["id"]["/aim/hak"]).body.decode()
    assert "Memegang paspor" in shown
    clip = next(one for one in edition.files["id"] if one.startswith("/aim/suara/") and one in shown)
    assert app.get(clip).headers["Content-Type"] == speech.MEDIA_TYPE
    assert not any(one.startswith("/aim/suara/") for one in edition.files["jv"])
    memory.forget()
    assert app.get("/aim/hak").body == shown
    # The same content is the same files, and nothing is spoken twice.
    monkeypatch.setattr(speech, "clip", lambda *_: pytest.fail("spoken twice"))
    making.make()
    assert editions.latest().files == edition.files


def test_edition_is_asked_for_each_day_and_after_changes_but_not_at_each(no_kiosks, monkeypatch):
    asked = []
    monkeypatch.setattr(making, "ask_now", lambda: asked.append(1))

    def is_asked(day: dt.date, seconds: int) -> bool:
        former = len(asked)
        monkeypatch.setattr(making.history, "today", lambda: day)
        monkeypatch.setattr(making.time, "time", lambda: 1_000_000.0 + seconds)
        making.ask_for_edition()
        return len(asked) > former

    tomorrow, owner = DAY + dt.timedelta(1), factories.Organization()["id"]
    assert [is_asked(DAY, 0), is_asked(DAY, 5_000), is_asked(tomorrow, 5_001)] == [True, False, True]
    made = item("aim-cost", owner)
    assert [is_asked(tomorrow, 5_100), is_asked(tomorrow, 5_700), is_asked(tomorrow, 9_000)] == [False, True, False]
    site_user = helpers.call_action("get_site_user")["name"]
    helpers.call_action("package_patch", {"user": site_user}, id=made["id"], private=True)
    assert [is_asked(tomorrow, 9_100), is_asked(tomorrow, 9_200)] == [True, False]


@pytest.fixture
def operator(no_kiosks, monkeypatch, ckan_config) -> str:
    user = factories.User()
    body = factories.Organization(users=[{"name": user["name"], "capacity": "admin"}])
    monkeypatch.setitem(ckan_config, "ckanext.satudatapmi.kiosk.operators", [body["name"]])
    return user["name"]


def call(user: str, action: str, **asked):
    return helpers.call_action(action, {"user": user, "ignore_auth": False}, **asked)


KIOSK = {"id": "lombok-1", "place": "Disnaker", "wilayah": "52.02", "tongues": ["sas", "id"], "slip": "80"}


def test_operators_add_change_and_forget_kiosks(operator):
    made = call(operator, "satudata_kiosk_create", **KIOSK)
    with pytest.raises(tk.ValidationError, match="Choose another one"):
        call(operator, "satudata_kiosk_create", **KIOSK)
    (listed,) = call(operator, "satudata_kiosk_list")
    assert (listed["id"], listed["tongues"], listed["seen_at"], listed["shown"]) == ("lombok-1", ["sas", "id"], None, 0)
    assert "secret_sha256" not in listed and made["secret"] not in str(listed)
    call(operator, "satudata_kiosk_update", **KIOSK | {"place": "Kantor desa"})
    assert call(operator, "satudata_kiosk_list")[0]["place"] == "Kantor desa"
    call(operator, "satudata_kiosk_delete", id="lombok-1")
    assert call(operator, "satudata_kiosk_list") == []
    for action, asked in (("satudata_kiosk_delete", {"id": "x1"}), ("satudata_kiosk_update", KIOSK)):
        with pytest.raises(tk.ObjectNotFound):
            call(operator, action, **asked)


@pytest.mark.parametrize(
    "wrong",
    [
        {"id": "Lombok 1"},
        {"id": "x"},
        {"place": ""},
        {"place": "x" * 201},
        {"wilayah": "99"},
        {"wilayah": "0"},
        {"tongues": []},
        {"tongues": ["xx"]},
        {"slip": "a4"},
    ],
)
def test_what_is_wrong_with_a_kiosk_is_told(operator, wrong):
    with pytest.raises(tk.ValidationError) as told:
        call(operator, "satudata_kiosk_create", **KIOSK | wrong)
    assert set(told.value.error_dict) == set(wrong)


@pytest.mark.parametrize(
    "action", ["list", "create", "update", "delete", "edition_list", "edition_make", "edition_use"]
)
def test_nobody_else_operates_kiosks(operator, action):
    member = factories.User()["name"]
    for user in (member, ""):
        with pytest.raises(tk.NotAuthorized):
            call(user, f"satudata_kiosk_{action}", **KIOSK)


def test_going_back_to_an_edition(operator):
    first, second = (editions.keep(files(text), DAY) for text in ("a", "b"))
    assert call(operator, "satudata_kiosk_edition_use", number=first) == {"number": first}
    told = call(operator, "satudata_kiosk_edition_list")
    assert [(one["number"], one["is_current"], one["is_pinned"]) for one in told] == [
        (second, False, False),
        (first, True, True),
    ]
    assert call(operator, "satudata_kiosk_edition_use") == {"number": second}
    with pytest.raises(tk.ObjectNotFound, match="99"):
        call(operator, "satudata_kiosk_edition_use", number=99)
    with pytest.raises(tk.ValidationError):
        call(operator, "satudata_kiosk_edition_use", number=2**40)


def report(app, secret: str, status: int = 200, **told):
    headers = {"Authorization": f"Bearer {secret}"}
    return app.post("/aim/denyut", json=told, headers=headers, status=status)


def test_kiosk_reports_and_hears_what_its_operator_says(app, operator):
    secret = call(operator, "satudata_kiosk_create", **KIOSK)["secret"]
    number = editions.keep(files("a"), DAY)
    hour = "2026-02-01T07:00:00Z"
    for _ in range(2):
        heard = report(app, secret, edition=number, synced_at=hour, shown={f"{hour} hak": 2, f"{hour} ": 1}).json
    assert heard == {"place": "Disnaker", "wilayah": "52.02", "tongues": ["sas", "id"], "slip": "80"}
    (listed,) = call(operator, "satudata_kiosk_list")
    assert (listed["edition"], listed["shown"], listed["screens"]) == (number, 6, {"hak": 4, "": 2})
    assert listed["seen_at"] is not None


@pytest.mark.parametrize(
    "wrong",
    [
        {"edition": "x"},
        {"edition": 0},
        {"synced_at": "yesterday"},
        {"synced_at": "2026-02-01T07:00:00"},
        {"shown": []},
        {"shown": {"2026-02-01T07:00:00Z nothing": 1}},
        {"shown": {"x hak": 1}},
        {"shown": {"2026-02-01T07:00:00Z hak": -1}},
        {"shown": {"2026-02-01T07:00:00Z hak": True}},
        {
            "shown": {f"2026-02-{day:02}T{hour:02}:00:00Z hak": 1 for day in range(1, 29) for hour in range(24)}
            | {str(n): 1 for n in range(2000)}
        },
    ],
)
def test_report_that_cannot_be_read_is_refused_whole(app, operator, wrong):
    secret = call(operator, "satudata_kiosk_create", **KIOSK)["secret"]
    told = report(app, secret, 400, **wrong).json
    assert set(told["errors"]) == set(wrong)
    assert call(operator, "satudata_kiosk_list")[0]["seen_at"] is None


def test_unknown_device_is_refused(app, operator):
    secret = call(operator, "satudata_kiosk_create", **KIOSK)["secret"]
    assert report(app, secret[:-1], 403).status_code == 403
    assert app.post("/aim/denyut", data="[", status=400).status_code == 400
    call(operator, "satudata_kiosk_delete", id="lombok-1")
    assert report(app, secret, 403).status_code == 403
    assert devices.all_kiosks() == []
