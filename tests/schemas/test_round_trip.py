"""Every value survives CKAN: what goes in by package_create comes out by package_show."""

from __future__ import annotations

import json
import uuid

import pytest

from ckanext.satudatapmi.harvesters.datajson import normalise
from ckanext.satudatapmi.harvesters.identity import identify
from ckanext.satudatapmi.harvesters.mapping import SourceContext, to_package
from ckanext.satudatapmi.schemas import convert, wire
from tests.harvesters.conftest import site_context


@pytest.fixture
def organization(with_plugins):
    import ckan.plugins.toolkit as tk

    created = tk.get_action("organization_create")(
        site_context(),
        {
            "name": f"dinas-{uuid.uuid4().hex[:8]}",
            "title": "Dinas",
            "kind": "kota",
            "formerly": "Dinas Lama",
            "parent": "x",
        },
    )
    shown = tk.get_action("organization_show")(site_context(), {"id": created["id"]})
    assert (shown["kind"], shown["formerly"], shown["parent"]) == ("kota", "Dinas Lama", "x")
    return created["id"]


def through_ckan(package, harvesting=True):
    import ckan.plugins.toolkit as tk

    from ckanext.satudatapmi.harvesters.access import HARVEST_CONTEXT

    tk.get_action("package_create")(site_context() | ({HARVEST_CONTEXT: True} if harvesting else {}), package)
    return tk.get_action("package_show")(site_context(), {"id": package["id"]})


def harvested(record, organization):
    source = SourceContext(f"sumber-{uuid.uuid4().hex[:8]}", organization, "https://data.example.go.id/data.json")
    (item,) = identify([normalise(record, 1, source.name)]).items
    return item.record, to_package(item, source).package


def check(record, organization):
    normal, package = harvested(record, organization)
    sent = json.loads(json.dumps(package))
    shown = through_ckan(package)
    for key, value in sent.items():
        if key not in ("resources", "tags"):
            assert shown[key] == value, key
    for given, stored in zip(sent["resources"], shown["resources"], strict=True):
        assert {key: stored.get(key) for key in given} == given
    restored = convert.restore(shown, wire.dataset_fields(), strict=False)
    for key, value in normal.values.items():
        assert convert.same_json(restored[key], value), key
    return shown


def test_example_of_the_national_contract(shared, organization):
    (record,) = json.loads((shared / "sdi/example_pmi_data.json").read_text(encoding="utf-8"))["dataset"]
    shown = check(record, organization)
    assert len(record) > 90
    assert shown["variabel_disaggregasi"].startswith("[{")


def test_full_records_of_a_ministry(shared, organization):
    path = shared / "data/datajson/bapanas01.json"
    for record in json.loads(path.read_text(encoding="utf-8"))["dataset"]:
        check(record, organization)


def test_every_field_takes_every_kind_of_value(organization):
    """A value of any type in any field is stored, shown, and given back as it was."""
    values = [0, 1, -2.5, True, False, None, "", "teks", "2023", "null", "[", [], {}, [1, {"a": None}], {"nama": "x"}]
    keys = [field.key for field in wire.dataset_fields() if field.export and field.key != "identifier"]
    for shift in range(0, len(values), 3):
        record = {key: values[(place + shift) % len(values)] for place, key in enumerate(keys)}
        check(record | {"identifier": f"x{shift}", "lain": values}, organization)


def test_records_with_every_fault(organization):
    check(
        {
            "identifier": 7,
            "title": "\x00Judul\x07 \ud800",
            "description": None,
            "keyword": "a,b & c",
            "modified": "-000001-11-29T00:00:00Z",
            "issued": "31-05-2024",
            "landingPage": "javascript:alert(1)",
            "contactPoint": "Unit",
            "publisher": "Dinas",
            "accessLevel": "entah",
            "theme": None,
            "spatial": {"a": 1},
            "distribution": [
                {"title": None, "downloadURL": "/a b.csv", "format": "csv", "modified": "kemarin"},
                {"accesURL": "https://x.go.id", "mediatype": "application/json"},
                "https://x.go.id/y.csv",
                {"title": "tanpa alamat"},
            ],
        },
        organization,
    )


def test_value_outside_a_list_is_refused_from_a_person(organization):
    import ckan.plugins.toolkit as tk

    _record, package = harvested({"title": "a", "identifier": "1", "publishing_status": "entah"}, organization)
    with pytest.raises(tk.ValidationError) as caught:
        through_ckan(package, harvesting=False)
    assert "in_review" in str(caught.value.error_dict["publishing_status"])


def test_harvested_value_outside_a_list_and_provenance_survive_an_edit_by_a_person(organization):
    import ckan.plugins.toolkit as tk

    record = {
        "title": "a",
        "identifier": "1",
        "publishing_status": "entah",
        "lain": 1,
        "distribution": [{"title": "b", "x": 2}],
    }
    _record, package = harvested(record, organization)
    shown = through_ckan(package)
    hidden = ("source_name", "source_identifier", "copy_fingerprint", "wire_extra")
    edited = {key: value for key, value in shown.items() if key not in hidden} | {"satuan": "orang"}
    edited["resources"] = [
        {key: value for key, value in one.items() if key != "wire_extra"} for one in shown["resources"]
    ]
    tk.get_action("package_update")(site_context(), edited)
    after = tk.get_action("package_show")(site_context(), {"id": package["id"]})
    assert (after["satuan"], after["publishing_status"]) == ("orang", "entah")
    assert {key: after[key] for key in hidden} == {key: shown[key] for key in hidden}
    assert after["resources"][0]["wire_extra"] == shown["resources"][0]["wire_extra"]


@pytest.mark.parametrize(("field", "value"), [("issued", "kemarin"), ("accrualPeriodicity", "Kadang")])
def test_wrong_entry_of_a_person_is_told_beside_its_field(organization, field, value):
    import ckan.plugins.toolkit as tk

    package = {"id": str(uuid.uuid4()), "name": f"x-{uuid.uuid4().hex[:8]}", "title": "x", "owner_org": organization}
    with pytest.raises(tk.ValidationError) as caught:
        through_ckan(package | {field: value}, harvesting=False)
    assert value in str(caught.value.error_dict[field])


def test_date_as_indonesians_write_it_is_understood(organization):
    package = {"id": str(uuid.uuid4()), "name": f"x-{uuid.uuid4().hex[:8]}", "title": "x", "owner_org": organization}
    assert through_ckan(package | {"issued": "31-05-2024"}, harvesting=False)["issued"] == "2024-05-31"
