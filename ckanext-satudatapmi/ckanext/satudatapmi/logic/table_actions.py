"""Actions on the table of a file: a published dataset is checked again after a change of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import ckan.model as model
import ckan.plugins.toolkit as tk

from ckanext.satudatapmi.catalogue import checking, notices, reviews
from ckanext.satudatapmi.tables import loader


def get_actions() -> dict[str, Callable[..., Any]]:
    """Return the actions under their API names."""
    return {
        "datastore_create": datastore_create,
        "datastore_upsert": datastore_upsert,
        "datastore_delete": datastore_delete,
        "datastore_search": datastore_search,
    }


@tk.chained_action
def datastore_create(original: Callable[..., Any], context: Any, data_dict: dict[str, Any]) -> Any:
    """Make a table, or change its columns or rows; a published dataset is checked again."""
    return _noticed(original, context, data_dict)


@tk.chained_action
def datastore_upsert(original: Callable[..., Any], context: Any, data_dict: dict[str, Any]) -> Any:
    """Change rows of a table; a published dataset is checked again."""
    return _noticed(original, context, data_dict)


@tk.chained_action
def datastore_delete(original: Callable[..., Any], context: Any, data_dict: dict[str, Any]) -> Any:
    """Delete rows or the table; a published dataset is checked again."""
    return _noticed(original, context, data_dict)


@tk.side_effect_free
@tk.chained_action
def datastore_search(original: Callable[..., Any], context: Any, data_dict: dict[str, Any]) -> Any:
    """Search a table; by words once they are there, for without them nothing would be found.

    Raises:
        ValidationError: the words of a table that was just loaded are still to come.
    """
    asked = [name for name in ("q", "full_text") if data_dict.get(name)]
    name = str(data_dict.get("resource_id") or data_dict.get("id"))
    if asked and loader.awaits_words(name):
        tk.check_access("datastore_search", tk.fresh_context(context), {"resource_id": loader.resource_of(name)})
        words = tk._("The words of this table are still being made ready. Search again in a few minutes, or filter.")
        raise tk.ValidationError({name: [words] for name in asked})
    return original(context, data_dict)


def _noticed(original: Callable[..., Any], context: Any, data_dict: dict[str, Any]) -> Any:
    result = original(context, data_dict)
    resource_id = (result or {}).get("resource_id") or data_dict.get("resource_id")
    resource = model.Session.get(model.Resource, resource_id) if resource_id else None
    package_id = str(resource.package_id) if resource else ""
    if package_id and not data_dict.get("dry_run") and checking.notice_change(context, package_id):
        model.Session.commit()
        reviews.index(package_id)
        notices.mail(package_id)
    return result
