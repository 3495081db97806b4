"""Runs that wait for a person: frozen sources, dry runs, proposed sources, and what is decided about them."""

from __future__ import annotations

import json
from types import SimpleNamespace

import ckan.plugins.toolkit as tk
import pytest

from tests.harvesters import servers
from tests.harvesters.conftest import site_context
from tests.harvesters.test_harvest import catalogue, record, sums_match
from tests.partners.ckan_partner import CkanPartner

ACTIONS = ("stop", "now", "dry_run", "difference", "decide")
ALLOWED = {"walidata", "produsen", "sysadmin"}
"""Who may update a dataset of the organisation may update its harvest source: ckanext-harvest's rule."""


def records(count, **more):
    return [record(f"d{number:02}", **more) for number in range(count)]


def act(action, harvest, **values):
    return tk.get_action(f"satudata_harvest_{action}")(site_context(), {"id": harvest.source_id, **values})


def rows():
    """Return how many rows and documents there are of all that makes a dataset."""
    import ckan.model as model
    import sqlalchemy as sa
    from ckan.lib.search.common import make_connection
    from ckanext.activity.model import Activity

    model.Session.rollback()
    tables = (model.Package, model.Resource, model.PackageTag, model.Member, model.ResourceView, Activity)
    counts = [model.Session.scalar(sa.select(sa.func.count()).select_from(table)) for table in tables]
    return [*counts, make_connection().search("*:*", fq="entity_type:package AND dataset_type:dataset", rows=0).hits]


def is_held(harvest):
    from ckanext.satudatapmi.harvesters import holds

    return holds.open_hold(harvest.source_id) is not None


@pytest.fixture
def harvest(partner, harvest_of):
    """A source of 12 datasets, harvested."""
    partner.serve("/data.json", catalogue(*records(12)))
    found = harvest_of(partner.url + "/data.json", config={"paged": False, "policy": {"max_creations": 0.9}})
    assert found.run()["created"] == 12
    return found


def serve(partner, *entries):
    partner.serve("/data.json", catalogue(*entries))


FROZEN = {
    "empty": (catalogue, "empty"),
    "empty in other words": (lambda: b'{"result": {"datasets": []}}', "empty"),
    "shrunk": (lambda: catalogue(*records(6)), "6 of 12 datasets have vanished"),
    "doubled": (lambda: catalogue(*records(12), *(record(f"salinan-{n}") for n in range(12))), "12 datasets are new"),
    "another": (lambda: catalogue(*(record(f"lain-{n}") for n in range(12))), "12 of 12 datasets have vanished"),
}


@pytest.mark.parametrize("answer", FROZEN)
def test_suspicious_answer_freezes_the_source(partner, harvest, answer):
    content, told = FROZEN[answer]
    before, datasets = rows(), harvest.datasets()
    partner.serve("/data.json", content())
    report = harvest.run()
    assert (report["status"], report["created"], report["updated"], report["deleted"]) == ("Finished", 0, 0, 0)
    assert told in report["error"] and harvest.name in report["error"]
    assert report["error"] in harvest.errors()
    assert (rows(), harvest.datasets()) == (before, datasets)
    shown = act("difference", harvest)
    assert not shown["asked"] and any(told in reason for reason in shown["reasons"])


def test_truncated_catalogue_freezes_the_source(partner, harvest_of):
    pages = {"": records(6), "?page=1": records(6), "?page=2": records(12)[6:], "?page=3": records(12)[6:]}
    for query, entries in pages.items():
        partner.serve(f"/data.json{query}", catalogue(*entries))
    harvest = harvest_of(partner.url + "/data.json")
    assert harvest.run()["created"] == 12
    before = rows()
    partner.do("/data.json?page=2", servers.status(500))
    partner.serve("/data.json", catalogue(record("d00", title="Judul baru"), *records(6)[1:]))
    report = harvest.run()
    assert "could not be read to its end" in report["error"] and not report["complete"]
    assert rows() == before and is_held(harvest)


def test_rejected_truncated_catalogue_is_not_asked_about_again(partner, harvest_of):
    for query, entries in {"": records(6), "?page=2": records(12)[6:], "?page=3": records(12)[6:]}.items():
        partner.serve(f"/data.json{query}", catalogue(*entries))
    harvest = harvest_of(partner.url + "/data.json")
    assert harvest.run()["created"] == 12
    partner.do("/data.json?page=2", servers.status(500))
    harvest.run()
    act("decide", harvest, accept=False)
    report = harvest.run()
    assert "could not be read to its end" in report["error"] and not is_held(harvest)
    partner.do("/data.json?page=2", servers.silence(0))
    partner.serve("/data.json?page=2", catalogue())
    harvest.run()
    assert is_held(harvest), "another answer is another question"


def test_catalogue_with_each_record_twice_is_as_it_was(partner, harvest):
    before = rows()
    serve(partner, *records(12), *records(12))
    report = harvest.run()
    assert (report["unchanged"], report["identical_repeats"], report["error"]) == (12, 12, "")
    assert rows() == before


def test_accepting_does_what_was_shown_though_the_partner_has_changed_since(partner, harvest):
    serve(partner, record("d00", title="Judul baru"), *records(6)[1:], record("baru"))
    harvest.run()
    shown = act("difference", harvest, limit=200)
    assert shown["counts"] == {"created": 1, "changed": 1, "vanished": 6, "returned": 0, "deleted": 6}
    told = {one["identifier"]: one for one in shown["datasets"]}
    assert (shown["count"], len(told)) == (8, 8)
    assert told["d00"]["fields"] == {"title": {"before": "Penempatan d00", "after": "Judul baru"}}
    assert (told["baru"]["action"], told["d11"]["action"]) == ("add", "delete")
    serve(partner, *records(12, title="Sama sekali lain"))
    job = act("decide", harvest, accept=True, reason="mitra ditanya")["job"]
    report = harvest.work(job)
    assert (report["created"], report["updated"], report["deleted"]) == (1, 1, 6)
    found = harvest.datasets()
    assert set(found) == {*(f"d{number:02}" for number in range(6)), "baru"}
    assert (found["d00"]["title"], found["d01"]["title"]) == ("Judul baru", "Penempatan d01")
    assert not is_held(harvest)
    report = harvest.run()
    assert (report["updated"], report["deleted"]) == (12, 1), "those that were deleted come back as what they were"


def test_decision_is_kept_with_who_took_it_and_why(partner, harvest):
    from ckanext.satudatapmi.harvesters import ledger

    serve(partner, *records(5))
    held = harvest.run()["job"]
    assert act("decide", harvest, accept=False, reason="setengah\0 katalog")["job"] == held
    run = ledger.run(held)
    assert (run.decision, run.reason) == ("rejected", "setengah katalog")
    assert run.decided_by == tk.get_action("user_show")(site_context(), {"id": site_context()["user"]})["id"]
    for action in ("difference", "decide"):
        with pytest.raises(tk.ObjectNotFound):
            act(action, harvest, accept=True)


def test_rejected_difference_is_not_asked_about_again_but_another_is(partner, harvest):
    serve(partner, *records(5))
    harvest.run()
    act("decide", harvest, accept=False)
    report = harvest.run()
    assert "7 of 12" in report["error"] and not is_held(harvest)
    serve(partner, *records(4))
    harvest.run()
    assert is_held(harvest) and act("difference", harvest)["counts"]["vanished"] == 8
    assert len(harvest.datasets()) == 12


def test_mended_catalogue_lifts_the_hold(partner, harvest):
    from ckanext.satudatapmi.harvesters import ledger, staging

    serve(partner, *records(3))
    held = harvest.run()["job"]
    serve(partner, *records(12), record("baru"))
    report = harvest.run()
    assert (report["created"], report["error"]) == (1, "")
    assert not is_held(harvest)
    assert ledger.run(held).decision == "lifted"
    assert staging.staged_guids(held) == []


def test_later_look_at_a_frozen_source_replaces_the_difference(partner, harvest):
    serve(partner, *records(3))
    harvest.run()
    serve(partner, *records(4))
    second = harvest.run()["job"]
    shown = act("difference", harvest)
    assert (shown["job"], shown["counts"]["vanished"]) == (second, 8)


def test_hold_cannot_be_accepted_while_the_source_is_harvested(partner, harvest):
    serve(partner, *records(3))
    harvest.run()
    tk.get_action("harvest_job_create")(site_context(), {"source_id": harvest.source_id, "run": False})
    with pytest.raises(tk.ObjectNotFound):
        act("decide", harvest, accept=True)
    assert is_held(harvest)


def test_dry_run_writes_nothing_and_shows_everything(partner, harvest):
    before = rows()
    serve(partner, record("d00", description="Lain"), *records(11)[1:], record("baru"))
    job = act("dry_run", harvest)["job"]
    with pytest.raises(tk.ValidationError):
        act("dry_run", harvest)
    report = harvest.work(job)
    assert (report["status"], report["error"], report["waiting"]) == ("Finished", "", 2)
    assert rows() == before
    shown = act("difference", harvest)
    assert shown["asked"] and shown["known"] == 12
    assert {(one["identifier"], one["action"]) for one in shown["datasets"]} == {
        ("d00", "change"),
        ("baru", "add"),
        ("d11", "delete"),
    }
    (first,) = act("difference", harvest, limit=1)["datasets"]
    (second,) = act("difference", harvest, offset=1, limit=1)["datasets"]
    assert first != second
    assert harvest.run()["error"] == ""
    assert len(harvest.datasets()) == 12 and not is_held(harvest)


@pytest.mark.parametrize("values", [{"limit": "x"}, {"offset": -1}, {"offset": 2**40}])
def test_part_of_a_difference_has_to_be_a_number(partner, harvest, values):
    harvest.work(act("dry_run", harvest)["job"])
    with pytest.raises(tk.ValidationError):
        act("difference", harvest, **values)


def test_dry_run_of_a_source_without_a_change_has_nothing_to_show(partner, harvest):
    harvest.work(act("dry_run", harvest)["job"])
    shown = act("difference", harvest)
    assert (shown["count"], shown["datasets"], set(shown["counts"].values())) == (0, [], {0})


def test_proposed_source_is_harvested_after_it_was_accepted(partner, harvest_of):
    from ckanext.satudatapmi.harvesters import runs

    serve(partner, *records(3))
    harvest = harvest_of(partner.url + "/data.json", config={"paged": False, "proposed": True})
    with pytest.raises(tk.ValidationError):
        act("now", harvest)
    assert runs.start_jobs([harvest.source_id]) == []
    before = rows()
    harvest.work(act("dry_run", harvest)["job"])
    assert rows() == before and act("difference", harvest)["counts"]["created"] == 3
    report = harvest.work(act("decide", harvest, accept="true")["job"])
    assert report["created"] == 3
    config = tk.get_action("harvest_source_show")(site_context(), {"id": harvest.source_id})["config"]
    assert json.loads(config) == {"paged": False}
    assert harvest.run()["unchanged"] == 3


def test_proposed_source_that_was_refused_stays_proposed(partner, harvest_of):
    serve(partner, *records(3))
    harvest = harvest_of(partner.url + "/data.json", config={"proposed": True})
    harvest.work(act("dry_run", harvest)["job"])
    act("decide", harvest, accept=False)
    assert harvest.datasets() == {}
    with pytest.raises(tk.ValidationError):
        act("now", harvest)


@pytest.mark.parametrize("decision", ["accepted", "rejected", "lifted", "replaced"])
def test_report_of_a_held_run_adds_up_whatever_became_of_it(partner, harvest, decision):
    from ckanext.satudatapmi.harvesters.report import harvest_report
    from ckanext.satudatapmi.harvesters.report_files import report_lines

    serve(partner, record("d00", title="Judul baru"), *records(5)[1:], record("baru"))
    report = harvest.run()
    assert (report["waiting"], report["not_done"], report["vanished"]) == (2, 0, 0) and sums_match(report)
    if decision in ("accepted", "rejected"):
        job = act("decide", harvest, accept=decision == "accepted")["job"]
        if decision == "accepted":
            assert sums_match(harvest.work(job))
    else:
        serve(partner, *records(12 if decision == "lifted" else 4))
        harvest.run()
    report = harvest_report(report["job"])
    assert (report["waiting"], report["not_done"], report["vanished"]) == (0, 2, 0) and sums_match(report)
    assert [line["records"] for line in report_lines(report) if "undone" in line["problem"]] == [2]
    if decision == "rejected":
        again = harvest.run()
        assert again["not_done"] == 2 and sums_match(again) and not is_held(harvest)


@pytest.mark.parametrize("keep_current", [False, True])
def test_cleared_history_takes_what_waits_with_it_and_the_next_run_brings_it(partner, harvest_of, keep_current):
    other = CkanPartner(partner)
    ids = [other.add(f"Dataset {number}") for number in range(3)]
    harvest = harvest_of(partner.url, "satudata_ckan", config={"proposed": True})
    harvest.work(act("dry_run", harvest)["job"])
    cleared = {"id": harvest.source_id, "keep_current": keep_current}
    tk.get_action("harvest_source_job_history_clear")(site_context(), cleared)
    tk.get_action("harvest_sources_job_history_clear")(site_context(), {"keep_current": keep_current})
    with pytest.raises(tk.ObjectNotFound):
        act("decide", harvest, accept=True)
    harvest.work(act("dry_run", harvest)["job"])
    assert harvest.work(act("decide", harvest, accept=True)["job"])["created"] == len(ids)
    assert harvest.run()["unchanged"] == len(ids)


def test_hold_that_has_lost_a_part_of_what_it_would_do_is_not_accepted(partner, harvest):
    import ckan.model as model

    from ckanext.satudatapmi.harvesters import staging

    serve(partner, *records(3))
    held = harvest.run()["job"]
    staging.drop(held, (staging.HELD,))
    model.Session.commit()
    with pytest.raises(tk.ObjectNotFound):
        act("decide", harvest, accept=True)
    assert harvest.run()["job"] != held and act("difference", harvest)["count"] == 9


@pytest.fixture(scope="module")
def guarded(site):
    """A source of an organisation with people of every duty, and a run that waits."""
    from tests.catalogue.actors import cast
    from tests.emptying import empty_portal

    empty_portal()
    people = cast()
    with servers.partner_server() as partner:
        source = tk.get_action("harvest_source_create")(
            site_context(),
            {
                "name": "sumber-dijaga",
                "title": "Sumber",
                "url": partner.url + "/data.json",
                "source_type": "data_json",
                "owner_org": people.organization["id"],
                "frequency": "MANUAL",
            },
        )
        yield SimpleNamespace(people=people, source=source)


@pytest.mark.parametrize("role", ["anonymous", "outsider", "member", "produsen", "walidata", "pembina", "sysadmin"])
@pytest.mark.parametrize("action", ACTIONS)
def test_only_those_who_manage_a_source_act_on_it(guarded, role, action):
    asked = {"id": guarded.source["id"]}
    user = {"user": guarded.people.people[role], "ignore_auth": False}
    if role in ALLOWED:
        assert tk.check_access(f"satudata_harvest_{action}", user, asked)
        return
    with pytest.raises(tk.NotAuthorized):
        tk.get_action(f"satudata_harvest_{action}")(user, {**asked, "accept": True})


@pytest.mark.parametrize("action", ACTIONS)
@pytest.mark.parametrize("reference", ["tidak-ada", "\0", "x" * 300])
def test_unknown_source_is_told(guarded, action, reference):
    with pytest.raises(tk.ObjectNotFound):
        tk.get_action(f"satudata_harvest_{action}")(site_context(), {"id": reference, "accept": True})


@pytest.mark.parametrize("action", ACTIONS)
def test_action_without_a_source_is_refused(guarded, action):
    with pytest.raises(tk.ValidationError):
        tk.get_action(f"satudata_harvest_{action}")(site_context(), {})
