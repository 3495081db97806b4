"""Files of the daftar data: tables with an entry in each row, read and written; the columns stand in
schemas/register.yaml.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterable, Mapping
from datetime import date
from functools import cache
from typing import Any

import yaml

from ckanext.satudatapmi.catalogue.import_files import Entry, ImportFileError, read_table
from ckanext.satudatapmi.catalogue.register import Planned
from ckanext.satudatapmi.schemas import dates, vocabularies, wire
from ckanext.satudatapmi.schemas.convert import short
from ckanext.satudatapmi.text import _

LONGEST = {"number": 100, "name": 500}
BETWEEN_DAYS = re.compile(r"[,;\n]")

Reasons = list[tuple[str, str]]
"""What is wrong with a row: (key of the column, words)."""


@cache
def columns() -> tuple[Mapping[str, Any], ...]:
    """Return the columns: {key, label, required}."""
    document = yaml.safe_load((vocabularies.HERE / "register.yaml").read_text(encoding="utf-8"))
    return tuple(document["columns"])


def label(key: str, language: str) -> str:
    """Return the name of a column."""
    return next(column["label"][language] for column in columns() if column["key"] == key)


def read(content: bytes, file: str, language: str = "id") -> list[Entry]:
    """Return the rows of a file; the record of each is its texts by key.

    Args:
        content: the file, a CSV or a spreadsheet.
        file: its name, for messages.
        language: id or en, for the names of columns.

    Raises:
        ImportFileError: it holds no entry, lacks a column or has one that nobody knows.
    """
    names = {wire.folded_key(word): one["key"] for one in columns() for word in (one["key"], *one["label"].values())}
    table = read_table(content, file, names)
    if not table.rows:
        raise ImportFileError(_("{file}: the file holds no entry. Expected one in each row.", file=short(file)))
    known = [column["key"] for column in columns()]
    unknown = [heading for key, heading in table.columns.items() if key not in known]
    missing = [column["key"] for column in columns() if column.get("required") and column["key"] not in table.columns]
    if unknown or missing:
        wrong = (
            _("nobody knows the column {columns}", columns=short(", ".join(unknown)))
            if unknown
            else _("there is no column {columns}", columns=", ".join(label(key, language) for key in missing))
        )
        raise ImportFileError(
            _(
                "{file}, row {row}: {wrong}. Expected the headings {expected}; rename, add or remove columns.",
                file=short(file),
                row=table.head,
                wrong=wrong,
                expected=", ".join(label(key, language) for key in known),
            )
        )
    return [Entry(number, given, table.columns) for number, given in table.rows]


class Reader:
    """Reads rows into entries."""

    def __init__(self, year: int | None, organizations: Iterable[Mapping[str, str]]) -> None:
        """Args: the year of rows that name none, None for no such; the organisations ({id, name, title})."""
        self.year = year
        self._ids: dict[str, set[str]] = {}
        for body in organizations:
            for word in (body["id"], body["name"], body["title"]):
                self._ids.setdefault(vocabularies.folded(word), set()).add(body["id"])

    def planned(self, given: Mapping[str, str]) -> tuple[Planned | None, Reasons]:
        """Return the entry of a row, or why it is none."""
        reasons: Reasons = []

        def read_cell(key: str, reading: Callable[[str], Any], otherwise: Any) -> Any:
            try:
                return reading(given.get(key, ""))
            except ValueError as error:
                reasons.append((key, str(error)))
                return otherwise

        year = read_cell("year", self._year, 0)
        found = Planned(
            year=year,
            number=read_cell("number", lambda text: _line(text, "number"), ""),
            name=read_cell("name", lambda text: _line(text, "name"), ""),
            organization_id=read_cell("organization", self._organization, ""),
            release_days=read_cell("release_days", lambda text: _days(text, year), ()),
            priority=read_cell("priority", _priority, False),
            criterion=given.get("criterion", ""),
            note=given.get("note", ""),
        )
        if found.priority and not found.criterion:
            reasons.append(("criterion", _("Data Prioritas has no criterion. Expected why it is a priority")))
        return (None if reasons else found), reasons

    def _year(self, text: str) -> int:
        if not text and self.year:
            return self.year
        if not re.fullmatch(r"20\d\d", text, re.ASCII):
            raise ValueError(_("{value} is no year. Expected one such as 2027", value=short(text) or "–"))
        if self.year and int(text) != self.year:
            raise ValueError(_("{value} is another year. Expected {year}", value=text, year=self.year))
        return int(text)

    def _organization(self, text: str) -> str:
        found = self._ids.get(vocabularies.folded(text), set())
        if len(found) == 1:
            return next(iter(found))
        if found:
            words = _("several organisations are called {name}. Expected the name in the address of one")
        else:
            words = _("there is no organisation {name}. Expected its title, or the name in its address")
        raise ValueError(words.format(name=short(text) or "–"))


def _line(text: str, key: str) -> str:
    line = " ".join(text.split())
    if vocabularies.is_missing(line):
        raise ValueError(_("this is missing. Expected a text"))
    if len(line) > LONGEST[key]:
        raise ValueError(_("this is too long. Expected {limit} characters at most", limit=LONGEST[key]))
    return line


def _days(text: str, year: int) -> tuple[date, ...]:
    parts = [part.strip() for part in BETWEEN_DAYS.split(text) if part.strip()]
    if not parts:
        raise ValueError(_("no release day is given. Expected dates such as 2027-05-31; 2027-11-30"))
    return tuple(sorted({_day(part, year) for part in parts}))


def _day(text: str, year: int) -> date:
    found = dates.iso_date(text)
    if not found or len(found) < len("2027-05-31"):
        raise ValueError(_("{value} is no day. Expected dates such as 2027-05-31; 2027-11-30", value=short(text)))
    day = date.fromisoformat(found[:10])
    # What is collected in a year may be released in the next one.
    if year and not year <= day.year <= year + 1:
        raise ValueError(
            _("{value} is too far off. Expected a day in {year} or {next}", value=text, year=year, next=year + 1)
        )
    return day


def _priority(text: str) -> bool:
    found = False if vocabularies.is_missing(text) else vocabularies.boolean(text)
    if found is None:
        raise ValueError(_("{value} is neither yes nor no. Expected ya or tidak", value=short(text)))
    return found


def to_csv(entries: Iterable[Mapping[str, Any]]) -> str:
    """Return entries, in the shape of planning.calendar, as CSV (RFC 4180) that can be imported again."""
    text = io.StringIO()
    writer: csv.DictWriter[str] = csv.DictWriter(text, [column["key"] for column in columns()], extrasaction="ignore")
    writer.writeheader()
    writer.writerows(_row(entry) for entry in entries)
    return text.getvalue()


def _row(entry: Mapping[str, Any]) -> dict[str, Any]:
    return {
        **entry,
        "organization": entry["organization"]["name"],
        "release_days": "; ".join(one["day"] for one in entry["release_days"]),
        "priority": "ya" if entry["priority"] else "tidak",
    }
