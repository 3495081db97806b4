"""What all actions begin with: what they were asked, and the dataset it is about."""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk


def validated(data_dict: dict[str, Any], wanted: dict[str, Any], context: Any) -> dict[str, Any]:
    """Return what an action was asked, by its schema.

    Raises:
        ValidationError: something of it is wrong.
    """
    values, errors = tk.navl_validate(data_dict, wanted, context)
    if errors:
        raise tk.ValidationError(errors)
    return values


def package(context: Any, reference: str) -> dict[str, Any]:
    """Return a dataset as the caller sees it.

    Args:
        context: of the action.
        reference: id or name.

    Raises:
        ObjectNotFound, NotAuthorized: there is no such dataset for the caller.
    """
    return tk.get_action("package_show")(tk.fresh_context(context), {"id": reference})
