"""Takes a file of the daftar data into the register: what is good lands, what is bad or there twice is named."""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace

import ckan.model as model

from ckanext.satudatapmi.catalogue import history, register, register_files
from ckanext.satudatapmi.catalogue.import_files import Entry, ImportFileError
from ckanext.satudatapmi.catalogue.import_words import refusal_words
from ckanext.satudatapmi.catalogue.importing import Failure, Landed, Report
from ckanext.satudatapmi.catalogue.register import Planned
from ckanext.satudatapmi.schemas import vocabularies
from ckanext.satudatapmi.schemas.convert import short
from ckanext.satudatapmi.text import _

log = logging.getLogger(__name__)

Name = tuple[int, str, str]
"""Year, id of the organisation and folded name: what no two entries share."""


@dataclass(frozen=True)
class Settings:
    """How a file is imported.

    Attributes:
        file: its name, for messages.
        year: of the rows that name none; rows of another year are refused. None where every row names its own.
        update: whether entries that have a row's number are brought to what it says.
        dry_run: whether everything is checked and nothing kept.
        language: id or en, for the names of columns.
    """

    file: str
    year: int | None = None
    update: bool = False
    dry_run: bool = False
    language: str = "id"


class Importer:
    """Imports the rows of one file, over what the register holds."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.report = Report(settings.file)
        self.written: list[Planned] = []
        self._reader = register_files.Reader(settings.year, history.organizations().values())
        self._by_number: dict[tuple[int, str], Planned] = {}
        self._by_name: dict[Name, Planned] = {}
        self._rows: dict[tuple[int, str], int] = {}
        for entry in register.of_years(*register.years()):
            self._hold(entry)

    def take(self, entry: Entry) -> None:
        """Take a row, or note why it cannot be taken."""
        planned, reasons = self._reader.planned(entry.record)
        if planned:
            there = self._by_number.get(_number(planned))
            reasons = self._repeated(planned, there, entry.row)
            if not reasons:
                self._land(planned, there, entry.row)
        for key, problem in reasons:
            label = register_files.label(key, self.settings.language)
            words = refusal_words(self.settings.file, entry, key, label, problem)
            self.report.failed.append(Failure(entry.row, label, words))

    def _repeated(self, planned: Planned, there: Planned | None, row: int) -> register_files.Reasons:
        first = self._rows.setdefault(_number(planned), row)
        if first != row:
            words = _("row {row} of this file has the same number. Give each entry one of its own", row=first)
            return [("number", words)]
        namesake = self._by_name.get(_name(planned))
        if namesake and _number(namesake) != _number(planned):
            words = _(
                "{name} of this produsen data stands in the register of {year} already, as number {number}. Expected "
                "each data once",
                name=short(planned.name),
                year=planned.year,
                number=namesake.number,
            )
            return [("name", words)]
        if there and not self.settings.update and not _agree(there, planned):
            words = _(
                "number {number} of {year} is {name} already, with other particulars. Expected a number of its own, or "
                "an import that updates",
                number=there.number,
                year=there.year,
                name=short(there.name),
            )
            return [("number", words)]
        return []

    def _land(self, planned: Planned, there: Planned | None, row: int) -> None:
        landed = Landed(row, planned.number, planned.name)
        if there and _agree(there, planned):
            self.report.skipped.append(landed)
            return
        if there:
            planned = replace(planned, number=there.number)
            del self._by_name[_name(there)]
        (self.report.updated if there else self.report.created).append(landed)
        self.written.append(planned)
        self._hold(planned)

    def _hold(self, entry: Planned) -> None:
        self._by_number[_number(entry)] = self._by_name[_name(entry)] = entry


def _number(entry: Planned) -> tuple[int, str]:
    return entry.year, vocabularies.folded(entry.number)


def _name(entry: Planned) -> Name:
    return entry.year, entry.organization_id, vocabularies.folded(entry.name)


def _agree(there: Planned, planned: Planned) -> bool:
    return there == replace(planned, number=there.number)


def import_file(content: bytes, settings: Settings, max_rows: int | None = None) -> Report:
    """Import the entries of a file, and commit.

    Args:
        content: the file: CSV or a spreadsheet.
        settings: how.
        max_rows: more rows than that are refused as a whole; None for no limit.

    Returns:
        What became of each row; the names are numbers of the register, the titles names of data.

    Raises:
        ImportFileError: the file holds no entries, or too many; nothing was written.
    """
    rows = register_files.read(content, settings.file, settings.language)
    if max_rows is not None and len(rows) > max_rows:
        words = _("{file}: the file holds {count} entries, at most {limit} are taken at once. Divide it.")
        raise ImportFileError(words.format(file=short(settings.file), count=len(rows), limit=max_rows))
    register.lock()
    importer = Importer(settings)
    for row in rows:
        importer.take(row)
    if not settings.dry_run:
        register.save(importer.written)
    model.Session.commit()
    report = importer.report
    counts = [len(value) for value in (report.created, report.updated, report.skipped)]
    log.info("register imported: created=%d updated=%d skipped=%d refusals=%d", *counts, len(report.failed))
    return report
