"""The queue of names: what is asked, who decides, what a decision does, and that it can be taken back."""

from __future__ import annotations

import ckan.model as model
import ckan.plugins.toolkit as tk
import pytest
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from ckanext.satudatapmi.reference import review
from ckanext.satudatapmi.reference.learned import context_of
from ckanext.satudatapmi.reference.matchers import match_all
from ckanext.satudatapmi.reference.matching import MatchStatus
from tests.catalogue.actors import ROLES, Cast, cast
from tests.catalogue.conftest import pembina_data
from tests.reference.naming import EAST_JAVA, forget_names, harvest, number_of, seen

__all__ = ["pembina_data"]
pytestmark = pytest.mark.usefixtures("portal", "pembina_data", "no_names")

HERE = context_of(EAST_JAVA)
WALIDATA = {"walidata", "sysadmin"}


@pytest.fixture
def no_names(portal):
    forget_names()


@pytest.fixture
def actors(portal) -> Cast:
    return cast()


@pytest.fixture
def dataset(actors) -> dict:
    return actors.dataset("sysadmin")


def listed(actors: Cast, role: str = "walidata", **wanted) -> list[dict]:
    return actors.act(role, "satudata_name_question_list", **wanted)["results"]


def decide(actors: Cast, text: str, code: str, role: str = "walidata", context: str = "", **more) -> None:
    codes = "wilayah" if context else "negara"
    actors.act(role, "satudata_name_decide", id=number_of(text, codes, context), code=code, **more)


def refusal(actors: Cast, action: str, **values) -> dict:
    with pytest.raises(tk.ValidationError) as caught:
        actors.act("walidata", action, **values)
    return caught.value.error_dict


def test_unknown_country_goes_to_review_and_a_known_one_does_not(actors, dataset):
    harvest(dataset, seen("negara", "Kindom", figures=3, row=7), seen("negara", "Malaysia"), seen("negara", "Kongo"))
    found = {one["name"]: one for one in listed(actors)}
    assert set(found) == {"kindom", "kongo"}
    kindom = found["kindom"]
    assert kindom["candidates"][0] == {"code": "GBR", "name": "Inggris"}
    assert (kindom["figures"], kindom["tables"], kindom["state"], kindom["guessed"]) == (3, 1, "open", False)
    (place,) = kindom["places"]
    assert (place["file"], place["source_row"], place["text"]) == ("tabel.csv", 7, "Kindom")
    assert (place["dataset"], place["resource_id"]) == (dataset["name"], dataset["resources"][0]["id"])
    assert place["printed"] == ["Kindom", "1.234"]
    assert {one["code"] for one in found["kongo"]["candidates"]} == {"COG", "COD"}


def test_likeness_is_asked_about_as_well_and_marked(actors, dataset):
    harvest(dataset, seen("negara", "Malaisia"))
    (one,) = listed(actors)
    assert (one["guessed"], one["candidates"][0]["code"]) == (True, "MYS")


def test_names_beside_most_figures_come_first_page_by_page(actors, dataset):
    harvest(dataset, *(seen("negara", f"Negeri {letter * 3}", figures=10 - at) for at, letter in enumerate("qwxyz")))
    first = actors.act("walidata", "satudata_name_question_list", limit=2)
    assert first["count"] == 5
    assert [one["figures"] for one in first["results"]] == [10, 9]
    assert [one["figures"] for one in listed(actors, limit=2, offset=4)] == [6]


def test_table_read_again_does_not_count_twice(actors, dataset):
    for _time in range(2):
        harvest(dataset, seen("negara", "Kindom", figures=3))
    (one,) = listed(actors)
    assert (one["figures"], one["tables"]) == (3, 1)
    harvest(dataset, seen("negara", "Malaysia"))
    assert listed(actors) == []


def test_decided_once_every_reading_finds_the_code(actors, dataset):
    harvest(dataset, seen("negara", "Kindom"))
    decide(actors, "Kindom", "GBR", note="Salah ketik")
    match = match_all("negara", ["KINDOM"], {}, review.learned())["KINDOM"]
    assert (match.code, match.status) == ("GBR", MatchStatus.LEARNED)
    assert listed(actors) == []
    (one,) = listed(actors, state="decided")
    assert (one["code"], one["everywhere"], one["note"]) == ("GBR", True, "Salah ketik")
    harvest(dataset, seen("negara", "Kindom"))
    assert listed(actors) == []
    assert actors.act("anonymous", "satudata_name_report", id=dataset["resources"][0]["id"])["counts"]["learned"] == 1


def test_decision_holds_in_its_context_or_everywhere_as_decided(actors, dataset):
    harvest(dataset, seen("wilayah", "Kediri", EAST_JAVA), seen("wilayah", "Kediri", {"within": "35"}, field="daerah"))
    decide(actors, "Kediri", "35.71", context=HERE)
    assert match_all("wilayah", ["Kediri"], EAST_JAVA, review.learned())["Kediri"].code == "35.71"
    assert match_all("wilayah", ["Kediri"], {}, review.learned())["Kediri"].code is None
    assert [one["context"] for one in listed(actors)] == ["within=35"]
    decide(actors, "Kediri", "35.06", context="within=35", everywhere=True)
    assert listed(actors) == []
    assert match_all("wilayah", ["Kediri"], {}, review.learned())["Kediri"].code == "35.06"
    assert match_all("wilayah", ["Kediri"], EAST_JAVA, review.learned())["Kediri"].code == "35.71"


def test_decision_for_everywhere_answers_the_open_questions_that_it_fits(actors, dataset):
    contexts = ({"within": "35"}, {"within": "32"}, {})
    harvest(dataset, *(seen("wilayah", "Kdiri", one, field=f"f{at}") for at, one in enumerate(contexts)))
    decide(actors, "Kdiri", "35.06", context="within=35", everywhere=True)
    assert [one["context"] for one in listed(actors)] == ["within=32"]
    assert {one["context"] for one in listed(actors, state="decided")} == {"within=35", ""}


def test_decision_taken_back_opens_what_it_answered_and_is_kept_as_a_record(actors, dataset):
    harvest(dataset, seen("negara", "Kindom"))
    decide(actors, "Kindom", "GBR")
    number = number_of("Kindom")
    assert actors.act("walidata", "satudata_name_take_back", id=number) == {"state": "open"}
    assert review.learned() == {}
    assert [one["name"] for one in listed(actors)] == ["kindom"]
    (kept,) = model.Session.execute(sa.select(review.ALIAS)).mappings()
    assert kept["code"] == "GBR" and kept["withdrawn_on"] and kept["withdrawn_by"]
    decide(actors, "Kindom", "IND")
    assert list(review.learned().values()) == ["IND"]


def test_name_that_means_no_code_is_not_asked_about_again_nor_taken_by_likeness(actors, dataset):
    harvest(dataset, seen("negara", "Malaisia"))
    actors.act("walidata", "satudata_name_refuse", id=number_of("Malaisia"))
    again = seen("negara", "Malaisia")
    assert (again.match.code, again.match.status) == (None, MatchStatus.UNKNOWN)
    harvest(dataset, again)
    assert listed(actors) == [] and [one["name"] for one in listed(actors, state="refused")] == ["malaisia"]


@pytest.mark.parametrize(
    ("wanted", "field"),
    [
        ({"code": "XXX"}, "code"),
        ({"code": "32.04"}, "code"),
        ({"code": ""}, "code"),
        ({}, "code"),
        ({"code": "35.06", "id": "abc"}, "id"),
        ({"code": "35.06", "id": 2**63}, "id"),
        ({"code": "35.06", "note": "x" * 5000}, "note"),
    ],
)
def test_bad_decision_is_named_and_changes_nothing(actors, dataset, wanted, field):
    harvest(dataset, seen("wilayah", "Kediri", EAST_JAVA))
    number = number_of("Kediri", "wilayah", HERE)
    error = refusal(actors, "satudata_name_decide", **({"id": number} | wanted))
    assert field in error
    assert wanted.get("code") not in ("XXX", "32.04") or wanted["code"] in str(error[field])
    assert review.learned() == {}


def test_what_is_decided_is_not_decided_again_before_it_is_taken_back(actors, dataset):
    harvest(dataset, seen("negara", "Kindom"))
    decide(actors, "Kindom", "GBR")
    assert "id" in refusal(actors, "satudata_name_decide", id=number_of("Kindom"), code="IND")
    actors.act("walidata", "satudata_name_take_back", id=number_of("Kindom"))
    assert "id" in refusal(actors, "satudata_name_take_back", id=number_of("Kindom"))


@pytest.mark.parametrize("action", ["satudata_name_decide", "satudata_name_refuse", "satudata_name_take_back"])
def test_walidata_of_the_table_decide_and_nobody_else(actors, dataset, action):
    harvest(dataset, seen("negara", "Kindom"))
    for role in ROLES:
        if action == "satudata_name_take_back":
            forget_names()
            harvest(dataset, seen("negara", "Kindom"))
            decide(actors, "Kindom", "GBR", role="sysadmin")
        values = {"id": number_of("Kindom")} | ({"code": "GBR"} if action == "satudata_name_decide" else {})
        if role in WALIDATA:
            actors.act(role, action, **values)
            forget_names()
            harvest(dataset, seen("negara", "Kindom"))
        else:
            with pytest.raises(tk.NotAuthorized):
                actors.act(role, action, **values)


def test_walidata_see_the_names_of_their_own_tables_alone(actors, dataset):
    from ckan.tests import factories

    harvest(dataset, seen("negara", "Kindom"))
    other = factories.User()["name"]
    factories.Organization(users=[{"name": other, "capacity": "admin"}])
    actors.people["elsewhere"] = other
    assert listed(actors, "elsewhere") == []
    with pytest.raises(tk.NotAuthorized):
        decide(actors, "Kindom", "GBR", role="elsewhere")
    for role in set(ROLES) - WALIDATA:
        with pytest.raises(tk.NotAuthorized):
            listed(actors, role)


def test_names_of_deleted_datasets_are_not_asked_about(actors, dataset):
    harvest(dataset, seen("negara", "Kindom"))
    actors.act("sysadmin", "package_delete", id=dataset["id"])
    assert listed(actors) == []


def test_report_of_a_private_table_is_for_those_who_see_it(actors):
    private = actors.dataset("sysadmin", accessRights="terbatas")
    harvest(private, seen("negara", "Kindom"))
    resource = private["resources"][0]["id"]
    with pytest.raises(tk.NotAuthorized):
        actors.act("anonymous", "satudata_name_report", id=resource)
    assert actors.act("walidata", "satudata_name_report", id=resource)["counts"]["unknown"] == 1


def test_awkward_names_do_not_fail_a_load(actors, dataset):
    odd = ("Kin\x00dom", "x" * 5000, "'; DROP TABLE package; --", "Élan vital", "名前")
    harvest(dataset, *(seen("negara", text) for text in odd), seen("negara", "Kindom"), seen("negara", "Kindom"))
    names = {one["name"] for one in listed(actors)}
    assert "kindom" in names and len(names) == 4


@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO satudatapmi_alias_learned (list, name, context, code, decided_by, decided_on) VALUES ('', 'a', '', 'X', 'u', now())",
        "INSERT INTO satudatapmi_alias_learned (list, name, context, code, decided_by, decided_on) VALUES ('n', 'kindom', '', 'X', 'u', now()), ('n', 'kindom', '', 'Y', 'u', now())",
        "INSERT INTO satudatapmi_name_question (list, name, context, candidates, first_seen, last_seen, state) VALUES ('n', 'a', '', '[]', now(), now(), 'decided')",
        "INSERT INTO satudatapmi_name_question (list, name, context, candidates, first_seen, last_seen) VALUES ('n', 'a', '', '{}', now(), now())",
        "INSERT INTO satudatapmi_name_question (list, name, context, candidates, first_seen, last_seen, state) VALUES ('n', 'a', '', '[]', now(), now(), 'x')",
    ],
)
def test_database_refuses_what_cannot_be(statement):
    with pytest.raises(IntegrityError):
        model.Session.execute(sa.text(statement))
    model.Session.rollback()
