"""What CKAN refuses, in words: source, record, field, value."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ckanext.satudatapmi.schemas import wire
from ckanext.satudatapmi.schemas.convert import short
from ckanext.satudatapmi.text import _


def validation_words(
    source: str, number: int, identity: str, record: Mapping[str, Any], errors: Mapping[str, Any]
) -> str:
    """Return why CKAN refused a record.

    Args:
        source: name of the harvest source.
        number: place of the record in the catalogue, from 1.
        identity: of the record within its source.
        record: the record, for the values.
        errors: as a ValidationError has them: messages by field, nested for resources.
    """
    keys = {field.field: field.key for field in wire.dataset_fields()}
    reasons = []
    for name, message in flat_errors(errors):
        key = keys.get(name, name)
        value = short(record[key]) if key in record else ""
        field = f"{key} ({value})" if value else key
        reasons.append(f"{field}: {message}" if field else message)
    return _(
        "Source {source}, record {number} ({identity}) was refused: {reasons}. The dataset stays as it was.",
        source=source,
        number=number,
        identity=short(identity),
        reasons="; ".join(reasons),
    )


def flat_errors(errors: Any, name: str = "") -> Iterator[tuple[str, str]]:
    """Yield every message with the path of its field.

    >>> list(flat_errors({"title": ["Missing"], "resources": [{}, {"url": ["Bad"]}]}))
    [('title', 'Missing'), ('resources[1].url', 'Bad')]
    """
    if isinstance(errors, Mapping):
        for key, value in errors.items():
            yield from flat_errors(value, f"{name}.{key}" if name else str(key))
    elif isinstance(errors, (list, tuple)):
        for place, value in enumerate(errors):
            nested = isinstance(value, (Mapping, list, tuple))
            yield from flat_errors(value, f"{name}[{place}]" if nested else name)
    else:
        yield name, str(errors)
