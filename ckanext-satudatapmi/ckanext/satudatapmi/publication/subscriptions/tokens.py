"""What the links in mails say: encrypted, so that no log and no proxy on the way reads an address in them."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import re
from dataclasses import asdict, dataclass
from typing import Any

import ckan.plugins.toolkit as tk
from cryptography.fernet import Fernet, InvalidToken

CONFIRM_DAYS = 7
"""How long the link that confirms a subscription may be used."""
SECONDS_A_DAY = 86400
DIGEST_BYTES = 16
BETWEEN = "."
KEY_OF_ADDRESS = re.compile(r"[\w-]{22}", re.ASCII)
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


def ending(number: int) -> str:
    """Return the token of the link that ends a subscription; it holds as long as that does.

    It is short: a mail program reads no address in a header that has to be broken into lines (RFC 5322, 2.1.1).
    """
    return f"{number}{BETWEEN}{_digest(KEY, str(number))}"


def ending_all(address: str) -> str:
    """Return the token of the link that ends all subscriptions of an address; nobody but its reader knows it."""
    return address_key(address)


def ended_by(token: str) -> int | str:
    """Return which subscriptions a link ends: the number of one, or the key of an address.

    Raises:
        NoToken: it is no such link.
    """
    number, between, _digest_of_it = token.partition(BETWEEN)
    if not between and KEY_OF_ADDRESS.fullmatch(token):
        return token
    if between and number.isdecimal() and hmac.compare_digest(ending(int(number)).encode(), token.encode()):
        return int(number)
    raise NoToken


def address_key(address: str) -> str:
    """Return by what an address is found again; nobody reads the address from it, or makes it without our secret."""
    return _digest(ADDRESS_KEY, address.casefold())


def _digest(purpose: bytes, text: str) -> str:
    digest = hmac.new(_key(purpose), text.encode(), hashlib.sha256).digest()[:DIGEST_BYTES]
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")


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
