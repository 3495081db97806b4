"""The structure of the single data in SDMX: dataflow, data structure definition, concepts and code lists.

Code lists are whole, not only the codes in use: the message then holds for every export and does not change with the
data. The longest, the areas, has some 550 codes.

pysdmx writes one language at a time, and calls it English in SDMX-ML; so a message is written in both, and the names of
the one are put beside those of the other.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from functools import cache
from typing import Any, BinaryIO, Literal

from lxml import etree  # pyright: ignore[reportAttributeAccessIssue] (it is compiled and has no types)
from msgspec.structs import replace
from pysdmx.io.json.sdmxjson2.writer.v2_0.structure import write as write_json
from pysdmx.io.xml.sdmx21.writer.structure import write as write_xml_2_1
from pysdmx.io.xml.sdmx30.writer.structure import write as write_xml_3_0
from pysdmx.model import (
    Agency,
    AgencyScheme,
    AvailabilityConstraint,
    Code,
    Codelist,
    Component,
    Components,
    Concept,
    ConceptScheme,
    Dataflow,
    DataStructureDefinition,
    DataType,
    Organisation,
    Role,
    Schema,
)
from pysdmx.model.message import Header

from ckanext.satudatapmi.figures.exports.vocabulary import labels, sdmx, title
from ckanext.satudatapmi.figures.registry import Words, dimensions

Artefact = AgencyScheme | AvailabilityConstraint | Codelist | ConceptScheme | Dataflow | DataStructureDefinition
Artefacts = Callable[[str], list[Artefact]]
"""Gives artefacts with names in a language."""
URN = "urn:sdmx:org.sdmx.infomodel"
MEASURE = "OBS_VALUE"
TYPES = {
    # A day. As a date, pandas could not read it: pysdmx 1.21 asks it for a type that it does not have.
    "VINTAGE": DataType.PERIOD,
    "TIME_PERIOD": DataType.PERIOD,
    MEASURE: DataType.DECIMAL,
    "VINTAGE_ASSUMED": DataType.BOOLEAN,
}
"""Of the components without codes; those not named are texts."""
LANGUAGES = ("id", "en")
XML_WRITERS = {"2.1": write_xml_2_1, "3.0": write_xml_3_0}
NAME, EMPTY_COMPONENTS = "{*}Name", "//*[local-name() = 'DataStructureComponents'][not(*)]"
XML_LANG = "{http://www.w3.org/XML/1998/namespace}lang"
MANDATORY = ("OBS_STATUS", "CONF_STATUS", "DEFINITION", "UNIT_MEASURE", "VINTAGE_ASSUMED")


def code_id(code: str) -> str:
    """Return a code as SDMX allows one, with _ for the dots in codes of areas: 52.02 is 52_02.

    The dots are not left out, for 5202 is the code that BPS gives, at times to another district.
    """
    return code.replace(".", "_")


@cache
def components() -> dict[str, str | None]:
    """Return the list of codes of each component, None if it has none: dimensions, measure, attributes, in order."""
    ours = {name: entry.get("codes") for name, entry in sdmx()["dimensions"].items()}
    attributes = {name: entry.get("codes") for name, entry in sdmx()["attributes"].items()}
    broken_down = {one.concept: one.codes for one in dimensions().values()}
    last = ("VINTAGE", "TIME_PERIOD")
    first = {name: codes for name, codes in ours.items() if name not in last}
    return first | broken_down | {name: ours[name] for name in last} | {MEASURE: None} | attributes


def names(language: str) -> dict[str, str]:
    """Return the name of each component."""
    said: dict[str, Words] = {name: entry["label"] for name, entry in sdmx()["dimensions"].items()}
    said |= {one.concept: one.label for one in dimensions().values()}
    said |= sdmx()["measure"]
    said |= {name: entry["label"] for name, entry in sdmx()["attributes"].items()}
    return {name: said[name][language] for name in components()}


def dataflow_urn() -> str:
    """Return the URN of the dataflow."""
    return f"{URN}.datastructure.Dataflow={sdmx()['agency']}:{sdmx()['dataflow']}({sdmx()['version']})"


def structure_urn() -> str:
    """Return the URN of the data structure definition."""
    return f"{URN}.datastructure.DataStructure={sdmx()['agency']}:{sdmx()['structure']}({sdmx()['version']})"


def artefacts(language: str) -> list[Artefact]:
    """Return the artefacts of the structure, with names in a language."""
    said = sdmx()
    definition = _definition(language)
    flow = Dataflow(
        said["dataflow"],
        name=said["name"][language],
        agency=said["agency"],
        version=said["version"],
        structure=definition,
    )
    return [*_code_lists(language), _concept_scheme(language), definition, flow]


def agency_scheme(language: str) -> AgencyScheme:
    """Return the list of agencies that maintain artefacts, which is our own."""
    ours = Agency(sdmx()["agency"], name=sdmx()["agency_name"][language])
    return AgencyScheme(name="SDMX Agency Scheme", agency="SDMX", version="1.0", items=[ours])


def write_structure_json(
    file: BinaryIO, prepared: datetime, language: str = "id", wanted: Artefacts = artefacts
) -> None:
    """Write structures as an SDMX-JSON 2.0.0 structure message.

    Args:
        file: open for writing bytes; it stays open.
        prepared: when the message was made, with its time zone.
        language: of the plain names, id or en; names in both stand beside them.
        wanted: gives the artefacts in a language; the whole structure by default.
    """
    by_language = {one: json.loads(write_json(wanted(one), header=_header(prepared)) or "") for one in LANGUAGES}
    message = _with_names(by_language, language)
    message["meta"]["contentLanguages"] = [language]
    for kind, maintained in message["data"].items():
        for one in maintained:
            _remove_empty_parts(one, kind)
    file.write(json.dumps(message, ensure_ascii=False).encode())


def write_structure_xml(
    file: BinaryIO, prepared: datetime, wanted: Artefacts = artefacts, version: Literal["2.1", "3.0"] = "3.0"
) -> None:
    """Write structures as a structure message of SDMX-ML, names in both languages; see `write_structure_json`."""
    texts = (XML_WRITERS[version](wanted(one), header=_header(prepared)) or "" for one in LANGUAGES)
    parser = etree.XMLParser(remove_blank_text=True)
    ours, theirs = (etree.fromstring(text.encode(), parser) for text in texts)
    for name, other in zip([*ours.iter(NAME)], [*theirs.iter(NAME)], strict=True):
        for element, language in zip((name, other), LANGUAGES, strict=True):
            element.set(XML_LANG, language)
        name.addnext(other)
    for stub in ours.xpath(EMPTY_COMPONENTS):
        stub.getparent().remove(stub)
    file.write(etree.tostring(ours, encoding="UTF-8", xml_declaration=True))


def _remove_empty_parts(one: dict[str, Any], kind: str) -> None:
    """Remove what pysdmx writes empty, which the standard's schema does not allow: the contents of stubs, groups."""
    if one.get("isExternalReference"):
        one.pop("dataStructureComponents", None)
        one.pop("agencies", None)
    elif kind == "dataStructures":
        del one["dataStructureComponents"]["groups"]


def _with_names(by_language: Mapping[str, Any], language: str) -> Any:
    """Return what is the same but for its names, with the names in every language beside that in one."""
    one = by_language[language]
    if isinstance(one, list):
        parts = zip(*by_language.values(), strict=True)
        return [_with_names(dict(zip(by_language, part, strict=True)), language) for part in parts]
    if not isinstance(one, dict):
        return one
    merged = {key: _with_names({code: each[key] for code, each in by_language.items()}, language) for key in one}
    return merged | ({"names": {code: each["name"] for code, each in by_language.items()}} if "name" in one else {})


def schema() -> Schema:
    """Return the structure as the data writers of pysdmx take it, with texts for what has no codes.

    They would write Decimal values by way of float64; a text is written as it stands.
    """
    said = sdmx()
    parts = [one if one.local_codes else replace(one, local_dtype=DataType.STRING) for one in _components("id")]
    return Schema("dataflow", said["agency"], said["dataflow"], Components(parts), said["version"])


def _header(prepared: datetime) -> Header:
    return Header(id=sdmx()["dataflow"], prepared=prepared, sender=Organisation(sdmx()["agency"]))


@cache
def _definition(language: str) -> DataStructureDefinition:
    said = sdmx()
    return DataStructureDefinition(
        said["structure"],
        name=said["name"][language],
        agency=sdmx()["agency"],
        version=said["version"],
        components=Components(list(_components(language))),
    )


def _components(language: str) -> Iterator[Component]:
    concepts = {concept.id: concept for concept in _concept_scheme(language).items}
    lists = {one.id: one for one in _code_lists(language)}
    for name, codes in components().items():
        role = _role(name)
        yield Component(
            name,
            required=role is Role.DIMENSION or name in MANDATORY,
            role=role,
            concept=concepts[name],
            name=concepts[name].name,
            local_dtype=None if codes else TYPES.get(name, DataType.STRING),
            local_codes=lists[list_id(codes)] if codes else None,
            local_enum_ref=_list_urn(codes) if codes else None,
            attachment_level="O" if role is Role.ATTRIBUTE else None,
        )


def _role(name: str) -> Role:
    if name == MEASURE:
        return Role.MEASURE
    return Role.ATTRIBUTE if name in sdmx()["attributes"] else Role.DIMENSION


@cache
def _concept_scheme(language: str) -> ConceptScheme:
    said = sdmx()
    scheme = f"{said['agency']}:{said['concept_scheme']}({said['version']})"
    concepts = [
        Concept(name, urn=f"{URN}.conceptscheme.Concept={scheme}.{name}", name=label)
        for name, label in names(language).items()
    ]
    return ConceptScheme(
        said["concept_scheme"],
        name=said["name"][language],
        agency=sdmx()["agency"],
        version=said["version"],
        items=concepts,
    )


@cache
def _code_lists(language: str) -> tuple[Codelist, ...]:
    used = dict.fromkeys(codes for codes in components().values() if codes)
    return tuple(
        Codelist(
            list_id(codes),
            name=title(codes, language),
            agency=sdmx()["agency"],
            version=sdmx()["version"],
            items=[Code(code_id(code), name=label) for code, label in labels(codes, language).items()],
        )
        for codes in used
    )


def list_id(codes: str) -> str:
    """Return what a list of codes is called in SDMX."""
    return f"CL_{codes.upper()}"


def _list_urn(codes: str) -> str:
    return f"{URN}.codelist.Codelist={sdmx()['agency']}:{list_id(codes)}({sdmx()['version']})"
