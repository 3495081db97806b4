"""The bodies that publish, those with data first; they are found by name, kind and province."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any, Literal

import ckan.model as model
import sqlalchemy as sa

from ckanext.satudatapmi.catalogue import reviews
from ckanext.satudatapmi.reference import wilayah
from ckanext.satudatapmi.reference.matching import words

Order = Literal["datasets", "name"]
ORDERS: tuple[Order, ...] = ("datasets", "name")


@dataclass(frozen=True)
class Publisher:
    """A body: name in addresses, title, kind and kode_wilayah ("" without), former names, number of public datasets."""

    name: str
    title: str
    kind: str
    kode_wilayah: str
    formerly: str
    datasets: int

    @property
    def province(self) -> str:
        """Code of the province it is in, "" for none."""
        return self.kode_wilayah.partition(".")[0]


@dataclass(frozen=True)
class Wanted:
    """Which bodies are asked for; "" for all.

    Attributes:
        q: words of which each begins a word of the title or of a former name.
        kind: one of the choices of schemas/organization.yaml.
        province: code of Kemendagri.
        with_data: whether bodies without public datasets are left out.
        order: by what they are ordered.
    """

    q: str = ""
    kind: str = ""
    province: str = ""
    with_data: bool = False
    order: Order = "datasets"


def publisher_list(wanted: Wanted, offset: int, limit: int) -> dict[str, Any]:
    """Return the bodies that are asked for.

    Returns:
        {count, with_data, kinds, provinces, publishers}: how many there are and how many of them have data; what
        one can choose: {value, count} of all bodies; a page of {name, title, kind, kode_wilayah, formerly, datasets}.
    """
    every = _publishers()
    found = sorted((one for one in every if _fits(one, wanted)), key=lambda one: _place(one, wanted.order))
    return {
        "count": len(found),
        "with_data": sum(1 for one in found if one.datasets),
        "kinds": _counted(one.kind for one in every),
        "provinces": _counted(one.province for one in every),
        "publishers": [asdict(one) for one in found[offset : offset + limit]],
    }


def province_names() -> dict[str, str]:
    """Return the names of the provinces by code."""
    return {area.code: area.name for area in wilayah.within_area(level="provinsi")}


def _publishers() -> list[Publisher]:
    body, package = model.group_table.c, model.package_table
    held = (
        sa.select(package.c.owner_org, sa.func.count().label("datasets"))
        .where(package.c.state == "active", package.c.private.is_(False), package.c.type == "dataset")
        .where(sa.not_(reviews.is_hidden(package.c.id)))
        .group_by(package.c.owner_org)
        .subquery()
    )
    query = (
        sa.select(
            body.name,
            body.title,
            *(body.extras[key].astext.label(key) for key in ("kind", "kode_wilayah", "formerly")),
            sa.func.coalesce(held.c.datasets, 0).label("datasets"),
        )
        .outerjoin(held, held.c.owner_org == body.id)
        .where(body.is_organization.is_(True), body.state == "active")
    )
    return [
        Publisher(
            row.name, row.title or row.name, row.kind or "", row.kode_wilayah or "", row.formerly or "", row.datasets
        )
        for row in model.Session.execute(query)
    ]


def _fits(one: Publisher, wanted: Wanted) -> bool:
    if (wanted.with_data and not one.datasets) or wanted.kind not in ("", one.kind):
        return False
    if wanted.province not in ("", one.province):
        return False
    there = words(f"{one.title} {one.formerly} {one.name}")
    return all(any(word.startswith(start) for word in there) for start in words(wanted.q))


def _place(one: Publisher, order: Order) -> tuple[int, str, str]:
    return (-one.datasets if order == "datasets" else 0, one.title.casefold(), one.name)


def _counted(values: Iterable[str]) -> list[dict[str, Any]]:
    return [{"value": value, "count": count} for value, count in sorted(Counter(values).items()) if value]
