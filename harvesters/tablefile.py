"""A published table before anything is known of its rows: its record, and the name of its file."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import unquote, urlsplit

from ckanext.satudatapmi.harvesters.addresses import anonymous_address
from ckanext.satudatapmi.schemas.convert import clean_text

TABLE_VERSION = 6
"""Raise it when the same file would give another table: every table is then read anew at the next harvest."""


def table_record(source: str, title: str, url: str, dataset: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a published table's dataset would be in a data.json."""
    file = {"@type": "dcat:Distribution", "title": file_name(url), "downloadURL": anonymous_address(url)}
    return {"identifier": source, "title": title} | dict(dataset) | {"distribution": [file]}


def file_name(url: str) -> str:
    """Return the name of the file at an address.

    >>> file_name("https://data.example.go.id/tabel/penempatan%202024.csv?x=1")
    'penempatan 2024.csv'
    """
    return clean_text(PurePosixPath(unquote(urlsplit(url).path)).name) or "tabel"
