"""The search page beside what CKAN gives it: suggestions while typing (`/saran`), and what its templates ask for."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

import ckan.plugins.toolkit as tk
from flask import Blueprint, Response, jsonify, request

from ckanext.satudatapmi.figures.words import label
from ckanext.satudatapmi.portal import search_answers, search_index, search_matches
from ckanext.satudatapmi.portal.memory import ask_as_anybody, remembered
from ckanext.satudatapmi.portal.search_index import Spelling
from ckanext.satudatapmi.portal.search_matches import Match
from ckanext.satudatapmi.portal.search_suggestions import Entry, suggestions
from ckanext.satudatapmi.reference import wilayah

pages = Blueprint("satudata_search", __name__)

FEW = 2
"""Datasets: a search that finds no more may be spelt otherwise than it was meant."""
CHOICES = {"access": "accessRights", "accrualPeriodicity": "accrualPeriodicity"}
"""The field whose choices name the values of a facet."""


def get_helpers() -> dict[str, Callable[..., Any]]:
    """Return the helpers under the names that templates use."""
    return {
        "satudata_search_answer": search_answer,
        "satudata_better_spelling": better_spelling,
        "satudata_matches": matches,
        "satudata_facet_label": facet_label,
    }


@pages.get("/saran")
def suggest() -> Response:
    """Return what a text may be the beginning of: {groups: [{title, items: [{title, address}]}]}."""
    found = suggestions(request.args.get("q", ""), _publishers(), search_index.titles_beginning)
    titles = _kinds()
    return jsonify(
        groups=[{"title": titles[group.kind], "items": [_item(entry) for entry in group.entries]} for group in found]
    )


def _kinds() -> dict[str, str]:
    return {
        "indicators": tk._("Indicators"),
        "places": tk._("Provinces and districts"),
        "countries": tk._("Countries"),
        "publishers": tk._("Publishers"),
        "datasets": tk._("Datasets"),
    }


def _item(entry: Entry) -> dict[str, str]:
    return {"title": tk.h.satudata_in_language(entry.title), "address": tk.h.url_for(entry.page, **entry.values)}


def _publishers() -> list[dict[str, str]]:
    return remembered("publishers", _read_publishers)


def _read_publishers() -> list[dict[str, str]]:
    asked = {"rows": 0, "fq": "dataset_type:dataset", "facet.field": ["organization"], "facet.limit": -1}
    found = ask_as_anybody("package_search", asked)["search_facets"].get("organization", {}).get("items", [])
    return [{"name": one["name"], "title": one["display_name"]} for one in found]


def search_answer(text: str) -> search_answers.SearchAnswer | None:
    """Return the figure that a search asks for, None where it asks for none."""
    return search_answers.answer_to(text, ask_as_anybody)


def better_spelling(
    text: str, filters: Mapping[str, Collection[str]], facets: Collection[str], found: int
) -> Spelling | None:
    """Return a search that is spelt otherwise and finds more; None where enough was found, or no other finds more.

    Args:
        text: what was searched for.
        filters: the values asked of fields, by field.
        facets: the fields that visitors may filter by; with others no spelling is looked for.
        found: how many datasets the search found.
    """
    if found > FEW or not filters.keys() <= set(facets):
        return None
    return search_index.better_spelling(text, filters, found)


def matches(text: str, packages: Sequence[Mapping[str, Any]]) -> dict[str, Match]:
    """Return where datasets that the page shows match a search, by id."""
    marked = search_index.marked_texts(text, [one["id"] for one in packages])
    plain = {
        id_: fields | {"notes": [str(tk.h.markdown_extract(one, 0)) for one in fields.get("notes", ())]}
        for id_, fields in marked.items()
    }
    return search_matches.matches(plain, lambda words: search_index.reasons(text, words))


def facet_label(facet: str, value: str, title: str = "") -> str:
    """Return what a value of a facet is called in the page's language.

    Args:
        facet: field of the search index.
        value: as the index has it.
        title: what CKAN calls the value, "" where it does not say.
    """
    if facet == "place":
        dimension = "origin" if value in wilayah.areas() else "destination"
        return tk.h.satudata_in_language(label(dimension, value))
    if facet in CHOICES:
        return tk.h.satudata_choice({CHOICES[facet]: value}, CHOICES[facet])
    return value.upper() if facet == "res_format" else title or value
