"""What `schemas/openapi/` leaves open: enumerations that stand elsewhere, and examples that are there at the moment."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import ckan.plugins.toolkit as tk

from ckanext.satudatapmi.catalogue import figure_files
from ckanext.satudatapmi.figures import question
from ckanext.satudatapmi.figures.checks import rules
from ckanext.satudatapmi.figures.exports.vocabulary import sdmx
from ckanext.satudatapmi.figures.registry import facets, indicators
from ckanext.satudatapmi.figures.sdmx import structure_queries
from ckanext.satudatapmi.publication import dumps, series, store, table_downloads
from ckanext.satudatapmi.reference.published import published_lists

LANGUAGES = ("id", "en")
ENUMERATIONS: Mapping[str, Callable[[], Iterable[str]]] = {
    "aggregates": lambda: question.AGGREGATES,
    "code_lists": published_lists,
    "dump_files": lambda: (dumps.MANIFEST, dumps.SIGNATURE, dumps.SUMS, dumps.ARCHIVE),
    "facets": lambda: (question.DEFAULT, question.ALL, *facets()),
    "figure_files": figure_files.files,
    "indicators": indicators,
    "languages": lambda: LANGUAGES,
    "rules": rules,
    "sdmx_agencies": lambda: ("*", sdmx()["agency"]),
    "sdmx_flows": lambda: ("all", sdmx()["dataflow"]),
    "sdmx_structures": lambda: structure_queries.KINDS,
    "table_files": table_downloads.forms,
}
LOOKED_AT = 50


def examples() -> dict[str, str]:
    """Return names and ids of a public dataset, an uploaded file, a table and a series, each where there is one."""
    wanted = {"rows": LOOKED_AT, "sort": "metadata_created asc", "fq": "type:dataset"}
    datasets = tk.get_action("package_search")({"user": "", "auth_user_obj": None}, wanted)["results"]
    found: dict[str, str] = {}
    for dataset in datasets:
        found.setdefault("dataset", dataset["name"])
        found.setdefault("dataset_id", dataset["id"])
        for resource in dataset["resources"]:
            _add(found, dataset, resource)
    return found | _series([dataset["id"] for dataset in datasets])


def _add(found: dict[str, str], dataset: Mapping[str, Any], resource: Mapping[str, Any]) -> None:
    if resource.get("datastore_active") and "table" not in found:
        found.update({"table_dataset": dataset["name"], "table": resource["id"]})
    if resource.get("url_type") == "upload" and "file" not in found:
        name = resource["url"].rpartition("/")[2]
        found.update({"file_dataset": dataset["name"], "file": resource["id"], "filename": name})


def _series(ids: Sequence[str]) -> dict[str, str]:
    with store.snapshot() as connection:
        found = series.of_datasets(connection, ids)
    return {"series_organization": found[0].organization.name, "series": found[0].key} if found else {}
