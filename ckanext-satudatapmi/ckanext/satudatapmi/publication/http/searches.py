"""CKAN's API while a server is away, or the search index behind: 503, never an answer with less than there is.

CKAN answers 500 or 409 where PostgreSQL or Solr cannot be reached, without saying when to come again, and 200 from an
index that lacks datasets. Stock harvesters of CKAN read the catalogue by `package_search`, and delete what it lacks.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import wraps
from typing import TYPE_CHECKING, Any

from flask import make_response, request
from werkzeug.wrappers import Response

from ckanext.satudatapmi.publication import feed, search_index
from ckanext.satudatapmi.publication.http.rules import ACTION

if TYPE_CHECKING:
    from ckan.types import CKANApp

log = logging.getLogger(__name__)

SEARCHES = frozenset({"package_search", "current_package_list_with_resources"})
"""Actions that list datasets from the index."""
SEARCH_FAILED = "Search Error"
"""What CKAN says of a faulty question, with status 409, and of a Solr that answers with an error."""


def prepare(app: CKANApp) -> None:
    """Put a hand behind the view of CKAN's actions."""
    app.view_functions[ACTION] = _checked(app.view_functions[ACTION])


def _checked(view: Callable[..., Any]) -> Callable[..., Response]:
    @wraps(view)
    def inner(*args: Any, **values: Any) -> Response:
        response = make_response(view(*args, **values))
        listed = response.status_code == 200 and values["logic_function"] in SEARCHES
        if listed or _may_be_away(response):
            try:
                search_index.refuse_behind()
            except (feed.Problem, *feed.AWAY):
                log.exception("%s is not answered", request.path)
                return feed.respond_problem(feed.away(), "json")
        return response

    return inner


def _may_be_away(response: Response) -> bool:
    """Tell whether an error may come of a server that is away; asking them tells."""
    if response.status_code == 409:
        return SEARCH_FAILED in response.get_data(as_text=True)
    return response.status_code >= 500
