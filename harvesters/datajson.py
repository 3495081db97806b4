"""Reads a data.json (Project Open Data 1.1, as Satu Data Indonesia uses it) with every fault that partners' files have.

`read_catalogue` turns bytes into raw records or says why the file is no catalogue; `normalise` turns one raw record
into a `Record` with its misspelt keys put right, or into a `Rejection`. Neither raises anything but `CatalogueError`,
whatever the bytes hold.
"""

from __future__ import annotations

import codecs
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ckanext.satudatapmi.harvesters import access, packages
from ckanext.satudatapmi.harvesters.remarks import Rejection
from ckanext.satudatapmi.schemas import vocabularies, wire
from ckanext.satudatapmi.schemas.convert import Remark, canonical_keys, short
from ckanext.satudatapmi.text import _

WRAPPERS = ("data", "result", "results", "catalog", "catalogue", "response", "body", "items")
"""Keys under which some servers wrap the catalogue they answer with."""

MAX_WRAPS = 4
_BOMS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
_RECORD_KEYS = frozenset({"title", "identifier", "distribution"})
_EXTRA_DATASET_KEYS = frozenset({"distribution", "private"})


class CatalogueError(Exception):
    """A file that holds no catalogue, as a whole.

    Attributes:
        kind: empty_file, html, broken_json, too_deep, no_catalogue or empty_catalogue.
        message: what is wrong, where (line and column for broken JSON), what was expected and what to do.
        line, column: place in the file for broken JSON, else None.
    """

    def __init__(self, kind: str, message: str, line: int | None = None, column: int | None = None) -> None:
        super().__init__(message)
        self.kind = kind
        self.message = message
        self.line = line
        self.column = column


@dataclass(frozen=True)
class Catalogue:
    """The raw records of one file, in its order, and the catalogue's own entries (`@id`, `title`, ...)."""

    header: Mapping[str, Any]
    entries: tuple[Any, ...]
    remarks: tuple[Remark, ...] = ()


@dataclass(frozen=True)
class Record:
    """One record with its keys put right.

    Attributes:
        number: place in the catalogue, from 1.
        raw: the record as the file has it.
        values: JSON values by wire key; keys that no field knows are among them. `distribution` is not.
        distributions: the entries of `distribution`, keys put right.
        remarks: what was put right so far.
    """

    number: int
    raw: Mapping[str, Any]
    values: Mapping[str, Any]
    distributions: tuple[Mapping[str, Any], ...]
    remarks: tuple[Remark, ...]


def read_catalogue(content: bytes, charset: str | None = None) -> Catalogue:
    """Return the raw records of a data.json.

    Takes a POD catalogue, a list of records, a catalogue inside another object, a single record, an object of
    numbered records, and the data package of BPS's metadata system.

    Args:
        content: the file.
        charset: what the server said about its encoding; UTF-8 and a byte order mark come first.

    Raises:
        CatalogueError: the bytes are no JSON, or JSON that holds no records.
    """
    value, seen_constants = read_json(content, charset)
    header, entries = find_records(value)
    if not entries:
        raise CatalogueError(
            "empty_catalogue",
            _(
                "The catalogue holds no dataset. Expected at least one record under the key dataset. Nothing was "
                "deleted; ask the partner whether the catalogue is meant to be empty."
            ),
        )
    remarks = tuple(Remark("number_no_json", "dataset", name) for name in seen_constants)
    return Catalogue(header, tuple(entries), remarks)


def read_json(content: bytes, charset: str | None = None) -> tuple[Any, list[str]]:
    """Return the JSON of a file and the constants in it that are no JSON (NaN, Infinity), which were read as null.

    Raises:
        CatalogueError: the bytes are no JSON.
    """
    seen_constants: list[str] = []
    return _load(decoded(content, charset), seen_constants), seen_constants


def broken_json(reason: str) -> CatalogueError:
    """Return the error for a file that stops being JSON while it is read record by record."""
    return CatalogueError(
        "broken_json",
        _(
            "The file is no valid JSON: {reason}. Nothing was changed; ask the partner to mend the file (a JSON "
            "validator shows the place).",
            reason=reason,
        ),
    )


def find_records(value: Any) -> tuple[Mapping[str, Any], list[Any]]:
    """Return the catalogue's own entries and its records, in any of the shapes that `read_catalogue` takes.

    Raises:
        CatalogueError: there are none.
    """
    return _find_records(value, MAX_WRAPS)


def decoded(content: bytes, charset: str | None) -> str:
    """Return the text of a file, whatever the server says about its encoding.

    Raises:
        CatalogueError: the file is empty.
    """
    if not content.strip():
        raise CatalogueError(
            "empty_file",
            _("The file is empty. Expected a JSON catalogue. Ask the partner to mend the address or the file."),
        )
    for mark, encoding in _BOMS:
        if content.startswith(mark):
            return content[len(mark) :].decode(encoding, errors="replace")
    for encoding in ("utf-8", charset, "cp1252"):
        try:
            return content.decode(encoding or "utf-8")
        except (UnicodeDecodeError, LookupError):
            continue
    return content.decode("utf-8", errors="replace")


def _load(text: str, seen_constants: list[str]) -> Any:
    if text.lstrip().startswith("<"):
        raise CatalogueError(
            "html",
            _(
                "The address answers with a web page (it begins with {start}) instead of JSON. Open it in a browser: "
                "it may ask for a login, or the catalogue may have moved.",
                start=short(text.lstrip(), 40),
            ),
        )

    def constant(name: str) -> None:
        seen_constants.append(name)

    try:
        return json.loads(text, parse_constant=constant, parse_float=_finite_float)
    except json.JSONDecodeError as error:
        raise CatalogueError(
            "broken_json",
            _(
                "The file is no valid JSON: {problem} at line {line}, column {column}, near {near}. "
                "Nothing was changed; ask the partner to mend the file (a JSON validator shows the place).",
                problem=error.msg.removesuffix(" at"),
                line=error.lineno,
                column=error.colno,
                near=short(text[max(0, error.pos - 20) : error.pos + 20], 60),
            ),
            error.lineno,
            error.colno,
        ) from error
    except RecursionError as error:
        raise CatalogueError("too_deep", _("The JSON is nested too deeply to be a catalogue.")) from error
    except ValueError as error:
        raise CatalogueError("broken_json", _("The file holds a number that is too long to be read.")) from error


def _finite_float(text: str) -> float | str:
    """Return the number, or its text where a float cannot hold it."""
    value = float(text)
    return value if math.isfinite(value) else text


def _find_records(value: Any, depth: int) -> tuple[Mapping[str, Any], list[Any]]:
    """Return the catalogue's own entries and its records, wherever they are."""
    if isinstance(value, list):
        return {}, value
    if not isinstance(value, dict) or depth == 0:
        raise _no_catalogue(value)
    key = next((key for key in value if key.casefold() in ("dataset", "datasets")), None)
    if key is not None:
        header = {name: item for name, item in value.items() if name != key}
        return header, _records_of(value[key], depth)
    if packages.is_package(value):
        return {}, [value]
    for wrapper in WRAPPERS:
        if isinstance(value.get(wrapper), (dict, list)):
            return _find_records(value[wrapper], depth - 1)
    if len(_RECORD_KEYS & value.keys()) > 1 and "distribution" in value:
        return {}, [value]
    raise _no_catalogue(value)


def _records_of(value: Any, depth: int) -> list[Any]:
    if isinstance(value, list):
        return value
    if isinstance(value, dict):
        if _RECORD_KEYS & value.keys():
            return [value]
        if all(key.isdigit() for key in value):
            return list(value.values())
        return _find_records(value, depth - 1)[1]
    raise _no_catalogue(value)


def _no_catalogue(value: Any) -> CatalogueError:
    found = short(value)
    if isinstance(value, dict):
        found = _("an object with the keys {keys}", keys=", ".join(short(key) for key in list(value)[:8]))
    return CatalogueError(
        "no_catalogue",
        _(
            "The JSON holds no catalogue: found {found}. Expected an object with a list under the key dataset "
            "(Project Open Data 1.1). Nothing was changed; ask the partner to mend the file.",
            found=found,
        ),
    )


def normalise(entry: Any, number: int, source: str) -> Record | Rejection:
    """Return one record with its keys put right, or why it is beyond repair.

    Beyond repair is a record that is no object, or that has neither title, identifier nor resource.

    Args:
        entry: a raw record of the catalogue.
        number: its place, from 1.
        source: name of the harvest source, for messages.
    """
    if not isinstance(entry, dict):
        return Rejection(
            source,
            number,
            "dataset",
            short(entry),
            _("an object with title, identifier and distribution"),
            _("Ask the partner to mend or remove the record."),
        )
    raw, remarks = packages.unpack(entry) if packages.is_package(entry) else (entry, [])
    known = frozenset(field.key for field in wire.dataset_fields()) | _EXTRA_DATASET_KEYS
    values, mended = canonical_keys(raw, "dataset", known)
    distributions, about_them = _distributions(values.pop("distribution", None))
    if not distributions and all(vocabularies.is_missing(values.get(key)) for key in ("title", "identifier")):
        return Rejection(
            source,
            number,
            "title, identifier, distribution",
            _("a private record") if access.decide(raw).private else short(entry),
            _("at least one of these three"),
            _("Ask the partner to fill in the title and an identifier that never changes."),
        )
    return Record(number, entry, values, tuple(distributions), (*remarks, *mended, *about_them))


def _distributions(value: Any) -> tuple[list[Mapping[str, Any]], list[Remark]]:
    remarks = []
    if isinstance(value, dict):
        remarks.append(Remark("distribution_no_list", "distribution"))
    items = _listed(value)
    known = frozenset(field.key for field in wire.resource_fields())
    result = []
    for entry in items:
        item = _distribution(entry)
        if not isinstance(item, dict):
            remarks.append(Remark("resource_no_object", "distribution", short(item)))
        elif item:
            entries, mended = canonical_keys(item, "distribution", known)
            result.append(entries)
            remarks += [Remark(one.kind, f"distribution.{one.field}", one.value) for one in mended]
    return result, remarks


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [] if vocabularies.is_missing(value) else [value]


def _distribution(entry: Any) -> Any:
    """Return a distribution as an object, where it is an address alone."""
    return {"downloadURL": entry} if isinstance(entry, str) and not vocabularies.is_missing(entry) else entry


def taken_places(value: Any) -> list[int]:
    """Return the places in a record's `distribution` of those that are taken (`Record.distributions`), in order.

    >>> taken_places([{}, {"accessURL": "https://a.go.id/"}, 5, "https://a.go.id/b.csv"])
    [1, 3]
    """
    items = [_distribution(entry) for entry in _listed(value)]
    return [place for place, item in enumerate(items) if isinstance(item, dict) and item]
