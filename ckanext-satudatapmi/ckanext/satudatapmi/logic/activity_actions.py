"""Actions on statistical activities (MS-Keg)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import ckan.model as model
import ckan.plugins.toolkit as tk

from ckanext.satudatapmi.catalogue import activities, reviews
from ckanext.satudatapmi.harvesters.importer import end_savepoint
from ckanext.satudatapmi.logic import asking, schema


def get_actions() -> dict[str, Callable[..., Any]]:
    """Return the actions under their API names."""
    return {
        "satudata_activity_list": satudata_activity_list,
        "satudata_activity_show": satudata_activity_show,
        "satudata_activity_update": satudata_activity_update,
    }


def get_auth_functions() -> dict[str, Callable[..., Any]]:
    """Return the authorization functions under the names of their actions."""
    return {
        "satudata_activity_list": who_makes_datasets,
        "satudata_activity_show": for_everyone,
        "satudata_activity_update": who_may_change_its_datasets,
    }


@tk.auth_allow_anonymous_access
def for_everyone(context: Any, data_dict: dict[str, Any] | None) -> dict[str, bool]:
    """Let everybody in: an activity is shown through those of its datasets that the caller may see."""
    return {"success": True}


def who_makes_datasets(context: Any, data_dict: dict[str, Any] | None) -> Any:
    """Let those in who may make datasets in the organisation."""
    tk.check_access("package_create", context, {"owner_org": (data_dict or {}).get("organization")})
    return {"success": True}


def who_may_change_its_datasets(context: Any, data_dict: dict[str, Any] | None) -> Any:
    """Let those in who may change every dataset of the activity."""
    for dataset in activities.datasets_of((data_dict or {})["id"]):
        caller: Any = {"user": context.get("user"), "auth_user_obj": context.get("auth_user_obj")}
        tk.check_access("package_update", caller, {"id": dataset["id"]})
    return {"success": True}


@tk.side_effect_free
def satudata_activity_list(context: Any, data_dict: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the activities of an organisation: {id, judul_kegiatan, tahun, datasets (how many)}.

    Args:
        context: CKAN's.
        data_dict: `organization` (id or name).

    Raises:
        ValidationError: no organisation is named. ObjectNotFound: there is no such organisation.
        NotAuthorized: the caller makes no datasets there.
    """
    wanted = asking.validated(data_dict, schema.activity_list_schema(), context)
    organization = model.Group.get(wanted["organization"])
    if organization is None or not organization.is_organization:
        raise tk.ObjectNotFound(tk._("There is no organisation {name}").format(name=wanted["organization"]))
    tk.check_access("satudata_activity_list", context, {"organization": organization.id})
    return activities.of_organization(organization.id)


@tk.side_effect_free
def satudata_activity_show(context: Any, data_dict: dict[str, Any]) -> dict[str, Any]:
    """Return an activity: its MS-Keg, and those of its datasets that the caller may see.

    Args:
        context: CKAN's.
        data_dict: `id` of the activity.

    Returns:
        {id, answers (by field of a dataset), datasets: {id, name, title}, changeable}.

    Raises:
        ValidationError: no id.
        ObjectNotFound: there is no such activity, or none of its datasets is for the caller.
    """
    wanted = asking.validated(data_dict, schema.dataset_schema(), context)
    tk.check_access("satudata_activity_show", context, wanted)
    shown = list(_visible_datasets(context, wanted["id"]))
    if not shown:
        raise tk.ObjectNotFound(tk._("There is no such statistical activity."))
    # A dataset shows of the activity what its reader may know: names of persons stay with those who may edit.
    answers = {name: shown[0][name] for name in activities.fields() if shown[0].get(name)}
    datasets = [{name: package[name] for name in ("id", "name", "title")} for package in shown]
    return {
        "id": wanted["id"],
        "organization": shown[0].get("organization"),
        "answers": answers,
        "datasets": datasets,
        "changeable": _changeable(context, wanted["id"]),
    }


def _visible_datasets(context: Any, activity_id: str) -> Iterator[dict[str, Any]]:
    for dataset in activities.datasets_of(activity_id):
        try:
            yield tk.get_action("package_show")(tk.fresh_context(context), {"id": dataset["id"]})
        except (tk.NotAuthorized, tk.ObjectNotFound):
            continue


def _changeable(context: Any, activity_id: str) -> bool:
    try:
        tk.check_access("satudata_activity_update", {"user": context.get("user")}, {"id": activity_id})
    except tk.NotAuthorized:
        return False
    return bool(context.get("user"))


def satudata_activity_update(context: Any, data_dict: dict[str, Any]) -> dict[str, Any]:
    """Change an activity for all of its datasets at once; each of them is checked as if it were changed itself.

    Args:
        context: CKAN's.
        data_dict: `id` of the activity, and fields of the MS-Keg with their new values; others stay as they are.

    Returns:
        As satudata_activity_show; the activity has a new id.

    Raises:
        ValidationError: no id, a key that is no field of the MS-Keg, or a value that is refused. Nothing is changed.
        ObjectNotFound: there is no such activity.
        NotAuthorized: the caller may not change every one of its datasets.
    """
    given = dict(data_dict)
    wanted = asking.validated({"id": given.pop("id", None)}, schema.dataset_schema(), context)
    unknown = sorted(set(given) - set(activities.fields()))
    if unknown:
        message = tk._("It is no field of the MS-Keg.")
        raise tk.ValidationError({name: [message] for name in unknown})
    datasets = activities.datasets_of(wanted["id"])
    if not datasets:
        raise tk.ObjectNotFound(tk._("There is no such statistical activity."))
    tk.check_access("satudata_activity_update", context, wanted)
    for dataset in datasets:
        change = {"id": dataset["id"], **given}
        writing: Any = {"user": context["user"], "defer_commit": True, "return_id_only": True}
        try:
            tk.get_action("package_patch")(writing, change)
        except tk.ValidationError:
            model.Session.rollback()
            raise
        end_savepoint()
    model.Session.commit()
    for dataset in datasets:
        reviews.index(dataset["id"])
    link = (model.Session.get_one(model.Package, datasets[0]["id"]).extras or {}).get(activities.LINK)
    return satudata_activity_show(tk.fresh_context(context), {"id": link})
