"""What a page loads beside its own: CKAN's scripts and icons, where something in it asks for them.

CKAN loads half a megabyte of scripts on every page, for its forms above all. Pages for visitors have few of these; a
page for somebody who is logged in gets them always (page.html).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from ckan.lib.webassets_tools import include_asset, render_assets
from flask import Response

if TYPE_CHECKING:
    from ckan.types import CKANApp

WANTED: Mapping[str, tuple[str, ...]] = {
    "base/main": (" data-module=", " data-bs-toggle=", "automatic-local-datetime"),
    "base/ckan": (" data-module=", " data-bs-toggle="),
    "satudatapmi/handlers": (" data-module=",),
    "vendor/htmx": (" hx-boost=", " hx-get=", " hx-post="),
    "vendor/fontawesome": (" fa-",),
}
"""Bundles by what stands in a page that needs them, in the order in which they are run."""
END = "</body>"


def prepare(app: CKANApp) -> None:
    """Have every page load what it asks for."""
    app.after_request(complete)


def complete(response: Response) -> Response:
    """Add to a page what something in it asks for and what it does not load yet."""
    if response.mimetype != "text/html" or response.direct_passthrough or not response.is_sequence:
        return response
    page = response.get_data(as_text=True)
    before, end, after = page.rpartition(END)
    if not end:
        return response
    for bundle, signs in WANTED.items():
        if any(sign in page for sign in signs):
            include_asset(bundle)
    response.set_data(f"{before}{render_assets('style')}{render_assets('script')}{end}{after}")
    return response
