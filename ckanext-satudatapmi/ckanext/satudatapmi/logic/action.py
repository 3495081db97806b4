"""Actions: check access, validate, call one function of a room, return plain data."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import ckan.plugins.toolkit as tk

from ckanext.satudatapmi.catalogue import forms
from ckanext.satudatapmi.harvesters import history, visitors
from ckanext.satudatapmi.logic import (
    access_actions,
    activity_actions,
    alert_actions,
    asking,
    brief_actions,
    delivery_actions,
    dictionary_actions,
    figure_actions,
    history_actions,
    import_actions,
    kiosk_actions,
    kiosk_device_actions,
    name_actions,
    organization_actions,
    quality_actions,
    reconciliation_actions,
    reconciliation_signing,
    register_actions,
    review_actions,
    schema,
    series_actions,
    signal_actions,
    subscription_actions,
    table_actions,
    table_description_actions,
    uploads,
)
from ckanext.satudatapmi.portal import source_search, sources
from ckanext.satudatapmi.publication import codes


def get_actions() -> dict[str, Callable[..., Any]]:
    """Return the actions under their API names."""
    return {
        "satudata_source_list": satudata_source_list,
        "satudata_source_search": satudata_source_search,
        "satudata_source_show": satudata_source_show,
        "satudata_statistics": satudata_statistics,
        "satudata_code_list_list": satudata_code_list_list,
        "satudata_code_list_show": satudata_code_list_show,
        "satudata_code_show": satudata_code_show,
        "satudata_form_show": satudata_form_show,
        **activity_actions.get_actions(),
        **review_actions.get_actions(),
        **table_actions.get_actions(),
        **import_actions.get_actions(),
        **dictionary_actions.get_actions(),
        **figure_actions.get_actions(),
        **reconciliation_actions.get_actions(),
        **reconciliation_signing.get_actions(),
        **brief_actions.get_actions(),
        **signal_actions.get_actions(),
        **alert_actions.get_actions(),
        **subscription_actions.get_actions(),
        **history_actions.get_actions(),
        **delivery_actions.get_actions(),
        **series_actions.get_actions(),
        **quality_actions.get_actions(),
        **access_actions.get_actions(),
        **uploads.get_actions(),
        **register_actions.get_actions(),
        **organization_actions.get_actions(),
        **name_actions.get_actions(),
        **table_description_actions.get_actions(),
        **kiosk_actions.get_actions(),
        **kiosk_device_actions.get_actions(),
    }


@tk.side_effect_free
def satudata_source_list(context: Any, data_dict: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the harvest sources: when each was last harvested, how many public datasets it holds, how it went."""
    tk.check_access("satudata_source_list", context, data_dict)
    return sources.source_list()


@tk.side_effect_free
def satudata_source_search(context: Any, data_dict: dict[str, Any]) -> dict[str, Any]:
    """Return harvest sources, those that need attention most first; see source_search.search.

    Args:
        context: CKAN's.
        data_dict: `q` (part of title, name or publisher), `health` (a word of source_health.ORDER), `protocol`,
            `proposed` (true: the proposed sources that the caller may update), `offset` and `limit` (at most 200).

    Raises:
        ValidationError: offset or limit are no whole numbers.
        NotAuthorized: a visitor asks for proposed sources.
    """
    wanted = asking.validated(data_dict, schema.source_search_schema(), context)
    if not wanted["proposed"]:
        tk.check_access("satudata_source_search", context, data_dict)
        return source_search.search(wanted)
    tk.check_access("satudata_harvest_waiting", context, data_dict)
    return source_search.search(wanted, history.managed_by(context.get("user")))


@tk.side_effect_free
def satudata_source_show(context: Any, data_dict: dict[str, Any]) -> dict[str, Any]:
    """Return one harvest source with its latest harvests and what the last one could not take.

    A proposed source is there for those alone who may update it; to others, messages quote nothing of records.

    Args:
        context: CKAN's.
        data_dict: `id` (the source's name), `offset` and `limit` of the errors.

    Raises:
        ValidationError: no id, or offset or limit are no whole numbers.
        ObjectNotFound: there is no such source.
    """
    tk.check_access("satudata_source_show", context, data_dict)
    wanted = asking.validated(data_dict, schema.source_show_schema(), context)
    full = visitors.may_update(context, wanted["id"])
    source = sources.source_show(wanted["id"], wanted["offset"], wanted["limit"], full)
    if source is None:
        raise tk.ObjectNotFound(tk._("There is no harvest source named {name}").format(name=wanted["id"]))
    return source


@tk.side_effect_free
def satudata_statistics(context: Any, data_dict: dict[str, Any]) -> dict[str, Any]:
    """Return how many harvest sources and public tables there are, and when a harvest last ended."""
    tk.check_access("satudata_statistics", context, data_dict)
    return sources.statistics()


@tk.side_effect_free
def satudata_code_list_list(context: Any, data_dict: dict[str, Any]) -> list[dict[str, Any]]:
    """Return every published code list: what it is, where it comes from, how many codes it has."""
    tk.check_access("satudata_code_list_list", context, data_dict)
    return codes.all_lists(tk.config["ckan.site_url"])


@tk.side_effect_free
def satudata_code_list_show(context: Any, data_dict: dict[str, Any]) -> dict[str, Any]:
    """Return a code list and its codes, or those that a text finds.

    Args:
        context: CKAN's.
        data_dict: `list` (its name), `q` (a name or code to look up), `offset` and `limit` of the codes.

    Raises:
        ValidationError: no list is named, or offset or limit are no whole numbers.
        ObjectNotFound: there is no such list.
    """
    tk.check_access("satudata_code_list_show", context, data_dict)
    wanted = asking.validated(data_dict, schema.code_list_show_schema(), context)
    try:
        return codes.search_list(
            wanted["list"], wanted["q"], wanted["offset"], wanted.get("limit"), tk.config["ckan.site_url"]
        )
    except codes.UnknownCode as error:
        raise tk.ObjectNotFound(str(error)) from error


@tk.side_effect_free
def satudata_code_show(context: Any, data_dict: dict[str, Any]) -> dict[str, Any]:
    """Return a code with its names, history and related codes.

    Args:
        context: CKAN's.
        data_dict: `list` (name of the code list) and `code`.

    Raises:
        ValidationError: one of them is missing.
        ObjectNotFound: there is no such code.
    """
    tk.check_access("satudata_code_show", context, data_dict)
    wanted = asking.validated(data_dict, schema.code_show_schema(), context)
    try:
        info, concept, all_codes = codes.open_code(wanted["list"], wanted["code"])
    except codes.UnknownCode as error:
        raise tk.ObjectNotFound(str(error)) from error
    return codes.describe(info, concept, all_codes, tk.config["ckan.site_url"])


@tk.side_effect_free
def satudata_form_show(context: Any, data_dict: dict[str, Any]) -> dict[str, Any]:
    """Return a BPS form of a dataset: its answers in one of three shapes, and what is wrong with them.

    Args:
        context: CKAN's.
        data_dict: `id` (id or name of the dataset), `form` (ms_keg, the default, or ms_ind), `shape` (indah, the
            default, paper or portal) and `language` (id, the default, or en).

    Raises:
        ValidationError: no dataset is named, or there is no such form, shape or language.
        ObjectNotFound, NotAuthorized: there is no such dataset for the caller.
    """
    wanted = asking.validated(data_dict, schema.form_show_schema(), context)
    tk.check_access("satudata_form_show", context, {"id": wanted["id"]})
    return forms.described(asking.package(context, wanted["id"]), wanted["form"], wanted["shape"], wanted["language"])
