"""Why a fetch failed, in words."""

from __future__ import annotations

import http.client
import ssl
import zlib
from collections.abc import Iterator
from socket import gaierror

import urllib3

from ckanext.satudatapmi.harvesters.addresses import AddressError
from ckanext.satudatapmi.text import _


class FetchError(Exception):
    """A fetch that failed.

    Attributes:
        kind: bad_url, forbidden_address, unknown_host, connect, tls, timeout, http_status, redirects, too_large,
            cut_off or encoding.
        url: the address at which it failed.
        message: what happened and what to do.
        status: the HTTP status, for http_status.
    """

    def __init__(self, kind: str, url: str, message: str, status: int | None = None) -> None:
        super().__init__(message)
        self.kind = kind
        self.url = url
        self.message = message
        self.status = status


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


def http_status(url: str, status: int) -> FetchError:
    """Return the error for a status that is not 200."""
    return FetchError(
        "http_status",
        url,
        _(
            "{url} answers with HTTP status {status} instead of 200. Open it in a browser; if the file has moved, "
            "change the address of the source.",
            url=url,
            status=status,
        ),
        status,
    )


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
            "{url} is packed as {encoding}, which we did not ask for. Ask the partner to send gzip or nothing.",
            url=url,
            encoding=encoding,
        ),
    )
