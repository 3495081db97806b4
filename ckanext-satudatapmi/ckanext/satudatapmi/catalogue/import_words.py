"""What an import says of a record that it refuses: place, field as people know it, what was expected, what to do."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import cache

from ckanext.satudatapmi.catalogue.import_files import DISTRIBUTION, EMAIL, Entry
from ckanext.satudatapmi.schemas import wire
from ckanext.satudatapmi.schemas.convert import Remark, short
from ckanext.satudatapmi.text import _

RESOURCE = re.compile(r"^resources(?:\[\d+\])?\.")

# A harvester keeps a record with one of these faults and remarks on it; a person is there to mend it.
# Functions, so that each is translated when it is shown and found by the message extractor.
_REFUSED: Mapping[str, Callable[[], str]] = {
    "access_unknown": lambda: _("this says of nobody who may see the data. Expected terbuka, terbatas or tertutup"),
    "date_unreadable": lambda: _("this is no date. Expected 2024-05-31 or 31-05-2024"),
    "email_unusable": lambda: _("this is no e-mail address. Expected one like unit@agency.go.id"),
    "resource_no_object": lambda: _("this is no file. Expected an address, or an object with downloadURL"),
    "title_cut": lambda: _("this is too long for a title. Expected one line; put the rest into the description"),
    "title_missing": lambda: _("the dataset has no title. Expected the name people would search for"),
    "url_unusable": lambda: _("this is no address that a link may lead to. Expected https://..."),
    "url_without_base": lambda: _("the address is not whole. Expected https://..."),
    "wrong_type": lambda: _("this is not of the right kind. Expected a text"),
}


def remark_refusal(remark: Remark) -> str:
    """Return why a remark of the mapping keeps a record out, "" if it does not."""
    words = _REFUSED.get(remark.kind)
    if words is None:
        return ""
    return f"{remark.value}: {words()}" if remark.value else words()


def refusal_words(file: str, entry: Entry, key: str, label: str, problem: str) -> str:
    """Return one message for one fault of a record.

    Args:
        file: name of the file.
        entry: the record.
        key: of the field, as a record, a dataset or CKAN's validators name it.
        label: name of the field.
        problem: what is wrong and what was expected.
    """
    heading = entry.columns.get(_wire_key(key), "")
    place = [_("{file}, row {row}", file=short(file), row=entry.row)]
    if heading and heading != label:
        place.append(_("column {column}", column=short(heading)))
    place += [label] if label else []
    return _(
        "{place}: {problem}. Mend it and import the file again; what landed is left as it is.",
        place=", ".join(place),
        problem=problem.rstrip("."),
    )


def field_label(key: str, language: str) -> str:
    """Return the name of a field by any of its keys; the key itself where no field has it."""
    name = _wire_key(key)
    labels = _labels().get(name)
    return labels[language] if labels else name


def _wire_key(key: str) -> str:
    """Return the key of a column for a field as CKAN's validators or the mapping name it."""
    if RESOURCE.match(key):
        name = RESOURCE.sub("", key)
        known = {one.field: one.key for one in wire.resource_fields()}
        return f"{DISTRIBUTION}{known.get(name, name)}"
    if key in ("maintainer_email", EMAIL):
        return EMAIL
    if key == "tags" or key.startswith("tags["):
        return "keyword"
    return {one.field: one.key for one in wire.dataset_fields()}.get(key, key)


@cache
def _labels() -> Mapping[str, Mapping[str, str]]:
    schema = wire.dataset_schema()
    files = {f"{DISTRIBUTION}{one['wire_key']}": one["label"] for one in schema["resource_fields"] if "wire_key" in one}
    own = {one.get("wire_key") or one["field_name"]: one["label"] for one in schema["dataset_fields"]}
    return files | own | {EMAIL: own["maintainer_email"]}
