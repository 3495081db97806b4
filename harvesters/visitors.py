"""What visitors may know of harvest sources and objects: no record, no configuration, no password in an address.

ckanext-harvest shows every object, with the raw record of a private dataset in it, and the address of every source to
everybody. Here that is for those who may update the source; the public page on sources says what the public may know.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import ckan.model as model
import ckan.plugins.toolkit as tk
import sqlalchemy as sa
from ckan.types import AuthFunction, AuthResult, Context, DataDict
from ckanext.harvest.model import HarvestObject

from ckanext.satudatapmi.harvesters import base, configuration
from ckanext.satudatapmi.harvesters.addresses import anonymous_address

SECRET_KEYS = ("config", "status", "user_id", "publisher_id")
SHOWN_KEYS = frozenset(
    {"frequency", "id", "name", "notes", "owner_org", "source_type", "state", "title", "type", "url"}
)
"""What stays of a source that has an option of the same name."""
SUMMARIES = ("object_error_summary", "gather_error_summary")


def get_auth_functions() -> dict[str, Callable[..., Any]]:
    """Return who may call which action."""
    return {"harvest_object_show": may_read_object, "harvest_object_list": only_sysadmins}


def get_actions() -> dict[str, Callable[..., Any]]:
    """Return the actions that say less to visitors than ckanext-harvest's."""
    return {"harvest_source_list": harvest_source_list, "harvest_source_show_status": harvest_source_show_status}


@tk.chained_auth_function
@tk.auth_disallow_anonymous_access
def may_read_object(original: AuthFunction, context: Context, data_dict: DataDict | None) -> AuthResult:
    """Let those read a harvest object who may update its source: it holds the record as the partner sent it."""
    asked = data_dict or {}
    if asked.get("attr", "id") != "id":
        return {"success": False, "msg": tk._("Only system administrators may look harvest objects up by other fields")}
    found = _object(asked)
    if found is None:
        return original(context, asked)
    if may_update(context, found.harvest_source_id):
        return {"success": True}
    return {"success": False, "msg": tk._("Only those who manage the harvest source may read its records")}


def _object(asked: DataDict) -> HarvestObject | None:
    if asked.get("id"):
        return model.Session.get(HarvestObject, asked["id"])
    if not asked.get("dataset_id"):
        return None
    dataset = tk.get_action("package_show")({"ignore_auth": True}, {"id": asked["dataset_id"]})
    query = sa.select(HarvestObject).where(HarvestObject.package_id == dataset["id"])
    return model.Session.scalars(query.order_by(HarvestObject.current.desc())).first()


@tk.chained_auth_function
@tk.auth_disallow_anonymous_access
def only_sysadmins(original: AuthFunction, context: Context, data_dict: DataDict | None) -> AuthResult:
    """Let nobody else in: who is a sysadmin is let in before."""
    return {"success": False, "msg": tk._("Only system administrators may list harvest objects")}


def may_update(context: Mapping[str, Any], package_id: str) -> bool:
    """Tell whether the caller is the site itself, or may update a dataset or harvest source."""
    if context.get("ignore_auth"):
        return True
    caller: Any = {name: context[name] for name in ("user", "auth_user_obj") if name in context}
    try:
        tk.check_access("package_update", caller, {"id": package_id})
    except (tk.NotAuthorized, tk.ObjectNotFound):
        return False
    return True


@tk.chained_action
@tk.side_effect_free
def harvest_source_list(original: Callable[..., Any], context: Any, data_dict: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the harvest sources; address and configuration in full only of those that the caller may update."""
    tk.check_access("harvest_source_list", context, data_dict)
    listed = original(context, data_dict)
    return [source if may_update(context, source["id"]) else for_visitors(source) for source in listed]


@tk.chained_action
@tk.side_effect_free
def harvest_source_show_status(original: Callable[..., Any], context: Any, data_dict: dict[str, Any]) -> dict[str, Any]:
    """Return how a source fares; what its errors say only to those who may update it."""
    tk.check_access("harvest_source_show_status", context, data_dict)
    status = original(context, data_dict)
    if status.get("last_job") and not may_update(context, data_dict["id"]):
        status["last_job"] = {key: value for key, value in status["last_job"].items() if key not in SUMMARIES}
    return status


def for_visitors(source: dict[str, Any]) -> dict[str, Any]:
    """Return a harvest source without its configuration, and with nothing secret in its address."""
    names = {*SECRET_KEYS, *(options_of(source).keys() - SHOWN_KEYS)}
    # The search index has every extra a second time.
    hidden = {f"{prefix}{name}" for name in names for prefix in ("", "extras_")}
    shown = {key: value for key, value in source.items() if key not in hidden}
    if shown.get("url"):
        shown["url"] = anonymous_address(shown["url"])
    if shown.get("extras"):
        shown["extras"] = [extra for extra in shown["extras"] if extra.get("key") not in SECRET_KEYS]
    return shown


def strip_secrets(source: dict[str, Any]) -> None:
    """Bring a harvest source to what `for_visitors` gives, in place."""
    shown = for_visitors(source)
    source.clear()
    source |= shown


def lift_out_options(package: dict[str, Any]) -> None:
    """Take the options of a harvest source from among the fields of its package, in place; `config` holds them.

    ckanext-harvest lays them over the package, so that an option `tags` stands where CKAN expects the package's tags.
    """
    if package.get("type") != "harvest" or package.get("source_type") not in base.pipeline_types():
        return
    for key in options_of(package).keys() & package.keys() - SHOWN_KEYS:
        del package[key]
    package.setdefault("tags", [])


def options_of(source: Mapping[str, Any]) -> dict[str, Any]:
    """Return the configuration of a source as it is shown, with the secrets that may be among its options."""
    try:
        return configuration.parse(source.get("config"))
    except configuration.ConfigurationError:
        return {}


def hide_from_visitors(context: Any, package: dict[str, Any]) -> None:
    """Take from a harvest source's package what visitors may not know, unless the caller may update it.

    Args:
        context: of the action that shows it.
        package: what it shows; changed in place.
    """
    if package.get("type") == "harvest" and not may_update(context, package["id"]):
        status = package.get("status")
        strip_secrets(package)
        package |= {"status": status} if status else {}
