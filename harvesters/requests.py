"""What is asked of a server, and of the next one when it sends us on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from urllib.parse import urljoin

import urllib3
from urllib3 import HTTPHeaderDict
from urllib3.util import Url, parse_url

from ckanext.satudatapmi.harvesters import failures

DEFAULT_PORTS = {"http": 80, "https": 443}
SAME_METHOD = frozenset({307, 308})


@dataclass(frozen=True)
class Request:
    """A request to one address.

    Attributes:
        url: http or https address.
        own: headers in which we introduce ourselves and say what we want.
        given: headers of the caller, which may hold a key.
        method: GET or POST.
        body: what is posted, JSON; None for GET.
    """

    url: str
    own: Mapping[str, str] = field(default_factory=dict)
    given: Mapping[str, str] = field(default_factory=dict)
    method: str = "GET"
    body: bytes | None = None

    def headers(self) -> HTTPHeaderDict:
        """Return all headers; those of the caller count before ours."""
        headers = HTTPHeaderDict(self.own)
        if self.body is not None:
            headers["Content-Type"] = "application/json"
        headers.update(self.given)
        return headers

    def onward(self, status: int, location: str) -> Request:
        """Return the request to the address that this one was sent on to.

        A POST stays one with 307 and 308 and becomes a GET otherwise, as in browsers (RFC 9110, section 15.4).
        """
        url = urljoin(self.url, location)
        given = self.given if _same_server(self.url, url) else {}
        if status in SAME_METHOD or self.method == "GET":
            return replace(self, url=url, given=given)
        return replace(self, url=url, given=given, method="GET", body=None)


def parsed(url: str) -> Url:
    """Return the parts of an address; FetchError unless it is one of http or https."""
    try:
        target = parse_url(url.strip())
    except (urllib3.exceptions.LocationParseError, ValueError):
        target = Url()
    if target.scheme not in DEFAULT_PORTS or not target.host:
        raise failures.bad_url(url)
    return target


def host_of(url: str) -> str:
    """Return the host of an address, with its port if that is not the usual one.

    >>> host_of("https://Data.Example.go.id:443/data.json"), host_of("http://127.0.0.1:5001/")
    ('data.example.go.id', '127.0.0.1:5001')
    """
    target = parsed(url)
    usual = target.port in (None, DEFAULT_PORTS[target.scheme or ""])
    return str(target.host).lower() if usual else f"{target.host}:{target.port}".lower()


def sound_headers(url: str, headers: Mapping[str, str]) -> dict[str, str]:
    """Return headers without blanks around; FetchError, which does not quote the value, where one cannot be sent."""
    sound = {name: value.strip() for name, value in headers.items()}
    for name, value in sound.items():
        if not value.isascii() or not value.isprintable():
            raise failures.bad_header(url, name)
    return sound


def retry_after_seconds(value: str | None) -> float | None:
    """Return how long a Retry-After asks us to wait, given in seconds or as a date; None if it says nothing.

    >>> retry_after_seconds("120"), retry_after_seconds("Wed, 21 Oct 2015 07:28:00 GMT"), retry_after_seconds("soon")
    (120.0, 0.0, None)
    """
    text = (value or "").strip()
    if text.isascii() and text.isdigit():
        return float(text[:9])
    try:
        until = parsedate_to_datetime(text)
    except ValueError:
        return None
    until = until if until.tzinfo else until.replace(tzinfo=UTC)
    return max(0.0, (until - datetime.now(UTC)).total_seconds())


def _same_server(url: str, other: str) -> bool:
    """Tell whether two addresses are of one server; the same host by https in place of http is."""
    before, after = parsed(url), parsed(other)
    if str(before.host).lower() != str(after.host).lower():
        return False
    ports = [one.port or DEFAULT_PORTS[one.scheme or ""] for one in (before, after)]
    upgraded = (before.scheme, after.scheme, *ports) == ("http", "https", 80, 443)
    return upgraded or (before.scheme == after.scheme and ports[0] == ports[1])
