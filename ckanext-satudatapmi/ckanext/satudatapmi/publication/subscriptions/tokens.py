"""What the links in mails say: encrypted, so that no log and no proxy on the way reads an address in them."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import ckan.plugins.toolkit as tk
from cryptography.fernet import Fernet, InvalidToken

CONFIRM_DAYS = 7
"""How long the link that confirms a subscription may be used."""
SECONDS_A_DAY = 86400
KEY, ADDRESS_KEY = b"satudatapmi subscription", b"satudatapmi subscriber"
"""What keeps the keys of tokens and of addresses apart from each other, and from all else the site's secret signs."""


class NoToken(ValueError):
    """A link that was not made here, or whose time is over."""


@dataclass(frozen=True)
class Wanted:
    """What somebody asked for.

    Attributes:
        address: the mailbox.
        kind: search, theme, publisher or indicator.
        target: which one.
        language: `id` or `en`.
        weekly: whether mails come once a week, and not once a day.
    """

    address: str
    kind: str
    target: str
    language: str
    weekly: bool


def confirming(wanted: Wanted) -> str:
    """Return the token of the link that confirms a subscription."""
    return _sealed({"confirm": asdict(wanted)})


def wanted_by(token: str) -> Wanted:
    """Return what the link that confirms a subscription asks for.

    Raises:
        NoToken: it is no such link, or older than CONFIRM_DAYS.
    """
    return Wanted(**_opened(token, "confirm", CONFIRM_DAYS * SECONDS_A_DAY))


def ending(ids: Sequence[int]) -> str:
    """Return the token of the link that ends subscriptions; it holds as long as they do."""
    return _sealed({"end": list(ids)})


def ended_by(token: str) -> list[int]:
    """Return the ids of the subscriptions that a link ends.

    Raises:
        NoToken: it is no such link.
    """
    return _opened(token, "end", None)


def address_key(address: str) -> str:
    """Return by what an address is found again; nobody reads the address from it without the site's secret."""
    return hmac.new(_key(ADDRESS_KEY), address.casefold().encode(), hashlib.sha256).hexdigest()


def _sealed(said: dict[str, Any]) -> str:
    return _fernet().encrypt(json.dumps(said).encode()).decode()


def _opened(token: str, purpose: str, seconds: int | None) -> Any:
    """Return what a token says of a purpose: one that was made for another says nothing of it."""
    try:
        return json.loads(_fernet().decrypt(token.encode(), seconds))[purpose]
    except (InvalidToken, UnicodeEncodeError, KeyError):
        raise NoToken from None


def _fernet() -> Fernet:
    return Fernet(base64.urlsafe_b64encode(_key(KEY)))


def _key(purpose: bytes) -> bytes:
    return hmac.new(tk.config["SECRET_KEY"].encode(), purpose, hashlib.sha256).digest()
