"""The shapes of what Satu Data Indonesia asks: they pass who fulfils it, and name the field of who does not."""

from __future__ import annotations

import json

import pytest
from pyshacl import validate
from rdflib import RDF, Graph, Literal, Namespace, URIRef
from rdflib.namespace import DCAT, DCTERMS, FOAF, SH

from ckanext.satudatapmi.publication import rdf
from ckanext.satudatapmi.schemas import form, vocabularies, wire
from tests.publication.datasets import FULL, make
from tests.publication.test_dcat import catalogue, dataset_node

pytestmark = pytest.mark.usefixtures("portal")
SDI = Namespace(rdf.SDI.address)
VCARD = Namespace(rdf.VCARD.address)
SHAPE = Namespace("urn:satudatapmi:shapes:")
FILE = vocabularies.HERE / "sdi-shapes.ttl"
ROWS = [{"nama": "Penempatan", "kegiatan_penghasil": ["Kompilasi"]}]
OBEDIENT = FULL | {
    "konsep": "Penempatan PMI",
    "id_sds": "15219",
    "interpretasi": "Makin tinggi makin banyak.",
    "metode_perhitungan": "Dijumlahkan.",
    "apakah_indikator_komposit": "Tidak",
    "variabel_pembangun": json.dumps(ROWS),
    "judul_kegiatan": "Kompilasi Data Penempatan",
    "tahun": "2024",
    "cara_pengumpulan_data": "KOMPILASI_PRODUK_ADMINISTRASI",
    "i_instansi_penyelanggara": "BP2MI",
    "iii_latar_belakang_kegiatan": "Undang-undang",
    "iii_tujuan_kegiatan": "Menyediakan data",
    "iii_variabel_yang_dikumpulkan": json.dumps([{"nama": "Jumlah"}]),
    "kodereferensi": "Kemendagri",
    "kriteria_prioritas": "RPJMN",
}


@pytest.fixture(scope="module")
def shapes():
    return Graph().parse(FILE)


def found(graph, shapes):
    """Return the keys of the fields that violate, and those that are warned of."""
    _conforms, report, _text = validate(graph, shacl_graph=shapes)
    said = {SH.Violation: set(), SH.Warning: set()}
    for result in report.subjects(RDF.type, SH.ValidationResult):
        key = str(report.value(result, SH.sourceShape)).removeprefix(str(SHAPE))
        assert {message.language for message in report.objects(result, SH.resultMessage)} == {"id", "en"}
        assert all(str(message).startswith(f"{key}: ") for message in report.objects(result, SH.resultMessage))
        said[report.value(result, SH.resultSeverity)].add(key)
    return said[SH.Violation], said[SH.Warning]


def test_a_dataset_that_fulfils_all_passes(app, shapes):
    make(**OBEDIENT)
    assert found(catalogue(app), shapes) == (set(), set())


def test_a_poor_dataset_is_told_of_each_field(app, shapes):
    make(title="Sedikit", notes="")
    violated, warned = found(catalogue(app), shapes)
    assert violated == {
        "description",
        "ukuran",
        "satuan",
        "id_sds",
        "interpretasi",
        "metode_perhitungan",
        "apakah_indikator_komposit",
        "judul_kegiatan",
        "tahun",
        "cara_pengumpulan_data",
        "i_instansi_penyelanggara",
        "iii_latar_belakang_kegiatan",
        "iii_tujuan_kegiatan",
        "iii_variabel_yang_dikumpulkan",
        "distribution",
        "kodereferensi",
        "contactPoint",
        "accrualPeriodicity",
        "keyword",
    }
    assert warned == {"konsep", "variabel_disaggregasi", "kategori", "license", "spatial", "temporal"}


STATED = {
    "ukuran": SDI["ukuran"],
    "satuan": SDI["satuan"],
    "id_sds": SDI["id_sds"],
    "keyword": DCAT.keyword,
    "modified": DCTERMS.modified,
    "issued": DCTERMS.issued,
    "landingPage": DCAT.landingPage,
    "identifier": DCTERMS.identifier,
    "title": DCTERMS.title,
    "accrualPeriodicity": DCTERMS.accrualPeriodicity,
    "accessRights": DCTERMS.accessRights,
    "distribution": DCAT.mediaType,
    "publisher": FOAF.name,
    "contactPoint": VCARD.hasEmail,
}


def test_each_field_that_is_missing_is_named(app, shapes):
    make(**OBEDIENT)
    whole = catalogue(app)
    for key, predicate in STATED.items():
        graph = Graph() + whole
        graph.remove((None, predicate, None))
        assert found(graph, shapes)[0] == {key}


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("satuan", "-"),
        ("iii_variabel_yang_dikumpulkan", Literal("[]", datatype=RDF.JSON)),
        ("tahun", "24"),
        ("apakah_indikator_komposit", "Mungkin"),
        ("cara_pengumpulan_data", "sensus"),
    ],
)
def test_a_value_that_says_nothing_is_none(app, shapes, key, value):
    make(**OBEDIENT)
    graph = catalogue(app)
    graph.set((dataset_node(graph), SDI[key], Literal(value)))
    assert found(graph, shapes)[0] == {key}


@pytest.mark.parametrize(
    ("given", "key"),
    [
        ({"apakah_indikator_komposit": "Ya"}, "indikator_pembangun"),
        ({"cara_pengumpulan_data": "SURVEI", "jenis_statistik": "STATISTIK_SEKTORAL"}, "mendapat_rekomendasi"),
        ({"mendapat_rekomendasi": "Ya"}, "identitas_rekomendasi"),
        ({"iv_kegiatan_ini_dilakukan": "BERULANG"}, "iv_frekuensi_penyelanggara"),
        ({"viii_ketersediaan_produk_digital": "Ya"}, "viii_rencana_jadwal_rilis_produk_digital"),
    ],
)
def test_what_a_form_asks_of_some_answers(app, shapes, given, key):
    make(**OBEDIENT)
    graph = catalogue(app)
    node = dataset_node(graph)
    for name, value in given.items():
        graph.set((node, SDI[name], Literal(value)))
    assert found(graph, shapes)[0] == {key}
    graph.add((node, SDI[key], Literal("sudah")))
    assert found(graph, shapes)[0] == set()


def test_what_a_form_asks_where_one_of_several_answers_is_given(app, shapes):
    make(**OBEDIENT)
    graph = catalogue(app)
    graph.add((dataset_node(graph), SDI["iv_sarana_pengumpulan_data"], Literal("Computer-assisted (CAPI), Mail")))
    assert {key.split("_")[0] for key in found(graph, shapes)[0]} == {"vi"}


def test_priority_data_name_their_criterion(app, shapes):
    make(**OBEDIENT | {"kriteria_prioritas": ""})
    assert found(catalogue(app), shapes)[0] == {"kriteria_prioritas"}


def test_shapes_ask_what_the_forms_require(shapes):
    keys = {field.key for field in wire.dataset_fields()}
    required = {
        question.portal or question.key
        for name in ("ms_keg", "ms_ind")
        for question in form.load(name).questions
        if question.required
    }
    named = {str(node).removeprefix(str(SHAPE)) for node in shapes.subjects() if isinstance(node, URIRef)}
    assert required <= named
    paths = {node for triple in shapes for node in triple if str(node).startswith(str(SDI))}
    assert {str(path).removeprefix(str(SDI)) for path in paths} <= keys


def test_shapes_are_served(app):
    client = app.flask_app.test_client()
    answer = client.get("/ns/sdi-shapes.ttl")
    assert answer.data == FILE.read_bytes() and answer.content_type.startswith("text/turtle")
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    again = client.get("/ns/sdi-shapes.ttl", headers={"If-None-Match": answer.headers["ETag"]})
    assert again.status_code == 304
