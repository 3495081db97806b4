"""A look at a file as plain data, for a page and an API: the first rows as printed beside the first ones as read."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

import pandas as pd
import yaml

from ckanext.satudatapmi.reference.learned import NameSeen
from ckanext.satudatapmi.reference.matching import MatchStatus
from ckanext.satudatapmi.tables.looking import Look, Reading, besides_names
from ckanext.satudatapmi.tables.proposals import Decision

ROWS, COLUMNS, CELL, TOLD = 30, 40, 200, 50
"""Rows, columns, characters of a cell and errors that are shown."""
DOUBTFUL = (MatchStatus.UNKNOWN, MatchStatus.AMBIGUOUS, MatchStatus.FUZZY)


def plain_look(look: Look) -> dict[str, Any]:
    """Return a look at a file as plain data.

    `description` and `yaml` are the same; `raw` holds rows as printed, `tidy` rows as read (None if the file cannot be
    read, see `problem`); `totals` tells whether printed totals agree with their parts, None if there are none.
    """
    reading = look.reading
    return {
        "file": look.file,
        "sheets": list(look.sheets),
        "description": dict(look.description),
        "yaml": as_yaml(look.description),
        "decisions": [_decision(one) for one in look.decisions],
        "needs_confirmation": look.needs_confirmation,
        "problem": look.problem,
        "raw": {
            "total": len(look.cells),
            "rows": [
                {"row": number, "cells": [cell[:CELL] for cell in cells[:COLUMNS]]}
                for number, cells in enumerate(look.cells[:ROWS], 1)
            ],
        },
        "totals": look.totals_agree,
    } | (_reading(reading) if reading else dict.fromkeys(("tidy", "columns", "errors", "warnings", "names")))


def as_yaml(description: Mapping[str, Any]) -> str:
    """Return a description as people write it."""
    return yaml.safe_dump(dict(description), allow_unicode=True, sort_keys=False) if description else ""


def _decision(one: Decision) -> dict[str, Any]:
    return {"key": one.key, "value": one.value, "confidence": one.confidence, "why": one.why, "sure": one.sure}


def _reading(reading: Reading) -> dict[str, Any]:
    tidy = reading.tidy
    shown = tidy.frame.head(ROWS)
    return {
        "tidy": {
            "total": len(tidy.frame),
            "columns": [{"name": one.name, "label": one.label} for one in tidy.fields],
            "rows": [[_cell(value) for value in row] for row in shown.itertuples(index=False, name=None)],
        },
        "columns": [
            {
                "heading": column.name,
                "field": reading.fields.get(column.name, ""),
                "figures": column.name in reading.figures,
            }
            for column in reading.raw.columns
        ],
        "errors": [str(error) for error in besides_names(tidy.errors, tidy)[:TOLD]],
        "warnings": [str(warning) for warning in tidy.warnings[:TOLD]],
        "names": [_name(one) for one in tidy.names if one.match.status in DOUBTFUL][:TOLD],
    }


def _name(one: NameSeen) -> dict[str, Any]:
    return {
        "field": one.field,
        "text": one.match.text,
        "status": str(one.match.status),
        "code": one.match.code,
        "name": one.match.name,
        "row": one.row,
        "column": one.column,
        "candidates": [{"code": candidate.code, "name": candidate.name} for candidate in one.match.candidates],
    }


def _cell(value: Any) -> Any:
    """Return a cell of a tidy table as JSON has it."""
    if value is None or pd.isna(value):
        return None
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    return value.item() if hasattr(value, "item") else value
