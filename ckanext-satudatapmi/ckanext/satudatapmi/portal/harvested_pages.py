"""What the page of a harvested dataset says of its source: vanished there, changed here, probably a copy."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import ckan.plugins.toolkit as tk
from flask import Blueprint, redirect, request
from werkzeug.wrappers import Response

from ckanext.satudatapmi.portal.harvest_words import field_label
from ckanext.satudatapmi.text import _

pages = Blueprint("satudata_harvested", __name__)


@dataclass(frozen=True)
class Edit:
    """A field that was changed here.

    Attributes:
        field: as satudata_local_edit_drop takes it.
        name: name of the field where it is one of the dataset, "" for a file.
        label: what people call it.
        here, partner: the values as texts; partner is None where it is not known.
        removed: whether a whole file was removed.
    """

    field: str
    name: str
    label: str
    here: str
    partner: str | None
    removed: bool


def get_helpers() -> dict[str, Callable[..., Any]]:
    """Return the helpers under the names that templates use."""
    return {"satudata_harvested": harvested, "satudata_local_edits": edits}


def harvested(package: Mapping[str, Any]) -> dict[str, Any]:
    """Return how a dataset stands with its source, as satudata_harvested_show gives it; {} if it was not harvested."""
    if not package.get("source_name"):
        return {}
    try:
        return tk.get_action("satudata_harvested_show")({}, {"id": package["id"]})
    except (tk.ObjectNotFound, tk.NotAuthorized):
        return {}


def edits(package: Mapping[str, Any]) -> list[Edit]:
    """Return what was changed here on a harvested dataset, in words."""
    if not package.get("source_name"):
        return []
    try:
        found = tk.get_action("satudata_local_edits")({}, {"id": package["id"]})
    except (tk.ObjectNotFound, tk.NotAuthorized):
        return []
    places = {resource["id"]: place for place, resource in enumerate(package["resources"], start=1)}
    return [_edit(one, places.get(one["resource"])) for one in found]


def _edit(one: Mapping[str, Any], place: int | None) -> Edit:
    removed = one["kind"] == "removed"
    label = _("a file of the partner") if removed else field_label(one["name"])
    if place is not None and not removed:
        label = field_label(f"resources[{place}].{one['name']}")
    partner = None if one["partner"] is None else _text(one["partner"])
    return Edit(one["field"], "" if one["resource"] else one["name"], label, _text(one["here"]), partner, removed)


def _text(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(_text(one.get("name", "") if isinstance(one, Mapping) else one) for one in value)
    if isinstance(value, bool):
        # The visibility, as CKAN's form calls it.
        return tk._("Private") if value else tk._("Public")
    return "" if value is None else str(value)


@pages.post("/dataset/<reference>/ubahan-setempat")
def drop(reference: str) -> Response:
    """Give up a change that was made here."""
    wanted = {"id": reference, "field": request.form.get("field", "")}
    try:
        tk.get_action("satudata_local_edit_drop")({}, wanted)
        tk.h.flash_success(tk._("The change was given up: what the partner says counts again."))
    except tk.ValidationError as error:
        tk.h.flash_error(" ".join(error.error_summary.values()))
    except tk.ObjectNotFound:
        tk.abort(404, tk._("Dataset not found"))
    except tk.NotAuthorized as error:
        tk.abort(403, str(error))
    return redirect(tk.h.url_for("dataset.read", id=reference))
