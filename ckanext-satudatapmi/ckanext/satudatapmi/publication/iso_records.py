"""The records in ISO 19139 of all public datasets, kept for the catalogue service for maps: the storage of them.

A record belongs to the number of the dataset's last change and to the edition of the code that made it, as fragments
do. One that is missing or belongs to another is made by a background job, by `ckan satudata csw renew`, and before a
question is answered. Who may see it is not decided here: the service's view looks up at each question whether the
dataset is public, and the database forgets the record of one that is not.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import ckan.model as model
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from ckanext.satudatapmi.publication import datajson, fragments, iso19139, moments, paging, store
from ckanext.satudatapmi.publication.iso19139 import Record
from ckanext.satudatapmi.publication.moments import Moment
from ckanext.satudatapmi.publication.published import PUBLICATION, Published
from ckanext.satudatapmi.reference.extents import Box

log = logging.getLogger(__name__)

COLUMNS = (
    *("title", "abstract", "keywords", "format", "source", "date", "date_modified", "type", "wkt_geometry"),
    *("date_revision", "date_publication", "organization", "topicategory", "resourcelanguage", "geodescode"),
    *("time_begin", "time_end", "accessconstraints", "otherconstraints", "conditionapplyingtoaccessanduse"),
    *("lineage", "responsiblepartyrole", "publisher", "links", "language", "anytext", "xml"),
)
"""What pycsw searches and shows, under its names."""
RECORD = sa.table("satudatapmi_iso_record", *(sa.column(name) for name in ("package_id", "seq", "edition", *COLUMNS)))
WRITTEN_AT_ONCE = 100


def renew() -> int:
    """Make the records that are missing, of an earlier change, or of another edition; return how many were made."""
    return _renew(sa.and_(_is_current(), RECORD.c.edition == fragments.edition()), None)


def renew_changed(limit: int) -> int:
    """Make records that are missing or of an earlier change, so many at most; return how many were made."""
    return _renew(_is_current(), limit)


def _renew(current: sa.ColumnElement[bool], limit: int | None) -> int:
    started = time.monotonic()
    lacking = PUBLICATION.c.is_public, ~sa.select(RECORD.c.package_id).where(current).exists()
    query = sa.select(PUBLICATION.c.package_id, PUBLICATION.c.seq).where(*lacking).order_by(PUBLICATION.c.package_id)
    with store.snapshot() as connection:
        outdated = connection.execute(query.limit(limit)).all()
        for start in range(0, len(outdated), WRITTEN_AT_ONCE):
            _write(connection, [Published(*row) for row in outdated[start : start + WRITTEN_AT_ONCE]])
    if outdated:
        log.info("records in ISO 19139 made: records=%d seconds=%.1f", len(outdated), time.monotonic() - started)
    return len(outdated)


def counts() -> tuple[int, int]:
    """Return how many datasets are public, and how many of them have no record, not even one that is out of date."""
    without = sa.func.count().filter(RECORD.c.package_id.is_(None))
    both = PUBLICATION.outerjoin(RECORD, RECORD.c.package_id == PUBLICATION.c.package_id)
    with store.snapshot() as connection:
        query = sa.select(sa.func.count(), without).select_from(both).where(PUBLICATION.c.is_public)
        public, lacking = connection.execute(query).one()
    return public, lacking


def now() -> Moment:
    """Return this moment of the catalogue."""
    with store.snapshot() as connection:
        return moments.now(connection)


def changed_since(moment: Moment) -> bool:
    """Tell whether a dataset that is or was public changed since a moment; only what did is looked at."""
    changed = sa.select(sa.exists().where(moments.came_after(PUBLICATION.c.xid, moment)))
    with store.snapshot() as connection:
        return not moments.is_of(connection, moment) or connection.execute(changed).scalar_one()


def _is_current() -> sa.ColumnElement[bool]:
    """Return the condition that a record is that of a dataset's last change."""
    return sa.and_(RECORD.c.package_id == PUBLICATION.c.package_id, RECORD.c.seq == PUBLICATION.c.seq)


def _write(connection: sa.Connection, datasets: Sequence[Published]) -> None:
    site, numbers = paging.site(), {one.package_id: one.seq for one in datasets}
    packages = store.read_datasets(connection, list(numbers))
    columns = (RECORD.c.package_id, RECORD.c.date_modified, RECORD.c.xml)
    query = sa.select(*columns).where(RECORD.c.package_id.in_(numbers))
    former = {row.package_id: row for row in connection.execute(query)}
    _save([{"seq": numbers[one["id"]], **_row(one, site, former.get(one["id"]))} for one in packages])


def _save(rows: list[dict[str, Any]]) -> None:
    statement = insert(RECORD).values(sorted(rows, key=lambda row: row["package_id"]))
    replaced = {name: statement.excluded[name] for name in ("seq", "edition", *COLUMNS)}
    # A reader of an older moment takes nobody's newer record away.
    upsert = statement.on_conflict_do_update(
        index_elements=["package_id"], set_=replaced, where=RECORD.c.seq <= statement.excluded.seq
    )
    with model.ensure_engine().begin() as connection:
        connection.execute(upsert)


def _row(package: Mapping[str, Any], site: datajson.Site, former: sa.Row[Any] | None) -> dict[str, Any]:
    said = _said(package, site, former)
    found = {name: value or None for name, value in _values(said).items()}
    xml = iso19139.write(said).decode()
    return {"package_id": package["id"], "edition": fragments.edition()} | found | {"xml": xml}


def _said(package: Mapping[str, Any], site: datajson.Site, former: sa.Row[Any] | None) -> Record:
    """Return what the record of a dataset says, with a later stamp than the former one if it says something else.

    A record also changes with the dataset untouched, as when its organisation gets another name, and harvesters skip
    one whose stamp is not later.
    """
    page, stamp = f"{site.url}/dataset/{package['name']}", datajson.moment(package["metadata_modified"])
    said = iso19139.record(datajson.told(package, site), page, stamp)
    if former is None or former.date_modified < stamp:
        return said
    unchanged = replace(said, stamp=former.date_modified)
    if iso19139.write(unchanged).decode() == former.xml:
        return unchanged
    return replace(said, stamp=datetime.now(UTC).isoformat(timespec="seconds"))


def _values(said: Record) -> dict[str, str]:
    """Return what is searched, and shown in Dublin Core; lists are divided by commas, as pycsw has them."""
    box, start, end = said.coverage.box, said.coverage.start, said.coverage.end
    return {
        "title": said.title,
        "abstract": said.abstract,
        "keywords": _joined(*said.keywords, *said.themes),
        "format": _joined(*said.formats),
        "source": said.page,
        "date": said.issued or "",
        "date_modified": said.stamp,
        "type": said.level,
        "wkt_geometry": _polygon(box) if box else "",
        "date_revision": said.revised or "",
        "date_publication": said.issued or "",
        "organization": said.publisher,
        "topicategory": said.topic,
        "resourcelanguage": _joined(*said.languages),
        "geodescode": _joined(*(place.code for place in said.coverage.places if place.code)),
        "time_begin": start.isoformat() if start else "",
        "time_end": end.isoformat() if end else "",
        "accessconstraints": said.licences[0] if said.licences else said.access,
        "otherconstraints": said.access,
        "conditionapplyingtoaccessanduse": _joined(*said.licences),
        "lineage": said.lineage,
        "responsiblepartyrole": "publisher",
        "publisher": said.publisher,
        "links": "^".join(_link(link) for link in said.links),
        "language": iso19139.metadata_language(),
        "anytext": " ".join(_words(said)),
    }


def _polygon(box: Box) -> str:
    corners = (" ".join(map(iso19139.degrees, corner)) for corner in box.ring)
    return f"POLYGON(({', '.join(corners)}))"


def _link(link: iso19139.Link) -> str:
    """Return a link in the notation of pycsw, whose signs stand for blanks in words and are escaped in addresses."""
    words = (" ".join(text.replace(",", " ").replace("^", " ").split()) for text in (link.name, link.description))
    address = link.url.replace(",", "%2C").replace("^", "%5E")
    return ",".join((*words, link.protocol, address))


def _joined(*words: str) -> str:
    return ",".join(" ".join(word.replace(",", " ").split()) for word in words)


def _words(said: Record) -> Iterator[str]:
    yield from (said.identifier, said.title, said.abstract, said.publisher, said.lineage)
    yield from (*said.keywords, *said.themes)
    yield from (place.name for place in said.coverage.places if place.name)
    for link in said.links:
        yield from (link.name, link.description)
