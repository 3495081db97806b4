"""Open Data Jawa Timur: a list of datasets, and the rows of each a page at a time.

/api/datasets?page=1&per_page=100
/api/cleaned-bigdata/{opd_slug}/{dataset_slug}?sort=id:asc&page=1&per_page=100&where={}
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import quote, urlencode

from ckanext.satudatapmi.harvesters.addresses import anonymous_address, with_user_of
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
from ckanext.satudatapmi.harvesters.protocols.filters import (
    COMPARE_ROWS,
    ROWS_AT_ONCE,
    TITLES,
    WHERE,
    where_text,
)
from ckanext.satudatapmi.harvesters.protocols.listing import listed
from ckanext.satudatapmi.text import _

UPDATED = ("updated_at", "modified", "last_update", "tanggal_update", "dataset_diperbarui")


class OpenDataJatim(PartnerProtocol):
    """The open data of Jawa Timur."""

    name = "opendata_jatim"
    features = Features(tables=True)
    options = (
        TITLES,
        WHERE,
        COMPARE_ROWS,
        ROWS_AT_ONCE,
        Option("datasets_at_once", "number", lambda: _("Datasets in a request"), default=100),
    )

    def title(self) -> str:
        """Return what people call it."""
        return _("Open Data Jawa Timur")

    def help(self) -> str:
        """Return what it harvests."""
        return _(
            "The catalogue of Open Data Jawa Timur with the rows of its tables. "
            "Address: https://opendata.jatimprov.go.id"
        )

    def read(
        self, source: SourceSettings, session: Session, reading: Reading, memory: Any, token: Any
    ) -> Iterator[Page]:
        """Yield the pages of the list; see the base class."""

        def ask(number: int) -> tuple[str, Any]:
            query = urlencode({"page": number, "per_page": int(source.config["datasets_at_once"])})
            url = f"{_site(source)}/api/datasets?{query}"
            return url, answers.get_json(session, url)

        yield from listed(source, session, reading, token, ask, _entry, _identifier)

    def tables(self, source: SourceSettings, session: Session, record: Mapping[str, Any]) -> Iterator[PartnerTable]:
        """Yield the rows of a dataset."""
        address = figures.file_of(record)
        if address:
            yield from figures.tables_of(0, f"{address.rsplit('/', 1)[-1]}.json", _rows(source, session, address))


def _site(source: SourceSettings) -> str:
    return source.url.rstrip("/").removesuffix("/api")


def _entry(source: SourceSettings, session: Session, item: Any) -> Entry:
    if not isinstance(item, Mapping):
        raise ValueError(_("This is no object with a title and an identifier."))
    record = record_of(source, item)
    if record["distribution"] and (source.config["compare_rows"] or not record["modified"]):
        record["figuresHash"] = figures.rows_hash(_rows(source, session, figures.file_of(record)))
    return Entry(digest_of(record), lambda: record)


def record_of(source: SourceSettings, item: Mapping[str, Any]) -> dict[str, Any]:
    """Return the record of a dataset of the list.

    Raises:
        ValueError: nothing says which dataset it is.
    """
    number, slug, office = _identifier(item), text_in(item, "slug"), _office(item)
    if not number:
        raise ValueError(_("The dataset has neither id nor slug. Ask the partner to mend the list."))
    title = text_in(item, "title", "judul", "name", "nama")
    files = []
    if slug and office:
        address = (
            f"{anonymous_address(_site(source))}/api/cleaned-bigdata/{quote(office, safe='')}/{quote(slug, safe='')}"
        )
        files = [{"title": title, "downloadURL": address, "format": "JSON", "mediaType": answers.JSON}]
    return {
        **item,
        "identifier": number,
        "title": title,
        "description": text_in(item, "description", "deskripsi", "desc"),
        "publisher": {"name": text_in(item, "opd", "organization", "organisasi", "produsen") or source.title},
        "keyword": _keywords(picked(item, "tags", "tag", "keyword")),
        "modified": text_in(item, *UPDATED),
        "satuan": text_in(item, "satuan", "satuan_dataset"),
        "distribution": files,
    }


def _identifier(item: Mapping[str, Any]) -> str:
    return text_in(item, "id", "uuid", "slug")


def _office(item: Mapping[str, Any]) -> str:
    """Return the name by which the office that owns a dataset stands in addresses."""
    office = picked(item, "opd", "organization", "organisasi", "produsen")
    named = text_in(item, "opd_slug", "organization_slug")
    return text_in(office, "slug") if isinstance(office, Mapping) and not named else named


def _keywords(value: Any) -> list[str]:
    if isinstance(value, str):
        return [word.strip() for word in value.split(",") if word.strip()]
    words = value if isinstance(value, list) else []
    return [word for one in words if (word := text_in({"name": one}, "name"))]


def _rows(source: SourceSettings, session: Session, address: str) -> list[Any]:
    size = int(source.config["rows_at_once"])

    def ask(part: int, _before: int) -> tuple[str, Any]:
        query: dict[str, Any] = {"sort": "id:asc", "page": part + 1, "per_page": size}
        if source.config["where"]:
            query["where"] = where_text(source.config["where"])
        url = f"{with_user_of(source.url, address)}?{urlencode(query)}"
        return url, answers.get_json(session, url)

    return figures.all_rows(ask)
