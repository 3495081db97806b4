"""Columns as metadata of a CSV on the web: https://www.w3.org/TR/tabular-metadata/."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from ckanext.satudatapmi.schemas.table_schema import MISSING_VALUES, list_address, primary_key
from ckanext.satudatapmi.schemas.variables import BOOLEAN, CHARACTER, DATE, FLOAT, INTEGER, Lists, Variable, bound

CONTEXT: list[Any] = ["http://www.w3.org/ns/csvw", {"@language": "id"}]
MEDIA_TYPE = "application/csvm+json"
BASES = {CHARACTER: "string", INTEGER: "integer", FLOAT: "decimal", DATE: "date", BOOLEAN: "boolean"}


@dataclass(frozen=True)
class Csv:
    """The file that is described: its address, its title, and the page of its dictionary."""

    url: str
    title: str
    dictionary: str


def metadata(variables: Sequence[Variable], lists: Lists, file: Csv, site_url: str) -> dict[str, Any]:
    """Return the metadata of a CSV with some columns.

    Args:
        variables: the columns, in their order.
        lists: the published code lists by name.
        file: the file.
        site_url: of the portal, without a slash at the end.
    """
    names = column_names(variables)
    schema: dict[str, Any] = {"columns": [_column(one, names[one.name], lists, file, site_url) for one in variables]}
    if key := primary_key(variables):
        schema["primaryKey"] = [names[name] for name in key]
    return {
        "@context": CONTEXT,
        "url": file.url,
        "dc:title": file.title,
        "dialect": {"encoding": "utf-8", "delimiter": ",", "header": True, "headerRowCount": 1},
        "tableSchema": schema,
    }


def column_names(variables: Sequence[Variable]) -> Mapping[str, str]:
    """Return a name for each column that a URI template can hold, by heading; no two alike.

    >>> column_names([Variable("Kab/Kota", ""), Variable("kab_kota", ""), Variable("_id", "")])
    {'Kab/Kota': 'Kab_Kota', 'kab_kota': 'kab_kota', '_id': 'kolom__id'}
    """
    names: dict[str, str] = {}
    for number, one in enumerate(variables, 1):
        name = re.sub(r"[^A-Za-z0-9_]", "_", one.name)
        name = name if re.match(r"[A-Za-z0-9]", name) else f"kolom_{name}"
        names[one.name] = f"{name}_{number}" if name in names.values() else name
    return names


def _column(one: Variable, name: str, lists: Lists, file: Csv, site_url: str) -> dict[str, Any]:
    column: dict[str, Any] = {
        "name": name,
        "titles": [one.name],
        "dc:title": one.title,
        "dc:description": one.definition,
        "datatype": _datatype(one),
        "required": one.rules.required or one.rules.key,
        "null": MISSING_VALUES,
        "propertyUrl": f"{file.dictionary}#{quote(name)}",
    }
    if one.rules.codes in lists:
        column["valueUrl"] = f"{list_address(one.rules.codes or '', site_url)}/{{{name}}}"
    return {key: value for key, value in column.items() if value not in ("", False)}


def _datatype(one: Variable) -> str | dict[str, Any]:
    """Return the type with what limits it; CSVW has no lists of values, a pattern of them says the same."""
    found: dict[str, Any] = {"base": BASES[one.kind]}
    if one.kind == DATE:
        found["format"] = "yyyy-MM-dd"
    elif one.kind == BOOLEAN:
        found["format"] = "ya|tidak"
    elif one.kind == CHARACTER and one.rules.pattern:
        found["format"] = one.rules.pattern
    elif one.kind == CHARACTER and one.domain:
        found["format"] = "|".join(re.escape(code) for code, _meaning in one.domain)
    for name in ("minimum", "maximum"):
        text = getattr(one.rules, name)
        if text is not None and (limit := bound(one.kind, text)) is not None:
            found[name] = limit
    return found["base"] if len(found) == 1 else found
