"""Messages of SDMX as plain values: dataflows with their dimensions and code lists, and observations as rows.

The library sdmx1 parses SDMX-ML 2.1 and 3.0 and SDMX-JSON. SDMX-CSV is a plain table and is read as one. A message
never has a document type, so one that brings it is refused before an entity in it can be expanded.

The library is imported with the first message: it takes memory that a web process shall not need. The reader of
SDMX-ML 3.0 is imported with it: sdmx1 2.28 imports it with the first message of 3.0, and cannot any longer once it has
read structure-specific data of 2.1.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from io import BytesIO, StringIO
from typing import Any

from ckanext.satudatapmi.harvesters import xml
from ckanext.satudatapmi.harvesters.datajson import CatalogueError
from ckanext.satudatapmi.harvesters.protocols.rows import Columns, Rows
from ckanext.satudatapmi.schemas.convert import short
from ckanext.satudatapmi.text import _

VALUE = "OBS_VALUE"
LABEL = "_LABEL"
ABOUT_THE_ROW = frozenset({"DATAFLOW", "STRUCTURE", "STRUCTURE_ID", "STRUCTURE_NAME", "ACTION"})
NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")
DOCUMENT_TYPES = tuple("<!DOCTYPE".encode(encoding) for encoding in ("utf-8", "utf-16-le", "utf-16-be"))


@dataclass(frozen=True)
class Dataflow:
    """A dataflow.

    Attributes:
        agency, id, version: what it is known by.
        title, description: in the wanted language, else in English, else in any.
        codes: names of the codes of each dimension and attribute that has a code list.
        structure: the library's own; None if the service does not tell it.
    """

    agency: str
    id: str
    version: str
    title: str
    description: str
    codes: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    structure: Any = None

    @property
    def name(self) -> str:
        """By which it is known at its service, whatever its version."""
        return f"{self.agency}:{self.id}"


def dataflows(content: bytes, url: str, language: str) -> list[Dataflow]:
    """Return the dataflows of a structure message.

    Raises:
        CatalogueError: it is none.
    """
    from sdmx.message import StructureMessage

    message = _read(content, url)
    if not isinstance(message, StructureMessage):
        raise _unreadable(url, _("it holds no structures"))
    return [_dataflow(one, language) for one in message.dataflow.values()]


def observations(content: bytes, flow: Dataflow, url: str) -> tuple[Columns, Rows]:
    """Return the observations of a data message: a column for each dimension, one more for the names of its codes.

    Raises:
        CatalogueError: the message cannot be read.
    """
    start = content.lstrip(b"\xef\xbb\xbf \t\r\n")[:1]
    found = _from_message(content, flow, url) if start in (b"<", b"{") else _from_csv(content)
    ids = tuple(dict.fromkeys(key for one in found for key in one))
    columns = tuple(name for key in ids for name in ((key, key + LABEL) if key in flow.codes else (key,)))
    return columns, [tuple(_cells(one, ids, flow.codes)) for one in found]


def _cells(one: Mapping[str, Any], ids: Iterable[str], codes: Mapping[str, Mapping[str, str]]) -> Iterable[Any]:
    for key in ids:
        value = one.get(key)
        yield value
        if key in codes:
            yield codes[key].get(str(value))


def _from_csv(content: bytes) -> list[dict[str, Any]]:
    rows = csv.DictReader(StringIO(xml.as_meant(content).decode(errors="replace"), newline=""))
    found = []
    for row in rows:
        one = {_id(key): value or None for key, value in row.items() if key and _id(key) not in ABOUT_THE_ROW}
        found.append(one | {VALUE: _number(one.get(VALUE))})
    return found


def _id(heading: str) -> str:
    """Return the id in a heading, which may be followed by its name: `REF_AREA: Reference area`."""
    return heading.partition(":")[0].partition("[")[0].strip()


def _from_message(content: bytes, flow: Dataflow, url: str) -> list[dict[str, Any]]:
    from sdmx.message import DataMessage

    message = _read(content, url, structure=flow.structure)
    if not isinstance(message, DataMessage):
        raise _unreadable(url, _("it holds no data"))
    found = []
    for part in message.data:
        for one in part.obs:
            key = {name: str(item.value) for name, item in one.key.values.items()}
            attributes = {name: str(item.value) for name, item in one.attrib.items()}
            found.append({**key, VALUE: _number(one.value), **attributes})
    return found


def _number(value: Any) -> float | None:
    """Return a figure; a mark in its place (NaN, -) is none."""
    text = "" if value is None else str(value).strip()
    return float(text) if NUMBER.fullmatch(text) else None


def _dataflow(one: Any, language: str) -> Dataflow:
    return Dataflow(
        agency=one.maintainer.id if one.maintainer else "",
        id=one.id,
        version=str(one.version or ""),
        title=_in(one.name, language) or one.id,
        description=_in(one.description, language),
        codes=_codes(one.structure, language) if one.structure else {},
        structure=one.structure,
    )


def _codes(structure: Any, language: str) -> dict[str, dict[str, str]]:
    components = [*structure.dimensions.components, *structure.attributes.components]
    found = {}
    for component in components:
        listed = _code_list(component)
        if listed:
            found[component.id] = {code: _in(item.name, language) or code for code, item in listed.items()}
    return found


def _code_list(component: Any) -> Mapping[str, Any]:
    concept = component.concept_identity
    for representation in (component.local_representation, getattr(concept, "core_representation", None)):
        listed = getattr(representation, "enumerated", None)
        if listed is not None and listed.items:
            return listed.items
    return {}


def _in(text: Any, language: str) -> str:
    names = text.localizations
    return str(names.get(language) or names.get("en") or next(iter(names.values()), "")).strip()


def _read(content: bytes, url: str, **options: Any) -> Any:
    import sdmx
    import sdmx.reader.xml.v30

    if any(mark in content for mark in DOCUMENT_TYPES):
        raise _unreadable(url, _("it has a document type, which messages of SDMX never have"))
    reader: Callable[..., Any] = sdmx.read_sdmx
    try:
        return reader(BytesIO(xml.as_meant(content)), **options)
    # Messages that are not what they should be make the library raise nearly anything.
    except Exception as error:  # noqa: BLE001
        reason = short(str(error) or type(error).__name__, 200)
    raise _unreadable(url, reason)


def _unreadable(url: str, reason: str) -> CatalogueError:
    return CatalogueError(
        "broken_sdmx",
        _("{url} is no message of SDMX that can be read: {reason}. Ask the partner.", url=url, reason=reason),
    )
