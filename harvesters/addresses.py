"""Which network addresses a harvester may talk to, and what of a web address is for everybody."""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import urlsplit, urlunsplit

_NAT64 = ipaddress.ip_network("64:ff9b::/96")


class AddressError(OSError):
    """A host that may not be contacted; the message says which address is the reason."""


@dataclass(frozen=True)
class AllowedHosts:
    """Hosts that may be contacted although their address is private.

    Attributes:
        entries: "host" for every port, "host:port" for one; names or addresses, IPv6 in brackets.
    """

    entries: frozenset[str] = frozenset()

    @classmethod
    def of(cls, entries: Iterable[str]) -> AllowedHosts:
        """Make the list from configuration values; case does not matter."""
        return cls(frozenset(entry.strip().lower() for entry in entries if entry.strip()))

    def __contains__(self, target: tuple[str, int]) -> bool:
        host, port = target[0].strip("[]").lower(), target[1]
        names = {host, f"{host}:{port}", f"[{host}]", f"[{host}]:{port}"}
        return bool(names & self.entries)


def is_public(address: str) -> bool:
    """Tell whether an IP address belongs to the public internet, addresses inside IPv6 ones included.

    >>> is_public("8.8.8.8"), is_public("127.0.0.1"), is_public("::ffff:10.0.0.1"), is_public("169.254.169.254")
    (True, False, False, False)
    """
    ip = ipaddress.ip_address(address.split("%", maxsplit=1)[0])
    inner = _embedded(ip)
    if inner is not None and not is_public(str(inner)):
        return False
    return inner is not None or (ip.is_global and not ip.is_multicast)


def _embedded(ip: ipaddress.IPv4Address | ipaddress.IPv6Address) -> ipaddress.IPv4Address | None:
    """Return the IPv4 address that an IPv6 address stands for (mapped, 6to4, Teredo, NAT64), or None."""
    if isinstance(ip, ipaddress.IPv4Address):
        return None
    if ip in _NAT64:
        return ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
    return ip.ipv4_mapped or ip.sixtofour or (ip.teredo[1] if ip.teredo else None)


def permitted(host: str, port: int, allowed: AllowedHosts) -> list[str]:
    """Resolve a host and return the addresses that may be contacted, in the resolver's order.

    The caller connects to these very addresses, so that a second look-up cannot bring others.

    Raises:
        socket.gaierror: the name is not known.
        AddressError: one of its addresses is private, loopback or link-local, and the host is not allowed.
    """
    found = socket.getaddrinfo(host.strip("[]"), port, type=socket.SOCK_STREAM)
    addresses = list(dict.fromkeys(str(entry[4][0]) for entry in found))
    if (host, port) in allowed:
        return addresses
    for address in addresses:
        if not is_public(address):
            raise AddressError(f"{host} is {address}")
    return addresses


def anonymous_address(url: str) -> str:
    """Return a web address without user, password and query: those may hold secrets.

    >>> anonymous_address("https://user:secret@data.example.go.id/data.json?key=1#x")
    'https://data.example.go.id/data.json'
    """
    try:
        parts = urlsplit(url or "")
    except ValueError:
        return ""
    return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "", ""))


def with_user_of(source: str, url: str) -> str:
    """Return a web address with the user and password that the address of a source has for the same server.

    >>> with_user_of("https://user:secret@data.example.go.id/a/", "https://data.example.go.id/b.csv")
    'https://user:secret@data.example.go.id/b.csv'
    """
    own, parts = urlsplit(source), urlsplit(url)
    user, at, server = own.netloc.rpartition("@")
    if not at or (parts.scheme, parts.netloc) != (own.scheme, server):
        return url
    return urlunsplit(parts._replace(netloc=f"{user}@{server}"))
