"""Takes a table of items into the kiosk's content: what is good lands, what is bad is named.

An item is known by the field that its kind is `identified_by`; a row that says something else of it changes it. Items
that the table does not have are named, and never deleted.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import ckan.lib.plugins as lib_plugins
import ckan.model as model
import ckan.plugins.toolkit as tk
import sqlalchemy as sa

from ckanext.satudatapmi.catalogue.import_files import Entry
from ckanext.satudatapmi.catalogue.import_words import refusal_words
from ckanext.satudatapmi.catalogue.importing import Failure, Landed
from ckanext.satudatapmi.catalogue.kiosk import fields, rows
from ckanext.satudatapmi.catalogue.kiosk.fields import Kind
from ckanext.satudatapmi.catalogue.kiosk.rows import Reasons
from ckanext.satudatapmi.catalogue.organization_import import Gone, RegisterReport
from ckanext.satudatapmi.harvesters.mapping import slug
from ckanext.satudatapmi.harvesters.words import flat_errors
from ckanext.satudatapmi.schemas import vocabularies
from ckanext.satudatapmi.text import _

log = logging.getLogger(__name__)

STEM_LENGTH, SUFFIX_DIGITS = 80, 8
PACKAGE = model.package_table


@dataclass(frozen=True)
class Settings:
    """How a table is imported.

    Attributes:
        file: its name, for messages.
        type: of its items, a dataset type of schemas/kiosk/.
        owner_org: id of the organisation that is responsible for new items.
        user: name of the user who writes.
        said: what holds for every row that does not say it, by field.
        dry_run: whether everything is checked and nothing written.
        language: id or en, for the names of columns.
    """

    file: str
    type: str
    owner_org: str
    user: str
    said: Mapping[str, str] = field(default_factory=dict)
    dry_run: bool = False
    language: str = "id"


class Importer:
    """Imports the rows of one file."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.kind: Kind = fields.kind(settings.type)
        self.report = RegisterReport(settings.file)
        self._present = _present(self.kind)
        self._rows: dict[str, int] = {}

    def take(self, entry: Entry) -> None:
        """Take a row, or note why it cannot be taken."""
        values, reasons = rows.values(self.kind, entry.record)
        reasons = reasons or self._repeated(values, entry.row) or self._land(values, entry.row)
        for name, problem in reasons:
            label = rows.label(self.kind, name, self.settings.language)
            words = refusal_words(self.settings.file, entry, name, label, problem)
            self.report.failed.append(Failure(entry.row, label, words))

    def find_missing(self) -> None:
        """Note the items that no row of the file has, whether or not the row could be taken."""
        for key, item in self._present.items():
            if key not in self._rows:
                self.report.missing.append(Gone(item["name"], item["title"]))

    def _repeated(self, values: Mapping[str, str], row: int) -> Reasons:
        key = _key(self.kind, values)
        first = self._rows.setdefault(key, row)
        if first == row or not key:
            return []
        return [(self.kind.identified_by, _("row {row} of this file is the same item. Expected each once", row=first))]

    def _land(self, values: Mapping[str, str], row: int) -> Reasons:
        there = self._present.get(_key(self.kind, values))
        name = there["name"] if there else self._name(values)
        landed = Landed(row, name, values.get("title", ""))
        if there and all(there.get(key) == value for key, value in values.items()):
            self.report.skipped.append(landed)
            return []
        try:
            self._write({**values, "name": name}, there)
        except tk.ValidationError as error:
            return list(flat_errors(error.error_dict))
        (self.report.updated if there else self.report.created).append(landed)
        return []

    def _name(self, values: Mapping[str, str]) -> str:
        """Return the address of a new item: from its title, and from what it is identified by, which stays."""
        stem = slug(values.get("title", ""))[:STEM_LENGTH].strip("-") or self.kind.name
        digest = hashlib.sha256(f"{self.kind.name}\n{_key(self.kind, values)}".encode()).hexdigest()
        return f"{stem}-{digest[:SUFFIX_DIGITS]}"

    def _write(self, values: dict[str, Any], there: Mapping[str, str] | None) -> None:
        """Write an item.

        Raises:
            ckan.logic.ValidationError: it is refused; with a dry run, too.
        """
        context: Any = {"user": self.settings.user}
        new = {"type": self.kind.name, "owner_org": self.settings.owner_org, "private": False}
        if self.settings.dry_run:
            _check(self.kind, {**new, **(there or {}), **values}, is_new=there is None)
        elif there:
            tk.get_action("package_patch")(context, {**values, "id": there["id"]})
        else:
            tk.get_action("package_create")(context, {**new, **values})


def _key(kind: Kind, values: Mapping[str, str]) -> str:
    return vocabularies.folded(values.get(kind.identified_by, ""))


def _present(kind: Kind) -> dict[str, dict[str, str]]:
    """Return the items of a kind, shown or not, by what identifies them: their fields, with id, name and title."""
    query = sa.select(PACKAGE).where(PACKAGE.c.type == kind.name, PACKAGE.c.state == "active")
    found = (
        {**(row["extras"] or {}), **{name: row[name] or "" for name in ("id", "name", "title", "notes")}}
        for row in model.Session.execute(query).mappings()
    )
    return {_key(kind, item): item for item in found}


def _check(kind: Kind, values: dict[str, Any], *, is_new: bool) -> None:
    """Raise what CKAN's validators would say of an item, which is not written."""
    plugin = lib_plugins.lookup_package_plugin(kind.name)
    context: Any = {"model": model, "session": model.Session, "user": "", "ignore_auth": True}
    _data, errors = lib_plugins.plugin_validate(
        plugin, context, values, plugin.create_package_schema(), "package_create"
    )
    errors = {name: said for name, said in errors.items() if is_new or name not in ("id", "name")}
    if errors:
        raise tk.ValidationError(errors)


def import_file(content: bytes, settings: Settings) -> RegisterReport:
    """Import the items of a table; each is committed by itself.

    Args:
        content: the file: CSV or a spreadsheet.
        settings: how.

    Raises:
        ImportFileError: the file holds no entries; nothing was written.
    """
    importer = Importer(settings)
    entries, left = rows.read(content, settings.file, importer.kind, settings.said, settings.language)
    importer.report.left_columns = left
    for entry in entries:
        importer.take(entry)
    importer.find_missing()
    report = importer.report
    counts = [len(found) for found in (report.created, report.updated, report.skipped, report.missing, report.failed)]
    log.info(
        "kiosk items imported: type=%s created=%d updated=%d skipped=%d missing=%d refusals=%d", settings.type, *counts
    )
    return report
