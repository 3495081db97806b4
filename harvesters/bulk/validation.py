"""Validates new datasets as `package_create` does, without going over the fields that a dataset does not have."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import ckan.model as model
import ckan.plugins.toolkit as tk
import sqlalchemy as sa
from ckan.lib import plugins as lib_plugins
from ckan.lib.navl.dictization_functions import DataError, validate
from ckan.types import Context

Schema = dict[str, Any]
ASKED_FOR_ALL = ("package_id_does_not_exist", "package_name_validator", "resource_id_does_not_exist")
"""Validators that ask the database whether something is taken: asked once for a whole batch."""

NAME_LENGTHS = range(model.PACKAGE_NAME_MIN_LENGTH, model.PACKAGE_NAME_MAX_LENGTH + 1)


@dataclass(frozen=True)
class Validated:
    """A dataset as `package_dict_save` takes it, or why it cannot be."""

    data: dict[str, Any]
    errors: dict[str, Any]


class CreateValidator:
    """The schema of new datasets of one type, made ready once for a batch.

    Args:
        context: of the action; validators see a copy of it.
        first: one of the datasets; all are of its type.
    """

    def __init__(self, context: Context, first: Mapping[str, Any]) -> None:
        self._context = context
        self._type = first["type"]
        self._plugin = lib_plugins.lookup_package_plugin(self._type)
        self._full = self._expanded()
        questions = [tk.get_validator(name) for name in ASKED_FOR_ALL]
        self._owner = self._accepted_owner(first)
        if self._owner is not None:
            questions.append(tk.get_validator("owner_org_validator"))
        self._lean = {key: _without(chain, questions) for key, chain in self._full.items()}
        self._lean["resources"] = {key: _without(chain, questions) for key, chain in self._full["resources"].items()}
        self._inert = {key for key, chain in self._lean.items() if self._is_inert(key, chain)}
        self._inert_of_resources = {
            key for key, chain in self._lean["resources"].items() if self._is_inert(("resources", 0, key), chain)
        }

    def validate(self, package: Mapping[str, Any], taken: bool = False) -> Validated:
        """Validate one dataset.

        Args:
            package: as `package_create` takes it.
            taken: whether its id, its name or one of its resources' ids is in use: then it is validated in full, so
                that the validators say what is wrong.
        """
        if taken or package.get("owner_org") != self._owner:
            return self.validate_in_full(package)
        resources = package.get("resources") or []
        there = {key for resource in resources for key in resource}
        lean = {key: chain for key, chain in self._lean.items() if key in package or key not in self._inert}
        lean["resources"] = {
            key: chain
            for key, chain in self._lean["resources"].items()
            if key in there or key not in self._inert_of_resources
        }
        return Validated(*validate(dict(package), lean, self._fresh()))

    def validate_in_full(self, package: Mapping[str, Any]) -> Validated:
        """Validate one dataset exactly as `package_create` does."""
        schema = self._plugin.create_package_schema()
        return Validated(
            *lib_plugins.plugin_validate(self._plugin, self._fresh(), dict(package), schema, "package_create")
        )

    def _accepted_owner(self, first: Mapping[str, Any]) -> str | None:
        """Return the organisation of a dataset, if validation finds no fault with it and leaves it as it is."""
        owner = first.get("owner_org")
        try:
            found = self.validate_in_full(first)
        except DataError:
            return None
        return owner if "owner_org" not in found.errors and found.data.get("owner_org") == owner else None

    def _fresh(self) -> Context:
        return self._context.copy()

    def _expanded(self) -> Schema:
        """Return the schema with the chains that the plugin of the type puts into it while it validates."""
        schema = self._plugin.create_package_schema()
        lib_plugins.plugin_validate(self._plugin, self._fresh(), {"type": self._type}, schema, "package_create")
        return schema

    def _is_inert(self, key: Any, chain: Any) -> bool:
        """Tell whether a field that is missing leaves no trace: no value, no error."""
        if not isinstance(chain, list) or str(key).startswith("__"):
            return False
        place = key if isinstance(key, tuple) else (key,)
        data: dict[Any, Any] = {place: tk.missing}
        errors: dict[Any, list[Any]] = {place: []}
        try:
            for validator in chain:
                _apply(validator, place, data, errors, self._fresh())
        except tk.StopOnError:
            pass
        except Exception:  # noqa: BLE001 - whatever a validator does with a field on its own, it is not left out then
            return False
        return not errors[place] and set(data) <= {place} and data.get(place, tk.missing) is tk.missing


def _apply(validator: Callable[..., Any], key: Any, data: Any, errors: Any, context: Context) -> None:
    """Call a validator as navl does, by the number of its arguments."""
    count = validator.__code__.co_argcount  # pyright: ignore[reportFunctionMemberAccess]
    if count == 4:
        validator(key, data, errors, context)
    else:
        data[key] = validator(*(data.get(key), context)[:count])


def _without(chain: Any, questions: Sequence[Any]) -> Any:
    return [one for one in chain if one not in questions] if isinstance(chain, list) else chain


def taken(packages: Sequence[Mapping[str, Any]]) -> set[str]:
    """Return the ids of new datasets whose id, name or resource ids are in use, also within the batch.

    So are those whose name has not the length of one: the validator that looks for the name also measures it.
    """
    ids = _in_use(model.Package.id, [package["id"] for package in packages])
    names = _in_use(model.Package.name, [package["name"] for package in packages])
    resources = _in_use(model.Resource.id, [one["id"] for package in packages for one in package["resources"]])
    found, seen = set(), set()
    for package in packages:
        own = {package["name"], *(one["id"] for one in package["resources"])}
        used = package["id"] in ids | seen or package["name"] in names or bool(own & (resources | seen))
        if used or len(package["name"]) not in NAME_LENGTHS:
            found.add(package["id"])
        seen |= own | {package["id"]}
    return found


def _in_use(column: Any, values: Sequence[str]) -> set[str]:
    return set(model.Session.scalars(sa.select(column).where(column.in_(values)))) if values else set()
