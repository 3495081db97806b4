"""A stock CKAN, standing for the national portal, harvests us by four protocols and loses nothing it can carry."""

from __future__ import annotations

import json

import pytest

from ckanext.satudatapmi.reference import extents
from tests.national.comparing import differences, expected, look, matched, shown
from tests.national.servers import HARVESTERS, failing_portal

pytestmark = [pytest.mark.national, pytest.mark.slow]
PROTOCOLS = list(HARVESTERS)


def rich_of(harvest, protocol, identifier):
    found, _, _ = matched(protocol, harvest.ours, harvest.theirs[protocol]["packages"])
    return found[identifier]


def all_differences(harvest, protocol):
    found, _, _ = matched(protocol, harvest.ours, harvest.theirs[protocol]["packages"])
    ours = (package for package in harvest.ours if package["id"] in found)
    return [one for package in ours for one in differences(protocol, package, found[package["id"]])]


def test_stock_portal_has_nothing_of_ours(stock_portal):
    assert not {name for name in stock_portal.packages() if "satudata" in name or "scheming" in name}


def test_our_portal_holds_what_the_demo_partners_publish(our_portal):
    demo = our_portal.made["demo"]
    assert (demo["states"], demo["restarts"]) == (["Finished"], 0)
    assert (demo["gather_errors"], demo["object_errors"]) == ([], [])
    assert demo["reported"]["added"] > 10


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_every_public_dataset_arrives_and_no_other(first, protocol):
    result = first.theirs[protocol]
    _, missing, surplus = matched(protocol, first.ours, result["packages"])
    assert (missing, surplus) == ([], []), result["log"]
    assert (result["states"], result["restarts"]) == (["Finished"], 0)
    assert (result["gather_errors"], result["object_errors"]) == ([], [])
    assert result["reported"] == {"added": len(first.ours)}


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_every_field_arrives(first, protocol):
    found = all_differences(first, protocol)
    assert not found, shown(found)


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_nothing_hidden_arrives(first, second, our_portal, protocol):
    for harvest in (first, second):
        titles = [package["title"] for package in harvest.theirs[protocol]["packages"]]
        assert not [title for title in titles if title.startswith("Tersembunyi")]
        assert "Fulan" not in str(harvest.theirs[protocol])
        public = {package["id"] for package in harvest.ours}
        assert not public & set(our_portal.made["hidden"].values())


def test_organisations_arrive(first, our_portal):
    theirs = {item["id"]: item for item in first.theirs["ckan"]["organizations"]}
    for owner in {package["owner_org"] for package in first.ours}:
        ours = our_portal.organization(owner)
        for field in expected()["ckan"]["organization"]:
            assert (theirs[owner][field] or "") == (ours[field] or ""), (ours["name"], field)


def test_sdi_fields_are_extras_of_a_portal_that_does_not_know_them(first, our_portal):
    package = rich_of(first, "ckan", our_portal.made["rich"])
    assert look(package, "extras.kategori") == "Ketenagakerjaan"
    assert look(package, "extras.prioritas_tahun") == "2024"
    assert look(package, "extras.variabel_disaggregasi") == '[{"nama": "Negara tujuan", "sumber": "input-manual"}]'
    assert look(package, "extras.wire_extra") == '{"catatan": {"versi": [1, 2]}}'


def test_licence_contact_area_and_period_arrive_in_rdf(first, our_portal):
    package = rich_of(first, "dcat_rdf", our_portal.made["rich"])
    assert package["license_id"] == "cc-by"
    assert {item["license"] for item in package["resources"]} == {"http://www.opendefinition.org/licenses/cc-by"}
    assert look(package, "extras.contact_name") == "Bidang Data dan Informasi"
    assert look(package, "extras.contact_email") == "data@dinas.example.go.id"
    assert look(package, "extras.spatial_text") == "Jawa Timur"
    assert look(package, "extras.temporal_start") == "2023-01-01"
    assert look(package, "extras.temporal_end") == "2023-12-31"


def test_keywords_contact_and_area_arrive_by_csw(first, our_portal):
    package = rich_of(first, "csw", our_portal.made["rich"])
    tags = {tag["name"] for tag in package["tags"]}
    assert tags == {"penempatan", "pekerja migran", "Ketenagakerjaan", "Pekerja migran"}
    assert look(package, "extras.responsible-party") == '[{"name": "Bidang Penempatan", "roles": ["publisher"]}]'
    assert look(package, "extras.contact-email") == "data@dinas.example.go.id"
    assert look(package, "extras.frequency-of-update") == "annually"
    assert json.loads(look(package, "extras.spatial"))["coordinates"][0][0] == extents.box_of("35").ring[0]


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_an_edit_arrives(second, our_portal, protocol):
    package = rich_of(second, protocol, our_portal.made["rich"])
    assert (package["title"], package["notes"]) == ("Judul baru", "Uraian baru")
    found = all_differences(second, protocol)
    assert not found, shown(found)


@pytest.mark.parametrize("protocol", ["dcat_json", "dcat_rdf", "csw"])
def test_a_deletion_arrives(second, protocol):
    result = second.theirs[protocol]
    _, missing, surplus = matched(protocol, second.ours, result["packages"])
    assert (missing, surplus) == ([], [])
    assert result["reported"]["deleted"] == 1
    assert (result["gather_errors"], result["object_errors"]) == ([], [])


def test_the_stock_ckan_harvester_never_deletes(second, deleted):
    """It asks for what changed and has no code that deletes: what we delete stays there until somebody removes it."""
    result = second.theirs["ckan"]
    assert [package["id"] for package in result["packages"] if package["title"] == "Sedikit saja"] == [deleted]
    assert "deleted" not in result["reported"]
    _, missing, surplus = matched("ckan", second.ours, result["packages"])
    assert (missing, surplus) == ([], ["Sedikit saja"])


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_second_harvest_makes_no_dataset_twice(first, second, protocol):
    before, after = (len(harvest.theirs[protocol]["packages"]) for harvest in (first, second))
    assert after == before - (0 if protocol == "ckan" else 1)
    assert "added" not in second.theirs[protocol]["reported"]


def test_a_failing_portal_costs_the_stock_portal_nothing(second, our_portal, stock_portal):
    """HEAD answers and GET fails: the stock harvesters read the problem as if it were the catalogue."""
    problems = {path: our_portal.problem(f"{path}?page=none") for path in ("/data.json", "/catalog.ttl", "/csw")}
    our_portal.stop()
    try:
        with failing_portal(our_portal.stack.site_url, problems):
            for protocol in ("dcat_json", "dcat_rdf", "csw"):
                result = stock_portal.harvest(protocol)
                assert len(result["packages"]) == len(second.theirs[protocol]["packages"])
                assert len(result["gather_errors"]) == 1
                assert "deleted" not in result["reported"]
    finally:
        our_portal.start()


def test_a_dataset_that_becomes_limited_leaves_by_csw(second, our_portal, stock_portal):
    hidden = our_portal.made["rich"]
    our_portal.act("package_patch", id=hidden, private=True, accessRights="terbatas")
    result = stock_portal.harvest("csw")
    found, missing, surplus = matched("csw", our_portal.public_datasets(), result["packages"])
    assert (missing, surplus, hidden in found) == ([], [], False)
    assert result["reported"]["deleted"] == 1
