"""The cube as SDMX 3.0 data messages: SDMX-CSV 2.0, which pysdmx writes, and SDMX-JSON 2.0.0, which no library writes.

pysdmx 1.21 writes SDMX-CSV and SDMX-ML data and SDMX-JSON structures, sdmx1 2.28 SDMX-ML alone.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from typing import Any, BinaryIO

import pandas as pd
from pysdmx.io.csv.sdmx20.writer import write
from pysdmx.io.pd import PandasDataset

from ckanext.satudatapmi.figures.cube import Chunks, checked
from ckanext.satudatapmi.figures.exports.flat import plain
from ckanext.satudatapmi.figures.exports.periods import time_period
from ckanext.satudatapmi.figures.exports.sdmx_structure import (
    MEASURE,
    code_id,
    components,
    dataflow_urn,
    names,
    schema,
    structure_urn,
)
from ckanext.satudatapmi.figures.exports.vocabulary import labels, sdmx
from ckanext.satudatapmi.figures.registry import dimensions
from ckanext.satudatapmi.tables.formulas import kept_as_text

SCHEMA_URL = (
    "https://raw.githubusercontent.com/sdmx-twg/sdmx-json/master/data-message/tools/schemas/2.0.0/"
    "sdmx-json-data-schema.json"
)
COLUMNS_OF = {
    "INDICATOR": "indicator",
    "FACET": "facet",
    **{one.concept: one.name for one in dimensions().values()},
    MEASURE: "value",
    "OBS_STATUS": "obs_status",
    "CONF_STATUS": "conf_status",
    "DEFINITION": "definition",
    "UNIT_MEASURE": "unit",
    "VINTAGE_ASSUMED": "vintage_assumed",
    "COMMENT_OBS": "note",
}
"""The column of the cube by component; FREQ, VINTAGE, TIME_PERIOD and SOURCE are made from several or of days."""


def write_sdmx_csv(chunks: Chunks, file: BinaryIO) -> None:
    """Write the cube as SDMX-CSV 2.0, codes alone.

    A missing value is an empty cell, and a note that a spreadsheet program would run as a formula gets an apostrophe
    before it.

    Args:
        chunks: of the cube.
        file: open for writing bytes; it stays open.
    """
    structure = schema()
    header = ""
    for chunk in checked(chunks):
        cells = component_cells(chunk)
        cells[MEASURE] = [None if value is None else plain(value) for value in cells[MEASURE]]
        cells["VINTAGE_ASSUMED"] = ["true" if assumed else "false" for assumed in cells["VINTAGE_ASSUMED"]]
        cells["COMMENT_OBS"] = [_one_kind_of_line_break(kept_as_text(note)) for note in cells["COMMENT_OBS"]]
        frame = pd.DataFrame(cells, dtype=object)
        first, _, rows = (write([PandasDataset(structure=structure, data=frame)]) or "").partition("\n")
        file.write((rows if header else f"{first}\n{rows}").encode())
        header = first
    if not header:
        file.write(",".join(("STRUCTURE", "STRUCTURE_ID", "ACTION", *components())).encode() + b"\n")


def write_sdmx_json(chunks: Chunks, file: BinaryIO, prepared: datetime, language: str = "id") -> None:
    """Write the cube as an SDMX-JSON 2.0.0 data message, flat: all dimensions stand at the observation.

    The observations come before the structure that says what their indexes mean, so that the cube is never held in
    memory; the standard leaves the order of an object's members open.

    Args:
        chunks: of the cube.
        file: open for writing bytes; it stays open.
        prepared: when the message was made, with its time zone.
        language: of the labels, id or en.
    """
    indexes: dict[str, dict[str, int]] = {name: {} for name in components() if _indexed(name)}
    days: dict[str, tuple[date, date]] = {}
    file.write(f'{{"meta":{_json(_meta(prepared, language))},"data":{{"dataSets":['.encode())
    file.write(f'{{"structure":0,"action":"Information","links":{_json(_links()[:1])},"observations":{{'.encode())
    between = b"\n"
    for chunk in checked(chunks):
        cells = component_cells(chunk)
        days |= dict(zip(cells["TIME_PERIOD"], zip(chunk["ref_start"], chunk["ref_end"], strict=True), strict=True))
        file.write(between + ",\n".join(_observations(cells, indexes)).encode())
        between = b",\n"
    file.write(f'}}}}],"structures":[{_json(_structure(indexes, days, language))}]}}}}'.encode())


def _one_kind_of_line_break(note: str | None) -> str | None:
    """Return a note with \\n alone: pandas, by which pysdmx writes, puts no quotes around a lone carriage return."""
    return note.replace("\r\n", "\n").replace("\r", "\n") if note else note


def component_cells(chunk: pd.DataFrame) -> dict[str, list]:
    """Return the cells of a chunk of the cube by component, in the order of the structure."""
    periods = [time_period(*both) for both in zip(chunk["ref_start"], chunk["ref_end"], strict=True)]
    made = {
        "FREQ": [period.freq for period in periods],
        "VINTAGE": [day.isoformat() for day in chunk["vintage"]],
        "TIME_PERIOD": [period.value for period in periods],
        "SOURCE": _sources(chunk),
    }
    return {name: made[name] if name in made else _coded(name, chunk) for name in components()}


def _coded(component: str, chunk: pd.DataFrame) -> list:
    cells = chunk[COLUMNS_OF[component]].tolist()
    if not components()[component]:
        return cells
    ids = {code: code_id(code) for code in set(cells)}
    return [ids[code] for code in cells]


def _sources(chunk: pd.DataFrame) -> list[str | None]:
    """Return where each figure stands: dataset, resource, and row and column in its file."""
    names = ("package_id", "resource_id", "source_row", "source_column")
    return [
        None if package is None else f"dataset/{package}/resource/{resource}#row={row};column={column}"
        for package, resource, row, column in zip(*(chunk[name] for name in names), strict=True)
    ]


def _is_dimension(component: str) -> bool:
    return component != MEASURE and component not in sdmx()["attributes"]


def _indexed(component: str) -> bool:
    """Tell whether observations give the index of a component's value, not the value."""
    return _is_dimension(component) or components()[component] is not None


def _observations(cells: dict[str, list], indexes: dict[str, dict[str, int]]) -> Iterator[str]:
    """Yield each observation as a member of the object `observations`; new values get the next index."""
    columns = {
        name: [str(known.setdefault(value, len(known))) for value in cells[name]] for name, known in indexes.items()
    }
    keys = map(":".join, zip(*(columns[name] for name in columns if _is_dimension(name)), strict=True))
    told = [name for name in components() if not _is_dimension(name)]
    values = (columns.get(name) or [_json(cell) for cell in cells[name]] for name in told)
    for key, *rest in zip(keys, *values, strict=True):
        yield f'"{key}":[{",".join(rest)}]'


def _json(value: Any) -> str:
    return plain(value) if isinstance(value, Decimal) else json.dumps(value, ensure_ascii=False)


def _meta(prepared: datetime, language: str) -> dict[str, Any]:
    return {
        "schema": SCHEMA_URL,
        "id": sdmx()["dataflow"],
        "prepared": prepared.isoformat(),
        "contentLanguages": [language],
        "sender": {"id": sdmx()["agency"]},
    }


def _links() -> list[dict[str, str]]:
    return [{"urn": dataflow_urn(), "rel": "dataflow"}, {"urn": structure_urn(), "rel": "datastructure"}]


def _structure(indexes: dict[str, dict[str, int]], days: dict[str, tuple[date, date]], language: str) -> dict[str, Any]:
    """Return the object that says what the indexes mean; without any observation it names no component."""
    said = names(language)
    values = {name: _values(name, known, days, language) for name, known in indexes.items() if known}
    dims = [name for name in values if _is_dimension(name)]
    attributes = [name for name in sdmx()["attributes"] if values]
    return {
        "dataSets": [0],
        "links": _links(),
        "name": sdmx()["name"][language],
        "dimensions": {
            "observation": [
                {"id": name, "name": said[name], "keyPosition": at, **_roles(name), "values": values[name]}
                for at, name in enumerate(dims)
            ]
        },
        "measures": {"observation": [{"id": MEASURE, "name": said[MEASURE]}]},
        "attributes": {
            "observation": [
                {"id": name, "name": said[name], "relationship": {"observation": {}}}
                | ({"values": values[name]} if name in values else {})
                for name in attributes
            ]
        },
    }


def _roles(name: str) -> dict[str, list[str]]:
    return {"roles": [name]} if name in ("FREQ", "TIME_PERIOD") else {}


def _values(
    name: str, known: dict[str, int], days: dict[str, tuple[date, date]], language: str
) -> list[dict[str, str]]:
    """Return the values of a component in the order of their indexes."""
    codes = components()[name]
    if codes:
        said = {code_id(code): label for code, label in labels(codes, language).items()}
        return [{"id": code, "name": said.get(code, code)} for code in known]
    if name != "TIME_PERIOD":
        return [{"value": value} for value in known]
    return [
        {"value": value, "start": f"{days[value][0]}T00:00:00Z", "end": f"{days[value][1]}T23:59:59Z"}
        for value in known
    ]
