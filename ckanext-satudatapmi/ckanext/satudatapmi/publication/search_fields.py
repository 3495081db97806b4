"""What the filters of the search page and its results need of a dataset, as fields of the search index."""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from ckanext.satudatapmi.catalogue import dictionaries
from ckanext.satudatapmi.publication.coverage import Coverage
from ckanext.satudatapmi.reference import wilayah
from ckanext.satudatapmi.reference.mentions import places_in
from ckanext.satudatapmi.schemas import variables, vocabularies, wire

MOST_YEARS = 100
"""Of one dataset: a longer time is a slip of the pen, and would fill the filter."""
YEAR = re.compile(r"(?<!\d)(?:19|20)\d\d(?!\d)")
ADDRESS = "://"
"""A theme that is an address says nothing to a reader."""


def fields_of(pkg_dict: Mapping[str, Any], covered: Coverage) -> dict[str, Any]:
    """Return the fields by which a dataset is filtered, and its columns; what is not known is empty.

    Args:
        pkg_dict: what CKAN is about to index.
        covered: the area and the time that the dataset says it covers.
    """
    title = str(pkg_dict.get("title") or "")
    return {
        "theme": list(dict.fromkeys(_themes(pkg_dict))),
        "place": list(dict.fromkeys(_places(covered, title))),
        "year": _years(covered, title),
        "access": _access(pkg_dict),
        "column": list(dict.fromkeys(_columns(pkg_dict))),
    }


def _themes(pkg_dict: Mapping[str, Any]) -> Iterator[str]:
    given = wire.decode_json(pkg_dict.get("theme") or "")
    for theme in (pkg_dict.get("kategori"), *(given if isinstance(given, list) else [given])):
        if isinstance(theme, str) and theme.strip() and ADDRESS not in theme:
            yield theme.strip()


def _places(covered: Coverage, title: str) -> Iterator[str]:
    for place in covered.places:
        if place.code in wilayah.areas():
            yield wilayah.areas()[place.code].parent or place.code
        elif place.name:
            yield from places_in(place.name)
    yield from places_in(title)


def _years(covered: Coverage, title: str) -> list[str]:
    """Return the years that a dataset covers; where it does not say, those that its title names."""
    first, last = covered.start or covered.end, covered.end or covered.start
    if first is None or last is None:
        return sorted(set(YEAR.findall(title)))
    last = min(last, dt.datetime.now(dt.UTC).date())
    span = range(first.year, last.year + 1)
    return [str(year) for year in span] if len(span) <= MOST_YEARS else []


def _access(pkg_dict: Mapping[str, Any]) -> str:
    said = (pkg_dict.get(name) for name in ("accessRights", "accessLevel"))
    levels = (vocabularies.access_level(one) for one in said if isinstance(one, str))
    return next((level for level in levels if level), "terbatas" if pkg_dict.get("private") else "terbuka")


def _columns(pkg_dict: Mapping[str, Any]) -> Iterator[str]:
    whole = str(pkg_dict.get("data_dict") or "")
    if f'"{dictionaries.FIELD}"' not in whole:
        return
    for resource in json.loads(whole).get("resources") or []:
        for document in dictionaries.own_documents(resource):
            column = variables.variable(document)
            yield from filter(None, (column.name, column.title))
