"""Validators of the field presets (schemas/presets.yaml). Each leaves out an empty value, whatever its shape."""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk
from ckan import model
from ckan.types import Context, FlattenDataDict, FlattenErrorDict, FlattenKey, Validator
from ckanext.scheming.validation import scheming_validator

from ckanext.satudatapmi.catalogue import activities, checking, duties, principles
from ckanext.satudatapmi.harvesters.access import HARVEST_CONTEXT, KEEP_VALUES
from ckanext.satudatapmi.schemas import dates, vocabularies, wire
from ckanext.satudatapmi.schemas.convert import clean_text

REMARK_MAX = 10_000


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
        if value in choices or _keeps_values(context) or value == stored(key, data, context):
            return
        if field.get("vocabulary") == "periodicity" and vocabularies.periodicity(value):
            return
        raise tk.Invalid(
            tk._("{value} is not on the list. Expected one of: {choices}.").format(
                value=value, choices=", ".join(choices)
            )
        )

    return validator


def _keeps_values(context: Context) -> bool:
    return bool(context.get(HARVEST_CONTEXT) or context.get(KEEP_VALUES))


def sdi_access(key: FlattenKey, data: FlattenDataDict, errors: FlattenErrorDict, context: Context) -> None:
    """Make the dataset private unless the value says that it is for everyone; never make it public."""
    if vocabularies.access_level(data[key]) != "terbuka":
        data[("private",)] = True


def sdi_status(key: FlattenKey, data: FlattenDataDict, errors: FlattenErrorDict, context: Context) -> None:
    """Keep what a harvester or the operator brings; of all other datasets the workflow knows the status."""
    if not context.get(HARVEST_CONTEXT):
        data[key] = checking.status_for(context, None if data.get(key) is tk.missing else data.get(key))


def satudata_activity(key: FlattenKey, data: FlattenDataDict, errors: FlattenErrorDict, context: Context) -> None:
    """Accept the id of an activity of the dataset's organisation; with MS-Keg beside it any other is left out."""
    owner: Any = context.get("package")
    if owner:
        activities.note_link(owner)
    value = given(key, data)
    reference = data.get(("owner_org",)) or (owner.owner_org if owner else "")
    organization = model.Group.get(reference) if isinstance(reference, str) else None
    if isinstance(value, str) and organization and activities.exists(value, organization.id):
        return
    if not any(data.get((name,)) for name in activities.fields()):
        raise tk.Invalid(
            tk._("The organisation has no activity {value}. Choose one of its activities.").format(value=value)
        )
    data.pop(key, None)
    raise tk.StopOnError


def satudata_principles(value: Any) -> list[str]:
    """Return names of principles of Satu Data Indonesia; one alone may come without a list."""
    names = [value] if isinstance(value, str) else value
    if not isinstance(names, list) or any(name not in principles.PRINCIPLES for name in names):
        expected = ", ".join(principles.PRINCIPLES)
        raise tk.Invalid(
            tk._("{value} is no list of principles. Expected: {expected}.").format(value=value, expected=expected)
        )
    return list(dict.fromkeys(names))


def satudata_remark(value: Any) -> str:
    """Return what somebody writes about a step, without characters that a database refuses, if it is no book."""
    text = clean_text(str(value))
    if len(text) > REMARK_MAX:
        message = tk._("This is too long. Expected at most {limit} characters; put the rest into a file.")
        raise tk.Invalid(message.format(limit=REMARK_MAX))
    return text


def satudata_reference(value: Any) -> str:
    """Return an id or a name without the character that no database takes."""
    return str(value).replace("\0", "")


def sdi_provenance(key: FlattenKey, data: FlattenDataDict, errors: FlattenErrorDict, context: Context) -> None:
    """Keep what a record held: an update that does not send the field leaves it as it is stored."""
    if data.get(key) in (tk.missing, None):
        data[key] = None if context.get(HARVEST_CONTEXT) else stored(key, data, context)
    sdi_json(key, data, errors, context)


def sdi_origin(key: FlattenKey, data: FlattenDataDict, errors: FlattenErrorDict, context: Context) -> None:
    """Keep what the harvester or the operator says of where data come from; nobody else says it."""
    if not context.get(HARVEST_CONTEXT) and not duties.is_operator(context):
        data[key] = stored(key, data, context)
    sdi_provenance(key, data, errors, context)


def stored(key: FlattenKey, data: FlattenDataDict, context: Context) -> Any:
    """Return what the database has for the field of this dataset, resource or organisation, None if nothing."""
    if key[0] == "resources":
        resource_id = data.get((*key[:2], "id"))
        resource = model.Session.get(model.Resource, resource_id) if isinstance(resource_id, str) else None
        return (resource.extras or {}).get(key[-1]) if resource else None
    owner: Any = context.get("package") or context.get("group")
    if owner is None:
        return None
    stored = dict(owner.extras or {})
    activities.add_answers(stored)
    return stored.get(key[-1])


def get_validators() -> dict[str, Any]:
    """Return the validators by the name that presets.yaml gives them."""
    functions = (
        satudata_activity,
        satudata_principles,
        satudata_reference,
        satudata_remark,
        sdi_access,
        sdi_choice,
        sdi_date,
        sdi_json,
        sdi_origin,
        sdi_provenance,
        sdi_status,
        sdi_text,
    )
    return {function.__name__: function for function in functions}
