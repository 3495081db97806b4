"""The codes of the cube's columns with their labels, and the words of schemas/figures/sdmx.yaml."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

import yaml

from ckanext.satudatapmi.figures.registry import (
    HERE,
    NOT_APPLICABLE,
    Words,
    definitions,
    dimensions,
    facets,
    indicators,
)
from ckanext.satudatapmi.reference.codelists import UnknownCodeList, rows
from ckanext.satudatapmi.reference.published import concepts, published_lists

Labels = Mapping[str, str]


@cache
def sdmx() -> Mapping[str, Any]:
    """Return schemas/figures/sdmx.yaml."""
    return yaml.safe_load((HERE / "sdmx.yaml").read_text(encoding="utf-8"))


@cache
def coded_columns() -> Mapping[str, str]:
    """Return the list of codes by column of the cube, for the columns that have one."""
    return {
        "indicator": "indicator",
        "facet": "facet",
        **{name: dimension.codes for name, dimension in dimensions().items()},
        "obs_status": "obs_status",
        "conf_status": "conf_status",
        "definition": "definition",
        "unit": "unit",
    }


@cache
def labels(codes: str, language: str) -> Labels:
    """Return the label of each code of a list, in its order; in Indonesian where there is none in the language.

    Lists of dimensions end with the groups that every breakdown takes: total, other, unknown, does not apply.

    Args:
        codes: name of a code list, or of one of the lists of schemas/figures/sdmx.yaml.
        language: id or en.
    """
    return {code: words.get(language) or words["id"] for code, words in _words(codes).items()}


def title(codes: str, language: str) -> str:
    """Return the name of a list."""
    if codes in sdmx()["lists"]:
        return sdmx()["lists"][codes]["name"][language]
    if codes in published_lists():
        return published_lists()[codes].title[language]
    return next(one.label[language] for one in dimensions().values() if one.codes == codes)


def _words(codes: str) -> dict[str, Words]:
    ours: dict[str, dict[str, Words]] = {
        "indicator": {one.id: one.label for one in indicators().values()},
        "facet": {one.id: one.title for one in facets().values()},
        "definition": {one.id: one.title for one in definitions().values()},
        "unit": _listed("satuan"),
    }
    if codes in ours:
        return ours[codes]
    if codes in sdmx()["lists"]:
        return sdmx()["lists"][codes]["codes"]
    return _listed(codes) | _listed("kelompok_khusus") | {NOT_APPLICABLE: sdmx()["not_applicable"]}


def _listed(codes: str) -> dict[str, Words]:
    """Return the codes of a published list, or of a file that is none; of a list that has no file yet, no codes."""
    if codes in published_lists():
        return {one.code: one.label for one in concepts(codes)}
    try:
        return {row["kode"]: {"id": row["label"], "en": row.get("label_en", "")} for row in rows(codes)}
    except UnknownCodeList:
        return {}
