"""The fields of a harvest source's form that the options of each protocol make."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import ckan.model as model
import ckan.plugins.toolkit as tk
from ckanext.harvest.model import HarvestSource

from ckanext.satudatapmi.harvesters import base, configuration, option_fields, working
from ckanext.satudatapmi.harvesters.gate import Limits
from ckanext.satudatapmi.harvesters.option_fields import Field
from ckanext.satudatapmi.harvesters.protocols.base import Option

_CONTROLS = {"flag": "flag", "choice": "choice", "list": "lines", "object": "object", "secret": "secret"}


@dataclass(frozen=True)
class Entry:
    """A field as the template shows it.

    Attributes:
        control: text, number, flag, choice, checkboxes, lines, object or secret.
        value: text, or chosen values for checkboxes.
        default: what counts where it is empty, in words; "" if nothing does.
        is_set: whether the source has a secret here.
        is_forgotten: whether it is to be forgotten.
    """

    name: str
    title: str
    help: str
    control: str
    value: str | list[str]
    choices: Sequence[str]
    default: str
    example: str
    required: bool
    is_filter: bool
    is_set: bool
    is_forgotten: bool
    errors: Sequence[str]


@dataclass(frozen=True)
class Section:
    """The fields of a protocol, or of every source (scope `common`)."""

    scope: str
    title: str
    help: str
    entries: Sequence[Entry]


def get_helpers() -> dict[str, Callable[..., Any]]:
    """Return the helpers under the names that templates use."""
    return {
        "satudata_has_other_harvesters": has_other_harvesters,
        "satudata_is_ours": is_ours,
        "satudata_option_sections": sections,
    }


def sections(data: Mapping[str, Any], errors: Mapping[str, Any]) -> list[Section]:
    """Return the fields for the options of every protocol, and last those of every source.

    Args:
        data: of the form: a source as it is stored, or as it was sent and refused.
        errors: of the form, by name of the field.
    """
    chosen = str(data.get("source_type") or "")
    own = _config(data, chosen)
    found = [
        Section(
            one.name,
            one.title(),
            one.help(),
            _entries(one.name, one.options, own if one.name == chosen else {}, data, errors),
        )
        for one in base.protocols()
    ]
    common = _entries(option_fields.COMMON_SCOPE, configuration.COMMON, own, data, errors)
    return [*found, Section(option_fields.COMMON_SCOPE, tk._("Options of every source"), "", common)]


def is_ours(source_type: str | None) -> bool:
    """Tell whether a type of source is harvested by our pipeline."""
    return source_type in base.pipeline_types()


def has_other_harvesters() -> bool:
    """Tell whether the site has harvesters of other extensions, which have a configuration of their own."""
    return any(not is_ours(one["name"]) for one in tk.h.harvesters_info())


def _config(data: Mapping[str, Any], protocol: str) -> dict[str, Any]:
    """Return the configuration that a source has: a form that was refused brings none."""
    # A form that was refused holds the name from the address as its id.
    package = model.Package.get(data.get("id"))
    source = model.Session.get(HarvestSource, package.id) if package else None
    if source is None:
        return {}
    try:
        return configuration.parse(option_fields.kept(source.config or "", source.type, protocol))
    except configuration.ConfigurationError:
        return {}


def _entries(
    scope: str, options: Sequence[Option], config: Mapping[str, Any], data: Mapping[str, Any], errors: Mapping[str, Any]
) -> list[Entry]:
    return [_entry(field, config, data, errors) for field in option_fields.fields_of(scope, options)]


def _entry(field: Field, config: Mapping[str, Any], data: Mapping[str, Any], errors: Mapping[str, Any]) -> Entry:
    option = field.option
    stored = field.stored(config)
    sent = option_fields.is_filled_in(data)
    value = data.get(field.name, "") if sent else option_fields.text_of(field, stored)
    control = "checkboxes" if option.kind == "list" and option.choices else _CONTROLS.get(option.kind, "text")
    if control == "checkboxes" and isinstance(value, str):
        value = [value] if value else []
    return Entry(
        name=field.name,
        title=option.title(),
        help=option.help(),
        control=control,
        value=value,
        choices=option.choices,
        default=_default(field),
        example=_words(configuration.example_of(option)),
        required=option.required,
        is_filter=option.role == "filter",
        is_set=option.kind == "secret" and bool(stored),
        is_forgotten=bool(data.get(f"{field.name}.forget")),
        errors=errors.get(field.name, ()),
    )


def _default(field: Field) -> str:
    """Return what counts where a field is empty."""
    if field.path[0] == configuration.POLICY:
        return _words(getattr(Limits.of({}, working.site_limits()), field.option.key))
    default = field.option.default
    return "" if default in (None, "", [], {}) else _words(default)


def _words(value: Any) -> str:
    if isinstance(value, bool):
        return tk._("yes") if value else tk._("no")
    if isinstance(value, list):
        return ", ".join(map(str, value))
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False).removesuffix(".0")
