"""The BPS forms of a dataset: answers from its metadata, problems in words, and out in every shape."""

from __future__ import annotations

import json

import pytest

from ckanext.satudatapmi.catalogue import forms, principles
from ckanext.satudatapmi.catalogue.quality import Facts
from ckanext.satudatapmi.harvesters.datajson import Record, normalise
from ckanext.satudatapmi.harvesters.identity import Identified
from ckanext.satudatapmi.harvesters.mapping import SourceContext, to_package
from ckanext.satudatapmi.schemas import form, shapes

FILES = ["sdi/example_pmi_data.json", "data/datajson/bapanas01.json"]


def packages(shared, path):
    records = json.loads((shared / path).read_text(encoding="utf-8-sig"))["dataset"]
    for number, raw in enumerate(records, 1):
        record = normalise(raw, number, "sumber")
        assert isinstance(record, Record)
        yield raw, to_package(Identified(record, str(number)), SourceContext("sumber", "dinas")).package


@pytest.mark.parametrize("path", FILES)
@pytest.mark.parametrize("name", forms.OF_DATASETS)
def test_harvested_records_come_out_of_every_shape_unchanged(shared, path, name):
    of = form.load(name)
    for raw, package in packages(shared, path):
        portal = forms.described(package, name, "portal", "id")["document"]
        asked = {key for question in of.questions if (key := question.portal)}
        assert {key: portal[key] for key in asked & raw.keys()} == {key: raw[key] for key in asked & raw.keys()}
        indah = forms.described(package, name, "indah", "id")["document"]
        assert shapes.read(of, shapes.INDAH, indah).answers == forms.reading_of(package, name).answers


def test_real_record_has_few_problems_and_they_have_words(shared):
    _raw, package = next(packages(shared, "data/datajson/bapanas01.json"))
    found = forms.described(package, "ms_keg", "indah", "en")
    assert (found["answered"], found["asked"]) == (7, 8)
    assert [(one["number"], one["kind"]) for one in found["problems"]] == [("3.4", "missing")]
    assert forms.described(package, "ms_ind", "indah", "en")["problems"] == []


def test_value_that_cannot_be_read_is_told_and_kept():
    package = {"title": "x", "jenis_statistik": "STATISTIK_LAIN", "vi_jumlah_petugas_supervisor": "tiga"}
    found = forms.described(package, "ms_keg", "portal", "en")
    told = {one["question"]: one["kind"] for one in found["problems"]}
    assert (told["jenis_statistik"], told["vi_jumlah_petugas_supervisor"]) == ("not_an_option", "wrong_type")
    assert found["document"]["jenis_statistik"] == "STATISTIK_LAIN"


def test_marks_name_what_is_missing():
    marks = principles.marks(Facts({"title": "x", "ukuran": "jumlah; persen", "satuan": "orang"}), "en")
    assert [(mark.principle, mark.kept) for mark in marks] == [(name, False) for name in principles.PRINCIPLES]
    standard, metadata, interoperability, codes = marks
    assert any("2 measures" in words for words in standard.missing)
    assert any("Year of the activity" in words for words in metadata.missing)
    assert interoperability.missing and codes.missing


def test_dataset_that_keeps_to_all_four_has_all_four_marks(shared):
    _raw, package = next(packages(shared, "sdi/example_pmi_data.json"))
    package |= {"id_sds": "15219"}
    marks = {mark.principle: mark for mark in principles.marks(Facts(package), "en")}
    assert marks["standar_data"].kept and marks["interoperabilitas"].kept and marks["kode_referensi"].kept
    assert [words.partition(":")[0] for words in marks["metadata"].missing] == [
        "3.4 Variables (characteristics) collected",
        "4.7 Means of collection",
    ]
