"""The editions of what kiosks hold, in the database: which files belong to each, and which one kiosks are to have."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

import ckan.model as model
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB, insert

FILE = sa.table(
    "satudatapmi_kiosk_file",
    sa.column("sha256", sa.Text),
    sa.column("media_type", sa.Text),
    sa.column("body", sa.LargeBinary),
)
EDITION = sa.table(
    "satudatapmi_kiosk_edition",
    sa.column("number", sa.Integer),
    sa.column("made_at", sa.DateTime(timezone=True)),
    sa.column("day", sa.Date),
    sa.column("files", JSONB),
    sa.column("is_pinned", sa.Boolean),
)
KEPT = 30
"""Editions to which an operator can go back."""

Listed = Mapping[str, Mapping[str, str]]
"""By language, or `shared`: the SHA-256 of what stands at each address."""


@dataclass(frozen=True)
class File:
    """What stands at an address of an edition."""

    media_type: str
    body: bytes

    @property
    def sha256(self) -> str:
        """Return the digest by which it is kept."""
        return hashlib.sha256(self.body).hexdigest()


@dataclass(frozen=True)
class Edition:
    """What kiosks hold.

    Attributes:
        number: later ones have higher ones.
        made_at: when it was made.
        day: of which its content is.
        files: addresses by language, with digests.
        is_pinned: whether an operator wants kiosks to have it although there are later ones.
    """

    number: int
    made_at: datetime
    day: date
    files: Listed
    is_pinned: bool

    @property
    def manifest(self) -> str:
        """Return what is signed: JSON, the same each time."""
        told: dict[str, Any] = {
            "number": self.number,
            "made_at": self.made_at.isoformat(),
            "day": self.day.isoformat(),
            "files": self.files,
        }
        return json.dumps(told, sort_keys=True, separators=(",", ":"))

    @property
    def addresses(self) -> int:
        """Return how many addresses it has in all languages."""
        return sum(len(one) for one in self.files.values())


def keep(files: Mapping[str, Mapping[str, File]], day: date) -> int:
    """Keep an edition and return its number; former ones that nobody goes back to any more go.

    Args:
        files: by language, or `shared`: what stands at each address.
        day: of which they tell.
    """
    session = model.Session
    for one in files.values():
        for file in one.values():
            row = {"sha256": file.sha256, "media_type": file.media_type, "body": file.body}
            session.execute(insert(FILE).values(row).on_conflict_do_nothing())
    listed = {name: {address: file.sha256 for address, file in one.items()} for name, one in files.items()}
    values = {"made_at": datetime.now(UTC), "day": day, "files": listed, "is_pinned": False}
    number = session.execute(sa.insert(EDITION).values(values).returning(EDITION.c.number)).scalar_one()
    _forget_old(number)
    session.commit()
    return number


def current() -> Edition | None:
    """Return the edition that kiosks are to have: the pinned one, else the latest; None before the first."""
    return _first(sa.select(EDITION).order_by(EDITION.c.is_pinned.desc(), EDITION.c.number.desc()).limit(1))


def latest() -> Edition | None:
    """Return the edition that was made last."""
    return _first(sa.select(EDITION).order_by(EDITION.c.number.desc()).limit(1))


def all_editions() -> list[Edition]:
    """Return those that are kept, the latest first."""
    found = model.Session.execute(sa.select(EDITION).order_by(EDITION.c.number.desc()))
    return [Edition(**row) for row in found.mappings()]


def pin(number: int | None) -> bool:
    """Have kiosks go back to an edition, or with None to the latest, and stay there; tell whether it exists."""
    session = model.Session
    session.execute(sa.update(EDITION).where(EDITION.c.is_pinned).values(is_pinned=False))
    if number is not None:
        pinned = sa.update(EDITION).where(EDITION.c.number == number).values(is_pinned=True)
        if not session.execute(pinned.returning(EDITION.c.number)).first():
            session.rollback()
            return False
    session.commit()
    return True


def file(sha256: str) -> File | None:
    """Return a file of any edition by its digest."""
    found = model.Session.execute(sa.select(FILE.c.media_type, FILE.c.body).where(FILE.c.sha256 == sha256)).first()
    return File(found.media_type, bytes(found.body)) if found else None


def _first(query: sa.Select[Any]) -> Edition | None:
    row = model.Session.execute(query).mappings().first()
    return Edition(**row) if row else None


def _forget_old(number: int) -> None:
    session = model.Session
    session.execute(sa.delete(EDITION).where(EDITION.c.number <= number - KEPT, ~EDITION.c.is_pinned))
    groups = sa.func.jsonb_each(EDITION.c.files).table_valued("key", sa.column("value", JSONB), name="languages")
    listed = sa.func.jsonb_each_text(groups.c.value).table_valued("key", "value", name="listed")
    used = sa.select(listed.c.value).select_from(EDITION.join(groups, sa.true()).join(listed, sa.true()))
    session.execute(sa.delete(FILE).where(FILE.c.sha256.not_in(used)))
