"""A record of a data.json as a CKAN dataset of our schema (schemas/dataset.yaml), and nothing of it lost.

The fields come from the table in schemas/wire.py. Whatever a field does not give back exactly stays verbatim in
`wire_extra`, of the dataset or of the resource, so that schemas/convert.py:restore can rebuild the record.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

from ckanext.satudatapmi.harvesters import access
from ckanext.satudatapmi.harvesters.datajson import Record
from ckanext.satudatapmi.harvesters.identity import Identified, copy_fingerprint, dataset_id
from ckanext.satudatapmi.schemas import convert, vocabularies, wire
from ckanext.satudatapmi.schemas.convert import Remark, short

MAPPING_VERSION = 4
"""Raise it when the same record would give another dataset: every record is then written anew at the next harvest."""

NAME_MAX = 95
"""CKAN takes 100 characters; its stock harvester, which takes our datasets on, cuts names at 95."""
SOURCE_PART = 30
ID_TAIL = 10
SUBSTITUTE_MAX = 200
FLAGS_OF_A_KIND = 5
_MEDIA_TYPE = re.compile(r"^[\w.+-]+/[\w.+-]+$")


@dataclass(frozen=True)
class SourceContext:
    """What the mapping needs to know of a source.

    Attributes:
        name: its name, part of every dataset's identity and address.
        owner_org: id or name of the organisation that owns its datasets.
        base_url: address of the catalogue, for relative addresses; "" if there is none.
    """

    name: str
    owner_org: str
    base_url: str = ""


@dataclass(frozen=True)
class MappedDataset:
    """A dataset as package_create takes it, and every remark about its record."""

    package: dict[str, Any]
    remarks: tuple[Remark, ...]


def to_package(item: Identified, source: SourceContext, guid: str = "") -> MappedDataset:
    """Return the CKAN dataset of a record. Never raises for anything a record may hold.

    Args:
        item: the record.
        source: that it came from.
        guid: id of the dataset that the record has already; "" to mint one.
    """
    record = item.record
    package, remarks = _contents(record, item.identity, item.remarks, source.base_url)
    decision = access.decide(record.raw, record.values)
    identifier = guid or dataset_id(source.name, item.identity)
    package |= {
        "id": identifier,
        "name": dataset_name(source.name, package["title"], identifier),
        "owner_org": source.owner_org,
        "private": decision.private,
        "source_name": source.name,
        "copy_fingerprint": copy_fingerprint(record),
    }
    remarks = (*remarks, *decision.remarks)
    package = flagged(package, remarks)
    # What is told outside the dataset is public: it quotes nothing of a private one but the word that made it so.
    told = tuple(one if one in decision.remarks or not decision.private else replace(one, value="") for one in remarks)
    return MappedDataset(package, told)


def to_draft(record: Record, owner_org: str) -> dict[str, Any]:
    """Return the dataset of a record that a person brings: all that the record holds, and no harvest it came by.

    Args:
        record: as datajson.normalise gives it.
        owner_org: id or name of the organisation that the dataset is to belong to.
    """
    package, remarks = _contents(record, str(record.number), (), "")
    decision = access.decide(record.raw, record.values)
    package |= {"owner_org": owner_org, "private": decision.private}
    return flagged(package, (*remarks, *decision.remarks))


def _contents(
    record: Record, identity: str, about: Sequence[Remark], base: str
) -> tuple[dict[str, Any], tuple[Remark, ...]]:
    """Return what a record says as fields of a dataset, and the remarks; nothing of a person is quoted in these."""
    fields, verbatim, remarks = _read(wire.dataset_fields(), record.values, base)
    resources, about_resources = _resources(record.distributions, base)
    title, about_title = _title(fields, record.distributions, identity)
    package = fields | {"title": title, "type": "dataset", "resources": resources}
    package.setdefault("tags", [])
    if verbatim:
        package["wire_extra"] = wire.json_text(verbatim)
    remarks = (*record.remarks, *about, *remarks, *about_title, *_choices(fields), *about_resources)
    return package, tuple(replace(one, value="") if _about_a_person(one) else one for one in remarks)


def _about_a_person(remark: Remark) -> bool:
    return wire.is_personal(remark.field)


def flagged(package: Mapping[str, Any], remarks: Sequence[Remark]) -> dict[str, Any]:
    """Return a dataset with the remarks about its record in `harvest_flags`, a few of each kind and field."""
    if not remarks:
        return dict(package)
    told: Counter[tuple[str, str]] = Counter()
    flags = []
    for remark in remarks:
        told[remark.kind, remark.field] += 1
        if told[remark.kind, remark.field] <= FLAGS_OF_A_KIND:
            flags.append(_flag(remark))
    return {**package, "harvest_flags": wire.json_text(flags)}


def _flag(remark: Remark) -> dict[str, str]:
    flag = {"kind": remark.kind, "field": remark.field}
    return flag | {"value": remark.value} if remark.value else flag


def _read(
    table: Iterable[wire.WireField], values: Mapping[str, Any], base: str
) -> tuple[dict[str, Any], dict[str, Any], tuple[Remark, ...]]:
    """Return fields, verbatim entries and remarks of a record or a distribution."""
    fields: dict[str, Any] = {}
    remarks: list[Remark] = []
    by_key = {field.key: field for field in table}
    for key, field in by_key.items():
        if key in values:
            reading = convert.read_field(field, values[key], base)
            fields |= reading.fields
            remarks += reading.remarks
    verbatim = {key: value for key, value in values.items() if not _held(by_key.get(key), value, fields)}
    return fields, verbatim, tuple(remarks)


def _held(field: wire.WireField | None, value: Any, fields: Mapping[str, Any]) -> bool:
    """Tell whether the fields give a value back exactly, so that it need not be kept verbatim."""
    if field is None:
        return False
    given = wire.field_to_wire(field, fields)
    return given is not wire.MISSING and convert.same_json(given, value)


def _title(
    fields: Mapping[str, Any], distributions: Iterable[Mapping[str, Any]], identity: str
) -> tuple[str, tuple[Remark, ...]]:
    """Return the title, or what stands in for it: title of a resource, head of the description, publisher, identity."""
    if fields.get("title"):
        return fields["title"], ()
    lines = str(fields.get("notes", "")).strip().splitlines()
    names = [convert.as_text(item["title"]) for item in distributions if item.get("title")]
    candidates = (*names, *lines[:1], fields.get("publisher_name", ""), convert.clean_text(identity))
    title = next(text.strip() for text in candidates if not vocabularies.is_missing(text))[:SUBSTITUTE_MAX]
    return title, (Remark("title_missing", "title", short(title)),)


def dataset_name(source: str, title: str, identifier: str) -> str:
    """Return an address for a dataset: source, title and the head of its id, at most 100 characters, unique for it.

    >>> dataset_name("kota-x", "Jumlah PMI (2024)", "0f3c2f0e-5d0b-4c0a-9a37-2d6d0f7a1c01")
    'kota-x-jumlah-pmi-2024-0f3c2f0e5d'
    """
    tail = identifier.replace("-", "")[:ID_TAIL]
    head = "-".join(part for part in (slug(source)[:SOURCE_PART].strip("-"), slug(title)) if part)
    return f"{head[: NAME_MAX - ID_TAIL - 1].strip('-')}-{tail}"


def slug(text: str) -> str:
    """Return a text as part of an address: a to z, digits and single hyphens."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")


@cache
def _field_choices() -> Mapping[str, frozenset[str]]:
    return {
        field["field_name"]: frozenset(choice["value"] for choice in field["choices"])
        for field in wire.dataset_schema()["dataset_fields"]
        if "choices" in field and field["vocabulary"] not in ("access_rights", "access_level", "periodicity")
    }


def _choices(fields: Mapping[str, Any]) -> list[Remark]:
    """Return a remark for each value that is not on its field's list; access is judged by access.py."""
    remarks = [
        Remark("choice_unknown", name, short(fields[name]))
        for name, choices in _field_choices().items()
        if fields.get(name, "-") not in choices and not vocabularies.is_missing(fields.get(name))
    ]
    frequency = fields.get("accrualPeriodicity", "")
    if not vocabularies.is_missing(frequency) and vocabularies.periodicity(frequency) is None:
        remarks.append(Remark("periodicity_unknown", "accrualPeriodicity", short(frequency)))
    return remarks


def _resources(
    distributions: Iterable[Mapping[str, Any]], base: str
) -> tuple[list[dict[str, Any]], tuple[Remark, ...]]:
    resources = []
    remarks: list[Remark] = []
    for item in distributions:
        resource, said = _resource(item, base)
        resources.append(resource)
        remarks += [Remark(one.kind, f"distribution.{one.field}", one.value) for one in said]
    return resources, tuple(remarks)


def _resource(values: Mapping[str, Any], base: str) -> tuple[dict[str, Any], tuple[Remark, ...]]:
    """Return one resource. Without a download address the access address is its link; without either it has none."""
    known = {key: value for key, value in values.items() if not (key == "@type" and value == "dcat:Distribution")}
    fields, verbatim, remarks = _read(wire.resource_fields(), known, base)
    fields.setdefault("url", fields.get("accessURL", ""))
    if "downloadURL" in values and fields["url"] == fields.get("accessURL"):
        verbatim["downloadURL"] = values["downloadURL"]
    _guess_format(fields)
    if not fields.get("name"):
        fields["name"] = convert.substitute_name(fields)
    if verbatim:
        fields["wire_extra"] = wire.json_text(verbatim)
    return fields, remarks


def _guess_format(fields: dict[str, Any]) -> None:
    """Fill in CKAN's media type, and the format where only the media type is given."""
    known = vocabularies.file_format(fields.get("mediaType", "")) if fields.get("mediaType") else None
    if known is None and fields.get("format"):
        known = vocabularies.file_format(fields["format"])
    media_type = known.media_type if known else fields.get("mediaType", "").strip().lower()
    if _MEDIA_TYPE.match(media_type):
        fields["mimetype"] = media_type
    if known and not fields.get("format"):
        fields["format"] = known.format
