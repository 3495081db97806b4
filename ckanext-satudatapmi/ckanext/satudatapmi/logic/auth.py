"""Who may call which action."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import ckan.plugins.toolkit as tk

from ckanext.satudatapmi.logic import (
    access_auth,
    activity_actions,
    alert_auth,
    delivery_actions,
    kiosk_actions,
    kiosk_device_actions,
    name_actions,
    reconciliation_actions,
    reconciliation_auth,
    review_auth,
    subscription_actions,
    table_description_actions,
)


def get_auth_functions() -> dict[str, Callable[..., Any]]:
    """Return the authorization functions under the names of their actions."""
    return {
        "satudata_source_list": for_everyone,
        "satudata_source_search": for_everyone,
        "satudata_source_show": for_everyone,
        "satudata_statistics": for_everyone,
        "satudata_publisher_list": for_everyone,
        "satudata_code_list_list": for_everyone,
        "satudata_code_list_show": for_everyone,
        "satudata_code_show": for_everyone,
        "satudata_series_list": for_everyone,
        "satudata_series_show": for_everyone,
        "satudata_quality_show": who_may_see_the_dataset,
        "satudata_principles_show": who_may_see_the_dataset,
        "satudata_assessment_show": who_may_see_the_dataset,
        "satudata_quality_summary": for_everyone,
        "satudata_quality_metric_show": for_everyone,
        "pmi_query": for_everyone,
        "pmi_claim_list": for_everyone,
        "pmi_revision_list": for_everyone,
        "pmi_change_list": for_everyone,
        "pmi_availability": for_everyone,
        "pmi_finding_list": for_everyone,
        "pmi_surge_list": for_everyone,
        "pmi_corridor_risk": for_everyone,
        "pmi_nowcast": for_everyone,
        **dict.fromkeys(reconciliation_actions.get_actions(), for_everyone),
        "pmi_signal_list": for_everyone,
        "pmi_signal_show": for_everyone,
        **alert_auth.get_auth_functions(),
        "satudata_brief_list": for_everyone,
        "satudata_brief_show": for_everyone,
        **dict.fromkeys(subscription_actions.get_actions(), for_everyone),
        "satudata_form_show": who_may_see_the_dataset,
        **activity_actions.get_auth_functions(),
        **delivery_actions.get_auth_functions(),
        **review_auth.get_auth_functions(),
        **reconciliation_auth.get_auth_functions(),
        "satudata_metadata_import": who_may_create_datasets,
        "satudata_dictionary_show": who_may_see_the_resource,
        "satudata_register_list": for_everyone,
        "satudata_register_import": for_system_administrators,
        "satudata_organizations_import": for_system_administrators,
        "satudata_table_check": who_may_update_the_resource,
        **access_auth.get_auth_functions(),
        **name_actions.get_auth_functions(),
        **table_description_actions.get_auth_functions(),
        **kiosk_actions.get_auth_functions(),
        **kiosk_device_actions.get_auth_functions(),
    }


@tk.auth_allow_anonymous_access
def for_everyone(context: Any, data_dict: dict[str, Any] | None) -> dict[str, bool]:
    """Let everybody in: the action returns only what is public."""
    return {"success": True}


def for_system_administrators(context: Any, data_dict: dict[str, Any] | None) -> dict[str, bool]:
    """Let nobody in: CKAN asks nothing of system administrators."""
    return {"success": False}


@tk.auth_allow_anonymous_access
def who_may_see_the_dataset(context: Any, data_dict: dict[str, Any] | None) -> Any:
    """Let those in who may see the dataset."""
    tk.check_access("package_show", context, data_dict)
    return {"success": True}


def who_may_create_datasets(context: Any, data_dict: dict[str, Any] | None) -> Any:
    """Let those in who may create datasets of the organisation."""
    tk.check_access("package_create", context, {"owner_org": (data_dict or {}).get("organization")})
    return {"success": True}


@tk.auth_allow_anonymous_access
def who_may_see_the_resource(context: Any, data_dict: dict[str, Any] | None) -> Any:
    """Let those in who may see the resource."""
    tk.check_access("resource_show", context, data_dict)
    return {"success": True}


def who_may_update_the_resource(context: Any, data_dict: dict[str, Any] | None) -> Any:
    """Let those in who may update the resource."""
    tk.check_access("resource_update", context, data_dict)
    return {"success": True}
