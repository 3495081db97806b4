"""The words for what happens to a request to see limited data."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from ckanext.satudatapmi.text import _

STATES: Mapping[str, Callable[[], str]] = {
    "open": lambda: _("Waiting for an answer"),
    "granted": lambda: _("Access granted"),
    "refused": lambda: _("Refused"),
    "revoked": lambda: _("Access withdrawn"),
    "expired": lambda: _("Access has ended"),
}
STEPS: Mapping[str, Callable[[], str]] = {
    "list": lambda: _("Listed among the limited data"),
    "unlist": lambda: _("Taken off the list of limited data"),
    "request": lambda: _("Access requested"),
    "grant": lambda: _("Access granted"),
    "refuse": lambda: _("Request refused"),
    "revoke": lambda: _("Access withdrawn"),
    "release": lambda: _("File released although it may hold personal numbers"),
}
