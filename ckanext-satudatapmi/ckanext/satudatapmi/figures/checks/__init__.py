"""Checks R1 to R14 and F1 of the figures (command-center.md section 7.3): what a table shows of itself, and beside what
the single data holds. No finding holds a load back.
"""

from __future__ import annotations

import pandas as pd

from ckanext.satudatapmi.figures.checks import chains, concepts, names, places, sources, statements, sums, years
from ckanext.satudatapmi.figures.checks.cells import latest, series_cells, table_cells
from ckanext.satudatapmi.figures.checks.explaining import explain
from ckanext.satudatapmi.figures.checks.finding import Finding, Rule, rules
from ckanext.satudatapmi.figures.observations import Observations
from ckanext.satudatapmi.tables.values import TidyTable


def check_table(tidy: TidyTable, observations: Observations) -> list[Finding]:
    """Return what a table shows of itself: rules R1, R3, R5, R6, R9, R10, R13, F1.

    Args:
        tidy: the table, with its controls.
        observations: what was made of it.
    """
    cells = table_cells(tidy)
    return [
        *sums.of_table(cells, partial=tidy.partial),
        *statements.check(tidy, cells),
        *places.repeated(cells),
        *names.without_code(tidy),
        *years.empty_periods(cells),
        *concepts.called_people_abroad(tidy, observations),
    ]


def check_series(new: Observations, known: pd.DataFrame) -> list[Finding]:
    """Return what new observations show beside those that are known: rules R2, R3, R4, R7, R8, R11, R12, R13, R14.

    Args:
        new: the observations of a table.
        known: what the single data holds of the same places and periods, in any vintage: the columns of observations
            and `facet`. Rows of `new` may be among them.
    """
    cells = series_cells(new, known)
    if not cells.frame["new"].any():
        return []
    newest = latest(cells)
    added, runs = sums.added_up(newest), years.runs(newest)
    return [
        *sums.of_series(newest, added),
        *years.pasted(cells, newest, added),
        *chains.cumulative(newest),
        *chains.year_to_date(newest),
        *years.jumps(newest, runs),
        *years.above_year(cells),
        *years.zero_or_missing(cells, newest, runs),
        *sources.differing(cells),
    ]


__all__ = ["Finding", "Rule", "check_series", "check_table", "explain", "rules"]
