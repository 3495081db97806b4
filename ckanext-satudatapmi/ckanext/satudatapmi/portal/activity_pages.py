"""The page of a statistical activity: its MS-Keg, and the datasets that are made from it."""

from __future__ import annotations

import ckan.plugins.toolkit as tk
from flask import Blueprint

pages = Blueprint("satudata_activities", __name__)


@pages.get("/kegiatan/<reference>")
def show(reference: str) -> str | tuple[str, int]:
    """Show an activity."""
    try:
        activity = tk.get_action("satudata_activity_show")({}, {"id": reference})
    except tk.ObjectNotFound as error:
        return tk.abort(404, str(error))
    return tk.render("satudata/activity.html", {"activity": activity})
