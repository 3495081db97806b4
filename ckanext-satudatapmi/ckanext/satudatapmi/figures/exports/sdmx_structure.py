"""The structure of the single data in SDMX 3.0: dataflow, data structure definition, concepts and code lists.

Code lists are whole, not only the codes in use: the message then holds for every export and does not change with the
data. The longest, the areas, has some 550 codes.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime
from functools import cache
from typing import BinaryIO

from msgspec.structs import replace
from pysdmx.io.json.sdmxjson2.writer.v2_0.structure import write as write_json
from pysdmx.io.xml.sdmx30.writer.structure import write as write_xml
from pysdmx.model import (
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

URN = "urn:sdmx:org.sdmx.infomodel"
MEASURE = "OBS_VALUE"
TYPES = {
    "VINTAGE": DataType.DATE,
    "TIME_PERIOD": DataType.PERIOD,
    MEASURE: DataType.DECIMAL,
    "VINTAGE_ASSUMED": DataType.BOOLEAN,
}
"""Of the components without codes; those not named are texts."""
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


def write_structure_json(file: BinaryIO, prepared: datetime, language: str = "id") -> None:
    """Write the structure as an SDMX-JSON 2.0.0 structure message.

    Args:
        file: open for writing bytes; it stays open.
        prepared: when the message was made, with its time zone.
        language: of the names, id or en; the library writes one language at a time.
    """
    message = json.loads(write_json(_artefacts(language), header=_header(prepared)) or "")
    for definition in message["data"]["dataStructures"]:
        # pysdmx writes an empty list where there are no groups, which the standard's schema does not allow.
        definition["dataStructureComponents"].pop("groups")
    file.write(json.dumps(message, ensure_ascii=False).encode())


def write_structure_xml(file: BinaryIO, prepared: datetime, language: str = "id") -> None:
    """Write the structure as an SDMX-ML 3.0 structure message; see `write_structure_json`."""
    file.write((write_xml(_artefacts(language), header=_header(prepared)) or "").encode())


def schema() -> Schema:
    """Return the structure as the data writers of pysdmx take it, with texts for what has no codes.

    They would write Decimal values by way of float64; a text is written as it stands.
    """
    said = sdmx()
    parts = [one if one.local_codes else replace(one, local_dtype=DataType.STRING) for one in _components("id")]
    return Schema("dataflow", said["agency"], said["dataflow"], Components(parts), said["version"])


def _header(prepared: datetime) -> Header:
    return Header(id=sdmx()["dataflow"], prepared=prepared, sender=Organisation(sdmx()["agency"]))


def _artefacts(language: str) -> list:
    definition = _definition(language)
    said = sdmx()
    flow = Dataflow(
        said["dataflow"],
        name=said["name"][language],
        agency=sdmx()["agency"],
        version=said["version"],
        structure=definition,
    )
    return [*_code_lists(language), _concept_scheme(language), definition, flow]


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
            local_codes=lists[_list_id(codes)] if codes else None,
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
            _list_id(codes),
            name=title(codes, language),
            agency=sdmx()["agency"],
            version=sdmx()["version"],
            items=[Code(code_id(code), name=label) for code, label in labels(codes, language).items()],
        )
        for codes in used
    )


def _list_id(codes: str) -> str:
    return f"CL_{codes.upper()}"


def _list_urn(codes: str) -> str:
    return f"{URN}.codelist.Codelist={sdmx()['agency']}:{_list_id(codes)}({sdmx()['version']})"
