"""Validators of the field presets (schemas/presets.yaml). Each leaves out an empty value, whatever its shape."""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk
from ckan import model
from ckan.types import Context, FlattenDataDict, FlattenErrorDict, FlattenKey, Validator
from ckanext.scheming.validation import scheming_validator

from ckanext.satudatapmi.schemas import dates, vocabularies, wire
from ckanext.satudatapmi.schemas.convert import clean_text

HARVEST_CONTEXT = "satudatapmi_harvest"
"""Key of an action's context that says a harvester is writing: values outside a list are kept, not refused."""


def sdi_text(key: FlattenKey, data: FlattenDataDict, errors: FlattenErrorDict, context: Context) -> None:
    """Keep a text without characters that a database refuses; anything else becomes JSON text."""
    value = given(key, data)
    text = clean_text(value) if isinstance(value, str) else wire.json_text(value)
    _keep(key, data, text)


def sdi_json(key: FlattenKey, data: FlattenDataDict, errors: FlattenErrorDict, context: Context) -> None:
    """Keep any JSON value as JSON text, and a text as it is (it is JSON text already, or stands for itself)."""
    value = given(key, data)
    _keep(key, data, clean_text(value) if isinstance(value, str) else wire.json_text(value))


def sdi_date(key: FlattenKey, data: FlattenDataDict, errors: FlattenErrorDict, context: Context) -> None:
    """Keep a date or a time in ISO 8601; dates as Indonesians write them (31-05-2024) are rewritten."""
    value = given(key, data)
    text = dates.iso_date(value)
    if text is None:
        raise tk.Invalid(tk._("{value} is no date. Write it as 2024-05-31 or 31-05-2024.").format(value=value))
    _keep(key, data, text)


def given(key: FlattenKey, data: FlattenDataDict) -> Any:
    """Return the value of a field; one that is missing or empty ends its validation and is left out."""
    value = data.get(key)
    if value is tk.missing or value is None or value == "" or value == []:
        data.pop(key, None)
        raise tk.StopOnError
    return value


def _keep(key: FlattenKey, data: FlattenDataDict, text: str) -> None:
    if not text:
        data.pop(key, None)
        raise tk.StopOnError
    data[key] = text


@scheming_validator
def sdi_choice(field: dict[str, Any], schema: dict[str, Any]) -> Validator:
    """Accept one of the field's choices, and any value that a harvester brings or that was there before."""
    choices = [choice["value"] for choice in field["choices"]]

    def validator(key: FlattenKey, data: FlattenDataDict, errors: FlattenErrorDict, context: Context) -> None:
        sdi_text(key, data, errors, context)
        value = data[key]
        if value in choices or context.get(HARVEST_CONTEXT) or value == stored(key, data, context):
            return
        if field.get("vocabulary") == "periodicity" and vocabularies.periodicity(value):
            return
        raise tk.Invalid(
            tk._("{value} is not on the list. Expected one of: {choices}.").format(
                value=value, choices=", ".join(choices)
            )
        )

    return validator


def sdi_access(key: FlattenKey, data: FlattenDataDict, errors: FlattenErrorDict, context: Context) -> None:
    """Make the dataset private unless the value says that it is for everyone; never make it public."""
    if vocabularies.access_level(data[key]) != "terbuka":
        data[("private",)] = True


def sdi_provenance(key: FlattenKey, data: FlattenDataDict, errors: FlattenErrorDict, context: Context) -> None:
    """Keep what the harvester wrote: an update that does not send the field leaves it as it is stored."""
    if data.get(key) in (tk.missing, None):
        data[key] = None if context.get(HARVEST_CONTEXT) else stored(key, data, context)
    sdi_json(key, data, errors, context)


def stored(key: FlattenKey, data: FlattenDataDict, context: Context) -> Any:
    """Return what the database has for the field of this dataset, resource or organisation, None if nothing."""
    if key[0] == "resources":
        resource_id = data.get((*key[:2], "id"))
        resource = model.Session.get(model.Resource, resource_id) if isinstance(resource_id, str) else None
        return (resource.extras or {}).get(key[-1]) if resource else None
    owner: Any = context.get("package") or context.get("group")
    return (owner.extras or {}).get(key[-1]) if owner else None


def get_validators() -> dict[str, Any]:
    """Return the validators by the name that presets.yaml gives them."""
    functions = (sdi_access, sdi_choice, sdi_date, sdi_json, sdi_provenance, sdi_text)
    return {function.__name__: function for function in functions}
