"""Actions on what became of a dataset and of its tables."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from typing import Any

import ckan.plugins.toolkit as tk

from ckanext.satudatapmi.catalogue import dataset_history
from ckanext.satudatapmi.logic import asking
from ckanext.satudatapmi.tables.editions import Edition

MOST = 100


def get_actions() -> dict[str, Callable[..., Any]]:
    """Return the actions under their API names."""
    return {
        "satudata_dataset_version_list": satudata_dataset_version_list,
        "satudata_table_edition_list": satudata_table_edition_list,
    }


def version_list_schema() -> dict[str, Any]:
    """Return what satudata_dataset_version_list accepts: `id`, `offset` and `limit`."""
    validator: Any = tk.get_validator
    return {
        "id": [validator("not_empty"), validator("unicode_safe")],
        "offset": [validator("default")(0), validator("natural_number_validator")],
        "limit": [
            validator("default")(MOST),
            validator("natural_number_validator"),
            validator("limit_to_configured_maximum")("", MOST),
        ],
    }


def edition_list_schema() -> dict[str, Any]:
    """Return what satudata_table_edition_list accepts: `id` of a resource."""
    validator: Any = tk.get_validator
    return {"id": [validator("not_empty"), validator("unicode_safe")]}


@tk.side_effect_free
def satudata_dataset_version_list(context: Any, data_dict: dict[str, Any]) -> dict[str, Any]:
    """Return the versions of a dataset's metadata, the newest first, each with what differs from the one before.

    Args:
        context: CKAN's.
        data_dict: `id` (id or name), `offset`, `limit` (100 at most).

    Returns:
        {count, versions: [{happened (ISO 8601, UTC), is_first, changes: [{field, file, before, after}]}]}. What names a
        person is not told, and no version from before the dataset was to be seen.

    Raises:
        ValidationError: one of them is wrong.
        ObjectNotFound, NotAuthorized: there is no such dataset for the caller.
    """
    wanted = asking.validated(data_dict, version_list_schema(), context)
    package = asking.package(context, wanted["id"])
    user = context.get("auth_user_obj")
    found, count = dataset_history.versions(package["id"], user, wanted["offset"], wanted["limit"])
    listed = [asdict(one) | {"happened": one.happened.isoformat(timespec="seconds") + "Z"} for one in found]
    return {"count": count, "versions": listed}


@tk.side_effect_free
def satudata_table_edition_list(context: Any, data_dict: dict[str, Any]) -> list[dict[str, Any]]:
    """Return what the loads of a resource's table changed, the newest first; nothing of those that changed nothing.

    Args:
        context: CKAN's.
        data_dict: `id` of the resource.

    Returns:
        {loaded (ISO 8601, UTC), rows, former (rows before), added, removed (rows; None where they were not compared),
        columns_added, columns_removed} for each; [] for a table that was not loaded by this portal.

    Raises:
        ValidationError: no `id` is given.
        ObjectNotFound, NotAuthorized: there is no such table for the caller.
    """
    wanted = asking.validated(data_dict, edition_list_schema(), context)
    resource = tk.get_action("resource_show")(tk.fresh_context(context), {"id": wanted["id"]})
    tk.check_access("datastore_search", tk.fresh_context(context), {"resource_id": resource["id"]})
    return [_plain(one) for one in dataset_history.editions(resource["id"])]


def _plain(one: Edition) -> dict[str, Any]:
    columns = {"columns_added": list(one.columns_added), "columns_removed": list(one.columns_removed)}
    return asdict(one) | columns | {"loaded": f"{one.loaded}Z"}
