"""What partners' JSON services answer: the value, the rows in it however they are wrapped, and the errors inside.

The services of the provinces wrap their rows in envelopes of their own, which change without notice; so rows and totals
are looked for under every name that was seen. An error may come with HTTP status 200.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ckanext.satudatapmi.harvesters.datajson import CatalogueError, read_json
from ckanext.satudatapmi.harvesters.fetch import Fetched
from ckanext.satudatapmi.harvesters.protocols.base import Session
from ckanext.satudatapmi.schemas import vocabularies, wire
from ckanext.satudatapmi.schemas.convert import clean_text, short
from ckanext.satudatapmi.text import _

ROW_KEYS = ("data", "result", "results", "items", "records", "rows", "datasets", "dataset", "content")
PAGING_KEYS = ("pagination", "paging", "meta", "metadata", "_meta")
TOTAL_KEYS = ("total", "total_data", "total_record", "total_records", "total_item", "total_items", "totaldata")
PAGES_KEYS = ("total_page", "total_pages", "totalpage", "totalpages", "last_page", "pages")
FAILED = frozenset({"error", "false", "fail", "failed", "gagal"})
NO_ERROR = frozenset({"0", "false", "no", "none"})
MAX_WRAPS = 4
JSON = "application/json"


def get_json(session: Session, url: str) -> Any:
    """Return the JSON value at an address.

    Raises:
        FetchError, CatalogueError: there is none, or it says that something went wrong.
    """
    return _value(url, session.get(url, accept=JSON))


def post_json(session: Session, url: str, body: Mapping[str, Any]) -> Any:
    """Send a JSON object to an address and return the JSON value that it answers; raises as `get_json`."""
    return _value(url, session.post(url, body))


def raw_json(value: Any) -> bytes:
    """Return a value that came as JSON, or the values of several answers, as the file that is kept of it."""
    return wire.json_text(value).encode()


def _value(url: str, answer: Fetched) -> Any:
    try:
        value, _constants = read_json(answer.content, answer.charset)
    except CatalogueError as error:
        raise CatalogueError(error.kind, f"{url}: {error.message}", error.line, error.column) from error
    if isinstance(value, Mapping) and _says_error(value):
        reason = short(picked(value, "message", "error", "pesan", "detail") or value, 200)
        raise CatalogueError(
            "partner_error",
            _("{url} answers with an error: {reason}. Ask the partner what it means.", url=url, reason=reason),
        )
    return value


def _says_error(value: Mapping[str, Any]) -> bool:
    for key in ("success", "status", "code"):
        said = value.get(key)
        if isinstance(said, int) and not isinstance(said, bool) and said >= 400:
            return True
        if said is False or (isinstance(said, str) and said.strip().casefold() in FAILED):
            return True
    error = value.get("error")
    said = bool(error) and not vocabularies.is_missing(error) and str(error).strip().casefold() not in NO_ERROR
    return said and not _rows(value, MAX_WRAPS)


def rows_in(value: Any, url: str) -> list[Any]:
    """Return the rows of an answer, wherever they are; [] if it says that there are none.

    Raises:
        CatalogueError: the answer has no place for rows.
    """
    rows = _rows(value, MAX_WRAPS)
    if rows is None:
        raise CatalogueError(
            "no_catalogue",
            _(
                "{url} answers without a list: found {found}. Expected one under a key such as data. Ask the partner "
                "whether the service has changed.",
                url=url,
                found=short(value, 80),
            ),
        )
    return rows


def _rows(value: Any, depth: int) -> list[Any] | None:
    if isinstance(value, list):
        return value
    if not isinstance(value, Mapping) or depth == 0:
        return None
    for key in ROW_KEYS:
        if key in value:
            inner = value[key]
            rows = [] if vocabularies.is_missing(inner) else _rows(inner, depth - 1)
            if rows is not None:
                return rows
    return None


def nothing_listed(url: str, answer: Any) -> CatalogueError:
    """Return the error for a catalogue without a dataset, with what the service says of it."""
    said = text_in(answer, "message", "pesan", "detail") if isinstance(answer, Mapping) else ""
    return CatalogueError(
        "empty_catalogue",
        _(
            "{url} lists no dataset (its message: {reason}). Nothing was deleted; ask the partner whether that is "
            "meant.",
            url=url,
            reason=short(said or "-", 200),
        ),
    )


def object_in(value: Any) -> Mapping[str, Any]:
    """Return the object that an answer is about, without its envelope; {} if there is none."""
    for _depth in range(MAX_WRAPS):
        if isinstance(value, list):
            value = value[0] if value else {}
        if not isinstance(value, Mapping):
            return {}
        inner = next((value[key] for key in ("data", "result") if isinstance(value.get(key), (Mapping, list))), None)
        if inner is None:
            break
        value = inner
    return value if isinstance(value, Mapping) else {}


def total_in(value: Any) -> int | None:
    """Return how many rows an answer says there are in all; None if it does not say."""
    return _number(value, TOTAL_KEYS, MAX_WRAPS)


def pages_in(value: Any) -> int | None:
    """Return how many pages an answer says there are; None if it does not say."""
    return _number(value, PAGES_KEYS, MAX_WRAPS)


def _number(value: Any, keys: tuple[str, ...], depth: int) -> int | None:
    if not isinstance(value, Mapping) or depth == 0:
        return None
    for key, item in value.items():
        if key.casefold() in keys and str(item).isdecimal():
            return int(item)
    for key in (*PAGING_KEYS, *ROW_KEYS):
        found = _number(value.get(key), keys, depth - 1)
        if found is not None:
            return found
    return None


def picked(item: Mapping[str, Any], *keys: str) -> Any:
    """Return the first value that is filled in under one of these keys; None if there is none."""
    return next((item[key] for key in keys if not vocabularies.is_missing(item.get(key))), None)


def text_in(item: Mapping[str, Any], *keys: str) -> str:
    """Return the first value under one of these keys as a text; of an object its name; "" if there is none."""
    value = picked(item, *keys)
    if isinstance(value, Mapping):
        return text_in(value, "name", "nama", "title", "judul", "label")
    return "" if value is None or isinstance(value, (list, bool)) else clean_text(str(value))
