"""Why a fetch failed, in words."""

from __future__ import annotations

import http.client
import ssl
import zlib
from collections.abc import Iterator
from math import ceil
from socket import gaierror

import urllib3

from ckanext.satudatapmi.harvesters.addresses import AddressError
from ckanext.satudatapmi.text import _


class FetchError(Exception):
    """A fetch that failed.

    Attributes:
        kind: bad_url, bad_header, forbidden_address, unknown_host, connect, tls, timeout, http_status, redirects,
            too_large, bomb, cut_off, encoding, busy (the server asks us to wait) or resting (we let it alone).
        url: the address at which it failed.
        message: what happened and what to do.
        status: the HTTP status, for http_status.
        retry_after: seconds that the server asks us to wait; None if it does not ask.
    """

    def __init__(
        self, kind: str, url: str, message: str, status: int | None = None, retry_after: float | None = None
    ) -> None:
        super().__init__(message)
        self.kind = kind
        self.url = url
        self.message = message
        self.status = status
        self.retry_after = retry_after


def failure(url: str, error: Exception, limits: str, time_is_up: bool) -> FetchError:
    """Return whatever a connection raised as a FetchError.

    Args:
        url: the address.
        error: what was raised.
        limits: the limits on time, in words.
        time_is_up: whether the time for the whole fetch is over; that cuts connections, so it is the reason then.
    """
    causes = list(_causes(error))
    if time_is_up or any(isinstance(cause, (TimeoutError, urllib3.exceptions.TimeoutError)) for cause in causes):
        return FetchError(
            "timeout",
            url,
            _(
                "{url} took too long ({limits}). The next run tries again; if it stays slow, ask the partner.",
                url=url,
                limits=limits,
            ),
        )
    for cause in causes:
        if isinstance(cause, AddressError):
            return forbidden_address(url, str(cause))
        if isinstance(cause, gaierror):
            return FetchError(
                "unknown_host", url, _("{url}: the name of the host is not known. Check the address.", url=url)
            )
        if isinstance(cause, (ssl.SSLError, urllib3.exceptions.SSLError)):
            return FetchError(
                "tls",
                url,
                _(
                    "{url}: the secure connection failed ({reason}). Ask the partner to mend the certificate.",
                    url=url,
                    reason=str(cause)[:200],
                ),
            )
        if isinstance(cause, zlib.error):
            return cut_off(url)
    if any(isinstance(cause, (urllib3.exceptions.IncompleteRead, http.client.IncompleteRead)) for cause in causes):
        return cut_off(url)
    return FetchError(
        "connect",
        url,
        _(
            "{url} cannot be reached or broke the connection off ({reason}). The next run tries again.",
            url=url,
            reason=str(error)[:200],
        ),
    )


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        yield from (inner for inner in error.args if isinstance(inner, BaseException))
        error = error.__cause__ or error.__context__


def forbidden_address(url: str, reason: str) -> FetchError:
    """Return the error for an address that is not public."""
    return FetchError(
        "forbidden_address",
        url,
        _(
            "{url} leads into a private network ({reason}), where harvesters do not go. If that is meant, add the "
            "host to ckanext.satudatapmi.harvest.allowed_hosts.",
            url=url,
            reason=reason,
        ),
    )


def http_status(url: str, status: int, agent: str, retry_after: float | None = None) -> FetchError:
    """Return the error for a status that is not 200.

    Args:
        url: the address.
        status: the status.
        agent: how we introduced ourselves.
        retry_after: seconds that the server asks us to wait; None if it does not ask.
    """
    return FetchError("http_status", url, _status_words(url, status, agent), status, retry_after)


def _status_words(url: str, status: int, agent: str) -> str:
    if status == 401:
        return _(
            "{url} wants a key or a password (HTTP status 401). Ask the partner for one and enter it at the source; "
            "if there is one already, it no longer counts.",
            url=url,
        )
    if status == 403:
        return _(
            '{url} refuses us (HTTP status 403). Ask the partner to let our harvester in, which introduces itself as "'
            '{agent}", or for a key.',
            url=url,
            agent=agent,
        )
    if status == 429:
        return _(
            "{url} says that we ask too much (HTTP status 429). The next run tries again; if it stays so, raise "
            "ckanext.satudatapmi.harvest.pause_seconds.",
            url=url,
        )
    if status >= 500:
        return _(
            "{url}: the partner's server failed (HTTP status {status}). The next run tries again; if it stays so, "
            "tell the partner.",
            url=url,
            status=status,
        )
    return _(
        "{url} answers with HTTP status {status} instead of 200. Open it in a browser; if the file has moved, "
        "change the address of the source.",
        url=url,
        status=status,
    )


def busy(url: str, seconds: float) -> FetchError:
    """Return the error for a server that asks for a longer wait than a harvest can do."""
    words = _(
        "{url}: the partner's server asks to be left alone for {time}. A run after that tries again.",
        url=url,
        time=duration(seconds),
    )
    return FetchError("busy", url, words, retry_after=seconds)


def resting(url: str, host: str, failures: int, seconds: float) -> FetchError:
    """Return the error for a host that failed so often that it is let alone for a while."""
    words = _(
        "{url} was not asked: {host} failed {count} times in a row and is left alone for {time}. A run after that "
        "tries again; if it stays so, tell the partner.",
        url=url,
        host=host,
        count=failures,
        time=duration(seconds),
    )
    return FetchError("resting", url, words, retry_after=seconds)


def duration(seconds: float) -> str:
    """Return a time in words, rounded up.

    >>> duration(0.2), duration(90), duration(7200)
    ('1 s', '2 min', '2 h')
    """
    if seconds <= 60:
        return _("{count} s", count=ceil(seconds))
    if seconds <= 3600:
        return _("{count} min", count=ceil(seconds / 60))
    return _("{count} h", count=ceil(seconds / 3600))


def too_large(url: str, limit: int) -> FetchError:
    """Return the error for a file of more than `limit` bytes."""
    return FetchError(
        "too_large",
        url,
        _(
            "{url} holds more than {limit} MB, the limit. Ask the partner to split the file, or raise "
            "ckanext.satudatapmi.harvest.max_bytes.",
            url=url,
            limit=limit // (1024 * 1024),
        ),
    )


def bomb(url: str, ratio: int) -> FetchError:
    """Return the error for a file that unpacks to far more than was sent."""
    return FetchError(
        "bomb",
        url,
        _(
            "{url} unpacks to more than {ratio} times of what was sent, which no catalogue does. Ask the partner what "
            "the file is; if it is sound, have it sent unpacked.",
            url=url,
            ratio=ratio,
        ),
    )


def cut_off(url: str) -> FetchError:
    """Return the error for a file that ends too early."""
    return FetchError(
        "cut_off", url, _("{url} broke off before the end of the file. The next run tries again.", url=url)
    )


def bad_url(url: str) -> FetchError:
    """Return the error for an address that is none, or of another protocol."""
    return FetchError(
        "bad_url", url, _("{url} is no address that can be harvested. Expected http:// or https://.", url=url)
    )


def bad_header(url: str, name: str) -> FetchError:
    """Return the error for a header that cannot be sent; its value may be a key, so it is not quoted."""
    return FetchError(
        "bad_header",
        url,
        _(
            "{url}: the header {name} holds characters that HTTP does not carry. Expected printable ASCII; check the "
            "key of the source.",
            url=url,
            name=name,
        ),
    )


def too_many_redirects(url: str, limit: int) -> FetchError:
    """Return the error for an address that sends us on and on."""
    return FetchError(
        "redirects",
        url,
        _(
            "{url} sends us on more than {limit} times. Ask the partner for the address of the file itself.",
            url=url,
            limit=limit,
        ),
    )


def unknown_encoding(url: str, encoding: str) -> FetchError:
    """Return the error for a body that is packed in a way we did not ask for."""
    return FetchError(
        "encoding",
        url,
        _(
            "{url} is packed as {encoding}, which we did not ask for. Ask the partner to send gzip, deflate or nothing "
            "packed.",
            url=url,
            encoding=encoding,
        ),
    )
