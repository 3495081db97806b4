"""Actions on kiosks: what their operators see and change, and what kiosks report."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import ckan.authz as authz
import ckan.plugins.toolkit as tk

from ckanext.satudatapmi.logic import asking, kiosk_device_schema
from ckanext.satudatapmi.portal.kiosk import devices, editions, making
from ckanext.satudatapmi.portal.kiosk.devices import Report, Setting

OPERATING = (
    "satudata_kiosk_list",
    "satudata_kiosk_create",
    "satudata_kiosk_update",
    "satudata_kiosk_delete",
    "satudata_kiosk_edition_list",
    "satudata_kiosk_edition_make",
    "satudata_kiosk_edition_use",
)


def get_actions() -> dict[str, Callable[..., Any]]:
    """Return the actions under their API names."""
    return {
        "satudata_kiosk_list": satudata_kiosk_list,
        "satudata_kiosk_create": satudata_kiosk_create,
        "satudata_kiosk_update": satudata_kiosk_update,
        "satudata_kiosk_delete": satudata_kiosk_delete,
        "satudata_kiosk_edition_list": satudata_kiosk_edition_list,
        "satudata_kiosk_edition_make": satudata_kiosk_edition_make,
        "satudata_kiosk_edition_use": satudata_kiosk_edition_use,
        "satudata_kiosk_report": satudata_kiosk_report,
    }


def get_auth_functions() -> dict[str, Callable[..., Any]]:
    """Return the authorization functions under the names of their actions."""
    return dict.fromkeys(OPERATING, who_operates_kiosks) | {"satudata_kiosk_report": whoever_has_a_secret}


def who_operates_kiosks(context: Any, data_dict: dict[str, Any] | None) -> dict[str, Any]:
    """Let admins of the organisations in that operate kiosks."""
    operators = tk.config["ckanext.satudatapmi.kiosk.operators"]
    if any(authz.has_user_permission_for_group_or_org(name, context.get("user"), "admin") for name in operators):
        return {"success": True}
    return {"success": False, "msg": tk._("Kiosks are for the admins of the organisations that operate them.")}


@tk.auth_allow_anonymous_access
def whoever_has_a_secret(context: Any, data_dict: dict[str, Any] | None) -> dict[str, bool]:
    """Let everybody in: the action knows a kiosk by its secret, and has no account for it."""
    return {"success": True}


@tk.side_effect_free
def satudata_kiosk_list(context: Any, data_dict: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the kiosks: where each stands, what it holds, when it was heard of last, how often what was shown.

    Args:
        context: CKAN's.
        data_dict: nothing.

    Raises:
        NotAuthorized: the caller operates no kiosks.
    """
    tk.check_access("satudata_kiosk_list", context, data_dict)
    return devices.all_kiosks()


def satudata_kiosk_create(context: Any, data_dict: dict[str, Any]) -> dict[str, Any]:
    """Make a kiosk.

    Args:
        context: CKAN's.
        data_dict: `id`, `place` (where it stands), `wilayah` (code of its province or district), `tongues` (codes of
            its languages, the first one is that of its first screen) and `slip` (paper of its printer: none, 58, 80 or
            a6).

    Returns:
        `id` and `secret`, by which it reports; it is told this once.

    Raises:
        ValidationError: something of it is wrong, or there is one of this id.
        NotAuthorized: the caller operates no kiosks.
    """
    tk.check_access("satudata_kiosk_create", context, data_dict)
    wanted = asking.validated(data_dict, kiosk_device_schema.kiosk_schema(), context)
    try:
        return {"id": wanted["id"], "secret": devices.add(wanted["id"], _setting(wanted))}
    except ValueError as error:
        raise tk.ValidationError({"id": [tk._("There is a kiosk of this id. Choose another one.")]}) from error


def satudata_kiosk_update(context: Any, data_dict: dict[str, Any]) -> dict[str, Any]:
    """Change what is said of a kiosk; it takes what `satudata_kiosk_create` does, and returns `id`.

    Raises:
        ObjectNotFound: there is no such kiosk.
        ValidationError, NotAuthorized: as there.
    """
    tk.check_access("satudata_kiosk_update", context, data_dict)
    wanted = asking.validated(data_dict, kiosk_device_schema.kiosk_schema(), context)
    _must_exist(devices.change(wanted["id"], _setting(wanted)))
    return {"id": wanted["id"]}


def satudata_kiosk_delete(context: Any, data_dict: dict[str, Any]) -> None:
    """Forget a kiosk by its `id`: it can report no more.

    Raises:
        ObjectNotFound: there is no such kiosk.
        NotAuthorized: the caller operates no kiosks.
    """
    tk.check_access("satudata_kiosk_delete", context, data_dict)
    wanted = asking.validated(data_dict, kiosk_device_schema.id_schema(), context)
    _must_exist(devices.remove(wanted["id"]))


@tk.side_effect_free
def satudata_kiosk_edition_list(context: Any, data_dict: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the editions of what kiosks hold, the latest first, and which one they are to have (`is_current`).

    Raises:
        NotAuthorized: the caller operates no kiosks.
    """
    tk.check_access("satudata_kiosk_edition_list", context, data_dict)
    current = editions.current()
    return [
        {
            "number": one.number,
            "made_at": one.made_at.isoformat(),
            "day": one.day.isoformat(),
            "addresses": one.addresses,
            "is_pinned": one.is_pinned,
            "is_current": current is not None and one.number == current.number,
        }
        for one in editions.all_editions()
    ]


def satudata_kiosk_edition_make(context: Any, data_dict: dict[str, Any]) -> None:
    """Have an edition made of what is valid now; the background job takes a minute or two.

    Raises:
        NotAuthorized: the caller operates no kiosks.
    """
    tk.check_access("satudata_kiosk_edition_make", context, data_dict)
    making.ask_now()


def satudata_kiosk_edition_use(context: Any, data_dict: dict[str, Any]) -> dict[str, Any]:
    """Have kiosks go back to the edition of a `number` and stay with it; without one, have them go on to the latest.

    Returns:
        `number`: of the edition that they are to have now.

    Raises:
        ObjectNotFound: there is no such edition.
        NotAuthorized: the caller operates no kiosks.
    """
    tk.check_access("satudata_kiosk_edition_use", context, data_dict)
    wanted = asking.validated(data_dict, kiosk_device_schema.edition_schema(), context)
    if not editions.pin(wanted.get("number")):
        raise tk.ObjectNotFound(tk._("There is no edition {number}.").format(number=wanted["number"]))
    current = editions.current()
    return {"number": current.number if current else None}


def satudata_kiosk_report(context: Any, data_dict: dict[str, Any]) -> dict[str, Any]:
    """Take what a kiosk says of itself.

    Args:
        context: CKAN's.
        data_dict: `secret`, `edition` (number of the one that it shows), `synced_at` (when it last looked for a newer
            one), `browser` and `shown` (`{"2026-01-31T23:00Z hak": 3}`: hour and subject, and how often it was shown).

    Returns:
        What its operator says of it: `place`, `wilayah`, `tongues`, `slip`.

    Raises:
        NotAuthorized: nobody knows the secret.
        ValidationError: the report cannot be read.
    """
    tk.check_access("satudata_kiosk_report", context, data_dict)
    told = asking.validated(data_dict, kiosk_device_schema.report_schema(), context)
    report = Report(told.get("edition"), told.get("synced_at"), told["browser"], told["shown"])
    setting = devices.hear(told["secret"], report)
    if setting is None:
        raise tk.NotAuthorized(tk._("No kiosk has this secret. Set the device up again."))
    return {"place": setting.place, "wilayah": setting.wilayah, "tongues": list(setting.tongues), "slip": setting.slip}


def _setting(wanted: dict[str, Any]) -> Setting:
    return Setting(wanted["place"], wanted["wilayah"], wanted["tongues"], wanted["slip"])


def _must_exist(found: bool) -> None:
    if not found:
        raise tk.ObjectNotFound(tk._("There is no such kiosk."))
