"""A record in ISO 19139 keeps to the schema whatever a partner wrote, and names no person."""

from __future__ import annotations

import doctest
import os
from functools import cache
from pathlib import Path

import pytest
from hypothesis import given
from lxml import etree

from ckanext.satudatapmi.harvesters.datajson import Record, normalise
from ckanext.satudatapmi.publication import coverage, iso19139
from ckanext.satudatapmi.reference import extents, wilayah
from ckanext.satudatapmi.reference.extents import Box
from tests.conftest import CHECKOUT
from tests.publication.test_datajson import published
from tests.strategies import JSON, RECORDS

PAGE = "https://portal.example.go.id/dataset/penempatan"
STAMP = "2025-02-01T01:02:03+00:00"
PLAIN = {"identifier": "1", "title": "Penempatan", "description": "Uraian", "distribution": []}


@cache
def schema() -> etree.XMLSchema:
    """The schema of ISO 19139 that comes with pycsw."""
    venv = Path(os.environ.get("SATUDATA_CSW_VENV") or CHECKOUT / "var" / "csw-venv")
    (path,) = venv.glob(
        "lib/python3*/site-packages/pycsw/plugins/profiles/apiso/schemas/ogc/iso/19139/20060504/gmd/gmd.xsd"
    )
    return etree.XMLSchema(file=str(path))


def written(entry):
    return etree.fromstring(iso19139.write(iso19139.record(entry, PAGE, STAMP)))


def texts(tree, name):
    return [" ".join(one.itertext()).strip() for one in tree.iter(f"{{{iso19139.NAMESPACES['gmd']}}}{name}")]


@pytest.mark.parametrize("module", [coverage, iso19139, extents])
def test_examples_in_docstrings_hold(module):
    assert doctest.testmod(module).failed == 0


@given(RECORDS)
def test_any_record_keeps_to_the_schema(record):
    if isinstance(normalise(record, 1, "dinas"), Record):
        schema().assertValid(written(published(record)))


@given(JSON, JSON)
def test_any_area_and_time_keep_to_the_schema(spatial, temporal):
    entry = published(PLAIN) | {"spatial": spatial, "temporal": temporal}
    schema().assertValid(written(entry))


@pytest.mark.parametrize(
    ("address", "told"),
    [
        ("https://x.example/a?tahun[]=2023*", "https://x.example/a?tahun%5B%5D=2023*"),
        ("https://x.example/a b|c%", "https://x.example/a%20b%7Cc%25"),
        ("https://x.example/a%20b", "https://x.example/a%20b"),
    ],
)
def test_address_with_signs_that_no_address_has_keeps_to_the_schema(address, told):
    record = written(published(PLAIN | {"distribution": [{"title": "Tabel", "downloadURL": address}]}))
    schema().assertValid(record)
    assert texts(record, "URL") == [told]


def test_the_body_is_named_with_the_mailbox_that_it_publishes_and_no_person():
    contact = {"fn": "Fulan bin Fulan", "hasEmail": "mailto:statistik.dinas@example.com"}
    record = iso19139.write(iso19139.record(published(PLAIN | {"contactPoint": contact}), PAGE, STAMP))
    assert b"ulan" not in record
    assert b"statistik.dinas@example.com" in record


@pytest.mark.parametrize("said", ["mailto:", "-", None])
def test_what_is_no_mailbox_is_not_said(said):
    record = written(published(PLAIN | {"contactPoint": {"fn": "Bidang Data", "hasEmail": said}}))
    assert texts(record, "electronicMailAddress") == []


def test_dataset_of_no_known_area_is_not_geographic():
    plain, java = published(PLAIN), published(PLAIN | {"spatial": "35"})
    assert [texts(written(one), "hierarchyLevel") for one in (plain, java)] == [["nonGeographicDataset"], ["dataset"]]
    assert texts(written(plain), "EX_GeographicBoundingBox") == []


@pytest.mark.parametrize(
    ("temporal", "begin", "end"),
    [
        ("2023", "2023-01-01", "2023-12-31"),
        ("2024-02", "2024-02-01", "2024-02-29"),
        ("2023-05-01/2023-05-09", "2023-05-01", "2023-05-09"),
        ({"startDate": "2020-01-01T00:00:00Z"}, "2020-01-01", ""),
    ],
)
def test_time_is_told_in_days(temporal, begin, end):
    tree = written(published(PLAIN) | {"temporal": temporal})
    name = f"{{{iso19139.NAMESPACES['gml']}}}"
    assert [tree.find(f".//{name}{side}Position").text or "" for side in ("begin", "end")] == [begin, end]


@pytest.mark.parametrize(
    ("spatial", "box"),
    [
        ("35.06", extents.box_of("35.06")),
        ("Provinsi Bali", extents.box_of("51")),
        (["51", "52"], extents.around([extents.box_of("51"), extents.box_of("52")])),
        ("Kediri", None),
        ({"type": "Polygon", "coordinates": [[[110, -8], [111, -8], [111, -7], [110, -8]]]}, Box(110, -8, 111, -7)),
        ({"type": "Point", "coordinates": [200, -95]}, None),
        ({"type": "Point", "coordinates": "Jakarta"}, None),
    ],
)
def test_box_is_that_of_the_area(spatial, box):
    assert coverage.of_entry({"spatial": spatial}).box == box


def test_every_area_lies_in_the_nation():
    nation = extents.box_of("IDN")
    for code in wilayah.areas():
        box = extents.box_of(code)
        assert box and extents.around([nation, box]) == nation, code
