"""BPS WebAPI v1: dynamic tables with their figures, static tables, publications and press releases.

Addresses are made of names and values; the key is the last of them, so an address is never stored, logged or told with
its key: PLACEHOLDER stands there. BPS answers errors with HTTP status 200. It does not say when the figures of a
dynamic table changed, so they are fetched, at most two years a request, and their hash is part of the dataset.
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from ckanext.satudatapmi.harvesters.datajson import CatalogueError
from ckanext.satudatapmi.harvesters.failures import FetchError
from ckanext.satudatapmi.harvesters.protocols import answers, bps_figures, rows
from ckanext.satudatapmi.harvesters.protocols.base import (
    Entry,
    Features,
    Option,
    Page,
    PartnerProtocol,
    PartnerTable,
    Reading,
    Session,
    SourceSettings,
    digest_of,
)
from ckanext.satudatapmi.harvesters.protocols.bps_records import KINDS, RECORDS, identifier
from ckanext.satudatapmi.harvesters.protocols.paging import all_made, gap, pages
from ckanext.satudatapmi.schemas import vocabularies, wire
from ckanext.satudatapmi.schemas.convert import Remark
from ckanext.satudatapmi.tables import webtables
from ckanext.satudatapmi.text import _

PLACEHOLDER = "WEBAPI_KEY"
YEARS_AT_ONCE = 2
MAX_PAGES = 1000
ANY_KEY = re.compile(r"(/key/)[^/\s'\")]+")
SIGNATURE = re.compile(r"""(/\w+\.php\?f=)[^&"'<>\s\\]*""")
"""Addresses of files, covers and pictures are signed anew at each request; that is no change, so not in a digest."""
NOTHING_THERE = frozenset({"list-not-available", "not-available"})


@dataclass(frozen=True)
class _Service:
    """The WebAPI of a source; all that it raises is without the key."""

    source: SourceSettings
    session: Session

    def address(self, action: str, model: str, values: Mapping[str, Any], key: str = PLACEHOLDER) -> str:
        """Return the address of a list or a view; values that are not given have no place in it."""
        config = self.source.config
        parts = {"model": model, "lang": config["lang"], "domain": config["domain"], **values, "key": key}
        path = "/".join(f"{name}/{quote(str(value), safe=';')}" for name, value in parts.items() if value)
        return f"{self.source.url.rstrip('/')}/{action}/{path}/"

    def get(self, action: str, model: str, values: Mapping[str, Any]) -> Any:
        """Return what BPS answers.

        Raises:
            FetchError, CatalogueError: it does not answer, or with an error.
        """
        try:
            value = answers.get_json(self.session, self.address(action, model, values, self._key))
        except (FetchError, CatalogueError) as error:
            failed = error
        else:
            text = wire.json_text(value)
            return json.loads(self._hidden(text)) if self._key and self._key in text else value
        # Raised out here, so that the error with the key in it is not chained to this one.
        raise self._without_key(failed)

    def items(self, model: str, values: Mapping[str, Any]) -> list[Any]:
        """Return the items of all pages of a list."""
        items, page, last = [], 1, 1
        while page <= min(last, MAX_PAGES):
            found, last, _total = self.page(model, values, page)
            items += found
            page += 1
        return items

    def page(self, model: str, values: Mapping[str, Any], number: int) -> tuple[list[Any], int, int | None]:
        """Return a page of a list (see `listed`); only the first may be empty: BPS counted the others."""
        values = {**values, "page": number}
        found = listed(self.get("list", model, values))
        if number > 1 and not found[0]:
            raise gap(self.address("list", model, values))
        return found

    @property
    def _key(self) -> str:
        return str(self.source.config.get("key") or "")

    def _without_key(self, error: FetchError | CatalogueError) -> FetchError | CatalogueError:
        message = self._hidden(error.message)
        if isinstance(error, FetchError):
            return FetchError(error.kind, self._hidden(error.url), message, error.status, error.retry_after)
        return CatalogueError(error.kind, message, error.line, error.column)

    def _hidden(self, text: str) -> str:
        text = ANY_KEY.sub(rf"\g<1>{PLACEHOLDER}", text)
        for key in (self._key, quote(self._key, safe=";")):
            text = text.replace(key, PLACEHOLDER) if key else text
        return text


class BpsWebApi(PartnerProtocol):
    """Statistics Indonesia's service of tables."""

    name = "bps_webapi"
    features = Features(tables=True, authenticated=True)
    options = (
        Option(
            "key",
            "secret",
            lambda: _("Key of the WebAPI"),
            lambda: _(
                "Given free of charge at webapi.bps.go.id. A system administrator can write env:NAME for a key of this "
                "site."
            ),
            required=True,
        ),
        Option(
            "domain",
            "text",
            lambda: _("Domain"),
            lambda: _("Four digits: 0000 is national, 3500 a province, 3578 a regency or city, by the codes of BPS."),
            default="0000",
        ),
        Option("lang", "choice", lambda: _("Language"), default="ind", choices=("ind", "eng")),
        Option(
            "kinds",
            "list",
            lambda: _("What is taken"),
            lambda: _("var: dynamic tables with figures; statictable; publication; pressrelease."),
            default=["var"],
            choices=KINDS,
            role="filter",
        ),
        Option(
            "subjects",
            "list",
            lambda: _("Subjects"),
            lambda: _("Numbers of subjects; all if none is given."),
            default=[],
            role="filter",
        ),
        Option(
            "variables",
            "list",
            lambda: _("Dynamic tables"),
            lambda: _("Numbers of variables (var_id); all of the subjects if none is given."),
            default=[],
            role="filter",
        ),
        Option("keyword", "text", lambda: _("Keyword"), lambda: _("A word in the title."), default="", role="filter"),
        Option(
            "from_year",
            "number",
            lambda: _("First year"),
            lambda: _("Figures of earlier years are left out."),
            role="filter",
        ),
    )

    def title(self) -> str:
        """Return what people call it."""
        return _("BPS WebAPI")

    def help(self) -> str:
        """Return what it harvests."""
        return _(
            "Tables of Statistics Indonesia with their figures, its publications and press releases. "
            "Address: https://webapi.bps.go.id/v1/api"
        )

    def read(
        self, source: SourceSettings, session: Session, reading: Reading, memory: Any, token: Any
    ) -> Iterator[Page]:
        """Yield the pages of the lists, one kind and subject after the other; see the base class."""
        service = _Service(source, session)
        lists = [(kind, subject) for kind in source.config["kinds"] for subject in source.config["subjects"] or ("",)]
        found = 0

        def page(after: Any) -> Page:
            nonlocal found
            at, number = after or (0, 1)
            kind, subject = lists[at]
            values = {"subject": subject, "keyword": source.config["keyword"]}
            items, last, total = service.page(kind, values, number)
            found += len(items)
            if len(lists) == 1 and not source.config["variables"] and reading.announced is None:
                reading.announced = total
            follows = [at, number + 1] if number < min(last, MAX_PAGES) else [at + 1, 1]
            ended = follows[0] == len(lists)
            if ended and not found and token is None:
                raise _nothing_there(service.address("list", kind, {**values, "page": number}))
            return _page(service, kind, items, reading, None if ended else follows)

        yield from pages(reading, token, page)

    def tables(self, source: SourceSettings, session: Session, record: Mapping[str, Any]) -> Iterator[PartnerTable]:
        """Yield the figures of a dynamic or a static table."""
        service = _Service(source, session)
        if record.get("var_id") is not None:
            yield from _dynamic_table(service, record["var_id"])
        elif record.get("table_id") is not None:
            yield from _static_table(service, record["table_id"])


def listed(answer: Any) -> tuple[list[Any], int, int | None]:
    """Return the items of a page, the number of the last page, and how many items there are in all.

    Raises:
        CatalogueError: the answer is no page of a list.
    """
    data = answer.get("data") if isinstance(answer, Mapping) else None
    if isinstance(data, list) and len(data) == 2 and isinstance(data[0], Mapping) and isinstance(data[1], list):
        return data[1], answers.pages_in(data[0]) or 1, answers.total_in(data[0])
    if _says_nothing(answer):
        return [], 1, 0
    raise CatalogueError(
        "no_catalogue",
        _(
            "BPS answers in a form that is not known: expected data with the page and a list. "
            "Ask BPS whether the WebAPI has changed."
        ),
    )


def _says_nothing(answer: Any) -> bool:
    """Tell whether BPS says that there is nothing of what was asked for."""
    if not isinstance(answer, Mapping):
        return False
    return answer.get("data-availability") in NOTHING_THERE or answer.get("data") == ""


def _unknown_form(expected: str) -> str:
    return _(
        "BPS answers in a form that is not known: expected figures under {key}. "
        "Ask BPS whether the WebAPI has changed.",
        key=expected,
    )


def _nothing_there(address: str) -> CatalogueError:
    return CatalogueError(
        "empty_catalogue",
        _(
            "BPS says that there is no list at {address}. Nothing was deleted; check the domain, the subjects and the "
            "keyword of the source.",
            address=address,
        ),
    )


def _page(service: _Service, kind: str, items: list[Any], reading: Reading, token: Any) -> Page:
    remarks: list[Remark] = []
    wanted = {str(number) for number in service.source.config["variables"]} if kind == "var" else set()

    def entry(item: Any) -> Entry | None:
        if not isinstance(item, Mapping):
            raise ValueError(_("This is no object with a title and a number."))
        return _entry(service, kind, item, remarks) if not wanted or str(item.get("var_id")) in wanted else None

    def known_by(item: Any) -> str:
        return identifier(item, kind, service.source.config["domain"]) if isinstance(item, Mapping) else ""

    entries, rejections = all_made(items, entry, reading, service.source.url, service.session, known_by)
    return Page(entries, token, service.source.url, remarks, rejections)


def _entry(service: _Service, kind: str, item: Mapping[str, Any], remarks: list[Remark]) -> Entry:
    known: dict[str, Any] = {}
    if kind == "var":
        known = _known_of_figures(service, item.get("var_id"), remarks)
    to_record = _record_maker(service, kind, item, known)
    stable = json.loads(SIGNATURE.sub(r"\g<1>", wire.json_text(item)))
    return Entry(digest_of([kind, stable, known]), to_record)


def _record_maker(
    service: _Service, kind: str, item: Mapping[str, Any], known: Mapping[str, Any]
) -> Callable[[], dict[str, Any]]:
    return lambda: {**RECORDS[kind](item, service.source.config["domain"], _own_address(service, kind, item)), **known}


def _own_address(service: _Service, kind: str, item: Mapping[str, Any]) -> str:
    """Return the address of the figures of a dynamic table, or of what else an item is about."""
    if kind == "var":
        return service.address("list", "data", {"var": item.get("var_id")})
    return service.address("view", kind, {"id": answers.picked(item, "table_id", "pub_id", "brs_id")})


def _known_of_figures(service: _Service, variable: Any, remarks: list[Remark]) -> dict[str, Any]:
    """Return what tells whether the figures changed, and the years they are of."""
    found = [bps_figures.figures(answer) for answer in _data(service, variable)]
    ambiguous = [key for one in found for key in one.ambiguous]
    if ambiguous:
        remarks.append(Remark("figures_ambiguous", str(variable), ", ".join(ambiguous[:3])))
    figures = [row for one in found for row in one.rows]
    years = sorted({year for row in figures if (year := str(row[5])).isdecimal() and len(year) == 4})
    known: dict[str, Any] = {"figuresHash": digest_of(figures).hex()}
    if years:
        known["temporal"] = f"{years[0]}-01-01/{years[-1]}-12-31"
    return known


def _data(service: _Service, variable: Any) -> Iterator[Mapping[str, Any]]:
    """Yield what BPS answers for a variable, some years at a time."""
    years = [item for item in service.items("th", {"var": variable}) if isinstance(item, Mapping)]
    first = service.source.config.get("from_year")
    wanted = [str(item.get("th_id")) for item in years if not first or _year(item) >= int(first)]
    for at in range(0, len(wanted), YEARS_AT_ONCE):
        some = ";".join(wanted[at : at + YEARS_AT_ONCE])
        answer = service.get("list", "data", {"var": variable, "th": some})
        if not isinstance(answer, Mapping) or not ("datacontent" in answer or _says_nothing(answer)):
            raise CatalogueError("no_figures", _unknown_form("datacontent"))
        yield answer


def _year(item: Mapping[str, Any]) -> int:
    """Return the year of an entry of the list of years; its number counts from 1900."""
    label = str(item.get("th"))
    return int(label) if label.isdecimal() else int(item.get("th_id") or 0) + 1900


def _dynamic_table(service: _Service, variable: Any) -> Iterator[PartnerTable]:
    parts = list(_data(service, variable))
    figures = [row for part in parts for row in bps_figures.figures(part).rows]
    yield PartnerTable(0, f"var-{variable}.json", answers.raw_json(parts), bps_figures.COLUMNS, figures)


def _static_table(service: _Service, number: Any) -> Iterator[PartnerTable]:
    answer = service.get("view", "statictable", {"id": number})
    found = answers.object_in(answer)
    if not ("table" in found or _says_nothing(answer)):
        raise CatalogueError("no_figures", _unknown_form("table"))
    page = found.get("table")
    # BPS sends the table as HTML whose own marks are written as entities.
    tables = [] if vocabularies.is_missing(page) else webtables.web_tables(html.unescape(str(page)))
    largest = max(tables, key=lambda table: len(table.cells), default=None)
    columns, values = rows.table_of_grid(largest.cells) if largest else ((), [])
    yield PartnerTable(0, f"statictable-{number}.json", answers.raw_json(answer), columns, values)
