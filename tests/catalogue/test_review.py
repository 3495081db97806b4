"""The way of a dataset from its produsen data to the public, on a real portal."""

from __future__ import annotations

import json

import ckan.model as model
import ckan.plugins.toolkit as tk
import pytest
from ckan.tests import factories, helpers

from ckanext.satudatapmi.harvesters.access import HARVEST_CONTEXT
from ckanext.satudatapmi.publication import store
from tests.catalogue.actors import ROLES, Cast, cast

pytestmark = pytest.mark.usefixtures("pembina_data")

WAITING = ("draft", "submitted", "priority")
STEPS_TO = {
    "draft": (),
    "submitted": ("produsen:submit",),
    "priority": ("produsen:submit", "walidata:approve"),
    "approved": ("produsen:submit", "walidata:approve"),
}
EVERYBODY = set(ROLES)
HAVE_A_DUTY = {"produsen", "walidata", "sysadmin"}

MAY = {
    # what is done: the stage of the dataset, and who may do it then
    ("package_show", "draft"): {"member", "produsen", "walidata", "sysadmin"},
    ("package_show", "submitted"): {"member", "produsen", "walidata", "sysadmin"},
    ("package_show", "priority"): {"member", "produsen", "walidata", "pembina", "sysadmin"},
    ("package_show", "approved"): EVERYBODY,
    ("satudata_form_show", "draft"): {"member", "produsen", "walidata", "sysadmin"},
    ("satudata_review_show", "draft"): {"member", "produsen", "walidata", "sysadmin"},
    ("satudata_review_show", "priority"): {"member", "produsen", "walidata", "pembina", "sysadmin"},
    ("satudata_review_show", "approved"): {"member", "produsen", "walidata", "pembina", "sysadmin"},
    ("package_patch", "draft"): HAVE_A_DUTY,
    ("package_patch", "submitted"): {"walidata", "sysadmin"},
    ("package_patch", "priority"): {"walidata", "sysadmin"},
    ("package_patch", "approved"): HAVE_A_DUTY,
    ("package_delete", "draft"): HAVE_A_DUTY,
    ("package_delete", "submitted"): {"walidata", "sysadmin"},
    ("package_delete", "approved"): {"walidata", "sysadmin"},
    ("satudata_dataset_submit", "draft"): HAVE_A_DUTY,
    ("satudata_dataset_recall", "submitted"): HAVE_A_DUTY,
    ("satudata_dataset_return", "submitted"): {"walidata", "sysadmin"},
    ("satudata_dataset_return", "priority"): {"pembina", "sysadmin"},
    ("satudata_dataset_approve", "submitted"): {"walidata", "sysadmin"},
    ("satudata_dataset_approve", "priority"): {"pembina", "sysadmin"},
    ("satudata_dataset_unpublish", "approved"): {"walidata", "sysadmin"},
}


def prepared(actors: Cast, stage: str) -> dict:
    return actors.at(*STEPS_TO[stage], **({"prioritas_tahun": "2026"} if stage == "priority" else {}))


def is_allowed(actors: Cast, role: str, action: str, dataset: dict) -> bool:
    """Tell whether an action goes through."""
    try:
        actors.act(role, action, id=dataset["id"], reason="Alasan", title="Judul lain")
    except (tk.NotAuthorized, tk.ObjectNotFound):
        return False
    return True


@pytest.mark.parametrize(("action", "stage"), MAY, ids=lambda value: value)
def test_matrix_of_duties_and_actions(action, stage):
    actors = cast()
    dataset = prepared(actors, stage)
    for role in ROLES:
        expected = role in MAY[action, stage]
        assert is_allowed(actors, role, action, dataset) is expected, f"{role} {action} {stage}"
        if expected and not action.endswith("_show"):
            dataset = prepared(actors, stage)


@pytest.mark.parametrize("role", ROLES)
def test_work_lists_and_notices_are_for_those_who_are_logged_in(role):
    actors = cast()
    for action in ("satudata_work_list", "satudata_notice_list", "satudata_notice_see"):
        if role == "anonymous":
            with pytest.raises(tk.NotAuthorized):
                actors.act(role, action)
        else:
            actors.act(role, action)


@pytest.mark.parametrize("stage", WAITING)
def test_what_waits_for_its_approval_is_nowhere_public(stage, app):
    actors = cast()
    dataset = prepared(actors, stage)
    assert dataset["private"] is False
    names = [dataset["name"], dataset["id"]]
    visitor = {"user": "", "ignore_auth": False}
    assert tk.get_action("package_search")(visitor.copy(), {"q": f"name:{dataset['name']}"})["count"] == 0
    assert dataset["name"] not in tk.get_action("package_list")(visitor.copy(), {})
    found = tk.get_action("resource_search")(visitor.copy(), {"query": "name:Penempatan"})
    assert (found["count"], found["results"]) == (0, [])
    assert store.read_page(1, 10).total == 0
    assert app.get("/data.json", status=503)
    for path in (f"/dataset/{dataset['name']}", f"/dataset/{dataset['name']}/formulir/ms_keg"):
        app.get(path, status=404)
    assert all(name not in app.get("/").body for name in names)


@pytest.mark.parametrize(
    ("access", "private"),
    [({"accessRights": "terbuka"}, False), ({"accessRights": "terbatas"}, True), ({"private": True}, True)],
    ids=str,
)
def test_approval_never_changes_access(access, private):
    actors = cast()
    dataset = actors.at("produsen:submit", "walidata:approve", **access)
    shown = actors.act("walidata", "package_show", id=dataset["id"])
    assert (shown["private"], shown["publishing_status"]) == (private, "approved")
    assert store.read_page(1, 10).total == (0 if private else 1)


def test_limited_data_cannot_be_made_public_in_bulk():
    actors = cast()
    dataset = actors.at("produsen:submit", "walidata:approve", accessRights="terbatas")
    with pytest.raises(tk.ValidationError, match="terbatas"):
        actors.act("walidata", "bulk_update_public", datasets=[dataset["id"]], org_id=actors.organization["id"])
    assert model.Package.get(dataset["id"]).private


def test_nobody_sets_the_status_by_hand():
    actors = cast()
    dataset = actors.dataset(publishing_status="approved")
    assert dataset["publishing_status"] == "draft"
    changed = actors.act("produsen", "package_patch", id=dataset["id"], publishing_status="approved", notes="x")
    assert (changed["publishing_status"], changed["notes"]) == ("draft", "x")


def test_what_the_operator_puts_in_is_published_unless_it_says_that_it_is_not():
    actors = cast()
    assert store.read_page(1, 10).total == 0
    actors.dataset("sysadmin", publishing_status="approved")
    actors.dataset("sysadmin")
    assert store.read_page(1, 10).total == 2
    waiting = actors.dataset("sysadmin", publishing_status="in_review")
    assert store.read_page(1, 10).total == 2
    review = actors.act("walidata", "satudata_review_show", id=waiting["id"])
    assert (review["state"], review["turn"], review["steps"]) == (
        "in_review",
        "walidata",
        ["recall", "return", "approve"],
    )


def test_data_without_metadata_is_not_handed_over():
    actors = cast()
    dataset = actors.dataset(resources=[], judul_kegiatan="", ukuran="", apakah_indikator_komposit="Ya")
    with pytest.raises(tk.ValidationError) as refused:
        actors.act("produsen", "satudata_dataset_submit", id=dataset["id"], language="en")
    told = " ".join(refused.value.error_dict["missing"])
    for words in ("no data yet", "Title of the activity", "Measure", "composite"):
        assert words in told
    assert actors.act("produsen", "satudata_review_show", id=dataset["id"])["state"] == "draft"


def test_a_return_needs_a_reason_and_tells_the_one_who_submitted():
    actors = cast()
    dataset = actors.at("produsen:submit")
    with pytest.raises(tk.ValidationError, match="reason"):
        actors.act("walidata", "satudata_dataset_return", id=dataset["id"])
    actors.act(
        "walidata", "satudata_dataset_return", id=dataset["id"], reason="Satuan keliru", principles=["standar_data"]
    )
    told = actors.act("produsen", "satudata_notice_list")
    assert told["unseen"] == 1
    assert (told["notices"][0]["reason"], told["notices"][0]["step"]) == ("Satuan keliru", "return")
    assert actors.act("produsen", "satudata_notice_see") == {"seen": 1}
    assert actors.act("produsen", "satudata_notice_list")["unseen"] == 0
    (event, *_rest) = actors.act("produsen", "satudata_review_show", id=dataset["id"])["events"]
    assert (event["user"], event["principles"]) == (actors.people["walidata"], ["standar_data"])
    with pytest.raises(tk.ValidationError, match="principles"):
        actors.act("walidata", "satudata_dataset_return", id=dataset["id"], reason="x", principles=["lain"])


def test_walidata_approve_against_the_checks_only_with_a_reason():
    actors = cast()
    dataset = actors.at("produsen:submit", kodereferensi="")
    with pytest.raises(tk.ValidationError):
        actors.act("walidata", "satudata_dataset_approve", id=dataset["id"])
    review = actors.act("walidata", "satudata_dataset_approve", id=dataset["id"], reason="Tabel tidak berkode")
    assert (review["state"], review["published"]) == ("approved", True)


def test_a_change_of_published_data_by_its_produsen_is_checked_again():
    actors = cast()
    dataset = actors.at("produsen:submit", "walidata:approve")
    changed = actors.act("produsen", "package_patch", id=dataset["id"], notes="Definisi baru")
    assert changed["publishing_status"] == "in_review"
    assert store.read_page(1, 10).datasets[0]["publishing_status"] == "in_review"
    actors.act("produsen", "resource_create", package_id=dataset["id"], url="https://data.example.go.id/b.csv")
    assert actors.act("walidata", "satudata_notice_list")["notices"][0]["step"] == "change"
    (work,) = [one for one in actors.act("walidata", "satudata_work_list") if one["duty"] == "walidata"]
    assert [one["id"] for one in work["datasets"]] == [dataset["id"]]
    actors.act("walidata", "package_patch", id=dataset["id"], notes="Definisi lain")
    actors.act("walidata", "satudata_dataset_approve", id=dataset["id"])
    assert actors.act("anonymous", "package_show", id=dataset["id"])["publishing_status"] == "approved"


def test_draft_of_the_form_is_active_once_it_is_submitted():
    actors = cast()
    dataset = actors.dataset(state="draft")
    actors.act("produsen", "satudata_dataset_submit", id=dataset["id"])
    assert actors.act("produsen", "package_show", id=dataset["id"])["state"] == "active"
    actors.act("walidata", "satudata_dataset_approve", id=dataset["id"])
    assert store.read_page(1, 10).total == 1


def test_unpublished_data_leave_the_public():
    actors = cast()
    dataset = actors.at("produsen:submit", "walidata:approve", "walidata:unpublish")
    assert store.read_page(1, 10).total == 0
    with pytest.raises(tk.NotAuthorized):
        actors.act("anonymous", "package_show", id=dataset["id"])


def test_work_list_is_in_the_order_of_its_deadlines():
    actors = cast()
    late = actors.at("produsen:submit", viii_rencana_jadwal_rilis_produk_digital='["2031-05-10"]')
    soon = actors.at("produsen:submit", viii_rencana_jadwal_rilis_produk_digital='["2020-01-10", "2031-01-10"]')
    past = actors.at("produsen:submit", viii_rencana_jadwal_rilis_produk_digital='["2020-01-10"]')
    (work,) = [one for one in actors.act("walidata", "satudata_work_list") if one["duty"] == "walidata"]
    found = [(one["id"], one["release"], one["due"], one["overdue"]) for one in work["datasets"]]
    assert found == [
        (past["id"], "2020-01-10", "2020-01-03", True),
        (soon["id"], "2031-01-10", "2031-01-03", False),
        (late["id"], "2031-05-10", "2031-05-03", False),
    ]


def test_nobody_approves_what_was_changed_since_they_looked():
    actors = cast()
    dataset = actors.at("produsen:submit")
    seen = actors.act("walidata", "package_show", id=dataset["id"])["metadata_modified"]
    actors.act("walidata", "package_patch", id=dataset["id"], notes="Definisi lain")
    with pytest.raises(tk.ValidationError, match="changed since"):
        actors.act("walidata", "satudata_dataset_approve", id=dataset["id"], modified=seen)
    seen = actors.act("walidata", "package_show", id=dataset["id"])["metadata_modified"]
    actors.act("walidata", "satudata_dataset_approve", id=dataset["id"], modified=seen)


def test_two_who_approve_at_once_approve_once():
    actors = cast()
    dataset = actors.at("produsen:submit", "walidata:approve")
    with pytest.raises(tk.ValidationError, match="step"):
        actors.act("walidata", "satudata_dataset_approve", id=dataset["id"])
    steps = [event["step"] for event in actors.act("walidata", "satudata_review_show", id=dataset["id"])["events"]]
    assert steps == ["approve", "submit", "begin"]


def test_harvested_data_are_published_whatever_status_they_have():
    from tests.publication.datasets import make_harvested

    dataset = make_harvested(title="Data mitra", publishing_status="draft")
    assert store.read_page(1, 10).total == 1
    assert json.loads(json.dumps(dataset))["publishing_status"] == "draft"


def test_pages_lead_from_the_draft_to_its_approval(app):
    actors = cast()
    dataset = actors.dataset()
    address = f"/dataset/{dataset['name']}/pemeriksaan"

    def post(role: str, **form):
        return app.post(address, data=form, headers=actors.headers(role), follow_redirects=False)

    assert post("produsen", step="submit").status_code == 302
    refused = post("walidata", step="return", principles="metadata")
    assert refused.status_code == 422
    assert 'role="alert"' in refused.body
    assert post("walidata", step="approve").status_code == 302
    shown = app.get(address, headers=actors.headers("produsen"))
    assert "review-approved" in shown.body
    assert app.get("/tugas", headers=actors.headers("walidata")).status_code == 200
    app.get(address, status=404)
    assert post("walidata", step="lain").status_code == 400


def refused(actors: Cast, role: str, action: str, **values) -> bool:
    try:
        actors.act(role, action, **values)
    except (tk.NotAuthorized, tk.ValidationError):
        model.Session.rollback()
        return True
    return False


def test_produsen_data_neither_open_move_nor_take_away_what_is_published():
    actors = cast()
    other = factories.Organization(users=[{"name": actors.people["produsen"], "capacity": "admin"}])
    dataset = actors.at("produsen:submit", "walidata:approve", accessRights="terbatas")
    ways = (
        {"private": False, "accessRights": "terbuka"},
        {"private": False, "accessRights": ""},
        {"state": "deleted"},
        {"state": "draft"},
        {"owner_org": other["id"]},
    )
    for way in ways:
        assert refused(actors, "produsen", "package_patch", id=dataset["id"], **way), way
    opened = actors.act("walidata", "package_patch", id=dataset["id"], private=False, accessRights="terbuka")
    assert opened["private"] is False
    actors.act("walidata", "package_delete", id=dataset["id"])
    assert refused(actors, "produsen", "package_patch", id=dataset["id"], state="active")
    assert refused(actors, "walidata", "satudata_dataset_unpublish", id=dataset["id"], reason="x")


def test_no_other_type_gets_round_the_workflow():
    actors = cast()
    assert refused(actors, "produsen", "package_create", type="other", name="lain", owner_org=actors.organization["id"])


def test_harvest_does_not_publish_what_walidata_took_out():
    from tests.publication.datasets import make_harvested

    actors = cast()
    dataset = make_harvested(title="Data mitra", owner_org=actors.organization["id"])
    actors.act("walidata", "satudata_dataset_unpublish", id=dataset["id"], reason="Keliru")
    user = helpers.call_action("get_site_user")["name"]
    record = {"id": dataset["id"], "name": dataset["name"], "owner_org": actors.organization["id"], "title": "Lagi"}
    written = helpers.call_action(
        "package_update", {"user": user, HARVEST_CONTEXT: True}, **record, publishing_status="approved"
    )
    assert written["publishing_status"] == "rejected"
    assert refused(actors, "anonymous", "package_show", id=dataset["id"])
    assert actors.act("anonymous", "package_search", q="title:Lagi")["count"] == 0


def test_change_of_a_table_is_checked_again():
    actors = cast()
    dataset = actors.at("produsen:submit", "walidata:approve")
    table = {"resource_id": dataset["resources"][0]["id"], "force": True}
    actors.act("sysadmin", "datastore_create", **table, fields=[{"id": "n", "type": "int4"}], records=[{"n": 1}])
    assert actors.act("walidata", "satudata_review_show", id=dataset["id"])["state"] == "approved"
    actors.act("produsen", "datastore_upsert", **table, method="insert", records=[{"n": 2}])
    review = actors.act("walidata", "satudata_review_show", id=dataset["id"])
    assert (review["state"], review["published"], review["events"][0]["step"]) == ("in_review", True, "change")


def test_pembina_data_check_what_walidata_change_of_priority_data():
    actors = cast()
    steps = ("produsen:submit", "walidata:approve", "pembina:approve")
    dataset = actors.at(*steps, prioritas_tahun="2026")
    actors.act("walidata", "package_patch", id=dataset["id"], notes="Definisi lain")
    assert actors.act("pembina", "satudata_review_show", id=dataset["id"])["turn"] == "pembina"
    actors.act("produsen", "package_patch", id=dataset["id"], notes="Definisi ketiga")
    assert actors.act("walidata", "satudata_review_show", id=dataset["id"])["turn"] == "walidata"


def test_without_pembina_data_walidata_decide(monkeypatch):
    monkeypatch.setitem(tk.config, "ckanext.satudatapmi.pembina_data", ["tidak-ada"])
    actors = cast()
    dataset = actors.at("produsen:submit", "walidata:approve", prioritas_tahun="2026")
    assert actors.act("walidata", "satudata_review_show", id=dataset["id"])["state"] == "approved"


def test_search_for_resources_does_not_tell_of_hidden_ones():
    actors = cast()
    actors.dataset()
    for offset in (0, 50):
        found = actors.act("anonymous", "resource_search", query="name:Penempatan", offset=offset)
        assert (found["count"], found["results"]) == (0, [])


def test_who_left_the_organisation_is_told_no_more():
    actors = cast()
    dataset = actors.at("produsen:submit")
    actors.act(
        "sysadmin", "member_delete", id=actors.organization["id"], object=actors.people["produsen"], object_type="user"
    )
    actors.act("walidata", "satudata_dataset_return", id=dataset["id"], reason="Alasan")
    assert actors.act("produsen", "satudata_notice_list")["unseen"] == 0


@pytest.mark.parametrize("reason", ["\x00", "x" * 20_000], ids=["null", "long"])
def test_odd_reasons_are_no_reason_to_fail(reason):
    actors = cast()
    dataset = actors.at("produsen:submit")
    assert refused(actors, "walidata", "satudata_dataset_return", id=dataset["id"], reason=reason)


def test_file_of_published_data_is_deleted_by_those_who_may_change_it():
    actors = cast()
    dataset = actors.at("produsen:submit", "walidata:approve")
    actors.act("produsen", "resource_delete", id=dataset["resources"][0]["id"])
    assert refused(actors, "outsider", "resource_delete", id=dataset["resources"][0]["id"])


def test_nobody_but_a_harvester_says_where_data_come_from():
    actors = cast()
    dataset = actors.dataset(source_name="kemnaker", harvest_flags="[]")
    assert not dataset.get("source_name")
