"""Open Data Jabar and the portals that run its engine (Kota Cirebon, Kota Sukabumi).

They give their catalogue as a data.json, and the rows of a table at `.../bigdata/{opd}/od_{id}_{slug}?limit=&skip=`.
A source is either such a catalogue, or the address of `bigdata` with the tables that are wanted.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode, urljoin, urlsplit, urlunsplit

from ckanext.satudatapmi.harvesters import datajson
from ckanext.satudatapmi.harvesters.addresses import anonymous_address, with_user_of
from ckanext.satudatapmi.harvesters.protocols import answers, figures
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
from ckanext.satudatapmi.harvesters.protocols.filters import (
    COMPARE_ROWS,
    ROWS_AT_ONCE,
    TITLES,
    WHERE,
    wanted,
    where_text,
)
from ckanext.satudatapmi.harvesters.protocols.paging import all_made, pages
from ckanext.satudatapmi.schemas import vocabularies
from ckanext.satudatapmi.text import _

TABLES = "/bigdata/"
DATASETS_A_PAGE = 50
LEFT_OUT_OF_ADDRESS = frozenset({"download", "limit", "skip", "where"})


class OpenDataJabar(PartnerProtocol):
    """The open data of Jawa Barat."""

    name = "opendata_jabar"
    features = Features(tables=True)
    options = (
        Option(
            "tables",
            "list",
            lambda: _("Tables"),
            lambda: _("Such as opd/od_123_name, if the address is that of bigdata and not of a catalogue."),
            default=[],
            role="filter",
        ),
        TITLES,
        WHERE,
        COMPARE_ROWS,
        ROWS_AT_ONCE,
    )

    def title(self) -> str:
        """Return what people call it."""
        return _("Open Data Jabar")

    def help(self) -> str:
        """Return what it harvests."""
        return _(
            "The catalogue of Open Data Jabar, or of a portal with the same engine, with the rows of its tables. "
            "Address: that of its data.json, or https://data.jabarprov.go.id/api-backend/bigdata with a list of tables"
        )

    def read(
        self, source: SourceSettings, session: Session, reading: Reading, memory: Any, token: Any
    ) -> Iterator[Page]:
        """Yield the datasets, so many a page; see the base class."""
        listed: list[Any] = []

        def page(after: Any) -> Page:
            if not listed:
                listed.extend(_listed(source, session))
                reading.announced = len(listed)
            begin = int(after or 0)
            some = listed[begin : begin + DATASETS_A_PAGE]
            entries, rejections = all_made(
                some, lambda item: _entry(source, session, item), reading, source.url, session, _identifier
            )
            end = begin + DATASETS_A_PAGE
            return Page(entries, end if end < len(listed) else None, source.url, (), rejections)

        yield from pages(reading, token, page)

    def tables(self, source: SourceSettings, session: Session, record: Mapping[str, Any]) -> Iterator[PartnerTable]:
        """Yield the rows of a dataset's first table."""
        place = _place_of_table(record)
        if place is not None:
            rows = _rows(source, session, figures.file_of(record, place))
            yield from figures.tables_of(place, f"{_table_name(figures.file_of(record, place))}.json", rows)


def _listed(source: SourceSettings, session: Session) -> list[Any]:
    """Return the records of the catalogue, or one for each table that is wanted."""
    if source.config["tables"]:
        return [_record_of_table(source, str(table).strip("/")) for table in source.config["tables"]]
    _header, records = datajson.find_records(answers.get_json(session, source.url))
    if not records:
        raise datajson.CatalogueError(
            "empty_catalogue",
            _("{url} lists no dataset. Nothing was deleted; ask the partner whether that is meant.", url=source.url),
        )
    return [record for record in records if wanted(source, record)]


def _record_of_table(source: SourceSettings, table: str) -> dict[str, Any]:
    """Return the record of a table of which no more is known than its address."""
    title = table.rsplit("/", 1)[-1].removeprefix("od_").partition("_")[2].replace("_", " ").strip() or table
    address = f"{anonymous_address(source.url).rstrip('/')}/{quote(table, safe='/')}"
    return {
        "identifier": table,
        "title": title[:1].upper() + title[1:],
        "publisher": {"name": source.title},
        "distribution": [{"title": title, "downloadURL": address, "format": "JSON", "mediaType": answers.JSON}],
    }


def _entry(source: SourceSettings, session: Session, item: Any) -> Entry:
    if not isinstance(item, Mapping):
        raise ValueError(_("This is no object with a title and an identifier."))
    record = dict(item)
    place = _place_of_table(record)
    if place is not None and (source.config["compare_rows"] or vocabularies.is_missing(record.get("modified"))):
        record["figuresHash"] = figures.rows_hash(_rows(source, session, figures.file_of(record, place)))
    return Entry(digest_of(record), lambda: record)


def _identifier(item: Any) -> Any:
    return item.get("identifier") if isinstance(item, Mapping) else ""


def _place_of_table(record: Mapping[str, Any]) -> int | None:
    """Return which distribution is a table of the engine; None if there is none."""
    distributions = record.get("distribution")
    count = len(distributions) if isinstance(distributions, list) else 0
    return next((at for at in range(count) if TABLES in urlsplit(figures.file_of(record, at)).path), None)


def _table_name(address: str) -> str:
    return urlsplit(address).path.rstrip("/").rsplit("/", 1)[-1] or "tabel"


def _rows(source: SourceSettings, session: Session, address: str) -> list[Any]:
    limit = int(source.config["rows_at_once"])
    split = urlsplit(with_user_of(source.url, urljoin(source.url, address)))
    kept = [(name, value) for name, value in parse_qsl(split.query) if name not in LEFT_OUT_OF_ADDRESS]

    def ask(_part: int, skip: int) -> tuple[str, Any]:
        query = [*kept, ("limit", str(limit)), ("skip", str(skip))]
        if source.config["where"]:
            query.append(("where", where_text(source.config["where"])))
        url = urlunsplit(split._replace(query=urlencode(query), fragment=""))
        return url, answers.get_json(session, url)

    return figures.all_rows(ask)
