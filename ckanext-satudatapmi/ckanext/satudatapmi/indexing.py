"""What the search index knows of a dataset, and the facets that stand on it."""

from __future__ import annotations

import re
from typing import Any

import ckan.plugins.toolkit as tk

from ckanext.satudatapmi.catalogue import activities, checking
from ckanext.satudatapmi.catalogue.kiosk import fields as kiosk_fields
from ckanext.satudatapmi.harvesters import visitors
from ckanext.satudatapmi.publication import coverage, persons, search_fields
from ckanext.satudatapmi.publication.coverage import Coverage
from ckanext.satudatapmi.schemas import wire


def facets() -> dict[str, str]:
    """Return the facets of the search page (Solr field -> title), the most asked for first."""
    return {"theme": tk._("Theme"), "organization": tk._("Publisher")} | facets_within_organization()


def facets_within_organization() -> dict[str, str]:
    """Return the facets of a page that shows one organisation's datasets alone."""
    return {
        "theme": tk._("Theme"),
        "place": tk._("Province or country"),
        "year": tk._("Year"),
        "res_format": tk._("Format"),
        "access": tk._("Access"),
        "accrualPeriodicity": tk._("Update frequency"),
        "prioritas_tahun": tk._("Priority data (year)"),
        "tags": tk._("Tags"),
        "license_id": tk._("Licence"),
    }


NOT_SEARCHED = ("wire_extra", "harvest_flags")
"""Fields of JSON that say nothing to a reader: their words would only blur the full-text search."""

WHOLE_DATASETS = ("*", "data_dict", "validated_data_dict")
"""Fields of the index that hold a dataset as it is stored, names of persons and all."""

FIELD = re.compile(r"^\w+$")
SORT = re.compile(r"^\s*\w+(\([^()]*\))?\s+(asc|desc)(\s*,\s*\w+(\([^()]*\))?\s+(asc|desc))*\s*$", re.IGNORECASE)


def index_fields(pkg_dict: dict[str, Any]) -> dict[str, Any]:
    """Return the index document without the fields that nobody searches, or that nobody may find a dataset by."""
    names = {*NOT_SEARCHED, *persons.personal_fields()}
    hidden = {f"{prefix}{name}" for name in names for prefix in ("", "extras_", "res_extras_")}
    covered = coverage.of_entry({name: wire.decode_json(pkg_dict.get(name) or "") for name in ("spatial", "temporal")})
    kept = {key: value for key, value in _with_activity(pkg_dict).items() if key not in hidden}
    kept |= _extent(covered) | search_fields.fields_of(pkg_dict, covered)
    if kept.get("dataset_type") == "dataset" and not checking.is_published(pkg_dict["id"]):
        # It stays out of ordinary searches, those of its own organisation included.
        kept["capacity"] = "private"
    return visitors.for_visitors(kept) if kept.get("dataset_type") == "harvest" else kept


def _extent(covered: Coverage) -> dict[str, Any]:
    """Return where and when the data are of, as far as that is known; questions for an area or a time need it."""
    days = {"extent_start_date": covered.start, "extent_end_date": covered.end}
    found = {name: f"{day.isoformat()}T00:00:00Z" for name, day in days.items() if day}
    if covered.box:
        found |= {f"extent_{side}": degrees for side, degrees in vars(covered.box).items()}
    return found


def _with_activity(pkg_dict: dict[str, Any]) -> dict[str, Any]:
    """Return the index document with the MS-Keg of the dataset's activity, so that its words find the dataset."""
    if not pkg_dict.get(activities.LINK):
        return pkg_dict
    answers = activities.answers_of([pkg_dict[activities.LINK]]).get(pkg_dict[activities.LINK], {})
    return pkg_dict | {f"extras_{name}": value for name, value in answers.items()}


def forgiving_query(search_params: dict[str, Any]) -> dict[str, Any]:
    """Return the search parameters with the query parser that forgives a stray quote or AND, and an order that is one.

    CKAN's default, dismax, answers such input with an error, and so does Solr to an order like `,`.
    """
    kept = {"defType": "edismax"} | search_params
    if kept.get("sort") and kept["sort"] != "rank" and not SORT.match(kept["sort"]):
        kept["sort"] = None
    return kept


def public_query(search_params: dict[str, Any]) -> dict[str, Any]:
    """Return the search parameters without the fields that hold more than the pages show.

    package_search hands `fl` and `facet.field` to Solr as they are, whoever asks.
    """
    refused = {*WHOLE_DATASETS, *persons.personal_fields(), *visitors.SECRET_KEYS}
    kept = dict(search_params)
    for name in ("fl", "facet.field"):
        if kept.get(name):
            asked = kept[name] if isinstance(kept[name], list) else str(kept[name]).replace(",", " ").split()
            # Nothing but names: Solr would give any field another one, compute with it, or take a pattern of names.
            kept[name] = [field for field in asked if FIELD.match(field.strip()) and _bare(field) not in refused]
    return kept


def without_kiosk(search_params: dict[str, Any]) -> dict[str, Any]:
    """Return the search parameters so that the kiosk's content is found by those alone who ask for its types.

    It is no data: catalogues, feeds and those who harvest us search without naming a type.
    """
    asked = f"{search_params.get('fq') or ''} {' '.join(search_params.get('fq_list') or [])}"
    if any(f"dataset_type:{name}" in asked for name in kiosk_fields.types()):
        return search_params
    names = " OR ".join(f'"{name}"' for name in kiosk_fields.types())
    return search_params | {"fq": f"{search_params.get('fq') or ''} -dataset_type:({names})".strip()}


def _bare(field: str) -> str:
    return field.strip().removeprefix("res_extras_").removeprefix("extras_")
