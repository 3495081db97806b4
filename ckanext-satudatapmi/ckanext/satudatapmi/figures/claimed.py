"""Which number? All claims and figures on how many PMI there are, grouped by concept, and why the groups differ."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from ckanext.satudatapmi.figures.answering import Reader, Refusal
from ckanext.satudatapmi.figures.comparing import comparable, differing
from ckanext.satudatapmi.figures.registry import definitions, facets
from ckanext.satudatapmi.figures.store.reading import Selection
from ckanext.satudatapmi.figures.words import plain_comparison

ASKED = ("pmi_stock", "citizens_registered_abroad", "placement_cumulative")
"""The indicators that are quoted as the number of PMI."""


@dataclass(frozen=True)
class Statement:
    """A number that is quoted as the number of PMI: a claim, or a published figure of the whole or of one country.

    Attributes:
        publisher: who said or published it; kind: claim or figure.
        day: the day it is about; published: when it came out.
        value: the number; destination: the country it is of, or the code of the total.
        definition: what it counts.
        source: where it stands (package_id, resource_id, file, row, text).
    """

    publisher: str
    kind: str
    day: date
    published: date
    value: Decimal
    destination: str
    definition: str
    source: Mapping[str, Any]


@dataclass(frozen=True)
class Group:
    """The statements that count the same thing, the latest first."""

    definition: str
    statements: tuple[Statement, ...]


def statements(claims: Iterable[Mapping[str, Any]], read: Reader) -> list[Statement]:
    """Return all claims, and the figures of the nation that are quoted as the number of PMI."""
    rows = [*read(Selection(ASKED)), *read(Selection(ASKED, codes={"destination": None}))]
    figures = [_of_figure(row) for row in rows if row["value"] is not None]
    return [*(_of_claim(claim) for claim in claims), *figures]


def groups(stated: Iterable[Statement]) -> list[Group]:
    """Return the statements by what they count: claims before figures, the whole before its parts."""
    found: dict[str, list[Statement]] = {}
    for one in stated:
        found.setdefault(one.definition, []).append(one)
    ordered = [
        Group(name, tuple(sorted(ones, key=lambda one: (one.destination != "_T", -one.day.toordinal(), -one.value))))
        for name, ones in found.items()
    ]
    return sorted(ordered, key=lambda group: (group.statements[0].kind != "claim", -group.statements[0].value))


def refusal(method: str, stated: Sequence[Statement]) -> Refusal:
    """Return why there is no sum or mean of the statements."""
    return Refusal(method, differing(definitions()[one.definition] for one in stated))


def plain_groups(found: Sequence[Group]) -> dict[str, Any]:
    """Return the groups and how each pair of them differs, as plain data."""
    known = definitions()
    return {
        "groups": [
            {
                "definition": group.definition,
                "title": dict(known[group.definition].title),
                "note": dict(known[group.definition].note),
                "attributes": dict(known[group.definition].attributes),
                "statements": [_plain(one) for one in group.statements],
            }
            for group in found
        ],
        "comparisons": [
            plain_comparison(comparable(known[one.definition], known[other.definition]))
            for at, one in enumerate(found)
            for other in found[at + 1 :]
        ],
    }


def _of_claim(claim: Mapping[str, Any]) -> Statement:
    source = {name: claim[name] for name in ("package_id", "resource_id", "file")}
    source |= {"row": claim["source_row"], "text": claim["source"]}
    day = claim["said_on"]
    return Statement(claim["publisher"], "claim", day, day, claim["value"], "_T", claim["definition"], source)


def _of_figure(row: Mapping[str, Any]) -> Statement:
    source = {name: row[name] for name in ("package_id", "resource_id", "file")}
    source |= {"row": row["source_row"], "text": row["note"]}
    publisher = facets()[row["facet"]].publisher
    return Statement(
        publisher, "figure", row["ref_end"], row["vintage"], row["value"], row["destination"], row["definition"], source
    )


def _plain(one: Statement) -> dict[str, Any]:
    return {
        "publisher": one.publisher,
        "kind": one.kind,
        "day": one.day.isoformat(),
        "published": one.published.isoformat(),
        "value": int(one.value),
        "destination": one.destination,
        "source": dict(one.source),
    }
