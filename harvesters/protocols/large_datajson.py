"""A large data.json, read record by record: as Python objects the whole file would take ten times its size.

Faults of a file are put right as in a small one. Its encoding is brought to UTF-8 before it is read; where it holds
what is no JSON, such as NaN, the rest is read as a whole, up to a limit.
"""

from __future__ import annotations

import codecs
from collections.abc import Iterator, Mapping
from io import BytesIO
from itertools import chain
from typing import Any, BinaryIO

import ijson

from ckanext.satudatapmi.harvesters.datajson import Catalogue, broken_json, decoded, read_catalogue
from ckanext.satudatapmi.harvesters.fetch import Fetched
from ckanext.satudatapmi.schemas.convert import Remark

MENDED_BYTES = 64 * 1024 * 1024
"""A larger file that holds what is no JSON is refused."""
CHUNK = 1024 * 1024
SCALARS = frozenset({"string", "number", "boolean"})


def streamed(answer: Fetched) -> Catalogue | None:
    """Return the catalogue of a file, its records read while they are asked for; None without a list under `dataset`.

    Its remarks are complete when its records were read.

    Raises:
        CatalogueError: the file is no JSON.
    """
    remarks: list[Remark] = []
    records = _records(answer, remarks)
    first = next(records, None)
    if first is None:
        return None
    return Catalogue(_header(answer), chain([first], records), remarks)  # pyright: ignore[reportArgumentType]


def _records(answer: Fetched, remarks: list[Remark]) -> Iterator[Any]:
    count = 0
    try:
        for record in ijson.items(_utf8(answer), "dataset.item", use_float=True):
            yield record
            count += 1
    except ijson.JSONError as error:
        if answer.size > MENDED_BYTES:
            raise broken_json(" ".join(str(error).split())[:200]) from error
        mended = read_catalogue(answer.content, answer.charset)
        remarks += mended.remarks
        yield from mended.entries[count:]


def _header(answer: Fetched) -> Mapping[str, Any]:
    """Return the catalogue's own entries that stand before its records and are a text or a number."""
    header = {}
    try:
        for key, event, value in ijson.parse(_utf8(answer), use_float=True):
            if (key, event) == ("dataset", "start_array"):
                break
            if event in SCALARS and "." not in key:
                header[key] = value
    except ijson.JSONError:
        return read_catalogue(answer.content, answer.charset).header
    return header


def _utf8(answer: Fetched) -> BinaryIO:
    """Return a file in UTF-8 without a byte order mark."""
    file = answer.open()
    start = len(codecs.BOM_UTF8) if file.read(len(codecs.BOM_UTF8)) == codecs.BOM_UTF8 else 0
    file.seek(start)
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        while chunk := file.read(CHUNK):
            decoder.decode(chunk)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return BytesIO(decoded(answer.content, answer.charset).encode())
    file.seek(start)
    return file
