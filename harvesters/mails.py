"""Mails about harvests: to the publisher what to mend, to the operators that a source is frozen.

Each source gets at most one of a kind a day. Mails go out by background jobs; a site that sends none says so in its
configuration.
"""

from __future__ import annotations

import io
import logging
import smtplib
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import ckan.model as model
import ckan.plugins.toolkit as tk
import sqlalchemy as sa
from ckan.lib.mailer import MailerException, mail_user
from flask import current_app
from flask_babel import force_locale
from redis.exceptions import RedisError

from ckanext.satudatapmi.harvesters import holds, ledger, report, report_files
from ckanext.satudatapmi.text import _

log = logging.getLogger(__name__)

LANGUAGES = ("id", "en")
LINES_TOLD = 20
"""How many faults the text names; the attached file has all."""
SENT = "mailed"


def after_job(job_id: str) -> None:
    """Put the mail that a job calls for into the queue, if this site sends them; to be called after the commit."""
    if not tk.config["ckanext.satudatapmi.harvest.mail"]:
        return
    run = ledger.run(job_id)
    held = run.stage == holds.HELD
    if held and (run.verdict == holds.ASKED or run.decision):
        return
    found = None if held else report.harvest_report(job_id)
    if found is not None and not report_files.report_lines(found):
        return
    send = send_alert if held else send_report
    status = _status(run.source_id, send.__name__)
    today = ledger.now().date().isoformat()
    if status.value == today:
        return
    try:
        tk.enqueue_job(send, [job_id], title=f"mail on harvest job {job_id}")
    except RedisError:
        log.warning("harvest mail not queued: job=%s", job_id, exc_info=True)
        return
    status.value, status.state, status.last_updated = today, "complete", ledger.now()
    model.Session.add(status)
    model.Session.commit()


def _status(source_id: str, kind: str) -> model.TaskStatus:
    """Return what notes on which day a mail of a kind went out about a source last; not stored yet if none has."""
    query = sa.select(model.TaskStatus).where(
        model.TaskStatus.entity_id == source_id,
        model.TaskStatus.task_type == report.TASK_TYPE,
        model.TaskStatus.key == f"{SENT} {kind}",
    )
    return model.Session.scalars(query).first() or model.TaskStatus(
        entity_id=source_id,
        entity_type="harvest_source",
        task_type=report.TASK_TYPE,
        key=f"{SENT} {kind}",
        value="",
    )


def send_report(job_id: str) -> None:
    """Mail the report of a job to the admins of the organisation that its source belongs to."""
    found = report.harvest_report(job_id)
    source = _source(ledger.run(job_id).source_id)
    if found is None or source is None:
        return
    subject, body = _bilingual(lambda: report_words(found, source))
    with force_locale(LANGUAGES[0]):
        content = report_files.report_csv(found)
    attachment = (f"laporan-{source.name}.csv", io.BytesIO(content.encode()), "text/csv")
    _send(_admins(source.owner_org or ""), subject, body, job_id, [attachment])


def send_alert(job_id: str) -> None:
    """Mail the system administrators that a source waits for a decision."""
    run = ledger.run(job_id)
    source = _source(run.source_id)
    if source is None or run.decision:
        return
    subject, body = _bilingual(lambda: alert_words(run.difference, source))
    query = sa.select(model.User).where(model.User.sysadmin.is_(True), model.User.state == "active")
    site_user = tk.get_action("get_site_user")({"ignore_auth": True}, {})["name"]
    people = [user for user in model.Session.scalars(query) if user.name != site_user]
    _send(people, subject, body, job_id, [])


def report_words(found: Mapping[str, Any], source: model.Package) -> tuple[str, str]:
    """Return subject and text about the faults of a job, in the language of the moment."""
    lines = report_files.report_lines(found)
    address = tk.h.url_for("satudata_harvest.report", name=source.name, job=found["job"], qualified=True)
    told = [_line(line) for line in lines[:LINES_TOLD]]
    if len(lines) > LINES_TOLD:
        told.append(_("… and {count} more; the attached file has all.", count=len(lines) - LINES_TOLD))
    parts = [
        _("Dear publisher,"),
        _(
            "the portal has read your catalogue “{title}”: {records} records. Please mend what follows at your side; "
            "the next harvest brings it in. Records are counted from 1, in the order of the catalogue.",
            title=source.title or source.name,
            records=found["records"],
        ),
        "\n".join(told),
        _("The whole report: {address}", address=address),
    ]
    return _("What to mend in {title}", title=source.title or source.name), "\n\n".join(parts)


def _line(line: Mapping[str, Any]) -> str:
    place = [_("record {number}", number=line["record"])] if line.get("record") else []
    place += [str(line[name]) for name in ("identifier", "field") if line.get(name)]
    value = f" “{line['value']}”" if line.get("value") else ""
    expected = _("Expected: {expected}.", expected=line["expected"]) if line.get("expected") else ""
    told = " ".join(part for part in (line["problem"], expected, line.get("what_to_do", "")) if part)
    return f"- {', '.join(place)}{value}: {told}" if place else f"- {told}"


def alert_words(difference: Mapping[str, Any], source: model.Package) -> tuple[str, str]:
    """Return subject and text about a frozen source, in the language of the moment."""
    title = source.title or source.name
    address = tk.h.url_for("satudata_harvest.difference", name=source.name, qualified=True)
    parts = [
        _("The source “{title}” is frozen: nothing is written until somebody has decided.", title=title),
        "\n".join(holds.words(difference)),
        _("Look at the difference and decide: {address}", address=address),
    ]
    return _("{title} waits for a decision", title=title), "\n\n".join(parts)


def _bilingual(words: Callable[[], tuple[str, str]]) -> tuple[str, str]:
    """Return subject and text in Indonesian, then in English."""
    told = []
    # Texts and addresses need a request; a worker has none.
    with current_app.test_request_context():
        for language in LANGUAGES:
            with force_locale(language):
                told.append(words())
    subjects, bodies = zip(*told, strict=True)
    # A title may hold a line break, and a header must not.
    return " ".join(" / ".join(subjects).split()), "\n\n---\n\n".join(bodies)


def _source(source_id: str) -> model.Package | None:
    package = model.Session.get(model.Package, source_id)
    return package if package is not None and package.state == "active" else None


def _admins(organization_id: str) -> list[model.User]:
    member = model.member_table.c
    query = (
        sa.select(model.User)
        .join(model.member_table, member.table_id == model.User.id)
        .where(member.group_id == organization_id, member.table_name == "user", member.capacity == "admin")
        .where(member.state == "active", model.User.state == "active")
    )
    return list(model.Session.scalars(query.order_by(model.User.name)))


def _send(people: Iterable[model.User], subject: str, body: str, job_id: str, attachments: list[Any]) -> None:
    for user in people:
        try:
            for _name, file, _type in attachments:
                file.seek(0)
            mail_user(user, subject, body, attachments=attachments)
        except (MailerException, smtplib.SMTPException, OSError) as error:
            log.warning("harvest mail not sent: job=%s user=%s reason=%s", job_id, user.id, type(error).__name__)
