"""A code list as a table: one row a code."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator

import pandas as pd

from ckanext.satudatapmi.publication import codes
from ckanext.satudatapmi.reference.published import CodeListInfo, Concept
from ckanext.satudatapmi.tables.values import Field, TidyTable

COLUMNS = {
    "kode": "Kode",
    "label": "Nama",
    "label_en": "Nama dalam bahasa Inggris",
    "alias": "Ejaan lain",
    "induk": "Kode induk",
    "padanan": "Padanan di daftar lain",
    "berlaku_dari": "Berlaku dari",
    "berlaku_sampai": "Berlaku sampai",
    "meneruskan": "Meneruskan kode",
    "uri": "Alamat tetap",
}
"""Columns in their order, and what the data dictionary calls them; several values of a cell are joined by `|`."""


def rows(info: CodeListInfo, concepts: Iterable[Concept], site_url: str) -> Iterator[tuple[str, ...]]:
    """Yield the codes of a list as COLUMNS has them."""
    for one in concepts:
        linked = {name: "|".join(link.code for link in one.linked(name)) for name in ("broader", "same", "succeeds")}
        yield (
            one.code,
            one.label["id"],
            one.label.get("en", ""),
            "|".join(one.aliases),
            linked["broader"],
            linked["same"],
            one.valid_from,
            one.valid_to,
            linked["succeeds"],
            codes.code_uri(site_url, info.name, one.code),
        )


def as_csv(info: CodeListInfo, concepts: Iterable[Concept], site_url: str) -> str:
    """Return a list as CSV (RFC 4180)."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(COLUMNS)
    writer.writerows(rows(info, concepts, site_url))
    return text.getvalue()


def as_table(info: CodeListInfo, concepts: Iterable[Concept], site_url: str) -> TidyTable:
    """Return a list as the DataStore takes it; its codes are bound to the list itself."""
    frame = pd.DataFrame([[cell or None for cell in row] for row in rows(info, concepts, site_url)], columns=[*COLUMNS])
    fields = tuple(
        Field(name, "text", label, codes=info.name if name == "kode" else None, indexed=name == "kode")
        for name, label in COLUMNS.items()
    )
    return TidyTable(frame.astype(object), fields)
