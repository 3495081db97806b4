"""What left the portal: who fetched a dataset, for those who may change it; all who fetch, for administrators."""

from __future__ import annotations

import ckan.plugins.toolkit as tk
from flask import Blueprint

pages = Blueprint("satudata_deliveries", __name__)


@pages.get("/dataset/<reference>/pengambilan")
def dataset(reference: str) -> str | tuple[str, int]:
    """Show who fetched a dataset, when, what they got, and whether they are behind."""
    try:
        package = tk.get_action("package_show")({}, {"id": reference})
        fetched = tk.get_action("satudata_delivery_list")({}, {"id": reference})
    except tk.ObjectNotFound:
        return tk.abort(404, tk._("Dataset not found"))
    except tk.NotAuthorized as error:
        return tk.abort(403, str(error))
    return tk.render("satudata/deliveries.html", {"pkg": package, "pkg_dict": package, "fetched": fetched})


@pages.get("/tugas/pengambilan")
def consumers() -> str | tuple[str, int]:
    """Show who fetches the feeds, and who is behind."""
    try:
        found = tk.get_action("satudata_consumer_list")({}, {})
    except tk.NotAuthorized as error:
        return tk.abort(403, str(error))
    return tk.render("satudata/consumers.html", {"consumers": found})
