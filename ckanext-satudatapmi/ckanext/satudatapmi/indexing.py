"""What the search index knows of a dataset, and the facets that stand on it."""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk


def facets() -> dict[str, str]:
    """Return the facets (Solr field -> title): those of the national portal, then tags and licences."""
    return {"organization": tk._("Walidata")} | facets_within_organization()


def facets_within_organization() -> dict[str, str]:
    """Return the facets of a page that shows one organisation's datasets alone."""
    return {
        "kategori": tk._("Category"),
        "prioritas_tahun": tk._("Priority data (year)"),
        "res_format": tk._("Format"),
        "tags": tk._("Tags"),
        "license_id": tk._("Licence"),
    }


NOT_SEARCHED = ("wire_extra", "harvest_flags")
"""Fields of JSON that say nothing to a reader: their words would only blur the full-text search."""


def index_fields(pkg_dict: dict[str, Any]) -> dict[str, Any]:
    """Return the index document without the fields that nobody searches."""
    hidden = {f"{prefix}{name}" for name in NOT_SEARCHED for prefix in ("", "extras_", "res_extras_")}
    return {key: value for key, value in pkg_dict.items() if key not in hidden}


def forgiving_query(search_params: dict[str, Any]) -> dict[str, Any]:
    """Return the search parameters with the query parser that forgives a stray quote or AND.

    CKAN's default, dismax, answers such input with an error.
    """
    return {"defType": "edismax"} | search_params
