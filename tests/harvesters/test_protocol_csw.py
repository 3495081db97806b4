"""Catalogue services for maps: every record, from servers that keep to the standard and from those that do not."""

from __future__ import annotations

import json

import pytest

from ckanext.satudatapmi.harvesters.datajson import CatalogueError
from ckanext.satudatapmi.harvesters.fetch import FetchError
from ckanext.satudatapmi.harvesters.protocols import csw, csw_record
from ckanext.satudatapmi.harvesters.protocols.base import EntryError, SourceSettings
from ckanext.satudatapmi.harvesters.protocols.csw import CswProtocol
from tests.harvesters import servers
from tests.partners.csw_partner import CSW, CswPartner, dublin_core, exception, iso
from tests.partners.misbehaving import busy, saying
from tests.partners.sessions import read

BOX = {"type": "Polygon", "coordinates": [[[111, -9], [115, -9], [115, -6], [111, -6], [111, -9]]]}
REPORT = saying(exception("Solr is away"), "application/xml")


@pytest.fixture
def partner():
    with servers.partner_server() as server:
        yield CswPartner(server)


def harvest(partner, token=None, **config):
    source = SourceSettings("csw", f"{partner.url}?map=a&request=GetCapabilities", {"rows": 3, **config})
    return read(CswProtocol(), source, partner.host, None, token)


def fill(partner, number=7):
    return [partner.add(f"Peta {one}") for one in range(number)]


@pytest.mark.parametrize(("kind", "asked"), [("pycsw", 3), ("geoserver", 4), ("simple", 5)])
def test_all_records_come_whatever_the_service_is_asked_with(partner, kind, asked):
    partner.kind = kind
    ids = fill(partner)
    first = harvest(partner)
    assert sorted(first.identifiers) == sorted(ids)
    assert (first.reading.whole, first.reading.problem, first.reading.announced) == (True, "", 7)
    assert (partner.asked, first.tokens[-1]) == (asked, None)
    assert all(path.startswith("/csw?map=a&service=CSW&") for path, _headers in partner.server.requests)


def test_second_reading_gives_the_same_digests_though_the_answer_has_another_time(partner):
    fill(partner)
    first, second = harvest(partner), harvest(partner)
    assert (first.digests, len(set(first.digests))) == (second.digests, 7)


def test_added_changed_vanished_and_returned_records_are_told_by_their_digests(partner):
    ids = fill(partner)
    first = harvest(partner)
    partner.change(ids[0], "Berubah")
    new = partner.add("Baru")
    gone = partner.remove(ids[1])
    second = harvest(partner)
    assert set(second.identifiers) == {*ids, new} - {ids[1]}
    assert len(set(second.digests) & set(first.digests)) == 5
    partner.restore(ids[1], gone)
    assert first.digests[1] in harvest(partner).digests


@pytest.mark.parametrize(
    ("matched", "following"), [(0, None), (0, ""), (None, "1"), (None, "0"), (None, "999"), (None, "")]
)
def test_wrong_numbers_of_records_do_no_harm(partner, matched, following):
    partner.matched, partner.following = matched, following
    ids = fill(partner)
    first = harvest(partner)
    assert (sorted(first.identifiers), first.reading.problem) == (sorted(ids), "")
    assert first.reading.whole


def test_number_of_records_that_the_service_announces_is_told(partner):
    partner.matched = 20
    fill(partner)
    first = harvest(partner)
    assert (len(first.records), first.reading.announced) == (7, 20)


def test_service_that_gives_fewer_per_page_than_asked_is_read_to_its_end(partner):
    partner.most = 2
    fill(partner)
    assert len(harvest(partner, rows=500).records) == 7


def test_page_that_fails_is_told_and_reading_goes_on_by_token(partner):
    ids = fill(partner)
    partner.next_but(2, REPORT)
    first = harvest(partner)
    assert (len(first.records), "Solr is away" in first.reading.problem) == (6, True)
    rest = harvest(partner, json.loads(json.dumps(first.tokens[-1])))
    assert sorted(first.identifiers + rest.identifiers) == sorted(ids)
    partner.next_but(0, servers.cut_off)
    assert harvest(partner, first.tokens[-1]).reading.problem


@pytest.mark.parametrize("behaviour", [saying(b"no", status=403), busy, servers.silence(2.5), servers.cut_off])
def test_service_that_does_not_answer_is_an_error(partner, behaviour):
    partner.next_but(0, behaviour)
    with pytest.raises(FetchError):
        harvest(partner)


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (exception("Service is closed"), "refused"),
        (b"<csw:Capabilities xmlns:csw='http://www.opengis.net/cat/csw/2.0.2'/>", "no_catalogue"),
        (b"<html><body>Login</html>", "broken_xml"),
        (b"", "broken_xml"),
        (b"<a>" * 100_000, "broken_xml"),
        (b'<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>', "broken_xml"),
        (b'<!DOCTYPE a [<!ENTITY x "xxxxxxxxxx"><!ENTITY y "&x;&x;&x;&x;">]><a b="&y;"/>', "broken_xml"),
    ],
)
def test_error_inside_an_answer_is_told_in_words(partner, content, kind):
    partner.server.serve("/csw", content, "application/xml")
    with pytest.raises(CatalogueError) as caught:
        harvest(partner)
    assert caught.value.kind == kind


def test_service_without_records_is_an_error_not_an_empty_catalogue(partner):
    with pytest.raises(CatalogueError) as caught:
        harvest(partner)
    assert caught.value.kind == "empty_catalogue"


def test_redirects_and_wrong_charsets_are_taken_as_they_are_meant(partner):
    partner.add("Caf\xe9")
    partner.encoding = "cp1252"
    partner.only_known_clients = True
    partner.server.do("/moved", partner.server.answers["/csw"])
    asked = "/moved?service=CSW&typenames=csw:Record&outputschema=http://www.isotc211.org/2005/gmd&startposition=1&maxrecords=9"
    partner.next_but(0, servers.redirect(f"{partner.server.url}{asked}"))
    assert harvest(partner).records[0]["title"] == "Café"


def test_filter_and_schema_are_asked_for(partner):
    fill(partner, 1)
    (record,) = harvest(partner, schema="dublin-core", cql="AnyText LIKE '%pmi%'").records
    assert record["modified"] == "2024-02-10"
    assert "constraint=AnyText+LIKE+%27%25pmi%25%27" in partner.server.requests[-1][0]


def test_record_of_iso_19139_is_in_the_record_of_a_data_json():
    assert csw_record.record(iso("urn:1", "Sebaran & jumlah").encode()) == {
        "identifier": "urn:1",
        "title": "Sebaran & jumlah",
        "description": "Keterangan Sebaran & jumlah",
        "keyword": ["pmi", "peta"],
        "theme": ["society"],
        "publisher": {"@type": "org:Organization", "name": "Dinas Contoh"},
        "contactPoint": {"fn": "Dinas Contoh", "hasEmail": "mailto:data@dinas.example.go.id"},
        "issued": "2024-01-10",
        "modified": "2024-02-10",
        "landingPage": "https://geo.example.go.id/tentang",
        "language": ["id"],
        "license": "CC BY 4.0",
        "accessConstraints": ["otherRestrictions"],
        "otherConstraints": ["Bebas dipakai"],
        "accrualPeriodicity": "R/P1Y",
        "temporal": "2023-01-01/2023-12-31",
        "spatial": BOX,
        "provenance": "Survei lapangan",
        "resourceType": "dataset",
        "distribution": [
            {
                "title": "lapisan",
                "accessURL": "https://geo.example.go.id/wms?service=WMS",
                "format": "WMS",
                "protocol": "OGC:WMS-1.3.0-http-get-map",
                "function": "download",
            },
            {
                "title": "Berkas",
                "downloadURL": "https://geo.example.go.id/peta.zip",
                "format": "ZIP",
                "protocol": "WWW:DOWNLOAD-1.0-http--download",
                "function": "download",
            },
        ],
    }


def test_record_of_dublin_core_is_in_the_record_of_a_data_json():
    assert csw_record.record(dublin_core("urn:1", "Sebaran").encode()) == {
        "identifier": "urn:1",
        "title": "Sebaran",
        "description": "Keterangan",
        "keyword": ["pmi"],
        "publisher": {"@type": "org:Organization", "name": "Dinas Contoh"},
        "modified": "2024-02-10",
        "language": ["id"],
        "spatial": BOX,
        "resourceType": "dataset",
        "distribution": [
            {
                "title": "Berkas",
                "downloadURL": "https://geo.example.go.id/peta.csv",
                "format": "CSV",
                "protocol": "WWW:DOWNLOAD",
            }
        ],
    }


def test_record_of_which_nothing_can_be_made_is_refused_in_words():
    with pytest.raises(EntryError, match="identificationInfo") as caught:
        csw_record.record(f'<gmd:MD_Metadata xmlns:gmd="{csw.GMD}"/>'.encode())
    assert not caught.value.identifier


def test_links_that_are_no_addresses_and_boxes_that_are_none_are_left_out():
    text = (
        iso("urn:1", "A")
        .replace("111</gco:Decimal>", "timur</gco:Decimal>")
        .replace("https://geo.example.go.id/peta.zip", "")
    )
    record = csw_record.record(text.encode())
    assert ("spatial" in record, len(record["distribution"])) == (False, 1)
    assert CSW not in json.dumps(record)
