"""Who may take which step of the workflow, and change or delete what is in it."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import ckan.model as model
import ckan.plugins.toolkit as tk
from ckan.logic.auth import get_package_object, get_resource_object
from ckan.types import AuthFunction, AuthResult, Context, DataDict

from ckanext.satudatapmi.catalogue import checking, duties, workflow
from ckanext.satudatapmi.catalogue.kiosk import fields as kiosk_fields
from ckanext.satudatapmi.catalogue.workflow import DUTIES, PEMBINA, PRODUSEN, WALIDATA

TYPES = ("dataset", "harvest", *kiosk_fields.types())
DUTIES_OF_STEP = {
    workflow.SUBMIT: {PRODUSEN},
    workflow.RECALL: {PRODUSEN},
    workflow.RETURN: {WALIDATA, PEMBINA},
    workflow.APPROVE: {WALIDATA, PEMBINA},
    workflow.UNPUBLISH: {WALIDATA},
}


def get_auth_functions() -> dict[str, Callable[..., Any]]:
    """Return the authorization functions under the names of their actions."""
    return {f"satudata_dataset_{step}": partial(may_take, step) for step in workflow.STEPS} | {
        "satudata_review_show": who_has_a_duty,
        "satudata_work_list": who_is_logged_in,
        "satudata_notice_list": who_is_logged_in,
        "satudata_notice_see": who_is_logged_in,
        "package_create": package_create,
        "package_update": package_update,
        "package_delete": package_delete,
        "resource_delete": resource_delete,
    }


def may_take(step: str, context: Context, data_dict: DataDict | None) -> AuthResult:
    """Let those take a step who have its duty; whether it leads on from here is for the action to say.

    Where the dataset waits for one of two duties that know the same step, only that one may take it.
    """
    package = get_package_object(context, data_dict or {})
    held = duties.of_user(context.get("user"), package.owner_org)
    position = checking.position_of({"id": package.id})
    meant_for_others = step in workflow.steps(position, set(DUTIES)) and step not in workflow.steps(position, held)
    if held & DUTIES_OF_STEP[step] and not meant_for_others:
        return {"success": True}
    return {"success": False, "msg": tk._("This step is for another duty: produsen data, walidata or pembina data.")}


def who_has_a_duty(context: Context, data_dict: DataDict | None) -> AuthResult:
    """Let those in who have a duty for the dataset, or belong to the organisation that publishes it."""
    tk.check_access("package_show", context, data_dict)
    package = get_package_object(context, data_dict or {})
    user = context.get("user")
    if duties.of_user(user, package.owner_org) or duties.is_member(user, package.owner_org):
        return {"success": True}
    return {"success": False, "msg": tk._("Only those who have a duty for the dataset see how it is checked.")}


def who_is_logged_in(context: Context, data_dict: DataDict | None) -> AuthResult:
    """Let those in who are logged in: CKAN has turned visitors away already."""
    return {"success": True}


@tk.chained_auth_function
def package_create(original: AuthFunction, context: Context, data_dict: DataDict | None) -> AuthResult:
    """Let nobody make a dataset of a kind that the workflow does not know."""
    if (data_dict or {}).get("type") not in (None, "", *TYPES):
        return {"success": False, "msg": tk._("There are no datasets of this type here. Leave the type out.")}
    return original(context, data_dict or {})


@tk.chained_auth_function
def package_update(original: AuthFunction, context: Context, data_dict: DataDict | None) -> AuthResult:
    """Let nobody but walidata change a dataset while it is checked for the first time.

    Of the kiosk's content, which nobody checks, CKAN alone decides; so it does of its deletion.
    """
    allowed = original(context, data_dict or {})
    if not allowed.get("success"):
        return allowed
    package = get_package_object(context, data_dict or {})
    if package.type in kiosk_fields.types():
        return allowed
    if _is_walidata(context, package.owner_org) and _is_walidata(context, _new_owner(package, data_dict)):
        return allowed
    if checking.is_locked(package.id):
        return {"success": False, "msg": tk._("The dataset is being checked. Take it back from review to change it.")}
    if _is_for_walidata(package, data_dict or {}):
        message = tk._("Only walidata may open, move, take away or bring back a dataset that has been published.")
        return {"success": False, "msg": message}
    return allowed


def _is_for_walidata(package: Any, change: DataDict) -> bool:
    """Tell whether a change of a dataset is none that its produsen data may make.

    That is to bring back what was deleted, and, once it is published, to open it to the public, to move it to another
    organisation, or to take it away.
    """
    if package.state == "deleted":
        return True
    if package.state == "draft" or not checking.is_published(package.id):
        return False
    opened = package.private and "private" in change and not tk.asbool(change["private"] or False)
    moved = _new_owner(package, change) != package.owner_org
    return bool(opened or moved or change.get("state", package.state) != package.state)


def _new_owner(package: Any, change: DataDict | None) -> str | None:
    """Return the id of the organisation that a dataset belongs to after a change."""
    reference = (change or {}).get("owner_org")
    group = model.Group.get(reference) if isinstance(reference, str) and reference else None
    return group.id if group else package.owner_org


def resource_delete(context: Context, data_dict: DataDict | None) -> AuthResult:
    """Let those delete a file who may change its dataset; CKAN asks who may delete the dataset."""
    resource = get_resource_object(context, data_dict or {})
    try:
        tk.check_access("package_update", tk.fresh_context(context), {"id": resource.package_id})
    except tk.NotAuthorized as error:
        return {"success": False, "msg": str(error)}
    return {"success": True}


@tk.chained_auth_function
def package_delete(original: AuthFunction, context: Context, data_dict: DataDict | None) -> AuthResult:
    """Let nobody but walidata delete what is published or being checked."""
    allowed = original(context, data_dict or {})
    if not allowed.get("success"):
        return allowed
    package = get_package_object(context, data_dict or {})
    if package.type in kiosk_fields.types():
        return allowed
    kept = checking.is_locked(package.id) or checking.is_published(package.id)
    if not kept or package.state == "draft" or _is_walidata(context, package.owner_org):
        return allowed
    return {"success": False, "msg": tk._("Only walidata may delete a dataset that is published or being checked.")}


def _is_walidata(context: Context, organization_id: str | None) -> bool:
    return WALIDATA in duties.of_user(context.get("user"), organization_id)
