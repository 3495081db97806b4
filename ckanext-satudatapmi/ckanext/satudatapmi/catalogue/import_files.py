"""Files of dataset metadata as records: data.json, MS-Keg as INDAH has it, and tables with a dataset in each row.

Pure. Every record comes out in the shape of a data.json record, so that one mapping serves all; what no field knows
stays in it under the name it had.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import PurePath
from typing import Any

from ckanext.satudatapmi.harvesters import datajson
from ckanext.satudatapmi.schemas import convert, form, shapes, vocabularies, wire
from ckanext.satudatapmi.schemas.convert import clean_text, short
from ckanext.satudatapmi.tables.description import TableDescription
from ckanext.satudatapmi.tables.grids import read_grid
from ckanext.satudatapmi.tables.values import TableError
from ckanext.satudatapmi.text import _

OWNER, NAME, EMAIL = "owner_org", "name", "contactPoint.hasEmail"
"""Columns of a table that are no keys of a record: who owns the dataset, its address, the contact's mailbox."""

DISTRIBUTION = "distribution."
BLOCK = re.compile(r"^blok_[ivx]+$")


class ImportFileError(ValueError):
    """A file that holds no metadata to import, as a whole."""


@dataclass(frozen=True)
class Entry:
    """One dataset of a file.

    Attributes:
        row: where it stands: the row of a table as the spreadsheet numbers it, else the record's place from 1.
        record: as a data.json has it; anything where the file has no object.
        columns: heading of the table's column by key, for messages.
        owner, name: organisation and address, where the table names them.
    """

    row: int
    record: Any
    columns: Mapping[str, str] = field(default_factory=dict)
    owner: str = ""
    name: str = ""


@dataclass(frozen=True)
class Table:
    """A table with a row of headings.

    Attributes:
        head: row of the headings as the spreadsheet numbers it; 0 in an empty table.
        columns: heading by key.
        rows: of each row that is not empty, its number and its texts by key.
    """

    head: int
    columns: Mapping[str, str]
    rows: tuple[tuple[int, Mapping[str, str]], ...]


def read(content: bytes, file: str) -> list[Entry]:
    """Return the datasets of a file.

    Args:
        content: the file.
        file: its name, for messages.

    Raises:
        ImportFileError: it holds none.
    """
    start = content.lstrip(b"\xef\xbb\xbf \t\r\n")[:1]
    is_json = start in (b"{", b"[") or PurePath(file).suffix.lower() == ".json"
    entries = list(_of_json(content, file) if is_json else _of_table(content, file))
    if not entries:
        raise ImportFileError(
            _("{file}: the file holds no dataset. Expected one in each row or record.", file=short(file))
        )
    return entries


def _of_json(content: bytes, file: str) -> Iterator[Entry]:
    try:
        value, _constants = datajson.read_json(content)
        records = _activities(value) or datajson.find_records(value)[1]
    except datajson.CatalogueError as error:
        raise ImportFileError(f"{short(file)}: {error.message}") from error
    for number, record in enumerate(records, start=1):
        yield Entry(number, _of_activity(record) if _is_activity(record) else record)


def _activities(value: Any) -> list[Any]:
    """Return the MS-Keg documents of a JSON: it is one, a list of them, or an object with either under `data`."""
    inner = value["data"] if isinstance(value, dict) and isinstance(value.get("data"), (dict, list)) else value
    documents = inner if isinstance(inner, list) else [inner]
    return documents if any(_is_activity(one) for one in documents) else []


def _is_activity(value: Any) -> bool:
    """Tell whether a JSON value is an MS-Keg form as INDAH has it: its answers stand in blok_i to blok_viii."""
    return isinstance(value, dict) and any(BLOCK.match(key) and isinstance(value[key], dict) for key in value)


def _of_activity(document: Mapping[str, Any]) -> dict[str, Any]:
    """Return an MS-Keg form as a record: its answers under the portal's keys, all else as it stands."""
    of = form.load("ms_keg")
    reading = shapes.read(of, shapes.INDAH, document)
    answers = shapes.write(of, shapes.PORTAL, reading.answers)
    record: dict[str, Any] = {key: value for key, value in answers.items() if value not in (None, [])}
    for key in reading.unreadable:
        portal = of.by_key[key].portal
        record[portal or key] = reading.kept[key]
    title, year = str(record.get("judul_kegiatan") or ""), str(record.get("tahun") or "")
    # An activity has the same name every year.
    title = f"{title} {year}" if title and year and year not in title else title
    return reading.rest | record | ({"title": title} if title else {})


def _of_table(content: bytes, file: str) -> Iterator[Entry]:
    table = read_table(content, file, column_names())
    if table.head and not {"title", "judul_kegiatan"} & set(table.columns):
        raise ImportFileError(
            _(
                "{file}, row {row}: no column is headed title (Judul). Expected one dataset in each row below a row of "
                "headings: keys of data.json or the names of the fields.",
                file=short(file),
                row=table.head,
            )
        )
    for number, given in table.rows:
        yield Entry(number, _of_row(given), table.columns, given.get(OWNER, ""), given.get(NAME, ""))


def read_table(content: bytes, file: str, names: Mapping[str, str]) -> Table:
    """Return the rows below the first row that is not empty, which holds the headings.

    Args:
        content: the file, a CSV or a spreadsheet.
        file: its name, for messages.
        names: key by what a heading may say, casefolded or as `folded_key` makes it; any other heading stands for
            itself.

    Raises:
        ImportFileError: it is no table, or two columns mean the same.
    """
    try:
        cells = read_grid(content, TableDescription(decimal="."), short(file), keep_lines=True).cells
    except TableError as error:
        raise ImportFileError(str(error)) from error
    head = next((number for number, row in enumerate(cells) if any(row)), None)
    if head is None:
        return Table(0, {}, ())
    keys = _keys_of(cells[head], names, file, head + 1)
    rows = (
        (number, {key: row[place] for place, key in keys.items() if row[place]})
        for number, row in enumerate(cells[head + 1 :], start=head + 2)
    )
    columns = {key: cells[head][place] for place, key in keys.items()}
    return Table(head + 1, columns, tuple((number, given) for number, given in rows if given))


def _keys_of(headings: Sequence[str], names: Mapping[str, str], file: str, row: int) -> dict[int, str]:
    """Return the key that each column stands for; a heading that nobody knows stands for itself."""
    keys: dict[int, str] = {}
    for place, heading in enumerate(headings):
        if not heading:
            continue
        where = {"file": short(file), "row": row, "heading": short(heading)}
        key = names.get(heading.casefold()) or names.get(wire.folded_key(heading), heading)
        if key in keys.values():
            raise ImportFileError(
                _("{file}, row {row}, column {heading}: another column means {key} too. Keep one.", **where, key=key)
            )
        keys[place] = key
    return keys


@cache
def column_names() -> Mapping[str, str]:
    """Return the key by what a heading may say: the key itself or the field's name in any case, then folded a label of
    the field in either language, then the key in another spelling.

    What a dataset and a file both have (title, dates) means the dataset's.
    """
    schema = wire.dataset_schema()
    specials = {"maintainer_email": EMAIL, OWNER: OWNER, NAME: NAME}
    names: dict[str, str] = {"distribution": "distribution"}
    labels: dict[str, str] = {}
    for part, prefix in (("dataset_fields", ""), ("resource_fields", DISTRIBUTION)):
        for one in schema[part]:
            key = one.get("wire_key") or ("" if prefix else specials.get(one["field_name"], ""))
            if key:
                names[f"{prefix}{key}".casefold()] = f"{prefix}{key}"
                names.setdefault((key if prefix else one["field_name"]).casefold(), f"{prefix}{key}")
                for label in one["label"].values():
                    labels.setdefault(wire.folded_key(label), f"{prefix}{key}")
                    labels.setdefault(wire.folded_key(label.partition(" (")[0]), f"{prefix}{key}")
    return {wire.folded_key(name): key for name, key in names.items()} | labels | names


def _of_row(given: Mapping[str, str]) -> dict[str, Any]:
    """Return a row as a record."""
    dataset = {one.key: one for one in wire.dataset_fields()}
    files = {f"{DISTRIBUTION}{one.key}": one for one in wire.resource_fields()}
    record: dict[str, Any] = {}
    resource: dict[str, Any] = {}
    for key, text in given.items():
        if key in files:
            resource[key.removeprefix(DISTRIBUTION)] = _value(files[key], text)
        elif key not in (OWNER, NAME, EMAIL):
            record[key] = _value(dataset[key], text) if key in dataset else text
    if EMAIL in given:
        contact = record.get("contactPoint") or {}
        record["contactPoint"] = contact | {"hasEmail": f"mailto:{given[EMAIL].removeprefix('mailto:')}"}
    if resource:
        record["distribution"] = [resource]
    elif "distribution" in record:
        record["distribution"] = wire.decode_json(record["distribution"])
    return record


def _value(of: wire.WireField, text: str) -> Any:
    """Return what a cell says as JSON; a text that cannot be read stays, to be refused with its reason."""
    if of.kind == "json":
        return wire.decode_json(text)
    if of.kind == "keywords":
        return sorted(word for part in re.split(r"[,;\n]", text) if (word := clean_text(part)))
    if of.kind == "contact":
        is_mailbox = convert.EMAIL.match(text)
        return {"hasEmail": f"mailto:{text}"} if is_mailbox else {"fn": text}
    text = _choice(of, text)
    reading = convert.read_field(of, text)
    found = wire.field_to_wire(of, reading.fields)
    return text if found is wire.MISSING else found


def _choice(of: wire.WireField, text: str) -> str:
    """Return the value of a field's list for one of its labels, or for another word for who may see the dataset."""
    labels = _choices().get(of.field, {})
    if (word := vocabularies.folded(text)) in labels:
        return labels[word]
    return vocabularies.access_level(text) or text if of.field == "accessRights" else text


@cache
def _choices() -> Mapping[str, Mapping[str, str]]:
    return {
        one["field_name"]: {
            vocabularies.folded(label): choice["value"]
            for choice in one["choices"]
            for label in (choice["value"], *choice["label"].values())
        }
        for one in wire.dataset_schema()["dataset_fields"]
        if "choices" in one
    }
