"""Series of datasets: a table that comes out once a year or period, as a dataset each time (dcat:DatasetSeries).

The public datasets of an organisation are one series where

- their field `in_series` (isPartOf in a data.json) says the same, or
- without that field, their titles differ by the year alone, there are two or more, each has a year of its own, and they
  name the same publisher.

Upper and lower case, punctuation, and the word "tahun" before the year make no difference: the database compares by
`satudatapmi_series_key` (migration 016).
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass
from itertools import groupby, pairwise
from typing import Any

import ckan.model as model
import sqlalchemy as sa
from ckanext.dcat.utils import dataset_uri
from pyoxigraph import Literal, NamedNode

from ckanext.satudatapmi.publication import words
from ckanext.satudatapmi.publication.context import Portal
from ckanext.satudatapmi.publication.published import PUBLICATION
from ckanext.satudatapmi.publication.rdf import DCAT, DCT, FOAF, RDF, Statements, term, text, web_address
from ckanext.satudatapmi.schemas import dates, wire

PACKAGE, GROUP = model.package_table, model.group_table
YEAR = re.compile(r"\b(?:19|20)\d\d\b", re.ASCII)
YEAR_IN_TITLE = re.compile(r"(\btahun\s+)?\b(?:19|20)\d\d\b", re.ASCII | re.IGNORECASE)
FIELDS = ("in_series", "publisher_name", "temporal", "issued")


@dataclass(frozen=True)
class Member:
    """A dataset of a series.

    Attributes:
        id, name, title: of the dataset.
        moment: when its period begins, else the year in its title, else when it was issued; "" if nobody says.
    """

    id: str
    name: str
    title: str
    moment: str


@dataclass(frozen=True)
class Organization:
    """The organisation that publishes a series."""

    id: str
    name: str
    title: str


@dataclass(frozen=True)
class Series:
    """A series.

    Attributes:
        key: what tells it from others of its organisation.
        title: of the series.
        organization: that publishes it.
        members: its datasets in the order of time.
    """

    key: str
    title: str
    organization: Organization
    members: tuple[Member, ...]


def of_datasets(connection: sa.Connection, ids: Sequence[str] | None = None) -> list[Series]:
    """Return the series that public datasets belong to.

    Args:
        connection: to the database.
        ids: of the datasets; None for all.
    """
    if ids is None:
        return _series(connection, sa.select(PACKAGE.c.id, _key(PACKAGE)).where(_key(PACKAGE).is_not(None)))
    # With OFFSET 0 PostgreSQL finds out each key once, and looks for the others of a key by the index.
    keyed = sa.select(PACKAGE.c.owner_org, _key(PACKAGE)).where(PACKAGE.c.id.in_(ids)).offset(0).subquery()
    wanted = sa.select(keyed).where(keyed.c.key.is_not(None)).distinct().subquery()
    same = PACKAGE.c.owner_org == wanted.c.owner_org, _key(PACKAGE) == wanted.c.key
    members = sa.select(PACKAGE.c.id).where(*same).offset(0).lateral()
    return _series(connection, sa.select(members.c.id, wanted.c.key).join_from(wanted, members, sa.true()))


def open_series(connection: sa.Connection, organization: str, key: str) -> Series | None:
    """Return a series by the name of its organisation and its key; None if there is none."""
    owner = sa.select(GROUP.c.id).where(GROUP.c.name == organization).scalar_subquery()
    same = PACKAGE.c.owner_org == owner, _key(PACKAGE) == key
    found = _series(connection, sa.select(PACKAGE.c.id, sa.literal(key).label("key")).where(*same))
    return found[0] if found else None


def _key(package: Any) -> Any:
    return sa.func.satudatapmi_series_key(package.c.title, package.c.extras).label("key")


def _series(connection: sa.Connection, candidates: sa.Select[tuple[str, str]]) -> list[Series]:
    """Return the series that datasets make, given their ids and keys: to find out a key anew takes longest."""
    keyed = candidates.subquery()
    columns = (
        PACKAGE.c.id,
        PACKAGE.c.name,
        PACKAGE.c.title,
        PACKAGE.c.owner_org,
        GROUP.c.name.label("organization_name"),
        GROUP.c.title.label("organization_title"),
        keyed.c.key,
        *(PACKAGE.c.extras[name].astext.label(name) for name in FIELDS),
    )
    query = (
        sa.select(*columns)
        .join_from(PACKAGE, keyed, keyed.c.id == PACKAGE.c.id)
        .join(PUBLICATION, sa.and_(PUBLICATION.c.package_id == PACKAGE.c.id, PUBLICATION.c.is_public))
        .join(GROUP, GROUP.c.id == PACKAGE.c.owner_org)
        .order_by(GROUP.c.name, keyed.c.key, PACKAGE.c.name)
    )
    rows = connection.execute(query).all()
    groups = (list(group) for _place, group in groupby(rows, lambda row: (row.owner_org, row.key)))
    return [found for group in groups if (found := _made_of(group))]


def _made_of(rows: Sequence[Any]) -> Series | None:
    named = [row for row in rows if (row.in_series or "").strip()]
    rows = named or (rows if _are_yearly(rows) else [])
    if not rows:
        return None
    members = sorted((_member(row) for row in rows), key=lambda one: (one.moment, one.name))
    last = next(row for row in rows if row.id == members[-1].id)
    name = last.organization_name
    organization = Organization(last.owner_org, name, last.organization_title or name)
    return Series(last.key, _title(last), organization, tuple(members))


def _are_yearly(rows: Sequence[Any]) -> bool:
    """Tell whether datasets whose titles differ by the year are one series."""
    years, publishers = {_year(row.title) for row in rows}, {row.publisher_name for row in rows}
    return len(rows) > 1 and len(years) == len(rows) and len(publishers) == 1


def _year(title: str) -> str:
    found = YEAR.search(title or "")
    return found[0] if found else ""


def _member(row: Any) -> Member:
    period = words.period(wire.decode_json(row.temporal)) if row.temporal else None
    moment = (period.start if period else None) or _year(row.title) or dates.iso_date(row.issued) or ""
    return Member(row.id, row.name, row.title or row.name, moment)


def _title(row: Any) -> str:
    """Return what a series is called: as its datasets say, else as they are called, without the year."""
    if row.in_series and not web_address(row.in_series):
        return row.in_series.strip()
    without = re.sub(r"\(\s*\)", " ", YEAR_IN_TITLE.sub(" ", row.title))
    return " ".join(without.split()).strip(" ,.:;-–/") or row.title


def uri(series: Series, site_url: str) -> str:
    """Return the URI of a series, which is the address of its page."""
    return f"{site_url}/seri/{series.organization.name}/{series.key}"


def as_dict(series: Series, site_url: str) -> dict[str, Any]:
    """Return a series as plain data: uri, key, title, organization (id, name, title), members as `Member` has them."""
    return {"uri": uri(series, site_url)} | asdict(series)


def describe(said: Statements, series: Series, portal: Portal) -> None:
    """Add what is said of a series besides its datasets.

    Args:
        said: to add to.
        series: the series.
        portal: the portal.
    """
    node = term(uri(series, portal.site.url))
    said.add(node, RDF.type, DCAT.DatasetSeries)
    said.add(node, DCT.title, text(series.title))
    for language, about in words.document()["series"]["about"].items():
        said.add(node, DCT.description, Literal(_about(series, about), language=language))
    publisher = term(portal.organization_uri(series.organization.id))
    said.add(node, DCT.publisher, publisher)
    said.add(publisher, RDF.type, FOAF.Agent)
    said.add(publisher, FOAF.name, text(series.organization.title))
    said.add(node, DCAT.first, _node(series.members[0]))
    said.add(node, DCAT.last, _node(series.members[-1]))


def add_members(said: Statements, series: Series, portal: Portal, told: Collection[str]) -> None:
    """Add what datasets are in their series.

    Args:
        said: to add to.
        series: the series.
        portal: the portal.
        told: ids of the datasets that are told of.
    """
    node = term(uri(series, portal.site.url))
    for member in series.members:
        if member.id in told:
            said.add(_node(member), DCAT.inSeries, node)
    for former, member in pairwise(series.members):
        if member.id in told:
            said.add(_node(member), DCAT.prev, _node(former))


def _about(series: Series, about: str) -> str:
    return about.format(
        publisher=series.organization.title,
        count=len(series.members),
        first=series.members[0].moment or series.members[0].title,
        last=series.members[-1].moment or series.members[-1].title,
    )


def _node(member: Member) -> NamedNode:
    return term(dataset_uri({"id": member.id}))
