"""A stock CKAN, standing for the national portal, harvests us by four protocols and loses nothing it can carry."""

from __future__ import annotations

import json

import pytest
import requests

from ckanext.satudatapmi.reference import extents
from tests.national.comparing import differences, errors, expected, look, matched, shown, unavoidable
from tests.national.servers import HARVESTERS, failing_portal
from tests.national.surfaces import FIGURES, addresses, ask

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


def test_catalogue_has_every_variation(first):
    assert len(first.ours) == 150


def test_our_portal_holds_what_the_demo_partners_publish(our_portal):
    demo = our_portal.made["harvest"]
    assert (demo["states"], demo["restarts"]) == (["Finished"], 0)
    assert (demo["gather_errors"], demo["object_errors"]) == ([], [])
    assert demo["reported"]["added"] > 10


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_every_public_dataset_arrives_and_no_other(first, protocol):
    result = first.theirs[protocol]
    _, missing, surplus = matched(protocol, first.ours, result["packages"])
    assert (missing, surplus) == ([], []), result["log"]
    assert (result["states"], result["restarts"]) == (["Finished"], 0)
    assert errors(protocol, result) == []
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


def test_organisations_arrive(first):
    theirs = {item["id"]: item for item in first.theirs["ckan"]["organizations"]}
    for ours in {package["owner_org"]: package["organization"] for package in first.ours}.values():
        for field in expected()["ckan"]["organization"]:
            assert (theirs[ours["id"]][field] or "") == (ours[field] or ""), (ours["name"], field)


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
def test_an_edit_arrives(second, changed, protocol):
    package = rich_of(second, protocol, changed["edited"])
    assert (package["title"], package["notes"]) == ("Judul baru", "Uraian baru")


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


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_everything_is_as_here_after_changes_and_after_what_went_came_back(second, third, protocol):
    for harvest in (second, third):
        found = [one for one in all_differences(harvest, protocol) if not unavoidable(protocol, one, harvest=2)]
        assert not found, shown(found)


def test_the_stock_ckan_harvester_keeps_names_that_changed(third, changed):
    """It keeps the name that a dataset came with, and what it took over of an organisation, for ever."""
    found = {(one.field, one.theirs) for one in all_differences(third, "ckan")}
    assert found == {("name", "unggahan"), ("name", "ragam-0"), ("organization.title", "Dinas Berganti Nama")}


@pytest.mark.parametrize("protocol", ["dcat_json", "dcat_rdf", "csw"])
def test_what_was_deleted_or_is_no_longer_public_leaves(second, protocol):
    result = second.theirs[protocol]
    _, missing, surplus = matched(protocol, second.ours, result["packages"])
    assert (missing, surplus) == ([], [])
    assert result["reported"]["deleted"] == 3
    assert errors(protocol, result) == []


def test_the_stock_ckan_harvester_never_deletes(first, second, changed):
    """It asks for what changed and has no code that deletes: what we withdraw stays there until somebody removes it."""
    result = second.theirs["ckan"]
    assert "deleted" not in result["reported"]
    _, missing, surplus = matched("ckan", second.ours, result["packages"])
    titles = {package["id"]: package["title"] for package in first.ours}
    assert missing == []
    assert sorted(surplus) == sorted(titles[changed[kind]] for kind in ("deleted", "limited", "private"))


@pytest.mark.parametrize("protocol", ["ckan", "dcat_json", "csw"])
def test_what_came_back_is_there_again(third, protocol):
    result = third.theirs[protocol]
    _, missing, surplus = matched(protocol, third.ours, result["packages"])
    assert (missing, surplus) == ([], [])
    assert errors(protocol, result) == []


def test_the_stock_rdf_harvester_takes_nothing_back(third, changed):
    """It finds the dataset that it deleted, and asks for it as a visitor, whom CKAN 2.12 refuses: its consumer ends."""
    _, missing, surplus = matched("dcat_rdf", third.ours, third.theirs["dcat_rdf"]["packages"])
    assert sorted(missing) == sorted(changed[kind] for kind in ("deleted", "limited", "private"))
    assert surplus == []
    assert third.theirs["dcat_rdf"]["restarts"] >= 3


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_no_dataset_is_made_twice(first, second, third, protocol):
    guid = expected()[protocol]["match"]["theirs"]
    for harvest in (first, second, third):
        guids = [look(package, guid) for package in harvest.theirs[protocol]["packages"]]
        assert len(guids) == len(set(guids))
    assert "added" not in second.theirs[protocol]["reported"]


@pytest.fixture
def withdraw(our_portal):
    """A function that makes a dataset limited; afterwards it is open again."""
    withdrawn = []

    def make_limited(identifier):
        withdrawn.append(identifier)
        our_portal.act("package_patch", id=identifier, accessRights="terbatas")

    yield make_limited
    for identifier in withdrawn:
        our_portal.act("package_patch", id=identifier, accessRights="terbuka", private=False)


def test_what_becomes_limited_is_nowhere_from_that_moment_on(our_portal, withdraw):
    about, site_url = our_portal.made["withdrawn"], our_portal.stack.site_url
    leaks = told_after(site_url, dict(addresses(about)), lambda: withdraw(about["id"]))
    assert not leaks


def test_figures_of_what_becomes_limited_are_nowhere_from_that_moment_on(our_portal, withdraw):
    answer = our_portal.act("pmi_query", origin="52.02", destination="MYS", time="2022")
    table = answer["preferred"][0]["source"]["package_id"]
    leaks = told_after(our_portal.stack.site_url, dict.fromkeys(FIGURES, ("9948", "9.948")), lambda: withdraw(table))
    assert not leaks


def told_after(site_url, marks, change):
    """Return the addresses that tell of a dataset after it was withdrawn; before, all do."""
    before = {path: ask(site_url, path, marks[path]) for path in marks}
    assert not [(path, answer.status) for path, answer in before.items() if not answer.tells]
    change()
    after = {path: ask(site_url, path, marks[path], before[path].etag) for path in marks}
    return [(path, one.status) for path, one in after.items() if one.tells or one.status in (304, 500)]


@pytest.mark.parametrize("ending", ["", ".atom"])
def test_what_becomes_limited_leaves_a_tombstone_and_nothing_else(our_portal, withdraw, ending):
    about, feed = our_portal.made["withdrawn"], f"{our_portal.stack.site_url}/api/pmi/changes"
    token = requests.get(feed, timeout=60).json()["token"]
    withdraw(about["id"])
    assert [one["kind"] for one in requests.get(f"{feed}?since={token}", timeout=60).json()["changes"]] == ["deleted"]
    told = requests.get(f"{feed}{ending}?since={token}", timeout=60).text
    assert about["id"] in told and about["name"] not in told and about["title"] not in told
    whole = requests.get(f"{feed}{ending}", timeout=60).text
    assert about["name"] not in whole and about["title"] not in whole
