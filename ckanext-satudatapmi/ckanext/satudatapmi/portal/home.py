"""The home page: what is in the catalogue, by whom, about what, and what is new."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

NEWEST = 6
PARTNERS = 12
CATEGORIES = 12
COMPARED = 3
COMPARED_TAG = "jumlah pekerja migran"
LATEST = ("nilai", "satuan", "periode_akhir")

CATEGORY = "theme"
"""The search field that holds the categories and themes."""


@dataclass(frozen=True)
class Count:
    """A value of a facet: its name in addresses, its title, the number of datasets."""

    name: str
    title: str
    datasets: int


@dataclass(frozen=True)
class Home:
    """What the home page shows.

    Attributes:
        datasets: number of public datasets.
        partners: number of bodies with at least one dataset.
        tables: number of tables that can be queried.
        sources: number of harvest sources.
        last_harvest: when a harvest last ended (ISO 8601, UTC), or None.
        newest: the newest datasets, as package_search gives them.
        by_partner: bodies with their datasets, the largest first.
        by_category: categories with their datasets, the largest first.
    """

    datasets: int
    partners: int
    tables: int
    sources: int
    last_harvest: str | None
    newest: tuple[Mapping[str, Any], ...]
    by_partner: tuple[Count, ...]
    by_category: tuple[Count, ...]

    @property
    def largest_partners(self) -> tuple[Count, ...]:
        """The bodies that the page has room for."""
        return self.by_partner[:PARTNERS]


@dataclass(frozen=True)
class Compared:
    """A dataset beside others that speak of the same thing: its latest figure, the unit, the day it is of."""

    dataset: Mapping[str, Any]
    value: Any
    unit: str
    day: str


def search_for_home() -> dict[str, Any]:
    """Return the one search that the home page needs."""
    return {
        "q": "*:*",
        "fq": "dataset_type:dataset",
        "sort": "metadata_created desc",
        "rows": NEWEST,
        "facet.field": ["organization", CATEGORY],
        "facet.limit": -1,
        "facet.mincount": 1,
    }


def home(found: Mapping[str, Any], statistics: Mapping[str, Any]) -> Home:
    """Return the home page's contents.

    Args:
        found: what package_search returned for `search_for_home`.
        statistics: what satudata_statistics returned.
    """
    partners = _counts(found, "organization")
    return Home(
        datasets=found["count"],
        partners=len(partners),
        tables=statistics["tables"],
        sources=statistics["sources"],
        last_harvest=statistics["last_harvest"],
        newest=tuple(found["results"]),
        by_partner=tuple(partners),
        by_category=tuple(_counts(found, CATEGORY)[:CATEGORIES]),
    )


def search_for_compared() -> dict[str, Any]:
    """Return the search for datasets that answer the question how many migrant workers there are."""
    return {"q": "*:*", "fq": f'dataset_type:dataset tags:"{COMPARED_TAG}"', "rows": 20, "sort": "title_string asc"}


def one_of_each_body(datasets: Iterable[Compared | None]) -> list[Compared]:
    """Return the first dataset of each publishing body that has a figure, in the order given, COMPARED at most."""
    first: dict[str, Compared] = {}
    for item in datasets:
        body = ((item.dataset if item else {}).get("organization") or {}).get("name")
        if item and body:
            first.setdefault(body, item)
    return list(first.values())[:COMPARED]


def search_for_latest(resource: Mapping[str, Any]) -> dict[str, Any]:
    """Return the datastore_search for the latest rows of a tidy table (tables/columns.py names its columns)."""
    return {"resource_id": resource["id"], "fields": list(LATEST), "sort": "periode_akhir desc", "limit": 2}


def compared(dataset: Mapping[str, Any], rows: Sequence[Mapping[str, Any]]) -> Compared | None:
    """Return a dataset with the figure of its table's latest period.

    Args:
        dataset: what package_search returned.
        rows: the two latest rows of its table, latest first. If both are of one period, the table has more than one
            figure for it, and none of them is the answer: None.
    """
    if not rows or rows[0]["nilai"] is None:
        return None
    if len(rows) > 1 and rows[0]["periode_akhir"] == rows[1]["periode_akhir"]:
        return None
    return Compared(dataset, rows[0]["nilai"], rows[0]["satuan"] or "", rows[0]["periode_akhir"] or "")


def _counts(found: Mapping[str, Any], facet: str) -> list[Count]:
    items = found.get("search_facets", {}).get(facet, {}).get("items", [])
    counts = [Count(item["name"], item["display_name"], item["count"]) for item in items]
    return sorted(counts, key=lambda count: (-count.datasets, count.title))
