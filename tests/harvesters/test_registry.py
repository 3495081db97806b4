from __future__ import annotations

import json
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from ckanext.satudatapmi.harvesters import registry
from ckanext.satudatapmi.harvesters.registry import RegistryError, parse
from ckanext.satudatapmi.reference import wilayah
from tests.partners import scale

DEMO = {"demo": "http://127.0.0.1:8000/demo/"}
BODY = "organizations:\n- {name: bp2mi, title: BP2MI, kind: lembaga}\nsources:\n"


def source(*lines: str) -> str:
    return BODY + "- name: satu\n" + "".join(f"  {line}\n" for line in lines)


def test_five_lines_register_a_partners_table():
    entries = parse(
        source(
            "title: Penempatan",
            "url: https://data.example.go.id/a.csv",
            "organization: bp2mi",
            "table: {unpivot: tahun}",
        )
    )
    (entry,) = entries.sources
    assert (entry.type, entry.frequency, entry.url) == ("published_table", "MANUAL", "https://data.example.go.id/a.csv")
    assert entry.table is not None
    assert entry.table.unpivot[0].name == "tahun"
    assert dict(entry.config) == {"table": {"unpivot": "tahun"}}


def test_three_lines_register_a_catalogue():
    (entry,) = parse(source("url: https://data.example.go.id/data.json", "organization: bp2mi")).sources
    assert (entry.type, entry.title, entry.table) == ("data_json", "satu", None)


def test_placeholders_are_filled_and_sources_without_their_value_are_left_out():
    text = source('url: "{demo}/data.json"', "organization: bp2mi")
    assert parse(text, DEMO).sources[0].url == "http://127.0.0.1:8000/demo/data.json"
    assert parse(text).sources == ()
    assert parse(text).left_out == ("satu",)


def test_the_configuration_is_plain_json_with_dates_as_they_were_written():
    (entry,) = parse(
        source(
            "title: A",
            "url: https://data.example.go.id/a.csv",
            "organization: bp2mi",
            "table: {constants: {tanggal_terbit: 2024-02-05}}",
            "dataset: {issued: 2024-02-05, keyword: [a]}",
            "config: {force_all: true}",
        )
    ).sources
    assert json.loads(json.dumps(dict(entry.config))) == {
        "force_all": True,
        "dataset": {"issued": "2024-02-05", "keyword": ["a"]},
        "table": {"constants": {"tanggal_terbit": "2024-02-05"}},
    }


@pytest.mark.parametrize(
    ("text", "entry", "key", "says"),
    [
        ("sources: [", "sources.yaml", "YAML", "line 1"),
        ("- a", "sources.yaml", "file", "keys with values"),
        ("partners: []", "sources.yaml", "partners", "organizations, sources"),
        ("sources: {}x", "sources.yaml", "YAML", "expected"),
        ("sources: 3", "sources.yaml", "sources", "a list"),
        ("organizations: [{name: Ö}]", "organizations[1]", "name", "small letters"),
        ("organizations: [{title: BP2MI}]", "organizations[1]", "name", "None"),
        ("organizations: [{name: bp2mi, kind: badan}]", "organizations[1] (bp2mi)", "kind", "kementerian, lembaga"),
        (
            "organizations: [{name: jatim, kode_wilayah: 35}]",
            "organizations[1] (jatim)",
            "kode_wilayah",
            "quotation marks",
        ),
        ("organizations: [{name: bp2mi}, {name: bp2mi}]", "organizations", "name", "twice"),
        (source("url: https://a.example/data.json"), "sources[1] (satu)", "organization", "missing"),
        (source("organization: bp2mi"), "sources[1] (satu)", "url", "missing"),
        (
            source("url: https://a.example/a.csv", "organization: bp2mi", "table: {}"),
            "sources[1] (satu)",
            "title",
            "missing",
        ),
        (source("url: https://a.example/d", "organization: bps"), "sources[1] (satu)", "organization", "'bps'"),
        (source("url: ftp://a.example/d", "organization: bp2mi"), "sources[1] (satu)", "url", "https://"),
        (source('url: "{dmo}/d"', "organization: bp2mi"), "sources[1] (satu)", "url", "{demo}"),
        (
            source("url: https://a.example/d", "organization: bp2mi", "frequency: HOURLY"),
            "sources[1] (satu)",
            "frequency",
            "DAILY",
        ),
        (
            source("url: https://a.example/d", "organization: bp2mi", "type: csw"),
            "sources[1] (satu)",
            "type",
            "data_json",
        ),
        (
            source("url: https://a.example/d", "organization: bp2mi", "owner: x"),
            "sources[1] (satu)",
            "owner",
            "unknown key",
        ),
        (
            source("url: https://a.example/d", "organization: bp2mi", "type: data_json", "table: {}"),
            "sources[1] (satu)",
            "table",
            "published_table",
        ),
        (
            source(
                "title: A",
                "url: https://a.example/d",
                "organization: bp2mi",
                "table: {columns: {Asal: {field: wilayah, within: '99'}}}",
            ),
            "sources[1] (satu)",
            "table.columns.Asal.within",
            "'99'",
        ),
    ],
)
def test_a_mistake_is_named_with_its_entry_and_key(text: str, entry: str, key: str, says: str):
    with pytest.raises(RegistryError) as caught:
        parse(text)
    assert (caught.value.entry, caught.value.key) == (entry, key)
    assert says in str(caught.value)


def test_a_missing_file_is_said(tmp_path: Path):
    with pytest.raises(RegistryError, match="partners.yaml"):
        registry.load(tmp_path / "partners.yaml")


def test_a_proposed_source_is_marked_and_anything_but_true_or_false_is_a_mistake():
    lines = ("url: https://data.example.go.id/data.json", "organization: bp2mi")
    assert [parse(source(*lines, f"proposed: {said}")).sources[0].proposed for said in ("true", "false")] == [
        True,
        False,
    ]
    with pytest.raises(RegistryError, match=r"sources\[1\] \(satu\), proposed: is 'ya', expected true or false"):
        parse(source(*lines, "proposed: ya"))


def test_a_later_file_may_name_organisations_of_those_before_it_but_no_name_twice():
    before = parse(source('url: "{demo}/data.json"', "organization: bp2mi"))
    text = "sources: [{name: dua, url: 'https://a.example/d', organization: bp2mi}]"
    assert [entry.name for entry in parse(text, before=before).sources] == ["dua"]
    with pytest.raises(RegistryError, match="'satu' stands there twice"):
        parse(text.replace("dua", "satu"), before=before)
    with pytest.raises(RegistryError, match="'bp2mi' stands there twice"):
        parse("organizations: [{name: bp2mi}]", before=before)


def test_the_products_own_registry_is_whole_and_its_demo_files_are_there(demo: Path):
    entries = registry.load(None, DEMO)
    assert entries.left_out == ()
    of_demo = [entry for entry in entries.sources if not entry.proposed]
    assert len(of_demo) > 30
    for entry in of_demo:
        assert (demo / urlsplit(entry.url).path.removeprefix("/demo/")).is_file(), entry.name


def test_without_a_demo_server_only_proposed_sources_are_registered():
    entries = registry.load(None)
    assert {entry.proposed for entry in entries.sources} == {True}
    assert len(entries.left_out) > 30


def test_every_province_and_district_of_the_code_list_is_an_organisation_with_its_name_kind_and_province():
    bodies = registry.load(None).organizations
    names = {body.name: body for body in bodies}
    governments = [body for body in bodies if body.kode_wilayah]
    areas = {area.code: area for area in wilayah.areas().values() if area.level != "nasional"}
    assert sorted(body.kode_wilayah for body in governments) == sorted(areas)
    assert len(areas) == 38 + 514
    for body in governments:
        area = areas[body.kode_wilayah]
        province = "" if area.parent else "Provinsi "
        assert (body.title, body.kind) == (f"Pemerintah {province}{area.name}", area.kind.lower())
        assert (names[body.parent].kode_wilayah if body.parent else "") == area.parent


def test_bodies_have_a_kind_and_a_known_parent_and_stand_there_once():
    bodies = registry.load(None).organizations
    assert all(body.kind for body in bodies)
    assert {body.parent for body in bodies} - {""} <= {body.name for body in bodies}
    assert len({body.title for body in bodies}) == len(bodies)


def test_proposed_sources_have_public_addresses_once_each_and_no_secret():
    proposed = [entry for entry in registry.load(None).sources if entry.proposed]
    known = [(entry.url.rstrip("/"), json.dumps(dict(entry.config))) for entry in proposed]
    assert len(set(known)) == len(known)
    for entry in proposed:
        host = urlsplit(entry.url).hostname
        assert host.endswith((".id", ".go.id")), entry.name
        assert all(str(value).startswith("env:") for key, value in entry.config.items() if "key" in key)


def test_the_demo_catalogues_list_files_that_are_there_and_unit_mailboxes_only(demo: Path):
    catalogues = sorted(demo.glob("*/data.json"))
    identifiers = []
    for path in catalogues:
        catalogue = json.loads(path.read_text(encoding="utf-8"))
        for dataset in catalogue["dataset"]:
            identifiers.append(dataset["identifier"])
            assert dataset["contactPoint"]["hasEmail"].endswith("@example.go.id")
            for distribution in dataset["distribution"]:
                assert (path.parent / distribution["downloadURL"]).is_file()
    assert len(catalogues) == 5
    assert len(set(identifiers)) == len(identifiers)


def test_every_file_of_the_demo_is_listed_with_its_origin(demo: Path):
    readme = (demo / "README.md").read_text(encoding="utf-8")
    for path in demo.rglob("*"):
        if path.is_file() and path.name != "README.md":
            assert f"`{path.relative_to(demo).as_posix()}`" in readme, path


def test_generated_bodies_and_sources_say_that_they_are_generated():
    entries = scale.generated(1400, "http://127.0.0.1:8000/")
    assert (len(entries.organizations), len(entries.sources)) == (1400, 1400)
    for entry in (*entries.organizations, *entries.sources):
        assert "contoh buatan" in entry.title
        assert "Contoh buatan" in entry.description
    assert entries.sources[0].url == "http://127.0.0.1:8000/1/data.json"
    real = {body.name for body in registry.load(None).organizations}
    assert real.isdisjoint(body.name for body in entries.organizations)
