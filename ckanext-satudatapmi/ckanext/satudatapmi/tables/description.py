"""A table's description: the few lines of YAML that say how a printed table is to be read.

Every key has a default; `unpivot: tahun` is a whole description. The keys:

    sheet: Tabel 2            # worksheet, or table of a page or PDF, by name or number (default: the first one shown)
    encoding: cp1252          # of a text file (default: found out)
    delimiter: ";"            # of a text file (default: found out)
    decimal: ","              # decimal mark of figures; the other one groups thousands
    hidden: leave_out         # rows and columns that a worksheet hides: leave_out or read (default)
    header: [4, 5]            # row number or numbers of the heading (default: found out)
    columns:                  # printed heading -> field; headings of schemas/table_fields.yaml need no line
      Asal: {field: kabupaten_kota, within: "35", unmarked: kabupaten, complete: true}
      Keterangan: abaikan     # leaves the column out
    unpivot: tahun            # columns headed by values of this field become rows; a list for several levels
    value: Jumlah             # heading of the column that holds the figures, if nothing is unpivoted
    type: integer             # of the figures: integer or number (default: as the unit says)
    scale: 1000               # what printed figures are multiplied by ("ribu orang")
    satuan: orang             # unit of the figures
    constants: {tahun: 2022}  # fields that hold for every row
    missing: ["x"]            # marks for "no figure" besides the usual ones
    totals: {keep: true, parts: some, labels: [Semua]}
    footnotes:                # what a footnote mark says about the figures that bear it
      "1": {sumber: Buletin Mei 2016, tanggal_terbit: 2016-05-31}
      "*": {status: E}
    facet: bp2mi_placement    # series of the single data that the figures belong to (schemas/figures/facets.yaml)
    claim: pernyataan_kemlu   # or, where they are statements, their definition (schemas/figures/definitions.yaml)
    confirmed: ["3f2a9c81b0d4"]  # of a harvested table: how the SHA-256 of a file begins whose new layout is right
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal, InvalidOperation
from types import MappingProxyType
from typing import Any, Literal

from ckanext.satudatapmi.reference.matchers import MatcherOptionError, UnknownCodeList, matcher
from ckanext.satudatapmi.tables.marks import plain_mark
from ckanext.satudatapmi.tables.vocabulary import TYPES, KnownField, heading_key, known_fields
from ckanext.satudatapmi.text import _

IGNORE = "abaikan"
ROLES = ("key", "time", "value", "attribute")
FIELD_KEYS = {"field", "role", "type", "codes", "label", "notes", "complete", "level", "within", "unmarked"}
OPTION_KEYS = ("level", "within", "unmarked")
DIGEST = re.compile(r"[0-9a-f]{12,64}")
NOTE_FIELDS = ("sumber", "tanggal_terbit", "tanggal_terbit_perkiraan", "status", "satuan")
NO_OPTIONS: MappingProxyType[str, Any] = MappingProxyType({})


class TableDescriptionError(ValueError):
    """A description is wrong. The message names the key, what it holds and what it should hold."""

    def __init__(self, key: str, message: str) -> None:
        super().__init__(f"{key}: {message}")
        self.key = key
        self.message = message


@dataclass(frozen=True)
class FieldUse:
    """A field as one table uses it: the vocabulary's entry with this table's settings."""

    known: KnownField
    complete: bool = False

    @property
    def name(self) -> str:
        """Its name in descriptions."""
        return self.known.name

    @property
    def role(self) -> str:
        """What it is to an observation: key, time, value, attribute or ignore."""
        return self.known.role

    @property
    def stem(self) -> str:
        """Stem of its columns in the tidy table."""
        return self.known.column


@dataclass(frozen=True)
class Totals:
    """How rows and columns of totals are treated.

    Attributes:
        labels: words for a total besides the usual ones, folded.
        parts: `all` if the other rows add up to the total, `some` if the table leaves rows out (a top ten).
        keep: whether totals become rows of the tidy table, coded `_T` (areas: the code of the whole).
    """

    labels: frozenset[str] = frozenset()
    parts: Literal["all", "some"] = "all"
    keep: bool = False


@dataclass(frozen=True)
class TableDescription:
    """How a printed table is to be read; the module's text explains each attribute."""

    sheet: str | int | None = None
    encoding: str | None = None
    delimiter: str | None = None
    decimal: Literal[",", "."] = ","
    hidden: Literal["leave_out", "read"] = "read"
    header: tuple[int, ...] | None = None
    columns: MappingProxyType[str, FieldUse | None] = field(default_factory=lambda: MappingProxyType({}))
    unpivot: tuple[FieldUse, ...] = ()
    value: str | None = None
    type: str | None = None
    scale: Decimal = Decimal(1)
    satuan: str | None = None
    constants: MappingProxyType[str, str] = field(default_factory=lambda: MappingProxyType({}))
    missing: tuple[str, ...] = ()
    totals: Totals = field(default_factory=Totals)
    footnotes: MappingProxyType[str, MappingProxyType[str, str]] = field(default_factory=lambda: MappingProxyType({}))
    facet: str | None = None
    claim: str | None = None
    confirmed: tuple[str, ...] = ()


def parse_description(entry: Mapping[str, Any] | None, where: str = "table") -> TableDescription:
    """Return the description that a YAML mapping holds.

    Args:
        entry: the mapping; None or an empty one is a description of defaults.
        where: name of the key that holds it, for messages.

    Raises:
        TableDescriptionError: if a key is unknown or a value does not fit.

    >>> parse_description({"unpivot": "tahun"}).unpivot[0].name
    'tahun'
    """
    entry = _mapping({} if entry is None else entry, where)
    readers = {
        "sheet": _sheet,
        "encoding": _encoding,
        "delimiter": _delimiter,
        "decimal": _decimal,
        "hidden": _hidden,
        "header": _header,
        "columns": _columns,
        "unpivot": _unpivot,
        "value": _text,
        "type": _number_type,
        "scale": _scale,
        "satuan": _text,
        "constants": _constants,
        "missing": _texts,
        "totals": _totals,
        "footnotes": _footnotes,
        "facet": _text,
        "claim": _text,
        "confirmed": _digests,
    }
    _check_keys(entry, set(readers), where)
    read = {key: readers[key](value, f"{where}.{key}") for key, value in entry.items() if value is not None}
    return TableDescription(**read)


def field_use(name: str, where: str, settings: Mapping[str, Any] = NO_OPTIONS) -> FieldUse:
    """Return a field of the vocabulary with a table's settings; a name that is not there makes a field of its own.

    Raises:
        TableDescriptionError: if a setting does not fit.
    """
    _check_keys(settings, FIELD_KEYS, where)
    known = known_fields().get(name) or KnownField(_field_name(name, where), column=name, label=name.replace("_", " "))
    options = dict(known.options) | {key: settings[key] for key in OPTION_KEYS if settings.get(key) is not None}
    known = replace(
        known,
        role=_one_of(settings.get("role", known.role), (*ROLES, "ignore"), f"{where}.role"),
        type=_one_of(settings.get("type", known.type), TYPES, f"{where}.type"),
        codes=settings.get("codes", known.codes),
        options=MappingProxyType(options),
        label=settings.get("label", known.label),
        notes=settings.get("notes", known.notes),
    )
    _check_codes(known, where)
    return FieldUse(known, complete=_boolean(settings.get("complete", False), f"{where}.complete"))


def _check_codes(known: KnownField, where: str) -> None:
    if known.codes is None:
        if known.options:
            key = next(iter(known.options))
            raise TableDescriptionError(f"{where}.{key}", _("needs a code list; say which with `codes`"))
        return
    options = {key: value for key, value in known.options.items() if not (key == "within" and value in known_fields())}
    try:
        matcher(known.codes, options)
    except UnknownCodeList as error:
        raise TableDescriptionError(f"{where}.codes", str(error)) from None
    except MatcherOptionError as error:
        raise TableDescriptionError(f"{where}.{error.option}", str(error)) from None


def _columns(value: Any, where: str) -> MappingProxyType[str, FieldUse | None]:
    uses: dict[str, FieldUse | None] = {}
    for heading, setting in _mapping(value, where).items():
        place = f"{where}.{heading}"
        if setting == IGNORE:
            uses[heading_key(str(heading))] = None
        elif isinstance(setting, str):
            uses[heading_key(str(heading))] = field_use(setting, place)
        else:
            settings = _mapping(setting, place)
            name = _text(settings.get("field") or str(heading), f"{place}.field")
            uses[heading_key(str(heading))] = field_use(name, place, settings)
    return MappingProxyType(uses)


def _unpivot(value: Any, where: str) -> tuple[FieldUse, ...]:
    if isinstance(value, str):
        return (field_use(value, where),)
    if isinstance(value, Mapping):
        return tuple(field_use(str(name), f"{where}.{name}", settings or {}) for name, settings in value.items())
    return tuple(field_use(name, where) for name in _texts(value, where))


def _constants(value: Any, where: str) -> MappingProxyType[str, str]:
    constants: dict[str, str] = {}
    for name, constant in _mapping(value, where).items():
        use = field_use(str(name), f"{where}.{name}")
        constants[str(name)] = _scalar(constant, f"{where}.{name}")
        if use.known.codes and not matcher(use.known.codes, use.known.options)(constants[str(name)]).found:
            raise TableDescriptionError(
                f"{where}.{name}",
                _("{value!r} has no one meaning in the code list {codes}", value=constant, codes=use.known.codes),
            )
    return MappingProxyType(constants)


def _footnotes(value: Any, where: str) -> MappingProxyType[str, MappingProxyType[str, str]]:
    notes: dict[str, MappingProxyType[str, str]] = {}
    for mark, says in _mapping(value, where).items():
        place = f"{where}.{mark}"
        _check_keys(_mapping(says, place), set(NOTE_FIELDS), place)
        notes[plain_mark(str(mark))] = MappingProxyType(
            {name: _scalar(said, f"{place}.{name}") for name, said in says.items()}
        )
    return MappingProxyType(notes)


def _totals(value: Any, where: str) -> Totals:
    if value == "keep":
        return Totals(keep=True)
    entry = _mapping(value, where)
    _check_keys(entry, {"labels", "parts", "keep"}, where)
    return Totals(
        labels=frozenset(heading_key(label) for label in _texts(entry.get("labels", []), f"{where}.labels")),
        parts="some" if _one_of(entry.get("parts", "all"), ("all", "some"), f"{where}.parts") == "some" else "all",
        keep=_boolean(entry.get("keep", False), f"{where}.keep"),
    )


def _sheet(value: Any, where: str) -> str | int:
    if isinstance(value, str) or (isinstance(value, int) and not isinstance(value, bool) and value >= 1):
        return value
    raise TableDescriptionError(where, _expected(value, _("a worksheet's name, or its number counted from 1")))


def _encoding(value: Any, where: str) -> str:
    try:
        b"x".decode(_text(value, where), "replace")
    except LookupError:
        raise TableDescriptionError(where, _expected(value, _("an encoding such as utf-8 or cp1252"))) from None
    return value


def _delimiter(value: Any, where: str) -> str:
    if isinstance(value, str) and len(value) == 1:
        return value
    raise TableDescriptionError(where, _expected(value, _("one character, such as ;")))


def _decimal(value: Any, where: str) -> Literal[",", "."]:
    return "," if _one_of(value, (",", "."), where) == "," else "."


def _hidden(value: Any, where: str) -> Literal["leave_out", "read"]:
    return "leave_out" if _one_of(value, ("leave_out", "read"), where) == "leave_out" else "read"


def _header(value: Any, where: str) -> tuple[int, ...]:
    numbers = value if isinstance(value, list) else [value]
    if numbers and all(isinstance(row, int) and not isinstance(row, bool) and row >= 1 for row in numbers):
        return tuple(sorted(numbers))
    raise TableDescriptionError(where, _expected(value, _("a row number counted from 1, or a list of them")))


def _number_type(value: Any, where: str) -> str:
    return _one_of(value, ("integer", "number"), where)


def _scale(value: Any, where: str) -> Decimal:
    try:
        scale = Decimal(str(value))
    except InvalidOperation:
        scale = Decimal(0)
    if scale.is_finite() and scale > 0:
        return scale
    raise TableDescriptionError(where, _expected(value, _("a number above zero")))


def _texts(value: Any, where: str) -> tuple[str, ...]:
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        return tuple(value)
    raise TableDescriptionError(where, _expected(value, _("a list of texts")))


def _text(value: Any, where: str) -> str:
    if isinstance(value, str) and value.strip():
        return value
    raise TableDescriptionError(where, _expected(value, _("a text")))


def _scalar(value: Any, where: str) -> str:
    """Return a value of YAML as the text that a printed cell would hold."""
    if isinstance(value, bool):
        return "ya" if value else "tidak"
    if isinstance(value, (str, int, float, date)):
        return str(value)
    raise TableDescriptionError(where, _expected(value, _("a text, number or date")))


def _digests(value: Any, where: str) -> tuple[str, ...]:
    digests = _texts(value, where)
    for digest in digests:
        if not DIGEST.fullmatch(digest):
            raise TableDescriptionError(
                where, _expected(digest, _("the first 12 digits of a SHA-256, or more of them"))
            )
    return digests


def _boolean(value: Any, where: str) -> bool:
    if isinstance(value, bool):
        return value
    raise TableDescriptionError(where, _expected(value, _("true or false")))


def _field_name(name: str, where: str) -> str:
    if re.fullmatch(r"[a-z][a-z0-9_]{0,55}", name):
        return name
    raise TableDescriptionError(
        where, _expected(name, _("a field name: small letters, digits and _, beginning with a letter"))
    )


def _one_of(value: Any, allowed: tuple[str, ...], where: str) -> Any:
    if value in allowed:
        return value
    raise TableDescriptionError(where, _expected(value, _("one of: {allowed}", allowed=", ".join(allowed))))


def _mapping(value: Any, where: str) -> Mapping[str, Any]:
    if isinstance(value, Mapping):
        return value
    raise TableDescriptionError(where, _expected(value, _("a mapping of keys to values")))


def _check_keys(entry: Mapping[str, Any], allowed: set[str], where: str) -> None:
    for key in entry:
        if key not in allowed:
            known = ", ".join(sorted(allowed))
            raise TableDescriptionError(f"{where}.{key}", _("unknown key; known keys are: {known}", known=known))


def _expected(value: Any, expected: str) -> str:
    return _("is {value!r}, expected {expected}", value=value, expected=expected)
