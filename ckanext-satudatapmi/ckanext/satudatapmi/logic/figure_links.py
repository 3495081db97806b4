"""Where the row of a figure is shown: in the table of its file, filtered to the row and the column."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import ckan.model as model
import ckan.plugins.toolkit as tk
import sqlalchemy as sa
from flask import has_request_context
from sqlalchemy.engine import Connection

from ckanext.satudatapmi.figures.answering import Reader
from ckanext.satudatapmi.figures.store.loads import last_files
from ckanext.satudatapmi.figures.store.reading import Selection

ROW, COLUMN = "baris_sumber", "kolom_sumber"
"""Columns of a tidy table that name the place of a figure in the file (tables/columns.py)."""


@dataclass(frozen=True)
class Shown:
    """A file and the page that shows it, or its table.

    Attributes:
        address: of the page.
        sha256: of the bytes whose rows the table has; "" if there is no table.
    """

    address: str
    sha256: str


class RowLinks:
    """Adds to rows of the single data the address where each is shown; the catalogue is asked once for each file."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._shown: dict[str, Shown] = {}

    def linked(self, read: Reader) -> Reader:
        """Return a reader whose rows have `url`, too."""

        def linked_rows(selection: Selection) -> Sequence[Mapping[str, Any]]:
            rows = read(selection)
            self._look_up(rows)
            return [{**row, "url": self._address(row)} for row in rows]

        return linked_rows

    def _address(self, row: Mapping[str, Any]) -> str:
        shown = self._shown[row["resource_id"]]
        # Rows of another edition of the file may stand elsewhere.
        if row["source_row"] is None or shown.sha256 != row["sha256"]:
            return shown.address
        place = {ROW: row["source_row"], COLUMN: row["source_column"]}
        # As h.decode_view_request_filters reads it.
        filters = "|".join(f"{name}:{quote(str(value), safe='')}" for name, value in place.items() if value is not None)
        return f"{shown.address}?filters={quote(filters, safe='')}"

    def _look_up(self, rows: Iterable[Mapping[str, Any]]) -> None:
        files = {row["resource_id"]: row["package_id"] for row in rows if row["resource_id"] not in self._shown}
        if not files:
            return
        held: dict[str, list[Any]] = {}
        for resource in self._resources(set(files.values())):
            held.setdefault(resource.package_id, []).append(resource)
        loaded = last_files(self._connection, files)
        for resource_id, package_id in files.items():
            self._shown[resource_id] = _shown(package_id, resource_id, held.get(package_id, []), loaded)

    def _resources(self, package_ids: Iterable[str]) -> Sequence[Any]:
        resource = model.resource_table.c
        wanted = sa.select(resource.id, resource.package_id, resource.hash, resource.url_type, resource.extras)
        return self._connection.execute(
            wanted.where(resource.package_id.in_(package_ids), resource.state == "active").order_by(resource.position)
        ).all()


def _shown(package_id: str, resource_id: str, held: Sequence[Any], loaded: Mapping[str, str]) -> Shown:
    file = next((one for one in held if one.id == resource_id), None)
    table = _table_of(file, held) if file else None
    shown = table.id if table else resource_id
    # A file whose digest the catalogue does not know is the one that was loaded last.
    return Shown(_page(package_id, shown), (file.hash or loaded[resource_id]) if file and table else "")


def _page(package_id: str, resource_id: str) -> str:
    if has_request_context():
        return tk.url_for("dataset_resource.read", id=package_id, resource_id=resource_id, _external=True)
    # Outside of a request url_for makes one, at whose end the session and its transaction are gone.
    return f"{tk.config['ckan.site_url'].rstrip('/')}/dataset/{package_id}/resource/{resource_id}"


def _table_of(file: Any, held: Iterable[Any]) -> Any | None:
    """Return the resource that has the table of a file: the file's own, or that of the tidy table beside it."""
    tables = [one for one in held if (one.extras or {}).get("datastore_active")]
    if file in tables:
        return file
    source = (file.extras or {}).get("source_url")
    beside = (one for one in tables if one.url_type == "datastore" and one.extras.get("source_url") == source)
    return next(beside, None) if source else None
