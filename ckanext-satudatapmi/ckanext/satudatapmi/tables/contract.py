"""A file checked against its Table Schema: every cell that breaks it is named, with what to write instead.

Severity: a column that is missing, not described or repeated, an empty cell that must be filled, a wrong type, a value
outside limits, pattern, domain or code list, and a repeated value all refuse the file. A code that an incomplete list
does not hold is told and taken. Columns may stand in any order; empty rows are passed over; sums are not looked at.

Frictionless judges types and constraints. It reads worksheets slowly and large lists of values slower still, so the
cells come from this room's own reader, and values are looked up in a set.
"""

from __future__ import annotations

import re
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

from ckanext.satudatapmi.reference.published import concepts, published_lists
from ckanext.satudatapmi.tables import contract_words
from ckanext.satudatapmi.tables.description import TableDescription
from ckanext.satudatapmi.tables.grids import read_grid
from ckanext.satudatapmi.tables.values import RowError, TableError
from ckanext.satudatapmi.text import _

if TYPE_CHECKING:
    from frictionless import Schema

DESCRIPTION = TableDescription(decimal=".")
LONGEST_FOR_PATTERN = 200
"""A longer text fits no pattern: what a pattern can cost grows with the length of the text."""
SEARCHED_ROWS = 30


@dataclass(frozen=True)
class Limits:
    """How much of a file is checked: rows, seconds, and the number of faults that are told one by one."""

    rows: int = 500_000
    seconds: float = 60.0
    shown: int = 20


@dataclass(frozen=True)
class Fault:
    """What breaks the schema.

    Attributes:
        kind: missing_column, extra_column, repeated_column, type, required, unique, primary_key, enum, minimum,
            maximum, pattern, or another constraint of Table Schema; layout, if it is not the one that was confirmed.
        message: file, row, column, value, what was expected and what to do.
        row: as a spreadsheet program counts it, from 1; None where a whole column is meant.
        column: its heading.
        value: what the cell holds.
    """

    kind: str
    message: str
    row: int | None = None
    column: str = ""
    value: str = ""


@dataclass
class Outcome:
    """What a check found.

    Attributes:
        file: name of the file.
        rows: rows that were checked, empty ones aside.
        total: number of faults; the file complies if there are none.
        faults: the first of them.
        warnings: what a person should look at.
    """

    file: str
    rows: int = 0
    total: int = 0
    faults: list[Fault] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)

    @property
    def complies(self) -> bool:
        """Tell whether the file keeps to its schema."""
        return not self.total

    def messages(self) -> list[str]:
        """Return the faults in words, and how many there are in all where not all are told."""
        words = [fault.message for fault in self.faults]
        if self.total > len(words):
            words.append(_("{shown} of {total} faults are shown.", shown=len(words), total=self.total))
        return words

    def plain(self) -> dict[str, Any]:
        """Return what was found as plain data."""
        return asdict(self) | {"complies": self.complies}


def check(content: bytes, schema: Mapping[str, Any], file: str, limits: Limits | None = None) -> Outcome:
    """Check a CSV or a spreadsheet against a Table Schema.

    Args:
        content: the file; the first row that is not empty holds the headings, the first visible worksheet is read.
        schema: the Table Schema.
        file: name of the file, for messages.
        limits: how much is checked.

    Raises:
        TableError: the file is no table, or larger than the limits, or the schema is none.
    """
    limits = limits or Limits()
    cells = read_grid(content, DESCRIPTION, file).cells
    head = next((number for number, row in enumerate(cells) if any(row)), None)
    if head is None:
        raise TableError(file, _("the file is empty"))
    if len(cells) - head - 1 > limits.rows:
        raise TableError(
            file,
            _(
                "the file has more than {limit} rows, which is the most that is checked. Divide it, or ask the "
                "operator of the portal to raise the limit.",
                limit=limits.rows,
            ),
        )
    fields = {one["name"]: one for one in schema["fields"]}
    outcome = Outcome(file)
    positions = _columns(cells, head, fields, outcome, limits)
    if positions:
        _Check(outcome, limits, fields, list(positions)).run(
            [[row[position] for position in positions.values()] for row in cells[head + 1 :]], head, schema
        )
    return outcome


def _columns(
    cells: Sequence[Sequence[str]], head: int, fields: Mapping[str, Any], outcome: Outcome, limits: Limits
) -> dict[str, int]:
    """Return where each described column stands, and tell which ones are missing, not described or repeated."""
    headings = Counter(cells[head])
    missing = [name for name in fields if name not in headings]
    if len(missing) == len(fields) and (row := _heading_below(cells, head, fields)):
        words = contract_words.heading_below(row + 1)
        _tell(outcome, limits, Fault("missing_column", f"{outcome.file}: {words}", head + 1))
        return {}
    found = [("missing_column", name, contract_words.missing_column(name, cells[head])) for name in missing]
    filled = [any(row[position] for row in cells[head + 1 :]) for position in range(len(cells[head]))]
    for position, name in enumerate(cells[head]):
        if name not in fields and (name or filled[position]):
            shown = name or str(position + 1)
            found.append(("extra_column", shown, contract_words.extra_column(shown, missing, fields)))
    repeated = [name for name, count in headings.items() if name in fields and count > 1]
    found += [("repeated_column", name, contract_words.repeated_column(name)) for name in repeated]
    for kind, name, words in found:
        _tell(outcome, limits, Fault(kind, f"{outcome.file}: {words}", head + 1, name))
    return {name: list(cells[head]).index(name) for name in headings if name in fields and headings[name] == 1}


def _heading_below(cells: Sequence[Sequence[str]], head: int, fields: Mapping[str, Any]) -> int | None:
    """Return the row further down that holds all headings, or None: titles stand above many a printed table."""
    rows = range(head + 1, min(head + SEARCHED_ROWS, len(cells)))
    return next((row for row in rows if set(fields) <= set(cells[row])), None)


def _tell(outcome: Outcome, limits: Limits, fault: Fault) -> None:
    outcome.total += 1
    if len(outcome.faults) < limits.shown:
        outcome.faults.append(fault)


class _Check:
    """One check of rows: the faults go into the outcome."""

    def __init__(self, outcome: Outcome, limits: Limits, fields: Mapping[str, Any], names: list[str]) -> None:
        self.outcome, self.limits, self.fields, self.names = outcome, limits, fields, names
        constraints = {name: fields[name].get("constraints") or {} for name in names}
        self.allowed = {
            name: frozenset(constraints[name]["enum"])
            for name in names
            if fields[name].get("type", "string") == "string" and constraints[name].get("enum")
        }
        self.patterns = [name for name in names if constraints[name].get("pattern")]
        self.held = {
            name: held
            for name in names
            if name not in self.allowed and (held := _codes_held(contract_words.list_of(fields[name])))
        }
        self.unknown: dict[str, Counter[str]] = {name: Counter() for name in self.held}

    def run(self, rows: list[list[str]], head: int, schema: Mapping[str, Any]) -> None:
        """Check all rows; `head` is the row of the headings, from 0."""
        # It takes 15 MB of memory, which only those processes shall need that check a file.
        from frictionless import FrictionlessException
        from frictionless.resources import TableResource

        missing = set(schema.get("missingValues", [""]))
        end = time.monotonic() + self.limits.seconds
        try:
            with TableResource(data=[self.names, *rows], format="inline", schema=self._schema(schema)) as resource:
                for row in resource.row_stream:
                    number = row.row_number + head
                    if time.monotonic() > end:
                        raise TableError(self.outcome.file, contract_words.too_slow(self.limits.seconds, number))
                    cells = rows[row.row_number - 2]
                    if any(cells):
                        self.outcome.rows += 1
                        self._judge(row.errors, cells, number, head)
                        self._look_up(cells, number, missing)
        except FrictionlessException as error:
            raise TableError(self.outcome.file, _("the Table Schema cannot be used: {error}", error=error)) from error
        self._warn()

    def _schema(self, schema: Mapping[str, Any]) -> Schema:
        """Return the schema for the columns that are there, without what is looked up here."""
        from frictionless import Schema

        fields = []
        for name in self.names:
            constraints = dict(self.fields[name].get("constraints") or {})
            if name in self.allowed:
                del constraints["enum"]
            fields.append(dict(self.fields[name]) | {"constraints": constraints})
        key = schema.get("primaryKey") or []
        key = [key] if isinstance(key, str) else key
        whole = dict(schema) | {"fields": fields, "primaryKey": key if set(key) <= set(self.names) else []}
        return Schema.from_descriptor({name: value for name, value in whole.items() if name != "foreignKeys"})

    def _judge(self, errors: Sequence[Any], cells: Sequence[str], number: int, head: int) -> None:
        for error in errors:
            kind = _kind(error)
            if kind == "primary_key":
                if other := _other_row(error, head):
                    words = contract_words.repeated_key(other)
                    message = f"{self.outcome.file}, {_('row {row}', row=number)}: {words}"
                    _tell(self.outcome, self.limits, Fault(kind, message, number))
                continue
            name, value = error.field_name, str(cells[self.names.index(error.field_name)])
            self._fault(kind, number, name, value, _other_row(error, head))

    def _look_up(self, cells: Sequence[str], number: int, missing: set[str]) -> None:
        for name, value in zip(self.names, cells, strict=True):
            if value in missing:
                continue
            if name in self.patterns and len(value) > LONGEST_FOR_PATTERN:
                self._fault("pattern", number, name, value[:LONGEST_FOR_PATTERN])
            if name in self.allowed and value not in self.allowed[name]:
                self._fault("enum", number, name, value)
            elif name in self.held and value not in self.held[name]:
                self.unknown[name][value] += 1

    def _fault(self, kind: str, number: int, name: str, value: str, other: int | None = None) -> None:
        expected, hint = contract_words.expected(kind, self.fields[name], value, other)
        error = RowError(self.outcome.file, number, name, value, expected, hint)
        _tell(self.outcome, self.limits, Fault(kind, str(error), number, name, value))

    def _warn(self) -> None:
        for name, values in self.unknown.items():
            if values:
                words = contract_words.not_held(name, contract_words.list_of(self.fields[name]), values)
                self.outcome.warnings.append(f"{self.outcome.file}: {words}")


def _kind(error: Any) -> str:
    """Return the kind of a fault: the constraint that is broken, or what Frictionless calls it."""
    if error.type == "constraint-error":
        match = re.match(r'constraint "(\w+)"', error.note)
        return str(match[1]) if match else "constraint"
    kinds = {"type-error": "type", "unique-error": "unique", "primary-key": "primary_key"}
    return str(kinds.get(error.type, error.type))


def _other_row(error: Any, head: int) -> int | None:
    match = re.search(r"row at position (\d+)", error.note)
    return int(match[1]) + head if match else None


def _codes_held(name: str) -> frozenset[str]:
    """Return the codes that we hold of an incomplete list that lies in a file; empty for any other name."""
    info = published_lists().get(name)
    if info is None or info.complete or info.kind != "csv":
        return frozenset()
    return frozenset(concept.code for concept in concepts(name))
