"""The form files: every key of the national portal has its field, explained in both languages."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from ckanext.satudatapmi.schemas import vocabularies, wire

FOLDER = Path(vocabularies.__file__).parent
GROUPS = ["identitas", "akses", "standar_data", "ms_ind", "ms_keg", "produsen", "asal"]


def fields(part):
    return wire.dataset_schema()[part]


def test_every_field_belongs_to_a_group_and_has_both_languages():
    assert [group["name"] for group in wire.dataset_schema()["field_groups"]] == GROUPS
    for field in fields("dataset_fields"):
        assert field["group"] in GROUPS
        assert set(field["label"]) == {"id", "en"} and all(field["label"].values())
        assert set(field["help_text"]) == {"id", "en"} and all(field["help_text"].values())


def test_no_field_and_no_wire_key_occurs_twice():
    for part in ("dataset_fields", "resource_fields"):
        names = [field["field_name"] for field in fields(part)]
        keys = [field["wire_key"] for field in fields(part) if "wire_key" in field]
        assert len(names) == len(set(names)) and len(keys) == len(set(keys))


def test_every_preset_exists():
    own = {preset["preset_name"] for preset in yaml.safe_load((FOLDER / "presets.yaml").read_text())["presets"]}
    used = {field["preset"] for field in (*fields("dataset_fields"), *fields("resource_fields")) if "preset" in field}
    assert {name for name in used if name.startswith("sdi_")} == own


def test_choices_of_a_field_are_words_that_the_vocabularies_know():
    by_name = {field["field_name"]: field for field in fields("dataset_fields")}
    for choice in by_name["accrualPeriodicity"]["choices"]:
        assert vocabularies.periodicity(choice["value"]).iso == choice["value"]
    for name in ("accessRights", "accessLevel"):
        assert all(vocabularies.access_level(choice["value"]) for choice in by_name[name]["choices"])


def test_periodicity_is_known_by_label_enumeration_and_interval():
    for text in ("Tahunan", "tahunana", "TAHUNAN", "R/P1Y", "1 Tahun  Sekali"):
        assert vocabularies.periodicity(text).iso == "R/P1Y"
    assert vocabularies.periodicity("Periode") is None


def keys_of_portal(entries):
    for entry in entries:
        yield from [entry["key"]] if "key" in entry else [key for key in entry["keys"] if "*" not in key]


@pytest.mark.parametrize("part", ["dataset_core", "sdi_fields_dataset", "distribution"])
def test_every_key_of_the_national_portal_has_a_field(shared, part):
    portal = yaml.safe_load((shared / "sdi/sdi_portal_dataset.yaml").read_text())
    table = wire.resource_fields() if part == "distribution" else wire.dataset_fields()
    assert set(keys_of_portal(portal[part])) - {field.key for field in table} <= {"@type", "private"}


def test_every_flat_key_of_the_bps_forms_has_a_field(shared):
    activity = yaml.safe_load((shared / "sdi/ms_keg.yaml").read_text())
    keys = {field["sdi"] for block in activity["bloks"] for field in block["fields"] if field.get("sdi")}
    keys |= {field["sdi_alt"] for block in activity["bloks"] for field in block["fields"] if field.get("sdi_alt")}
    indicator = yaml.safe_load((shared / "sdi/ms_ind.yaml").read_text())
    keys |= {field["sdi"] for field in indicator["fields"] if field["sdi"] and " " not in field["sdi"]} - {"title"}
    names = {field.key for field in wire.dataset_fields()}
    assert len(keys) > 60
    assert keys <= names


def test_officials_are_marked_as_personal():
    personal = {field.key for field in wire.dataset_fields() if field.personal}
    assert personal == {f"ii_pj_{part}" for part in ("nama", "telepon", "email", "alamat", "faksimile")}
