"""Records of other extensions' harvesters: what they put among the extras and our form has a field for goes there.

CKAN refuses an extra with the name of a field, and they know nothing of our fields.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

import ckan.plugins.toolkit as tk

_importing: ContextVar[bool] = ContextVar("satudatapmi_guest_is_importing", default=False)


@contextmanager
def importing() -> Iterator[None]:
    """Take what is written meanwhile as written by another extension's harvester."""
    token = _importing.set(True)
    try:
        yield
    finally:
        _importing.reset(token)


def fitted(package: dict[str, Any]) -> dict[str, Any]:
    """Return a dataset that is being written; one of a guest with its extras in our fields."""
    if not _importing.get():
        return package
    schema = tk.get_action("scheming_dataset_schema_show")({}, {"type": package.get("type") or "dataset"})
    fields = {field["field_name"] for field in schema["dataset_fields"]}
    extras = package.get("extras") or []
    brought = {one["key"]: one["value"] for one in extras if one["key"] in fields and one["value"]}
    given = {key: value for key, value in package.items() if value or key not in brought}
    return {**brought, **given, "extras": [one for one in extras if one["key"] not in fields]}
