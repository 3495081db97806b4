"""Who may draft a reconciliation, sign it, and see it before it is signed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import ckan.model as model
import ckan.plugins.toolkit as tk
from ckan.types import AuthResult, Context, DataDict

from ckanext.satudatapmi.catalogue import duties, reconciliations
from ckanext.satudatapmi.catalogue.workflow import PRODUSEN, WALIDATA


def get_auth_functions() -> dict[str, Callable[..., Any]]:
    """Return the authorization functions under the names of their actions."""
    return {
        "satudata_reconciliation_sign": may_settle,
        "satudata_reconciliation_refuse": may_settle,
        "satudata_reconciliation_withdraw": may_withdraw,
        "satudata_reconciliation_create": may_draft,
        "satudata_reconciliation_show": may_see,
        "satudata_reconciliation_list": for_everyone,
    }


@tk.auth_allow_anonymous_access
def for_everyone(context: Context, data_dict: DataDict | None) -> AuthResult:
    """Let everybody in: the action returns only what the caller may see."""
    return {"success": True}


def may_draft(context: Context, data_dict: DataDict | None) -> AuthResult:
    """Let produsen data of the body in that is to stand for it."""
    group = model.Group.get((data_dict or {}).get("organization") or "")
    if group and group.is_organization and PRODUSEN in duties.of_user(context.get("user"), group.id):
        return {"success": True}
    return {"success": False, "msg": tk._("Only those who edit for an organisation draft reconciliations for it.")}


@tk.auth_sysadmins_check
def may_settle(context: Context, data_dict: DataDict | None) -> AuthResult:
    """Let walidata of the body in, unless they drafted it; system administrators are no exception."""
    found = reconciliations.find((data_dict or {})["id"])
    user = model.User.get(context.get("user"))
    if found and user and user.id == found["author_id"]:
        return {
            "success": False,
            "msg": tk._("Nobody signs or refuses what they drafted: another one of walidata does."),
        }
    return may_withdraw(context, data_dict)


def may_withdraw(context: Context, data_dict: DataDict | None) -> AuthResult:
    """Let walidata of the body in."""
    found = reconciliations.find((data_dict or {})["id"])
    if found and WALIDATA in duties.of_user(context.get("user"), found["organization_id"]):
        return {"success": True}
    return {"success": False, "msg": tk._("This is for walidata of the organisation that stands for it.")}


@tk.auth_allow_anonymous_access
def may_see(context: Context, data_dict: DataDict | None) -> AuthResult:
    """Let everybody in to what is signed while its figures are public; to all else those with a duty for its body."""
    found = reconciliations.find((data_dict or {})["id"])
    if found and may_see_found(context.get("user"), found):
        return {"success": True}
    return {"success": False, "msg": tk._("This reconciliation is not signed.")}


def may_see_found(user: str | None, found: dict[str, Any]) -> bool:
    """Tell whether somebody may see a reconciliation."""
    if duties.of_user(user, found["organization_id"]):
        return True
    return found["state"] == reconciliations.SIGNED and reconciliations.inputs_are_open(found["result"])
