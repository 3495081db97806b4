"""A record becomes a dataset that every CKAN takes, and nothing of it is lost."""

from __future__ import annotations

import doctest
import json
import re

import pytest
from hypothesis import given

from ckanext.satudatapmi.harvesters import mapping
from ckanext.satudatapmi.harvesters.datajson import Record, normalise
from ckanext.satudatapmi.harvesters.identity import dataset_id, identify
from ckanext.satudatapmi.harvesters.mapping import SourceContext, to_package
from ckanext.satudatapmi.harvesters.remarks import KINDS
from ckanext.satudatapmi.schemas import convert, wire
from ckanext.satudatapmi.schemas.dates import iso_date
from tests.strategies import RECORDS

SOURCE = SourceContext("dinas-contoh", "dinas", "https://data.example.go.id/katalog/data.json")


def mapped(entry, source=SOURCE):
    (item,) = identify([normalise(entry, 1, source.name)]).items
    return to_package(item, source)


def test_examples_in_docstrings_hold():
    assert doctest.testmod(mapping).failed == 0


def test_whole_record():
    result = mapped(
        {
            "@type": "dcat:Dataset",
            "identifier": "a-1",
            "title": "Penempatan PMI",
            "description": "Uraian",
            "publisher": {"@type": "org:Organization", "name": "Bidang Data"},
            "keyword": ["pmi"],
            "contactPoint": {"fn": "Bidang Data", "hasEmail": "mailto:data@example.go.id"},
            "accessLevel": "public",
            "issued": "2024-01-10",
            "modified": "2024-02-10",
            "theme": ["Ketenagakerjaan"],
            "license": "https://creativecommons.org/licenses/by/4.0/",
            "accrualPeriodicity": "R/P1Y",
            "landingPage": "https://data.example.go.id/d/1",
            "satuan": "orang",
            "id_indikator_mms": 54038,
            "temporal": "2024-01-01/2024-12-31",
            "language": ["id"],
            "distribution": [
                {
                    "@type": "dcat:Distribution",
                    "title": "Berkas",
                    "downloadURL": "https://data.example.go.id/a.csv",
                    "format": "csv",
                    "mediaType": "text/csv",
                }
            ],
        }
    )
    identifier = dataset_id("dinas-contoh", "a-1")
    assert result.remarks == ()
    assert result.package == {
        "id": identifier,
        "name": f"dinas-contoh-penempatan-pmi-{identifier.replace('-', '')[:10]}",
        "type": "dataset",
        "owner_org": "dinas",
        "private": False,
        "title": "Penempatan PMI",
        "notes": "Uraian",
        "publisher_name": "Bidang Data",
        "tags": [{"name": "pmi"}],
        "maintainer": "Bidang Data",
        "maintainer_email": "data@example.go.id",
        "accessLevel": "public",
        "issued": "2024-01-10",
        "modified": "2024-02-10",
        "theme": '["Ketenagakerjaan"]',
        "license_id": "cc-by",
        "accrualPeriodicity": "R/P1Y",
        "url": "https://data.example.go.id/d/1",
        "satuan": "orang",
        "id_indikator_mms": "54038",
        "temporal": "2024-01-01/2024-12-31",
        "language": '["id"]',
        "source_name": "dinas-contoh",
        "source_identifier": "a-1",
        "copy_fingerprint": result.package["copy_fingerprint"],
        "wire_extra": '{"@type": "dcat:Dataset"}',
        "resources": [
            {
                "name": "Berkas",
                "url": "https://data.example.go.id/a.csv",
                "format": "CSV",
                "mediaType": "text/csv",
                "mimetype": "text/csv",
            }
        ],
    }


def test_unknown_keys_and_values_no_field_can_hold_are_kept():
    package = mapped({"title": "a", "identifier": None, "tahun": 2023, "modified": "-", "lain": {"x": [1]}}).package
    assert json.loads(package["wire_extra"]) == {"identifier": None, "tahun": 2023, "modified": "-", "lain": {"x": [1]}}
    assert "modified" not in package and package["tahun"] == "2023"


def test_remarks_travel_with_the_dataset():
    flags = json.loads(mapped({"title": "a", "identifier": 1, "issued": "kemarin"}).package["harvest_flags"])
    assert flags == [{"kind": "date_unreadable", "field": "issued", "value": "kemarin"}]


def test_a_thousand_remarks_of_a_kind_are_told_a_few_times():
    files = [{"downloadURL": f"/{number}.csv"} for number in range(1000)]
    result = mapped({"title": "a", "identifier": 1, "distribution": files})
    assert len(result.remarks) == 1000
    assert len(json.loads(result.package["harvest_flags"])) == mapping.FLAGS_OF_A_KIND
    assert len(result.package["resources"]) == 1000


@pytest.mark.parametrize(
    ("entry", "title"),
    [
        ({"identifier": "x", "distribution": [{"title": "Nama berkas"}], "description": "Uraian"}, "Nama berkas"),
        ({"identifier": "x", "description": "Baris pertama\nkedua"}, "Baris pertama"),
        ({"identifier": "x", "publisher": "Dinas"}, "Dinas"),
        ({"identifier": "x"}, "x"),
        ({"identifier": "x", "title": {"id": "Judul", "en": "Title"}}, "Judul"),
        ({"identifier": "x", "title": 2024}, "2024"),
        ({"identifier": "x", "title": "\x00Judul\x07"}, "Judul"),
    ],
)
def test_title_is_never_empty(entry, title):
    assert mapped(entry).package["title"] == title


def test_very_long_title_is_cut_and_kept_whole_beside():
    package = mapped({"identifier": "x", "title": "panjang " * 1000}).package
    assert len(package["title"]) == convert.TITLE_MAX
    assert json.loads(package["wire_extra"])["title"] == "panjang " * 1000


def test_record_marked_private_lands_private():
    assert mapped({"title": "a", "identifier": "x", "accessLevel": "private"}).package["private"]


def test_access_word_nobody_knows_is_private_and_flagged():
    result = mapped({"title": "a", "identifier": "x", "accessLevel": "rahasia sekali"})
    assert result.package["private"] and result.package["accessLevel"] == "rahasia sekali"
    assert [remark.kind for remark in result.remarks] == ["access_unknown"]


@pytest.mark.parametrize(
    ("distribution", "url", "access"),
    [
        (
            {"downloadURL": "/a.csv", "accessURL": "/hal"},
            "https://data.example.go.id/a.csv",
            "https://data.example.go.id/hal",
        ),
        ({"accessURL": "/hal"}, "https://data.example.go.id/hal", "https://data.example.go.id/hal"),
        ({"title": "tanpa alamat"}, "", None),
        ({"downloadURL": "javascript:alert(1)"}, "", None),
    ],
)
def test_addresses_of_a_resource(distribution, url, access):
    (resource,) = mapped({"title": "a", "identifier": "x", "distribution": [distribution]}).package["resources"]
    assert (resource["url"], resource.get("accessURL")) == (url, access)


def test_format_is_tidied_and_the_original_kept():
    (resource,) = mapped(
        {"title": "a", "identifier": "x", "distribution": [{"downloadURL": "/a", "format": "XLSX", "mediaType": "xls"}]}
    ).package["resources"]
    assert (resource["format"], resource["mediaType"], resource["mimetype"]) == (
        "XLSX",
        "xls",
        "application/vnd.ms-excel",
    )
    assert json.loads(resource["wire_extra"])["format"] == "XLSX"


def test_value_outside_a_list_is_kept_and_flagged():
    result = mapped({"title": "a", "identifier": "x", "publishing_status": "entah", "accrualPeriodicity": "Kadang"})
    assert result.package["publishing_status"] == "entah"
    assert {remark.kind for remark in result.remarks} == {"choice_unknown", "periodicity_unknown"}


@given(RECORDS)
def test_any_record_makes_a_valid_dataset_and_comes_back_whole(entry):
    record = normalise(entry, 1, SOURCE.name)
    if not isinstance(record, Record):
        return
    result = mapped(entry)
    package = result.package
    assert re.fullmatch(r"[a-z0-9_-]{2,100}", package["name"])
    assert package["title"].strip() and len(package["title"]) <= convert.TITLE_MAX
    assert {remark.kind for remark in result.remarks} <= KINDS
    for key, value in [*package.items(), *(pair for resource in package["resources"] for pair in resource.items())]:
        if isinstance(value, str):
            assert not wire.NOT_IN_XML.search(value), key
    known = {"identifier", *record.values}
    restored = convert.restore(package, wire.dataset_fields(), strict=False)
    unsent = {field.key for field in wire.dataset_fields() if not field.export}
    for key in known & record.values.keys() - unsent:
        assert convert.same_json(restored[key], record.values[key]), key
    for resource, distribution in zip(package["resources"], record.distributions, strict=True):
        back = convert.restore(resource, wire.resource_fields(), strict=False)
        for key, value in distribution.items():
            assert (key, value) == ("@type", "dcat:Distribution") or convert.same_json(back[key], value), key


@given(RECORDS)
def test_what_the_public_catalogue_would_hold_is_taken_by_a_strict_reader(entry):
    if not isinstance(normalise(entry, 1, SOURCE.name), Record):
        return
    record = convert.restore(mapped(entry).package, wire.dataset_fields())
    for word in record.get("keyword") or []:
        assert convert.clean_tag(word) == word
    for key in ("issued", "modified"):
        value = record.get(key)
        assert value is None or iso_date(value) == value
