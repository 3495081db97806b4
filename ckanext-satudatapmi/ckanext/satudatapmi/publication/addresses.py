"""The pages of the portal that everybody may see, and when they last changed: what a sitemap tells search engines."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from urllib.parse import quote

import ckan.model as model
import ckan.plugins.toolkit as tk
import sqlalchemy as sa

from ckanext.satudatapmi.figures.registry import indicators
from ckanext.satudatapmi.publication import codes
from ckanext.satudatapmi.publication.places import PLACES, places_of
from ckanext.satudatapmi.publication.published import PUBLICATION
from ckanext.satudatapmi.reference import wilayah
from ckanext.satudatapmi.reference.codelists import load
from ckanext.satudatapmi.reference.published import published_lists

Section = Literal["pages", "datasets"]
PACKAGE, GROUP = model.package_table, model.group_table
ENDPOINTS = (
    "home.index",
    "home.about",
    "dataset.search",
    "organization.index",
    "satudata_figures.query",
    "satudata_figures.which_number",
    "satudata_figures.availability",
    "satudata_figures.revisions",
    "satudata_figures.findings",
    "satudata_figures.downloads",
    "satudata_briefs.months",
    "satudata_reconciliation.board",
    "satudata_reconciliation.listing",
    "satudata_indicators.listing",
    "satudata_places.areas",
    "satudata_places.countries",
    "satudata_codes.lists",
    "satudata_register.show",
    "satudata_quality.portal",
    "satudata_access.listed",
    "satudata.source_list",
    "satudata.protocols",
    "satudata.legal_basis",
    "satudata.returnees",
    "satudata.accessibility",
)
"""The pages that are there whatever the catalogue holds."""


@dataclass(frozen=True)
class Address:
    """A page: its path, without a language, and when it last changed; None where nobody knows."""

    path: str
    changed: datetime | None = None


@dataclass(frozen=True)
class Part:
    """Some of the pages.

    Attributes:
        section: datasets, or all other pages.
        number: of the part within its section, from 1.
        changed: when one of them last changed.
    """

    section: Section
    number: int
    changed: datetime | None


def parts(connection: sa.Connection, size: int) -> Iterator[Part]:
    """Yield the parts that hold all pages.

    Args:
        connection: of a snapshot (store.snapshot).
        size: how many pages a part may hold.
    """
    pages = _pages(connection)
    for number, first in enumerate(range(0, len(pages), size), 1):
        changes = [page.changed for page in pages[first : first + size] if page.changed]
        yield Part("pages", number, max(changes, default=None))
    number = sa.func.width_bucket(PUBLICATION.c.place, 0, PLACES, max(_last(connection, size), 1)).label("number")
    changed = sa.select(number, sa.func.max(PUBLICATION.c.changed)).where(PUBLICATION.c.is_public)
    for row in connection.execute(changed.group_by(number).order_by(number)):
        yield Part("datasets", *row)


def read(connection: sa.Connection, section: Section, number: int, size: int) -> Sequence[Address]:
    """Return the pages of a part; there are none in a part that is not there.

    Args:
        connection: of a snapshot.
        section, number: of the part.
        size: how many pages a part may hold.
    """
    if section == "pages":
        return _pages(connection)[max(number - 1, 0) * size : number * size]
    last = _last(connection, size)
    if not 1 <= number <= last:
        return []
    first, end = places_of(number, last)
    rows = connection.execute(
        sa.select(PACKAGE.c.name, PUBLICATION.c.changed)
        .join(PACKAGE, PACKAGE.c.id == PUBLICATION.c.package_id)
        .where(PUBLICATION.c.is_public, PUBLICATION.c.place >= first, PUBLICATION.c.place < end)
        .order_by(PUBLICATION.c.place, PUBLICATION.c.package_id)
    )
    return [Address(f"/dataset/{name}", changed) for name, changed in rows]


def _last(connection: sa.Connection, size: int) -> int:
    """Return how many parts the datasets take: half full ones, as a hash of their ids spreads them over the parts."""
    count = connection.execute(sa.select(sa.func.count()).where(PUBLICATION.c.is_public)).scalar_one()
    return 1 if 0 < count <= size else -(-count // (size // 2))


def _pages(connection: sa.Connection) -> list[Address]:
    """Return all pages but those of datasets; of the publishers those that have a public dataset."""
    fixed = [Address(tk.url_for(endpoint, locale="default")) for endpoint in ENDPOINTS]
    return [*fixed, *_figures(), *_briefs(), *_codes(), *_publishers(connection)]


def _figures() -> Iterator[Address]:
    """Yield the pages of indicators and places; of countries those where migrant workers are known to go."""
    yield from (Address(f"/indikator/{name}") for name in indicators())
    yield from (Address(f"/wilayah/{code}") for code in wilayah.areas() if code != wilayah.INDONESIA)
    yield from (Address(f"/negara/{one.code}") for one in load("negara"))


def _briefs() -> Iterator[Address]:
    """Yield the monthly briefs, each as it was when its month was over."""
    try:
        months = tk.get_action("satudata_brief_list")({"user": ""}, {})
    except tk.ValidationError:
        # The figures are being counted anew; the next reading has them.
        return
    for one in months:
        yield Address(f"/kabar/{one['month']}", datetime.fromisoformat(f"{one['as_of']}T23:59:59Z"))


def _codes() -> Iterator[Address]:
    for name in published_lists():
        yield Address(f"/kode/{name}")
        _info, concepts = codes.open_list(name)
        for concept in concepts:
            yield Address(f"/kode/{name}/{quote(concept.code)}")


def _publishers(connection: sa.Connection) -> Iterator[Address]:
    rows = connection.execute(
        sa.select(GROUP.c.name, sa.func.max(PUBLICATION.c.changed))
        .join(PACKAGE, PACKAGE.c.owner_org == GROUP.c.id)
        .join(PUBLICATION, sa.and_(PUBLICATION.c.package_id == PACKAGE.c.id, PUBLICATION.c.is_public))
        .where(GROUP.c.state == "active")
        .group_by(GROUP.c.name)
        .order_by(GROUP.c.name)
    )
    return (Address(f"/organization/{name}", changed) for name, changed in rows)
