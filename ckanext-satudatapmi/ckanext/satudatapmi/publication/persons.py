"""Names of persons, and what reaches them, stay with those who may edit a dataset: `personal` in dataset.yaml."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

from ckanext.satudatapmi.harvesters import visitors
from ckanext.satudatapmi.publication.datajson import impersonal, without_persons
from ckanext.satudatapmi.schemas import wire


def hide_persons(package: dict[str, Any]) -> None:
    """Empty the personal fields of a dataset, as fields, as extras and among the verbatim entries.

    Mailboxes of offices stay in the fields.
    """
    for name in personal_fields():
        if package.get(name):
            package[name] = impersonal(package[name])
    verbatim = wire.wire_extra(package)
    if verbatim:
        package["wire_extra"] = wire.json_text(without_persons(verbatim))
    if package.get("extras"):
        package["extras"] = [
            _without_persons(extra) for extra in package["extras"] if not wire.is_personal(extra["key"])
        ]


def hide_from_visitors(context: Mapping[str, Any], package: dict[str, Any]) -> None:
    """Empty the personal fields of a dataset, unless the caller is the site itself or somebody who may edit it.

    Args:
        context: of the action that shows the dataset.
        package: what it shows; changed in place.
    """
    if _has_persons(package) and not visitors.may_update(context, package["id"]):
        hide_persons(package)


def _has_persons(package: Mapping[str, Any]) -> bool:
    fields = any(package.get(name) for name in personal_fields())
    return fields or any(wire.is_personal(key) for key in wire.wire_extra(package))


def _without_persons(extra: dict[str, Any]) -> dict[str, Any]:
    if extra["key"] != "wire_extra":
        return extra
    return extra | {"value": wire.json_text(without_persons(wire.wire_extra({"wire_extra": extra["value"]})))}


@cache
def personal_fields() -> tuple[str, ...]:
    """Return the fields of a dataset that name or reach a person."""
    return tuple(field.field for field in wire.dataset_fields() if field.personal)
