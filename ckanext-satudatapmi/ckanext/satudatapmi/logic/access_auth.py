"""Who may list limited data, ask for them, and answer."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import ckan.model as model
import ckan.plugins.toolkit as tk
from ckan.logic.auth import get_package_object
from ckan.types import AuthResult, Context, DataDict

from ckanext.satudatapmi.catalogue import access_requests, duties
from ckanext.satudatapmi.catalogue.workflow import WALIDATA


def get_auth_functions() -> dict[str, Callable[..., Any]]:
    """Return the authorization functions under the names of their actions."""
    return {
        "satudata_listing_set": walidata_of_dataset,
        "satudata_listing_show": walidata_of_dataset,
        "satudata_listing_list": for_everyone,
        "satudata_access_request_create": who_is_logged_in,
        "satudata_access_request_list": who_is_logged_in,
        "satudata_access_request_answer": walidata_of_request,
        "satudata_access_request_revoke": walidata_of_request,
    }


@tk.auth_allow_anonymous_access
def for_everyone(context: Context, data_dict: DataDict | None) -> AuthResult:
    """Let everybody in: the action returns only what walidata have put on the list."""
    return {"success": True}


def who_is_logged_in(context: Context, data_dict: DataDict | None) -> AuthResult:
    """Let those in who are logged in: CKAN has turned visitors away already."""
    return {"success": True}


def walidata_of_dataset(context: Context, data_dict: DataDict | None) -> AuthResult:
    """Let walidata of the organisation in that publishes the dataset."""
    return _for_walidata(context, get_package_object(context, data_dict).owner_org)


def walidata_of_request(context: Context, data_dict: DataDict | None) -> AuthResult:
    """Let walidata of the organisation in whose dataset the request is about."""
    request = access_requests.find((data_dict or {})["id"])
    package = model.Session.get(model.Package, request["package_id"]) if request else None
    return _for_walidata(context, package.owner_org if package else None)


def _for_walidata(context: Context, organization_id: str | None) -> AuthResult:
    if organization_id and WALIDATA in duties.of_user(context.get("user"), organization_id):
        return {"success": True}
    return {"success": False, "msg": tk._("This is for walidata of the organisation that publishes the dataset.")}
