"""Actions of the workflow: the steps of a dataset, work lists, notices."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import ckan.model as model
import ckan.plugins.toolkit as tk

from ckanext.satudatapmi.catalogue import (
    access_notices,
    assessment,
    checking,
    notices,
    principles,
    reviews,
    workflow,
    worklist,
)
from ckanext.satudatapmi.catalogue.kiosk import listing
from ckanext.satudatapmi.catalogue.reviews import Taken
from ckanext.satudatapmi.logic import asking, schema

NOTICES_MAX = 1000


def get_actions() -> dict[str, Callable[..., Any]]:
    """Return the actions under their API names."""
    return {
        "satudata_dataset_submit": satudata_dataset_submit,
        "satudata_dataset_recall": satudata_dataset_recall,
        "satudata_dataset_return": satudata_dataset_return,
        "satudata_dataset_approve": satudata_dataset_approve,
        "satudata_dataset_unpublish": satudata_dataset_unpublish,
        "satudata_review_show": satudata_review_show,
        "satudata_work_list": satudata_work_list,
        "satudata_notice_list": satudata_notice_list,
        "satudata_notice_see": satudata_notice_see,
        "package_list": package_list,
        "resource_search": resource_search,
        "bulk_update_public": bulk_update_public,
    }


def satudata_dataset_submit(context: Any, data_dict: dict[str, Any]) -> dict[str, Any]:
    """Hand a dataset over to walidata: produsen data do.

    It needs data, its Standar Data and its metadata (Perpres 39/2019 article 33).

    Args:
        context: CKAN's.
        data_dict: `id` (id or name of the dataset), `reason` (a word to walidata, optional), `language` (id, the
            default, or en, for the names of questions in what is missing), `modified` (the dataset's metadata_modified
            as the caller saw it, optional: another one refuses the step).

    Returns:
        What satudata_review_show returns.

    Raises:
        ValidationError: something is missing; `missing` lists it in words. Or the step does not lead on from here.
        ObjectNotFound, NotAuthorized: there is no such dataset for the caller, or the caller has not the duty.
    """
    return _take(workflow.SUBMIT, context, data_dict)


def satudata_dataset_recall(context: Any, data_dict: dict[str, Any]) -> dict[str, Any]:
    """Take a dataset back from walidata, to change it: produsen data do. As satudata_dataset_submit."""
    return _take(workflow.RECALL, context, data_dict)


def satudata_dataset_return(context: Any, data_dict: dict[str, Any]) -> dict[str, Any]:
    """Return a dataset that does not comply: walidata to the produsen data, pembina data to walidata.

    As satudata_dataset_submit, and `reason` is needed; `principles` names those it does not keep.
    """
    return _take(workflow.RETURN, context, data_dict)


def satudata_dataset_approve(context: Any, data_dict: dict[str, Any]) -> dict[str, Any]:
    """Approve a dataset: walidata do, and for Data Prioritas pembina data after them. Who may see it does not change.

    As satudata_dataset_submit; a dataset that does not keep to all four principles is approved with a `reason` only.
    """
    return _take(workflow.APPROVE, context, data_dict)


def satudata_dataset_unpublish(context: Any, data_dict: dict[str, Any]) -> dict[str, Any]:
    """Take a dataset out of publication: walidata do. As satudata_dataset_submit, and `reason` is needed."""
    return _take(workflow.UNPUBLISH, context, data_dict)


def _take(step: str, context: Any, data_dict: dict[str, Any]) -> dict[str, Any]:
    wanted = asking.validated(data_dict, schema.review_step_schema(), context)
    package = asking.package(context, wanted["id"])
    tk.check_access(f"satudata_dataset_{step}", context, {"id": package["id"]})
    if wanted.get("modified") not in (None, package["metadata_modified"]):
        message = tk._("The dataset was changed since you looked at it. Look at it again, then take the step.")
        raise tk.ValidationError({"modified": [message]})
    taken = Taken(step, _user_id(context), wanted["reason"].strip(), tuple(wanted["principles"]))
    try:
        checking.take(package, taken, context["user"], _marks(step, package, wanted["language"]))
        model.Session.commit()
    except checking.NotInOrder as error:
        model.Session.rollback()
        raise tk.ValidationError({"missing": list(error.problems)}) from error
    except workflow.StepRefused as error:
        model.Session.rollback()
        message = tk._("This step cannot be taken now: somebody was faster, or the dataset is at another stage.")
        raise tk.ValidationError({"step": [message]}) from error
    reviews.index(package["id"])
    notices.mail(package["id"])
    # Pembina data who return a dataset see it no longer; what they have done is theirs to know.
    package = asking.package({"ignore_auth": True, "user": context["user"]}, package["id"])
    return _described(package, context["user"])


def _marks(step: str, package: dict[str, Any], language: str) -> tuple[principles.Mark, ...]:
    """Return the marks of a dataset for a step that looks at them."""
    if step not in checking.CHECKED_STEPS:
        return ()
    return principles.marks(assessment.facts_of(package), language)


@tk.side_effect_free
def satudata_review_show(context: Any, data_dict: dict[str, Any]) -> dict[str, Any]:
    """Return where the checking of a dataset stands, every step of it, and what the caller may do.

    Args:
        context: CKAN's.
        data_dict: `id` (id or name of the dataset).

    Returns:
        {id, name, state, turn, published, priority, due, steps (that the caller may take), events (the last first):
        {id, happened, user, user_title, step, from_state, to_state, turn, reason, principles}}.

    Raises:
        ValidationError: no dataset is named.
        ObjectNotFound, NotAuthorized: there is no such dataset for the caller, or the caller has no duty for it.
    """
    wanted = asking.validated(data_dict, schema.dataset_schema(), context)
    tk.check_access("satudata_review_show", context, {"id": wanted["id"]})
    return _described(asking.package(context, wanted["id"]), context["user"])


def _described(package: dict[str, Any], user: str) -> dict[str, Any]:
    return worklist.described(package, checking.possible_steps(package, user))


@tk.side_effect_free
def satudata_work_list(context: Any, data_dict: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the datasets on which the caller has to do something, by duty.

    Returns:
        {duty, datasets: {id, name, title, organization_name, organization_title, state, published, submitted, release,
        due, overdue}, planned: {year, number, title, organization_id, organization_name, organization_title, release,
        due, overdue}, tables: {resource_id, resource, dataset, title, organization_id, organization_title}} for each
        duty that the caller has anywhere, the first due first; `planned` are entries of the daftar data that produsen
        data have not begun, `tables` those whose new file is laid out otherwise than was confirmed, or cannot be read.
    """
    tk.check_access("satudata_work_list", context, data_dict)
    return worklist.of_user(context["user"])


@tk.side_effect_free
def satudata_notice_list(context: Any, data_dict: dict[str, Any]) -> dict[str, Any]:
    """Return the caller's notices, the newest first, and how many are new: {unseen, notices, access}.

    `notices` are of the workflow, `access` of requests to see limited data.

    Args:
        context: CKAN's.
        data_dict: `limit` (100 by default, 1,000 at most).
    """
    tk.check_access("satudata_notice_list", context, data_dict)
    wanted = asking.validated(data_dict, schema.notice_list_schema(), context)
    user_id, limit = _user_id(context), min(wanted["limit"], NOTICES_MAX)
    return {
        "unseen": notices.unseen(user_id),
        "notices": notices.of_user(user_id, limit),
        "access": access_notices.of_user(user_id, limit),
    }


def satudata_notice_see(context: Any, data_dict: dict[str, Any]) -> dict[str, int]:
    """Mark all notices of the caller as seen; return how many were new: {seen}."""
    tk.check_access("satudata_notice_see", context, data_dict)
    seen = notices.see_all(_user_id(context))
    model.Session.commit()
    return {"seen": seen}


@tk.chained_action
@tk.side_effect_free
def package_list(original: Callable[..., Any], context: Any, data_dict: dict[str, Any]) -> list[str]:
    """Return the names of the public datasets, without those that wait for their approval and the kiosk's content."""
    tk.check_access("package_list", context, data_dict)
    left_out = {*reviews.hidden_references(), *listing.references()}
    return [reference for reference in original(context, data_dict) if reference not in left_out]


@tk.chained_action
@tk.side_effect_free
def resource_search(original: Callable[..., Any], context: Any, data_dict: dict[str, Any]) -> dict[str, Any]:
    """Return resources, without those of datasets that wait for their approval."""
    tk.check_access("resource_search", context, data_dict)
    waiting = reviews.hidden_ids()
    if context.get("search_query") or not waiting:
        return original(context, data_dict)
    # Counting what is left out would tell whether it matches.
    offset, limit = (data_dict.get(name) for name in ("offset", "limit"))
    found = original(context, {name: data_dict[name] for name in data_dict if name not in ("offset", "limit")})
    kept = [resource for resource in found["results"] if resource["package_id"] not in waiting]
    start = int(offset or 0)
    return found | {"count": len(kept), "results": kept[start:] if limit is None else kept[start : start + int(limit)]}


@tk.chained_action
def bulk_update_public(original: Callable[..., Any], context: Any, data_dict: dict[str, Any]) -> Any:
    """Make datasets public, unless one says that its access is limited: CKAN would not look."""
    tk.check_access("bulk_update_public", context, data_dict)
    listed = data_dict.get("datasets")
    limited = checking.limited_access(listed if isinstance(listed, list) else [])
    if limited:
        message = tk._("{titles}: access is limited (terbatas or tertutup). Change the access rights first.")
        raise tk.ValidationError({"datasets": [message.format(titles=", ".join(limited))]})
    return original(context, data_dict)


def _user_id(context: Any) -> str:
    """Return the id of the caller, "" for the site itself."""
    user = model.User.get(context["user"])
    return user.id if user else ""
