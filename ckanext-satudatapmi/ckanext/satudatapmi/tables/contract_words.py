"""What a check against a Table Schema says: what a cell should hold, and what to do."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from ckanext.satudatapmi.reference.codelists import UnknownCodeList
from ckanext.satudatapmi.reference.matchers import matcher
from ckanext.satudatapmi.schemas.dates import iso_date
from ckanext.satudatapmi.text import _

SHOWN_VALUES = 12
_THOUSANDS = re.compile(r"-?\d{1,3}([.,]\d{3})+")
_DECIMAL_COMMA = re.compile(r"-?\d+,\d+")


def expected(kind: str, field: Mapping[str, Any], value: str, other: int | None) -> tuple[str, str]:
    """Return what should stand in a cell, and what to do.

    Args:
        kind: of the fault.
        field: the field of the Table Schema.
        value: what the cell holds.
        other: the row that holds the same value, where a repetition is the fault.
    """
    constraints = field.get("constraints") or {}
    if kind == "type":
        return _type_words(field, value)
    if kind == "required":
        return _("a filled cell"), _("Fill it; the column may not be empty.")
    if kind == "unique":
        hint = _("Take out the repeated row, or mend the value.")
        return _("a value of its own: row {row} holds it already", row=other or "?"), hint
    if kind == "enum":
        return _allowed_words(field, value)
    if kind == "minimum":
        return _("{limit} or more", limit=constraints.get(kind)), _("Mend the value.")
    if kind == "maximum":
        return _("{limit} or less", limit=constraints.get(kind)), _("Mend the value.")
    if kind == "pattern":
        return _("a text of the form {pattern}", pattern=constraints.get(kind)), _("Mend the value.")
    return _("what the data dictionary allows ({kind})", kind=kind), _("Mend the value.")


def list_of(field: Mapping[str, Any]) -> str:
    """Return the name of the code list that a field names, "" if it names none."""
    return str(field.get("codeList") or "").rstrip("/").rpartition("/")[2]


def missing_column(name: str, headings: Sequence[str]) -> str:
    """Return that a column is not there; one that differs in case or blanks alone is named."""
    like = next((heading for heading in headings if _loose(heading) == _loose(name)), None)
    if like:
        return _("the column {name} is missing. Rename {like} to {name}.", name=name, like=like)
    return _("the column {name} is missing. Add it, or take it out of the data dictionary.", name=name)


def extra_column(name: str, missing: Collection[str], fields: Mapping[str, Any]) -> str:
    """Return that a column is not described."""
    like = next(
        (one for one in missing if name in (fields[one].get("title"), one) or _loose(one) == _loose(name)), None
    )
    if like:
        return _("the column {name} is not in the data dictionary. Rename it to {like}.", name=name, like=like)
    return _("the column {name} is not in the data dictionary. Describe it there, or take it out.", name=name)


def repeated_column(name: str) -> str:
    """Return that a heading stands over several columns."""
    return _("the heading {name} stands over several columns. Give each one its own.", name=name)


def heading_below(row: int) -> str:
    """Return that titles stand above the headings."""
    return _("the headings stand in row {row}. Take out the rows above them.", row=row)


def repeated_key(other: int) -> str:
    """Return that a row has the same key as another one."""
    return _(
        "the columns that tell rows apart hold the same as in row {row}. Take out the repeated row, or mend it.",
        row=other,
    )


def too_slow(seconds: float, row: int) -> str:
    """Return that the check was ended."""
    return _(
        "the check took longer than {seconds:.0f} seconds and ended at row {row}. Divide the file, or ask the operator "
        "of the portal to raise the limit.",
        seconds=seconds,
        row=row,
    )


def not_held(name: str, code_list: str, values: Counter[str]) -> str:
    """Return that values are not among the codes of a list that is known to lack some."""
    return _(
        "column {name}: {count} values are not among the codes that the incomplete list {list} holds; look at them: "
        "{values}",
        name=name,
        count=len(values),
        list=code_list,
        values=_some(list(values)),
    )


def _loose(name: str) -> str:
    return re.sub(r"[\W_]+", "", name).casefold()


def _type_words(field: Mapping[str, Any], value: str) -> tuple[str, str]:
    kind = field.get("type", "string")
    expected_words = {
        "integer": _("a whole number such as 1250"),
        "number": _("a number such as 1250.5"),
        "date": _("a date such as 2024-01-31"),
        "boolean": _("yes or no: ya, tidak, true, false, 1 or 0"),
    }.get(kind, _("a value of the type {kind}", kind=kind))
    return expected_words, _mended(kind, value)


def _mended(kind: str, value: str) -> str:
    """Return what was probably meant; no separators of thousands, a decimal point, ISO 8601."""
    if kind in ("integer", "number") and _THOUSANDS.fullmatch(value):
        return _("Write {value}, without separators.", value=re.sub("[.,]", "", value))
    if kind == "number" and _DECIMAL_COMMA.fullmatch(value):
        return _("Write {value}, with a decimal point.", value=value.replace(",", "."))
    meant = iso_date(value) if kind == "date" else None
    if meant and re.fullmatch(r"\d{4}-\d\d-\d\d", meant):
        return _("Write {value}.", value=meant)
    return _("Mend the value.")


def _allowed_words(field: Mapping[str, Any], value: str) -> tuple[str, str]:
    """Return the values that may stand; of a code list its address, and the code that the name has."""
    name = list_of(field)
    if not name:
        return _("one of: {values}", values=_some(field["constraints"]["enum"])), _("Mend the value.")
    try:
        match = matcher(name)(value)
    except UnknownCodeList:
        match = None
    what = _("a code of the list {list} ({address})", list=name, address=field["codeList"])
    if match and match.code:
        return what, _("Write {code}, the code of {name}.", code=match.code, name=match.name)
    if match and match.candidates:
        return what, _("Did you mean {candidates}?", candidates=_some([str(one) for one in match.candidates[:3]]))
    return what, _("Look the code up there.")


def _some(values: Sequence[Any]) -> str:
    shown = ", ".join(str(value) for value in values[:SHOWN_VALUES])
    return shown + (", …" if len(values) > SHOWN_VALUES else "")
