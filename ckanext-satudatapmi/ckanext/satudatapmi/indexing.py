"""What the search index knows of a dataset, and the facets that stand on it."""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk


def facets() -> dict[str, str]:
    """Return the facets (Solr field -> title): those of the national portal, then tags and licences."""
    return {
        "organization": tk._("Walidata"),
        "extras_kategori": tk._("Category"),
        "extras_prioritas_tahun": tk._("Priority data (year)"),
        "res_format": tk._("Format"),
        "tags": tk._("Tags"),
        "license_id": tk._("Licence"),
    }


def index_fields(pkg_dict: dict[str, Any]) -> dict[str, Any]:
    """Return the index document with the fields that Solr knows by name."""
    return pkg_dict
