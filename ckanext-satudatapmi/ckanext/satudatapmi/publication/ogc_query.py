"""What a question to OGC API Records asks for, and how it is put to the search.

A record without a known area or time answers every question for one, as OGC API Features has it.
"""

from __future__ import annotations

import datetime as dt
import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import ckan.plugins.toolkit as tk

from ckanext.satudatapmi.publication import coverage, feed, ogc_records
from ckanext.satudatapmi.schemas import dates

PARAMETERS = frozenset({"q", "bbox", "datetime", "type", "ids", "externalIds", "limit", "offset", "f"})
DEFAULT_LIMIT, MOST = 10, 1000
MOST_NUMBER = 1_000_000
OPEN = ("", "..")
Interval = tuple[dt.date | None, dt.date | None]


@dataclass(frozen=True)
class Query:
    """What is asked for.

    Attributes:
        terms: words or phrases; one of them is enough. Without any all records are meant.
        box: west, south, east, north in degrees; None for everywhere. West of east, or around the 180th meridian.
        interval: first and last day, either may be open; None for any time.
        types: of records; None for all.
        ids: of records; None for all.
        external_ids: that publishers gave; None for all.
        limit: how many records at most.
        offset: how many to leave out.
    """

    terms: tuple[str, ...] = ()
    box: tuple[float, float, float, float] | None = None
    interval: Interval | None = None
    types: tuple[str, ...] | None = None
    ids: tuple[str, ...] | None = None
    external_ids: tuple[str, ...] | None = None
    limit: int = DEFAULT_LIMIT
    offset: int = 0


def read(arguments: Mapping[str, str]) -> Query:
    """Return what the parameters of a question ask for.

    Raises:
        Problem: 400, one is unknown or has no sense.
    """
    refuse_unknown(arguments, PARAMETERS)
    limit = _number(arguments, "limit", DEFAULT_LIMIT, least=1)
    return Query(
        terms=_texts(arguments, "q") or (),
        box=_box(arguments["bbox"]) if "bbox" in arguments else None,
        interval=_interval(arguments["datetime"]) if "datetime" in arguments else None,
        types=_texts(arguments, "type"),
        ids=_texts(arguments, "ids"),
        external_ids=_texts(arguments, "externalIds"),
        limit=min(limit, MOST),
        offset=_number(arguments, "offset", 0, least=0),
    )


def refuse_unknown(arguments: Mapping[str, str], known: frozenset[str]) -> None:
    """Do nothing unless there is a parameter that nobody knows.

    Raises:
        Problem: 400, as OGC API Features has it.
    """
    for name in arguments:
        if name not in known:
            names = ", ".join(sorted(known))
            raise problem(name, arguments[name], tk._("There is no such parameter, only {names}.").format(names=names))


def search(query: Query) -> dict[str, Any]:
    """Return a question in the words of package_search."""
    asked = {
        "fq": "+dataset_type:dataset",
        "fq_list": [*_filters(query)],
        "fl": ["id"],
        "sort": "id asc",
        "rows": query.limit,
        "start": query.offset,
        "facet": "false",
    }
    if query.terms:
        phrases = (f'"{_quoted(term)}"' for term in query.terms)
        asked |= {"q": " OR ".join(phrases), "mm": "1", "sort": "score desc, id asc"}
    return asked


def _filters(query: Query) -> Iterator[str]:
    """Yield what leaves out the records that are not meant; those without an area or a time stay."""
    if query.box:
        west, south, east, north = query.box
        beside = f"extent_west:{{{east} TO *]", f"extent_east:[* TO {west}}}"
        yield f"-({beside[0]} OR {beside[1]})" if west <= east else f"-(+{beside[0]} +{beside[1]})"
        yield f"-(extent_south:{{{north} TO *] OR extent_north:[* TO {south}}})"
    start, end = query.interval or (None, None)
    if end:
        yield f"-extent_start_date:{{{_moment(end)} TO *]"
    if start:
        yield f"-extent_end_date:[* TO {_moment(start)}}}"
    if query.types is not None and ogc_records.TYPE not in query.types:
        yield "-*:*"
    for name, values in (("id", query.ids), ("source_identifier", query.external_ids)):
        if values is not None:
            yield "{}:({})".format(name, " OR ".join(f'"{_quoted(value)}"' for value in values))


def _moment(day: dt.date) -> str:
    return f"{day.isoformat()}T00:00:00Z"


def _quoted(text: str) -> str:
    """Return a text as it stands between quotes; CKAN refuses some signs even there unless they are escaped."""
    return re.sub(r'(["\\{:])', r"\\\1", text)


def _texts(arguments: Mapping[str, str], name: str) -> tuple[str, ...] | None:
    """Return the parts of a list; None if it was not given, or has no part."""
    return tuple(part for part in map(str.strip, arguments.get(name, "").split(",")) if part) or None


def _number(arguments: Mapping[str, str], name: str, default: int, least: int) -> int:
    value = arguments.get(name, str(default))
    if not (value.isascii() and value.isdecimal() and least <= int(value) <= MOST_NUMBER):
        expected = tk._("Expected a whole number from {least} to {most}.").format(least=least, most=MOST_NUMBER)
        raise problem(name, value, expected)
    return int(value)


def _box(value: str) -> tuple[float, float, float, float]:
    try:
        numbers = [float(part) for part in value.split(",")]
    except ValueError:
        numbers = []
    if len(numbers) == 6:
        del numbers[5], numbers[2]
    if not (len(numbers) == 4 and all(map(math.isfinite, numbers)) and _on_earth(*numbers)):
        raise problem("bbox", value, tk._("Expected west,south,east,north in degrees, such as 110.9,-8.8,115.9,-5.7."))
    west, south, east, north = numbers
    return west, south, east, north


def _on_earth(west: float, south: float, east: float, north: float) -> bool:
    return abs(west) <= 180 and abs(east) <= 180 and -90 <= south <= north <= 90


def _interval(value: str) -> Interval:
    start, slash, end = value.partition("/")
    sides = (start, end) if slash else (value, value)
    days = [None if slash and side in OPEN else dates.iso_date(side) or "" for side in sides]
    if "" in days or days == [None, None]:
        expected = tk._("Expected a day, or an interval such as 2023-01-01/2023-12-31; .. is an open end.")
        raise problem("datetime", value, expected)
    return coverage.first_day(days[0]), coverage.last_day(days[1])


def problem(name: str, value: str, expected: str) -> feed.Problem:
    """Return the problem of a parameter without sense.

    Args:
        name: of the parameter.
        value: that it has.
        expected: a sentence on what would have sense.
    """
    said = tk._("{name} is {value}.").format(name=name, value=repr(value))
    return feed.Problem(400, tk._("Faulty parameter"), f"{said} {expected}")
