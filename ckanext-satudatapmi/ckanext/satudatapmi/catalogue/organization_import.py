"""Takes a register of companies, training centres, universities ... as organisations.

What is good lands, what is bad is named. A body that has left the register is named too, and never deleted.
"""

from __future__ import annotations

import hashlib
import logging
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field

import ckan.plugins.toolkit as tk

from ckanext.satudatapmi.catalogue import organization_files
from ckanext.satudatapmi.catalogue.import_files import Entry, ImportFileError
from ckanext.satudatapmi.catalogue.import_words import refusal_words
from ckanext.satudatapmi.catalogue.importing import Failure, Landed, Report
from ckanext.satudatapmi.catalogue.organization_files import Listed, Reasons
from ckanext.satudatapmi.harvesters import registry, sync
from ckanext.satudatapmi.harvesters.mapping import slug
from ckanext.satudatapmi.harvesters.words import flat_errors
from ckanext.satudatapmi.schemas import vocabularies
from ckanext.satudatapmi.schemas.convert import short
from ckanext.satudatapmi.text import _

log = logging.getLogger(__name__)

NAME_LENGTH = 80
SUFFIX_DIGITS = 8


@dataclass(frozen=True)
class Settings:
    """How a register is imported.

    Attributes:
        file: its name, for messages.
        kind: of all its bodies, one of the choices of schemas/organization.yaml.
        user: name of the user who writes.
        dry_run: whether everything is checked and nothing written.
        language: id or en, for the names of columns.
    """

    file: str
    kind: str
    user: str
    dry_run: bool = False
    language: str = "id"


@dataclass(frozen=True)
class Gone:
    """An organisation with a licence of this kind that the register does not have: its name and title."""

    name: str
    title: str


@dataclass
class RegisterReport(Report):
    """What became of each row; `skipped` agree with the register already, `missing` are not in it any more.

    `left_columns` are headings of columns that are not taken.
    """

    missing: list[Gone] = field(default_factory=list)
    left_columns: list[str] = field(default_factory=list)


class Importer:
    """Imports the rows of one file."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.report = RegisterReport(settings.file)
        self._present = sync.organizations_on_site()
        self._licences = {
            _folded_licence(body.fields): name for name, body in self._present.items() if self._is_licensed(body)
        }
        self._parents: defaultdict[str, list[str]] = defaultdict(list)
        for name, body in self._present.items():
            if body.active:
                for word in {vocabularies.folded(name), vocabularies.folded(body.fields["title"])}:
                    self._parents[word].append(name)
        self._rows: dict[str, int] = {}
        self._seen: set[str] = set()

    def _is_licensed(self, body: sync.Present) -> bool:
        return body.fields.get("kind") == self.settings.kind and bool(body.fields.get("licence_number"))

    def take(self, entry: Entry) -> None:
        """Take a row, or note why it cannot be taken."""
        self._seen.add(_folded_licence(entry.record))
        found, reasons = organization_files.listed(entry.record, self._parents)
        if found:
            name = self._name(found)
            reasons = self._conflict(name, found, entry.row) or self._land(name, found, entry.row)
        for key, problem in reasons:
            label = organization_files.label(key, self.settings.language)
            words = refusal_words(self.settings.file, entry, key, label, problem)
            self.report.failed.append(Failure(entry.row, label, words))

    def find_missing(self) -> None:
        """Note the licensed organisations that no row of the file has, whether or not the row could be taken."""
        for licence, name in self._licences.items():
            body = self._present[name]
            if licence not in self._seen and body.active:
                self.report.missing.append(Gone(name, body.fields["title"]))

    def _name(self, found: Listed) -> str:
        """Return the name of a body: the one it has, else one from its title and its licence, which stays if it is
        called otherwise later."""
        stem = slug(found.title)[:NAME_LENGTH].strip("-") or self.settings.kind
        if not found.licence_number:
            return stem
        licence = _folded_licence(asdict(found))
        digest = hashlib.sha256(f"{self.settings.kind}\n{licence}".encode()).hexdigest()
        return self._licences.get(licence) or f"{stem}-{digest[:SUFFIX_DIGITS]}"

    def _conflict(self, name: str, found: Listed, row: int) -> Reasons:
        key = "licence_number" if found.licence_number else "name"
        first = self._rows.setdefault(_folded_licence(asdict(found)) or name, row)
        if first != row:
            return [(key, _("row {row} of this file is the same body. Expected each once", row=first))]
        there = self._present.get(name)
        if there and not there.active:
            return [
                (key, _("the organisation {name} was deleted on this portal. Restore it or remove the row", name=name))
            ]
        if there and there.fields.get("kind") != self.settings.kind:
            words = _("another organisation has the address {name}. Expected a licence number to tell them apart")
            return [(key, words.format(name=name))]
        return []

    def _land(self, name: str, found: Listed, row: int) -> Reasons:
        wanted = {key: value for key, value in asdict(found).items() if value} | {"kind": self.settings.kind}
        there = self._present.get(name)
        if there and all(there.fields.get(key) == value for key, value in wanted.items()):
            self.report.skipped.append(Landed(row, name, found.title))
            return []
        action, key = ("organization_patch", "id") if there else ("organization_create", "name")
        if not self.settings.dry_run:
            try:
                tk.get_action(action)({"user": self.settings.user}, {key: name, **wanted})
            except tk.ValidationError as error:
                return list(flat_errors(error.error_dict))
        (self.report.updated if there else self.report.created).append(Landed(row, name, found.title))
        return []


def _folded_licence(fields: Mapping[str, str]) -> str:
    return vocabularies.folded(fields.get("licence_number", ""))


def kinds() -> tuple[str, ...]:
    """Return the kinds of bodies that a register may be of."""
    return registry.organization_choices()["kind"]


def import_file(content: bytes, settings: Settings, max_rows: int | None = None) -> RegisterReport:
    """Import the bodies of a register; each is committed by itself.

    Args:
        content: the file: CSV or a spreadsheet.
        settings: how.
        max_rows: more rows than that are refused as a whole; None for no limit.

    Raises:
        ImportFileError: the file holds no entries, or too many; nothing was written.
    """
    rows, left = organization_files.read(content, settings.file, settings.language)
    if max_rows is not None and len(rows) > max_rows:
        words = _("{file}: the file holds {count} entries, at most {limit} are taken at once. Divide it.")
        raise ImportFileError(words.format(file=short(settings.file), count=len(rows), limit=max_rows))
    importer = Importer(settings)
    importer.report.left_columns = left
    for row in rows:
        importer.take(row)
    importer.find_missing()
    report = importer.report
    counts = [len(value) for value in (report.created, report.updated, report.skipped, report.missing)]
    log.info(
        "organisations imported: kind=%s created=%d updated=%d skipped=%d missing=%d refusals=%d",
        settings.kind,
        *counts,
        len(report.failed),
    )
    return report
