"""The table of a resource as files: CSV, XLSX, JSON, Parquet, and as it was printed.

A file is written whole before anything is sent, so a reader with a slow line holds up no harvest that is to load the
table, and nobody gets half of one.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from functools import partial
from typing import IO, Any

import ckan.plugins.toolkit as tk
from ckan.lib.munge import munge_title_to_name
from flask import Blueprint, Response

from ckanext.satudatapmi.catalogue import table_rows
from ckanext.satudatapmi.catalogue.table_rows import StoredTable
from ckanext.satudatapmi.publication import feed
from ckanext.satudatapmi.tables.exports.csv_file import write_csv
from ckanext.satudatapmi.tables.exports.json_file import write_json
from ckanext.satudatapmi.tables.exports.parquet_file import write_parquet
from ckanext.satudatapmi.tables.exports.table import About, Table, Unwritable
from ckanext.satudatapmi.tables.exports.wide import refuse_unprinted, wide
from ckanext.satudatapmi.tables.exports.wide_file import write_wide
from ckanext.satudatapmi.tables.exports.xlsx_file import write_xlsx

ADDRESS = "/dataset/<reference>/resource/<resource_id>/unduh/<name>"
VERSION = 1
"""Raise it when the same table would give other files: readers then take them anew."""
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
Write = Callable[[StoredTable, About, IO[bytes]], None]
Shown = Mapping[str, Any]

pages = Blueprint("satudata_table_downloads", __name__)


@dataclass(frozen=True)
class Form:
    """A form of file.

    Attributes:
        media_type: of the file.
        write: how a table is written in it.
        is_packed: whether it is packed already.
        has_words: whether words of ours are in it, in the visitor's language.
    """

    media_type: str
    write: Write
    is_packed: bool = False
    has_words: bool = False


@pages.get(ADDRESS)
def download(reference: str, resource_id: str, name: str) -> Response | tuple[str, int]:
    """Return the table of a resource as a file."""
    form = forms().get(name)
    if form is None:
        return tk.abort(404, tk._("There is no file of this name."))
    package, resource = table_rows.seen_by_caller(reference, resource_id)
    about, language = _about(package, resource), ""
    if form.has_words:
        about, language = replace(about, citation=tk.h.satudata_citation(package)), tk.h.lang()
    try:
        with table_rows.opened(resource["id"]) as stored:
            kept = f"table {resource['id']} {name} {language}"
            write = partial(form.write, stored, about)
            etag = _digest([VERSION, stored.edition, asdict(about), kept])
            response = feed.respond(kept, write, form.media_type, etag, is_packed=form.is_packed)
    except Unwritable as error:
        return tk.abort(404, str(error))
    response.headers.set("Content-Disposition", "attachment", filename=_kept_as(package, resource, name))
    return response


def forms() -> dict[str, Form]:
    """Return the files that are offered of a table, by name."""
    return {
        "tabel.csv": Form("text/csv; charset=utf-8; header=present", _rows_by(write_csv)),
        "tabel.xlsx": Form(XLSX, _rows_by(write_xlsx), is_packed=True, has_words=True),
        "tabel.json": Form("application/json", _rows_by(write_json)),
        "tabel.parquet": Form("application/vnd.apache.parquet", _write_parquet, is_packed=True),
        "cetak.xlsx": Form(XLSX, _write_printed, is_packed=True, has_words=True),
    }


def _rows_by(write: Callable[[Table, IO[bytes]], None]) -> Write:
    return lambda stored, about, file: write(Table(stored.columns, stored.count, about, stored.rows), file)


def _write_parquet(stored: StoredTable, about: About, file: IO[bytes]) -> None:
    write_parquet(Table(stored.measured(), stored.count, about, stored.rows), file)


def _write_printed(stored: StoredTable, about: About, file: IO[bytes]) -> None:
    names = [column.name for column in stored.columns]
    refuse_unprinted(names, stored.count)
    rows = [dict(zip(names, row, strict=True)) for some in stored.rows() for row in some]
    write_wide(wide(stored.fields(), rows, stored.printed(), about.title), about, file)


def _kept_as(package: Shown, resource: Shown, name: str) -> str:
    """Return the name under which a reader keeps a file, who may have many of this portal."""
    title = munge_title_to_name(resource.get("name") or "")
    return f"{package['name']}-{title}{name.removeprefix('tabel') if name.startswith('tabel') else f'-{name}'}"


def _about(package: Shown, resource: Shown) -> About:
    address = tk.h.url_for(f"{package['type']}.read", id=package["name"], locale="default", _external=True)
    return About(
        title=package["title"] or package["name"],
        table=resource.get("name") or "",
        publisher=(package.get("organization") or {}).get("title") or "",
        source=resource.get("source_url") or "",
        license=package.get("license_title") or "",
        license_url=package.get("license_url") or "",
        address=address,
    )


def _digest(content: Any) -> str:
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()[:32]
