"""The protocols with their options and features as data, for the help beside the form of a source and for partners."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import ckan.plugins.toolkit as tk

from ckanext.satudatapmi.harvesters import base, configuration
from ckanext.satudatapmi.harvesters.protocols.base import Option, PartnerProtocol


def get_actions() -> dict[str, Callable[..., Any]]:
    """Return the actions by name."""
    return {"satudata_protocol_list": satudata_protocol_list}


def get_auth_functions() -> dict[str, Callable[..., Any]]:
    """Return who may call which action."""
    return {"satudata_protocol_list": for_everyone}


@tk.auth_allow_anonymous_access
def for_everyone(context: Any, data_dict: dict[str, Any] | None) -> dict[str, bool]:
    """Let everybody in: how a source can be harvested is no secret."""
    return {"success": True}


@tk.side_effect_free
def satudata_protocol_list(context: Any, data_dict: dict[str, Any]) -> dict[str, Any]:
    """Return how sources can be harvested, in the caller's language.

    Returns:
        protocols: name, title, help, incremental, tables, authenticated, options; and common: the options that every
        source has besides. An option is {key, title, help, kind (in words), default (JSON value), choices, required,
        role (setting or filter), example (JSON value)}.
    """
    tk.check_access("satudata_protocol_list", context, data_dict)
    return {
        "protocols": [_protocol(one) for one in base.protocols()],
        "common": [_option(one) for one in configuration.COMMON],
    }


def _protocol(protocol: PartnerProtocol) -> dict[str, Any]:
    features = protocol.features
    return {
        "name": protocol.name,
        "title": protocol.title(),
        "help": protocol.help(),
        "incremental": features.incremental,
        "tables": features.tables,
        "authenticated": features.authenticated,
        "options": [_option(one) for one in protocol.options],
    }


def _option(option: Option) -> dict[str, Any]:
    return {
        "key": option.key,
        "title": option.title(),
        "help": option.help(),
        "kind": configuration.kind_words(option),
        "default": option.default,
        "choices": list(option.choices),
        "required": option.required,
        "role": option.role,
        "example": configuration.example_of(option),
    }
