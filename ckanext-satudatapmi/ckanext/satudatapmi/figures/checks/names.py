"""R10: names that no code list knows."""

from __future__ import annotations

from ckanext.satudatapmi.figures.checks.cells import SHOWN
from ckanext.satudatapmi.figures.checks.finding import Finding, severity_of
from ckanext.satudatapmi.figures.registry import dimensions
from ckanext.satudatapmi.tables.values import TidyTable


def without_code(tidy: TidyTable) -> list[Finding]:
    """Return each name without a code once, with the first row that holds it and how many figures it holds back."""
    found: list[Finding] = []
    for name, dimension in dimensions().items():
        codes, printed = f"kode_{dimension.field}", f"nama_{dimension.field}"
        if codes not in tidy.frame:
            continue
        nameless = tidy.frame[tidy.frame[codes].isna() & tidy.frame[printed].notna()]
        for text, rows in nameless.groupby(printed, sort=False):
            first = rows.iloc[0]
            facts = {
                "kind": "name",
                "name": str(text),
                "dimension": name,
                "codes": dimension.codes,
                "figures": len(rows),
            }
            place = (int(first["baris_sumber"]), str(first["kolom_sumber"]))
            found.append(Finding("R10", severity_of("R10"), facts, *place))
    return found[:SHOWN]
