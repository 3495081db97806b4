"""Writes the datasets of a file into an organisation as a person would: by CKAN's actions, checked by the schema.

Each record stands for itself: it lands whole or not at all, and one that is refused is named with its place, its field
and what was expected.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any

import ckan.logic as logic
import ckan.model as model
import ckan.plugins.toolkit as tk
import sqlalchemy as sa
from ckan.lib.search.index import PackageSearchIndex

from ckanext.satudatapmi.catalogue import import_files
from ckanext.satudatapmi.catalogue.import_files import Entry, ImportFileError
from ckanext.satudatapmi.catalogue.import_words import field_label, refusal_words, remark_refusal
from ckanext.satudatapmi.harvesters import access
from ckanext.satudatapmi.harvesters.datajson import Record, normalise
from ckanext.satudatapmi.harvesters.identity import Identified
from ckanext.satudatapmi.harvesters.importer import resources_of, with_ids
from ckanext.satudatapmi.harvesters.mapping import SourceContext, slug, to_package
from ckanext.satudatapmi.harvesters.words import flat_errors
from ckanext.satudatapmi.schemas import convert, vocabularies, wire
from ckanext.satudatapmi.text import _

log = logging.getLogger(__name__)

OF_HARVESTS = ("id", "name", "source_name", "copy_fingerprint", "harvest_flags")
"""What the mapping says of a record that was harvested; a dataset that a person brings has none of it."""

NAME_LENGTH = 90
INDEXED_AT_ONCE = 100


@dataclass(frozen=True)
class Settings:
    """How a file is imported.

    Attributes:
        file: its name, for messages.
        organization: id or name of the owner.
        user: name of the user who writes.
        update: whether datasets that bear a record's identifier are brought to what it says.
        dry_run: whether everything is checked and nothing kept.
        language: id or en, for the names of fields.
    """

    file: str
    organization: str
    user: str
    update: bool = False
    dry_run: bool = False
    language: str = "id"


@dataclass(frozen=True)
class Failure:
    """Why a record was refused: its row, the field as people know it ("" for the whole record), the whole message."""

    row: int
    field: str
    message: str


@dataclass(frozen=True)
class Landed:
    """A record's dataset: the record's row, the dataset's name and title."""

    row: int
    name: str
    title: str


@dataclass
class Report:
    """What became of each record; `skipped` names the datasets that were there already and were left as they are."""

    file: str
    created: list[Landed] = field(default_factory=list)
    updated: list[Landed] = field(default_factory=list)
    skipped: list[Landed] = field(default_factory=list)
    failed: list[Failure] = field(default_factory=list)

    def plain(self) -> dict[str, Any]:
        """Return the report as plain data."""
        return asdict(self)


@dataclass(frozen=True)
class Present:
    """A dataset that an organisation has: id, name, title, identifier ("" for none), whether a harvester writes it."""

    id: str
    name: str
    title: str
    identifier: str
    harvested: bool


class Refused(Exception):
    """A record cannot land; `reasons` are (key of the field, what is wrong)."""

    def __init__(self, reasons: list[tuple[str, str]]) -> None:
        super().__init__(str(reasons))
        self.reasons = reasons


class Importer:
    """Imports the records of one file."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.report = Report(settings.file)
        self._present: dict[str, dict[str, Present]] = {}
        self._rows: dict[tuple[str, str], int] = {}
        self._not_indexed: list[str] = []

    def run(self, entries: list[Entry]) -> Report:
        """Write every record that can be written."""
        try:
            for entry in entries:
                self._try(entry)
                if len(self._not_indexed) >= INDEXED_AT_ONCE:
                    self._index()
        finally:
            self._index()
        counts = [len(value) for value in (self.report.created, self.report.updated, self.report.skipped)]
        log.info("metadata imported: created=%d updated=%d skipped=%d refusals=%d", *counts, len(self.report.failed))
        return self.report

    def _try(self, entry: Entry) -> None:
        try:
            self._import(entry)
        except Refused as error:
            self._fail(entry, error.reasons)
        except tk.ValidationError as error:
            self._fail(entry, list(flat_errors(error.error_dict)))
        except (tk.NotAuthorized, tk.ObjectNotFound) as error:
            self._fail(entry, [(import_files.OWNER, str(error))])
        finally:
            # What succeeded is committed by now; all else, and every dry run, is taken back.
            model.Session.rollback()

    def _import(self, entry: Entry) -> None:
        owner = self._owner(entry.owner or self.settings.organization)
        # Before anything is told of what the organisation has.
        tk.check_access("package_create", {"user": self.settings.user}, {"owner_org": owner})
        package, decision = mapped(entry, owner)
        identifier = identifier_of(package)
        self._refuse_repeated(owner, identifier, entry.row)
        same, there = self._present_as(owner, identifier, package["title"])
        if there is None:
            package["name"] = entry.name or free_name(package["title"])
            self._write("package_create", package)
            self.report.created.append(Landed(entry.row, package["name"], package["title"]))
        elif same is None or same.harvested or not self.settings.update:
            self.report.skipped.append(Landed(entry.row, there.name, there.title))
        else:
            self._write("package_update", self._merged(same, package, decision))
            self.report.updated.append(Landed(entry.row, same.name, package["title"]))

    def _owner(self, reference: str) -> str:
        group = model.Group.get(reference)
        if group is None or not group.is_organization or group.state != "active":
            raise Refused([(import_files.OWNER, _("there is no organisation {name}", name=convert.short(reference)))])
        return group.id

    def _present_as(self, owner: str, identifier: str, title: str) -> tuple[Present | None, Present | None]:
        """Return the dataset that bears an identifier, and the one that is there already: that one, or one of the same
        title, unless both have identifiers.

        What this import itself has written does not count.
        """
        if owner not in self._present:
            self._present[owner] = present_datasets(owner)
        known = self._present[owner]
        same = known.get(f"id {identifier}") if identifier else None
        namesake = known.get(f"title {vocabularies.folded(title)}")
        return same, same or (None if namesake and identifier and namesake.identifier else namesake)

    def _refuse_repeated(self, owner: str, identifier: str, row: int) -> None:
        if not identifier:
            return
        first = self._rows.setdefault((owner, identifier), row)
        if first != row:
            words = _("row {row} of this file has the same identifier. Give each record one of its own", row=first)
            raise Refused([("identifier", words)])

    def _write(self, action: str, package: dict[str, Any]) -> None:
        """Write one dataset and commit. The search index gets many at once, which is several times faster."""
        context: Any = {"user": self.settings.user, "return_id_only": True, "defer_commit": True}
        dataset_id = tk.get_action(action)(context, package)
        if not self.settings.dry_run:
            model.repo.commit()
            self._not_indexed.append(dataset_id)

    def _index(self) -> None:
        for dataset_id in self._not_indexed:
            logic.index_update_package({"ignore_auth": True}, dataset_id, defer_commit=True)
        if self._not_indexed:
            PackageSearchIndex().commit()
        self._not_indexed = []

    def _merged(self, there: Present, package: dict[str, Any], decision: access.Access) -> dict[str, Any]:
        """Return a dataset with what a record says; what the record leaves out stays as it is."""
        shown = tk.get_action("package_show")({"user": self.settings.user}, {"id": there.id})
        resources = package.pop("resources")
        private = decision.private or (bool(shown.get("private")) and not decision.says_public)
        merged = shown | {key: value for key, value in package.items() if value not in ("", [])} | {"private": private}
        merged["wire_extra"] = wire.json_text(wire.wire_extra(shown) | wire.wire_extra(package))
        if resources:
            merged["resources"] = with_ids(there.id, resources, resources_of(there.id))
        return merged

    def _fail(self, entry: Entry, reasons: list[tuple[str, str]]) -> None:
        for key, problem in reasons:
            label = field_label(key, self.settings.language)
            words = refusal_words(self.settings.file, entry, key, label, problem)
            self.report.failed.append(Failure(entry.row, label, words))


def import_file(content: bytes, settings: Settings, max_rows: int | None = None) -> Report:
    """Import the datasets of a file.

    Args:
        content: the file: data.json, MS-Keg in the JSON of INDAH, CSV or a spreadsheet.
        settings: where to, by whom and how.
        max_rows: more records than that are refused as a whole; None for no limit.

    Raises:
        ImportFileError: the file holds no metadata, or too much of it; nothing was written.
    """
    entries = import_files.read(content, settings.file)
    if max_rows is not None and len(entries) > max_rows:
        raise ImportFileError(
            _(
                "{file}: the file holds {count} datasets, at most {limit} are taken at once. Divide it.",
                file=convert.short(settings.file),
                count=len(entries),
                limit=max_rows,
            )
        )
    return Importer(settings).run(entries)


def mapped(entry: Entry, owner: str) -> tuple[dict[str, Any], access.Access]:
    """Return the dataset of a record as package_create takes it, and who may see it.

    Raises:
        Refused: the record holds what no dataset can hold.
    """
    record = normalise(entry.record, entry.row, "")
    if not isinstance(record, Record):
        words = _("{value} cannot be used. Expected: {expected}", value=record.value, expected=record.expected)
        raise Refused([("", words)])
    found = to_package(Identified(record, str(entry.row)), SourceContext("", owner))
    # The mapping quotes nothing of a private record, for harvest reports are public; this one goes to its author.
    quoted = (replace(one, value=one.value or _value(record.values.get(one.field))) for one in found.remarks)
    refused = [(one.field, words) for one in quoted if (words := remark_refusal(one))]
    if refused:
        raise Refused(refused)
    package = {key: value for key, value in found.package.items() if key not in OF_HARVESTS}
    return package, access.decide(record.raw, record.values)


def _value(value: Any) -> str:
    return "" if vocabularies.is_missing(value) else convert.short(value)


def identifier_of(package: Mapping[str, Any]) -> str:
    """Return the identifier that a record gave its dataset, "" for none."""
    value = wire.decode_json(str(package.get("source_identifier") or ""))
    return "" if vocabularies.is_missing(value) else convert.as_text(value)


def present_datasets(owner: str) -> dict[str, Present]:
    """Return the datasets of an organisation by `id <identifier, id or name>` and `title <folded title>`."""
    columns = (model.Package.id, model.Package.name, model.Package.title, model.Package.extras)
    query = sa.select(*columns).where(
        model.Package.owner_org == owner, model.Package.type == "dataset", model.Package.state != "deleted"
    )
    found: dict[str, Present] = {}
    for id_, name, title, extras in model.Session.execute(query):
        held = extras or {}
        one = Present(id_, name, title or name, identifier_of(held), bool(held.get("source_name")))
        for key in _keys_of(one):
            found.setdefault(key, one)
    return found


def _keys_of(one: Present) -> Iterator[str]:
    if one.identifier:
        yield f"id {one.identifier}"
    # A record that came out of this portal's own data.json is identified by the dataset's id.
    yield from (f"id {one.id}", f"id {one.name}", f"title {vocabularies.folded(one.title)}")


def free_name(title: str) -> str:
    """Return an address for a dataset that no other has."""
    head = slug(title)[:NAME_LENGTH].strip("-") or "data"
    if len(head) < 2:
        head = f"data-{head}"
    taken = set(model.Session.scalars(sa.select(model.Package.name).where(model.Package.name.like(f"{head}%"))))
    if head not in taken:
        return head
    return next(name for number in range(2, len(taken) + 3) if (name := f"{head}-{number}") not in taken)
