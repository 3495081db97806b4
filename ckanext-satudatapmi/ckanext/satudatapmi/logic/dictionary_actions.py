"""Actions on data dictionaries: reading one in its shapes, and checking a file against it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import ckan.plugins.toolkit as tk

from ckanext.satudatapmi.catalogue import dictionaries, table_confirmation
from ckanext.satudatapmi.logic import asking


def get_actions() -> dict[str, Callable[..., Any]]:
    """Return the actions under their API names."""
    return {
        "satudata_dictionary_show": satudata_dictionary_show,
        "satudata_table_check": satudata_table_check,
    }


def dictionary_show_schema() -> dict[str, Any]:
    """Return what satudata_dictionary_show accepts: `id` and `shape`."""
    validator: Any = tk.get_validator
    return table_check_schema() | {
        "shape": [validator("default")("indah"), validator("one_of")(list(dictionaries.SHAPES))],
    }


def table_check_schema() -> dict[str, Any]:
    """Return what satudata_table_check accepts: `id`."""
    validator: Any = tk.get_validator
    return {"id": [validator("not_empty"), validator("unicode_safe")]}


@tk.side_effect_free
def satudata_dictionary_show(context: Any, data_dict: dict[str, Any]) -> Any:
    """Return the data dictionary of a resource: its own MS-Var, else what the DataStore says of its table.

    Args:
        context: CKAN's.
        data_dict: `id` (of the resource), `shape`: indah (the default, a list of MS-Var documents), datastore (a list
            of entries of the DataStore's data dictionary), table_schema (Frictionless) or csvw (W3C).

    Raises:
        ValidationError: no resource is named, or there is no such shape.
        ObjectNotFound, NotAuthorized: there is no such resource for the caller, or it has no data dictionary.
    """
    wanted = asking.validated(data_dict, dictionary_show_schema(), context)
    tk.check_access("satudata_dictionary_show", context, {"id": wanted["id"]})
    resource = tk.get_action("resource_show")(tk.fresh_context(context), {"id": wanted["id"]})
    documents = dictionaries.documents_of(resource, context)
    if not documents:
        raise tk.ObjectNotFound(tk._("The resource has no data dictionary"))
    return dictionaries.described(resource, documents, wanted["shape"])


@tk.side_effect_free
def satudata_table_check(context: Any, data_dict: dict[str, Any]) -> dict[str, Any]:
    """Check the file of a resource, uploaded or linked, against its MS-Var, and an uploaded one against the layout that
    the description of its table was confirmed for; nothing is changed.

    Args:
        context: CKAN's.
        data_dict: `id` (of the resource).

    Returns:
        file, rows (that were checked), complies, total (number of faults), faults: the first of them as {kind, message,
        row, column, value}, and warnings.

    Raises:
        ValidationError: no resource is named, it has neither of the two, or its file cannot be read as a table.
        ObjectNotFound, NotAuthorized: there is no such resource, or the caller may not update it.
    """
    wanted = asking.validated(data_dict, table_check_schema(), context)
    tk.check_access("satudata_table_check", context, {"id": wanted["id"]})
    resource = tk.get_action("resource_show")(tk.fresh_context(context), {"id": wanted["id"]})
    return table_confirmation.checked(resource, context).plain()
