"""R14: the same cell by another office, or by another paper of the same days."""

from __future__ import annotations

import pandas as pd

from ckanext.satudatapmi.figures.checks.cells import PERIOD, SHOWN, Cells, day, keys, rows
from ckanext.satudatapmi.figures.checks.finding import Finding, setting
from ckanext.satudatapmi.figures.comparing import comparable
from ckanext.satudatapmi.figures.registry import definitions, facets

MINE = ("facet", "definition", "vintage", "value", "row")


def differing(cells: Cells) -> list[Finding]:
    """Return R14 of new figures: other publishers', and those that the same publisher gave within days."""
    frame = cells.frame[cells.frame["value"].notna()]
    indicator = {name: one.indicator for name, one in facets().items()}
    frame = frame.assign(indicator=frame["facet"].astype("object").map(indicator), at=frame.index)
    frame["key"] = keys(frame, [*cells.names, *PERIOD, "indicator"])
    theirs = frame[~frame["new"]][["key", *MINE]].astype({"facet": str, "definition": str})
    mine = frame[frame["new"] & frame["key"].isin(theirs["key"])].astype({"facet": str, "definition": str})
    both = mine.merge(theirs, on="key", suffixes=("", "_other"))
    both = both[both["value"] != both["value_other"]]
    return _other_offices(cells, both) + _same_days(cells, both)


def _other_offices(cells: Cells, both: pd.DataFrame) -> list[Finding]:
    publisher = {name: one.publisher for name, one in facets().items()}
    both = both[both["facet"].map(publisher) != both["facet_other"].map(publisher)]
    large = both[["value", "value_other"]].max(axis=1)
    small = both[["value", "value_other"]].min(axis=1)
    both = both[large > setting("R14", "ratio") * small]
    newest = both.sort_values("vintage_other", kind="stable").drop_duplicates(["at", "facet_other"], keep="last")
    found: list[Finding] = []
    for row in rows(newest.head(SHOWN)):
        ours, other = definitions()[str(row.definition)], definitions()[str(row.definition_other)]
        facts = {
            "value": row.value,
            "other": row.value_other,
            "other_facet": row.facet_other,
            "ratio": _ratio(row.value, row.value_other),
            "differs": [one.attribute for one in comparable(ours, other).differences],
            "basis": ours.attributes["geography_basis"],
            "other_basis": other.attributes["geography_basis"],
        }
        found.append(cells.found("R14", int(row.at), "office", **facts))
    return found


def _same_days(cells: Cells, both: pd.DataFrame) -> list[Finding]:
    """Return the figures of one definition that differ though published within days: one of them was mistyped."""
    near = (both["vintage"] - both["vintage_other"]).abs() <= setting("R14", "days")
    both = both[near & (both["facet"] == both["facet_other"]) & (both["definition"] == both["definition_other"])]
    return [
        cells.found(
            "R14",
            int(row.at),
            "paper",
            value=row.value,
            other=row.value_other,
            difference=row.value - row.value_other,
            other_vintage=day(row.vintage_other),
        )
        for row in rows(both.drop_duplicates(["at", "value_other"]).head(SHOWN))
    ]


def _ratio(one: float, other: float) -> float | None:
    small, large = sorted((one, other))
    return large / small if small else None
