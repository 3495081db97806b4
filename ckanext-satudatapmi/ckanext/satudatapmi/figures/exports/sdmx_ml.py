"""The cube as SDMX-ML data messages: Generic and StructureSpecific of SDMX 2.1, and StructureSpecific of SDMX 3.0.

lxml writes them, series by series: pysdmx 1.21 holds a message in memory as one text, and writes quotes and line breaks
in a note the way Python does, which is no XML; sdmx1 2.28 makes an object of every observation.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import groupby
from typing import Any, BinaryIO

from lxml import etree  # pyright: ignore[reportAttributeAccessIssue] (it is compiled and has no types)

from ckanext.satudatapmi.figures.cube import Chunks, checked
from ckanext.satudatapmi.figures.exports.flat import plain
from ckanext.satudatapmi.figures.exports.layout import Layout
from ckanext.satudatapmi.figures.exports.sdmx_data import component_cells
from ckanext.satudatapmi.figures.exports.sdmx_structure import MEASURE, dataflow_urn
from ckanext.satudatapmi.figures.exports.vocabulary import sdmx
from ckanext.satudatapmi.schemas.wire import NOT_IN_XML

XSI = "http://www.w3.org/2001/XMLSchema-instance"
SCHEMAS = "http://www.sdmx.org/resources/sdmxml/schemas"
V2_1 = {"mes": f"{SCHEMAS}/v2_1/message", "com": f"{SCHEMAS}/v2_1/common", "gen": f"{SCHEMAS}/v2_1/data/generic"}
V2_1_SPECIFIC = {**V2_1, "ss": f"{SCHEMAS}/v2_1/data/structurespecific", "xsi": XSI}
V3_0_SPECIFIC = {
    "mes": f"{SCHEMAS}/v3_0/message",
    "com": f"{SCHEMAS}/v3_0/common",
    "ss": f"{SCHEMAS}/v3_0/data/structurespecific",
    "xsi": XSI,
}
"""Namespaces by prefix."""
GENERIC = {"gen": V2_1["gen"]}
Row = tuple[str | None, ...]


def write_generic(chunks: Chunks, file: BinaryIO, prepared: datetime, layout: Layout) -> None:
    """Write the cube as a GenericData message of SDMX-ML 2.1.

    Args:
        chunks: of the cube, the rows of a series together if the layout has series.
        file: open for writing bytes; it stays open.
        prepared: when the message was made, with its time zone.
        layout: how it is laid out.
    """
    structure = {"structureID": sdmx()["dataflow"], "dimensionAtObservation": layout.at_observation}
    header = _header(V2_1, prepared, layout, structure, _reference_2_1())
    data_set = {"structureRef": sdmx()["dataflow"], "action": layout.action}
    _write(file, "GenericData", V2_1, header, data_set, _elements(chunks, layout, _Generic(layout)))


def write_structure_specific_2_1(chunks: Chunks, file: BinaryIO, prepared: datetime, layout: Layout) -> None:
    """Write the cube as a StructureSpecificData message of SDMX-ML 2.1; see `write_generic`."""
    header = _header(V2_1_SPECIFIC, prepared, layout, _specific_structure(layout), _reference_2_1())
    more = {f"{{{V2_1_SPECIFIC['ss']}}}dataScope": "DataStructure"}
    _write_structure_specific(chunks, file, V2_1_SPECIFIC, header, layout, more)


def write_structure_specific_3_0(chunks: Chunks, file: BinaryIO, prepared: datetime, layout: Layout) -> None:
    """Write the cube as a StructureSpecificData message of SDMX-ML 3.0; see `write_generic`."""
    header = _header(V3_0_SPECIFIC, prepared, layout, _specific_structure(layout), dataflow_urn())
    _write_structure_specific(chunks, file, V3_0_SPECIFIC, header, layout, {})


def _write_structure_specific(
    chunks: Chunks, file: BinaryIO, prefixes: Mapping[str, str], header: Any, layout: Layout, more: Mapping[str, str]
) -> None:
    """Write a StructureSpecificData message, with more attributes of the data set than those that all versions have."""
    data_set = {
        f"{{{prefixes['ss']}}}structureRef": sdmx()["dataflow"],
        f"{{{prefixes['ss']}}}action": layout.action,
        f"{{{XSI}}}type": "ns1:DataSetType",
        **more,
    }
    prefixes = {**prefixes, "ns1": f"{dataflow_urn()}:ObsLevelDim:{layout.at_observation}"}
    elements = _elements(chunks, layout, _Specific(layout))
    _write(file, "StructureSpecificData", prefixes, header, data_set, elements)


def _write(
    file: BinaryIO,
    tag: str,
    prefixes: Mapping[str, str],
    header: Any,
    data_set: Mapping[str, str],
    elements: Iterable[Any],
) -> None:
    with etree.xmlfile(file, encoding="UTF-8") as out:
        out.write_declaration()
        with out.element(f"{{{prefixes['mes']}}}{tag}", nsmap=prefixes):
            out.write(header)
            with out.element(f"{{{prefixes['mes']}}}DataSet", data_set):
                for element in elements:
                    out.write(element)


def _header(
    prefixes: Mapping[str, str], prepared: datetime, layout: Layout, structure: Mapping[str, str], reference: Any
) -> Any:
    """Return the header of a message.

    Args:
        prefixes: namespaces by prefix.
        prepared: when the message was made.
        layout: of the message.
        structure: what is said of its structure.
        reference: to the dataflow, an element or a text.
    """
    message = prefixes["mes"]
    header = etree.Element(f"{{{message}}}Header", nsmap=prefixes)
    for name, text in (("ID", sdmx()["dataflow"]), ("Test", "false"), ("Prepared", prepared.isoformat())):
        etree.SubElement(header, f"{{{message}}}{name}").text = text
    etree.SubElement(header, f"{{{message}}}Sender", id=sdmx()["agency"])
    said = etree.SubElement(header, f"{{{message}}}Structure", structure)
    usage = etree.SubElement(said, f"{{{prefixes['com']}}}StructureUsage")
    if isinstance(reference, str):
        usage.text = reference
    else:
        usage.append(reference)
    etree.SubElement(header, f"{{{message}}}DataSetAction").text = layout.action
    return header


def _specific_structure(layout: Layout) -> dict[str, str]:
    return {
        "structureID": sdmx()["dataflow"],
        "namespace": dataflow_urn(),
        "dimensionAtObservation": layout.at_observation,
    }


def _reference_2_1() -> Any:
    """Return the reference to the dataflow, whose element stands in no namespace."""
    return etree.Element(
        "Ref",
        {"agencyID": sdmx()["agency"], "id": sdmx()["dataflow"], "version": sdmx()["version"], "class": "Dataflow"},
    )


class _Generic:
    """How a GenericData message writes series and observations: every value names its component."""

    def __init__(self, layout: Layout) -> None:
        self.layout = layout

    def series(self, key: Row) -> Any:
        """Return a series without its observations."""
        element = etree.Element(_gen("Series"), nsmap=GENERIC)
        self._add_values(element, "SeriesKey", self.layout.series, key)
        return element

    def observation(self, row: Row) -> Any:
        """Return an observation."""
        element, layout = etree.Element(_gen("Obs"), nsmap=GENERIC), self.layout
        if layout.series:
            etree.SubElement(element, _gen("ObsDimension"), value=row[0] or "")
        else:
            self._add_values(element, "ObsKey", layout.observation, row)
        told = row[len(layout.observation) :]
        if layout.measure and told[0] is not None:
            etree.SubElement(element, _gen("ObsValue"), value=told[0])
        if layout.attributes:
            self._add_values(element, "Attributes", layout.attributes, told[-len(layout.attributes) :])
        return element

    def _add_values(self, parent: Any, tag: str, names: Sequence[str], cells: Row) -> None:
        element = etree.SubElement(parent, _gen(tag))
        for name, cell in zip(names, cells, strict=False):
            if cell is not None:
                etree.SubElement(element, VALUE, id=name, value=cell)


def _gen(tag: str) -> str:
    return f"{{{GENERIC['gen']}}}{tag}"


VALUE = _gen("Value")


class _Specific:
    """How a StructureSpecificData message writes them: every component is an attribute, and nothing has a namespace."""

    def __init__(self, layout: Layout) -> None:
        self.layout, self.names = layout, (*layout.observation, *layout.told)

    def series(self, key: Row) -> Any:
        """Return a series without its observations."""
        return etree.Element("Series", _present(self.layout.series, key))

    def observation(self, row: Row) -> Any:
        """Return an observation."""
        return etree.Element("Obs", _present(self.names, row))


def _present(names: Sequence[str], cells: Row) -> dict[str, str]:
    return {name: cell for name, cell in zip(names, cells, strict=True) if cell is not None}


def _elements(chunks: Chunks, layout: Layout, style: _Generic | _Specific) -> Iterator[Any]:
    """Yield the series of a message, or its observations if it has none."""
    for key, rows in _series(chunks, layout):
        if not layout.series:
            yield from map(style.observation, rows)
            continue
        series = style.series(key)
        if layout.observations:
            series.extend(map(style.observation, rows))
        yield series


def _series(chunks: Chunks, layout: Layout) -> Iterator[tuple[Row, Iterator[Row]]]:
    """Yield the key of each series and its observations: dimension, value, attributes, as texts."""
    length = len(layout.series)
    for key, rows in groupby(_rows(chunks, layout), key=lambda row: row[:length]):
        yield key, (row[length:] for row in rows)


def _rows(chunks: Chunks, layout: Layout) -> Iterator[Row]:
    for chunk in checked(chunks):
        cells = component_cells(chunk)
        printed = cells | {
            MEASURE: [None if value is None else plain(value) for value in cells[MEASURE]],
            "VINTAGE_ASSUMED": ["true" if assumed else "false" for assumed in cells["VINTAGE_ASSUMED"]],
            **{name: [text and NOT_IN_XML.sub("", text) for text in cells[name]] for name in ("COMMENT_OBS", "SOURCE")},
        }
        yield from zip(*(printed[name] for name in layout.components), strict=True)
