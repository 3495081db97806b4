"""Conditions on the components of observations: keys of series, and filters by component."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Literal, cast

from ckanext.satudatapmi.figures.exports.layout import TIME, dimension_ids
from ckanext.satudatapmi.figures.exports.periods import days_of
from ckanext.satudatapmi.figures.exports.sdmx_structure import code_id, components, list_id
from ckanext.satudatapmi.figures.exports.vocabulary import labels
from ckanext.satudatapmi.figures.sdmx.errors import NOT_IMPLEMENTED, SEMANTIC, SYNTAX, SdmxError
from ckanext.satudatapmi.text import _

Days = tuple[date, date]
Operator = Literal["eq", "ne", "lt", "le", "gt", "ge"]
VINTAGE = "VINTAGE"
ORDERED = (VINTAGE, TIME)
"""The dimensions whose values are days, so that one is before another."""
OPERATORS_OF_CODES, OPERATORS_OF_DAYS = ("eq", "ne"), ("eq", "ne", "lt", "le", "gt", "ge")
OTHER_OPERATORS = ("co", "nc", "sw", "ew")
PREFIX = re.compile(r"([a-z]{2}):(.*)")
ALL, LEFT_OPEN = ("all", "*"), ("", "*")
"""How a query writes the key of every series, and every value of one dimension."""


@dataclass(frozen=True)
class Term:
    """One condition on a component.

    Attributes:
        operator: how a value of an observation has to stand to that of the term.
        value: a code of the single data, or the first and the last day of a period.
    """

    operator: Operator
    value: str | Days


Alternatives = tuple[tuple[Term, ...], ...]
"""Conditions on one component: all of one of these groups have to hold."""
Filter = Mapping[str, Alternatives]
"""Conditions by component, all of which have to hold."""


def keys_of(text: str, *, whole: bool) -> tuple[Filter, ...]:
    """Return the conditions that a key sets, one of which has to hold.

    Args:
        text: values of all dimensions but the time, divided by dots; several of one by +, several keys by commas. An
            empty part or * is for every value, `all` or * alone for every series.
        whole: whether every dimension has to have its part; else those at the end may be left out.

    Raises:
        SdmxError: it is no such key.
    """
    if text in ALL:
        return ({},)
    return tuple(_key(one, whole) for one in text.split(","))


def _key(text: str, whole: bool) -> Filter:
    names = dimension_ids()[:-1]
    parts = text.split(".")
    if len(parts) > len(names) or (whole and len(parts) < len(names)):
        message = _(
            "The key {key} has {count} parts; expected {expected}, with dots between them: {names}. Leave a part empty "
            "for every value, or write {all} for all series.",
            key=text,
            count=len(parts),
            expected=len(names),
            names=".".join(names),
            all=ALL[0] if whole else ALL[1],
        )
        raise SdmxError(SYNTAX, message)
    return {
        name: tuple((Term("eq", _value(name, value)),) for value in part.split("+"))
        for name, part in zip(names, parts, strict=False)
        if part not in LEFT_OPEN
    }


def alternatives_of(component: str, text: str) -> Alternatives:
    """Return the conditions of a filter by component: A,B is A or B; ge:A+le:B is from A to B.

    Args:
        component: id of a dimension.
        text: the filter. A space is read as +, which addresses write for it.

    Raises:
        SdmxError: it cannot be understood, or is of a kind that is not implemented.
    """
    if component not in dimension_ids():
        message = _(
            "Filters are implemented for the dimensions alone: {names}. Leave c[{component}] out.",
            names=", ".join(dimension_ids()),
            component=component,
        )
        raise SdmxError(NOT_IMPLEMENTED if component in components() else SEMANTIC, message)
    return tuple(
        tuple(_term(component, part) for part in re.split(r"[+ ]", alternative)) for alternative in text.split(",")
    )


def time_range(start: str | None, end: str | None) -> Filter:
    """Return the condition that periods lie between two, both included.

    Raises:
        SdmxError: one is no period.
    """
    bounds: tuple[tuple[Operator, str | None], ...] = (("ge", start), ("le", end))
    terms = tuple(Term(operator, _days(text)) for operator, text in bounds if text)
    return {TIME: (terms,)} if terms else {}


def _term(component: str, text: str) -> Term:
    found = PREFIX.fullmatch(text)
    operator, value = (found[1], found[2]) if found else ("eq", text)
    known = OPERATORS_OF_DAYS if component in ORDERED else OPERATORS_OF_CODES
    if operator not in known:
        message = _(
            "The operator {operator} is not implemented for {component}; use one of: {known}.",
            operator=operator,
            component=component,
            known=", ".join(known),
        )
        raise SdmxError(NOT_IMPLEMENTED if operator in (*OPERATORS_OF_DAYS, *OTHER_OPERATORS) else SYNTAX, message)
    return Term(cast(Operator, operator), _value(component, value))


def _value(component: str, text: str) -> str | Days:
    if component in ORDERED:
        return _days(text)
    known = _codes(component)
    if text not in known:
        message = _(
            "{component} has no value {value}; its values are the codes of {codes}.",
            component=component,
            value=repr(text),
            codes=list_id(components()[component] or ""),
        )
        raise SdmxError(SEMANTIC, message)
    return known[text]


@cache
def _codes(component: str) -> Mapping[str, str]:
    """Return the codes of a dimension by what SDMX calls them."""
    return {code_id(code): code for code in labels(components()[component] or "", "id")}


def _days(text: str) -> Days:
    try:
        return days_of(text)
    except ValueError:
        expected = "2023, 2023-06, 2023-06-30, 2023-Q2, 2023-S1, 2023-W26, 2023-01-01/P10M"
        message = _("{text} is no period; write one like {expected}.", text=repr(text), expected=expected)
        raise SdmxError(SYNTAX, message) from None
