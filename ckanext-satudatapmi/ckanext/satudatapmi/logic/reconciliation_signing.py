"""Actions by which a body comes to stand for a reconciliation: draft, sign, refuse, withdraw; who sees it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import ckan.model as model
import ckan.plugins.toolkit as tk

from ckanext.satudatapmi.catalogue import duties, reconciliations
from ckanext.satudatapmi.catalogue.workflow import PRODUSEN
from ckanext.satudatapmi.logic import asking, reconciliation_schema
from ckanext.satudatapmi.logic.reconciliation_actions import reconciled
from ckanext.satudatapmi.logic.reconciliation_auth import may_see_found
from ckanext.satudatapmi.logic.reconciliation_inputs import structured, wrong

LISTED = 200
"""How many reconciliations a list has at most."""


def get_actions() -> dict[str, Callable[..., Any]]:
    """Return the actions under their API names."""
    return {
        "satudata_reconciliation_create": satudata_reconciliation_create,
        "satudata_reconciliation_sign": satudata_reconciliation_sign,
        "satudata_reconciliation_refuse": satudata_reconciliation_refuse,
        "satudata_reconciliation_withdraw": satudata_reconciliation_withdraw,
        "satudata_reconciliation_show": satudata_reconciliation_show,
        "satudata_reconciliation_list": satudata_reconciliation_list,
    }


def satudata_reconciliation_create(context: Any, data_dict: dict[str, Any]) -> dict[str, Any]:
    """Draft a reconciliation that walidata is to sign: those who edit for the body do.

    What comes of the method is worked out here, from what everybody may see. A refusal may be signed as a number may:
    that there is no one figure is worth saying.

    Args:
        context: CKAN's.
        data_dict: `organization` (id or name), `title`, `asked` (what pmi_reconcile takes), `reason` (a word to
            walidata, optional).

    Returns:
        What satudata_reconciliation_show returns.

    Raises:
        ValidationError: something is missing, or what is asked cannot be understood.
        NotAuthorized: the caller does not edit for the organisation.
    """
    tk.check_access("satudata_reconciliation_create", context, data_dict)
    given = asking.validated(data_dict, reconciliation_schema.draft_schema(), context)
    asked = structured(given["asked"])
    if not isinstance(asked, dict):
        raise wrong("asked", tk._("Write what pmi_reconcile takes: a method and its inputs."))
    group = model.Group.get(given["organization"])
    if group is None or not group.is_organization:
        raise wrong("organization", tk._("There is no such organisation."))
    draft = reconciliations.Draft(group.id, given["title"], asked, reconciled(asked))
    number = reconciliations.create(draft, _user_id(context), given["reason"])
    model.Session.commit()
    return _shown(context, number)


def satudata_reconciliation_sign(context: Any, data_dict: dict[str, Any]) -> dict[str, Any]:
    """Sign a draft, so that everybody sees it: walidata of the body do, and never who drafted it.

    Args:
        context: CKAN's.
        data_dict: `id`, `reason` (a remark, optional).

    Returns:
        What satudata_reconciliation_show returns.

    Raises:
        ValidationError: it is no draft any more, or its figures have changed since it was drafted.
        ObjectNotFound, NotAuthorized: there is no such reconciliation, or the caller may not sign it.
    """
    return _take(reconciliations.SIGN, context, data_dict)


def satudata_reconciliation_refuse(context: Any, data_dict: dict[str, Any]) -> dict[str, Any]:
    """Refuse a draft. As satudata_reconciliation_sign, and `reason` is needed."""
    return _take(reconciliations.REFUSE, context, data_dict)


def satudata_reconciliation_withdraw(context: Any, data_dict: dict[str, Any]) -> dict[str, Any]:
    """Withdraw what was signed: walidata do. As satudata_reconciliation_sign, and `reason` is needed."""
    return _take(reconciliations.WITHDRAW, context, data_dict)


def _take(step: str, context: Any, data_dict: dict[str, Any]) -> dict[str, Any]:
    schema = reconciliation_schema.step_schema(needs_reason=step != reconciliations.SIGN)
    given = asking.validated(data_dict, schema, context)
    found = _found(given["id"])
    tk.check_access(f"satudata_reconciliation_{step}", context, {"id": given["id"]})
    if step == reconciliations.SIGN and not reconciliations.same_numbers(found["result"], _now(found)):
        told = tk._("The figures have changed since this was drafted. Refuse it, and have it drafted anew.")
        raise wrong("figures", told)
    try:
        reconciliations.take(given["id"], step, _user_id(context), given["reason"])
    except reconciliations.StepRefused as error:
        model.Session.rollback()
        told = tk._("This step cannot be taken now: somebody was faster, or it is at another stage.")
        raise wrong("step", told) from error
    model.Session.commit()
    return _shown(context, given["id"])


def _now(found: Mapping[str, Any]) -> dict[str, Any]:
    """Return what comes today of what was asked for a draft.

    Raises:
        ValidationError: a figure of it is not published any more.
    """
    return reconciled(dict(found["asked"]))


@tk.side_effect_free
def satudata_reconciliation_show(context: Any, data_dict: dict[str, Any]) -> dict[str, Any]:
    """Return a reconciliation with its originals, and every step of it.

    Args:
        context: CKAN's.
        data_dict: `id`.

    Returns:
        {id, title, organization, organization_title, state, created, signed, result (as pmi_reconcile gives it),
        events, steps (that the caller may take)}. Who took a step, and why, is for those with a duty for the body.

    Raises:
        ValidationError: no number is given.
        ObjectNotFound, NotAuthorized: there is no such reconciliation for the caller.
    """
    given = asking.validated(data_dict, reconciliation_schema.show_schema(), context)
    _found(given["id"])
    tk.check_access("satudata_reconciliation_show", context, {"id": given["id"]})
    return _shown(context, given["id"])


@tk.side_effect_free
def satudata_reconciliation_list(context: Any, data_dict: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the reconciliations that the caller may see, the last first: those that are signed, and their body's.

    Args:
        context: CKAN's.
        data_dict: `offset`, `limit` (50, 200 at most).

    Returns:
        For each {id, title, organization, organization_title, state, created, signed, method, value, interval,
        refused}.

    Raises:
        ValidationError: a number is wrong.
    """
    tk.check_access("satudata_reconciliation_list", context, data_dict)
    given = asking.validated(data_dict, reconciliation_schema.list_schema(), context)
    user = context.get("user")
    mine = duties.organizations(user, PRODUSEN) if user else []
    found = reconciliations.listed(mine, min(given["limit"], LISTED), given["offset"])
    shown = ("method", "value", "interval", "refused")
    return [_head(one) | {name: one["result"][name] for name in shown} for one in found if may_see_found(user, one)]


def _shown(context: Any, number: int) -> dict[str, Any]:
    found = _found(number)
    events = [_event(one) for one in reconciliations.events(number)]
    user = context.get("user")
    if not duties.of_user(user, found["organization_id"]):
        events = [{name: one[name] for name in ("happened", "step")} for one in events]
    steps = [step for step in reconciliations.LEADS if _may(step, found, context)]
    return _head(found) | {"result": found["result"], "events": events, "steps": steps}


def _may(step: str, found: Mapping[str, Any], context: Any) -> bool:
    if found["state"] != reconciliations.LEADS[step][0] or not context.get("user"):
        return False
    try:
        return tk.check_access(f"satudata_reconciliation_{step}", {"user": context["user"]}, {"id": found["id"]})
    except tk.NotAuthorized:
        return False


def _head(found: Mapping[str, Any]) -> dict[str, Any]:
    group = model.Group.get(found["organization_id"])
    return {
        "id": found["id"],
        "title": found["title"],
        "organization": group.name if group else found["organization_id"],
        "organization_title": (group.title or group.name) if group else found["organization_id"],
        "state": found["state"],
        "created": found["created"].isoformat(),
        "signed": found["signed"].isoformat() if found["signed"] else None,
    }


def _event(event: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "happened": event["happened"].isoformat(),
        "step": event["step"],
        "reason": event["reason"],
        "user": event["user"],
        "user_title": event["user_title"] or event["user"],
    }


def _found(number: int) -> dict[str, Any]:
    found = reconciliations.find(number)
    if found is None:
        raise tk.ObjectNotFound(tk._("There is no such reconciliation."))
    return found


def _user_id(context: Any) -> str:
    """Return the id of the caller, "" for the site itself."""
    user = model.User.get(context["user"])
    return user.id if user else ""
