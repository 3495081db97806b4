"""How many requests a client may make in a minute, by what they cost us; the national portal as many as it likes.

Flask-Limiter counts them in Redis, for all processes and machines together. Where it cannot, requests are answered
uncounted: a limit guards the site, and must never be what takes it away.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence
from functools import cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import TYPE_CHECKING, Any, cast

import ckan.plugins.toolkit as tk
from ckan.exceptions import CkanConfigurationException
from flask import Response, current_app, request
from flask_limiter import ApplicationLimit, Limiter, RequestLimit

from ckanext.satudatapmi.harvesters.redis_clients import prompt_client
from ckanext.satudatapmi.publication.http import rules

if TYPE_CHECKING:
    from ckan.types import CKANApp

log = logging.getLogger(__name__)

Address = IPv4Address | IPv6Address
OPTIONS = "ckanext.satudatapmi.limits."
PATIENCE = 0.5
"""Seconds that Redis has for an answer: a visitor waits for it."""
MINUTE = 60
IPV6_SITE = 64
"""Bits of an IPv6 address that tell one client from others: behind them it chooses its addresses itself."""


def prepare(app: CKANApp) -> None:
    """Have the requests of an application counted.

    Raises:
        CkanConfigurationException: an option names no network.
    """
    for option in ("trusted_proxies", "unlimited_networks"):
        _networks(option)
    url = tk.config["ckan.redis.url"]
    limit = ApplicationLimit(
        limit_provider=_limit, key_function=_client, exempt_when=_is_unlimited, error_message=_explanation
    )
    Limiter(
        _client,
        app=app,
        application_limits=[limit],
        storage_uri=url,
        storage_options=cast(Any, {"connection_pool": prompt_client(url, PATIENCE).connection_pool}),
        key_prefix=tk.config["ckan.site_id"],
        swallow_errors=True,
    )


def tell(response: Response) -> None:
    """Write how many requests are left (RateLimit fields of the IETF's HTTPAPI group) on an answer that no cache keeps.

    A cache would tell others what was left to one client.
    """
    counted = _counted()
    if counted is None:
        return
    name, seconds = rules.of_request().cost, _seconds_left(counted)
    response.headers["RateLimit-Policy"] = f'"{name}";q={counted.limit.amount};w={MINUTE}'
    response.headers["RateLimit"] = f'"{name}";r={0 if counted.breached else counted.remaining};t={seconds}'
    if counted.breached:
        response.headers["Retry-After"] = str(seconds)
        address = client_address()
        if address is None or _is_of(address, "trusted_proxies"):
            _warn_of_proxy(address)


def client_address() -> Address | None:
    """Return the address that a request comes from: behind trusted proxies the last that they did not write of.

    A proxy that comes through a socket of the file system has no address, and is of this machine: it is trusted.
    """
    hops = [*request.headers.get("X-Forwarded-For", "").split(","), request.remote_addr or ""]
    address = None
    for hop in filter(None, reversed(hops)):
        try:
            address = _plain(ip_address(hop.strip()))
        except ValueError:
            break
        if not _is_of(address, "trusted_proxies"):
            break
    return address


def _is_of(address: Address | None, option: str) -> bool:
    return address is not None and any(address in network for network in _networks(option))


def _client() -> str:
    """Return by what the requests of a client are counted: its account, else its address, and the kind of work."""
    cost = rules.of_request().cost
    if tk.current_user.is_authenticated:
        return f"{cost} {tk.current_user.id}"
    address = client_address()
    if isinstance(address, IPv6Address):
        return f"{cost} {ip_network((address, IPV6_SITE), strict=False)}"
    return f"{cost} {address}"


def _limit() -> str:
    """Return how many requests of a kind a client may make; "" for any number."""
    cost = rules.of_request().cost
    amount = 0 if cost == "free" else tk.config[f"{OPTIONS}{cost}_per_minute"]
    return f"{amount} per minute" if amount else ""


def _is_unlimited() -> bool:
    user, agent = tk.current_user, (request.user_agent.string or "").lower()
    if user.is_authenticated and user.name in tk.config["ckanext.satudatapmi.national_portal_users"]:
        return True
    if any(part.lower() in agent for part in tk.config[f"{OPTIONS}unlimited_agents"]):
        return True
    return _is_of(client_address(), "unlimited_networks")


def _explanation() -> str:
    counted = _counted()
    return tk._(
        "More than {count} requests of this kind came from you within a minute. Ask again in {seconds} seconds, more "
        "slowly. The catalogue as a whole is at /data.json, the whole single data at /angka/unduh."
    ).format(count=counted.limit.amount if counted else 0, seconds=_seconds_left(counted) if counted else MINUTE)


def _counted() -> RequestLimit | None:
    """Return what was counted of this request, None where nothing was."""
    limiters = current_app.extensions.get("limiter", ())
    return next((found for found in (limiter.current_limit for limiter in limiters) if found), None)


def _seconds_left(counted: RequestLimit) -> int:
    return max(1, int(counted.reset_at - time.time()))


def _networks(option: str) -> Sequence[IPv4Network | IPv6Network]:
    return _parsed(option, tuple(tk.config[OPTIONS + option]))


@cache
def _warn_of_proxy(address: Address | None) -> None:
    """Tell the operator, once, of requests that a proxy seems to hand on without saying whose they are."""
    log.warning(
        "%s asks too often. If it is a proxy, have it write X-Forwarded-For: all its visitors count as one client. "
        "Programs on this machine that ask so much stand in %sunlimited_networks.",
        address,
        OPTIONS,
    )


@cache
def _parsed(option: str, names: Sequence[str]) -> Sequence[IPv4Network | IPv6Network]:
    try:
        return tuple(ip_network(name) for name in names)
    except ValueError as error:
        message = f"{OPTIONS}{option}: {error}. Write networks such as 10.0.0.0/8 or addresses, with blanks between."
        raise CkanConfigurationException(message) from None


def _plain(address: Address) -> Address:
    """Return an IPv4 address that is written as one of IPv6 as what it is."""
    return getattr(address, "ipv4_mapped", None) or address
