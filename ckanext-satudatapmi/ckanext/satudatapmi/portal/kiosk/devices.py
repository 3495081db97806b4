"""The kiosks that officers have set up, in the database: where each stands, what it holds, and how it is used.

Of visitors nothing is kept but how often a subject was shown in an hour.
"""

from __future__ import annotations

import hashlib
import secrets
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import ckan.model as model
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, insert

KIOSK = sa.table(
    "satudatapmi_kiosk",
    sa.column("id", sa.Text),
    sa.column("place", sa.Text),
    sa.column("wilayah", sa.Text),
    sa.column("tongues", ARRAY(sa.Text)),
    sa.column("slip", sa.Text),
    sa.column("secret_sha256", sa.Text),
    sa.column("made_at", sa.DateTime(timezone=True)),
    sa.column("seen_at", sa.DateTime(timezone=True)),
    sa.column("edition", sa.Integer),
    sa.column("synced_at", sa.DateTime(timezone=True)),
    sa.column("browser", sa.Text),
)
USE = sa.table(
    "satudatapmi_kiosk_use",
    sa.column("kiosk", sa.Text),
    sa.column("hour", sa.DateTime(timezone=True)),
    sa.column("screen", sa.Text),
    sa.column("shown", sa.Integer),
)
SLIPS = ("none", "58", "80", "a6")
SECRET_BYTES = 24


@dataclass(frozen=True)
class Setting:
    """What an operator says of a kiosk.

    Attributes:
        place: where it stands, in words.
        wilayah: code of its province or district.
        tongues: codes of its languages, the first one is that of its first screen.
        slip: one of SLIPS: the paper of its printer.
    """

    place: str
    wilayah: str
    tongues: Sequence[str]
    slip: str


@dataclass(frozen=True)
class Report:
    """What a kiosk says of itself.

    Attributes:
        edition: number of the edition that it shows, None before the first.
        synced_at: when it last looked for a newer one.
        browser: as it names itself.
        shown: how often each subject was shown in each hour.
    """

    edition: int | None
    synced_at: datetime | None
    browser: str
    shown: Mapping[tuple[datetime, str], int]


def add(kiosk_id: str, setting: Setting) -> str:
    """Make a kiosk and return its secret, of which only the digest is kept.

    Raises:
        ValueError: there is one of this id.
    """
    secret = secrets.token_urlsafe(SECRET_BYTES)
    values = {"id": kiosk_id, "secret_sha256": _digest(secret), "made_at": datetime.now(UTC), **_columns(setting)}
    made = insert(KIOSK).values(values).on_conflict_do_nothing(index_elements=["id"]).returning(KIOSK.c.id)
    if not model.Session.execute(made).first():
        raise ValueError(kiosk_id)
    model.Session.commit()
    return secret


def change(kiosk_id: str, setting: Setting) -> bool:
    """Change what is said of a kiosk, which hears of it at its next report; tell whether it exists."""
    changed = sa.update(KIOSK).where(KIOSK.c.id == kiosk_id).values(_columns(setting)).returning(KIOSK.c.id)
    found = model.Session.execute(changed).first()
    model.Session.commit()
    return found is not None


def remove(kiosk_id: str) -> bool:
    """Forget a kiosk and its use; what it holds stays on it until it is reset. Tell whether it existed."""
    found = model.Session.execute(sa.delete(KIOSK).where(KIOSK.c.id == kiosk_id).returning(KIOSK.c.id)).first()
    model.Session.commit()
    return found is not None


def all_kiosks() -> list[dict[str, Any]]:
    """Return all kiosks by their ids, without secrets.

    `screens` tells how often each subject was shown on it, the most shown first, and `shown` how often all were.
    """
    columns = [column for column in KIOSK.c if column.name != "secret_sha256"]
    kiosks = model.Session.execute(sa.select(*columns).order_by(KIOSK.c.id)).mappings().all()
    used = _use()
    return [
        dict(one) | {"screens": used.get(one["id"], {}), "shown": sum(used.get(one["id"], {}).values())}
        for one in kiosks
    ]


def _use() -> dict[str, dict[str, int]]:
    shown = sa.func.sum(USE.c.shown)
    query = sa.select(USE.c.kiosk, USE.c.screen, shown).group_by(USE.c.kiosk, USE.c.screen).order_by(shown.desc())
    found: defaultdict[str, dict[str, int]] = defaultdict(dict)
    for kiosk, screen, count in model.Session.execute(query).tuples():
        found[kiosk][screen] = count
    return found


def hear(secret: str, report: Report) -> Setting | None:
    """Write down what a kiosk says of itself, and return what its operator says of it; None if nobody knows it."""
    session = model.Session
    values = {
        "seen_at": datetime.now(UTC),
        "edition": report.edition,
        "synced_at": report.synced_at,
        "browser": report.browser,
    }
    heard = sa.update(KIOSK).where(KIOSK.c.secret_sha256 == _digest(secret)).values(values).returning(*KIOSK.c)
    found = session.execute(heard).first()
    if found is None:
        session.rollback()
        return None
    for (hour, screen), count in report.shown.items():
        row = {"kiosk": found.id, "hour": hour, "screen": screen, "shown": count}
        added = insert(USE).values(row)
        summed = {"shown": USE.c.shown + added.excluded.shown}
        session.execute(added.on_conflict_do_update(index_elements=["kiosk", "hour", "screen"], set_=summed))
    session.commit()
    return Setting(found.place, found.wilayah, found.tongues, found.slip)


def _columns(setting: Setting) -> dict[str, Any]:
    return {
        "place": setting.place,
        "wilayah": setting.wilayah,
        "tongues": list(setting.tongues),
        "slip": setting.slip,
    }


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
