"""The options of a source as fields of its form: one for each, from which the configuration is made.

A field bears the name `option.<protocol>.<key>`, that of every source `option.common.<key>`. Those of the chosen
protocol and the common ones count. What is left empty is not in the configuration: then the default counts.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from ckanext.satudatapmi.harvesters import configuration
from ckanext.satudatapmi.harvesters.gate import Limits
from ckanext.satudatapmi.harvesters.protocols.base import Option
from ckanext.satudatapmi.text import _

MARKER = "option_fields"
"""Name of the hidden field that says that a form has fields for options."""
PREFIX = "option."
COMMON_SCOPE = "common"
YES, NO = "true", "false"


@dataclass(frozen=True)
class Field:
    """An option as a field of the form.

    Attributes:
        name: of the field in the form.
        path: keys under which its value stands in the configuration.
        option: what it holds.
    """

    name: str
    path: tuple[str, ...]
    option: Option

    def stored(self, config: Mapping[str, Any]) -> Any:
        """Return its value in a configuration; None if it has none."""
        value: Any = config
        for key in self.path:
            value = value.get(key) if isinstance(value, Mapping) else None
        return value


class FieldError(ValueError):
    """A field does not hold what its option can be; the message says what was expected."""


def fields_of(scope: str, options: Iterable[Option]) -> list[Field]:
    """Return the fields for the options of a protocol, or of every source; each limit of a run has its own."""
    found = []
    for option in options:
        if option.key == configuration.POLICY:
            found += [_limit_field(scope, option, name) for name in Limits.__dataclass_fields__]
        else:
            found.append(Field(f"{PREFIX}{scope}.{option.key}", (option.key,), option))
    return found


def _limit_field(scope: str, policy: Option, name: str) -> Field:
    title, help_text = _LIMITS[name]
    option = replace(policy, key=name, kind="number", title=title, help=help_text, default=None)
    return Field(f"{PREFIX}{scope}.{policy.key}.{name}", (policy.key, name), option)


def all_fields(protocol: str, options: Sequence[Option]) -> list[Field]:
    """Return the fields that count for a source of a protocol."""
    return [*fields_of(protocol, options), *fields_of(COMMON_SCOPE, configuration.COMMON)]


def is_filled_in(values: Mapping[str, Any]) -> bool:
    """Tell whether values come from a form that has fields for options."""
    return MARKER in values


def text_of(field: Field, value: Any) -> str | list[str]:
    """Return what a field shows of a value: a text, or the chosen ones of a list with choices. A secret stays away."""
    option = field.option
    if value is None or option.kind == "secret":
        return ""
    match option.kind:
        case "list" if option.choices:
            return [str(one) for one in value] if isinstance(value, list) else []
        case "list" if isinstance(value, list):
            return "\n".join(str(one) for one in value)
        case "text" | "address" | "choice" if isinstance(value, str):
            return value
        case _:
            return json.dumps(value, ensure_ascii=False, indent=2 if option.kind == "object" else None)


def kept(text: str, before: str, protocol: str) -> str:
    """Return the configuration of a source as far as it counts for a protocol: another one's options do not.

    Args:
        text: the configuration.
        before: protocol that the source has had.
        protocol: that it is to have.
    """
    if before == protocol:
        return text
    common = {option.key for option in configuration.COMMON}
    return json.dumps({key: value for key, value in _parsed(text).items() if key in common})


def composed(values: Mapping[str, Any], fields: Iterable[Field], stored: str) -> tuple[str, dict[str, list[str]]]:
    """Return the configuration that the fields of a form hold, and what is wrong, by field.

    Args:
        values: of the form, by name of the field.
        fields: that count.
        stored: the configuration that the source has. What a field shows of it unchanged stays as it is written there.
    """
    before = _parsed(stored)
    config: dict[str, Any] = {}
    errors: dict[str, list[str]] = {}
    for field in fields:
        try:
            value = _value(field, values, field.stored(before))
        except FieldError as error:
            errors[field.name] = [str(error)]
            continue
        if value is not None:
            _put(config, field.path, value)
    if config == before:
        return stored, errors
    return json.dumps(config, ensure_ascii=False) if config else "", errors


def without_fields(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return the values of a form without those of the fields for options."""
    return {name: value for name, value in values.items() if name != MARKER and not name.startswith(PREFIX)}


def _parsed(text: str) -> dict[str, Any]:
    try:
        return configuration.parse(text)
    except configuration.ConfigurationError:
        return {}


def _put(config: dict[str, Any], path: Sequence[str], value: Any) -> None:
    for key in path[:-1]:
        config = config.setdefault(key, {})
    config[path[-1]] = value


def _value(field: Field, values: Mapping[str, Any], stored: Any) -> Any:
    """Return what a field holds; None for nothing."""
    given = list(_given(values.get(field.name)))
    if field.option.kind == "secret":
        forgotten = values.get(f"{field.name}.forget")
        return given[0] if given else None if forgotten else stored
    shown = text_of(field, stored)
    if not given:
        # An empty value that is written there stands in place of a default.
        return stored if shown in ("", []) else None
    if sorted(given) == sorted(shown if isinstance(shown, list) else [shown.strip()]):
        return stored
    return given if field.option.choices and field.option.kind == "list" else _READERS[field.option.kind](given[0])


def _given(value: Any) -> Iterator[str]:
    """Yield what a field was sent with: one text, or several where several can be chosen."""
    for one in value if isinstance(value, list) else [value]:
        text = str(one or "").replace("\r\n", "\n").strip()
        if text:
            yield text


def _number(text: str) -> float | int:
    try:
        value = float(text.replace(",", "."))
    except ValueError:
        raise FieldError(
            _("{value} is no number. Expected one such as {example}.", value=text, example="0.2")
        ) from None
    return int(value) if value.is_integer() else value


def _flag(text: str) -> bool:
    if text not in (YES, NO):
        raise FieldError(_("Expected yes or no."))
    return text == YES


def _object(text: str) -> Any:
    try:
        return configuration.parse(text)
    except configuration.ConfigurationError as error:
        raise FieldError(str(error)) from error


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]


_READERS: Mapping[str, Callable[[str], Any]] = {
    "text": str,
    "address": str,
    "choice": str,
    "flag": _flag,
    "number": _number,
    "list": _lines,
    "object": _object,
}

_LIMITS: Mapping[str, tuple[Callable[[], str], Callable[[], str]]] = {
    "max_deletions": (
        lambda: _("Largest share of deletions"),
        lambda: _("Of the datasets that the source has: 0.2 is a fifth. A run with more waits for a decision."),
    ),
    "max_creations": (
        lambda: _("Largest share of new datasets"),
        lambda: _("Of the datasets that the source has: 1 is as many again. A run with more waits for a decision."),
    ),
    "max_changes": (
        lambda: _("Largest share of changes"),
        lambda: _("Of the datasets that the source has: 0.5 is half. A run with more waits for a decision."),
    ),
    "grace_days": (
        lambda: _("Days of grace"),
        lambda: _("How long a dataset stays that its partner no longer has; 0 deletes it at once."),
    ),
}
"""Title and help of each limit of a run."""
