"""The validator of data dictionaries, and with it all of the portal's; apart, since harvesters know those of fields."""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk
from ckan.types import Context, FlattenDataDict, FlattenErrorDict, FlattenKey
from flask import has_request_context

from ckanext.satudatapmi.catalogue import dictionaries
from ckanext.satudatapmi.logic import kiosk_validators, validators
from ckanext.satudatapmi.logic.validators import HARVEST_CONTEXT, given, stored
from ckanext.satudatapmi.schemas import wire


def get_validators() -> dict[str, Any]:
    """Return the validators by the name that presets.yaml gives them."""
    return validators.get_validators() | kiosk_validators.get_validators() | {"sdi_ms_var": sdi_ms_var}


def sdi_ms_var(key: FlattenKey, data: FlattenDataDict, errors: FlattenErrorDict, context: Context) -> None:
    """Keep a list of MS-Var documents as JSON text; say of each column what is wrong with it.

    What is stored already is not judged again, and a harvester, which knows nothing of it, leaves it as it is.
    """
    if data.get(key) in (tk.missing, None) and context.get(HARVEST_CONTEXT):
        data[key] = stored(key, data, context)
    value = given(key, data)
    documents = wire.decode_json(value) if isinstance(value, str) else value
    text = wire.json_text(documents)
    if text != stored(key, data, context) and (found := dictionaries.problems(documents, _language())):
        errors[key].extend(found)
        raise tk.StopOnError
    data[key] = text


def _language() -> str:
    """Return id or en: the page's language, the site's where there is no page, as on the command line."""
    if has_request_context():
        return tk.h.satudata_language()
    return "en" if tk.config["ckan.locale_default"].startswith("en") else "id"
