"""The groups of SDI fields on a dataset's page."""

from __future__ import annotations

from ckanext.satudatapmi.portal.fields import Group, Reader, groups
from ckanext.satudatapmi.schemas import wire

READER = Reader("id", lambda field, value: f"<{value}>", lambda dataset: dataset["license_title"])


def shown(dataset, language="id") -> dict[str, Group]:
    reader = Reader(language, READER.choice_label, READER.licence_title)
    return {group.name: group for group in groups(wire.dataset_schema(), dataset, reader)}


def filled(group: Group):
    return {field.name: field for section in group.sections for field in section.filled}


def test_groups_come_in_the_order_of_the_schema_without_provenance():
    assert list(shown({})) == ["identitas", "akses", "standar_data", "ms_ind", "ms_keg", "produsen"]


def test_every_field_is_filled_or_listed_as_empty():
    group = shown({"satuan": "orang"})["standar_data"]
    assert list(filled(group)) == ["satuan"]
    assert group.total == group.filled + len(group.empty)
    declared = [field for field in wire.dataset_schema()["dataset_fields"] if field.get("group") == "standar_data"]
    assert group.total == len(declared)


def test_labels_and_help_follow_the_language():
    assert filled(shown({"satuan": "orang"})["standar_data"])["satuan"].label == "Satuan"
    assert filled(shown({"satuan": "orang"}, "en")["standar_data"])["satuan"].label == "Unit"


def test_values_are_read_by_their_kind():
    dataset = {
        "issued": "2024-05",
        "temporal": "2022-01-01/2022-12-31",
        "accrualPeriodicity": "R/P1Y",
        "license_id": "cc-by",
        "license_title": "CC BY",
        "theme": '["a", "b"]',
    }
    identity, access = filled(shown(dataset)["identitas"]), filled(shown(dataset)["akses"])
    assert identity["issued"].value.text == "Mei 2024"
    assert identity["temporal"].value.text == "1 Januari 2022 – 31 Desember 2022"
    assert identity["accrualPeriodicity"].value.text == "<R/P1Y>"
    assert [item.text for item in identity["theme"].value.items] == ["a", "b"]
    assert access["license_id"].value.text == "CC BY"


def test_fields_that_reach_a_person_are_never_shown():
    personal = [field["field_name"] for field in wire.dataset_schema()["dataset_fields"] if field.get("personal")]
    everything = {field["field_name"]: "rahasia" for field in wire.dataset_schema()["dataset_fields"]}
    listed = {
        field.name
        for group in shown(everything | {"license_title": "x"}).values()
        for fields in (*(section.filled for section in group.sections), group.empty)
        for field in fields
    }
    assert personal
    assert listed.isdisjoint(personal)


def test_ms_keg_keeps_its_blocks():
    group = shown({"judul_kegiatan": "a", "vii_unit_analisis": "Individu"})["ms_keg"]
    assert [section.heading for section in group.sections] == ["0", "VII"]
