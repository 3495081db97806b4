"""Actions: check access, validate, call one function of a room, return plain data."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import ckan.plugins.toolkit as tk

from ckanext.satudatapmi.logic import schema
from ckanext.satudatapmi.portal import sources


def get_actions() -> dict[str, Callable[..., Any]]:
    """Return the actions under their API names."""
    return {
        "satudata_source_list": satudata_source_list,
        "satudata_source_show": satudata_source_show,
        "satudata_statistics": satudata_statistics,
    }


@tk.side_effect_free
def satudata_source_list(context: Any, data_dict: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the harvest sources: when each was last harvested, how many public datasets it holds, how it went."""
    tk.check_access("satudata_source_list", context, data_dict)
    return sources.source_list()


@tk.side_effect_free
def satudata_source_show(context: Any, data_dict: dict[str, Any]) -> dict[str, Any]:
    """Return one harvest source with its latest harvests and what the last one could not take.

    Args:
        context: CKAN's.
        data_dict: `id` (the source's name), `offset` and `limit` of the errors.

    Raises:
        ValidationError: no id, or offset or limit are no whole numbers.
        ObjectNotFound: there is no such source.
    """
    tk.check_access("satudata_source_show", context, data_dict)
    wanted, errors = tk.navl_validate(data_dict, schema.source_show_schema(), context)
    if errors:
        raise tk.ValidationError(errors)
    source = sources.source_show(wanted["id"], wanted["offset"], wanted["limit"])
    if source is None:
        raise tk.ObjectNotFound(tk._("There is no harvest source named {name}").format(name=wanted["id"]))
    return source


@tk.side_effect_free
def satudata_statistics(context: Any, data_dict: dict[str, Any]) -> dict[str, Any]:
    """Return how many harvest sources and public tables there are, and when a harvest last ended."""
    tk.check_access("satudata_statistics", context, data_dict)
    return sources.statistics()
