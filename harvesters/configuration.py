"""The configuration of a harvest source: JSON in its form or in sources.yaml, checked with words that help.

What a protocol can be told stands with the protocol, as data (protocols.base.Option). Every source knows besides:

- `policy`: limits of the gate, {max_deletions, max_creations, max_changes, grace_days};
- `proposed`: the source is registered, but not harvested until an operator has accepted it.
"""

from __future__ import annotations

import json
import math
import os
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from ckanext.satudatapmi.figures.store.growing import UnknownSeries, check_registered
from ckanext.satudatapmi.harvesters import proposals
from ckanext.satudatapmi.harvesters.gate import MOST, Limits
from ckanext.satudatapmi.harvesters.protocols.base import Option
from ckanext.satudatapmi.tables.description import TableDescriptionError, parse_description
from ckanext.satudatapmi.text import _

POLICY = "policy"
TABLE, TABLES = "table", "tables"
SITE = "ckanext.satudatapmi.harvest."
"""Before the names of limits in the configuration of the site."""
FROM_ENVIRONMENT = "env:"
VARIABLE = re.compile(r"[A-Z][A-Z0-9_]*")
SERVER = re.compile(r"https?://[a-z0-9.-]+(:[0-9]+)?")

KEYS = "ckanext.satudatapmi.harvest.keys"
"""Setting of the site: which variable of the environment holds a key, and for which server: NAME=https://server."""

COMMON = (
    Option(
        POLICY,
        "object",
        lambda: _("Limits of a run"),
        lambda: _("How much may change at once before an operator has to look: {example}.").format(
            example='{"max_deletions": 0.2, "grace_days": 7}'
        ),
    ),
    Option(
        proposals.KEY,
        "flag",
        lambda: _("Proposed"),
        lambda: _("The source is not harvested until an operator has accepted it."),
        default=False,
    ),
)


class ConfigurationError(ValueError):
    """A configuration is wrong; the message names the key, what it holds and what was expected."""


def parse(text: str | None) -> dict[str, Any]:
    """Return the configuration of a source; {} if it is empty.

    Raises:
        ConfigurationError: it is no JSON object.
    """
    if not text or not text.strip():
        return {}
    try:
        value = json.loads(text)
    except json.JSONDecodeError as error:
        raise ConfigurationError(
            _(
                "This is no valid JSON: {problem} at line {line}, column {column}.",
                problem=error.msg,
                line=error.lineno,
                column=error.colno,
            )
        ) from error
    if not isinstance(value, dict):
        raise ConfigurationError(_("Expected a JSON object such as {example}.", example='{"paged": false}'))
    return value


def check(text: str | None, options: Sequence[Option]) -> dict[str, Any]:
    """Check the configuration of a source, and return it as it is written.

    Raises:
        ConfigurationError: it has an unknown key, a value of the wrong kind, or lacks what is required.
    """
    config = parse(text)
    known = {option.key: option for option in (*options, *COMMON)}
    for key, value in config.items():
        if key not in known:
            raise ConfigurationError(
                _("Unknown key {key}. Known keys: {known}.", key=key, known=", ".join(sorted(known)))
            )
        _check_value(known[key], value)
    for option in known.values():
        if option.required and config.get(option.key) in (None, "", []):
            raise ConfigurationError(_("{key} is missing: {help}", key=option.key, help=option.help()))
    return config


def values(text: str | None, options: Sequence[Option], url: str, keys: Iterable[str]) -> dict[str, Any]:
    """Return the configuration of a source with defaults filled in and secrets taken from the environment.

    Args:
        text: the configuration.
        options: that a source has.
        url: address of the source.
        keys: what the setting KEYS of the site holds.

    Raises:
        ConfigurationError: it is wrong, or the environment lacks a secret, or that is not for the source's server.
    """
    config = check(text, options)
    found = {option.key: option.default for option in options if option.default is not None} | config
    for option in options:
        if option.kind == "secret" and str(found.get(option.key, "")).startswith(FROM_ENVIRONMENT):
            found[option.key] = _from_environment(option.key, found[option.key], url, keys)
    return found


def kind_words(option: Option) -> str:
    """Return what an option holds, in words."""
    return _KINDS[option.kind][1]()


def example_of(option: Option) -> Any:
    """Return a value that an option may have: its default, its first choice, else one of its kind."""
    if option.default not in (None, "", [], {}):
        return option.default
    if option.choices:
        return [option.choices[0]] if option.kind == "list" else option.choices[0]
    return _EXAMPLES[option.key if option.key in _EXAMPLES else option.kind]


def _from_environment(key: str, reference: str, url: str, keys: Iterable[str]) -> str:
    name = reference.removeprefix(FROM_ENVIRONMENT)
    if not any(_is_at(url, server) for known, _equals, server in (one.partition("=") for one in keys) if known == name):
        raise ConfigurationError(
            _(
                "{key} is {value}, but the site does not send {name} to the server of this source, so nothing was "
                "asked. If the key is meant for that server, have {setting} hold {example}.",
                key=key,
                value=reference,
                name=name,
                setting=KEYS,
                example=f"{name}=https://data.example.go.id",
            )
        )
    value = os.environ.get(name, "")
    if not value:
        raise ConfigurationError(
            _(
                "{key} is to come from the environment variable {name}, which is not set. Set it for the harvest "
                "workers.",
                key=key,
                name=name,
            )
        )
    return value


def _is_at(url: str, server: str) -> bool:
    """Tell whether an address is of a server, in so many letters: nobody shall read it in another way."""
    server = server.lower().rstrip("/")
    return bool(SERVER.fullmatch(server)) and f"{url.lower()}/".startswith(f"{server}/")


def _check_value(option: Option, value: Any) -> None:
    fits, expected = _KINDS[option.kind]
    if not fits(value):
        raise ConfigurationError(
            _("{key} is {value}, expected {expected}.", key=option.key, value=json.dumps(value), expected=expected())
        )
    if option.kind == "address" and value and not value.startswith(("http://", "https://")):
        raise ConfigurationError(
            _("{key} is {value}, expected an address with http:// or https://.", key=option.key, value=value)
        )
    if option.choices and any(one not in option.choices for one in _listed(value)):
        choices = _("one of: {choices}", choices=", ".join(option.choices))
        raise ConfigurationError(
            _(
                "{key} is {value}, expected {expected}.",
                key=option.key,
                value=json.dumps(value),
                expected=choices,
            )
        )
    if option.kind == "secret" and value.startswith(FROM_ENVIRONMENT):
        _check_variable(option.key, value)
    if further := _CHECKS.get((option.key, option.kind)):
        further(value)


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _check_variable(key: str, value: str) -> None:
    if not VARIABLE.fullmatch(value.removeprefix(FROM_ENVIRONMENT)):
        raise ConfigurationError(
            _("{key} is {value}, expected {expected}.", key=key, value=value, expected="env:SATUDATA_BPS_KEY")
        )


def check_policy(policy: Mapping[str, Any]) -> None:
    """Check the limits of a run.

    Raises:
        ConfigurationError: one is unknown, no number, or too large.
    """
    known = sorted(Limits.__dataclass_fields__)
    for key, value in policy.items():
        if key not in known:
            raise ConfigurationError(
                _("Unknown key {key}. Known keys: {known}.", key=f"policy.{key}", known=", ".join(known))
            )
        _check_limit(f"policy.{key}", value, MOST[key])


def check_site_limits(config: Mapping[str, Any]) -> None:
    """Check the limits of a run that the configuration of the site sets.

    Raises:
        ConfigurationError: one is no number, or too large.
    """
    for name, most in MOST.items():
        key = f"{SITE}{name}"
        try:
            value = float(config.get(key) or 0)
        except (TypeError, ValueError):
            value = config[key]
        _check_limit(key, value, most)


def _check_description(entry: Any, where: str = TABLE) -> None:
    try:
        check_registered(parse_description(entry, where), where)
    except (TableDescriptionError, UnknownSeries) as error:
        raise ConfigurationError(str(error)) from error


def _check_descriptions(entries: Mapping[str, Any]) -> None:
    for pattern, entry in entries.items():
        where = f"{TABLES}.{pattern}"
        try:
            re.compile(pattern)
        except re.error as error:
            raise ConfigurationError(
                _(
                    "{key}: {pattern} is no pattern: {error}. Expected a regular expression such as {example}.",
                    key=TABLES,
                    pattern=pattern,
                    error=error,
                    example="negara-20[0-9]+",
                )
            ) from error
        _check_description(entry, where)


def _check_limit(key: str, value: Any, most: float) -> None:
    if not _is_number(value) or not 0 <= value <= most:
        expected = _("a number from 0 to {most}", most=most)
        raise ConfigurationError(
            _("{key} is {value}, expected {expected}.", key=key, value=json.dumps(value), expected=expected)
        )


def _is_number(value: Any) -> bool:
    # JSON as Python reads it knows NaN and Infinity.
    return isinstance(value, (int, float)) and not isinstance(value, bool) and abs(value) < math.inf


_KINDS = {
    "text": (lambda value: isinstance(value, str), lambda: _("a text")),
    "address": (lambda value: isinstance(value, str), lambda: _("a text")),
    "secret": (lambda value: isinstance(value, str), lambda: _("a text")),
    "choice": (lambda value: isinstance(value, str), lambda: _("a text")),
    "flag": (lambda value: isinstance(value, bool), lambda: _("true or false")),
    "number": (_is_number, lambda: _("a number")),
    "list": (
        lambda value: isinstance(value, list) and all(isinstance(one, (str, int)) for one in value),
        lambda: _("a list of texts"),
    ),
    "object": (lambda value: isinstance(value, dict), lambda: _("an object")),
}

_CHECKS: Mapping[tuple[str, str], Callable[[Any], None]] = {
    (POLICY, "object"): check_policy,
    (TABLE, "object"): _check_description,
    (TABLES, "object"): _check_descriptions,
}
"""What is checked besides the kind, by key and kind of an option."""

_EXAMPLES: Mapping[str, Any] = {
    POLICY: {"max_deletions": 0.2, "grace_days": 7},
    "text": "pmi",
    "address": "https://data.example.go.id/",
    "secret": "env:SATUDATA_BPS_KEY",
    "choice": "",
    "flag": True,
    "number": 100,
    "list": ["pmi"],
    "object": {},
}
"""Values by key or by kind of an option, for the help."""
