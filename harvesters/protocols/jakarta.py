"""Satu Data Jakarta: JSON over POST, in three steps for each dataset.

    search-v2       {"page_no": 1, "page_size": 100, ...}  -> a page of the list
    detail          {"id": ..., "slug": ...}               -> title, source, frequency, unit, columns
    get-table-data  {"id": ..., "slug": ..., "page_no": 1} -> rows

A web client of theirs holds a shared secret; it is not used. Partners give an access of one's own where they want one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ckanext.satudatapmi.harvesters.addresses import anonymous_address
from ckanext.satudatapmi.harvesters.protocols import answers, figures
from ckanext.satudatapmi.harvesters.protocols.answers import picked, text_in
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
from ckanext.satudatapmi.harvesters.protocols.filters import COMPARE_ROWS, ROWS_AT_ONCE, TITLES
from ckanext.satudatapmi.harvesters.protocols.listing import listed
from ckanext.satudatapmi.schemas import vocabularies
from ckanext.satudatapmi.text import _

SERVICE = "/backend/api/v2/satudata"
SITE = "https://satudata.jakarta.go.id"
DATASETS_A_PAGE = 100
MODIFIED = ("modified", "updated_at", "last_update", "tanggal_update", "dataset_diperbarui")


class SatuDataJakarta(PartnerProtocol):
    """The open data of DKI Jakarta."""

    name = "satudata_jakarta"
    features = Features(tables=True)
    options = (
        Option("q", "text", lambda: _("Search"), lambda: _("Words to search for."), default="", role="filter"),
        Option("topik", "text", lambda: _("Topic"), default="", role="filter"),
        Option("organisasi", "text", lambda: _("Organization"), default="", role="filter"),
        TITLES,
        COMPARE_ROWS,
        ROWS_AT_ONCE,
    )

    def title(self) -> str:
        """Return what people call it."""
        return _("Satu Data Jakarta")

    def help(self) -> str:
        """Return what it harvests."""
        return _("The catalogue of Satu Data Jakarta with the rows of its tables. Address: {site}", site=SITE)

    def read(
        self, source: SourceSettings, session: Session, reading: Reading, memory: Any, token: Any
    ) -> Iterator[Page]:
        """Yield the pages of the search; see the base class."""

        def ask(number: int) -> tuple[str, Any]:
            url = _service(source, "search-v2")
            return url, answers.post_json(session, url, _search(source, number))

        yield from listed(source, session, reading, token, ask, _entry, _identifier)

    def tables(self, source: SourceSettings, session: Session, record: Mapping[str, Any]) -> Iterator[PartnerTable]:
        """Yield the rows of a dataset."""
        rows = _rows(source, session, record)
        yield from figures.tables_of(0, f"{record['identifier']}.json", rows)


def _service(source: SourceSettings, name: str) -> str:
    return f"{source.url.rstrip('/').removesuffix(SERVICE)}{SERVICE}/{name}"


def _search(source: SourceSettings, number: int) -> dict[str, Any]:
    config = source.config
    return {
        "q": config["q"],
        "kategori": "",
        "topik": config["topik"],
        "organisasi": config["organisasi"],
        "status": "",
        "sort": "",
        "keywords": "",
        "page_no": number,
        "page_size": DATASETS_A_PAGE,
    }


def _entry(source: SourceSettings, session: Session, item: Any) -> Entry:
    if not isinstance(item, Mapping):
        raise ValueError(_("This is no object with a title and an identifier."))
    if not _names(item):
        raise ValueError(_("The dataset has neither id nor slug. Ask the partner to mend the list."))
    detail = answers.object_in(answers.post_json(session, _service(source, "detail"), _names(item)))
    record = record_of(source, {**item, **detail, **_names(item)})
    if source.config["compare_rows"] or vocabularies.is_missing(record["modified"]):
        record["figuresHash"] = figures.rows_hash(_rows(source, session, record))
    return Entry(digest_of(record), lambda: record)


def _identifier(item: Mapping[str, Any]) -> str:
    """Return what a dataset is known by; "" where only its detail may tell."""
    return text_in(item, "id")


def _names(item: Mapping[str, Any]) -> dict[str, Any]:
    """Return by what the service knows a dataset."""
    return {key: item[key] for key in ("id", "slug", "hash") if not vocabularies.is_missing(item.get(key))}


def record_of(source: SourceSettings, item: Mapping[str, Any]) -> dict[str, Any]:
    """Return the record of a dataset, of its entry in the list and its detail."""
    title = text_in(item, "title", "judul", "nama", "name")
    name, slug = text_in(item, "id", "hash", "slug"), text_in(item, "slug")
    site = anonymous_address(source.url).rstrip("/").removesuffix(SERVICE)
    file = {"title": title, "format": "CSV", "accessURL": site}
    if item.get("hash") and slug:
        file["downloadURL"] = f"{site}/backend/restapi/v1/datasets/export/{item['hash']}/{slug}.csv"
    return {
        **item,
        "identifier": name,
        "title": title,
        "description": text_in(item, "desc", "description", "deskripsi"),
        "publisher": {"name": text_in(item, "sumber_data", "organisasi", "organization") or source.title},
        "accrualPeriodicity": text_in(item, "frekuensi_penerbitan"),
        "satuan": text_in(item, "satuan"),
        "modified": text_in(item, *MODIFIED),
        "landingPage": text_in(item, "url", "link") or site,
        "distribution": [file],
    }


def _rows(source: SourceSettings, session: Session, record: Mapping[str, Any]) -> list[Any]:
    """Return the rows of a dataset as objects; a row without keys gets them from the columns of the detail."""
    url = _service(source, "get-table-data")
    size = int(source.config["rows_at_once"])

    def ask(part: int, _before: int) -> tuple[str, Any]:
        return url, answers.post_json(session, url, {**_names(record), "page_no": part + 1, "page_size": size})

    columns = _columns(record)
    return [_object(row, columns) for row in figures.all_rows(ask)]


def _columns(record: Mapping[str, Any]) -> list[str]:
    parts = picked(record, "komponen_data_table")
    items = [part for part in parts if isinstance(part, Mapping)] if isinstance(parts, list) else []
    return [text_in(item, "header_komponen") or f"kolom {at}" for at, item in enumerate(items, 1)]


def _object(row: Any, columns: list[str]) -> Any:
    if not isinstance(row, list):
        return row
    names = [*columns, *(f"kolom {at}" for at in range(len(columns) + 1, len(row) + 1))]
    return dict(zip(names, row, strict=False))
