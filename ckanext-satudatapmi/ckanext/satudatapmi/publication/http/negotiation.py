"""A dataset under its own address as a page or as RDF, as the client accepts it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ckanext.dcat import utils as dcat
from flask import Response, current_app, make_response, request

if TYPE_CHECKING:
    from ckan.types import CKANApp

PAGE = "text/html"
NOTATIONS = {media_type: ending for ending, media_type in dcat.CONTENT_TYPES.items() if ending != "rdf"}


def prepare(app: CKANApp) -> None:
    """Have an application answer so.

    ckanext-dcat can do it, too (`enable_content_negotiation`), but takes the page's address away from CKAN: links and
    extensions that go by the name of the view then miss it.
    """
    app.before_request(dataset_in_rdf)


def dataset_in_rdf() -> Response | None:
    """Answer to who asks for a dataset in RDF; all others get the page."""
    if request.endpoint != "dataset.read":
        return None
    wanted = request.accept_mimetypes.best_match([PAGE, *NOTATIONS], default=PAGE)
    if wanted in (None, PAGE):
        return None
    reference, ending = (request.view_args or {})["id"], NOTATIONS[wanted]
    view = current_app.view_functions["dcat.read_dataset"]
    response = make_response(view(_id=reference, _format=ending))
    response.headers["Content-Location"] = f"/dataset/{reference}.{ending}"
    return response
