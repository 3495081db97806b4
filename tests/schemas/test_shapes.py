"""The BPS forms go through paper codes, INDAH's JSON and the portal's flat keys without losing a thing."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ckanext.satudatapmi.schemas import form, shapes
from ckanext.satudatapmi.schemas.form import Selection
from tests.schemas.form_answers import answers

KEG, IND = form.load("ms_keg"), form.load("ms_ind")
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


def carried(of: form.Form, shape: shapes.Shape, given_answers: dict[str, Any]) -> dict[str, Any]:
    """What a shape can carry: INDAH and the portal infer H7 from the number of the recommendation."""
    kept = {key: answer for key, answer in given_answers.items() if shape.path(of.by_key[key])}
    inferred = "mendapat_rekomendasi" in of.by_key and shape is not shapes.PAPER
    return kept | ({"mendapat_rekomendasi": True} if inferred and kept.get("identitas_rekomendasi") else {})


@pytest.mark.parametrize("shape", shapes.SHAPES.values(), ids=lambda shape: shape.name)
@pytest.mark.parametrize("name", form.FORMS)
@given(data=st.data())
def test_answers_come_back_from_every_shape(name, shape, data):
    of = form.load(name)
    given_answers = data.draw(answers(of))
    document = json.loads(json.dumps(shapes.write(of, shape, given_answers)))
    reading = shapes.read(of, shape, document)
    assert reading.answers == carried(of, shape, given_answers)
    assert (reading.kept, reading.rest, reading.unreadable) == ({}, {}, ())


@pytest.mark.parametrize("shape", shapes.SHAPES.values(), ids=lambda shape: shape.name)
@given(data=st.data())
def test_any_document_comes_back_as_it_was(shape, data):
    document = json.loads(json.dumps(shapes.write(KEG, shape, data.draw(answers(KEG)))))
    paths = [path for question in KEG.questions if (path := shape.path(question))]
    for path in data.draw(st.lists(st.sampled_from(paths), max_size=5)):
        spot = document
        for key in path[:-1]:
            spot = spot[key]
        spot[path[-1]] = data.draw(JSON)
    document |= data.draw(st.dictionaries(st.text(min_size=1).map("x_".__add__), JSON, max_size=3))
    reading = shapes.read(KEG, shape, document)
    assert shapes.write(KEG, shape, reading.answers, reading) == document


def test_edited_answer_replaces_what_was_kept():
    document = {"vii_tahapan_pengolahan_data": "Validasi, Editing", "i_alamat": 7}
    reading = shapes.read(KEG, shapes.PORTAL, document)
    assert reading.answers == {"vii_tahapan_pengolahan_data": Selection(("editing", "validasi"))}
    assert reading.unreadable == ("i_alamat",)
    written = shapes.write(KEG, shapes.PORTAL, reading.answers, reading)
    assert (written["vii_tahapan_pengolahan_data"], written["i_alamat"]) == ("Validasi, Editing", 7)
    edited = reading.answers | {"vii_tahapan_pengolahan_data": Selection(("editing",)), "i_alamat": "Jakarta"}
    written = shapes.write(KEG, shapes.PORTAL, edited, reading)
    assert (written["vii_tahapan_pengolahan_data"], written["i_alamat"]) == ("Editing", "Jakarta")


@pytest.mark.parametrize(
    ("key", "answer", "paper", "indah", "portal"),
    [
        ("vi_apakah_melakukan_uji_coba", True, 1, True, "Ya"),
        ("vi_apakah_melakukan_uji_coba", False, 2, False, "Tidak"),
        ("jenis_statistik", "STATISTIK_SEKTORAL", 2, "STATISTIK_SEKTORAL", "STATISTIK_SEKTORAL"),
        (
            "iv_metode_pengumpulan_data",
            Selection(("wawancara", "pengumpulan_data_sekunder")),
            9,
            {
                "wawancara": True,
                "mengisi_kuesioner_sendiri": False,
                "pengamatan": False,
                "pengumpulan_data_sekunder": True,
                "lainnya": False,
                "metode_pengumpulan_lainnya": None,
            },
            "Wawancara, Pengumpulan data sekunder",
        ),
        (
            "vi_metode_pemeriksaan_kualitas_pengumpulan_data",
            Selection(("lainnya",), "Tidak ada pemeriksaan, atau pengecekan"),
            {"kode": 8, "lainnya": "Tidak ada pemeriksaan, atau pengecekan"},
            {
                "kunjungan_kembali": False,
                "supervisi": False,
                "taskforce": False,
                "lainnya": True,
                "metode_pemeriksaan_kualitas_pengumpulan_data_lainnya": "Tidak ada pemeriksaan, atau pengecekan",
            },
            "Lainnya : Tidak ada pemeriksaan, atau pengecekan",
        ),
        (
            "vii_tahapan_pengolahan_data",
            Selection(("editing", "data_entry")),
            {"a": 1, "b": 2, "c": 1, "d": 2},
            {"editing": True, "coding": False, "data_entry": True, "validasi": False},
            "Editing, Data Entry",
        ),
        (
            "viii_rencana_jadwal_rilis_produk_digital",
            ["2026-02-10"],
            ["2026-02-10"],
            ["2026-02-10"],
            ["2026-02-10"],
        ),
    ],
)
def test_each_shape_writes_an_answer_its_own_way(key, answer, paper, indah, portal):
    question = KEG.by_key[key]
    written = [shape.encode(question, answer) for shape in (shapes.PAPER, shapes.INDAH, shapes.PORTAL)]
    assert written == [paper, indah, portal]


def test_indah_nests_blocks_and_keeps_misspelt_keys():
    document = shapes.write(
        KEG, shapes.INDAH, {"i_instansi_penyelanggara": "BP2MI", "iv_frekuensi_penyelanggara": "BULANAN"}
    )
    assert document["blok_i"]["instansi_penyelanggara"] == "BP2MI"
    assert document["blok_iv"]["frekuensi_penyelanggara"] == "BULANAN"
    assert "unit_analsis" in document["blok_vii"]


@pytest.mark.parametrize("path", ["sdi/example_pmi_data.json", "data/datajson/bapanas01.json"])
@pytest.mark.parametrize("of", [KEG, IND], ids=lambda of: of.name)
def test_real_records_go_through_the_forms_unchanged(shared, path, of):
    """Reads third parties' files where they are; they are not part of the project."""
    for record in json.loads((shared / path).read_text(encoding="utf-8-sig"))["dataset"]:
        reading = shapes.read(of, shapes.PORTAL, record)
        assert reading.unreadable == ()
        assert shapes.write(of, shapes.PORTAL, reading.answers, reading).items() >= record.items()
        indah = shapes.read(of, shapes.INDAH, shapes.write(of, shapes.INDAH, reading.answers))
        assert indah.answers == reading.answers
