"""The description of a dataset for machine learning on HTTP: /dataset/<name>/croissant.jsonld."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

import ckan.plugins.toolkit as tk
from flask import Blueprint, Response

from ckanext.satudatapmi.catalogue import table_rows
from ckanext.satudatapmi.publication import croissant, feed, store, table_digests
from ckanext.satudatapmi.publication.croissant import TableFile

pages = Blueprint("satudatapmi_croissant", __name__)


@pages.get("/dataset/<reference>/croissant.jsonld")
@feed.guarded("json")
def show(reference: str) -> Response:
    """Return the description of a public dataset."""
    with store.snapshot() as connection:
        package = store.find(connection, reference)
    if package is None:
        raise feed.Problem(404, tk._("No such dataset"), tk._("There is no public dataset of this name or id."))
    body = json.dumps(croissant.document(package, _tables(package)), ensure_ascii=False).encode()
    return feed.respond(None, lambda file: file.write(body), "application/ld+json")


def _tables(package: Mapping[str, Any]) -> Iterator[TableFile]:
    for resource in package["resources"]:
        if not resource.get("datastore_active"):
            continue
        address = tk.h.url_for(
            "satudata_table_downloads.download",
            reference=package["name"],
            resource_id=resource["id"],
            name="tabel.csv",
            locale="default",
            _external=True,
        )
        with table_rows.opened(resource["id"]) as stored:
            digest = table_digests.kept(stored)
        name = resource.get("name") or resource["id"]
        yield TableFile(resource["id"], name, address, digest, stored.columns)
