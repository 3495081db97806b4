"""The rules of the BPS forms: what must be answered, what must be skipped, which values stand."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ckanext.satudatapmi.schemas import answers, form
from ckanext.satudatapmi.schemas.answers import check, completeness, problem_words
from ckanext.satudatapmi.schemas.form import Selection
from tests.schemas.form_answers import answers as any_answers

KEG, VAR, IND = (form.load(name) for name in form.FORMS)
COMPLETE: dict[str, Any] = {
    "judul_kegiatan": "Kompilasi Data Layanan Penempatan PMI",
    "tahun": "2026",
    "jenis_statistik": "STATISTIK_SEKTORAL",
    "cara_pengumpulan_data": "KOMPILASI_PRODUK_ADMINISTRASI",
    "i_instansi_penyelanggara": "BP2MI",
    "iii_latar_belakang_kegiatan": "Perpres 39/2019",
    "iii_tujuan_kegiatan": "Menghitung layanan penempatan",
    "iii_variabel_yang_dikumpulkan": [{"nama": "Negara tujuan", "konsep": "", "definisi": "", "referensi_waktu": ""}],
}
SURVEY = COMPLETE | {"cara_pengumpulan_data": "SURVEI", "jenis_statistik": "STATISTIK_DASAR"}
INDICATOR = {
    "nama": "Jumlah layanan penempatan",
    "definisi": "Calon PMI yang menyelesaikan proses",
    "interpretasi": "Semakin besar, semakin banyak",
    "metode_perhitungan": "Pencacahan",
    "ukuran": "jumlah",
    "satuan": "orang",
}


def found(of: form.Form, given_answers: dict[str, Any]) -> list[tuple[str, str]]:
    return [(problem.question, problem.kind) for problem in check(of, given_answers)]


def test_ms_keg_has_its_65_entries():
    assert len(KEG.questions) == 65
    assert sum(question.portal is not None for question in KEG.questions) == 56


def test_complete_forms_comply():
    assert found(KEG, COMPLETE) == []
    assert completeness(KEG, COMPLETE) == (7, 7)


def test_empty_form_names_what_is_missing():
    kinds = found(KEG, {})
    assert {kind for _key, kind in kinds} == {"missing"}
    assert [key for key, _kind in kinds][:2] == ["judul_kegiatan", "tahun"]
    assert completeness(KEG, {}) == (0, 7)


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        # 4.1 to 4.2: how often, only where repeated
        ({"iv_kegiatan_ini_dilakukan": "BERULANG"}, [("iv_frekuensi_penyelanggara", "missing")]),
        ({"iv_kegiatan_ini_dilakukan": "BERULANG", "iv_frekuensi_penyelanggara": "BULANAN"}, []),
        (
            {"iv_kegiatan_ini_dilakukan": "SEKALI", "iv_frekuensi_penyelanggara": "BULANAN"},
            [("iv_frekuensi_penyelanggara", "not_asked")],
        ),
        # 4.4 to 4.5: where, only where part of the country
        (
            {"iv_cakupan_wilayah_pengumpulan_data": "SEBAGIAN_WILAYAH_INDONESIA"},
            [("iv_sebagian_cakupan_wilayah_pengumpulan_data", "missing")],
        ),
        # 4.7 to 6.4-6.7: staff, only with PAPI, CAPI or CATI
        (
            {"iv_sarana_pengumpulan_data": Selection(("papi", "mail"))},
            [
                ("vi_petugas_pengumpulan_data", "missing"),
                ("vi_persyaratan_pendidikan_terendah_petugas_pengumpulan_data", "missing"),
                ("vi_jumlah_petugas_supervisor", "missing"),
                ("vi_jumlah_petugas_enumerator", "missing"),
                ("vi_apakah_melakukan_pelatihan_petugas", "missing"),
            ],
        ),
        ({"iv_sarana_pengumpulan_data": Selection(("mail",)), "vi_jumlah_petugas_supervisor": 0}, []),
        ({"vi_jumlah_petugas_supervisor": 3}, [("vi_jumlah_petugas_supervisor", "not_asked")]),
        # block V: surveys only
        ({"v_unit_sampel": "Rumah tangga"}, [("v_unit_sampel", "not_asked")]),
        # 8.1 to 8.2: when, only where there is such a product
        (
            {"viii_ketersediaan_produk_digital": True},
            [("viii_rencana_jadwal_rilis_produk_digital", "missing")],
        ),
        # values
        ({"tahun": "26"}, [("tahun", "not_a_year")]),
        ({"tahun": 2026}, [("tahun", "wrong_type")]),
        ({"i_email": "satudata"}, [("i_email", "not_an_email")]),
        ({"i_email": "-"}, []),
        ({"sektor_kegiatan": "PERTAHANAN"}, [("sektor_kegiatan", "not_an_option")]),
        ({"vi_apakah_melakukan_uji_coba": "Ya"}, [("vi_apakah_melakukan_uji_coba", "wrong_type")]),
        ({"iv_unit_pengumpulan_data": Selection(("lainnya",))}, [("iv_unit_pengumpulan_data", "words_missing")]),
        ({"iv_unit_pengumpulan_data": Selection(("lainnya",), "kapal")}, []),
        (
            {"iii_jadwal_desain": [{"awal": "2026-03-01", "akhir": "2026-02-01"}]},
            [("iii_jadwal_desain", "period_reversed")],
        ),
        ({"iii_jadwal_desain": [{"awal": "Maret", "akhir": None}]}, [("iii_jadwal_desain", "not_a_date")]),
        ({"iii_jadwal_desain": [{"awal": None, "akhir": ""}]}, [("iii_jadwal_desain", "missing")]),
    ],
)
def test_skip_rules_and_values_of_ms_keg(changed, expected):
    assert found(KEG, COMPLETE | changed) == expected


def test_sampling_method_must_fit_the_kind_of_sample():
    survey = SURVEY | {"v_metode_pemilihan_sampel_tahap_terakhir": "SAMPEL_NONPROBABILITAS"}
    assert found(KEG, survey | {"v_metode_yang_digunakan": "QUOTA_SAMPLING"}) == []
    assert found(KEG, survey | {"v_metode_yang_digunakan": "CLUSTER_SAMPLING"}) == [
        ("v_metode_yang_digunakan", "option_excluded")
    ]
    assert found(KEG, survey | {"v_fraksi_sampel_keseluruhan": "0.1"}) == [("v_fraksi_sampel_keseluruhan", "not_asked")]


def test_recommendation_is_asked_of_sectoral_surveys_only():
    sectoral = COMPLETE | {"cara_pengumpulan_data": "SURVEI"}
    assert found(KEG, sectoral) == [("mendapat_rekomendasi", "missing")]
    assert found(KEG, sectoral | {"mendapat_rekomendasi": True}) == [("identitas_rekomendasi", "missing")]
    assert found(KEG, sectoral | {"mendapat_rekomendasi": False}) == []
    # A question whose own condition does not apply opens no other.
    assert found(KEG, COMPLETE | {"mendapat_rekomendasi": True, "identitas_rekomendasi": "V-23.1600.004"}) == [
        ("mendapat_rekomendasi", "not_asked"),
        ("identitas_rekomendasi", "not_asked"),
    ]


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({}, [("apakah_indikator_komposit", "missing")]),
        ({"apakah_indikator_komposit": True}, [("indikator_pembangun", "missing")]),
        ({"apakah_indikator_komposit": False}, [("variabel_pembangun", "missing")]),
        (
            {
                "apakah_indikator_komposit": True,
                "indikator_pembangun": [{"nama": "Pengadaan", "sumber_publikasi": ["Laporan"]}],
                "variabel_pembangun": [{"nama": "Negara", "kegiatan_penghasil": []}],
            },
            [("variabel_pembangun", "not_asked")],
        ),
    ],
)
def test_composite_indicators_name_what_they_are_made_of(changed, expected):
    assert found(IND, INDICATOR | changed) == expected


def test_problem_names_the_question_as_people_know_it():
    (problem,) = check(IND, INDICATOR | {"apakah_indikator_komposit": True})
    words = problem_words(IND, problem, "en")
    assert words.startswith("11 Indicators it is made of: an answer is needed.")
    assert "10 Is it a composite indicator? = Yes" in words
    (problem,) = check(KEG, COMPLETE | {"sektor_kegiatan": "PERTAHANAN"})
    assert "PERTAHANAN" in problem_words(KEG, problem, "en") and "Labour" in problem_words(KEG, problem, "en")


@pytest.mark.parametrize("name", form.FORMS)
@given(data=st.data())
def test_every_problem_of_any_answers_has_words(name, data):
    of = form.load(name)
    junk = st.fixed_dictionaries({}, optional={one.key: st.integers() | st.text() for one in of.questions})
    given_answers = data.draw(any_answers(of)) | data.draw(junk)
    for problem in check(of, given_answers):
        for language in answers.LANGUAGES:
            words = problem_words(of, problem, language)
            assert words and "{" not in words.replace(problem.value, "")


def test_unknown_form_is_refused():
    with pytest.raises(KeyError):
        form.load("ms_lain")
