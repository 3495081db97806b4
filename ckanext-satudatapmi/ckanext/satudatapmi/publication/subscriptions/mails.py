"""Mails of subscriptions: the one that asks for confirmation, and what is new, once a day or a week."""

from __future__ import annotations

import logging
import re
import smtplib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime

import ckan.model as model
import ckan.plugins.toolkit as tk
from ckan.lib.mailer import MailerException, mail_recipient
from flask import current_app

from ckanext.satudatapmi.publication.subscriptions import store, subjects, tokens
from ckanext.satudatapmi.publication.subscriptions.store import Subscription

log = logging.getLogger(__name__)

OPTION = "ckanext.satudatapmi.subscriptions.mail"
ADDRESS = re.compile(r"[^\s<>'\"(){}\[\],;:]+@[^\s<>'\"(){}\[\],;:]+")
FAILED = (MailerException, smtplib.SMTPException, OSError)


class WithoutAddresses(logging.Filter):
    """Strikes addresses out of what CKAN's mailer logs: it writes to whom each mail went."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Let the record pass, without addresses and without the trace of an error, which quotes them."""
        record.msg, record.args = ADDRESS.sub("[…@…]", record.getMessage()), ()
        record.exc_info = record.exc_text = None
        return True


def strike_out_addresses() -> None:
    """Have CKAN's mailer log no address from here on."""
    logger = logging.getLogger("ckan.lib.mailer")
    if not any(isinstance(one, WithoutAddresses) for one in logger.filters):
        logger.addFilter(WithoutAddresses())


def are_sent() -> bool:
    """Tell whether this site offers subscriptions by e-mail."""
    return bool(tk.config[OPTION])


def ask_to_confirm(token: str) -> None:
    """Send the mail with the link that confirms a subscription.

    Args:
        token: of the link; a job's arguments stand in logs, and it is encrypted.
    """
    wanted = tokens.wanted_by(token)
    with _speaking(wanted.language):
        about = subjects.subject(wanted.kind, wanted.target)
        if about is None:
            return
        subject = tk._("Confirm your subscription: {title}").format(title=about.title)
        lines = [
            tk._("Somebody, probably you, asked to be told by e-mail what is new of: {title}").format(
                title=about.title
            ),
            tk._("Open this page and press the button there. The link can be used for {days} days.").format(
                days=tokens.CONFIRM_DAYS
            ),
            tk.h.url_for("satudata_subscriptions.confirm", token=token, _external=True),
            tk._("If it was not you, do nothing: your address is not kept, and no more mail comes."),
        ]
        _send(wanted.address, subject, lines, {}, "confirmation")


def send_due() -> int:
    """Send what is new to all whose mail is due; return how many mails went out."""
    now = datetime.now(UTC).replace(tzinfo=None)
    sent = 0
    for mine in store.due(model.Session.connection(), now):
        sent += _tell(mine, now)
        model.Session.commit()
    log.info("subscriptions told: mails=%d", sent)
    return sent


def _tell(mine: Sequence[Subscription], now: datetime) -> bool:
    """Mail one reader what is new; where the mail cannot be sent, it is tried again the next time."""
    with _speaking(mine[0].language):
        found = [(one, told) for one in mine if (told := subjects.news(one.kind, one.target, one.told))]
        is_sent = not found or _send(
            mine[0].address,
            tk._("What is new: {titles}").format(titles=", ".join(told.subject.title for _one, told in found)),
            [*(_section(one, told) for one, told in found), _closing(mine)],
            _headers(mine),
            f"subscriptions={[one.id for one in mine]}",
        )
    if is_sent:
        store.note_told(model.Session.connection(), [one.id for one in mine], now)
    return is_sent and bool(found)


def _section(one: Subscription, told: subjects.News) -> str:
    title = told.subject.title
    lines = [title, "=" * len(title), *(f"- {line}" for line in told.lines)]
    if told.more:
        more = tk.ungettext("… and {count} more.", "… and {count} more.", told.more)
        lines.append(more.format(count=tk.h.satudata_number(told.more)))
    lines.append(tk._("See {address}").format(address=told.subject.address))
    lines.append(tk._("No longer about this: {address}").format(address=_end_address(tokens.ending(one.id))))
    return "\n".join(lines)


def _closing(mine: Sequence[Subscription]) -> str:
    told = tk._("You get this mail because you subscribed to it at {site}. Your address serves nothing else.")
    ending = tk._("End all of it, and have your address deleted: {address}")
    address = _end_address(tokens.ending_all(mine[0].address))
    return "\n".join(["-- ", told.format(site=tk.config["ckan.site_title"]), ending.format(address=address)])


def _headers(mine: Sequence[Subscription]) -> dict[str, str]:
    """Return the headers by which mail programs offer to unsubscribe (RFC 2369, RFC 8058)."""
    return {
        "List-Unsubscribe": f"<{_end_address(tokens.ending_all(mine[0].address))}>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        "Auto-Submitted": "auto-generated",
    }


def _end_address(token: str) -> str:
    return tk.h.url_for("satudata_subscriptions.end", token=token, _external=True)


def _send(address: str, subject: str, lines: Sequence[str], headers: dict[str, str], about: str) -> bool:
    try:
        # A title may hold a line break, and a header must not.
        mail_recipient("", address, " ".join(subject.split()), "\n\n".join(lines), headers=headers)
    except FAILED as error:
        log.warning("subscription not mailed: %s reason=%s", about, type(error).__name__)
        return False
    return True


@contextmanager
def _speaking(language: str) -> Iterator[None]:
    """Have texts and addresses be in a language; they need a request, and a worker has none."""
    is_default = language == tk.config["ckan.locale_default"]
    environ = {"CKAN_LANG": language, "CKAN_LANG_IS_DEFAULT": is_default}
    with current_app.test_request_context(environ_overrides=environ):
        yield
