"""The configuration of a harvest source: JSON in its form or in sources.yaml, checked with words that help."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from ckanext.satudatapmi.harvesters import proposals
from ckanext.satudatapmi.tables.description import TableDescriptionError, parse_description
from ckanext.satudatapmi.text import _

EVERY_SOURCE: Mapping[str, tuple[type, ...]] = {proposals.KEY: (bool,)}
"""What the configuration of a source may hold whatever its protocol."""

DATA_JSON_KEYS: Mapping[str, tuple[type, ...]] = {"base_url": (str,), "mirror": (bool,), "paged": (bool,)}
TABLE_KEYS: Mapping[str, tuple[type, ...]] = {"table": (dict,), "dataset": (dict,)}


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


def check_keys(config: Mapping[str, Any], known: Mapping[str, tuple[type, ...]]) -> None:
    """Check that a configuration has known keys only, with values of the right kind.

    Raises:
        ConfigurationError: it has not.
    """
    known = {**known, **EVERY_SOURCE}
    for key, value in config.items():
        if key not in known:
            raise ConfigurationError(
                _("Unknown key {key}. Known keys: {known}.", key=key, known=", ".join(sorted(known)))
            )
        if not isinstance(value, known[key]):
            raise ConfigurationError(
                _(
                    "{key} is {value}, expected {expected}.",
                    key=key,
                    value=json.dumps(value),
                    expected=_KIND_WORDS[known[key][0]](),
                )
            )


_KIND_WORDS = {
    str: lambda: _("a text"),
    bool: lambda: _("true or false"),
    dict: lambda: _("an object"),
}


def check_data_json(text: str | None) -> None:
    """Check the configuration of a data.json source.

    `base_url` is the address against which relative addresses are read, `mirror` says that the file is a copy of a
    catalogue whose own address is its `@id`, `paged` whether `?page=` is followed.

    Raises:
        ConfigurationError: it is wrong.
    """
    config = parse(text)
    check_keys(config, DATA_JSON_KEYS)
    base = config.get("base_url", "")
    if base and not base.startswith(("http://", "https://")):
        raise ConfigurationError(_("base_url is {value}, expected an address with http:// or https://.", value=base))


def check_table(text: str | None) -> None:
    """Check the configuration of a published table: `table` says how to read it, `dataset` is its metadata.

    Raises:
        ConfigurationError: it is wrong.
    """
    config = parse(text)
    check_keys(config, TABLE_KEYS)
    try:
        parse_description(config.get("table") or {})
    except TableDescriptionError as error:
        raise ConfigurationError(str(error)) from error
