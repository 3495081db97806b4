"""Notices about limited data: walidata hear of requests, those who asked hear of answers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import ckan.model as model
import ckan.plugins.toolkit as tk
import sqlalchemy as sa
from flask import current_app

from ckanext.satudatapmi.catalogue import access_log, access_words, notices
from ckanext.satudatapmi.catalogue.access_log import EVENT
from ckanext.satudatapmi.catalogue.notices import NOTICE
from ckanext.satudatapmi.text import _


def tell(event_id: int, user_ids: Iterable[str]) -> None:
    """Keep a notice of a step for each of some users, within the running transaction."""
    rows = [{"user_id": user_id, "access_event_id": event_id} for user_id in user_ids]
    if rows:
        model.Session.execute(sa.insert(NOTICE), rows)


def of_user(user_id: str, limit: int) -> list[dict[str, Any]]:
    """Return the latest notices of a user about limited data, the newest first.

    Returns:
        {id, title (of the dataset), step, reason, until (ISO 8601 or None), happened (ISO 8601, UTC), seen}.
    """
    query = (
        sa.select(
            NOTICE.c.id,
            NOTICE.c.seen,
            *(EVENT.c[name] for name in ("step", "reason", "until", "happened")),
            model.Package.title,
        )
        .join(EVENT, EVENT.c.id == NOTICE.c.access_event_id)
        .join(model.Package, model.Package.id == EVENT.c.package_id)
        .where(NOTICE.c.user_id == user_id, model.Package.state != "deleted")
        .order_by(NOTICE.c.id.desc())
        .limit(limit)
    )
    found = [access_log.plain_row(dict(row)) for row in model.Session.execute(query).mappings()]
    return [row | {"seen": row["seen"] is not None} for row in found]


def mail(event_id: int) -> None:
    """Put the mails on a step into the queue, if this site sends mail; to be called after the commit."""
    if tk.config["ckanext.satudatapmi.mail"]:
        tk.enqueue_job(send, [event_id], title=f"mail on access event {event_id}")


def send(event_id: int) -> None:
    """Mail a step to all who have a notice of it."""
    event = model.Session.execute(sa.select(EVENT).where(EVENT.c.id == event_id)).mappings().one()
    package = model.Session.get_one(model.Package, event["package_id"])
    # Texts and addresses need a request; a worker has none.
    with current_app.test_request_context():
        subject, body = mail_words(dict(event), package.title or package.name)
    told = model.Session.scalars(sa.select(NOTICE.c.user_id).where(NOTICE.c.access_event_id == event_id)).all()
    notices.send_to(told, subject, body, f"access event={event_id}")


def mail_words(event: Mapping[str, Any], title: str) -> tuple[str, str]:
    """Return subject and text of the mail on a step."""
    step = access_words.STEPS[event["step"]]()
    page = "satudata_access.requests" if event["step"] == access_log.REQUEST else "satudata_access.listed"
    lines = [
        title,
        step,
        _("Until {date}", date=event["until"]) if event["until"] else "",
        event["reason"],
        _("See {address}", address=tk.h.url_for(page, qualified=True)),
    ]
    # A title may hold a line break, and a header must not.
    return " ".join(f"{step}: {title}".split()), "\n\n".join(line for line in lines if line)
