"""An indicator of the cube as a JSON-stat 2.0 dataset: the latest vintage of every figure."""

from __future__ import annotations

import json
from typing import Any, BinaryIO

import pandas as pd

from ckanext.satudatapmi.figures.cube import Chunks, latest
from ckanext.satudatapmi.figures.exports.flat import plain
from ckanext.satudatapmi.figures.exports.periods import time_period
from ckanext.satudatapmi.figures.exports.sdmx_structure import names
from ckanext.satudatapmi.figures.exports.vocabulary import coded_columns, labels
from ckanext.satudatapmi.figures.registry import dimensions, indicators

TIME = "time"
GEOGRAPHY = ("origin", "service_point", "destination")


def write_jsonstat(chunks: Chunks, indicator: str, file: BinaryIO, language: str = "id") -> None:
    """Write the figures of one indicator as JSON-stat 2.0.

    Its dimensions are the publisher's series (facet), those of the single data, and time; one in which all figures
    agree has a single category. `value` is sparse: a cell that is not there was never published, one with null and a
    status was published as missing. The indicator's latest figures are held in memory.

    Args:
        chunks: of the cube; figures of other indicators are left out.
        indicator: of schemas/figures/indicators.yaml.
        file: open for writing bytes; it stays open.
        language: of the labels, id or en.

    Raises:
        KeyError: there is no such indicator.
    """
    about = indicators()[indicator]
    figures = latest(chunk[chunk["indicator"] == indicator] for chunk in chunks)
    days = list(zip(figures["ref_start"], figures["ref_end"], strict=True))
    periods = {both: time_period(*both).value for both in sorted(set(days))}
    cells = {name: figures[name].tolist() for name in ("facet", *dimensions())}
    categories = {name: _categories(name, codes, language) for name, codes in cells.items()}
    cells[TIME] = [periods[both] for both in days]
    categories[TIME] = {period: period for period in periods.values()}
    size = [len(of) for of in categories.values()]
    at = _positions(cells, categories, size)
    dataset: dict[str, Any] = {
        "version": "2.0",
        "class": "dataset",
        "label": about.label[language],
        "updated": f"{figures['vintage'].max()}" if len(figures) else None,
        "id": list(cells),
        "size": size,
        "role": {"time": [TIME], "geo": list(GEOGRAPHY)},
        "dimension": {name: _dimension(name, categories[name], language) for name in cells},
        "status": {where: status for where, status in zip(at, figures["obs_status"], strict=True) if status != "A"},
        "extension": {"indicator": indicator, "measure": about.measure, "unit": about.unit},
    }
    head = json.dumps({key: value for key, value in dataset.items() if value is not None}, ensure_ascii=False)
    file.write(f'{head[:-1]}, "value": {{{", ".join(_values(at, figures["value"]))}}}}}'.encode())


def _categories(name: str, codes: list[str], language: str) -> dict[str, str]:
    """Return label by code of the codes that occur, in the order of their list."""
    known = labels(coded_columns()[name], language)
    places = {code: place for place, code in enumerate(known)}
    ordered = sorted(set(codes), key=lambda code: (places.get(code, len(places)), code))
    return {code: known.get(code, code) for code in ordered}


def _positions(cells: dict[str, list[str]], categories: dict[str, dict[str, str]], size: list[int]) -> list[str]:
    """Return where each figure stands in the array of all cells, the last dimension running fastest."""
    at = [0] * len(cells[TIME])
    for count, (name, codes) in zip(size, cells.items(), strict=True):
        index = {code: place for place, code in enumerate(categories[name])}
        at = [before * count + index[code] for before, code in zip(at, codes, strict=True)]
    return [str(place) for place in at]


def _dimension(name: str, categories: dict[str, str], language: str) -> dict[str, Any]:
    component = {"facet": "FACET", TIME: "TIME_PERIOD"}.get(name) or dimensions()[name].concept
    return {"label": names(language)[component], "category": {"index": list(categories), "label": categories}}


def _values(at: list[str], values: pd.Series) -> list[str]:
    """Return the members of `value`; decimals are written as they are, not through binary fractions."""
    return [f'"{where}": {"null" if value is None else plain(value)}' for where, value in zip(at, values, strict=True)]
