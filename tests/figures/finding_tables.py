"""The tables of defects/ and controls/ as the project loads them, and what the checks find in them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd
import yaml

from ckanext.satudatapmi.figures.checks import Finding, check_series, check_table
from ckanext.satudatapmi.figures.observations import COLUMNS, Observations, Provenance, observations_of
from ckanext.satudatapmi.tables.description import parse_description
from ckanext.satudatapmi.tables.reader import read_table
from ckanext.satudatapmi.tables.tidy import tidy_table
from ckanext.satudatapmi.tables.values import TidyTable

HERE = Path(__file__).parent
NOTHING = pd.DataFrame(columns=[*COLUMNS, "facet"])


@dataclass(frozen=True)
class Loaded:
    """A table and its observations."""

    tidy: TidyTable
    observations: Observations

    @property
    def known(self) -> pd.DataFrame:
        """The observations as the single data holds them."""
        return self.observations.frame.assign(facet=self.observations.facet.id)

    def findings(self, known: pd.DataFrame = NOTHING) -> list[Finding]:
        """Return what all checks find."""
        return [*check_table(self.tidy, self.observations), *check_series(self.observations, known)]


@cache
def tables() -> dict[str, dict[str, Any]]:
    """Return tables.yaml."""
    return yaml.safe_load((HERE / "tables.yaml").read_text(encoding="utf-8"))


def loaded(name: str) -> Loaded:
    """Load one of the tables by its path below this folder."""
    entry = tables()[name]
    return load((HERE / name).read_text(encoding="utf-8"), entry["facet"], entry["description"])


def load(text: str, facet: str, description: dict[str, Any], retrieved: date = date(2025, 3, 1)) -> Loaded:
    """Load a table given as text."""
    described = parse_description(description)
    tidy = tidy_table(read_table(text.encode(), described, "tabel.csv"), described)
    return Loaded(tidy, observations_of(tidy, facet, Provenance("tabel.csv", retrieved)))


def rules_of(findings: list[Finding]) -> set[str]:
    """Return the rules that found something."""
    return {one.rule for one in findings}
