"""The cube as data messages: SDMX-CSV, which pysdmx writes, and SDMX-JSON 2.0.0, which no library writes.

pysdmx 1.21 writes SDMX-CSV and SDMX-ML data and SDMX-JSON structures, sdmx1 2.28 SDMX-ML alone.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from itertools import groupby
from operator import itemgetter
from typing import Any, BinaryIO, Literal

import pandas as pd
from pysdmx.io.csv.sdmx10.writer import write as write_csv_1
from pysdmx.io.csv.sdmx20.writer import write as write_csv_2
from pysdmx.io.pd import PandasDataset
from pysdmx.model.dataset import ActionType

from ckanext.satudatapmi.figures.cube import Chunks, checked
from ckanext.satudatapmi.figures.exports.flat import plain
from ckanext.satudatapmi.figures.exports.layout import Layout, dimension_ids
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


CSV_WRITERS = {"1.0.0": write_csv_1, "2.0.0": write_csv_2}
CSV_HEADS = {"1.0.0": ("DATAFLOW",), "2.0.0": ("STRUCTURE", "STRUCTURE_ID", "ACTION")}
"""What stands before the components in SDMX-CSV, by its version."""


def write_sdmx_csv(
    chunks: Chunks, file: BinaryIO, layout: Layout | None = None, version: Literal["1.0.0", "2.0.0"] = "2.0.0"
) -> None:
    """Write the cube as SDMX-CSV, codes alone.

    A missing value is an empty cell, and a note that a spreadsheet program would run as a formula gets an apostrophe
    before it.

    Args:
        chunks: of the cube.
        file: open for writing bytes; it stays open.
        layout: what is told; everything if None. A table has no series.
        version: of SDMX-CSV.
    """
    layout = layout or Layout()
    names = [name for name in components() if name in layout.components]
    structure, action = schema(), ActionType(layout.action)
    header = ""
    for chunk in checked(chunks):
        cells = _printed(component_cells(chunk))
        frame = pd.DataFrame({name: cells[name] for name in names}, dtype=object)
        text = CSV_WRITERS[version]([PandasDataset(structure=structure, data=frame, action=action)]) or ""
        first, _, rows = text.partition("\n")
        file.write((rows if header else f"{first}\n{rows}").encode())
        header = first
    if not header:
        file.write(",".join((*CSV_HEADS[version], *names)).encode() + b"\n")


def _printed(cells: dict[str, list]) -> dict[str, list]:
    """Return cells as SDMX-CSV prints them."""
    printed = {
        MEASURE: [None if value is None else plain(value) for value in cells[MEASURE]],
        "VINTAGE_ASSUMED": ["true" if assumed else "false" for assumed in cells["VINTAGE_ASSUMED"]],
        "COMMENT_OBS": [_one_kind_of_line_break(kept_as_text(note)) for note in cells["COMMENT_OBS"]],
    }
    return cells | printed


def write_sdmx_json(
    chunks: Chunks, file: BinaryIO, prepared: datetime, language: str = "id", layout: Layout | None = None
) -> None:
    """Write the cube as an SDMX-JSON 2.0.0 data message.

    The observations come before the structure that says what their indexes mean, so that the cube is never held in
    memory; the standard leaves the order of an object's members open.

    Args:
        chunks: of the cube, the rows of a series together if the layout has series.
        file: open for writing bytes; it stays open.
        prepared: when the message was made, with its time zone.
        language: of the labels, id or en.
        layout: how it is laid out; flat, with all dimensions at the observation, if None.
    """
    layout = layout or Layout()
    indexes: dict[str, dict[str, int]] = {name: {} for name in layout.components if _indexed(name)}
    days: dict[str, tuple[date, date]] = {}
    file.write(f'{{"meta":{_json(_meta(prepared, language))},"data":{{"dataSets":['.encode())
    file.write(f'{{"structure":0,"action":"{layout.action}","links":{_json(_links()[:1])},'.encode())
    _write_observations(_members(chunks, layout, indexes, days), layout, file)
    file.write(f'}}],"structures":[{_json(_structure(indexes, days, language, layout))}]}}}}'.encode())


Member = tuple[str, str]
"""The key of a series, "" in a message without series, and one of its observations as a member of an object."""


def _write_observations(members: Iterator[Member], layout: Layout, file: BinaryIO) -> None:
    """Write the object `observations`, or the object `series` with one in each."""
    if not layout.series:
        file.write(b'"observations":')
        _write_object((observation for _key, observation in members), file)
        return
    file.write(b'"series":{')
    between = ""
    for key, rows in groupby(members, itemgetter(0)):
        file.write(f'{between}\n"{key}":'.encode())
        if layout.observations:
            file.write(b'{"observations":')
            _write_object((observation for _key, observation in rows), file)
            file.write(b"}")
        else:
            file.write(b"{}")
        between = ","
    file.write(b"}")


def _write_object(members: Iterator[str], file: BinaryIO) -> None:
    between = "{\n"
    for member in members:
        file.write(f"{between}{member}".encode())
        between = ",\n"
    file.write(b"{}" if between == "{\n" else b"}")


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


def _indexed(component: str) -> bool:
    """Tell whether observations give the index of a component's value, not the value."""
    return component in dimension_ids() or components()[component] is not None


def _members(
    chunks: Chunks, layout: Layout, indexes: dict[str, dict[str, int]], days: dict[str, tuple[date, date]]
) -> Iterator[Member]:
    """Yield each observation; new values get the next index, and of each period its days are noted."""
    for chunk in checked(chunks):
        cells = component_cells(chunk)
        days |= dict(zip(cells["TIME_PERIOD"], zip(chunk["ref_start"], chunk["ref_end"], strict=True), strict=True))
        columns = {
            name: [str(known.setdefault(value, len(known))) for value in cells[name]] for name, known in indexes.items()
        }
        series = _joined(":", [columns[name] for name in layout.series], len(chunk))
        if not layout.observations:
            yield from ((key, "") for key in series)
            continue
        keys = _joined(":", [columns[name] for name in layout.observation], len(chunk))
        told = [columns.get(name) or [_json(cell) for cell in cells[name]] for name in layout.told]
        values = _joined(",", told, len(chunk))
        yield from ((group, f'"{key}":[{value}]') for group, key, value in zip(series, keys, values, strict=True))


def _joined(between: str, columns: list[list[str]], rows: int) -> list[str]:
    """Return the cells of each row with something between them."""
    return [between.join(row) for row in zip(*columns, strict=True)] if columns else [""] * rows


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


def _structure(
    indexes: dict[str, dict[str, int]], days: dict[str, tuple[date, date]], language: str, layout: Layout
) -> dict[str, Any]:
    """Return the object that says what the indexes mean; without any observation it names no component."""
    said = names(language)
    values = {name: _values(name, known, days, language) for name, known in indexes.items() if known}

    def listed(wanted: tuple[str, ...]) -> list[dict[str, Any]]:
        return [
            {
                "id": name,
                "name": said[name],
                "keyPosition": dimension_ids().index(name),
                **_roles(name),
                "values": values[name],
            }
            for name in wanted
            if name in values
        ]

    attributes = layout.attributes if values else ()
    return {
        "dataSets": [0],
        "links": _links(),
        "name": sdmx()["name"][language],
        "dimensions": {
            place: listed(wanted)
            for place, wanted in (("series", layout.series), ("observation", layout.observation))
            if wanted
        },
        "measures": {"observation": [{"id": MEASURE, "name": said[MEASURE]}] if layout.measure else []},
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
