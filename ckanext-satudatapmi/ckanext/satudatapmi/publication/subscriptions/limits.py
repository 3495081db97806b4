"""How many mails anybody can have sent to an address that is not theirs: few, whoever asks and from where."""

from __future__ import annotations

import hashlib
from ipaddress import IPv6Address, ip_network

import ckan.plugins.toolkit as tk
from ckan.lib.redis import connect_to_redis

from ckanext.satudatapmi.publication.http.limits import IPV6_SITE, client_address
from ckanext.satudatapmi.publication.subscriptions.tokens import SECONDS_A_DAY, address_key

TO_AN_ADDRESS, FROM_A_CLIENT = 3, 20
"""Mails a day that ask an address for confirmation, and those that a client has sent."""


def may_be_mailed(address: str) -> bool:
    """Tell whether one more mail may go to an address today, and count it."""
    redis, prefix = connect_to_redis(), f"satudatapmi:{tk.config['ckan.site_id']}:subscription"
    counted = [(f"{prefix}:to:{address_key(address)}", TO_AN_ADDRESS), (f"{prefix}:from:{_client()}", FROM_A_CLIENT)]
    amounts = []
    for name, _most in counted:
        redis.set(name, 0, ex=SECONDS_A_DAY, nx=True)
        amounts.append(int(redis.incr(name)))  # pyright: ignore[reportArgumentType] (this client does not wait)
    return all(amount <= most for amount, (_name, most) in zip(amounts, counted, strict=True))


def _client() -> str:
    """Return by what a client is counted; its address itself is not kept."""
    address = client_address()
    if isinstance(address, IPv6Address):
        address = ip_network((address, IPV6_SITE), strict=False)
    return hashlib.sha256(f"{tk.config['SECRET_KEY']} {address}".encode()).hexdigest()
