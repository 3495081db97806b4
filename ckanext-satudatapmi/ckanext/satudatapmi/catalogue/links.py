"""Whether the addresses of resources answer: checked now and then, politely, and kept for the quality score."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

import ckan.model as model
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB, insert

from ckanext.satudatapmi.catalogue import reviews
from ckanext.satudatapmi.harvesters.fetch import Fetcher, FetchError

HOSTS_AT_ONCE = 8
CHUNK = 500
OK, NO_ANSWER = 200, 0
TABLE = sa.table("satudatapmi_link", sa.column("url"), sa.column("status"), sa.column("checked"))


def statuses(urls: Iterable[str]) -> dict[str, int]:
    """Return the HTTP status of addresses as last checked, 0 where there was no answer; unchecked ones are missing."""
    query = sa.select(TABLE.c.url, TABLE.c.status).where(TABLE.c.url.in_(list(urls)))
    return dict(model.Session.execute(query).tuples().all())


def addresses_to_check(older_than: timedelta) -> list[str]:
    """Return the addresses of public resources elsewhere that were not checked for so long; new ones first."""
    before = datetime.now(UTC).replace(tzinfo=None) - older_than
    access = sa.cast(model.Resource.extras, JSONB)["accessURL"].astext
    found: dict[str, datetime | None] = {}
    for column in (sa.cast(model.Resource.url, sa.Text), access):
        query = (
            sa.select(column, TABLE.c.checked)
            .join(model.Package, model.Package.id == model.Resource.package_id)
            .outerjoin(TABLE, TABLE.c.url == column)
            .where(model.Resource.state == "active", model.Package.state == "active")
            .where(model.Package.private.is_(False), sa.not_(reviews.is_hidden(model.Package.id)))
            .where(sa.func.coalesce(model.Resource.url_type, "") == "")
            .where(sa.or_(TABLE.c.checked.is_(None), TABLE.c.checked < before), column.like("http%"))
        )
        found |= dict(model.Session.execute(query).tuples().all())
    return sorted(found, key=lambda url: (found[url] is not None, found[url] or before, url))


def check(urls: Iterable[str], fetcher: Fetcher, told: Callable[[int], None] = lambda done: None) -> dict[str, int]:
    """Ask addresses, those of one host one after the other, and keep what they answer.

    Args:
        urls: addresses.
        fetcher: with a small limit on bytes; a file that is larger does answer.
        told: called with how many are done.

    Returns:
        HTTP status by address, 0 where there was no answer.
    """
    by_host: dict[str, list[str]] = defaultdict(list)
    for url in urls:
        by_host[urlsplit(url).netloc].append(url)
    found: dict[str, int] = {}
    with ThreadPoolExecutor(HOSTS_AT_ONCE) as pool:
        for answers in pool.map(lambda group: {url: status(url, fetcher) for url in group}, by_host.values()):
            found |= answers
            told(len(found))
    for chunk in _chunks(found):
        _save(chunk)
    return found


def status(url: str, fetcher: Fetcher) -> int:
    """Return the HTTP status with which an address answers, 0 if it does not."""
    try:
        fetcher.fetch(url)
    except FetchError as error:
        return OK if error.kind == "too_large" else error.status or NO_ANSWER
    return OK


def answers(code: int) -> bool:
    """Tell whether a status says that the address answers."""
    return 200 <= code < 300


def _chunks(found: Mapping[str, int]) -> Iterator[dict[str, int]]:
    items = list(found.items())
    for start in range(0, len(items), CHUNK):
        yield dict(items[start : start + CHUNK])


def _save(found: Mapping[str, int]) -> None:
    now = datetime.now(UTC).replace(tzinfo=None)
    rows = [{"url": url, "status": code, "checked": now} for url, code in found.items()]
    query = insert(TABLE).values(rows)
    replaced = {"status": query.excluded.status, "checked": query.excluded.checked}
    model.Session.execute(query.on_conflict_do_update(index_elements=["url"], set_=replaced))
    model.Session.commit()
