"""The files in which the table of a resource is offered, for its page: what each is, and where the original one is."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import ckan.plugins.toolkit as tk

from ckanext.satudatapmi.tables.exports.wide import can_be_wide
from ckanext.satudatapmi.tables.exports.xlsx_file import MOST_ROWS


@dataclass(frozen=True)
class Offered:
    """A file of a table: what it is called, what it is good for, and its address."""

    label: str
    told: str
    address: str


def get_helpers() -> dict[str, Callable[..., Any]]:
    """Return the helpers under the names that templates use."""
    return {
        "satudata_table_files": offered,
        "satudata_original_file": original_file,
        "satudata_file_is_refused": is_refused,
    }


def offered(
    package: Mapping[str, Any], resource: Mapping[str, Any], table: Mapping[str, Any] | None = None
) -> list[Offered]:
    """Return the files that are offered of a table.

    Args:
        package, resource: that it belongs to.
        table: what is known of it (h.satudata_table); without it, what every table is offered as.
    """
    told = {
        "tabel.csv": ("CSV", tk._("text, one row a line, for every program")),
        "tabel.xlsx": ("XLSX", tk._("for spreadsheet programs, with the data dictionary on a second sheet")),
        "tabel.json": ("JSON", tk._("for programs, with the data dictionary")),
        "tabel.parquet": ("Parquet", tk._("for analysis, with types")),
    }
    if table is not None:
        if table["total"] > MOST_ROWS:
            del told["tabel.xlsx"]
        if can_be_wide((column["id"] for column in table["columns"]), table["total"]):
            told["cetak.xlsx"] = (
                tk._("As printed (XLSX)"),
                tk._("with titles, names down, headings across and footnotes, made anew from the table"),
            )
    return [Offered(label, words, _address(package, resource, name)) for name, (label, words) in told.items()]


def original_file(package: Mapping[str, Any], resource: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """Return the resource that is the file from which a table was read, as it was published; None if it is not here."""
    if resource.get("url_type") == "upload":
        return resource
    source = resource.get("source_url")
    others = (one for one in package["resources"] if one.get("url_type") == "upload")
    return next((one for one in others if source and one.get("source_url") == source), None)


def is_refused(resource: Mapping[str, Any]) -> bool:
    """Tell whether the file of a resource was replaced by one that its table is not read from."""
    return tk.get_action("satudata_table_state_show")({}, {"id": resource["id"]})["refused"]


def _address(package: Mapping[str, Any], resource: Mapping[str, Any], name: str) -> str:
    # Only a workbook has words of ours in it.
    language = {} if name.endswith(".xlsx") else {"locale": "default"}
    values = {"reference": package["name"], "resource_id": resource["id"], "name": name}
    return tk.h.url_for("satudata_table_downloads.download", **values, **language)
