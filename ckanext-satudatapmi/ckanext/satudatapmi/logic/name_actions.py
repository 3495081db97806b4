"""Actions on names in tables: the queue of those without a code, walidata's decisions, the report of a table."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import ckan.model as model
import ckan.plugins.toolkit as tk
from ckan.types import AuthResult, Context, DataDict

from ckanext.satudatapmi.catalogue import access_log, duties, table_confirmation
from ckanext.satudatapmi.catalogue.workflow import WALIDATA
from ckanext.satudatapmi.harvesters import ledger
from ckanext.satudatapmi.logic import asking, name_schema
from ckanext.satudatapmi.reference import review
from ckanext.satudatapmi.reference.review import Decision, NotInOrder


def get_actions() -> dict[str, Callable[..., Any]]:
    """Return the actions under their API names."""
    return {
        "satudata_name_question_list": satudata_name_question_list,
        "satudata_name_decide": satudata_name_decide,
        "satudata_name_refuse": satudata_name_refuse,
        "satudata_name_take_back": satudata_name_take_back,
        "satudata_name_report": satudata_name_report,
    }


def get_auth_functions() -> dict[str, Callable[..., Any]]:
    """Return the authorization functions under the names of their actions."""
    return {
        "satudata_name_question_list": who_is_walidata,
        "satudata_name_decide": walidata_of_the_name,
        "satudata_name_refuse": walidata_of_the_name,
        "satudata_name_take_back": walidata_of_the_name,
        "satudata_name_report": who_may_see_the_resource,
    }


def who_is_walidata(context: Context, data_dict: DataDict | None) -> AuthResult:
    """Let walidata of any organisation in: they see the names in the datasets of theirs."""
    if _organizations(context) == []:
        return {"success": False, "msg": tk._("Names are decided by walidata.")}
    return {"success": True}


def walidata_of_the_name(context: Context, data_dict: DataDict | None) -> AuthResult:
    """Let walidata of an organisation in whose datasets the name stands."""
    user = context.get("user")
    for organization_id in review.organizations_of((data_dict or {})["id"]):
        if WALIDATA in duties.of_user(user, organization_id):
            return {"success": True}
    return {"success": False, "msg": tk._("This is for walidata of an organisation whose tables have the name.")}


@tk.auth_allow_anonymous_access
def who_may_see_the_resource(context: Context, data_dict: DataDict | None) -> AuthResult:
    """Let those in who may see the resource."""
    tk.check_access("resource_show", context, data_dict)
    return {"success": True}


@tk.side_effect_free
def satudata_name_question_list(context: Any, data_dict: dict[str, Any]) -> dict[str, Any]:
    """Return names in tables that have no code, or one by likeness alone: those beside most figures first.

    Args:
        context: CKAN's.
        data_dict: `state` (open, the default, decided or refused), `offset`, `limit` (20 by default, at most 100).

    Returns:
        {count, results}; a result is what reference.review.questions says, with moments in ISO 8601. Walidata see the
        names in the datasets of their organisations.

    Raises:
        ValidationError: state, offset or limit are wrong.
        NotAuthorized: the caller is walidata nowhere.
    """
    tk.check_access("satudata_name_question_list", context, data_dict)
    wanted = asking.validated(data_dict, name_schema.question_list_schema(), context)
    count, found = review.questions(wanted["state"], _organizations(context), wanted["offset"], wanted["limit"])
    return {"count": count, "results": [access_log.plain_row(one) for one in found]}


def satudata_name_decide(context: Any, data_dict: dict[str, Any]) -> dict[str, Any]:
    """Decide which code a name means: walidata do. From the next reading of a table on it is found.

    Args:
        context: CKAN's.
        data_dict: `id` (number of the question), `code`, `everywhere` (true: in every context; false, the default: in
            that of the question, such as a province), `note`.

    Returns:
        {state}: decided.

    Raises:
        ValidationError: the list has no such code, it cannot be meant there, or the name is decided already.
        NotAuthorized: the caller is not walidata of a table that has the name; or there is no such question.
    """
    wanted = asking.validated(data_dict, name_schema.decide_schema(), context)
    tk.check_access("satudata_name_decide", context, {"id": wanted["id"]})
    return _decided(context, wanted, wanted["code"], review.DECIDED)


def satudata_name_refuse(context: Any, data_dict: dict[str, Any]) -> dict[str, Any]:
    """Decide that a name means no code of its list: walidata do. As satudata_name_decide, without `code`."""
    wanted = asking.validated(data_dict, name_schema.refuse_schema(), context)
    tk.check_access("satudata_name_refuse", context, {"id": wanted["id"]})
    return _decided(context, wanted, None, review.REFUSED)


def satudata_name_take_back(context: Any, data_dict: dict[str, Any]) -> dict[str, Any]:
    """Take a decision back: walidata do. All questions that it answered are open again.

    Args:
        context: CKAN's.
        data_dict: `id` (number of a question that it answered).

    Returns:
        {state}: open.

    Raises:
        ValidationError: the name is not decided.
        NotAuthorized: as satudata_name_decide.
    """
    wanted = asking.validated(data_dict, name_schema.question_schema(), context)
    tk.check_access("satudata_name_take_back", context, {"id": wanted["id"]})
    _kept(lambda: review.take_back(wanted["id"], _user_id(context)))
    return {"state": review.OPEN}


@tk.side_effect_free
def satudata_name_report(context: Any, data_dict: dict[str, Any]) -> dict[str, Any]:
    """Return the names of a table and what each was found to be: matched, decided, by likeness, or not at all.

    Args:
        context: CKAN's.
        data_dict: `id` (of the resource that holds the figures).

    Returns:
        {counts: {status: number of names}, names}; a name is what reference.review.report says, those in doubt first.

    Raises:
        ValidationError: no resource is named.
        ObjectNotFound, NotAuthorized: there is no such resource for the caller.
    """
    wanted = asking.validated(data_dict, name_schema.report_schema(), context)
    tk.check_access("satudata_name_report", context, {"id": wanted["id"]})
    names = review.report(wanted["id"])
    counts = dict.fromkeys(review.REPORT_ORDER, 0)
    for one in names:
        counts[one["status"]] += 1
    return {"counts": counts, "names": names}


def _decided(context: Any, wanted: dict[str, Any], code: str | None, state: str) -> dict[str, Any]:
    decision = Decision(code, wanted["everywhere"], _user_id(context), wanted["note"])
    _kept(lambda: review.decide(wanted["id"], decision))
    return {"state": state}


def _kept(step: Callable[[], list[str]]) -> None:
    """Take a step whole or not at all, and have the tables that it concerns read again: those that are harvested at
    their next harvest, uploaded ones soon."""
    try:
        package_ids = step()
        ledger.compare_anew(package_ids)
        model.Session.commit()
    except NotInOrder as error:
        model.Session.rollback()
        raise tk.ValidationError({error.field: [str(error)]}) from error
    table_confirmation.ask_to_read_again(package_ids)


def _organizations(context: Any) -> list[str] | None:
    user = context.get("user")
    return duties.organizations(user, WALIDATA) if user else []


def _user_id(context: Any) -> str:
    """Return the id of the caller, "" for the site itself."""
    user = model.User.get(context["user"]) if context.get("user") else None
    return user.id if user else ""
