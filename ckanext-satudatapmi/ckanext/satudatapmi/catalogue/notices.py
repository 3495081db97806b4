"""Notices: who is told of a step, on the site and by mail."""

from __future__ import annotations

import logging
import smtplib
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

import ckan.model as model
import ckan.plugins.toolkit as tk
import sqlalchemy as sa
from ckan.lib.mailer import MailerException, mail_user
from flask import current_app

from ckanext.satudatapmi.catalogue import review_words
from ckanext.satudatapmi.catalogue.reviews import EVENT
from ckanext.satudatapmi.text import _

log = logging.getLogger(__name__)

NOTICE = sa.table(
    "satudatapmi_notice",
    *(sa.column(name) for name in ("id", "user_id", "event_id", "access_event_id", "seen")),
)
"""A notice is of an event of the workflow, or of one about limited data (access_notices.py)."""


def tell(event_id: int, user_ids: Iterable[str], *, but: str | None) -> None:
    """Keep a notice of a step for each of some users, within the running transaction.

    Args:
        event_id: the step.
        user_ids: who is told.
        but: the user who took it, and knows.
    """
    rows = [{"user_id": user_id, "event_id": event_id} for user_id in user_ids if user_id != but]
    if rows:
        model.Session.execute(sa.insert(NOTICE), rows)


def of_user(user_id: str, limit: int) -> list[dict[str, Any]]:
    """Return the latest notices of a user, the newest first.

    Returns:
        {id, dataset (name), title, step, to_state, turn, reason, happened (ISO 8601, UTC), user_title, seen}.
    """
    author = sa.func.coalesce(sa.func.nullif(model.User.fullname, ""), model.User.name)
    query = (
        sa.select(
            NOTICE.c.id,
            NOTICE.c.seen,
            *(EVENT.c[name] for name in ("step", "to_state", "turn", "reason", "happened")),
            model.Package.name.label("dataset"),
            model.Package.title,
            author.label("user_title"),
        )
        .join(EVENT, EVENT.c.id == NOTICE.c.event_id)
        .join(model.Package, model.Package.id == EVENT.c.package_id)
        .outerjoin(model.User, model.User.id == EVENT.c.user_id)
        .where(NOTICE.c.user_id == user_id, model.Package.state != "deleted")
        .order_by(NOTICE.c.id.desc())
        .limit(limit)
    )
    return [_notice(dict(row)) for row in model.Session.execute(query).mappings()]


def _notice(row: Mapping[str, Any]) -> dict[str, Any]:
    happened = row["happened"].isoformat(timespec="seconds") + "Z"
    return {**row} | {"happened": happened, "seen": row["seen"] is not None}


def unseen(user_id: str) -> int:
    """Return how many notices a user has not seen."""
    query = sa.select(sa.func.count()).select_from(NOTICE)
    return model.Session.scalar(query.where(NOTICE.c.user_id == user_id, NOTICE.c.seen.is_(None))) or 0


def see_all(user_id: str) -> int:
    """Keep that a user has seen all notices, within the running transaction; return how many were new."""
    now = datetime.now(UTC).replace(tzinfo=None)
    mine = sa.update(NOTICE).where(NOTICE.c.user_id == user_id, NOTICE.c.seen.is_(None))
    changed: Any = model.Session.execute(mine.values(seen=now))
    return changed.rowcount


def mail(package_id: str) -> None:
    """Put the mails on a dataset's last step into the queue, if this site sends mail; to be called after the commit."""
    if not tk.config["ckanext.satudatapmi.mail"]:
        return
    last = sa.select(sa.func.max(EVENT.c.id)).where(EVENT.c.package_id == package_id)
    if event_id := model.Session.scalar(last):
        tk.enqueue_job(send, [event_id], title=f"mail on review event {event_id}")


def send(event_id: int) -> None:
    """Mail a step to all who have a notice of it."""
    event = dict(model.Session.execute(sa.select(EVENT).where(EVENT.c.id == event_id)).mappings().one())
    package = model.Session.get(model.Package, event["package_id"])
    if package is None:
        return
    # Texts and addresses need a request; a worker has none.
    with current_app.test_request_context():
        subject, body = mail_words(event, package.title or package.name, package.name)
    told = sa.select(NOTICE.c.user_id).where(NOTICE.c.event_id == event_id)
    send_to(model.Session.scalars(told).all(), subject, body, f"event={event_id}")


def send_to(user_ids: Iterable[str], subject: str, body: str, about: str) -> None:
    """Mail a text to users; who has no address, or whose server refuses it, is logged with what it is about."""
    for user_id in user_ids:
        try:
            user = model.Session.get_one(model.User, user_id)
            if user.is_active:
                mail_user(user, subject, body)
        except (MailerException, smtplib.SMTPException, OSError) as error:
            log.warning("notice not mailed: %s user=%s reason=%s", about, user_id, type(error).__name__)


def mail_words(event: Mapping[str, Any], title: str, name: str) -> tuple[str, str]:
    """Return subject and text of the mail on a step."""
    step = review_words.STEPS[event["step"]]()
    lines = [
        title,
        step,
        event["reason"],
        ", ".join(review_words.PRINCIPLES[principle]() for principle in event["principles"]),
        review_words.turn_words(event["turn"]),
        _("See {address}", address=tk.h.url_for("satudata_review.show", reference=name, qualified=True)),
    ]
    # A title may hold a line break, and a header must not.
    subject = " ".join(f"{step}: {title}".split())
    return subject, "\n\n".join(line for line in lines if line)
