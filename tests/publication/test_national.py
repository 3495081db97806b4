"""The catalogue for the national portal: everything that is approved, as it came, and for nobody else."""

from __future__ import annotations

import json
import uuid

import ckan.model as model
import pytest
import sqlalchemy as sa
from ckan.tests import factories
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from ckanext.satudatapmi.catalogue import reviews, workflow
from ckanext.satudatapmi.harvesters.datajson import normalise
from ckanext.satudatapmi.harvesters.identity import identify
from ckanext.satudatapmi.harvesters.mapping import SourceContext, to_package
from ckanext.satudatapmi.publication import datajson, readings, store
from ckanext.satudatapmi.schemas import form, shapes, wire
from ckanext.satudatapmi.schemas.convert import same_json
from tests.harvesters.conftest import harvest_of, partner
from tests.publication.datasets import FULL, act, make, make_hidden
from tests.schemas.form_answers import answers
from tests.strategies import TEXTS

__all__ = ["harvest_of", "partner"]

pytestmark = pytest.mark.usefixtures("portal")
FEED = "/feed/bappenas/data.json"
FEW = settings(
    max_examples=2,
    phases=[Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
)
FORMS = [form.load(name) for name in ("ms_keg", "ms_ind")]
OFFICIAL = {"nama": "Fulan bin Fulan", "telepon": "0812", "email": "fulan@example.go.id", "alamat": "Jalan 1"}


@pytest.fixture
def client(app):
    return app.flask_app.test_client()


@pytest.fixture
def with_plugins(site):
    """The site has loaded them; pytest-ckan's own fixture would unload them for the tests that follow."""
    return site


@pytest.fixture
def bappenas(portal, monkeypatch):
    """The account of the national portal, and what its requests carry."""
    import ckan.plugins.toolkit as tk

    user = factories.User(name="bappenas")
    monkeypatch.setitem(tk.config, "ckanext.satudatapmi.national_portal_users", ["bappenas"])
    return {"Authorization": factories.APIToken(user=user["name"])["token"]}


@st.composite
def records(draw):
    """A record with answers to every question of the forms, and something in every other key."""
    answered = {}
    for one in FORMS:
        document = shapes.write(one, shapes.PORTAL, draw(answers(one)))
        answered |= {key: value for key, value in document.items() if value is not None or draw(st.booleans())}
    officials = {f"ii_pj_{name}": draw(TEXTS) for name in (*OFFICIAL, "jabatan", "faksimile")}
    json_keys = [field.key for field in wire.dataset_fields() if field.kind == "json" and field.export]
    others = {key: draw(TEXTS | st.integers() | st.none()) for key in json_keys}
    free = {"catatan": draw(TEXTS), "publisher": {"name": "Dinas", "unit": draw(TEXTS)}, "theme": [draw(TEXTS)]}
    access = draw(
        st.sampled_from([("terbuka", "public"), ("terbatas", "restricted public"), ("tertutup", "non-public")])
    )
    file = {
        "@type": "dcat:Distribution",
        "title": draw(TEXTS),
        "downloadURL": "https://x.go.id/a.csv",
        "mediaType": None,
    }
    return (
        others
        | answered
        | officials
        | free
        | {"title": "Judul", "accessRights": access[0], "accessLevel": access[1], "private": access[0] != "terbuka"}
        | {"issued": draw(TEXTS), "modified": "2024-09-24 00:00:00", "distribution": [file]}
    )


def filled(record):
    """Return a record with something in place of each null."""
    return {key: f"isi {key}" if value is None else value for key, value in record.items()}


def real_records(shared):
    example = json.loads((shared / "sdi/example_pmi_data.json").read_text(encoding="utf-8"))["dataset"]
    ministry = json.loads((shared / "data/datajson/bapanas01.json").read_text(encoding="utf-8"))["dataset"]
    return [filled(example[0]), *ministry]


def marked(given_records):
    """Return records that can be told from those of other examples."""
    run = uuid.uuid4().hex[:8]
    return [
        record | {"identifier": f"{run}-{number}", "judul_uji": f"{run}-{number}"}
        for number, record in enumerate(given_records)
    ]


def read(client, headers, page="all"):
    response = client.get(f"{FEED}?page={page}", headers=headers)
    assert response.status_code == 200, response.data
    return json.loads(response.data)["dataset"]


def compare(sent, entries):
    """Check that every key of the records stands in the feed, with its value."""
    found = {entry.get("judul_uji"): entry for entry in entries}
    for record in sent:
        entry = found[record["judul_uji"]]
        for key, value in record.items():
            assert key in entry, key
            if key != "distribution":
                assert same_json(entry[key], value), (key, value, entry[key])
        for given_file, file in zip(record["distribution"], entry["distribution"], strict=True):
            assert {name: file.get(name, "lost") for name in given_file} == given_file


@FEW
@given(made=st.lists(records(), min_size=2, max_size=2))
def test_what_comes_by_the_api_goes_to_bappenas_unchanged(made, client, bappenas, shared):
    owner, admin = factories.Organization()["name"], factories.Sysadmin()["name"]
    headers = {"Authorization": factories.APIToken(user=admin)["token"]}
    sent = marked([*real_records(shared), *made])
    for record in sent:
        source = SourceContext(f"api-{admin}", owner)
        (item,) = identify([normalise(record, 1, source.name)]).items
        package = to_package(item, source).package
        created = client.post("/api/3/action/package_create", json=package, headers=headers)
        assert created.status_code == 200, created.data
    compare(sent, read(client, bappenas))


def test_what_is_entered_by_the_form_goes_to_bappenas_unchanged(app, client, bappenas, shared):
    editor = factories.User()
    owner = factories.Organization(users=[{"name": editor["name"], "capacity": "editor"}])["id"]
    headers = {"Authorization": factories.APIToken(user=editor["name"])["token"]}
    sent = marked(real_records(shared))
    for record in sent:
        app.post("/dataset/new/awal", headers=headers, data={"owner_org": owner, "text": json.dumps(record)})
    waiting = model.Session.scalars(
        sa.select(reviews.REVIEW.c.package_id).where(reviews.is_hidden(reviews.REVIEW.c.package_id))
    )
    drafts = [one for one in waiting.all() if (found := model.Package.get(one)) and found.owner_org == owner]
    assert len(drafts) == len(sent)
    approved = workflow.Position(workflow.APPROVED, None, published=True)
    for draft in drafts:
        # The national portal carries no MS-Keg 3.4, without which walidata's gate lets nothing in: it is opened here.
        for step, place in ((workflow.SUBMIT, workflow.START), (workflow.APPROVE, approved)):
            reviews.move(draft, reviews.lock(draft), place, reviews.Taken(step, None))
    model.Session.commit()
    compare(sent, read(client, bappenas))


@FEW
@given(made=st.lists(records(), min_size=2, max_size=2))
def test_what_is_harvested_goes_to_bappenas_unchanged(made, client, bappenas, shared, harvest_of, partner):
    sent = marked([*real_records(shared), *made])
    partner.serve("/data.json", json.dumps({"dataset": sent}).encode())
    harvest_of(f"{partner.url}/data.json").run()
    compare(sent, read(client, bappenas))


def test_without_a_token_in_the_header_nothing_is_read(client, bappenas):
    make(**FULL)
    for headers in ({}, {"Authorization": "x"}, {"Authorization": "Bearer "}):
        response = client.get(FEED, headers=headers)
        assert (response.status_code, response.headers["WWW-Authenticate"]) == (401, 'Bearer realm="satudata"')
        assert b"Fulan" not in response.data
    assert client.get(f"{FEED}?token={bappenas['Authorization']}").status_code == 401
    assert client.get(FEED, headers={"Authorization": f"Bearer {bappenas['Authorization']}"}).status_code == 200


def test_another_account_is_turned_away(client, bappenas):
    make(**FULL)
    for person in (factories.User, factories.Sysadmin):
        token = factories.APIToken(user=person()["name"])["token"]
        response = client.get(FEED, headers={"Authorization": token})
        assert response.status_code == 403
        assert b"Fulan" not in response.data


def test_a_login_in_a_browser_is_no_token(client, bappenas):
    make(**FULL)
    with client.session_transaction() as session:
        session["_user_id"], session["_fresh"] = f"{model.User.get('bappenas').id}", True
    assert client.get(FEED).status_code == 401


def test_officials_are_named_to_bappenas_alone_and_nobody_on_the_way_keeps_them(client, bappenas):
    make(**FULL | {f"ii_pj_{name}": value for name, value in OFFICIAL.items()})
    (entry,) = read(client, bappenas)
    assert {name: entry[f"ii_pj_{name}"] for name in OFFICIAL} == OFFICIAL
    assert b"Fulan" not in client.get("/data.json").data
    for headers in (bappenas, {}):
        response = client.get(FEED, headers=headers)
        assert {"private", "no-store"} == set(response.headers["Cache-Control"].replace(" ", "").split(","))
        assert "Authorization" in response.headers["Vary"]
        assert "Access-Control-Allow-Origin" not in response.headers


def test_approved_datasets_of_any_access_are_in_it_and_no_others(client, bappenas):
    owner = factories.Organization()["id"]
    listed = [make(owner_org=owner, accessRights=access)["id"] for access in ("terbuka", "terbatas", "tertutup")]
    hidden = make_hidden(owner)
    waiting = make(owner_org=owner, publishing_status="in_review", accessRights="terbatas")["id"]
    found = {entry["identifier"]: entry for entry in read(client, bappenas, page="1")}
    assert set(found) == {*listed, hidden["private"]}
    assert waiting not in found
    said = [(found[one]["accessLevel"], found[one]["accessRights"], found[one]["private"]) for one in listed]
    assert said == [
        ("public", "terbuka", False),
        ("restricted public", "terbatas", True),
        ("non-public", "tertutup", True),
    ]
    assert [entry["identifier"] for entry in json.loads(client.get("/data.json").data)["dataset"]] == listed[:1]


def test_shared_identifiers_do_not_become_one_dataset(client, bappenas):
    first, second = make(source_identifier="sama")["id"], make(source_identifier="sama")["id"]
    assert [entry["identifier"] for entry in read(client, bappenas)] in (["sama", second], [second, "sama"])
    act("package_delete", id=first)
    assert [entry["identifier"] for entry in read(client, bappenas)] == [second]


def test_pages_hold_every_dataset(client, bappenas, ckan_config, monkeypatch):
    monkeypatch.setitem(ckan_config, "ckanext.satudatapmi.catalogue.page_size", 2)
    made = {make(accessRights="terbatas")["id"] for _ in range(5)}
    last = store.read_page(1, 2, reviews.is_approved).last
    pages = [{entry["identifier"] for entry in read(client, bappenas, page=number)} for number in range(1, last + 1)]
    assert all(pages) and set().union(*pages) == made
    response = client.get(f"{FEED}?page={last + 1}", headers=bappenas)
    assert response.status_code == 404


def test_purged_dataset_moves_no_other_to_another_page(bappenas):
    made = [make()["id"] for _ in range(5)]
    before = store.read_page(1, 2, reviews.is_approved).places
    for gone in made[:3]:
        act("dataset_purge", id=gone)
    assert store.read_page(1, 2, reviews.is_approved).places == before


def test_an_empty_or_broken_catalogue_is_an_error(client, bappenas, monkeypatch):
    assert client.get(FEED, headers=bappenas).status_code == 503
    assert client.get(f"{FEED}?page=all", headers=bappenas).status_code == 503
    make(**FULL)

    def fail(*_arguments, **_values):
        raise sa.exc.OperationalError("", {}, Exception("gone"))

    monkeypatch.setattr(datajson, "full_distribution", fail)
    response = client.get(FEED, headers=bappenas)
    assert (response.status_code, response.headers["Retry-After"]) == (503, "120")


def test_each_reading_is_kept_for_good(client, bappenas):
    make(**FULL)
    for page in ("1", "all"):
        read(client, bappenas, page)
    rows = model.Session.execute(sa.select(readings.READING).order_by(readings.READING.c.id.desc()).limit(2)).all()
    assert [(row.user_id, row.page, row.datasets) for row in rows] == [
        (model.User.get("bappenas").id, "all", 1),
        (model.User.get("bappenas").id, "1", 1),
    ]
    with pytest.raises(sa.exc.DBAPIError, match="keeps every row"):
        model.Session.execute(sa.text("DELETE FROM satudatapmi_feed_reading"))
    model.Session.rollback()
