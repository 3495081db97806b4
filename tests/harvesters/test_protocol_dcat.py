"""DCAT in RDF: every dataset in every syntax, pages, and digests that only change when a dataset does."""

from __future__ import annotations

import doctest
import json
from pathlib import Path

import pyoxigraph as ox
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ckanext.satudatapmi.harvesters.datajson import CatalogueError
from ckanext.satudatapmi.harvesters.fetch import FetchError
from ckanext.satudatapmi.harvesters.protocols import dcat_record, rdf
from ckanext.satudatapmi.harvesters.protocols.base import SourceSettings
from ckanext.satudatapmi.harvesters.protocols.dcat import DcatProtocol
from tests.harvesters import servers
from tests.partners.dcat_partner import SYNTAXES, DcatPartner, nested
from tests.partners.misbehaving import busy, saying
from tests.partners.sessions import read

FILES = Path(__file__).parents[1] / "partners/files"
URL = "https://portal.example.go.id/catalog.ttl"
PREFIXES = """
@prefix dcat: <http://www.w3.org/ns/dcat#> . @prefix dct: <http://purl.org/dc/terms/> .
@prefix foaf: <http://xmlns.com/foaf/0.1/> . @prefix skos: <http://www.w3.org/2004/02/skos/core#> .
@prefix hydra: <http://www.w3.org/ns/hydra/core#> . @prefix vcard: <http://www.w3.org/2006/vcard/ns#> .
@prefix locn: <http://www.w3.org/ns/locn#> . @prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix ex: <https://partner.example/> .
"""


@pytest.fixture
def partner():
    with servers.partner_server() as server:
        yield DcatPartner(server)


def harvest(partner, memory=None, token=None, pages=None, **config):
    return read(DcatProtocol(), SourceSettings("dcat", partner.url, config), partner.host, memory, token, pages)


def fill(partner, number=7):
    return [partner.add(f"Dataset {one}") for one in range(number)]


def graph_of(turtle, url=URL):
    return rdf.parse((PREFIXES + turtle).encode(), "turtle", url)


def records_of(turtle, *languages):
    graph = graph_of(turtle)
    return [dcat_record.record(rdf.dataset_graph(graph, one), languages or ("id", "en")) for one in graph.datasets]


def digests_of(content, syntax="turtle"):
    graph = rdf.parse(content if isinstance(content, bytes) else content.encode(), syntax, URL)
    return {one: rdf.digest(rdf.dataset_graph(graph, one)) for one in graph.datasets}


def test_examples_in_docstrings_hold():
    assert doctest.testmod(rdf).failed == 0


@pytest.mark.parametrize("page_size", [0, 3])
@pytest.mark.parametrize("old_hydra", [True, False])
@pytest.mark.parametrize("syntax", SYNTAXES)
def test_all_datasets_come_in_every_syntax_on_any_pages(partner, syntax, old_hydra, page_size):
    partner.syntax, partner.old_hydra, partner.page_size = syntax, old_hydra, page_size
    ids = fill(partner)
    first = harvest(partner)
    assert sorted(first.identifiers) == sorted(ids)
    assert (first.reading.whole, first.reading.problem, first.reading.announced) == (True, "", 7)
    assert partner.asked == (3 if page_size else 1)
    second = harvest(partner)
    assert sorted(second.digests) == sorted(first.digests)


@pytest.mark.parametrize("page_size", [0, 3])
def test_server_with_etags_says_that_nothing_changed(partner, page_size):
    partner.etags, partner.page_size = True, page_size
    fill(partner)
    memory = json.loads(json.dumps(harvest(partner).reading.memory))
    asked = partner.asked
    second = harvest(partner, memory)
    assert (second.unchanged, second.records, partner.asked - asked) == (True, [], 3 if page_size else 1)


def test_only_pages_with_a_change_are_read_again(partner):
    partner.etags, partner.page_size = True, 3
    ids = fill(partner, 9)
    first = harvest(partner)
    partner.change(ids[4], title="Berubah")
    second = harvest(partner, first.reading.memory)
    assert (second.unchanged, len(second.digests), len(second.records)) == (False, 9, 3)
    assert len(set(second.digests) - set(first.digests)) == 1
    assert harvest(partner, second.reading.memory).unchanged


def test_added_changed_vanished_and_returned_datasets_are_told_by_their_digests(partner):
    ids = fill(partner)
    first = harvest(partner)
    partner.change(ids[0], publisher="Dinas Lain")
    new = partner.add("Baru")
    gone = partner.remove(ids[1])
    second = harvest(partner, first.reading.memory)
    assert set(second.identifiers) == {*ids, new} - {ids[1]}
    assert len(set(second.digests) & set(first.digests)) == 5
    partner.restore(ids[1], gone)
    third = harvest(partner, second.reading.memory)
    assert first.digests[first.identifiers.index(ids[1])] in third.digests


def test_other_languages_make_other_records_though_no_page_changed(partner):
    partner.etags = True
    fill(partner, 1)
    first = harvest(partner)
    other = harvest(partner, first.reading.memory, languages=["en"])
    assert (other.unchanged, len(other.records), other.digests == first.digests) == (False, 1, False)


def test_page_that_fails_is_told_and_reading_goes_on_by_token(partner):
    partner.page_size = 2
    ids = fill(partner)
    partner.next_but(2, servers.cut_off)
    first = harvest(partner)
    assert (len(first.records), first.reading.memory) == (4, None)
    assert f"{partner.url}?page=3" in first.reading.problem
    rest = harvest(partner, None, json.loads(json.dumps(first.tokens[-1])))
    assert sorted(first.identifiers + rest.identifiers) == sorted(ids)
    assert rest.reading.problem == ""


@pytest.mark.parametrize("total", ["", "ex:p hydra:totalItems 7 ."])
def test_empty_page_in_the_middle_is_no_end(partner, total):
    partner.page_size = 2
    fill(partner)
    content = f"{PREFIXES} {total} ex:p hydra:next <{partner.url}?page=3> ."
    partner.next_but(1, saying(content.encode(), "text/turtle"))
    first = harvest(partner)
    assert (len(first.records), first.reading.announced, first.reading.memory) == (2, 7, None)
    assert f"{partner.url}?page=2" in first.reading.problem


def test_page_that_fails_after_a_token_is_told_not_raised(partner):
    partner.page_size = 2
    fill(partner)
    token = harvest(partner, pages=1).tokens[0]
    partner.next_but(0, servers.status(500))
    assert harvest(partner, token=token).reading.problem


def test_number_of_datasets_that_the_catalogue_announces_is_told(partner):
    content = PREFIXES + 'ex:p hydra:totalItems 5 . ex:a a dcat:Dataset ; dct:title "A" .'
    partner.next_but(0, saying(content.encode(), "text/turtle"))
    assert harvest(partner).reading.announced == 5


@pytest.mark.parametrize("following", ["", "?page=1", "http://[broken"])
def test_links_that_lead_nowhere_new_come_to_an_end(partner, following):
    content = PREFIXES + f'ex:p hydra:next "{following or partner.url}" . ex:a a dcat:Dataset ; dct:title "A" .'
    partner.server.serve("/catalog", content.encode(), "text/turtle")
    if "broken" in following:
        with pytest.raises(CatalogueError):
            harvest(partner)
    else:
        assert len(harvest(partner).records) == 1


def test_link_to_an_internal_address_is_not_followed(partner):
    content = PREFIXES + 'ex:p hydra:next "http://10.0.0.1/x" . ex:a a dcat:Dataset ; dct:title "A" .'
    partner.server.serve("/catalog", content.encode(), "text/turtle")
    first = harvest(partner)
    assert (len(first.records), "10.0.0.1" in first.reading.problem) == (1, True)


@pytest.mark.parametrize("behaviour", [saying(b"no", status=403), busy, servers.silence(2.5), servers.cut_off])
def test_server_that_does_not_answer_is_an_error(partner, behaviour):
    partner.next_but(0, behaviour)
    with pytest.raises(FetchError):
        harvest(partner)


@pytest.mark.parametrize(
    ("content", "media_type", "kind"),
    [
        (b"", "text/turtle", "empty_file"),
        (b"<!DOCTYPE html><html><body>Login</body></html>", "text/html", "html"),
        (b'{"error": "no access"}', "application/ld+json", "empty_catalogue"),
        (b'{"@context": "https://x.example/remote.jsonld"}', "application/ld+json", "broken_rdf"),
        (b"<http://a> <http://b> ", "text/turtle", "broken_rdf"),
        (nested(3), "application/rdf+xml", "empty_catalogue"),
        (nested(100_000), "application/rdf+xml", "broken_rdf"),
        (b"[" * 200_000, "application/ld+json", "broken_rdf"),
        (
            b'<!DOCTYPE r [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>'
            b'<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"/>',
            "application/rdf+xml",
            "broken_rdf",
        ),
    ],
)
def test_file_that_is_no_catalogue_is_an_error_in_words(partner, content, media_type, kind):
    partner.next_but(0, saying(content, media_type))
    with pytest.raises(CatalogueError) as caught:
        harvest(partner)
    assert caught.value.kind == kind


def test_other_charsets_wrong_types_and_redirects_are_taken_as_they_are_meant(partner):
    partner.add("Caf\xe9")
    partner.only_known_clients = True
    partner.charset, partner.media_type = "cp1252", "text/plain; charset=utf-8"
    partner.server.do("/other.ttl", partner.server.answers["/catalog"])
    partner.next_but(0, servers.redirect(f"{partner.server.url}/other.ttl"))
    assert harvest(partner).records[0]["title"] == "Café"
    partner.syntax = "rdf-xml"
    assert harvest(partner).records[0]["title"] == "Café"
    assert harvest(partner, rdf_format="rdf-xml").records[0]["title"] == "Café"


@pytest.mark.parametrize(("name", "syntax"), [("ttl", "turtle"), ("xml", "rdf-xml"), ("jsonld", "json-ld")])
def test_catalogue_of_ckanext_dcat_comes_through_with_its_ids(name, syntax):
    content = (FILES / f"catalog.{name}").read_bytes()
    assert digests_of(content, syntax) == digests_of((FILES / "catalog.ttl").read_bytes())
    graph = rdf.parse(content, syntax, URL)
    found = [dcat_record.record(rdf.dataset_graph(graph, one), ("id", "en")) for one in graph.datasets]
    full = next(one for one in found if one["title"] == "Penempatan PMI menurut negara tujuan")
    assert full["identifier"] == "4c5676c8-cae3-4d04-922b-cccdf3ffb920"
    assert graph.total == 2
    assert {key: full[key] for key in ("accrualPeriodicity", "spatial", "temporal", "accessRights", "satuan")} == {
        "accrualPeriodicity": "R/P1Y",
        "spatial": "Jawa Timur",
        "temporal": "2023-01-01/2023-12-31",
        "accessRights": "terbuka",
        "satuan": "orang",
    }
    assert full["catatan"] == {"versi": [1, 2]}
    csv = next(one for one in full["distribution"] if one["title"] == "Penempatan 2023")
    assert (csv["format"], csv["mediaType"], csv["byteSize"]) == ("CSV", "text/csv", 1234)
    assert csv["checksum"] == {"algorithm": "sha256", "checksumValue": "a" * 64}
    odd = next(one for one in found if one is not full)
    assert (odd["identifier"], odd["kunci aneh <>"]) == ("5bd14565-f4af-4ac2-967d-47d97e4014cc", ["\u0001"])


def test_every_property_is_in_the_record_and_unknown_ones_under_a_readable_key():
    (record,) = records_of("""
        ex:a a dcat:Dataset ; dct:title "Judul"@id, "Title"@en ; dct:description "Only English"@en ;
          dcat:keyword "satu"@id, "dua"@id, "one"@en ; dct:publisher ex:dinas ;
          dcat:contactPoint [ vcard:fn "Bidang Data" ; vcard:hasEmail [ vcard:hasValue <mailto:data@x.example> ] ] ;
          dct:temporal [ dcat:startDate "2020-01-01" ; dcat:endDate "2020-12-31" ] ;
          dct:spatial [ rdfs:label "Jawa Timur" ; locn:geometry "POINT (1 2)", '{"type": "Point", "coordinates": [1, 2]}' ] ;
          dct:accrualPeriodicity <http://purl.org/cld/freq/monthly> ;
          dct:accessRights <http://publications.europa.eu/resource/authority/access-right/NON_PUBLIC> ;
          dct:language <http://publications.europa.eu/resource/authority/language/IND> ;
          dct:provenance [ a dct:ProvenanceStatement ; rdfs:label "Dari lapangan" ] ; ex:versi 3 ; ex:title "Lain" ;
          dcat:distribution [ dcat:accessURL ex:api ; dct:license ex:lisensi ; dct:format "API" ], ex:file .
        ex:dinas foaf:name "Dinas Contoh" .
    """)
    assert record == {
        "identifier": "https://partner.example/a",
        "title": "Judul",
        "description": "Only English",
        "keyword": ["dua", "satu"],
        "publisher": {"@type": "org:Organization", "name": "Dinas Contoh", "@id": "https://partner.example/dinas"},
        "contactPoint": {"fn": "Bidang Data", "hasEmail": "mailto:data@x.example"},
        "temporal": "2020-01-01/2020-12-31",
        "spatial": ["Jawa Timur", {"type": "Point", "coordinates": [1, 2]}],
        "accrualPeriodicity": "R/P1M",
        "accessLevel": "non-public",
        "language": ["id"],
        "distribution": [
            {"accessURL": "https://partner.example/api", "format": "API", "license": "https://partner.example/lisensi"},
            {"downloadURL": "https://partner.example/file"},
        ],
        "provenance": {"label": "Dari lapangan"},
        "versi": 3,
        "https://partner.example/title": "Lain",
    }


def test_language_that_is_wanted_comes_first():
    turtle = 'ex:a a dcat:Dataset ; dct:title "Judul"@id, "Title"@en-GB, "Titel"@de .'
    assert [records_of(turtle, *wanted)[0]["title"] for wanted in (("en",), ("fr", "de"), ("fr",))] == [
        "Title",
        "Titel",
        "Titel",
    ]


def test_graph_of_a_dataset_holds_nothing_of_others():
    graph = graph_of("""
        ex:c a dcat:Catalog ; dct:title "Katalog" ; dcat:dataset ex:a, ex:b, ex:untyped .
        ex:a a dcat:Dataset ; dct:title "A" ; dct:relation ex:b ; dct:isPartOf ex:c ; dcat:theme ex:t .
        ex:b a dcat:Dataset ; dct:title "B" . ex:untyped dct:title "C" .
        ex:t skos:prefLabel "Tema" ; skos:broader ex:all . ex:all skos:prefLabel "Semua" .
    """)
    assert len(graph.datasets) == 3
    found = rdf.dataset_graph(graph, b"<https://partner.example/a>")
    assert list(found) == [b"<https://partner.example/a>", b"<https://partner.example/t>"]


def test_things_that_point_at_each_other_come_to_an_end():
    turtle = (
        'ex:a a dcat:Dataset ; dct:title "A" ; ex:p _:x . _:x ex:p _:y . _:y ex:p _:x, ex:q . ex:q ex:p ex:a, ex:q .'
    )
    (record,) = records_of(turtle)
    assert record["title"] == "A"
    long = "ex:a a dcat:Dataset ; ex:p _:b0 ." + "".join(f"_:b{n} ex:p _:b{n + 1} ." for n in range(20_000))
    assert len(records_of(long)) == 1


def test_dataset_of_which_too_much_is_said_is_rejected_and_the_rest_lands(partner, monkeypatch):
    monkeypatch.setattr(rdf, "MAX_TRIPLES", 20)
    huge = "ex:a a dcat:Dataset ; dcat:keyword " + ", ".join(f'"{n}"' for n in range(30)) + "; ex:p [ ex:q 1 ] ."
    content = PREFIXES + huge + 'ex:b a dcat:Dataset ; dct:title "B" .'
    partner.next_but(0, saying(content.encode(), "text/turtle"))
    first = harvest(partner)
    (rejected,) = first.rejections
    assert ([one["title"] for one in first.records], rejected.place) == (["B"], 1)
    assert rejected.identifier == "https://partner.example/a"


def test_text_that_looks_like_a_link_to_the_next_page_is_none():
    turtle = 'ex:a a dcat:Dataset ; dct:title "x <http://www.w3.org/ns/hydra/core#next> <http://evil.example> ." .'
    assert graph_of(turtle).following == ""


TEXTS = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=4)
NODES = st.sampled_from(["ex:a", "_:x", "_:y", "_:z", "ex:s"])
OBJECTS = st.one_of(NODES, TEXTS.map(lambda text: json.dumps(text, ensure_ascii=True)))
TRIPLES = st.lists(st.tuples(NODES, st.sampled_from(["ex:p", "ex:q"]), OBJECTS), max_size=15)


def written(triples, names):
    lines = [" ".join(names.get(term, term) for term in triple) + " ." for triple in triples]
    return PREFIXES + "ex:a a dcat:Dataset .\n" + "\n".join(lines)


@settings(max_examples=50, deadline=None)
@given(TRIPLES, st.data())
def test_digest_does_not_depend_on_order_labels_or_syntax(triples, data):
    triples = [one for one in triples if "\\ud" not in one[2]]
    names = dict(zip(["_:x", "_:y", "_:z"], data.draw(st.permutations(["_:x", "_:k9", "_:a"])), strict=True))
    shuffled = data.draw(st.permutations(triples))
    before = digests_of(written(triples, {}))
    assert digests_of(written(shuffled + shuffled[:2], names)) == before
    lines = ox.parse(input=written(shuffled, names), format=ox.RdfFormat.TURTLE)
    assert digests_of(ox.serialize(lines, format=ox.RdfFormat.N_TRIPLES), "n-triples") == before


@settings(max_examples=50, deadline=None)
@given(st.text(st.characters(codec="utf-8"), max_size=5), st.integers(0, 3))
def test_digest_changes_with_any_value_however_deep(text, depth):
    def digest(value):
        inner = "[ ex:p " * depth + json.dumps(value) + " ]" * depth
        return digests_of(PREFIXES + f"ex:a a dcat:Dataset ; ex:p {inner} .")

    safe = text.encode("ascii", "ignore").decode()
    assert digest(safe) != digest(safe + "x")
