"""What the actions on descriptions of tables accept."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import ckan.plugins.toolkit as tk
import yaml

from ckanext.satudatapmi.catalogue.table_descriptions import plain

LONGEST = 20_000
"""Characters of a description: a table of a hundred columns has a tenth of it."""


def proposal_schema() -> dict[str, Any]:
    """Return what satudata_table_proposal_show accepts: `id` and, to look again, `description`."""
    validator: Any = tk.get_validator
    return show_schema() | {"description": [validator("ignore_missing"), description]}


def confirm_schema() -> dict[str, Any]:
    """Return what satudata_table_description_confirm accepts: `id`, `description`, and `sha256` of the file."""
    validator: Any = tk.get_validator
    return show_schema() | {
        "description": [validator("not_missing"), description],
        "sha256": [validator("ignore_empty"), validator("unicode_safe")],
    }


def show_schema() -> dict[str, Any]:
    """Return what satudata_table_description_show accepts: `id` (of the resource)."""
    validator: Any = tk.get_validator
    return {"id": [validator("not_empty"), validator("unicode_safe")]}


def description(value: Any) -> dict[str, Any]:
    """Return the description that a mapping, or a text of YAML, holds; days become texts."""
    entry = _loaded(value) if isinstance(value, str) else value
    if entry is None:
        return {}
    if not isinstance(entry, Mapping):
        raise tk.Invalid(tk._("The description is no list of keys and values. Write one `key: value` a line."))
    try:
        return plain(entry)
    except (TypeError, ValueError, RecursionError) as error:
        words = tk._("The description holds what cannot be kept: {reason}").format(reason=error)
        raise tk.Invalid(words) from error


def _loaded(text: str) -> Any:
    if len(text) > LONGEST:
        raise tk.Invalid(tk._("Write {length} characters at most.").format(length=LONGEST))
    try:
        # A few aliases of aliases make a text without end.
        if any(isinstance(event, yaml.AliasEvent) for event in yaml.parse(text, Loader=yaml.SafeLoader)):
            raise tk.Invalid(tk._("The description has an alias (*). Write out what it stands for."))
        return yaml.safe_load(text)
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise tk.Invalid(tk._("The description is no YAML: {reason}").format(reason=_reason(error))) from error


def _reason(error: Exception) -> str:
    mark = getattr(error, "problem_mark", None)
    problem = getattr(error, "problem", None) or str(error)
    return tk._("line {line}: {problem}").format(line=mark.line + 1, problem=problem) if mark else problem
