"""Actions on the kiosk's content: all of it for those who are responsible, none of it among the datasets."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import ckan.plugins.toolkit as tk
from ckan.logic.schema import default_pagination_schema
from ckan.types import Action

from ckanext.satudatapmi.catalogue import duties, history
from ckanext.satudatapmi.catalogue.kiosk import listing
from ckanext.satudatapmi.catalogue.workflow import PRODUSEN


def get_actions() -> dict[str, Callable[..., Any]]:
    """Return the actions under their API names; two are CKAN's own, which ask nobody what they leave out."""
    return {
        "satudata_kiosk_item_list": satudata_kiosk_item_list,
        "package_autocomplete": package_autocomplete,
        "package_list": package_list,
    }


def get_auth_functions() -> dict[str, Callable[..., Any]]:
    """Return who may call it."""
    return {"satudata_kiosk_item_list": who_may_enter_items}


@tk.side_effect_free
def satudata_kiosk_item_list(context: Any, data_dict: dict[str, Any]) -> dict[str, Any]:
    """Return all items of the kiosk's content by kind: what is shown, stale, expired or hidden, and what is missing.

    Args:
        context: CKAN's.
        data_dict: nothing is asked for.

    Returns:
        {kinds, missing_topics, missing_letters}, see catalogue/kiosk/listing.py.

    Raises:
        NotAuthorized: the caller edits for no organisation.
    """
    tk.check_access("satudata_kiosk_item_list", context, data_dict)
    return listing.overview(history.today(), duties.organizations(context["user"], PRODUSEN))


@tk.chained_action
@tk.side_effect_free
def package_list(original: Action, context: Any, data_dict: dict[str, Any]) -> list[str]:
    """Return the names of all public datasets as CKAN does, without the kiosk's content.

    Args:
        original: CKAN's.
        context: CKAN's.
        data_dict: `limit` and `offset`, of the list that is left.
    """
    asked = {name: value for name, value in data_dict.items() if name not in ("limit", "offset")}
    limits, errors = tk.navl_validate(data_dict, default_pagination_schema(), context)
    if errors:
        raise tk.ValidationError(errors)
    kept = _without_items(original(context, asked))
    start = limits.get("offset") or 0
    return kept[start : start + limits["limit"]] if limits.get("limit") else kept[start:]


@tk.chained_action
@tk.side_effect_free
def package_autocomplete(original: Action, context: Any, data_dict: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the datasets whose names hold what was typed as CKAN does, without the kiosk's content.

    Args:
        original: CKAN's.
        context: CKAN's.
        data_dict: `q` and `limit`.
    """
    found = original(context, data_dict)
    kept = set(_without_items(one["name"] for one in found))
    return [one for one in found if one["name"] in kept]


def _without_items(names: Iterable[str]) -> list[str]:
    items = listing.names()
    return [name for name in names if name not in items]


def who_may_enter_items(context: Any, data_dict: dict[str, Any] | None) -> Any:
    """Let those in who may create datasets for some organisation."""
    tk.check_access("package_create", context, {})
    return {"success": True}
