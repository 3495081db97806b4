"""Which dataset a record is: identity within its source, and the ids minted from it.

Identity is (source, identifier), never the identifier alone: the same identifier occurs in many catalogues, often on
unrelated datasets.
"""

from __future__ import annotations

import hashlib
import uuid
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from ckanext.satudatapmi.harvesters.datajson import Record
from ckanext.satudatapmi.schemas import vocabularies, wire
from ckanext.satudatapmi.schemas.convert import Remark, as_text, short

NAMESPACE: Final = uuid.UUID("6b1f3a52-6c0e-5d53-9a5e-0f2f5f7d9c11")
"""Namespace of the dataset ids. It must never change: every id that was ever published hangs on it."""


@dataclass(frozen=True)
class Identified:
    """A record, its identity within the source, and what was remarked about it."""

    record: Record
    identity: str
    remarks: tuple[Remark, ...] = ()


@dataclass(frozen=True)
class Identities:
    """The records of a source that stand for datasets, and how many were identical repeats of another."""

    items: tuple[Identified, ...]
    identical_repeats: int


def dataset_id(source: str, identity: str) -> str:
    """Return the id of a dataset, minted from the name of its source and its identity there."""
    return str(uuid.uuid5(NAMESPACE, f"{source}\n{identity}"))


def digest(value: Any) -> str:
    """Return 16 characters that are the same for equal JSON values."""
    return hashlib.sha256(wire.canonical_json(value).encode()).hexdigest()[:16]


def identify(records: Iterable[Record], before: Mapping[str, str] | None = None) -> Identities:
    """Give every record an identity.

    A record identical to an earlier one is counted and left out. Of several with the same identifier and other
    content one has the plain identity; the others get a suffix from title, landing page and addresses, or from the
    whole content where these agree too. A record keeps the identity that it had, whatever the order of the catalogue
    and whatever left it; where none had one, the first record gets the plain identity.

    Args:
        records: in the order of the catalogue.
        before: what each identity of the source stood for when it was last harvested: outward digest by identity.
    """
    before = before or {}
    distinct: dict[str, Record] = {}
    count = 0
    for record in records:
        count += 1
        distinct.setdefault(digest(record.raw), record)
    groups: dict[str, list[str]] = defaultdict(list)
    for content, record in distinct.items():
        groups[plain_identity(record)[0]].append(content)
    identities: dict[str, str] = {}
    for plain, contents in groups.items():
        identities |= tell_apart(plain, {content: outward_digest(distinct[content]) for content in contents}, before)
    items = tuple(_identified(record, identities[content]) for content, record in distinct.items())
    return Identities(items, count - len(distinct))


def tell_apart(
    plain: str, outwards: Mapping[str, str], before: Mapping[str, str], present: Mapping[str, str] | None = None
) -> dict[str, str]:
    """Return the identities of records that share a plain one, by the digest of their content.

    Args:
        plain: their plain identity.
        outwards: outward digest of each record by the digest of its content, in the order of the catalogue.
        before: what each identity of the source stood for when it was last harvested: outward digest by identity.
        present: those of `before` that the catalogue still holds as they were; they keep their identities.
    """
    present = present or {}
    holder = None if plain in present else _holder(plain, outwards, before)
    taken = set(present.values()) | ({outwards[holder]} if holder else set())
    identities = {}
    for content, outward in outwards.items():
        if content == holder:
            identities[content] = plain
        else:
            identities[content] = f"{plain}#{content if outward in taken else outward}"
            taken.add(outward)
    return identities


def _holder(plain: str, outwards: Mapping[str, str], before: Mapping[str, str]) -> str | None:
    """Return which of the records has the plain identity; None if all of them are known under one with a suffix."""
    kept = next((content for content, outward in outwards.items() if before.get(plain) == outward), None)
    if kept is not None:
        return kept
    return next((content for content, outward in outwards.items() if f"{plain}#{outward}" not in before), None)


def _identified(record: Record, identity: str) -> Identified:
    plain, remarks = plain_identity(record)
    if identity != plain:
        remarks = (*remarks, Remark("identifier_repeated", "identifier", short(record.values.get("identifier"))))
    return Identified(record, identity, remarks)


def plain_identity(record: Record) -> tuple[str, tuple[Remark, ...]]:
    """Return what identifies a record by itself.

    The identifier of any scalar type; else the landing page; else publisher and title; else its addresses; else its
    content.
    """
    identifier = record.values.get("identifier")
    if name := identifier_text(identifier):
        return name, ()
    remarks = (Remark("identifier_missing", "identifier", short(identifier)),)
    page = record.values.get("landingPage")
    if isinstance(page, str) and not vocabularies.is_missing(page):
        return f"landingPage:{page.strip()}", remarks
    title = record.values.get("title")
    if not vocabularies.is_missing(title):
        return f"title:{digest([_publisher(record.values), _folded(title)])}", remarks
    addresses = resource_addresses(record.distributions)
    return f"content:{digest(addresses or record.raw)}", remarks


def identifier_text(value: Any) -> str:
    """Return the identifier of a record as text; "" if it has none that can be used."""
    usable = isinstance(value, (str, int, float)) and not vocabularies.is_missing(as_text(value))
    return as_text(value) if usable else ""


def shares_identifier(identity: str, identifiers: Collection[str]) -> bool:
    """Tell whether an identity is one of some identifiers, or one of several that a single identifier stands for.

    >>> shares_identifier("a.zip#2024.csv", {"a.zip"}), shares_identifier("a.zip", {"a.zip#2024.csv"})
    (True, False)
    """
    parts = identity.split("#")
    return any("#".join(parts[:count]) in identifiers for count in range(1, len(parts) + 1))


def copy_fingerprint(record: Record) -> str:
    """Return what probable copies share: title, publisher and addresses of the resources, whatever their order.

    Case, punctuation and blanks do not matter in title and publisher.
    """
    return digest(
        [
            _folded(record.values.get("title")),
            _publisher(record.values),
            sorted(resource_addresses(record.distributions)),
        ]
    )


def resource_addresses(distributions: Iterable[Mapping[str, Any]]) -> list[str]:
    """Return every address of the resources as the catalogue has it."""
    values = (item.get(key) for item in distributions for key in ("downloadURL", "accessURL"))
    return [value.strip() for value in values if isinstance(value, str) and not vocabularies.is_missing(value)]


def outward_digest(record: Record) -> str:
    """Return a digest of what a visitor tells records apart by: title, landing page, addresses."""
    return digest(
        [
            _folded(record.values.get("title")),
            as_text(record.values.get("landingPage")),
            resource_addresses(record.distributions),
        ]
    )


def _publisher(values: Mapping[str, Any]) -> str:
    publisher = values.get("publisher")
    return _folded(publisher.get("name") if isinstance(publisher, dict) else publisher)


def _folded(value: Any) -> str:
    text = "" if vocabularies.is_missing(value) else as_text(value)
    return " ".join("".join(sign if sign.isalnum() else " " for sign in text.casefold()).split())
