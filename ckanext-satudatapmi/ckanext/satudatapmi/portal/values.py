"""How a field's value is laid out for reading: text, a link, a list, pairs or a table, never raw JSON."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from ckanext.satudatapmi.schemas import convert, vocabularies, wire

DEEPEST = 6
LONGEST = 2000


@dataclass(frozen=True)
class Shown:
    """A value ready for the page; which of the other fields is filled depends on `kind`.

    Attributes:
        kind: text, link, list, pairs or table.
        text: the text, or the address of a link.
        items: the entries of a list.
        pairs: label and value.
        columns: the table's headings, one for each cell of a row.
        rows: the table's rows.
    """

    kind: Literal["text", "link", "list", "pairs", "table"]
    text: str = ""
    items: tuple[Shown, ...] = ()
    pairs: tuple[tuple[str, Shown], ...] = ()
    columns: tuple[str, ...] = ()
    rows: tuple[tuple[Shown, ...], ...] = ()


def laid_out(value: Any, depth: int = 0) -> Shown | None:
    """Return how a JSON value is shown, or None where it stands for nothing ("-", null, an empty list).

    A list of objects becomes a table, another list a list, an object pairs of label and value. What is nested deeper
    than anybody reads is one line of JSON.
    """
    if vocabularies.is_missing(value):
        return None
    if isinstance(value, (Mapping, list, tuple)) and depth >= DEEPEST:
        return Shown("text", convert.short(value, LONGEST))
    if isinstance(value, Mapping):
        return _pairs(value, depth + 1)
    if isinstance(value, Sequence) and not isinstance(value, str):
        return _list(value, depth + 1)
    if isinstance(value, bool):
        return Shown("text", "✓" if value else "✗")
    text = convert.clean_text(str(value))
    if not text:
        return None
    return Shown("link" if is_address(text) else "text", text)


def laid_out_json(text: Any) -> Shown | None:
    """Return how the text of a JSON field is shown; see `schemas/wire.py` for what such a text is."""
    return laid_out(wire.decode_json(text) if isinstance(text, str) else text)


def is_address(text: str) -> bool:
    """Tell whether a text is one web address and nothing else."""
    return text.startswith(("http://", "https://")) and not any(character.isspace() for character in text)


def label_of(key: str) -> str:
    """Return the words of a JSON key: `jumlahResponden` and `jumlah_responden` both read "Jumlah responden"."""
    key = convert.clean_text(key)
    spaced = "".join(f" {c.lower()}" if c.isupper() and i else c for i, c in enumerate(key.lstrip("@")))
    words = spaced.replace("_", " ").replace(":", " ").split()
    return " ".join(words)[:1].upper() + " ".join(words)[1:]


def _pairs(value: Mapping[str, Any], depth: int) -> Shown | None:
    pairs = tuple((label_of(key), shown) for key, item in value.items() if (shown := laid_out(item, depth)))
    return Shown("pairs", pairs=pairs) if pairs else None


def _list(value: Sequence[Any], depth: int) -> Shown | None:
    if all(isinstance(item, Mapping) for item in value):
        return _table([item for item in value if isinstance(item, Mapping)], depth)
    items = tuple(shown for item in value if (shown := laid_out(item, depth)))
    if len(items) == 1:
        return items[0]
    return Shown("list", items=items) if items else None


def _table(records: Sequence[Mapping[str, Any]], depth: int) -> Shown | None:
    keys = list(dict.fromkeys(key for record in records for key in record))
    cells = [{key: laid_out(record.get(key), depth) for key in keys} for record in records]
    filled = [key for key in keys if any(row[key] for row in cells)]
    if not filled:
        return None
    rows = tuple(tuple(row[key] or Shown("text") for key in filled) for row in cells)
    if len(filled) == 1:
        return Shown("list", items=tuple(row[0] for row in rows if row[0] != Shown("text")))
    return Shown("table", columns=tuple(label_of(key) for key in filled), rows=rows)
