"""Datasets in DCAT-AP 3: valid, complete, and read by a stock CKAN as what they are."""

from __future__ import annotations

import json

import pyoxigraph
import pytest
import sqlalchemy as sa
from ckan import model
from ckan.plugins import toolkit as tk
from ckan.tests import factories
from ckanext.dcat.processors import RDFParser
from pyshacl import validate
from rdflib import RDF, RDFS, BNode, Graph, Literal, Namespace, URIRef
from rdflib.compare import to_isomorphic
from rdflib.namespace import DCAT, DCTERMS, FOAF, SKOS, XSD

from ckanext.satudatapmi.figures.store import tables
from ckanext.satudatapmi.publication import fragments, rdf
from ckanext.satudatapmi.schemas import wire
from tests.conftest import CHECKOUT
from tests.publication.datasets import FULL, make, make_harvested
from tests.publication.test_datajson import stored

pytestmark = pytest.mark.usefixtures("portal")
SHAPES = CHECKOUT / "tests/publication/shacl/dcat-ap-3.0.1-shapes.ttl"
SDI = Namespace(rdf.SDI.address)
HYDRA = Namespace(rdf.HYDRA.address)
GSP = Namespace(rdf.GSP.address)
LOCN = Namespace(rdf.LOCN.address)
SPDX = Namespace(rdf.SPDX.address)
VCARD = Namespace(rdf.VCARD.address)
FORMATS = {"ttl": "turtle", "jsonld": "json-ld", "xml": "xml", "rdf": "xml", "n3": "n3", "nt": "nt"}
EU = "http://publications.europa.eu/resource/authority/"
ODD = {
    "title": "Aneh \x0b & <b>",
    "notes": "",
    "url": "javascript:alert(1)",
    "license_id": "boleh dipakai siapa saja",
    "theme": '{"a": 1}',
    "kategori": "!!!",
    "spatial": '[{"x": 1}, "35", {"type": "Point", "coordinates": ["a"]}]',
    "temporal": "entah",
    "language": '["klingon", 5]',
    "accrualPeriodicity": "Tahunan",
    "publisher_type": "swasta",
    "wire_extra": '{"kunci aneh <>": ["\\u0001"], "@id": 5}',
    "resources": [
        {"url": 'http://x.example/{a}|b c"d', "name": "a", "format": "aneh sekali/ya", "hash": "zz"},
        {"url": "", "name": "tanpa alamat"},
        {"url": "catatan.txt", "name": "tanpa skema"},
    ],
}
IANA = "https://www.iana.org/assignments/media-types/"
UNLABELLED = "http://www.iana.org/assignments/media-types/"
POOR = {"title": "Sedikit", "notes": ""}
POINT = {"type": "Point", "coordinates": [112.7, -7.2]}
COLUMN = {"nama": "A", "definisi": "Wilayah", "tipe_data": "CHARACTER", "aturan_validasi": ["KODE wilayah"]}
MAXIMAL = FULL | {
    "in_series": "Penempatan PMI",
    "produsen_data_name": "Subbidang Penempatan",
    "spatial": json.dumps(["IDN", "Jatim", "35.06", "Kediri", POINT]),
    "resources": [
        FULL["resources"][0] | {"datastore_active": True, "ms_var": json.dumps([COLUMN])},
        *FULL["resources"][1:],
    ],
}


OXIGRAPH = {
    "ttl": pyoxigraph.RdfFormat.TURTLE,
    "jsonld": pyoxigraph.RdfFormat.JSON_LD,
    "xml": pyoxigraph.RdfFormat.RDF_XML,
    "nt": pyoxigraph.RdfFormat.N_TRIPLES,
}


def without_page(graph):
    """Return a catalogue without the page, whose address has the ending of its notation."""
    rest = Graph()
    pages = set(graph.subjects(RDF.type, HYDRA.PagedCollection))
    for triple in graph:
        if triple[0] not in pages:
            rest.add(triple)
    return rest


def catalogue(app, extension="ttl"):
    response = app.flask_app.test_client().get(f"/catalog.{extension}")
    assert response.status_code == 200
    return Graph().parse(data=response.data, format=FORMATS[extension])


def stock_package(app, extension):
    """Return what the stock harvester makes of our only dataset."""
    parser = RDFParser(profiles=["euro_dcat_ap_3"])
    parser.parse(app.flask_app.test_client().get(f"/catalog.{extension}").data.decode(), _format=extension)
    (package,) = parser.datasets()
    return package


def test_catalogue_has_no_shacl_violation(app):
    owner = factories.Organization()["id"]
    made = [make_harvested(owner_org=owner, **values) for values in (FULL, ODD, POOR, MAXIMAL)]
    pages = [f"/dataset/{dataset['id']}.ttl" for dataset in made]
    documents = [Graph().parse(data=app.get(page).body, format="turtle") for page in pages]
    for graph in (catalogue(app), *documents):
        conforms, _, report = validate(graph, shacl_graph=Graph().parse(SHAPES))
        assert conforms, report


def test_shapes_find_a_fault(app):
    """The shapes bite: without a title a dataset does not pass."""
    make(**POOR)
    graph = catalogue(app)
    graph.remove((None, DCTERMS.title, Literal("Sedikit")))
    assert not validate(graph, shacl_graph=Graph().parse(SHAPES))[0]


def test_shipped_shapes_are_those_of_semic(shared):
    assert SHAPES.read_bytes() == (shared / "shacl/dcat-ap-3.0.1-shapes.ttl").read_bytes()


def test_every_notation_says_the_same_to_either_library(app):
    make_harvested(**MAXIMAL)
    first = to_isomorphic(catalogue(app, "nt"))
    client = app.flask_app.test_client()
    for extension, syntax in OXIGRAPH.items():
        assert to_isomorphic(without_page(catalogue(app, extension))) == to_isomorphic(without_page(first)), extension
        read = pyoxigraph.parse(client.get(f"/catalog.{extension}").data, syntax)
        triples = pyoxigraph.serialize({quad.triple for quad in read}, format=pyoxigraph.RdfFormat.N_TRIPLES)
        assert to_isomorphic(without_page(Graph().parse(data=triples, format="nt"))) == to_isomorphic(
            without_page(first)
        )


def test_the_same_catalogue_is_written_in_the_same_bytes(app):
    make_harvested(**MAXIMAL)
    make()
    client = app.flask_app.test_client()

    def written(extension):
        with model.ensure_engine().begin() as connection:
            connection.execute(sa.delete(fragments.FRAGMENT))
        return client.get(f"/catalog.{extension}").data

    for extension in OXIGRAPH:
        assert written(extension) == written(extension)


def test_dataset_page_and_catalogue_say_the_same(app):
    dataset = make(**FULL)
    page = Graph().parse(data=app.get(f"/dataset/{dataset['id']}.ttl").body, format="turtle")
    whole = catalogue(app)
    (node,) = page.subjects(RDF.type, DCAT.Dataset)
    assert set(page.predicates(node)) == set(whole.predicates(node))
    assert set(page.objects(node, SDI["satuan"])) == set(whole.objects(node, SDI["satuan"])) == {Literal("orang")}


def test_every_filled_field_is_said(app):
    dataset = make(**FULL)
    graph = catalogue(app)
    (node,) = graph.subjects(RDF.type, DCAT.Dataset)
    said = {str(predicate) for predicate in graph.predicates(node)}
    standard = {
        "title",
        "description",
        "keyword",
        "publisher",
        "contactPoint",
        "landingPage",
        "issued",
        "modified",
        "language",
        "theme",
    }
    for field in wire.dataset_fields():
        if dataset.get(field.field) and not field.personal and field.key not in standard | {"license", "identifier"}:
            assert str(SDI[field.key]) in said, field.key
    assert json.loads(graph.value(node, SDI["lain"])) == {"catatan": {"versi": [1, 2]}, "II_PJ_EMAIL": None}
    assert graph.value(node, SDI["total_msind"]) == Literal(1)


def test_words_of_the_portal_are_said_in_those_of_dcat_ap(app):
    make(**FULL)
    graph = catalogue(app)
    (node,) = graph.subjects(RDF.type, DCAT.Dataset)
    authority = "http://publications.europa.eu/resource/authority/"
    assert graph.value(node, DCTERMS.accrualPeriodicity) == URIRef(f"{authority}frequency/ANNUAL")
    assert graph.value(node, DCTERMS.accessRights) == URIRef(f"{authority}access-right/PUBLIC")
    assert set(graph.objects(node, DCTERMS.language)) == {
        URIRef(f"{authority}language/IND"),
        URIRef(f"{authority}language/ENG"),
    }
    themes = {str(label) for theme in graph.objects(node, DCAT.theme) for label in graph.objects(theme, SKOS.prefLabel)}
    assert themes == {"Ketenagakerjaan", "Pekerja migran", "https://example.org/tema/1"}


@pytest.mark.parametrize("extension", ["ttl", "xml", "jsonld"])
def test_stock_ckan_reads_what_we_have(app, extension):
    dataset = make(**FULL)
    package = stock_package(app, extension)
    # The reader moves what our schema knows from the extras to the top; tests/national has a CKAN that knows nothing.
    extras = package | {extra["key"]: extra["value"] for extra in package["extras"]}
    assert package["title"] == dataset["title"]
    assert package["notes"] == dataset["notes"]
    assert package["url"] == "https://dinas.example.go.id/penempatan?tahun=2024&x=a%20b"
    assert sorted(tag["name"] for tag in package["tags"]) == ["pekerja migran", "penempatan"]
    assert package["license_id"] == "cc-by"
    assert extras["identifier"] == dataset["id"]
    assert extras["uri"].endswith(f"/dataset/{dataset['id']}")
    assert (extras["publisher_name"], extras["contact_name"]) == ("Bidang Penempatan", "Bidang Data")
    assert extras["contact_email"] == "data@dinas.example.go.id"
    assert (extras["issued"], extras["modified"]) == ("2024-01-10", "2024-02-10T08:00:00+07:00")
    assert (extras["temporal_start"], extras["temporal_end"]) == ("2023-01-01", "2023-12-31")
    assert extras["spatial_text"] == "Jawa Timur"
    found = {
        (item["name"], item.get("description", ""), item["url"], item.get("format", ""), item.get("mimetype", ""))
        for item in package["resources"]
    }
    assert found == {
        ("Penempatan 2023", "CSV, UTF-8", "https://dinas.example.go.id/a%20b.csv", "CSV", "text/csv"),
        ("Layanan", "", "https://dinas.example.go.id/api?tahun=2023", "API", f"{UNLABELLED}application/json"),
        ("Tanpa format", "", "https://dinas.example.go.id/berkas", "", ""),
    }


def test_format_is_read_as_it_is_here_beside_another_of_the_same_media_type(app):
    """A stock CKAN goes by the label of the media type, which is told for all that stands in a document."""
    formats = {"Berkas": "JSON", "Layanan": "API"}
    resources = [
        {"url": f"https://x.example/{name}", "name": name, "format": one, "mediaType": "application/json"}
        for name, one in formats.items()
    ]
    make(**POOR | {"resources": resources})
    assert {item["name"]: item["format"] for item in stock_package(app, "ttl")["resources"]} == formats


def test_odd_values_do_not_stop_a_stock_ckan(app):
    make_harvested(**ODD)
    package = stock_package(app, "xml")
    assert package["title"] == "Aneh  & <b>"
    assert len(package["resources"]) == 3


def test_unknown_frequency_keeps_its_words(app):
    make_harvested(**FULL | {"accrualPeriodicity": "kalau sempat"})
    extras = {extra["key"]: extra["value"] for extra in stock_package(app, "ttl")["extras"]}
    assert extras["frequency"] == "kalau sempat"


def test_private_dataset_is_not_shown_in_rdf(app):
    dataset = make(private=True)
    assert app.get(f"/dataset/{dataset['id']}.ttl", status=403).status_code == 403


def dataset_node(graph):
    (node,) = graph.subjects(RDF.type, DCAT.Dataset)
    return node


def test_areas_go_by_their_code_and_have_a_box(app):
    make_harvested(**MAXIMAL)
    graph = catalogue(app)
    found = list(graph.objects(dataset_node(graph), DCTERMS.spatial))
    site = tk.config["ckan.site_url"]
    named = {str(one).removeprefix(f"{site}/kode/wilayah/"): one for one in found if isinstance(one, URIRef)}
    assert named.keys() == {"IDN", "35", "35.06"}
    assert graph.value(named["35"], SKOS.prefLabel) == Literal("Jawa Timur")
    assert graph.value(named["35"], DCTERMS.identifier) == Literal("35")
    box = graph.value(named["35"], DCAT.bbox)
    assert box.datatype == GSP.wktLiteral
    assert str(box).startswith("POLYGON ((110.89 -8.79, ")
    assert len({str(graph.value(one, DCAT.bbox)) for one in named.values()}) == 3
    blank = [one for one in found if isinstance(one, BNode)]
    assert {str(graph.value(one, SKOS.prefLabel)) for one in blank} == {"Kediri", "None"}
    assert [str(shape) for shape in graph.objects(None, LOCN.geometry)] == ["POINT (112.7000 -7.2000)"]
    assert app.get("/kode/wilayah/35.06", status=200)


def test_a_distribution_says_what_its_file_is(app):
    make_harvested(**MAXIMAL)
    graph = catalogue(app)
    node = graph.value(None, DCTERMS.title, Literal("Penempatan 2023"))
    assert graph.value(node, DCAT.byteSize) == Literal(1234, datatype=XSD.nonNegativeInteger)
    checksum = graph.value(node, SPDX.checksum)
    assert graph.value(checksum, SPDX.algorithm) == SPDX.checksumAlgorithm_sha256
    assert graph.value(checksum, SPDX.checksumValue) == Literal("a" * 64, datatype=XSD.hexBinary)
    assert graph.value(node, DCAT.mediaType) == URIRef(f"{IANA}text/csv")
    assert graph.value(node, DCTERMS["format"]) == URIRef(f"{EU}file-type/CSV")
    licence = graph.value(node, DCTERMS.license)
    assert licence == URIRef("http://www.opendefinition.org/licenses/cc-by"), "CKAN's register has it so"
    assert graph.value(licence, SKOS.exactMatch) == URIRef("https://creativecommons.org/licenses/by/4.0/")
    rights = graph.value(node, DCTERMS.rights)
    assert (rights, RDF.type, DCTERMS.RightsStatement) in graph
    assert {label.language for label in graph.objects(rights, RDFS.label)} == {"id", "en"}
    assert graph.value(node, SDI["kodereferensi"]) == URIRef(f"{tk.config['ckan.site_url']}/kode/wilayah")


def test_size_and_checksum_of_a_publisher_stand_in_for_ours(app):
    given = {"byteSize": 77, "checksum": {"algorithm": "md5", "checksumValue": "b" * 32}, "title": "Berkas"}
    resource = {"url": "https://x.example/a.csv", "name": "Berkas", "wire_extra": json.dumps(given)}
    make_harvested(**FULL | {"resources": [resource]})
    graph = catalogue(app)
    node = graph.value(None, DCTERMS.title, Literal("Berkas"))
    assert graph.value(node, DCAT.byteSize) == Literal(77, datatype=XSD.nonNegativeInteger)
    assert graph.value(graph.value(node, SPDX.checksum), SPDX.algorithm) == SPDX.checksumAlgorithm_md5


def test_what_is_no_media_type_or_checksum_is_not_said(app):
    odd = {
        "url": "https://x.example/a",
        "name": "x",
        "mediaType": "text / csv",
        "hash": "zz",
        "size": None,
        "format": "CSV",
    }
    make_harvested(**FULL | {"resources": [odd]})
    graph = catalogue(app)
    for predicate in (DCAT.mediaType, SPDX.checksum, DCAT.byteSize):
        assert not list(graph.objects(None, predicate))
    (label,) = graph.objects(None, DCTERMS["format"])
    assert graph.value(label, RDFS.label) == Literal("CSV")


def test_rights_in_the_words_of_the_publisher(app):
    make_harvested(**FULL | {"wire_extra": '{"rights": "Hanya dengan menyebut sumber"}'})
    graph = catalogue(app)
    labels = {str(graph.value(one, RDFS.label)) for one in graph.objects(None, DCTERMS.rights)}
    assert labels == {"Hanya dengan menyebut sumber"}


def test_an_organisation_that_publishes_itself_goes_by_its_address(app):
    organization = factories.Organization(title="Dinas Contoh", publisher_type="daerah")
    dataset = make(owner_org=organization["id"], title="Sendiri", maintainer_email="pusdatin@bp2mi.go.id")
    make(owner_org=organization["id"], title="Lain", publisher_name="Bidang Lain", produsen_data_name="Seksi Angka")
    graph = catalogue(app)
    own, other = (
        graph.value(graph.value(None, DCTERMS.title, Literal(title)), DCTERMS.publisher)
        for title in ("Sendiri", "Lain")
    )
    assert str(own) == f"{tk.config['ckan.site_url']}/organization/{organization['id']}"
    assert graph.value(own, DCTERMS.type) == URIRef("http://purl.org/adms/publishertype/RegionalAuthority")
    assert app.get(str(own).removeprefix(tk.config["ckan.site_url"]), status=200)
    assert isinstance(other, BNode) and graph.value(other, FOAF.name) == Literal("Bidang Lain")
    (producer,) = graph.objects(None, DCTERMS.creator)
    assert graph.value(producer, FOAF.name) == Literal("Seksi Angka")
    contact = graph.value(URIRef(f"{tk.config['ckan.site_url']}/dataset/{dataset['id']}"), DCAT.contactPoint)
    assert graph.value(contact, VCARD.hasEmail) == URIRef("mailto:pusdatin@bp2mi.go.id")
    assert graph.value(contact, VCARD.hasURL) == own


def test_a_contact_is_the_mailbox_of_an_office_never_of_a_person(app):
    make_harvested(title="Kantor", i_email="sekretariat@bp2mi.go.id")
    make_harvested(title="Orang", i_email="fulan@bp2mi.go.id")
    graph = catalogue(app)
    assert [str(one) for one in graph.objects(None, VCARD.hasEmail)] == ["mailto:sekretariat@bp2mi.go.id"]


@pytest.mark.parametrize(("stated", "told"), [("-", "Bidang Data"), (" Bidang Layanan ", "Bidang Layanan")])
def test_names_of_agents_have_no_blanks_around_and_a_contact_without_one_is_the_publisher(app, stated, told):
    agents = {"publisher": {"name": "Bidang Data "}, "contactPoint": {"fn": stated}}
    taken = stored({"identifier": "1", "title": "Data", "distribution": []} | agents)
    make_harvested(
        **{name: taken[name] for name in ("title", "publisher_name", "maintainer", "wire_extra") if name in taken}
    )
    graph = catalogue(app)
    assert [str(one) for one in graph.objects(None, VCARD.fn)] == [told]
    assert "Bidang Data" in {str(one) for one in graph.objects(None, FOAF.name)}


def test_a_table_has_a_service(app):
    dataset = make_harvested(**MAXIMAL)
    table = next(one for one in dataset["resources"] if one.get("datastore_active"))
    graph = catalogue(app)
    ((distribution, service),) = graph.subject_objects(DCAT.accessService)
    assert str(distribution).endswith(table["id"])
    site = tk.config["ckan.site_url"]
    endpoint = graph.value(service, DCAT.endpointURL)
    assert str(endpoint) == f"{site}/api/3/action/datastore_search?resource_id={table['id']}"
    assert graph.value(service, DCAT.servesDataset) == dataset_node(graph)
    assert {title.language for title in graph.objects(service, DCTERMS.title)} == {"id", "en"}


def test_the_services_of_the_single_data_serve_the_datasets_that_feed_it(app):
    fed, other = make(), make(title="Lain")
    load = {"facet": "x", "package_id": fed["id"], "resource_id": "r", "file": "a.csv", "sha256": "0" * 64}
    with model.ensure_engine().begin() as connection:
        tables.fill_registry(connection)
        facet = connection.scalar(sa.select(tables.FACET.c.id).limit(1))
        moment = {"retrieved": sa.func.current_date(), "recorded": sa.func.now()}
        connection.execute(sa.insert(tables.FIGURE_LOAD).values(load | {"facet": facet} | moment))
    graph = catalogue(app)
    site = tk.config["ckan.site_url"]
    services = set(graph.objects(None, DCAT.service))
    assert f"{site}/api/3/action/pmi_query" in {str(graph.value(one, DCAT.endpointURL)) for one in services}
    for service in services:
        assert [str(one) for one in graph.objects(service, DCAT.servesDataset)] == [f"{site}/dataset/{fed['id']}"]
        assert str(graph.value(service, DCAT.endpointDescription)) == f"{site}/api/pmi/openapi.json"
    assert other["id"] in str(list(graph.objects(None, DCAT.dataset)))


def test_another_profile_is_ckanext_dcats(app, ckan_config, monkeypatch):
    make(**FULL)
    monkeypatch.setitem(ckan_config, "ckanext.dcat.rdf.profiles", "euro_dcat_ap_3")
    assert not list(catalogue(app).subject_objects(SDI["satuan"]))
