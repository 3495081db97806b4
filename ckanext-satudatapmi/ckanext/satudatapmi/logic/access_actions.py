"""Actions on limited data: the public list, requests to see them, and the answers of walidata."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import ckan.model as model
import ckan.plugins.toolkit as tk

from ckanext.satudatapmi.catalogue import access_notices, access_requests, duties, granting, limited
from ckanext.satudatapmi.catalogue.access_requests import Asked
from ckanext.satudatapmi.catalogue.workflow import WALIDATA
from ckanext.satudatapmi.logic import access_schema, asking, schema


def get_actions() -> dict[str, Callable[..., Any]]:
    """Return the actions under their API names."""
    return {
        "satudata_listing_set": satudata_listing_set,
        "satudata_listing_show": satudata_listing_show,
        "satudata_listing_list": satudata_listing_list,
        "satudata_access_request_create": satudata_access_request_create,
        "satudata_access_request_list": satudata_access_request_list,
        "satudata_access_request_answer": satudata_access_request_answer,
        "satudata_access_request_revoke": satudata_access_request_revoke,
    }


def satudata_listing_set(context: Any, data_dict: dict[str, Any]) -> dict[str, Any]:
    """Put an approved dataset of limited access on the public list, or take it off: walidata do.

    The list shows its title, who publishes it and the line; nothing else of it.

    Args:
        context: CKAN's.
        data_dict: `id` (id or name of the dataset), `listed`, `line` (what the public reads about it).

    Returns:
        {listed, line}.

    Raises:
        ValidationError: the dataset is not approved or is public; or the line is missing or too long.
        ObjectNotFound, NotAuthorized: there is no such dataset, or the caller is not its walidata.
    """
    wanted = asking.validated(data_dict, access_schema.listing_schema(), context)
    tk.check_access("satudata_listing_set", context, {"id": wanted["id"]})
    package_id = _package_id(wanted["id"])
    try:
        granting.set_listing(package_id, _user_id(context), listed=wanted["listed"], line=wanted["line"])
    except granting.NotInOrder as error:
        raise _refused(error) from error
    model.Session.commit()
    return limited.listing(package_id)


@tk.side_effect_free
def satudata_listing_show(context: Any, data_dict: dict[str, Any]) -> dict[str, Any]:
    """Return whether a dataset is on the public list of limited data, and whether it can be: for its walidata.

    Args:
        context: CKAN's.
        data_dict: `id` (id or name of the dataset).

    Returns:
        {listed, line, possible}.

    Raises:
        ValidationError: no dataset is named.
        ObjectNotFound, NotAuthorized: there is no such dataset, or the caller is not its walidata.
    """
    wanted = asking.validated(data_dict, schema.dataset_schema(), context)
    tk.check_access("satudata_listing_show", context, {"id": wanted["id"]})
    package_id = _package_id(wanted["id"])
    return limited.listing(package_id) | {"possible": limited.can_be_listed(package_id)}


@tk.side_effect_free
def satudata_listing_list(context: Any, data_dict: dict[str, Any]) -> list[dict[str, str]]:
    """Return what the public may know of limited data: {id, title, publisher, line} of those that walidata listed."""
    tk.check_access("satudata_listing_list", context, data_dict)
    return limited.listed()


def satudata_access_request_create(context: Any, data_dict: dict[str, Any]) -> dict[str, Any]:
    """Ask walidata to let the caller see a listed dataset for a time.

    Args:
        context: CKAN's.
        data_dict: `id` (as the list gives it), `institution`, `purpose`, `days` (365 at most).

    Returns:
        The request, as satudata_access_request_list gives it to the caller.

    Raises:
        ValidationError: something is missing; the caller sees the dataset, waits for an answer, or asked too often.
        ObjectNotFound: no such dataset is listed.
        NotAuthorized: the caller is not logged in.
    """
    tk.check_access("satudata_access_request_create", context, data_dict)
    wanted = asking.validated(data_dict, access_schema.request_schema(), context)
    user = model.User.get(context["user"])
    if not user or not limited.listed(wanted["id"]):
        raise tk.ObjectNotFound(tk._("No such dataset is on the list of limited data."))
    asked = Asked(wanted["id"], user.id, wanted["institution"], wanted["purpose"], wanted["days"])
    _taken(lambda: granting.ask(asked, sees_it=_sees(context["user"], wanted["id"])))
    return access_requests.of_user(user.id)[0]


def _sees(user: str, package_id: str) -> bool:
    try:
        return tk.check_access("package_show", {"user": user}, {"id": package_id})
    except tk.NotAuthorized:
        return False


@tk.side_effect_free
def satudata_access_request_list(context: Any, data_dict: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the requests that the caller made, or those that the caller answers as walidata; the newest first.

    Args:
        context: CKAN's.
        data_dict: `to_answer`: true for those of others, about datasets whose walidata the caller is.

    Returns:
        See catalogue/access_requests.py.
    """
    tk.check_access("satudata_access_request_list", context, data_dict)
    wanted = asking.validated(data_dict, access_schema.request_list_schema(), context)
    if wanted["to_answer"]:
        return access_requests.of_organizations(duties.organizations(context["user"], WALIDATA))
    user_id = _user_id(context)
    return access_requests.of_user(user_id) if user_id else []


def satudata_access_request_answer(context: Any, data_dict: dict[str, Any]) -> dict[str, str]:
    """Let the one who asked see the dataset until a day, or refuse: walidata do.

    Args:
        context: CKAN's.
        data_dict: `id` (number of the request), `grant`, `until` (the last day, within a year; needed to grant),
            `reason` (needed to refuse).

    Returns:
        {state}: granted or refused.

    Raises:
        ValidationError: it is answered already, or something is missing.
        NotAuthorized: the caller is not walidata of that dataset; or there is no such request.
    """
    wanted = asking.validated(data_dict, access_schema.answer_schema(), context)
    tk.check_access("satudata_access_request_answer", context, {"id": wanted["id"]})
    until = wanted.get("until") if wanted["grant"] else None
    if wanted["grant"] and until is None:
        raise tk.ValidationError({"until": [tk._("Until when? Write the last day.")]})
    _taken(lambda: granting.answer(wanted["id"], _user_id(context), until=until, reason=wanted["reason"]))
    return {"state": access_requests.GRANTED if until else access_requests.REFUSED}


def satudata_access_request_revoke(context: Any, data_dict: dict[str, Any]) -> dict[str, str]:
    """Withdraw access that was granted: walidata do.

    Args:
        context: CKAN's.
        data_dict: `id` (number of the request), `reason`.

    Returns:
        {state}: revoked.

    Raises:
        ValidationError: no access is running, or the reason is missing.
        NotAuthorized: the caller is not walidata of that dataset; or there is no such request.
    """
    wanted = asking.validated(data_dict, access_schema.revoke_schema(), context)
    tk.check_access("satudata_access_request_revoke", context, {"id": wanted["id"]})
    _taken(lambda: granting.revoke(wanted["id"], _user_id(context), wanted["reason"]))
    return {"state": access_requests.REVOKED}


def _taken(step: Callable[[], int]) -> None:
    """Take a step whole or not at all, and mail it."""
    try:
        event = step()
        model.Session.commit()
    except granting.NotInOrder as error:
        model.Session.rollback()
        raise _refused(error) from error
    access_notices.mail(event)


def _refused(error: granting.NotInOrder) -> tk.ValidationError:
    return tk.ValidationError({error.field: [str(error)]})


def _package_id(reference: str) -> str:
    package = model.Package.get(reference)
    if package is None:
        raise tk.ObjectNotFound(tk._("Dataset not found"))
    return package.id


def _user_id(context: Any) -> str | None:
    user = model.User.get(context["user"]) if context.get("user") else None
    return user.id if user else None
