"""Who may call which action."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import ckan.plugins.toolkit as tk

from ckanext.satudatapmi.logic import access_auth, review_auth


def get_auth_functions() -> dict[str, Callable[..., Any]]:
    """Return the authorization functions under the names of their actions."""
    return {
        "satudata_source_list": for_everyone,
        "satudata_source_show": for_everyone,
        "satudata_statistics": for_everyone,
        "satudata_code_list_list": for_everyone,
        "satudata_code_list_show": for_everyone,
        "satudata_code_show": for_everyone,
        "satudata_quality_show": who_may_see_the_dataset,
        "satudata_principles_show": who_may_see_the_dataset,
        "satudata_form_show": who_may_see_the_dataset,
        **review_auth.get_auth_functions(),
        **access_auth.get_auth_functions(),
    }


@tk.auth_allow_anonymous_access
def for_everyone(context: Any, data_dict: dict[str, Any] | None) -> dict[str, bool]:
    """Let everybody in: the action returns only what is public."""
    return {"success": True}


@tk.auth_allow_anonymous_access
def who_may_see_the_dataset(context: Any, data_dict: dict[str, Any] | None) -> Any:
    """Let those in who may see the dataset."""
    tk.check_access("package_show", context, data_dict)
    return {"success": True}
