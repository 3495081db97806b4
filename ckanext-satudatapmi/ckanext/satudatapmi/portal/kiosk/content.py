"""What the kiosk shows on a day: the items that those responsible entered, ready to be read in both languages.

An item is shown from its first to its last day, both included, by the calendar of the site; nothing has to run at
midnight for one to disappear.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import ckan.model as model
import sqlalchemy as sa

from ckanext.satudatapmi.catalogue.kiosk import fields
from ckanext.satudatapmi.catalogue.kiosk.fields import ENGLISH, LANGUAGES, Kind
from ckanext.satudatapmi.portal import formats
from ckanext.satudatapmi.schemas import wire

Texts = Mapping[str, str]
Lines = Mapping[str, tuple[str, ...]]

OWN = frozenset({"country", "sector", "topics"})
"""Fields that an item has as attributes of its own."""
NO_RANK = 10_000

PACKAGE = model.package_table
GROUP = model.group_table


@dataclass(frozen=True)
class Field:
    """What an item says besides its texts.

    Attributes:
        name: of the field in the schema of its kind.
        label: by language.
        value: by language, readable; one text or several.
        reads_as: text, lines, choice, day, number, url or phone.
        codes: what is stored of a choice, such as `revoked`; () for all others.
    """

    name: str
    label: Texts
    value: Lines
    reads_as: str
    codes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Item:
    """One item of the kiosk's content. Texts have both languages; what has no English is the Indonesian.

    Attributes:
        type: its kind, a dataset type of schemas/kiosk/.
        name: of the dataset, for addresses.
        title: what it is called.
        text: its explanation; "" without one.
        fields: what it says, filled ones alone, in the order of the schema.
        country: ISO 3166-1 alpha-3, "" for all countries.
        country_name: name of the country, "" without one.
        sector: code of the employer type, "" for all.
        topics: tiles on which it stands, that of its kind first.
        valid_from, valid_to: first and last day on which it is shown; None where that end is open.
        verified_on: when it was last compared with its source; None if that is not known.
        verified_by: which office did.
        organization: title of the body that is responsible.
        source_title: of the source.
        source_url: its address, "" without one.
        source_kind: official, secondary, unverified or "".
        stale: whether its verification is longer ago than its kind allows.
    """

    type: str
    name: str
    title: Texts
    text: Texts
    fields: tuple[Field, ...]
    country: str
    country_name: Texts
    sector: str
    topics: tuple[str, ...]
    valid_from: dt.date | None
    valid_to: dt.date | None
    verified_on: dt.date | None
    verified_by: str
    organization: str
    source_title: str
    source_url: str
    source_kind: str
    stale: bool

    def field(self, name: str) -> Field | None:
        """Return the field of that name, None if the item does not say it."""
        return next((one for one in self.fields if one.name == name), None)

    def code(self, name: str) -> str:
        """Return what is stored of a choice of one, "" without one."""
        found = self.field(name)
        return found.codes[0] if found and found.codes else ""


def current(day: dt.date) -> dict[str, tuple[Item, ...]]:
    """Return the public items that are valid on a day, by kind, in their order; a kind without any has ().

    Args:
        day: by the calendar of the site (history.today() for now).
    """
    said = day.isoformat()
    starts, ends = (sa.func.nullif(PACKAGE.c.extras[name].astext, "") for name in ("valid_from", "valid_to"))
    query = (
        sa.select(PACKAGE.c.name, PACKAGE.c.type, PACKAGE.c.title, PACKAGE.c.notes, PACKAGE.c.extras)
        .add_columns(sa.func.coalesce(GROUP.c.title, GROUP.c.name, "").label("organization"))
        .select_from(PACKAGE.outerjoin(GROUP, GROUP.c.id == PACKAGE.c.owner_org))
        .where(PACKAGE.c.state == "active", PACKAGE.c.private.is_(False), PACKAGE.c.type.in_(fields.types()))
        .where(sa.or_(starts.is_(None), starts <= said), sa.or_(ends.is_(None), ends >= said))
    )
    found: defaultdict[str, list[tuple[tuple[float, str], Item]]] = defaultdict(list)
    for row in model.Session.execute(query).mappings():
        stored = {**(row["extras"] or {}), "name": row["name"], "title": row["title"], "notes": row["notes"]}
        found[row["type"]].append((_order(stored), item(row["type"], stored, row["organization"], day)))
    return {name: tuple(one for _place, one in sorted(found[name], key=_place)) for name in fields.types()}


def state() -> str:
    """Return what differs whenever an item that is shown was changed, added, hidden or deleted."""
    shown = (PACKAGE.c.state == "active", PACKAGE.c.private.is_(False), PACKAGE.c.type.in_(fields.types()))
    latest, count = sa.func.max(PACKAGE.c.metadata_modified), sa.func.count()
    found = model.Session.execute(sa.select(count, latest).where(*shown)).one()
    return "{} {}".format(*found)


def _place(entry: tuple[tuple[float, str], Item]) -> tuple[float, str]:
    return entry[0]


def _order(stored: Mapping[str, Any]) -> tuple[float, str]:
    rank = stored.get("rank")
    return float(rank) if rank else NO_RANK, (stored["title"] or stored["name"]).casefold()


def item(type_: str, stored: Mapping[str, Any], organization: str, day: dt.date) -> Item:
    """Return a dataset as an item.

    Args:
        type_: its dataset type.
        stored: its fields, among them name and title; those that are not filled may be missing.
        organization: title of the body that is responsible.
        day: on which its age is judged.
    """
    kind = fields.kind(type_)
    country = stored.get("country") or ""
    verified_on = _day(stored.get("verified_on"))
    return Item(
        type=kind.name,
        name=stored["name"],
        title=_texts(stored, "title"),
        text=_texts(stored, "notes"),
        fields=tuple(_fields(kind, stored)),
        country=country,
        country_name=_named(kind.name, "country", country),
        sector=stored.get("sector") or "",
        topics=tuple(dict.fromkeys([*([kind.topic] if kind.topic else []), *_list(stored.get("topics"))])),
        valid_from=_day(stored.get("valid_from")),
        valid_to=_day(stored.get("valid_to")),
        verified_on=verified_on,
        verified_by=stored.get("verified_by") or "",
        organization=organization,
        source_title=stored.get("source_title") or "",
        source_url=stored.get("source_url") or "",
        source_kind=stored.get("source_kind") or "",
        stale=kind.is_stale(verified_on, day),
    )


def _fields(kind: Kind, stored: Mapping[str, str]) -> Iterable[Field]:
    consumed = OWN | {part for field in kind.fields for part in field.get("money", {}).values()}
    for field in kind.fields:
        name = field["field_name"]
        if "reads_as" not in field or name in consumed or name.endswith(ENGLISH) or not stored.get(name):
            continue
        codes = _codes(field, stored[name]) if field["reads_as"] == "choice" else ()
        yield Field(name, field["label"], _lines(kind, field, stored), field["reads_as"], codes)


def _codes(field: Mapping[str, Any], value: str) -> tuple[str, ...]:
    return tuple(_list(value)) if field.get("wire_type") == "json" else (value,)


def _lines(kind: Kind, field: Mapping[str, Any], stored: Mapping[str, str]) -> Lines:
    """Return what a field says, readable, by language."""
    name, value, reads_as = field["field_name"], stored[field["field_name"]], field["reads_as"]
    if reads_as == "choice":
        named = [_named(kind.name, name, code) for code in _codes(field, value)]
        return {language: tuple(one[language] for one in named) for language in LANGUAGES}
    if reads_as == "lines":
        english = _list(stored.get(name + ENGLISH)) or _list(value)
        return {"id": tuple(_list(value)), "en": tuple(english)}
    if reads_as == "number":
        return {language: (_amount(kind, field, stored, language),) for language in LANGUAGES}
    if reads_as == "day":
        return {language: (formats.date(value, language),) for language in LANGUAGES}
    return {language: (text,) for language, text in _texts(stored, name).items()}


def _amount(kind: Kind, field: Mapping[str, Any], stored: Mapping[str, str], language: str) -> str:
    """Return a number, with the currency and the time it is for where the field is money: `HKD 4.870 / bulan`."""
    number = formats.number(stored[field["field_name"]], language)
    money = field.get("money", {})
    currency = stored.get(money.get("currency", ""), "")
    per = _named(kind.name, money["per"], stored.get(money["per"], ""))[language] if "per" in money else ""
    return " ".join(part for part in (currency, number, per and f"/ {per}") if part)


def _texts(stored: Mapping[str, str], name: str) -> Texts:
    return fields.both({"id": stored.get(name) or "", "en": stored.get(name + ENGLISH) or ""})


def _named(kind: str, field: str, code: str) -> Texts:
    """Return the label of a choice; a code that is on the list no more stands for itself."""
    return _labels(kind, field).get(code) or fields.both({"id": code})


@cache
def _labels(kind: str, field: str) -> Mapping[str, Texts]:
    declared = fields.kind(kind).field(field) or {}
    return {one["value"]: fields.both(one["label"]) for one in declared.get("choices", ())}


def _list(value: str | None) -> list[str]:
    found = wire.decode_json(value) if value else []
    return [str(one) for one in found] if isinstance(found, list) else [str(found)]


def _day(value: str | None) -> dt.date | None:
    return dt.date.fromisoformat(value) if value else None
