"""The columns of a tidy table: what they are called, their types, what the data dictionary says of them."""

from __future__ import annotations

import pandas as pd

from ckanext.satudatapmi.tables.description import FieldUse
from ckanext.satudatapmi.tables.distinct import Distinct
from ckanext.satudatapmi.tables.values import Field

PERIOD_FIELDS = (
    Field("tahun", "integer", "Tahun", "Tahun berakhirnya periode.", indexed=True),
    Field(
        "periode_awal", "date", "Awal periode", "Hari pertama periode data; pada data stok sama dengan hari terakhir."
    ),
    Field("periode_akhir", "date", "Akhir periode", "Hari terakhir periode data."),
)
FIGURE_FIELDS = (
    Field("nilai", "number", "Nilai", "Kosong berarti tidak ada angka, bukan nol."),
    Field("satuan", "text", "Satuan", codes="satuan"),
    Field(
        "status",
        "text",
        "Status",
        "A: sebagaimana diterbitkan; E: turunan; M: tidak ada nilai; P: sementara.",
        "status_nilai",
    ),
    Field(
        "alasan_kosong", "text", "Alasan kosong", "Arti tanda yang tercetak bila tidak ada angka.", codes="tanda_kosong"
    ),
)
SOURCE_FIELDS = (
    Field("baris_sumber", "integer", "Baris sumber", "Nomor baris pada berkas asli."),
    Field("kolom_sumber", "text", "Kolom sumber", "Judul kolom pada berkas asli."),
)
PAGE_FIELD = Field("halaman_sumber", "integer", "Halaman sumber", "Nomor halaman pada berkas asli.")
DTYPES = {"integer": pd.Int64Dtype(), "number": pd.Float64Dtype(), "boolean": pd.BooleanDtype()}


def field_of(use: FieldUse, name: str, *, code: bool = False) -> Field:
    """Return the column of a field: the one of its codes, or of its names or values."""
    known = use.known
    if code:
        return Field(name, "text", f"Kode {known.label.lower()}", known.notes, known.codes, indexed=True)
    return Field(name, "text" if known.codes else known.type, known.label, known.notes, indexed=use.role == "key")


def typed(values: pd.Series, kind: str, distinct: Distinct | None = None) -> pd.Series:
    """Return a column in the type its field has; `distinct` are its values, if they are known. None is the one missing
    value of texts and dates."""
    if kind == "integer" and values.dtype == "int64":
        return values.astype(DTYPES[kind])
    if kind in DTYPES:
        convert = {"integer": int, "number": float, "boolean": bool}[kind]
        distinct = distinct or Distinct.of(values)
        made = pd.array([None if pd.isna(one) else convert(one) for one in distinct.values], dtype=DTYPES[kind])
        return pd.Series(made.take(distinct.places))
    return values.astype("object")
