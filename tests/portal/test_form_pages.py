"""The BPS forms of a dataset as pages and as JSON, and its four marks."""

from __future__ import annotations

import json

import pytest
from ckan.tests import factories, helpers

from tests.publication.datasets import FULL, make

pytestmark = [pytest.mark.usefixtures("portal"), pytest.mark.slow]


@pytest.mark.parametrize("name", ["ms_keg", "ms_ind"])
def test_form_shows_answers_and_what_is_wrong(app, name):
    dataset = make(judul_kegiatan="Kompilasi <b>Data</b>", interpretasi="Semakin besar", v_unit_sampel="Rumah tangga")
    page = app.get(f"/dataset/{dataset['name']}/formulir/{name}").body
    assert ("Kompilasi &lt;b&gt;Data" if name == "ms_keg" else "Semakin besar") in page
    assert "form-problem" in page and "<b>Data" not in page
    assert "perlu dijawab" in page
    assert "an answer is needed" in app.get(f"/en/dataset/{dataset['name']}/formulir/{name}").body


@pytest.mark.parametrize("shape", ["indah", "paper", "portal"])
def test_answers_are_json_in_each_shape(app, shape):
    dataset = make(jenis_statistik="STATISTIK_SEKTORAL", vi_apakah_melakukan_uji_coba="Ya")
    answer = json.loads(app.get(f"/dataset/{dataset['name']}/formulir/ms_keg/{shape}.json").body)
    statistics, pilot = {
        "indah": lambda: (answer["jenis_statistik"], answer["blok_vi"]["apakah_melakukan_uji_coba"]),
        "paper": lambda: (answer["jenis_statistik"], answer["vi_apakah_melakukan_uji_coba"]),
        "portal": lambda: (answer["jenis_statistik"], answer["vi_apakah_melakukan_uji_coba"]),
    }[shape]()
    expected = {"indah": ("STATISTIK_SEKTORAL", True), "paper": (2, 1), "portal": ("STATISTIK_SEKTORAL", "Ya")}
    assert (statistics, pilot) == expected[shape]


@pytest.mark.parametrize("end", ["ms_keg", "ms_ind", "ms_keg/indah.json"])
def test_private_and_unknown_datasets_have_no_form_for_visitors(app, end):
    private = make(private=True, owner_org=factories.Organization()["id"])
    assert app.get(f"/dataset/{private['name']}/formulir/{end}").status_code == 404
    assert app.get(f"/dataset/tidak-ada/formulir/{end}").status_code == 404


def test_officials_are_named_to_nobody(app):
    dataset = make(**FULL)
    for end in ("ms_keg", "ms_keg/indah.json", "ms_keg/paper.json", "ms_keg/portal.json"):
        text = app.get(f"/dataset/{dataset['name']}/formulir/{end}").body
        assert "fulan" not in text.lower()


def test_unknown_form_or_shape_is_not_found(app):
    dataset = make()
    assert app.get(f"/dataset/{dataset['name']}/formulir/ms_var").status_code == 404
    assert app.get(f"/dataset/{dataset['name']}/formulir/ms_keg/xml.json").status_code == 404


def test_dataset_page_shows_four_marks(app):
    dataset = make(ukuran="jumlah; persen", satuan="orang")
    page = app.get(f"/dataset/{dataset['name']}").body
    assert "Empat prinsip Satu Data Indonesia" in page and "2 ukuran" in page
    found = helpers.call_action("satudata_principles_show", {"ignore_auth": False}, id=dataset["id"])
    assert [mark["principle"] for mark in found] == ["standar_data", "metadata", "interoperabilitas", "kode_referensi"]
