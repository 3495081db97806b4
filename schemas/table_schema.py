"""Columns as a Frictionless Table Schema: https://specs.frictionlessdata.io/table-schema/ version 1.

Beside the standard's own properties a field carries `unit`, `concept`, `codeList` (address of the list under /kode)
and `rules` (what is to hold but no machine checks).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from ckanext.satudatapmi.schemas.variables import BOOLEAN, CHARACTER, DATE, FLOAT, INTEGER, Lists, Variable, bound

TYPES = {CHARACTER: "string", INTEGER: "integer", FLOAT: "number", DATE: "date", BOOLEAN: "boolean"}
TRUE_VALUES = ["true", "True", "TRUE", "1", "ya", "Ya", "YA"]
FALSE_VALUES = ["false", "False", "FALSE", "0", "tidak", "Tidak", "TIDAK"]
MISSING_VALUES = ["", "-", "–", "—", "...", "…", "n.a."]
"""Marks of an empty cell (schemas/codelists/tanda_kosong.csv), where a word such as `na` may be a value elsewhere."""


def table_schema(variables: Sequence[Variable], lists: Lists, site_url: str) -> dict[str, Any]:
    """Return the Table Schema of some columns.

    Args:
        variables: the columns, in their order.
        lists: the published code lists by name.
        site_url: of the portal, without a slash at the end.
    """
    schema: dict[str, Any] = {
        "$schema": "https://frictionlessdata.io/schemas/table-schema.json",
        "fields": [_field(one, lists, site_url) for one in variables],
        "missingValues": MISSING_VALUES,
    }
    key = primary_key(variables)
    return schema | ({"primaryKey": key} if key else {})


def primary_key(variables: Iterable[Variable]) -> list[str]:
    """Return the columns that tell one row from all others; [] if none are said to."""
    return [one.name for one in variables if one.rules.key]


def list_address(name: str, site_url: str) -> str:
    """Return the address of a code list, for good."""
    return f"{site_url}/kode/{name}"


def _field(one: Variable, lists: Lists, site_url: str) -> dict[str, Any]:
    described = {
        "name": one.name,
        "title": one.title,
        "description": one.definition,
        "type": TYPES[one.kind],
        "unit": one.unit,
        "concept": list(one.concept),
        "codeList": list_address(one.rules.codes or "", site_url) if one.rules.codes in lists else "",
        "rules": list(one.rules.texts),
        "constraints": _constraints(one, lists),
    }
    if one.kind == BOOLEAN:
        described |= {"trueValues": TRUE_VALUES, "falseValues": FALSE_VALUES}
    return {key: value for key, value in described.items() if value or key in ("name", "type")}


def _constraints(one: Variable, lists: Lists) -> dict[str, Any]:
    limits = {name: getattr(one.rules, name) for name in ("minimum", "maximum")}
    found = {
        "required": one.rules.required or one.rules.key or None,
        "unique": one.rules.unique or None,
        "pattern": one.rules.pattern,
        "enum": _allowed(one, lists),
        **{name: bound(one.kind, text) for name, text in limits.items() if text is not None},
    }
    return {name: value for name, value in found.items() if value is not None}


def _allowed(one: Variable, lists: Lists) -> list[Any] | None:
    """Return the values that alone may stand, or None: a list that is not complete forbids nothing."""
    if one.domain:
        codes = [code if one.kind == CHARACTER else bound(one.kind, code) for code, _meaning in one.domain]
        allowed = list(dict.fromkeys(code for code in codes if code is not None))
        return allowed or None
    codes = lists.get(one.rules.codes or "")
    return list(codes.codes) if codes and codes.complete and one.kind == CHARACTER else None
