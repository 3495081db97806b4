"""Signals as they are worked on: kept once each, with an owner, a due day and a log that is only ever added to.

Who works on a signal proposes to close it; walidata, another person, closes it or opens it again.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

import ckan.model as model
import ckan.plugins.toolkit as tk
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, insert

from ckanext.satudatapmi.catalogue import access_requests
from ckanext.satudatapmi.figures.store.reading import public_loads

log = logging.getLogger(__name__)

OPEN, PROPOSED, CLOSED = STATES = ("open", "proposed", "closed")
FOUND, ASSIGN, NOTE, PROPOSE, CLOSE, REOPEN = "found", "assign", "note", "propose_closure", "close", "reopen"
FROM: Mapping[str, tuple[str, ...]] = {
    ASSIGN: (OPEN, PROPOSED),
    NOTE: STATES,
    PROPOSE: (OPEN,),
    CLOSE: (PROPOSED,),
    REOPEN: (PROPOSED, CLOSED),
}
"""From which states a step leads on."""
TO: Mapping[str, str] = {PROPOSE: PROPOSED, CLOSE: CLOSED, REOPEN: OPEN}
"""Where a step leads; others leave the state as it is."""
KEY = ("method", "indicator", "place", "ref_start", "ref_end")
SIGNAL = sa.table(
    "satudatapmi_signal",
    sa.column("id", sa.BigInteger),
    *(sa.column(name, sa.Text) for name in ("method", "indicator", "place", "organization_id", "state", "owner_id")),
    *(sa.column(name, sa.Date) for name in ("ref_start", "ref_end", "due")),
    *(sa.column(name, JSONB) for name in ("numbers", "figures")),
    sa.column("loads", ARRAY(sa.BigInteger)),
    sa.column("found", sa.DateTime),
    sa.column("urgency", sa.Integer),
)
EVENT = sa.table(
    "satudatapmi_signal_event",
    *(sa.column(name) for name in ("id", "signal_id", "happened", "user_id", "step", "to_state", "words")),
)


@dataclass(frozen=True)
class Scanned:
    """What a scan came to: how many signals it found, and how many of them are new."""

    found: int
    new: int


class WrongStep(ValueError):
    """A step that does not lead on from where a signal is, or that needs another person."""


def scan() -> Scanned:
    """Look for signals in the loaded figures, and keep those that are new."""
    from ckanext.satudatapmi.figures.alerts.scanning import scan as found_in

    signals = list(found_in(model.Session.connection()))
    new = sum(_keep(one) for one in signals)
    model.Session.commit()
    log.info("signals scanned: found=%d new=%d", len(signals), new)
    return Scanned(len(signals), new)


def _keep(signal: Any) -> bool:
    """Keep a signal, within the running transaction; return whether it is new."""
    from ckanext.satudatapmi.figures.alerts.methods import methods
    from ckanext.satudatapmi.figures.alerts.reading import plain_input
    from ckanext.satudatapmi.figures.alerts.words import numbers_of

    method = methods()[signal.verdict.method]
    package = model.Session.get(model.Package, signal.rows[0]["package_id"])
    row = {
        "method": method.id,
        **{name: getattr(signal, name) for name in KEY[1:]},
        "numbers": numbers_of(signal.verdict),
        "figures": [plain_input(one) for one in signal.rows],
        "loads": sorted({one["load_id"] for one in signal.rows}),
        "organization_id": (package and package.owner_org) or "",
        "urgency": method.urgency,
    }
    first = {"state": OPEN, "found": _now(), "due": access_requests.today() + timedelta(days=method.days)}
    added = insert(SIGNAL).values(row | first).on_conflict_do_nothing(index_elements=KEY).returning(SIGNAL.c.id)
    signal_id = model.Session.execute(added).scalar()
    if signal_id is not None:
        _log(signal_id, None, FOUND, OPEN, "")
        return True
    # What was found before may rest on other editions now; who works on it keeps it.
    same = [SIGNAL.c[name] == row[name] for name in KEY]
    model.Session.execute(sa.update(SIGNAL).where(*same).values(row))
    return False


def is_public() -> sa.ColumnElement[bool]:
    """Return the condition that everybody may see all figures that a signal rests on."""
    return SIGNAL.c.loads.contained_by(sa.func.array(public_loads()))


def find(signal_id: int, *, lock: bool = False) -> dict[str, Any] | None:
    """Return a signal with `public`, whether everybody may see it; `lock` keeps others from taking a step."""
    query = sa.select(SIGNAL, is_public().label("public")).where(SIGNAL.c.id == signal_id)
    row = model.Session.execute(query.with_for_update(of=SIGNAL) if lock else query).mappings().one_or_none()
    return dict(row) if row else None


def search(wanted: Mapping[str, Any]) -> tuple[int, list[dict[str, Any]]]:
    """Return how many public signals there are, and a part of them, the most urgent first.

    Args:
        wanted: `method`, `indicator`, `state` ("" for any), `offset`, `limit`.
    """
    conditions = [SIGNAL.c[name] == wanted[name] for name in ("method", "indicator", "state") if wanted[name]]
    query = sa.select(SIGNAL).where(is_public(), *conditions)
    count = model.Session.scalar(sa.select(sa.func.count()).select_from(query.subquery())) or 0
    closed_last = sa.case((SIGNAL.c.state == CLOSED, 1), else_=0)
    order = (closed_last, SIGNAL.c.urgency, SIGNAL.c.due, SIGNAL.c.id)
    rows = model.Session.execute(query.order_by(*order).offset(wanted["offset"]).limit(wanted["limit"])).mappings()
    return count, [dict(row) for row in rows]


def events(signal_id: int) -> list[dict[str, Any]]:
    """Return the log of a signal, the oldest first, with the names of those who acted."""
    query = (
        sa.select(EVENT, model.User.name.label("user"))
        .outerjoin(model.User, model.User.id == EVENT.c.user_id)
        .where(EVENT.c.signal_id == signal_id)
        .order_by(EVENT.c.id)
    )
    return [dict(row) for row in model.Session.execute(query).mappings()]


def take(signal_id: int, step: str, user_id: str, words: str, **values: Any) -> None:
    """Take a step with a signal, write it into the log and commit.

    Args:
        signal_id: of the signal.
        step: one of `FROM`.
        user_id: who takes it.
        words: why, or the note.
        values: `owner_id` and `due`, of an assignment.

    Raises:
        WrongStep: it does not lead on from here, or who proposed to close wants to close.
    """
    signal = find(signal_id, lock=True)
    if signal is None or signal["state"] not in FROM[step]:
        raise WrongStep(tk._("The signal has moved on; this step does not lead on from where it is now."))
    if step == CLOSE and _proposer(signal_id) == user_id:
        raise WrongStep(tk._("Who proposed to close a signal cannot close it: another person decides."))
    state = TO.get(step, signal["state"])
    model.Session.execute(sa.update(SIGNAL).where(SIGNAL.c.id == signal_id).values(state=state, **values))
    _log(signal_id, user_id, step, state, words)
    model.Session.commit()


def _proposer(signal_id: int) -> str | None:
    query = sa.select(EVENT.c.user_id).where(EVENT.c.signal_id == signal_id, EVENT.c.step == PROPOSE)
    return model.Session.scalar(query.order_by(EVENT.c.id.desc()).limit(1))


def _log(signal_id: int, user_id: str | None, step: str, state: str, words: str) -> None:
    row = {"signal_id": signal_id, "happened": _now(), "user_id": user_id, "step": step, "to_state": state}
    model.Session.execute(sa.insert(EVENT).values(row | {"words": words}))


def age_in_days(signal: Mapping[str, Any]) -> int:
    """Return how many days ago a signal was found."""
    return (_now() - signal["found"]).days


def is_overdue(signal: Mapping[str, Any], today: date) -> bool:
    """Tell whether somebody should have answered for a signal before a day."""
    return signal["state"] != CLOSED and signal["due"] < today


def _now() -> datetime:
    return datetime.now(UTC).replace(tzinfo=None)
