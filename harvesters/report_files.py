"""The report of a harvest job as a file that a publisher works through: one line for each fault."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping
from typing import Any

from ckanext.satudatapmi.harvesters.remarks import remark_words
from ckanext.satudatapmi.tables.formulas import kept_as_text
from ckanext.satudatapmi.text import _

COLUMNS = ("record", "identifier", "field", "value", "problem", "expected", "what_to_do", "records")
"""`records` is how many records have the same fault, for those of which only some are named."""


def report_csv(report: Mapping[str, Any]) -> str:
    """Return the faults of a report as CSV (RFC 4180), in the order of the catalogue.

    Args:
        report: as report.harvest_report gives it.
    """
    text = io.StringIO()
    writer: csv.DictWriter[str] = csv.DictWriter(text, COLUMNS, restval="")
    writer.writeheader()
    writer.writerows({name: kept_as_text(value) for name, value in line.items()} for line in report_lines(report))
    return text.getvalue()


def report_lines(report: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return every fault of a report by the names of COLUMNS; what is about the catalogue as a whole comes first."""
    lines = [*_of_catalogue(report), *_rejected(report), *_remarked(report), *_refused(report)]
    return sorted(lines, key=lambda line: line.get("record") or 0)


def _of_catalogue(report: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    if report["error"]:
        yield {"problem": report["error"]}
    if report["not_done"]:
        yield {
            "problem": _("This run has left records undone: it was stopped, or others decided what becomes of them."),
            "records": report["not_done"],
        }


def _rejected(report: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    for one in report["rejections"]:
        yield {
            "record": one["number"],
            "field": one["field"],
            "value": one["value"],
            "problem": _("The record cannot be used.") if one.get("expected") else one["reason"],
            "expected": one.get("expected", ""),
            "what_to_do": one["advice"] if one.get("expected") else "",
        }


def _remarked(report: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    for fault in report["faults"]:
        for example in fault["examples"]:
            yield {
                "record": example["number"] or "",
                "field": fault["field"],
                "value": example["value"],
                "problem": remark_words(fault["kind"]),
                "records": fault["count"],
            }


def _refused(report: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    for one in report["failures"]:
        yield {"record": one["number"] or "", "identifier": one["identity"], "problem": one["reason"]}
