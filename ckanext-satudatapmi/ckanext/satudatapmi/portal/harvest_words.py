"""Words of the pages about harvesting: what became of runs, what would become of datasets, what operators decided."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import ckan.plugins.toolkit as tk

from ckanext.satudatapmi.text import _

_PLACE = re.compile(r"resources\[(\d+)\]\.(\w+)")

# Functions, so that each is translated when it is shown and found by the message extractor.
STARTED: Mapping[str, Callable[[], str]] = {
    "now": lambda: _("The source is harvested before all others that wait. Load this page again to see how it goes."),
    "dry_run": lambda: _("The source is read without writing. Load this page again; then look at the difference."),
    "stop": lambda: _("The harvest ends. What it has done stays."),
}
DECIDED: Mapping[str, Callable[[], str]] = {
    "accept": lambda: _("The difference was accepted and is being taken over."),
    "refuse": lambda: _("The difference was refused. The same one is not asked about again."),
}
DECISIONS: Mapping[str, Callable[[], str]] = {
    "": lambda: _("waits for a decision"),
    "accepted": lambda: _("accepted"),
    "rejected": lambda: _("refused"),
    "lifted": lambda: _("mended by the partner"),
    "replaced": lambda: _("replaced by a newer one"),
}
OUTCOMES: Mapping[str, Callable[[], str]] = {
    "ok": lambda: _("in order"),
    "partial": lambda: _("partly"),
    "failed": lambda: _("failed"),
    "frozen": lambda: _("held"),
    "refused": lambda: _("refused"),
    "dry_run": lambda: _("dry run"),
    "stopped": lambda: _("stopped"),
    "running": lambda: _("running now"),
}
HEALTH: Mapping[str, Callable[[], str]] = {
    "ok": lambda: _("in order"),
    "partial": lambda: _("partly"),
    "failed": lambda: _("failed"),
    "frozen": lambda: _("frozen, waits for a decision"),
    "refused": lambda: _("difference refused"),
    "stopped": lambda: _("stopped"),
    "late": lambda: _("late"),
    "slow": lambda: _("in order, partner slow"),
    "running": lambda: _("running now"),
    "never": lambda: _("not harvested yet"),
}
ACTIONS: Mapping[str, Callable[[], str]] = {
    "add": lambda: _("new"),
    "change": lambda: _("changed"),
    "delete": lambda: _("deleted"),
    "vanish": lambda: _("vanished"),
    "return": lambda: _("back again"),
}
COUNTS: Mapping[str, Callable[[], str]] = {
    "created": lambda: _("New"),
    "changed": lambda: _("Changed"),
    "vanished": lambda: _("Vanished"),
    "returned": lambda: _("Back again"),
    "deleted": lambda: _("Deleted"),
}


def recent(outcomes: Sequence[str]) -> str:
    """Return in words how the latest harvests of a source went: how many of them went how."""
    counts = ", ".join(f"{OUTCOMES[name]()}: {count}" for name, count in Counter(outcomes).most_common())
    return _("The latest {count} harvests. {counts}", count=len(outcomes), counts=counts)


def duration(seconds: int | None) -> str:
    """Return how long a harvest took, in words."""
    if seconds is None:
        return "–"
    if seconds < 60:
        return _("{count} s", count=seconds)
    if seconds < 3600:
        return _("{count} min", count=round(seconds / 60))
    return _("{hours} h {minutes} min", hours=seconds // 3600, minutes=seconds % 3600 // 60)


@dataclass(frozen=True)
class Change:
    """A field of a dataset that a run would change: its label, and its value before and after."""

    label: str
    before: str
    after: str


_OF_CKAN = {"private": "Visibility", "tags": "Tags"}
"""Labels of fields that no form of ours describes, as CKAN's own pages and translations have them."""


def changes(fields: Mapping[str, Mapping[str, str]]) -> list[Change]:
    """Return the changed fields of a dataset with their labels.

    Args:
        fields: {name: {before, after}}, as satudata_harvest_difference gives them.
    """
    return [Change(field_label(name), values["before"], values["after"]) for name, values in fields.items()]


def field_label(name: str) -> str:
    """Return what people call a field of a dataset, or of one of its files (`resources[2].url`)."""
    place = _PLACE.fullmatch(name)
    if place:
        return _("File {number}: {field}", number=place[1], field=_label("resource_fields", place[2]))
    return _label("dataset_fields", name)


def _label(kind: str, name: str) -> str:
    if name in _OF_CKAN:
        return tk._(_OF_CKAN[name])
    schema = tk.h.scheming_get_dataset_schema("dataset") or {}
    field = tk.h.scheming_field_by_name(schema.get(kind, []), name)
    return tk.h.scheming_language_text(field["label"]) if field and field.get("label") else name
