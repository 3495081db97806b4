"""Columns as the DataStore's data dictionary, and back.

An entry says id, type and `info`: label, notes, unit and codes, which pages and the quality score read, and `ms_var`,
the whole MS-Var document, so that nothing is lost on the way back.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ckanext.satudatapmi.schemas.variables import BOOLEAN, CHARACTER, DATE, FLOAT, INTEGER, variable

TYPES = {CHARACTER: "text", INTEGER: "int8", FLOAT: "numeric", DATE: "date", BOOLEAN: "bool"}
_KINDS = {
    **dict.fromkeys(("int2", "int4", "int8"), INTEGER),
    **dict.fromkeys(("numeric", "float4", "float8"), FLOAT),
    "date": DATE,
    "bool": BOOLEAN,
}


def entries(documents: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return the data dictionary of some columns.

    Args:
        documents: MS-Var documents in the shape of INDAH.
    """
    return [_entry(document) for document in documents]


def _entry(document: Mapping[str, Any]) -> dict[str, Any]:
    one = variable(document)
    info = {"label": one.title, "notes": one.definition, "unit": one.unit, "codes": one.rules.codes or ""}
    given = {key: value for key, value in info.items() if value}
    return {"id": one.name, "type": TYPES[one.kind], "info": given | {"ms_var": dict(document)}}


def documents(fields: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return MS-Var documents in the shape of INDAH for the columns of a DataStore table; its row number is none.

    Args:
        fields: as datastore_info and datastore_search give them.
    """
    return [_document(field) for field in fields if field["id"] not in ("_id", "_full_text")]


def _document(field: Mapping[str, Any]) -> dict[str, Any]:
    info = field.get("info") or {}
    label, notes, codes = info.get("label") or field["id"], info.get("notes") or "", info.get("codes")
    kept = info.get("ms_var")
    if isinstance(kept, dict):
        return kept
    found: dict[str, Any] = {
        "nama": label,
        "alias": field["id"],
        "definisi": notes or label,
        "satuan": info.get("unit") or None,
        "tipe_data": _KINDS.get(field["type"], CHARACTER),
        "aturan_validasi": [f"KODE {codes}"] if codes else [],
    }
    return found
