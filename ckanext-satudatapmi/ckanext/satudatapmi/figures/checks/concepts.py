"""F1: a figure that is called people abroad and counts something else (command-center.md section 0.1)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from ckanext.satudatapmi.figures.checks.cells import rows
from ckanext.satudatapmi.figures.checks.finding import Finding, number, severity_of
from ckanext.satudatapmi.figures.checks.words import abroad
from ckanext.satudatapmi.figures.observations import Observations
from ckanext.satudatapmi.figures.registry import UNKNOWN, definitions
from ckanext.satudatapmi.tables.values import TidyTable

STOCK = "stock"


def called_people_abroad(tidy: TidyTable, observations: Observations) -> list[Finding]:
    """Return F1 for each figure of a table whose titles or notes speak of people abroad though it counts no stock."""
    said = next((text for text in (*tidy.titles, *tidy.notes) if abroad(text)), None)
    if said is None:
        return []
    frame = observations.frame
    wrong = frame[[_counts_otherwise(name) for name in frame["definition"]]]
    found: list[Finding] = []
    for row in rows(wrong.drop_duplicates("definition")):
        key = {"ref_start": row.ref_start.isoformat(), "ref_end": row.ref_end.isoformat()}
        value = None if row.value is None else number(float(row.value))
        facts = _facts(str(row.definition), value) | {"text": said}
        found.append(Finding("F1", severity_of("F1"), facts, int(row.source_row), str(row.source_column), key))
    return found


def claimed_people_abroad(claim: Mapping[str, Any], definition: str) -> list[Finding]:
    """Return F1 of a claim that is called people abroad by its definition's id though that definition is no stock.

    Args:
        claim: `publisher`, `said_on` (date), `value`, and `text`, the words in which it was said.
        definition: the id of what it counts.
    """
    text = str(claim.get("text") or "")
    if not abroad(text) or not _counts_otherwise(definition):
        return []
    said_on: date = claim["said_on"]
    facts = _facts(definition, number(float(claim["value"]))) | {"text": text, "publisher": claim["publisher"]}
    key = {"ref_start": said_on.isoformat(), "ref_end": said_on.isoformat()}
    return [Finding("F1", severity_of("F1"), facts, claim.get("source_row"), None, key)]


def _counts_otherwise(definition: str) -> bool:
    return definitions()[definition].attributes["measure"] not in (STOCK, UNKNOWN)


def _facts(definition: str, value: float | None) -> dict[str, Any]:
    measure = definitions()[definition].attributes["measure"]
    return {"kind": "measure", "definition": definition, "measure": measure, "value": value}
