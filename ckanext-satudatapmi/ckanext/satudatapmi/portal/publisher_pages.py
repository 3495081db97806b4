"""The page of publishers, in place of CKAN's list of organisations, which knows neither kind nor province."""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk
from ckan.lib.pagination import Page
from flask import Blueprint, request

from ckanext.satudatapmi.portal import publishers

A_PAGE = 30

pages = Blueprint("satudata_publishers", __name__)


@pages.get("/organization/")
def index() -> str:
    """Show the bodies that publish: those with data first."""
    asked = {key: request.args.get(key, "").strip() for key in ("q", "kind", "province", "with_data", "sort")}
    page = tk.h.get_page_number(request.args)
    found = _found(asked, page)
    shown = Page(range(found["count"]), page, items_per_page=A_PAGE, item_count=found["count"], url=tk.h.pager_url)
    return tk.render(
        "organization/index.html",
        {
            "found": found,
            "asked": asked,
            "page": shown,
            "kinds": _kinds(found["kinds"]),
            "provinces": _provinces(found["provinces"]),
            "group_type": "organization",
        },
    )


def _found(asked: dict[str, str], page: int) -> dict[str, Any]:
    """Return what the address asks for; what is no choice means all."""
    window = {"offset": (page - 1) * A_PAGE, "limit": A_PAGE}
    try:
        return tk.get_action("satudata_publisher_list")({}, {**asked, **window})
    except tk.ValidationError:
        return tk.get_action("satudata_publisher_list")({}, {"q": asked["q"], **window})


def _kinds(counted: list[dict[str, Any]]) -> list[dict[str, Any]]:
    schema = tk.h.scheming_get_organization_schema("organization")
    field = next(one for one in schema["fields"] if one["field_name"] == "kind")
    counts = {one["value"]: one["count"] for one in counted}
    return [
        {
            "value": choice["value"],
            "label": tk.h.scheming_language_text(choice["label"]),
            "count": counts[choice["value"]],
        }
        for choice in field["choices"]
        if choice["value"] in counts
    ]


def _provinces(counted: list[dict[str, Any]]) -> list[dict[str, Any]]:
    names = publishers.province_names()
    known = [{**one, "label": names[one["value"]]} for one in counted if one["value"] in names]
    return sorted(known, key=lambda one: one["label"])
