"""No other site acts for whoever is logged in here.

CKAN takes a view out of its check for good once anybody has called it with a token or without a login (`csrf.exempt` in
ckan_before_request), so every visitor could switch the check off for all others. Here whoever has a session is checked.
"""

from __future__ import annotations

import ckan.plugins.toolkit as tk
from ckan.config.middleware.flask_app import csrf
from flask import Blueprint, current_app, g, request

WRITING = frozenset({"POST", "PUT", "PATCH", "DELETE"})

pages = Blueprint("satudata_forgery", __name__)


@pages.before_app_request
def check_origin() -> None:
    """Refuse a request that writes for a session without the token of our own pages; API clients send no session."""
    if request.method not in WRITING or not current_app.config.get("WTF_CSRF_ENABLED", True):
        return
    is_api = (request.endpoint or "").split(".")[0] == "api"
    if not is_api and tk.current_user.is_authenticated and not g.get("login_via_auth_header"):
        csrf.protect()
