"""What a query for structures asks for, and the artefacts that answer it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from msgspec.structs import replace
from pysdmx.model import AgencyScheme, Codelist, Components, ConceptScheme, Dataflow, DataStructureDefinition

from ckanext.satudatapmi.figures.exports import sdmx_structure
from ckanext.satudatapmi.figures.exports.sdmx_structure import Artefact, Artefacts
from ckanext.satudatapmi.figures.exports.vocabulary import sdmx
from ckanext.satudatapmi.figures.sdmx.data_queries import Parameters, one_of, require_known
from ckanext.satudatapmi.figures.sdmx.errors import NO_RESULTS, NOT_IMPLEMENTED, SYNTAX, SdmxError
from ckanext.satudatapmi.text import _

Scheme = AgencyScheme | Codelist | ConceptScheme
Maintained = Scheme | Dataflow | DataStructureDefinition
KINDS: Mapping[str, type[Maintained]] = {
    "agencyscheme": AgencyScheme,
    "codelist": Codelist,
    "conceptscheme": ConceptScheme,
    "dataflow": Dataflow,
    "datastructure": DataStructureDefinition,
}
"""The resources of which there are artefacts."""
CHILDREN: Mapping[str, tuple[str, ...]] = {
    "dataflow": ("datastructure",),
    "datastructure": ("codelist", "conceptscheme"),
}
"""Which resources those of another refer to, every one to all: there is one structure, which uses every list."""
SAME = {"organisationscheme": "agencyscheme"}
ANY = ("structure", "all", "*")
DETAILS = (
    "full",
    "allstubs",
    "referencestubs",
    "referencepartial",
    "allcompletestubs",
    "referencecompletestubs",
    "raw",
)
REFERENCES = ("none", "parents", "parentsandsiblings", "ancestors", "children", "descendants", "all")
ALL = ("all", "*")
LATEST = ("latest", "~", "+")
"""How the two versions of SDMX REST write every artefact, and the last version of one."""


@dataclass(frozen=True)
class StructureQuery:
    """Which artefacts are asked for; an empty tuple is for all.

    Attributes:
        kinds: the resources.
        agencies, ids, versions: of the artefacts.
        items: of the schemes.
        detail: how much is told of artefacts, a word of `DETAILS`.
        references: which related artefacts are told, words of `REFERENCES` or resources.
    """

    kinds: tuple[str, ...]
    agencies: tuple[str, ...] = ()
    ids: tuple[str, ...] = ()
    versions: tuple[str, ...] = ()
    items: tuple[str, ...] = ()
    detail: str = "full"
    references: tuple[str, ...] = ("none",)


def structure_query(resource: str, path: Iterable[str], given: Parameters) -> StructureQuery:
    """Return what a query asks for.

    Args:
        resource: the kind of artefacts, such as codelist.
        path: agency, id, version and items as the address writes them; those at the end may be missing.
        given: the parameters by name.

    Raises:
        SdmxError: it cannot be understood, or there are no such artefacts.
    """
    kinds = _kinds(resource)
    require_known(given, ("detail", "references"))
    parts = [_names(part) for part in path]
    agencies, ids, versions, items = (*parts, (), (), (), ())[:4]
    if items and not all(issubclass(KINDS[kind], Scheme) for kind in kinds):
        raise SdmxError(SYNTAX, _("{resource} has no items; leave out what follows the version.", resource=resource))
    references = tuple(given.get("references", "none").split(","))
    for word in references:
        one_of("references", word, (*REFERENCES, *KINDS, *SAME, *_empty()))
    detail = one_of("detail", given.get("detail", "full"), DETAILS)
    return StructureQuery(kinds, agencies, ids, versions, items, detail, references)


def _kinds(resource: str) -> tuple[str, ...]:
    if resource in ANY:
        return tuple(KINDS)
    kind = SAME.get(resource, resource)
    if kind in KINDS:
        return (kind,)
    if kind in _empty():
        message = _("There is no {resource} here; there are: {known}.", resource=resource, known=", ".join(KINDS))
        raise SdmxError(NO_RESULTS, message)
    known = ", ".join((*KINDS, "data"))
    # What SDMX does not know either is a fault of the question, no lack of ours.
    code = NOT_IMPLEMENTED if resource in sdmx()["resources_not_implemented"] else SYNTAX
    raise SdmxError(
        code, _("There is no resource {resource!r} here; ask for: {known}.", resource=resource, known=known)
    )


def _empty() -> Sequence[str]:
    """Return the resources that SDMX knows and of which there are no artefacts here."""
    return sdmx()["resources_without_artefacts"]


def _names(text: str) -> tuple[str, ...]:
    """Return the names that a part of the path has, none if it stands for all or for the latest, which is the only."""
    return () if text in (*ALL, *LATEST, "") else tuple(re.split("[+,]", text))


def answering(query: StructureQuery) -> Artefacts:
    """Return the artefacts that answer a query.

    Raises:
        SdmxError: there are none.
    """

    def told(language: str) -> list[Artefact]:
        pool: list[Maintained] = [*_pool(language)]
        asked = [_with_items(one, query.items) for one in pool if _is_asked(one, query)]
        related = _related(query)
        asked_for = {one.short_urn for one in asked}
        beside = [one for one in pool if kind_of(one) in related and one.short_urn not in asked_for]
        if query.detail in ("allstubs", "allcompletestubs"):
            asked = [_stub(one) for one in asked]
        if query.detail.endswith("stubs"):
            beside = [_stub(one) for one in beside]
        return [*asked, *beside]

    if not any(_is_asked(one, query) for one in _pool("id")):
        raise SdmxError(NO_RESULTS, _no_artefact(query))
    return told


def _pool(language: str) -> list[Maintained]:
    found = [*sdmx_structure.artefacts(language), sdmx_structure.agency_scheme(language)]
    return [one for one in found if isinstance(one, Maintained)]


def _no_artefact(query: StructureQuery) -> str:
    there = [one.short_urn for one in _pool("id") if kind_of(one) in query.kinds]
    return _("There is no such artefact here; there are: {there}.", there=", ".join(there))


def kind_of(one: Artefact) -> str:
    """Return the resource that an artefact belongs to."""
    return next(kind for kind, type_ in KINDS.items() if isinstance(one, type_))


def _is_asked(one: Maintained, query: StructureQuery) -> bool:
    said = ((str(one.agency), query.agencies), (one.id, query.ids), (str(one.version), query.versions))
    return (
        kind_of(one) in query.kinds
        and all(not names or name in names for name, names in said)
        and (not query.items or any(item.id in query.items for item in _items(one)))
    )


def _items(one: Maintained) -> list:
    return list(one.items) if isinstance(one, Scheme) else []


def _with_items(one: Maintained, wanted: tuple[str, ...]) -> Maintained:
    """Return a scheme with the items that are wanted alone, if some are."""
    if not wanted:
        return one
    return replace(one, items=[item for item in _items(one) if item.id in wanted], is_partial=True)


def _stub(one: Maintained) -> Maintained:
    """Return an artefact without what it is made of; a dataflow still names its structure."""
    if isinstance(one, Scheme):
        return replace(one, items=(), is_external_reference=True)
    if isinstance(one, DataStructureDefinition):
        return replace(one, components=Components([]), is_external_reference=True)
    return replace(one, is_external_reference=True)


def _related(query: StructureQuery) -> set[str]:
    """Return the kinds of artefacts that are told beside those asked for."""
    found: set[str] = set()
    for kind in query.kinds:
        by_word = _by_word(kind)
        for word in query.references:
            found |= by_word[word] if word in by_word else by_word["all"] & {SAME.get(word, word)}
    return found


def _by_word(kind: str) -> dict[str, set[str]]:
    """Return the kinds that are related to a kind, by the words of `REFERENCES`."""
    children, descendants = set(CHILDREN.get(kind, ())), _reached(kind, CHILDREN)
    parents_of = {one: tuple(parent for parent, of in CHILDREN.items() if one in of) for one in KINDS}
    parents = set(parents_of[kind])
    siblings = parents | {child for parent in parents for child in CHILDREN[parent]}
    return {
        "none": set(),
        "parents": parents,
        "parentsandsiblings": siblings,
        "ancestors": _reached(kind, parents_of),
        "children": children,
        "descendants": descendants,
        "all": siblings | descendants,
    }


def _reached(kind: str, along: Mapping[str, tuple[str, ...]]) -> set[str]:
    found = set(along.get(kind, ()))
    return found.union(*(_reached(one, along) for one in found))
