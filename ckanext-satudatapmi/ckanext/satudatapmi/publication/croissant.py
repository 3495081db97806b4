"""Public datasets as Croissant 1.0, which tools for machine learning load (https://docs.mlcommons.org/croissant/docs/).

The profile of ckanext-dcat, whose context this is, takes a table's columns for those of the file beside it, tells who
maintains a dataset, and puts names of columns into addresses as they are. Here a table is a file of its own, the CSV
that the portal makes of it, with a digest as soon as it is known (table_digests.py).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import ckan.plugins.toolkit as tk
from ckanext.dcat.profiles.croissant import JSONLD_CONTEXT

from ckanext.satudatapmi.publication import schemaorg
from ckanext.satudatapmi.tables.exports.table import Column, Kind
from ckanext.satudatapmi.tables.formulas import kept_as_text

CONFORMS_TO = "http://mlcommons.org/croissant/1.0"
UNKNOWN_FORMAT = "application/octet-stream"
DATA_TYPES: Mapping[Kind, str] = {
    "text": "sc:Text",
    "integer": "sc:Integer",
    "number": "sc:Float",
    "float": "sc:Float",
    "date": "sc:Date",
    "datetime": "sc:DateTime",
    "boolean": "sc:Boolean",
}


@dataclass(frozen=True)
class TableFile:
    """The CSV that the portal makes of a table.

    Attributes:
        resource_id: of the resource that has the table.
        name: of the table.
        address: of the file.
        digest: sha256 and size of its bytes; None if they are not known yet.
        columns: of the table.
    """

    resource_id: str
    name: str
    address: str
    digest: tuple[str, int] | None
    columns: tuple[Column, ...]

    @property
    def id(self) -> str:
        """What the description calls the file; the resource may be another one itself."""
        return f"{self.resource_id}/tabel.csv"

    @property
    def rows_id(self) -> str:
        """What the description calls the rows."""
        return f"{self.resource_id}/baris"


def document(package: Mapping[str, Any], tables: Iterable[TableFile]) -> dict[str, Any]:
    """Return the description of a public dataset.

    Args:
        package: in the shape of package_show.
        tables: all it has.
    """
    tables = list(tables)
    about = schemaorg.about(package)
    citation = f"{about['creator']['name']}. {about['name']}. {about['publisher']['name']}. {about['url']}"
    return {
        "@context": {**JSONLD_CONTEXT, "@language": tk.config["ckan.locale_default"]},
        **about,
        "@type": "sc:Dataset",
        "conformsTo": CONFORMS_TO,
        # Files change where they are: those of partners without notice, so not each has a digest.
        "isLiveDataset": True,
        "citeAs": citation,
        "distribution": [*_files(package), *map(_table_file, tables)],
        "recordSet": [_record_set(table) for table in tables],
    }


def _files(package: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield the files of a dataset; services are none, and tables come as files of the portal's own."""
    for resource in schemaorg.files(package):
        is_file = resource["url"] != resource.get("accessURL")
        if is_file and resource.get("url_type") != "datastore":
            facts = {"encodingFormat": UNKNOWN_FORMAT, "name": resource["id"]} | schemaorg.file_facts(resource)
            yield {"@type": "cr:FileObject", "@id": resource["id"], **facts}


def _table_file(table: TableFile) -> dict[str, Any]:
    file = {
        "@type": "cr:FileObject",
        "@id": table.id,
        "name": "tabel.csv",
        "contentUrl": table.address,
        "encodingFormat": "text/csv",
    }
    if table.digest:
        sha256, size = table.digest
        file |= {"contentSize": f"{size} B", "sha256": sha256}
    return file


def _record_set(table: TableFile) -> dict[str, Any]:
    return {
        "@type": "cr:RecordSet",
        "@id": table.rows_id,
        "name": table.name,
        "field": [_field(column, table) for column in table.columns],
    }


def _field(column: Column, table: TableFile) -> dict[str, Any]:
    unit = f"[{column.unit}]" if column.unit else ""
    label = column.label if column.label != column.name else ""
    return schemaorg.filled(
        {
            "@type": "cr:Field",
            "@id": f"{table.rows_id}/{quote(column.name, safe='')}",
            "name": column.name,
            "description": " ".join(filter(None, (label, unit, column.notes))),
            "dataType": DATA_TYPES[column.kind],
            "source": {"fileObject": {"@id": table.id}, "extract": {"column": kept_as_text(column.name)}},
        }
    )
