"""Uploaded tables become data: confirmed whole or not at all, read again with what was kept, stopped where they differ."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import ckan.model as model
import ckan.plugins.toolkit as tk
import pytest
import sqlalchemy as sa
from sqlalchemy.exc import OperationalError
from werkzeug.datastructures import FileStorage

from ckanext.satudatapmi.catalogue import table_confirmation, table_descriptions
from ckanext.satudatapmi.catalogue.table_descriptions import TABLE
from ckanext.satudatapmi.figures.store.tables import FIGURE_LOAD, OBSERVATION
from ckanext.satudatapmi.reference import review
from ckanext.satudatapmi.tables.loader import LoadError
from tests.catalogue.actors import Cast, cast
from tests.one_portal import portal
from tests.reference.naming import forget_names, number_of

__all__ = ["portal"]

pytestmark = [pytest.mark.usefixtures("pembina_data"), pytest.mark.slow]

CSV = "Tabel 2. Penempatan PMI (orang);;\nNegara;2023;2024\nMalaysia;10;20\nTaiwan;30;40\nJumlah;40;60\n"
DESCRIPTION = {"header": [2], "unpivot": "tahun", "satuan": "orang"}
PLACEMENT = DESCRIPTION | {"facet": "bp2mi_placement"}
ROLES = ("anonymous", "outsider", "member", "pembina")


@pytest.fixture(autouse=True)
def storage(tmp_path: Path, monkeypatch, ckan_config):
    """A folder of uploaded files for each test, and a single data that keeps nothing of it."""
    monkeypatch.setitem(ckan_config, "ckan.storage_path", str(tmp_path))
    yield
    model.Session.rollback()
    for name in ("finding", "observation", "series", "figure_load", "table_description", "name_seen"):
        model.Session.execute(sa.text(f"DELETE FROM satudatapmi_{name}"))
    model.Session.commit()


@pytest.fixture(scope="module")
def actors(portal) -> Cast:
    return publishers()


def publishers() -> Cast:
    """People of the organisation that publishes the placements."""
    actors = cast()
    actors.act("sysadmin", "organization_patch", id=actors.organization["id"], name="bp2mi")
    return actors


def file(text: str) -> FileStorage:
    return FileStorage(io.BytesIO(text.encode()), "tabel.csv")


def uploaded(actors: Cast, text: str = CSV) -> str:
    """Upload a table; return the id of its resource."""
    dataset = actors.dataset()
    made = actors.act("produsen", "resource_create", package_id=dataset["id"], url="", upload=file(text), name="Tabel")
    return made["id"]


def replaced(actors: Cast, resource: str, text: str) -> None:
    actors.act("produsen", "resource_patch", id=resource, upload=file(text))


def confirm(actors: Cast, resource: str, description: Any = None, **more: Any) -> dict[str, Any]:
    given = {"id": resource, "description": DESCRIPTION if description is None else description} | more
    return actors.act("produsen", "satudata_table_description_confirm", **given)


def proposal(actors: Cast, resource: str, **more: Any) -> dict[str, Any]:
    return actors.act("produsen", "satudata_table_proposal_show", id=resource, **more)


def in_datastore(resource: str) -> list[tuple[Any, ...]]:
    found = tk.get_action("datastore_search")({"ignore_auth": True}, {"resource_id": resource, "sort": "_id"})
    return [(row["kode_negara"], row["tahun"], int(row["nilai"])) for row in found["records"]]


def observations(resource: str) -> list[int]:
    query = sa.select(OBSERVATION.c.value).join(FIGURE_LOAD, FIGURE_LOAD.c.id == OBSERVATION.c.load_id)
    return sorted(int(value) for value in model.Session.scalars(query.where(FIGURE_LOAD.c.resource_id == resource)))


def versions(resource: str) -> list[int]:
    query = sa.select(TABLE.c.version).where(TABLE.c.resource_id == resource).order_by(TABLE.c.version)
    return list(model.Session.scalars(query))


def test_confirmed_table_is_kept_loaded_and_grows_the_single_data(actors):
    resource = uploaded(actors)
    seen = proposal(actors, resource)
    assert (seen["description"], seen["kept"], seen["totals"]) == (DESCRIPTION, False, True)
    done = confirm(actors, resource, PLACEMENT, sha256=seen["sha256"])
    assert (done["version"], done["rows"], done["figures"], done["left_out"]) == (1, 4, 4, [])
    assert in_datastore(resource)[0] == ("MYS", 2023, 10)
    assert observations(resource) == [10, 20, 30, 40]
    kept = actors.act("produsen", "satudata_table_description_show", id=resource)
    assert kept["description"] == PLACEMENT and kept["confirmed_by"] == actors.people["produsen"]
    again = proposal(actors, resource)
    assert (again["description"], again["kept"], again["changes"]) == (PLACEMENT, True, [])


def test_former_descriptions_stay_and_the_last_one_holds(actors):
    resource = uploaded(actors)
    confirm(actors, resource)
    assert confirm(actors, resource, "unpivot: tahun\nsatuan: orang\n")["version"] == 2
    kept = table_descriptions.of_resource(resource)
    assert versions(resource) == [1, 2]
    assert kept is not None and kept.description == {"unpivot": "tahun", "satuan": "orang"}


@pytest.mark.parametrize(
    ("text", "description", "field", "says"),
    [
        (CSV.replace("30;40", "tiga;40"), DESCRIPTION, "file", ("tabel.csv", "4", "2023", "tiga")),
        (CSV, DESCRIPTION | {"facet": "tidak-ada"}, "description", ("facet", "tidak-ada", "bp2mi_placement")),
        (CSV, DESCRIPTION | {"facet": "hong_kong_helpers"}, "description", ("bp2mi", "imigrasi-hong-kong")),
        (CSV, DESCRIPTION | {"header": [99]}, "file", ("tabel.csv", "99")),
        (CSV, PLACEMENT | {"satuan": "juta US$"}, "file", ("tabel.csv", "3", "2023", "juta US$")),
        (CSV, {"unpiwot": "tahun"}, "description", ("unpiwot", "unpivot")),
        (CSV, "unpivot: [", "description", ("YAML",)),
        (CSV, "a: &x [1]\nb: *x\n", "description", ("*",)),
        (CSV, "[1, 2]", "description", ("key: value",)),
        (CSV, "scale: .nan", "description", ("JSON",)),
    ],
)
def test_what_is_wrong_is_named_and_nothing_lands(actors, text, description, field, says):
    resource = uploaded(actors, text)
    with pytest.raises(tk.ValidationError) as refused:
        confirm(actors, resource, description)
    told = " ".join(refused.value.error_dict[field])
    assert [word for word in says if word not in told] == []
    nothing_landed(resource)


def nothing_landed(resource: str) -> None:
    assert (versions(resource), observations(resource)) == ([], [])
    with pytest.raises(tk.ObjectNotFound):
        in_datastore(resource)


def test_what_the_datastore_refuses_leaves_no_description_and_no_figure(actors, monkeypatch):
    def refuse(resource_id: str, *_args: Any) -> int:
        raise LoadError(resource_id, "penuh")

    resource = uploaded(actors)
    monkeypatch.setattr(table_confirmation, "load_table", refuse)
    with pytest.raises(tk.ValidationError, match="penuh"):
        confirm(actors, resource, PLACEMENT)
    nothing_landed(resource)


@pytest.mark.parametrize("failing", ["grow", "review"])
def test_what_fails_beside_the_datastore_leaves_the_former_rows(actors, monkeypatch, failing):
    resource = uploaded(actors)
    confirm(actors, resource, PLACEMENT)
    before = in_datastore(resource)

    def fail(*_args: Any) -> None:
        raise OperationalError("INSERT", {}, Exception("lock timeout"))

    with monkeypatch.context() as patch:
        patch.setattr(*((review, "record") if failing == "review" else (table_confirmation, "grow")), fail)
        replaced(actors, resource, CSV.replace("10;20", "11;20"))
    assert (in_datastore(resource), observations(resource)) == (before, [10, 20, 30, 40])
    assert refused(actors, resource)


def test_name_without_a_code_waits_for_walidata_and_the_rest_lands(actors):
    resource = uploaded(actors, CSV.replace("Taiwan", "Kindom"))
    assert [one["text"] for one in proposal(actors, resource)["names"]] == ["Kindom"]
    done = confirm(actors, resource, PLACEMENT)
    assert (done["rows"], done["figures"]) == (4, 2) and "Kindom" in done["left_out"][0]
    report = actors.act("walidata", "satudata_name_report", id=resource)
    assert report["counts"]["unknown"] == 1


def test_decision_of_walidata_reaches_an_uploaded_table_and_its_taking_back_too(actors, monkeypatch):
    monkeypatch.setattr(tk, "enqueue_job", lambda function, arguments, **_more: function(*arguments))
    forget_names()
    resource = uploaded(actors, CSV.replace("Taiwan", "Kindom"))
    confirm(actors, resource, PLACEMENT)
    assert observations(resource) == [10, 20]
    number = number_of("Kindom")
    actors.act("walidata", "satudata_name_decide", id=number, code="GBR")
    assert ("GBR", 2024, 40) in in_datastore(resource) and observations(resource) == [10, 20, 30, 40]
    assert actors.act("walidata", "satudata_name_report", id=resource)["counts"]["learned"] == 1
    actors.act("walidata", "satudata_name_take_back", id=number)
    assert (None, 2024, 40) in in_datastore(resource)
    assert observations(resource) == [10, 20] and versions(resource) == [1]
    forget_names()


def test_file_replaced_while_it_was_looked_at_is_not_confirmed(actors):
    resource = uploaded(actors)
    seen = proposal(actors, resource)
    replaced(actors, resource, CSV.replace("10;20", "11;20"))
    with pytest.raises(tk.ValidationError) as refused:
        confirm(actors, resource, sha256=seen["sha256"])
    assert "file" in refused.value.error_dict
    nothing_landed(resource)


def test_new_file_of_the_layout_is_read_with_what_was_kept(actors):
    resource = uploaded(actors)
    confirm(actors, resource, PLACEMENT)
    replaced(actors, resource, CSV.replace("2024", "2024;2025").replace("20\n", "20;21\n").replace("40\n", "40;41\n"))
    assert ("MYS", 2025, 21) in in_datastore(resource)
    assert observations(resource) == [10, 20, 21, 30, 40, 41]
    assert versions(resource) == [1]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (CSV.replace("Negara;", "Asal;"), "asal"),
        (CSV.replace("(orang)", "(ribu orang)"), "1000 x orang"),
        (CSV.replace("30;40", "tiga;40"), "tiga"),
    ],
)
def test_file_laid_out_otherwise_leaves_the_former_table_and_says_why(actors, text, says):
    resource = uploaded(actors)
    confirm(actors, resource, PLACEMENT)
    before = in_datastore(resource)
    replaced(actors, resource, text)
    assert (in_datastore(resource), observations(resource)) == (before, [10, 20, 30, 40])
    seen = proposal(actors, resource)
    assert says in " ".join(seen["changes"]) and seen["description"]["facet"] == "bp2mi_placement"
    checked = actors.act("produsen", "satudata_table_check", id=resource)
    assert not checked["complies"] and says in " ".join(fault["message"] for fault in checked["faults"])


def refused(actors: Cast, resource: str, role: str = "produsen") -> bool:
    return actors.act(role, "satudata_table_state_show", id=resource)["refused"]


def to_do(actors: Cast, role: str = "produsen") -> list[str]:
    """Return the ids of the resources whose new file somebody has to look at."""
    return [one["resource_id"] for work in actors.act(role, "satudata_work_list") for one in work["tables"]]


def test_file_that_is_not_loaded_is_told_until_it_is(actors):
    resource = uploaded(actors)
    assert not refused(actors, resource)
    confirm(actors, resource)
    replaced(actors, resource, CSV.replace("(orang)", "(ribu orang)"))
    assert refused(actors, resource) and to_do(actors) == [resource]
    assert resource not in to_do(actors, "outsider") + to_do(actors, "pembina")
    replaced(actors, resource, CSV)
    assert not refused(actors, resource) and to_do(actors) == []
    replaced(actors, resource, "Bukan tabel")
    assert to_do(actors) == [resource]
    replaced(actors, resource, CSV.replace("(orang)", "(ribu orang)"))
    confirm(actors, resource, DESCRIPTION | {"scale": 1000})
    assert not refused(actors, resource) and to_do(actors) == []
    actors.act("produsen", "resource_delete", id=resource)
    assert to_do(actors) == []


def test_only_those_who_may_update_the_resource(actors):
    resource = uploaded(actors)
    confirm(actors, resource)
    for role in ROLES:
        for action in ("proposal_show", "description_confirm", "description_show"):
            with pytest.raises(tk.NotAuthorized):
                actors.act(role, f"satudata_table_{action}", id=resource, description=DESCRIPTION)
    assert versions(resource) == [1]


def test_resource_without_an_uploaded_table_is_told(actors):
    linked = actors.dataset()["resources"][0]["id"]
    with pytest.raises(tk.ValidationError) as refused:
        proposal(actors, linked)
    assert "file" in refused.value.error_dict
    with pytest.raises(tk.ObjectNotFound):
        actors.act("produsen", "satudata_table_description_show", id=linked)
