"""RDF of a partner as triples, split into one small graph for each dataset, with a digest that labels do not change.

pyoxigraph reads whatever syntax it is; triples are then kept as lines of N-Triples by their subject, which is fast and
small. A dataset's graph holds what is said of it and of its distributions, agents, periods and places, but never of
other datasets or of the catalogue.
"""

from __future__ import annotations

import hashlib
import re
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final
from xml.parsers import expat

import pyoxigraph

from ckanext.satudatapmi.harvesters.datajson import CatalogueError
from ckanext.satudatapmi.schemas.convert import short
from ckanext.satudatapmi.text import _

MAX_TRIPLES = 200_000
"""Of one dataset: above this it is no description any more."""
MAX_LINKS = 4
"""How many addresses away from its dataset a thing may be; blank nodes do not count, they belong to what names them."""
MAX_XML_DEPTH = 200
ROUNDS = 4
DIGEST_BYTES = 16

FORMATS: Final[Mapping[str, pyoxigraph.RdfFormat]] = {
    "turtle": pyoxigraph.RdfFormat.TURTLE,
    "rdf-xml": pyoxigraph.RdfFormat.RDF_XML,
    "json-ld": pyoxigraph.RdfFormat.JSON_LD,
    "n-triples": pyoxigraph.RdfFormat.N_TRIPLES,
}
_MEDIA_TYPES = {
    "text/turtle": "turtle",
    "application/x-turtle": "turtle",
    "text/n3": "turtle",
    "application/rdf+xml": "rdf-xml",
    "application/ld+json": "json-ld",
    "application/n-triples": "n-triples",
}
_EXTENSIONS = {
    ".ttl": "turtle",
    ".n3": "turtle",
    ".rdf": "rdf-xml",
    ".xml": "rdf-xml",
    ".jsonld": "json-ld",
    ".json": "json-ld",
    ".nt": "n-triples",
}
_RDF_TYPE = b"<http://www.w3.org/1999/02/22-rdf-syntax-ns#type> "
_DCAT = b"<http://www.w3.org/ns/dcat#"
_DATASET = _RDF_TYPE + _DCAT + b"Dataset>"
_OTHERS = {_RDF_TYPE + _DCAT + name + b">" for name in (b"Catalog", b"CatalogRecord", b"DatasetSeries")}
_LISTED = _DCAT + b"dataset> "
_DCT = b"<http://purl.org/dc/terms/"
_SKOS = b"<http://www.w3.org/2004/02/skos/core#"
_NOT_FOLLOWED = {
    *(_DCT + name for name in (b"isPartOf", b"hasPart", b"isVersionOf", b"hasVersion", b"relation", b"source")),
    *(_DCAT + name for name in (b"inSeries", b"first", b"last", b"prev", b"previous", b"servesDataset")),
    *(_SKOS + name for name in (b"broader", b"narrower", b"related", b"inScheme", b"topConceptOf", b"hasTopConcept")),
}
"""What leads to other datasets, or from a theme into its whole vocabulary."""
_HYDRA = re.compile(rb"<http://www\.w3\.org/ns/hydra/core#(next|nextPage|totalItems)> ([^\n]*) \.\n")

Triples = Mapping[bytes, list[bytes]]
"""Predicate and object, as N-Triples writes them, by subject."""


@dataclass(frozen=True)
class Graph:
    """The triples of a page.

    Attributes:
        triples: all of them.
        datasets: subjects that are datasets, in their order.
        others: subjects that no dataset's graph enters, datasets among them.
        following: address of the next page, "" if there is none.
        total: how many datasets the catalogue says it has; None if it does not say.
    """

    triples: Triples
    datasets: tuple[bytes, ...]
    others: frozenset[bytes]
    following: str = ""
    total: int | None = None


def format_of(media_type: str, url: str, content: bytes, wanted: str = "") -> str:
    """Return the syntax of a file: as configured, as the server says, by the end of its address, or by how it begins.

    >>> format_of("text/plain", "https://data.example/catalog.rdf?page=2", b"")
    'rdf-xml'
    """
    path = url.partition("#")[0].partition("?")[0].lower()
    by_end = next((name for end, name in _EXTENSIONS.items() if path.endswith(end)), "")
    return wanted or _MEDIA_TYPES.get(media_type, "") or by_end or _by_beginning(content)


def _by_beginning(content: bytes) -> str:
    start = content.lstrip(b"\xef\xbb\xbf \t\r\n")[:1]
    if start in (b"{", b"["):
        return "json-ld"
    return "rdf-xml" if re.match(rb"\s*<(\?xml|rdf:|!--|!DOCTYPE)", content.lstrip(b"\xef\xbb\xbf")[:200]) else "turtle"


def parse(content: bytes, syntax: str, url: str, charset: str | None = None) -> Graph:
    """Return the triples of a file.

    Args:
        content: the file.
        syntax: a key of FORMATS.
        url: its address, for relative ones.
        charset: what the server said about its encoding; UTF-8 comes first.

    Raises:
        CatalogueError: it is empty, a web page, or no RDF in this syntax.
    """
    text = as_utf8(content, charset)
    if not text.strip():
        raise CatalogueError("empty_file", _("The file is empty. Expected RDF. Ask the partner to mend the address."))
    if re.match(rb"\s*(<!doctype\s+html|<html)", text[:500], re.IGNORECASE):
        raise CatalogueError(
            "html",
            _("The address answers with a web page instead of RDF. Open it in a browser: it may ask for a login."),
        )
    if syntax == "rdf-xml":
        text = _checked_xml(text)
    try:
        return _graph(_lines(text, syntax, url))
    except (SyntaxError, ValueError, RecursionError) as error:
        raise CatalogueError(
            "broken_rdf",
            _(
                "The file is no valid {syntax}: {problem}. Nothing was changed; ask the partner to mend the file, or "
                "set the format of the source.",
                syntax=syntax,
                problem=short(str(error), 200),
            ),
            getattr(error, "lineno", None),
            getattr(error, "offset", None),
        ) from error


def as_utf8(content: bytes, charset: str | None) -> bytes:
    """Return the file in UTF-8 without a byte order mark, whatever the server or the file say about its encoding."""
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return content.decode("utf-16", errors="replace").encode()
    for encoding in ("utf-8-sig", charset, "cp1252"):
        try:
            return content.decode(encoding or "utf-8").encode()
        except (UnicodeDecodeError, LookupError):
            continue
    return content.decode("utf-8", errors="replace").encode()


def _checked_xml(text: bytes) -> bytes:
    """Return XML without its declaration; entities and deep nesting are refused: they serve to fill the memory."""
    depth = 0

    def start(_name: str, _attributes: Any) -> None:
        nonlocal depth
        depth += 1
        if depth > MAX_XML_DEPTH:
            raise _broken_xml(_("nested more than {limit} deep", limit=MAX_XML_DEPTH))

    def end(_name: str) -> None:
        nonlocal depth
        depth -= 1

    def entity(*_declaration: Any) -> None:
        raise _broken_xml(_("it declares entities, which are not read"))

    parser = expat.ParserCreate("utf-8")
    parser.StartElementHandler, parser.EndElementHandler, parser.EntityDeclHandler = start, end, entity
    try:
        parser.Parse(text, True)
    except expat.ExpatError as error:
        raise _broken_xml(str(error)) from error
    return re.sub(rb"^\s*<\?xml[^>]*\?>", b"", text)


def _broken_xml(problem: str) -> CatalogueError:
    return CatalogueError(
        "broken_rdf",
        _(
            "The file is no RDF/XML that can be read: {problem}. Nothing was changed; ask the partner to mend it.",
            problem=problem,
        ),
    )


def _lines(text: bytes, syntax: str, url: str) -> bytes:
    """Return the file as N-Triples; addresses are taken as they are, faults and all."""
    quads = pyoxigraph.parse(input=text, format=FORMATS[syntax], base_iri=url or None, lenient=True)
    # JSON-LD may put triples into graphs of their own, which N-Triples cannot say.
    source: Any = (quad.triple for quad in quads) if syntax == "json-ld" else quads
    return pyoxigraph.serialize(source, format=pyoxigraph.RdfFormat.N_TRIPLES) or b""


def _graph(lines: bytes) -> Graph:
    triples: dict[bytes, list[bytes]] = {}
    datasets: dict[bytes, None] = {}
    others: set[bytes] = set()
    for line in lines.split(b"\n"):
        if not line:
            continue
        if line.startswith(b"_:"):
            subject, _blank, said = line[:-2].partition(b" ")
        else:
            subject, _blank, said = line[:-2].partition(b"> ")
            subject += b">"
        triples.setdefault(subject, []).append(said)
        if said == _DATASET:
            datasets[subject] = None
        elif said in _OTHERS:
            others.add(subject)
        elif said.startswith(_LISTED):
            datasets[said[len(_LISTED) :]] = None
    others.update(datasets)
    found = tuple(node for node in datasets if node in triples)
    return Graph(triples, found, frozenset(others), *_paging(lines))


def _paging(lines: bytes) -> tuple[str, int | None]:
    """Return the address of the next page and how many datasets there are in all, by Hydra's words old and new."""
    following, total = "", None
    for match in _HYDRA.finditer(lines):
        subject = lines[lines.rfind(b"\n", 0, match.start()) + 1 : match.start()]
        value = match[2]
        if b'"' in subject:  # it stands within a text
            continue
        if match[1] == b"totalItems":
            number = re.match(rb'"(\d{1,12})"', value)
            total = int(number[1]) if number else total
        elif not following:
            following = re.sub(rb'^["<]|[">].*$', b"", value).decode(errors="replace")
    return following, total


class TooLarge(ValueError):
    """A dataset of which more is said than anybody can mean."""


def dataset_graph(graph: Graph, dataset: bytes) -> dict[bytes, list[bytes]]:
    """Return what is said of a dataset and of the things that belong to it, the dataset first.

    Raises:
        TooLarge: it is more than MAX_TRIPLES.
    """
    found: dict[bytes, list[bytes]] = {dataset: list(dict.fromkeys(graph.triples[dataset]))}
    size = len(found[dataset])
    queue = deque([(dataset, 0)])
    while queue:
        node, links = queue.popleft()
        for other in _linked(graph, found[node]):
            distance = links if other.startswith(b"_:") else links + 1
            if other in found or distance > MAX_LINKS:
                continue
            found[other] = list(dict.fromkeys(graph.triples[other]))
            size += len(found[other])
            if size > MAX_TRIPLES:
                raise TooLarge(_("more than {limit} statements are made about it", limit=MAX_TRIPLES))
            queue.append((other, distance))
    return found


def _linked(graph: Graph, said: Iterable[bytes]) -> Iterator[bytes]:
    triples, others = graph.triples, graph.others
    for one in said:
        predicate, _blank, node = one.partition(b"> ")
        if node in triples and node not in others and predicate not in _NOT_FOLLOWED:
            yield node


def digest(triples: Triples, settings: bytes = b"") -> bytes:
    """Return 16 bytes that are the same for the same triples, whatever their order and the labels of blank nodes.

    Args:
        triples: of a dataset.
        settings: what else its record depends on.
    """
    names = _names_of_blanks(triples)
    lines = []
    for subject, said in triples.items():
        head = names.get(subject, subject) + b" "
        lines += [head + (_renamed(one, names) if b"> _:" in one else one) for one in said]
    lines.sort()
    return hashlib.blake2b(b"\n".join([settings, *lines]), digest_size=DIGEST_BYTES).digest()


def _names_of_blanks(triples: Triples) -> dict[bytes, bytes]:
    """Return a name for each blank node, made of what is said of it.

    Each round looks one blank node further. What lies deeper than ROUNDS does not make the name, but its own triples
    are in the digest all the same.
    """
    blanks = {subject: said for subject, said in triples.items() if subject.startswith(b"_:")}
    names = dict.fromkeys(blanks, b"_:")
    for _round in range(min(ROUNDS, len(blanks))):
        names = {
            subject: b"_:" + _hash(b"\n".join(sorted(_renamed(one, names) for one in said)))
            for subject, said in blanks.items()
        }
    return names


def _renamed(said: bytes, names: Mapping[bytes, bytes]) -> bytes:
    predicate, _blank, node = said.partition(b"> ")
    return predicate + b"> " + names.get(node, b"_:") if node.startswith(b"_:") else said


def _hash(content: bytes) -> bytes:
    return hashlib.blake2b(content, digest_size=DIGEST_BYTES).hexdigest().encode()


def as_ntriples(triples: Triples) -> bytes:
    """Return triples as a file, in N-Triples."""
    return b"".join(b"%b %b .\n" % (subject, one) for subject, said in triples.items() for one in said)
