"""Catalogues that an operator names by address, as entries of the registry: one organisation and one source each."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Sequence
from pathlib import PurePosixPath
from types import MappingProxyType
from urllib.parse import unquote, urlsplit

from ckanext.satudatapmi.harvesters.mapping import slug
from ckanext.satudatapmi.harvesters.registry import DATA_JSON, OrganizationEntry, Registry, SourceEntry

NAME_MAX = 90
GENERIC = frozenset({"data", "dcat", "catalog", "catalogue", "katalog", "index", ""})
"""File names that say nothing about whose catalogue it is; the host does then."""


def with_feeds(registry: Registry, addresses: Sequence[str]) -> Registry:
    """Return a registry with a source, and its organisation, for each address of a data.json.

    The name comes from the file (or the host, where the file is just data.json) and never equals one that is there.
    A file on this machine is a copy: its relative addresses are read against the catalogue's own `@id`.
    """
    organizations, sources = list(registry.organizations), list(registry.sources)
    taken = {entry.name for entry in (*organizations, *sources)} | set(registry.left_out)
    for address in addresses:
        name = _free(_label(address), taken)
        taken.add(name)
        title = name.replace("-", " ").title()
        organizations.append(OrganizationEntry(name, title))
        config = MappingProxyType({"mirror": True} if _is_local(address) else {})
        sources.append(SourceEntry(name, f"{title}: data.json", DATA_JSON, address, name, config=config))
    return Registry(tuple(organizations), tuple(sources), registry.left_out)


def _label(address: str) -> str:
    parts = urlsplit(address)
    stem = slug(PurePosixPath(unquote(parts.path)).stem)
    label = slug(parts.hostname or "") if stem in GENERIC else stem
    return (label if len(label) > 1 else f"feed-{label}")[:NAME_MAX].strip("-")


def _free(label: str, taken: Iterable[str]) -> str:
    name, number = label, 1
    while name in taken:
        number += 1
        name = f"{label}-{number}"
    return name


def _is_local(address: str) -> bool:
    host = urlsplit(address).hostname or ""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
