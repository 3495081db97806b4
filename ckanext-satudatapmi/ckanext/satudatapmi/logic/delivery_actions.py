"""Actions on what left the portal: who fetched what, and who is behind."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import ckan.plugins.toolkit as tk

from ckanext.satudatapmi.publication import deliveries


def get_actions() -> dict[str, Callable[..., Any]]:
    """Return the actions under their API names."""
    return {
        "satudata_delivery_list": satudata_delivery_list,
        "satudata_consumer_list": satudata_consumer_list,
    }


def get_auth_functions() -> dict[str, Callable[..., Any]]:
    """Return the authorization functions under the names of their actions."""
    return {
        "satudata_delivery_list": who_may_update_the_dataset,
        "satudata_consumer_list": for_system_administrators,
    }


def who_may_update_the_dataset(context: Any, data_dict: dict[str, Any] | None) -> Any:
    """Let those in who may change the dataset."""
    tk.check_access("package_update", context, data_dict)
    return {"success": True}


def for_system_administrators(context: Any, data_dict: dict[str, Any] | None) -> dict[str, bool]:
    """Let nobody in: CKAN asks nothing of system administrators."""
    return {"success": False}


@tk.side_effect_free
def satudata_delivery_list(context: Any, data_dict: dict[str, Any]) -> list[dict[str, Any]]:
    """Return who fetched a dataset by which feed, when, what they got, and whether they are behind.

    Args:
        context: CKAN's.
        data_dict: `id` (or name) of the dataset.

    Raises:
        ObjectNotFound: there is no such dataset.
    """
    tk.check_access("satudata_delivery_list", context, data_dict)
    package = tk.get_action("package_show")(context, {"id": tk.get_or_bust(data_dict, "id")})
    return deliveries.of_dataset(package)


@tk.side_effect_free
def satudata_consumer_list(context: Any, data_dict: dict[str, Any]) -> list[dict[str, Any]]:
    """Return who fetches the feeds, when each did last, and how many datasets it is behind."""
    tk.check_access("satudata_consumer_list", context, data_dict)
    return deliveries.consumers()
