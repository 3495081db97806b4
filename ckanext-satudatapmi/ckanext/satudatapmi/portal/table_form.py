"""The form on which a table's description is confirmed: its fields, and the description that an answer makes."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import ckan.plugins.toolkit as tk

from ckanext.satudatapmi.figures.registry import definitions, facets
from ckanext.satudatapmi.reference.matchers import codes_of
from ckanext.satudatapmi.tables.description import IGNORE
from ckanext.satudatapmi.tables.shown import as_yaml
from ckanext.satudatapmi.tables.vocabulary import heading_key, known_fields

COLUMNS = 60
PERIODS = ("tahun", "periode")
SCALES = (1, 1000, 10**6, 10**9)
LABELS: Mapping[str, Callable[[], str]] = {
    "sheet": lambda: tk._("Worksheet or table of the file"),
    "header": lambda: tk._("Rows of the heading"),
    "unpivot": lambda: tk._("What the headings of figures name"),
    "value": lambda: tk._("Column of the figures"),
    "satuan": lambda: tk._("Unit"),
    "scale": lambda: tk._("Printed in"),
    "decimal": lambda: tk._("Decimal mark"),
    "hidden": lambda: tk._("Hidden rows and columns"),
    "period": lambda: tk._("Period of all figures"),
    "facet": lambda: tk._("Series of the single data"),
    "claim": lambda: tk._("Definition, if these are statements"),
}
HINTS: Mapping[str, Callable[[], str]] = {
    "header": lambda: tk._("Row numbers as on the left, such as 4, 5"),
    "period": lambda: tk._("Such as 2024 or Mei 2024; empty if rows or columns name it"),
    "facet": lambda: tk._("The figures are added to it. Empty: the table goes into the DataStore alone."),
}


@dataclass(frozen=True)
class Control:
    """A field of the form.

    Attributes:
        name: of the field; label, hint: for people.
        value: what it holds.
        options: value and words of a choice; () for a text.
        decision: what the program decided about it (key, value, confidence, why, sure), or None.
        heading: of the column that it is about, or "".
        was: for a column, the value before.
    """

    name: str
    label: str
    value: str
    options: tuple[tuple[str, str], ...] = ()
    hint: str = ""
    decision: Mapping[str, Any] | None = None
    heading: str = ""
    was: str = ""

    @property
    def doubtful(self) -> bool:
        """Say whether the program is not sure of it."""
        return self.decision is not None and not self.decision["sure"]


def controls(seen: Mapping[str, Any], written: Mapping[str, str] | None = None) -> list[Control]:
    """Return the fields of the form, the doubtful ones first.

    Args:
        seen: as satudata_table_proposal_show gives it.
        written: the answer that is to be shown again in place of what was seen.
    """
    decided = {_name_of(one["key"]): one for one in reversed(seen["decisions"])}
    found = [
        Control(name, LABELS[name](), value, tuple(options), HINTS[name]() if name in HINTS else "", decided.get(name))
        for name, value, options in _settings(seen)
        if name not in ("sheet", "hidden") or len(options) > 1
    ]
    found += _columns(seen)
    if written:
        found = [_as_written(one, written) for one in found]
    return sorted(found, key=lambda one: one.decision["confidence"] if one.decision else 2.0)


def questions(seen: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Return the doubtful decisions that no field of the form answers."""
    names = {one.decision["key"] for one in controls(seen) if one.decision}
    return [one for one in seen["decisions"] if not one["sure"] and one["key"] not in names]


def description_of(form: Mapping[str, str], base: Mapping[str, Any]) -> dict[str, Any] | str:
    """Return the description that an answer makes: its YAML if that was changed, else the fields put into `base`."""
    text = form.get("yaml", "").replace("\r\n", "\n")
    if text.strip() != as_yaml(base).strip():
        return text
    description = dict(base)
    for name, put in _PUT.items():
        if name in form and form[name].strip() != _value(base, name):
            put(description, form[name].strip())
    columns = dict(base.get("columns") or {})
    for number in range(COLUMNS):
        heading, field = form.get(f"heading-{number}"), form.get(f"column-{number}", "")
        if heading is not None and field != form.get(f"was-{number}", ""):
            _put_column(columns, heading, field)
    if columns != (base.get("columns") or {}):
        _put(description, "columns", columns)
    return description


def _name_of(key: str) -> str:
    """Return the name of the field that answers a decision."""
    return "period" if key.removeprefix("constants.") in PERIODS else key


def _as_written(one: Control, written: Mapping[str, str]) -> Control:
    return Control(**{**vars(one), "value": written.get(one.name, one.value)})


def _settings(seen: Mapping[str, Any]) -> Iterable[tuple[str, str, list[tuple[str, str]]]]:
    """Yield name, value and options of the fields that are not about one column."""
    of = seen["description"]
    none = ("", tk._("none"))
    fields = [(one.name, one.label) for one in known_fields().values() if one.role in ("key", "time")]
    headings = [(one["heading"], one["heading"]) for one in seen["columns"] or []]
    units = [(name, name) for name in codes_of("satuan").values()]
    language = tk.h.satudata_in_language
    yield _choice(of, "sheet", [(json.dumps(one), str(one)) for one in seen["sheets"]])
    yield "header", _value(of, "header"), []
    yield _choice(of, "unpivot", [("", tk._("nothing: the figures stand in one column")), *fields])
    yield _choice(of, "value", [none, *headings])
    yield _choice(of, "satuan", [none, *units])
    yield _choice(of, "scale", [(str(one), tk.h.satudata_number(one)) for one in SCALES])
    yield _choice(of, "decimal", [(",", tk._("comma: 1.234,5")), (".", tk._("point: 1,234.5"))])
    if "hidden" in of or any(one["key"] == "hidden" for one in seen["decisions"]):
        yield _choice(of, "hidden", [("leave_out", tk._("leave them out")), ("read", tk._("read them"))])
    yield "period", _value(of, "period"), []
    yield _choice(of, "facet", [none, *((name, language(facets()[name].title)) for name in seen["facets"])])
    yield _choice(of, "claim", [none, *((name, language(one.title)) for name, one in definitions().items())])


def _choice(of: Mapping[str, Any], name: str, options: list[tuple[str, str]]) -> tuple[str, str, list[tuple[str, str]]]:
    """Return name, value and options of a choice; what is said already can always be chosen."""
    value = _value(of, name)
    if options and value not in [option for option, _words in options]:
        options = [*options, (value, value or tk._("as the program finds it"))]
    return name, value, options


def _value(of: Mapping[str, Any], name: str) -> str:
    """Return what a description says, as the form writes it."""
    if name == "period":
        constants = of.get("constants") or {}
        return next((str(constants[key]) for key in PERIODS if constants.get(key) is not None), "")
    said = of.get(name)
    if name == "sheet":
        return "" if said is None else json.dumps(said)
    if isinstance(said, (list, tuple)):
        return ", ".join(map(str, said))
    if isinstance(said, Mapping):
        return ", ".join(map(str, said))
    return {"scale": "1", "decimal": ",", "hidden": "read"}.get(name, "") if said is None else str(said)


def _columns(seen: Mapping[str, Any]) -> list[Control]:
    decided = {one["key"]: one for one in reversed(seen["decisions"])}
    said = {heading_key(key): setting for key, setting in (seen["description"].get("columns") or {}).items()}
    left_out = (IGNORE, tk._("leave the column out"))
    fields = [(one.name, one.label) for one in known_fields().values() if one.role not in ("ignore", "value")]
    options = (("", tk._("not said")), left_out, *fields)
    found = []
    for number, column in enumerate((seen["columns"] or [])[:COLUMNS]):
        decision = decided.get(f"columns.{column['heading']}")
        if column["figures"] and not (decision and not decision["sure"]):
            continue
        ignored = said.get(heading_key(column["heading"])) == IGNORE or (decision or {}).get("value") == IGNORE
        value = column["field"] or (IGNORE if ignored else "")
        own = () if value in dict(options) else ((value, value),)
        label = tk._("Column {heading}").format(heading=column["heading"])
        found.append(
            Control(
                f"column-{number}",
                label,
                value,
                (*options, *own),
                decision=decision,
                heading=column["heading"],
                was=value,
            )
        )
    return found


def _put_column(columns: dict[str, Any], heading: str, field: str) -> None:
    for key in [key for key in columns if heading_key(key) == heading_key(heading)]:
        del columns[key]
    if field:
        columns[heading] = field


def _put(description: dict[str, Any], key: str, value: Any) -> None:
    """Set a key, or take it away if there is nothing to say."""
    if value in ("", None, [], {}):
        description.pop(key, None)
    else:
        description[key] = value


def _put_sheet(description: dict[str, Any], text: str) -> None:
    try:
        _put(description, "sheet", json.loads(text or "null"))
    except ValueError:
        description["sheet"] = text


def _put_header(description: dict[str, Any], text: str) -> None:
    numbers = [part.strip() for part in text.split(",") if part.strip()]
    _put(description, "header", [int(part) if part.isascii() and part.isdecimal() else part for part in numbers])


def _put_unpivot(description: dict[str, Any], text: str) -> None:
    names = [part.strip() for part in text.split(",") if part.strip()]
    _put(description, "unpivot", names[0] if len(names) == 1 else names)
    if names:
        description.pop("value", None)


def _put_value(description: dict[str, Any], text: str) -> None:
    _put(description, "value", text)
    if text:
        description.pop("unpivot", None)


def _put_scale(description: dict[str, Any], text: str) -> None:
    _put(description, "scale", int(text) if text.isascii() and text.isdecimal() else text)


def _put_period(description: dict[str, Any], text: str) -> None:
    constants = {key: value for key, value in (description.get("constants") or {}).items() if key not in PERIODS}
    if text:
        constants["tahun" if text.isdecimal() else "periode"] = text
    _put(description, "constants", constants)


_PUT: Mapping[str, Callable[[dict[str, Any], str], None]] = {
    "sheet": _put_sheet,
    "header": _put_header,
    "unpivot": _put_unpivot,
    "value": _put_value,
    "satuan": lambda description, text: _put(description, "satuan", text),
    "scale": _put_scale,
    "decimal": lambda description, text: _put(description, "decimal", text),
    "hidden": lambda description, text: _put(description, "hidden", text),
    "period": _put_period,
    "facet": lambda description, text: _put(description, "facet", text),
    "claim": lambda description, text: _put(description, "claim", text),
}
