"""An entry of /data.json holds all that a partner gave, and is one that a strict reader takes."""

from __future__ import annotations

import doctest
import json
from pathlib import Path

import pytest
from ckan.logic.validators import tag_length_validator, tag_name_validator
from ckanext.dcat.converters import dcat_to_ckan
from hypothesis import given, settings
from jsonschema import Draft4Validator

from ckanext.satudatapmi.harvesters.datajson import Record, normalise, read_catalogue
from ckanext.satudatapmi.harvesters.identity import identify
from ckanext.satudatapmi.harvesters.mapping import SourceContext, to_package
from ckanext.satudatapmi.publication import datajson
from ckanext.satudatapmi.publication.datajson import Site, distribution, entry
from ckanext.satudatapmi.schemas import wire
from tests.strategies import RECORDS

SITE = Site("https://portal.example.go.id", "Portal Contoh")
SOURCE = SourceContext("dinas", "dinas", "https://data.example.go.id/data.json")
STAMPS = {"metadata_created": "2025-01-01T01:02:03.000004", "metadata_modified": "2025-02-01T01:02:03.000004"}
POD = Draft4Validator(
    json.loads((Path(__file__).parent / "project-open-data.schema.json").read_text(encoding="utf-8")),
    format_checker=Draft4Validator.FORMAT_CHECKER,
)
MAXIMAL = {
    "identifier": "9",
    "title": "Penempatan PMI menurut negara tujuan",
    "description": "Jumlah PMI yang ditempatkan.",
    "keyword": ["penempatan", "pekerja migran"],
    "modified": "2024-02-10T08:00:00+07:00",
    "issued": "2024-01-10",
    "publisher": {"name": "Bidang Penempatan"},
    "contactPoint": {"fn": "Bidang Data", "hasEmail": "mailto:data@dinas.example.go.id"},
    "accessLevel": "public",
    "rights": "Bebas dipakai",
    "license": "https://creativecommons.org/licenses/by/4.0/",
    "spatial": "Jawa Timur",
    "temporal": "2023-01-01/2023-12-31",
    "accrualPeriodicity": "R/P1Y",
    "language": ["id", "en"],
    "theme": ["Pekerja migran"],
    "isPartOf": "penempatan",
    "landingPage": "https://dinas.example.go.id/penempatan",
    "distribution": [
        {"title": "CSV", "downloadURL": "https://dinas.example.go.id/a.csv", "mediaType": "text/csv", "format": "CSV"},
        {"title": "Layanan", "accessURL": "https://dinas.example.go.id/api", "format": "API"},
    ],
}
PERSONAL = sorted(field.key for field in wire.dataset_fields() if field.personal)


def stored(record):
    """Return a record as the dataset that CKAN shows after our harvester took it."""
    (item,) = identify([normalise(record, 1, SOURCE.name)]).items
    package = to_package(item, SOURCE).package | STAMPS
    package["organization"] = {"name": "dinas", "title": "Dinas Contoh"}
    package["resources"] = [
        {"id": f"r{number}", "package_id": package["id"], "created": STAMPS["metadata_created"]} | resource
        for number, resource in enumerate(package["resources"])
    ]
    return package


def published(record):
    """Return what becomes of a record in the catalogue."""
    return entry(stored(record), SITE)


def test_examples_in_docstrings_hold():
    assert doctest.testmod(datajson).failed == 0


def test_catalogue_header():
    assert list(datajson.header(SITE)) == ["@context", "@id", "@type", "conformsTo", "describedBy", "dataset"]
    assert datajson.header(SITE)["@id"] == "https://portal.example.go.id/data.json"


def test_example_of_the_national_contract_comes_out_as_it_went_in(shared):
    (record,) = json.loads((shared / "sdi/example_pmi_data.json").read_text(encoding="utf-8"))["dataset"]
    result = published(record)
    assert set(record) <= set(result)
    changed = {key for key in record if result[key] != record[key]}
    assert changed <= {"identifier", "distribution", "contactPoint", "keyword", "ii_pj_alamat", "ii_pj_faksimile"}
    assert sorted(result["keyword"]) == sorted(record["keyword"])
    assert result["contactPoint"] == {"@type": "vcard:Contact"} | record["contactPoint"]
    for sent, made in zip(record["distribution"], result["distribution"], strict=True):
        assert {key: made[key] for key in sent} == sent


def test_real_record_of_the_national_contract_loses_no_key(shared):
    catalogue = read_catalogue((shared / "data/datajson/bapanas01.json").read_bytes())
    for record in catalogue.entries:
        result = published(record)
        assert set(record) <= set(result)
        mended = {"identifier", "distribution", "contactPoint", "issued", "modified", *PERSONAL}
        kept = set(record) - mended
        assert {key: result[key] for key in kept if record[key] is not None} == {
            key: record[key] for key in kept if record[key] is not None
        }


def test_types_are_restored():
    given = {
        "total_msvar": 3,
        "id_sds": None,
        "indikator_pembangun": [],
        "submission_period": 2026,
        "tahun": "2026",
        "variabel_disaggregasi": [{"nama": "Jenis kelamin"}],
        "theme": ["Ketenagakerjaan"],
        "lain": {"a": [1.5]},
    }
    result = published({"identifier": 7, "title": "x"} | given)
    assert {key: result[key] for key in given} == given


def test_identifier_is_the_id_of_the_dataset_and_not_the_partners():
    package = stored({"identifier": "7", "title": "x"})
    assert entry(package, SITE)["identifier"] == package["id"] != "7"


def test_record_with_nothing_but_an_identifier_is_complete():
    package = stored({"identifier": "7"})
    result = entry(package, SITE)
    assert result["title"] == result["description"] == package["title"]
    assert (result["issued"], result["modified"]) == ("2025-01-01T01:02:03+00:00", "2025-02-01T01:02:03+00:00")
    assert result["publisher"] == {"@type": "org:Organization", "name": "Dinas Contoh"}
    assert result["contactPoint"] == {"@type": "vcard:Contact", "fn": "Dinas Contoh", "hasEmail": "mailto:"}
    assert (result["keyword"], result["language"], result["distribution"]) == (["Dinas Contoh"], ["id"], [])
    assert (result["accessLevel"], result["accessRights"], result["private"]) == ("public", "terbuka", False)
    assert result["landingPage"] == f"https://portal.example.go.id/dataset/{package['name']}"


@pytest.mark.parametrize(
    ("category", "publisher", "keyword"),
    [
        ("Ketenagakerjaan", "Dinas Contoh", "Ketenagakerjaan"),
        ("", "Dinas Tenaga Kerja & Transmigrasi (Prov.)", "Dinas Tenaga Kerja Transmigrasi Prov."),
        ("?", "x" * 150, "x" * 100),
        ("", "&", "data"),
    ],
)
def test_keyword_that_nobody_gave_is_a_tag_that_ckan_takes(category, publisher, keyword):
    package = stored({"identifier": "7"}) | {"kategori": category, "organization": {"title": publisher}}
    assert entry(package, SITE)["keyword"] == [keyword]
    assert tag_name_validator(tag_length_validator(keyword, {}), {}) == keyword


def test_minimal_and_maximal_dataset_keep_to_the_schema_of_project_open_data():
    for record in ({"identifier": "7"}, {"identifier": "8", "title": "x", "kategori": "Sosial"}, MAXIMAL):
        catalogue = datajson.header(SITE) | {"dataset": [published(record)]}
        assert not [error.message for error in POD.iter_errors(json.loads(json.dumps(catalogue)))]
    assert not POD.is_valid(datajson.header(SITE) | {"dataset": [published({"identifier": "7"}) | {"keyword": []}]})


def test_dataset_without_organisation_is_the_portals():
    package = stored({"identifier": "7"}) | {"organization": None}
    assert entry(package, SITE)["publisher"]["name"] == "Portal Contoh"


def test_names_telephones_and_mail_of_persons_are_known_as_such():
    assert {"ii_pj_nama", "ii_pj_telepon", "ii_pj_email"} <= set(PERSONAL)


@pytest.mark.parametrize("key", PERSONAL)
def test_persons_are_left_out(key):
    assert published({"identifier": "7", key: "Budi"})[key] is None


def test_persons_under_a_misspelt_key_are_left_out():
    assert "Budi" not in json.dumps(published({"identifier": "7", "II_PJ_Nama ": "Budi"}))


@pytest.mark.parametrize("value", ["publik", "Public", "open", "umum"])
def test_access_level_is_a_word_of_the_standard(value):
    assert published({"identifier": "7", "accessLevel": value})["accessLevel"] == "public"


def test_public_metadata_of_restricted_files_says_so():
    package = stored({"identifier": "7", "accessRights": "terbatas"}) | {"private": False}
    said = [entry(package, SITE)[key] for key in ("accessLevel", "accessRights", "private")]
    assert said == ["restricted public", "terbatas", False]


@pytest.mark.parametrize("key", ["modified", "issued"])
@pytest.mark.parametrize("value", ["-", "", None, "-000001-11-29T17:52:48.000000Z"])
def test_date_that_is_none_is_not_passed_on(key, value):
    stamp = {"issued": "2025-01-01T01:02:03+00:00", "modified": "2025-02-01T01:02:03+00:00"}[key]
    assert published({"identifier": "7", key: value})[key] == stamp


@pytest.mark.parametrize("value", ["id", ["id"], "id,", ["id", None, 3], None])
def test_language_is_a_list_of_texts(value):
    assert published({"identifier": "7", "language": value})["language"] == ["id"]


def test_an_edit_wins_over_what_came():
    package = stored({"identifier": "7", "title": "Lama", "modified": "31-05-2024", "tahun": 2023})
    edited = entry(package | {"title": "Baru", "modified": "2026-01-01", "tahun": "2025"}, SITE)
    assert (edited["title"], edited["modified"], edited["tahun"]) == ("Baru", "2026-01-01", "2025")


def test_resource_without_dates_and_media_type_gets_them_from_ckan():
    made = distribution(
        {
            "url": "https://data.example.go.id/a.csv",
            "name": "a.csv",
            "format": "CSV",
            "created": "2025-01-01T00:00:00",
            "last_modified": "2025-03-01T00:00:00.5",
        }
    )
    assert made == {
        "@type": "dcat:Distribution",
        "downloadURL": "https://data.example.go.id/a.csv",
        "title": "a.csv",
        "format": "csv",
        "mediaType": "text/csv",
        "issued": "2025-01-01T00:00:00+00:00",
        "modified": "2025-03-01T00:00:00+00:00",
    }


@settings(deadline=None)
@given(RECORDS)
def test_any_record_becomes_an_entry_that_stock_readers_take(record):
    normal = normalise(record, 1, SOURCE.name)
    if not isinstance(normal, Record):
        return
    result = json.loads(json.dumps(published(record)))
    for key in ("title", "description", "issued", "modified", "identifier", "landingPage", "accessLevel"):
        assert isinstance(result[key], str), key
        assert result[key], key
    assert result["accessLevel"] in ("public", "restricted public", "non-public")
    assert all(isinstance(word, str) for word in result["keyword"] + result["language"])
    assert isinstance(result["publisher"]["name"], str)
    assert isinstance(result["contactPoint"]["fn"], str)
    assert {key for key in normal.values if key != "distribution"} <= set(result)
    package = dcat_to_ckan(result)
    assert all(extra["value"] for extra in package["extras"])
    assert len(package["resources"]) == len(normal.distributions)
