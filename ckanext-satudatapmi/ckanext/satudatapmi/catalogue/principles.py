"""The four principles of Satu Data Indonesia (Perpres 39/2019 articles 3-10), checked on a dataset one by one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ckanext.satudatapmi.catalogue import forms, quality
from ckanext.satudatapmi.catalogue.quality import Facts, Metric
from ckanext.satudatapmi.schemas import form, vocabularies
from ckanext.satudatapmi.text import _

PRINCIPLES = ("standar_data", "metadata", "interoperabilitas", "kode_referensi")
STANDARD_METRICS = ("definition", "measure", "unit", "standard")
"""Konsep and definisi, ukuran, satuan, number of the Standar Data Statistik (article 4)."""

INTEROPERABILITY_METRICS = ("machine_readable", "non_proprietary", "download_url", "dcat_ap")
"""An open format that electronic systems can read, and data that can be had (article 9)."""


@dataclass(frozen=True)
class Mark:
    """Whether a dataset keeps to a principle, and what is missing, in words."""

    principle: str
    kept: bool
    missing: tuple[str, ...]


def marks(facts: Facts, language: str) -> tuple[Mark, ...]:
    """Return the four marks of a dataset, in the order of the law.

    Args:
        facts: what is known of it.
        language: id or en.
    """
    advice = {metric.name: _advice(metric, language) for metric in quality.score(facts, "sdi").missed}
    missing = {
        "standar_data": [*_given(advice, STANDARD_METRICS), *_unpaired(facts.package)],
        "metadata": _form_problems(facts.package, language),
        "interoperabilitas": _given(advice, INTEROPERABILITY_METRICS),
        "kode_referensi": _given(advice, ("reference_codes",)),
    }
    return tuple(Mark(name, not missing[name], tuple(missing[name])) for name in PRINCIPLES)


def _given(advice: Mapping[str, str], names: tuple[str, ...]) -> list[str]:
    return [advice[name] for name in names if name in advice]


def _advice(metric: Metric, language: str) -> str:
    return f"{metric.title[language]}: {metric.advice[language]}"


def _unpaired(package: Mapping[str, Any]) -> list[str]:
    """Return that ukuran and satuan do not pair: as many groups of units as measures (Peraturan BPS 4/2020)."""
    measures, units = (_groups(package.get(name)) for name in ("ukuran", "satuan"))
    if not measures or not units or len(measures) == len(units):
        return []
    return [
        _(
            "There are {measures} measures (ukuran) and {units} groups of units (satuan), separated by semicolons. "
            "Give each measure its units.",
            measures=len(measures),
            units=len(units),
        )
    ]


def _groups(value: Any) -> list[str]:
    text = "" if vocabularies.is_missing(value) else str(value)
    return [group for group in text.split(";") if group.strip()]


def _form_problems(package: Mapping[str, Any], language: str) -> list[str]:
    return [
        problem["message"]
        for name in forms.OF_DATASETS
        for problem in forms.problems_of(form.load(name), forms.reading_of(package, name), language)
    ]
