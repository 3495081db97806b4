"""A partner's DCAT catalogue in RDF, on pages, in any syntax; each answer has its triples in another order."""

from __future__ import annotations

import itertools
import random
import uuid
from urllib.parse import parse_qs, urlsplit

import pyoxigraph as ox

from tests.harvesters import servers
from tests.partners.misbehaving import Partner

DCAT = "http://www.w3.org/ns/dcat#"
DCT = "http://purl.org/dc/terms/"
FOAF = "http://xmlns.com/foaf/0.1/"
HYDRA = "http://www.w3.org/ns/hydra/core#"
TYPE = ox.NamedNode("http://www.w3.org/1999/02/22-rdf-syntax-ns#type")
SYNTAXES = {
    "turtle": ("text/turtle", ox.RdfFormat.TURTLE),
    "rdf-xml": ("application/rdf+xml", ox.RdfFormat.RDF_XML),
    "json-ld": ("application/ld+json", ox.RdfFormat.JSON_LD),
    "n-triples": ("application/n-triples", ox.RdfFormat.N_TRIPLES),
}


class DcatPartner(Partner):
    """Datasets by identifier: title and publisher.

    Attributes:
        page_size: how many datasets a page holds; 0 for all on one.
        syntax: a key of SYNTAXES.
        old_hydra: says hydra:nextPage instead of hydra:next.
        etags: answers "not modified" to who has seen the page.
        media_type: what it calls the file instead of the right name.
    """

    def __init__(self, server: servers.PartnerServer) -> None:
        super().__init__(server, "/catalog")
        self.datasets: dict[str, dict[str, str]] = {}
        self.address = self.url
        self.page_size = 0
        self.syntax = "turtle"
        self.old_hydra = False
        self.etags = False
        self.media_type = ""
        self.charset = "utf-8"
        self._random = random.Random(1)

    def add(self, title: str = "Dataset", publisher: str = "Dinas Contoh") -> str:
        identifier = str(uuid.uuid4())
        self.datasets[identifier] = {"title": title, "publisher": publisher}
        return identifier

    def change(self, identifier: str, **values: str) -> None:
        self.datasets[identifier] |= values

    def remove(self, identifier: str) -> dict[str, str]:
        return self.datasets.pop(identifier)

    def restore(self, identifier: str, values: dict[str, str]) -> None:
        self.datasets[identifier] = values

    def answer(self, handler) -> None:
        page = int(parse_qs(urlsplit(handler.path).query).get("page", ["1"])[0])
        size = self.page_size or len(self.datasets) or 1
        listed = list(self.datasets.items())[(page - 1) * size : page * size]
        tag = f'"{hash((page, str(listed), len(self.datasets)))}"'
        if self.etags and handler.headers["If-None-Match"] == tag:
            servers.send(handler, 304)
            return
        triples = [triple for identifier, values in listed for triple in self._dataset(identifier, values)]
        # As the host that was asked, which may be a proxy's.
        self.address = f"http://{handler.headers['Host']}{urlsplit(handler.path).path}"
        triples += self._paging(page, last=page * size >= len(self.datasets))
        self._random.shuffle(triples)
        media_type, syntax = SYNTAXES[self.syntax]
        content = ox.serialize(triples, format=syntax).decode().encode(self.charset)
        headers = {"Content-Type": self.media_type or media_type}
        servers.send(handler, 200, content, headers | ({"ETag": tag} if self.etags else {}))

    def _paging(self, page: int, last: bool) -> list[ox.Triple]:
        view = ox.NamedNode(f"{self.address}?page={page}")
        total = ox.Triple(view, ox.NamedNode(f"{HYDRA}totalItems"), ox.Literal(len(self.datasets)))
        if last or not self.page_size:
            return [total]
        following = f"{self.address}?page={page + 1}"
        if self.old_hydra:
            return [total, ox.Triple(view, ox.NamedNode(f"{HYDRA}nextPage"), ox.Literal(following))]
        return [total, ox.Triple(view, ox.NamedNode(f"{HYDRA}next"), ox.NamedNode(following))]

    def _dataset(self, identifier: str, values: dict[str, str]) -> list[ox.Triple]:
        node, file = (ox.NamedNode(f"https://partner.example/dataset/{identifier}{end}") for end in ("", "/file"))
        catalogue, agent, period = ox.NamedNode("https://partner.example/"), ox.BlankNode(), ox.BlankNode()
        said = [
            (node, TYPE, ox.NamedNode(f"{DCAT}Dataset")),
            (catalogue, f"{DCAT}dataset", node),
            (node, f"{DCT}identifier", ox.Literal(identifier)),
            (node, f"{DCT}title", ox.Literal(values["title"], language="id")),
            (node, f"{DCT}publisher", agent),
            (agent, f"{FOAF}name", ox.Literal(values["publisher"])),
            (node, f"{DCT}temporal", period),
            (period, f"{DCAT}startDate", ox.Literal("2023-01-01")),
            (node, f"{DCAT}distribution", file),
            (file, f"{DCAT}downloadURL", ox.NamedNode("https://partner.example/a.csv")),
        ]
        return [ox.Triple(s, p if isinstance(p, ox.NamedNode) else ox.NamedNode(p), o) for s, p, o in said]


def nested(depth: int) -> bytes:
    """Return RDF/XML with one thing inside the other."""
    inner = itertools.chain(["<x:a><rdf:Description>"] * depth, ["</rdf:Description></x:a>"] * depth)
    return (
        '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:x="http://x/"><rdf:Description>'
        + "".join(inner)
        + "</rdf:Description></rdf:RDF>"
    ).encode()
