"""No two harvest sources with the same address and configuration, found with one question to the database.

ckanext-harvest's validator asks for the configuration of every source, one by one, whenever a source is written, shown
or indexed: the more sources there are, the longer each of these takes; registering 1,400 had no end in ten minutes.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit, urlunsplit

import ckan.model as model
import ckan.plugins.toolkit as tk
import sqlalchemy as sa
from ckanext.harvest.logic import schema
from ckanext.harvest.model import HarvestSource
from ckanext.harvest.utils import DATASET_TYPE_NAME

from ckanext.satudatapmi.harvesters.failures import bad_url

USUAL_PORTS = {"http": 80, "https": 443}


def install() -> None:
    """Have the form of a harvest source use `check_address`: ckanext-harvest lets nobody replace a validator."""
    schema.harvest_source_url_validator = check_address


def check_address(key: Any, data: Any, errors: Any, context: Any) -> None:
    """Refuse the address of a source that another one has, with the same configuration.

    Raises:
        Invalid: names the other one.
    """
    package = context.get("package")
    own = package.id if package else data.get((*key[:-1], "id"))
    config = data.get((*key[:-1], "config")) or ""
    wanted = normalised(data[key])
    host = _host(wanted)
    query = sa.select(model.Package.id, model.Package.name, model.Package.url, HarvestSource.config)
    query = query.join_from(model.Package, HarvestSource, HarvestSource.id == model.Package.id, isouter=True)
    query = query.where(model.Package.type == DATASET_TYPE_NAME, model.Package.url.icontains(host, autoescape=True))
    for id_, name, url, other_config in model.Session.execute(query):
        if id_ != own and (other_config or "") == config and normalised(url) == wanted:
            raise tk.Invalid(
                tk._(
                    "The harvest source {name} has this address and configuration. Use that source, or give this one "
                    "another address or configuration."
                ).format(name=name)
            )


def _host(url: str) -> str:
    try:
        return urlsplit(url).hostname or ""
    except ValueError as error:
        raise tk.Invalid(bad_url(url).message) from error


def normalised(url: str) -> str:
    """Return a web address without what makes no difference: case of the host, usual port, last slash, fragment.

    >>> normalised("HTTPS://Data.Example.go.id:443/data.json/#x")
    'https://data.example.go.id/data.json'
    >>> normalised("http://data.example.go.id:8080?kata=pmi")
    'http://data.example.go.id:8080?kata=pmi'
    """
    try:
        parts = urlsplit(url or "")
        port = parts.port
    except ValueError:
        return url
    user, at, server = parts.netloc.rpartition("@")
    if port is not None and port == USUAL_PORTS.get(parts.scheme):
        server = server.rpartition(":")[0]
    return urlunsplit((parts.scheme, f"{user}{at}{server.lower()}", parts.path.rstrip("/"), parts.query, ""))
