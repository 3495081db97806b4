"""What the actions on subscriptions accept."""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk

from ckanext.satudatapmi.publication.subscriptions.subjects import KINDS

LONGEST_ADDRESS = 254
"""Of a mailbox (RFC 5321)."""
FREQUENCIES = ["daily", "weekly"]


def subject_schema() -> dict[str, Any]:
    """Return what satudata_subscription_subject_show accepts: `kind` and `target`."""
    validator: Any = tk.get_validator
    return {"kind": [validator("one_of")([*KINDS])], "target": [validator("not_empty"), validator("unicode_safe")]}


def ask_schema() -> dict[str, Any]:
    """Return what satudata_subscription_ask accepts: `email`, `kind`, `target` and `frequency`."""
    validator: Any = tk.get_validator
    email = [validator("not_empty"), validator("unicode_safe"), _stripped, validator("email_validator"), _short]
    frequency = [validator("default")(FREQUENCIES[0]), validator("one_of")(FREQUENCIES)]
    return subject_schema() | {"email": email, "frequency": frequency}


def token_schema() -> dict[str, Any]:
    """Return what confirms or ends a subscription: `token`."""
    return {"token": [tk.get_validator("not_empty"), tk.get_validator("unicode_safe")]}


def link_schema() -> dict[str, Any]:
    """Return what satudata_subscription_show accepts: `token` and `purpose`."""
    validator: Any = tk.get_validator
    return token_schema() | {"purpose": [validator("one_of")(["confirm", "end"])]}


def _stripped(value: str) -> str:
    return value.strip()


def _short(value: str) -> str:
    if len(value) > LONGEST_ADDRESS:
        raise tk.Invalid(tk._("An e-mail address has {most} characters at most.").format(most=LONGEST_ADDRESS))
    return value
