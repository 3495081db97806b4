"""What `schemas/openapi/` leaves open: enumerations that stand elsewhere, and examples that are there at the moment."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import ckan.plugins.toolkit as tk

from ckanext.satudatapmi.catalogue import figure_files
from ckanext.satudatapmi.figures import question
from ckanext.satudatapmi.figures.checks import rules
from ckanext.satudatapmi.figures.registry import facets, indicators
from ckanext.satudatapmi.publication import table_downloads
from ckanext.satudatapmi.reference.published import published_lists

LANGUAGES = ("id", "en")
ENUMERATIONS: Mapping[str, Callable[[], Iterable[str]]] = {
    "aggregates": lambda: question.AGGREGATES,
    "code_lists": published_lists,
    "facets": lambda: (question.DEFAULT, question.ALL, *facets()),
    "figure_files": figure_files.files,
    "indicators": indicators,
    "languages": lambda: LANGUAGES,
    "rules": rules,
    "table_files": table_downloads.forms,
}
LOOKED_AT = 50


def examples() -> dict[str, str]:
    """Return names and ids of a public dataset, an uploaded file and a table, each where there is one."""
    wanted = {"rows": LOOKED_AT, "sort": "metadata_created asc", "fq": "type:dataset"}
    datasets = tk.get_action("package_search")({"user": "", "auth_user_obj": None}, wanted)["results"]
    found: dict[str, str] = {}
    for dataset in datasets:
        found.setdefault("dataset", dataset["name"])
        for resource in dataset["resources"]:
            _add(found, dataset, resource)
    return found


def _add(found: dict[str, str], dataset: Mapping[str, Any], resource: Mapping[str, Any]) -> None:
    if resource.get("datastore_active"):
        found.setdefault("table_dataset", dataset["name"])
        found.setdefault("table", resource["id"])
    if resource.get("url_type") == "upload" and "file" not in found:
        name = resource["url"].rpartition("/")[2]
        found.update({"file_dataset": dataset["name"], "file": resource["id"], "filename": name})
