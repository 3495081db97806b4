"""MS-Keg is stored once for all datasets of an activity, and goes in and out as if it were theirs."""

from __future__ import annotations

import json

import ckan.model as model
import ckan.plugins.toolkit as tk
import pytest
import sqlalchemy as sa

from ckanext.satudatapmi.catalogue import activities
from ckanext.satudatapmi.publication import store
from tests.catalogue.actors import cast
from tests.catalogue.complete import COMPLETE
from tests.publication.datasets import make_harvested

pytestmark = pytest.mark.usefixtures("pembina_data")

KEG = {name: value for name, value in COMPLETE.items() if name in activities.fields()}


@pytest.fixture(autouse=True)
def no_activities(portal):
    model.Session.execute(sa.delete(activities.ACTIVITY))
    model.Session.commit()


def stored() -> int:
    return model.Session.scalar(sa.select(sa.func.count()).select_from(activities.ACTIVITY))


def test_datasets_of_an_activity_share_it():
    actors = cast()
    first, second = actors.dataset(), actors.dataset(title="Data lain")
    assert first["kegiatan"] == second["kegiatan"]
    assert stored() == 1
    assert "judul_kegiatan" not in model.Package.get(first["id"]).extras
    for shown in (first, second, actors.act("produsen", "package_show", id=first["id"])):
        assert {name: shown[name] for name in KEG} == KEG


def test_activity_is_searched_shown_and_published_with_its_datasets():
    actors = cast()
    dataset = actors.at("produsen:submit", "walidata:approve", judul_kegiatan="Survei Zamrud")
    (found,) = tk.get_action("package_search")({"user": ""}, {"q": "Zamrud"})["results"]
    assert (found["id"], found["judul_kegiatan"]) == (dataset["id"], "Survei Zamrud")
    (published,) = store.read_page(1, 10).datasets
    assert {name: published[name] for name in KEG} == KEG | {"judul_kegiatan": "Survei Zamrud"}


def test_other_answers_of_one_dataset_leave_the_others_as_they_are():
    actors = cast()
    first, second = actors.dataset(), actors.dataset()
    changed = actors.act("produsen", "package_patch", id=first["id"], tahun="2027")
    assert changed["kegiatan"] != second["kegiatan"]
    assert actors.act("produsen", "package_show", id=second["id"])["tahun"] == "2026"
    back = actors.act("produsen", "package_patch", id=first["id"], tahun="2026")
    assert back["kegiatan"] == second["kegiatan"]
    assert activities.forget_unused() == 1
    assert stored() == 1


def test_dataset_takes_the_activity_that_it_names():
    actors = cast()
    first = actors.dataset()
    bare = actors.dataset(**dict.fromkeys(KEG, ""), kegiatan=first["kegiatan"])
    assert {name: bare[name] for name in KEG} == KEG
    other = actors.dataset(tahun="2027")
    moved = actors.act("produsen", "package_patch", id=bare["id"], kegiatan=other["kegiatan"])
    assert (moved["kegiatan"], moved["tahun"]) == (other["kegiatan"], "2027")
    with pytest.raises(tk.ValidationError, match="activity"):
        actors.dataset(**dict.fromkeys(KEG, ""), kegiatan="tidak-ada")


def test_answers_can_be_taken_out():
    actors = cast()
    dataset = actors.dataset()
    emptied = actors.act("produsen", "package_patch", id=dataset["id"], **dict.fromkeys(KEG, ""), kegiatan="")
    assert not emptied.get("judul_kegiatan")
    assert activities.forget_unused() == 1
    assert stored() == 0


def test_harvested_records_share_their_activity(shared):
    actors = cast()
    records = json.loads((shared / "data/datajson/bapanas01.json").read_text(encoding="utf-8-sig"))["dataset"]
    for record in records:
        keg = {name: record[name] for name in activities.fields() if isinstance(record.get(name), str) and record[name]}
        make_harvested(title=record["title"], owner_org=actors.organization["id"], **keg)
        make_harvested(title="Lagi", owner_org=actors.organization["id"], **keg)
    assert stored() == len({record["judul_kegiatan"] for record in records})


def test_activity_is_changed_for_all_of_its_datasets():
    actors = cast()
    first, second = actors.dataset(), actors.dataset(title="Data lain")
    changed = actors.act("produsen", "satudata_activity_update", id=first["kegiatan"], tahun="2027")
    assert (changed["answers"]["tahun"], [one["title"] for one in changed["datasets"]]) == (
        "2027",
        sorted([first["title"], "Data lain"]),
    )
    for dataset in (first, second):
        assert actors.act("produsen", "package_show", id=dataset["id"])["tahun"] == "2027"
    assert (activities.forget_unused(), stored()) == (1, 1)


def test_change_that_is_refused_for_one_dataset_changes_none():
    actors = cast()
    first = actors.dataset()
    with pytest.raises(tk.ValidationError, match="MS-Keg"):
        actors.act("produsen", "satudata_activity_update", id=first["kegiatan"], judul="x")
    actors.at("produsen:submit")
    with pytest.raises(tk.NotAuthorized):
        actors.act("produsen", "satudata_activity_update", id=first["kegiatan"], tahun="2027")
    assert actors.act("produsen", "package_show", id=first["id"])["tahun"] == "2026"


@pytest.mark.parametrize(
    ("role", "shown", "listed", "changeable"),
    [
        ("anonymous", False, False, False),
        ("outsider", False, False, False),
        ("member", True, False, False),
        ("produsen", True, True, True),
        ("walidata", True, True, True),
        ("pembina", False, False, False),
        ("sysadmin", True, True, True),
    ],
)
def test_activity_is_for_those_who_may_see_one_of_its_datasets(role, shown, listed, changeable):
    actors = cast()
    dataset = actors.dataset(ii_pj_nama="Fulan bin Fulan")
    calls = {
        "satudata_activity_show": ({"id": dataset["kegiatan"]}, shown),
        "satudata_activity_list": ({"organization": actors.organization["id"]}, listed),
        "satudata_activity_update": ({"id": dataset["kegiatan"], "tahun": "2027"}, changeable),
    }
    for action, (values, allowed) in calls.items():
        try:
            found = actors.act(role, action, **values)
        except (tk.NotAuthorized, tk.ObjectNotFound):
            assert not allowed
        else:
            assert allowed
            if action == "satudata_activity_show":
                assert ("ii_pj_nama" in found["answers"]) is changeable
                assert found["changeable"] is changeable


def test_dataset_that_moves_to_another_body_takes_its_answers_along():
    from ckan.tests import factories

    actors = cast()
    dataset = actors.dataset()
    other = factories.Organization(users=[{"name": actors.people["produsen"], "capacity": "editor"}])
    for reference in (other["id"], actors.organization["name"]):
        moved = actors.act("produsen", "package_patch", id=dataset["id"], owner_org=reference)
        assert {name: moved[name] for name in KEG} == KEG
    assert moved["kegiatan"] == dataset["kegiatan"]
    named = actors.dataset(
        owner_org=actors.organization["name"], **dict.fromkeys(KEG, ""), kegiatan=dataset["kegiatan"]
    )
    assert named["tahun"] == "2026"
