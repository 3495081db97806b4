"""Downloads of uploaded files: parts of them (RFC 9110, section 14), and an entity tag that is the file's digest.

CKAN sends a file from its own disk by Flask, which knows ranges, but names it by time and place: a copy of the site, or
the same file uploaded again, would have another name. From other storages CKAN streams without ranges.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable
from functools import wraps
from typing import TYPE_CHECKING, Any

import ckan.model as model
import ckan.plugins.toolkit as tk
from flask import make_response, request
from werkzeug.wrappers import Response

if TYPE_CHECKING:
    from ckan.types import CKANApp

log = logging.getLogger(__name__)

DOWNLOAD = "resource.download"
"""How the endpoints of downloads end; each type of dataset has its own."""
CONDITIONS = ("RANGE", "IF_RANGE", "IF_MATCH", "IF_NONE_MATCH", "IF_MODIFIED_SINCE", "IF_UNMODIFIED_SINCE")
SHA256 = re.compile("[0-9a-f]{64}", re.ASCII)


def prepare(app: CKANApp) -> None:
    """Put a hand before CKAN's views of downloads."""
    for endpoint, view in app.view_functions.items():
        if endpoint.endswith(DOWNLOAD):
            app.view_functions[endpoint] = _in_parts(view)


def _in_parts(view: Callable[..., Any]) -> Callable[..., Response]:
    @wraps(view)
    def inner(*args: Any, **values: Any) -> Response:
        keys = [f"HTTP_{name}" for name in CONDITIONS]
        asked = {key: request.environ.pop(key) for key in keys if key in request.environ}
        try:
            response = make_response(view(*args, **values))
        except FileNotFoundError:
            log.exception("The file of resource %s is not in the storage", values["resource_id"])
            return tk.abort(404, tk._("No download is available"))
        finally:
            request.environ.update(asked)
        if response.status_code != 200:
            return response
        if digest := _digest(values["resource_id"], response.content_length):
            response.set_etag(digest)
        return response.make_conditional(request.environ, accept_ranges=True, complete_length=response.content_length)

    return inner


def _digest(resource_id: str, size: int | None) -> str | None:
    """Return the digest that is kept of an uploaded file; one that was kept of another file has another size."""
    resource = model.Resource.get(resource_id)
    if resource is None or resource.size != size or not SHA256.fullmatch(resource.hash or ""):
        return None
    return resource.hash
