"""Actions on series of datasets."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import ckan.plugins.toolkit as tk

from ckanext.satudatapmi.logic import asking
from ckanext.satudatapmi.publication import paging, series, store


def get_actions() -> dict[str, Callable[..., Any]]:
    """Return the actions under their API names."""
    return {"satudata_series_show": satudata_series_show, "satudata_series_list": satudata_series_list}


def series_show_schema() -> dict[str, Any]:
    """Return what satudata_series_show accepts: `organization` and `key`."""
    validator: Any = tk.get_validator
    return {name: [validator("not_empty"), validator("unicode_safe")] for name in ("organization", "key")}


def series_list_schema() -> dict[str, Any]:
    """Return what satudata_series_list accepts: `id` of a dataset, or nothing."""
    validator: Any = tk.get_validator
    return {"id": [validator("ignore_missing"), validator("unicode_safe")]}


@tk.side_effect_free
def satudata_series_show(context: Any, data_dict: dict[str, Any]) -> dict[str, Any]:
    """Return a series of datasets: uri, key, title, organization, and its datasets in the order of time.

    Args:
        context: CKAN's.
        data_dict: `organization` (its name) and `key`, as they stand in the address of the series.

    Raises:
        ValidationError: one of them is missing.
        ObjectNotFound: no public dataset belongs to such a series.
    """
    tk.check_access("satudata_series_show", context, data_dict)
    wanted = asking.validated(data_dict, series_show_schema(), context)
    with store.snapshot() as connection:
        found = series.open_series(connection, wanted["organization"], wanted["key"])
    if found is None:
        raise tk.ObjectNotFound(tk._("No public dataset belongs to this series."))
    return series.as_dict(found, paging.site().url)


@tk.side_effect_free
def satudata_series_list(context: Any, data_dict: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the series that public datasets belong to, each as satudata_series_show gives it.

    Args:
        context: CKAN's.
        data_dict: `id` of a dataset whose series are wanted; without it, every series.
    """
    tk.check_access("satudata_series_list", context, data_dict)
    wanted = asking.validated(data_dict, series_list_schema(), context)
    with store.snapshot() as connection:
        found = series.of_datasets(connection, [wanted["id"]] if "id" in wanted else None)
    return [series.as_dict(one, paging.site().url) for one in found]
