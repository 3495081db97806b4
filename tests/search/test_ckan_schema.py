"""Our schema is CKAN's with other text analysis: names, fields, copies, autocomplete, facets and sorting stay."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Callable
from pathlib import Path
from typing import Any

import ckan.lib.search as ckan_search
import pytest

from tests.search.running_solr import CKAN_SCHEMA, CONFIGSET, Core, SolrServer, document

OUR_SCHEMA = CONFIGSET / "schema.xml"
OWN_FIELDS = {
    "copy_fingerprint",
    "theme",
    "place",
    "year",
    "column",
    "spelling",
    "extent_west",
    "extent_south",
    "extent_east",
    "extent_north",
}
OWN_COPIES = {
    ("column", "text"),
    *((source, "spelling") for source in ("title", "notes", "tags", "res_name", "column")),
}
OWN_TYPES = {"stored_json"}
CHANGED_FIELDS = {"data_dict", "validated_data_dict", "_version_"}
CHANGED_TYPES = {"text", "text_general"}


def elements(schema: Path, tag: str, key: Callable[[dict[str, str]], Any]) -> dict[Any, dict[str, str]]:
    return {key(node.attrib): dict(node.attrib) for node in ET.parse(schema).getroot().iter(tag)}


@pytest.mark.parametrize(
    ("tag", "changed", "own"),
    [
        ("field", CHANGED_FIELDS, OWN_FIELDS),
        ("dynamicField", set(), set()),
        ("fieldType", CHANGED_TYPES, OWN_TYPES),
    ],
)
def test_schema_is_ckans_but_for_the_listed_differences(tag: str, changed: set[str], own: set[str]) -> None:
    theirs = elements(CKAN_SCHEMA, tag, lambda node: node["name"])
    ours = elements(OUR_SCHEMA, tag, lambda node: node["name"])
    assert set(ours) == set(theirs) | own
    assert {name: node for name, node in ours.items() if name not in changed | own} == {
        name: node for name, node in theirs.items() if name not in changed
    }


def test_every_copy_field_of_ckan_is_kept() -> None:
    def both_ends(node: dict[str, str]) -> tuple[str, str]:
        return node["source"], node["dest"]

    ours, theirs = (set(elements(schema, "copyField", both_ends)) for schema in (OUR_SCHEMA, CKAN_SCHEMA))
    assert ours == theirs | OWN_COPIES


@pytest.mark.parametrize("core", ["ckan", "nasional"])
def test_ckan_accepts_the_schema_version(solr: SolrServer, core: str, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = {"solr_url": solr.core(core).url, "solr_user": None, "solr_password": None, "solr_timeout": 30}
    monkeypatch.setattr(ckan_search, "config", {**settings, "ckan.requests.timeout": 30})
    monkeypatch.setattr("ckan.lib.search.common.config", settings)
    assert ckan_search.check_solr_schema_version() is True


@pytest.fixture(scope="module")
def core(solr: SolrServer) -> Core:
    core = solr.core("kosong")
    core.index(
        {
            "name": "penempatan-pmi-jatim",
            "title": "Penempatan PMI asal Jawa Timur",
            "notes": "Menurut kabupaten",
            "tags": ["pekerja migran", "jatim"],
            "groups": ["ketenagakerjaan"],
            "organization": "dinas-sosial",
            "res_name": ["Tabel tahunan"],
            "res_description": ["Angka sementara kuartal"],
            "res_format": ["CSV"],
            "vocab_tema": ["kesejahteraan"],
            "extras_satuan": "kepala keluarga",
            "place": ["35", "MYS"],
            "copy_fingerprint": "abc123",
            "metadata_modified": "2024-05-01T10:00:00Z",
            "tanggal_date": "2024-05-01T10:00:00Z",
        },
        {
            "name": "pengaduan",
            "title": "Angka pengaduan",
            "tags": ["Pengaduan"],
            "organization": "dinas-sosial",
            "place": ["35"],
            "column": ["Jenis kasus"],
            "copy_fingerprint": "abc123",
            "metadata_modified": "2024-06-01T10:00:00Z",
        },
    )
    return core


@pytest.mark.parametrize(
    "query",
    ["Penempatan", "kuartal", "tahunan", "ketenagakerjaan", "sosial jatim", "kesejahteraan", "kepala"],
)
def test_text_gathers_every_field_that_ckan_copies(core: Core, query: str) -> None:
    assert core.search({"q": query})["results"] == ["penempatan-pmi-jatim"]


def test_tags_and_places_are_facets_as_they_are_written(core: Core) -> None:
    found = core.search({"q": "", "facet.field": ["tags", "place", "vocab_tema", "organization"]})
    assert found["facets"] == {
        "tags": {"pekerja migran": 1, "jatim": 1, "Pengaduan": 1},
        "place": {"35": 2, "MYS": 1},
        "vocab_tema": {"kesejahteraan": 1},
        "organization": {"dinas-sosial": 2},
    }


def test_datasets_are_filtered_by_place_and_by_fingerprint(core: Core) -> None:
    assert core.search({"q": "", "fq": '+place:"MYS"'})["results"] == ["penempatan-pmi-jatim"]
    assert core.search({"q": "", "fq": "+copy_fingerprint:abc123"})["count"] == 2


@pytest.mark.parametrize(
    ("sort", "first"),
    [("title_string asc", "pengaduan"), ("metadata_modified desc", "pengaduan"), ("name asc", "penempatan-pmi-jatim")],
)
def test_results_are_sorted_as_ckan_asks(core: Core, sort: str, first: str) -> None:
    assert core.search({"q": "", "sort": sort})["results"][0] == first


@pytest.mark.parametrize("typed", ["nempat", "Jawa", "pmi-ja"])
def test_autocomplete_finds_parts_of_names_and_titles(core: Core, typed: str) -> None:
    query = " OR ".join(f'{field}:"{typed}"' for field in ("name_ngram", "title_ngram", "name", "title"))
    found = core.search({"q": query, "fl": "name,title", "rows": 10})
    assert [dataset["name"] for dataset in found["results"]] == ["penempatan-pmi-jatim"]


def test_a_value_too_long_for_a_term_is_cut_for_search_only(core: Core) -> None:
    long_text = "é" * 40_000
    core.index(
        {
            "name": "panjang",
            "organization": "panjang",
            "wire_extra": long_text,
            "extras_wire_extra": long_text + " belimbing",
            "validated_data_dict": long_text,
        }
    )
    found = core.search({"q": "belimbing", "fl": "name,validated_data_dict"})
    assert [(dataset["name"], dataset["validated_data_dict"]) for dataset in found["results"]] == [
        ("panjang", long_text)
    ]


def test_an_uncommitted_dataset_is_found_soon(core: Core) -> None:
    core.client.add([document({"name": "segera", "notes": "durian montong"})], commit=False)
    core.wait_for("durian", 1)


def test_columns_of_tables_are_searched(core: Core) -> None:
    assert core.search({"q": "kasus"})["results"] == ["pengaduan"]


@pytest.mark.parametrize(
    ("typed", "meant"), [("penempatn", "penempatan"), ("kasuss", "kasus"), ("tahnan jatim", "tahunan jatim")]
)
def test_misspelt_words_are_corrected_by_those_of_the_catalogue(core: Core, typed: str, meant: str) -> None:
    asked = {"spellcheck": "true", "spellcheck.q": typed, "spellcheck.collate": "true"}
    found = core.client.search(typed, defType="edismax", qf="text", **asked)
    assert found.spellcheck["collations"][:2] == ["collation", meant]
