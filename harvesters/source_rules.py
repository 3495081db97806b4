"""What may not change on a harvest source by everybody, or at any time: where its key goes, and its name.

The rules stand before CKAN's own actions, which every way to a harvest source goes through: its form, ckanext-harvest's
actions and those for datasets.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

import ckan.authz as authz
import ckan.model as model
import ckan.plugins.toolkit as tk
from ckanext.harvest.model import HarvestSource
from ckanext.harvest.utils import DATASET_TYPE_NAME

from ckanext.satudatapmi.harvesters import base, configuration, guest_records, ledger, option_fields


def get_actions() -> dict[str, Callable[..., Any]]:
    """Return the actions by name."""
    return {"package_create": package_create, "package_update": package_update}


@tk.chained_action
def package_create(original: Callable[..., Any], context: Any, data_dict: dict[str, Any]) -> Any:
    """Make a dataset or a harvest source; a key of the site is given to one by system administrators alone.

    Raises:
        ValidationError: somebody else wrote one into a configuration, or an option in the form holds nonsense.
    """
    if data_dict.get("type") == DATASET_TYPE_NAME:
        data_dict = _configured("package_create", context, data_dict, None)
    if data_dict.get("type") == DATASET_TYPE_NAME and _asks_for_key(data_dict) and not _may_give_keys(context):
        tk.check_access("package_create", context, data_dict)
        raise _key_is_not_yours()
    return original(context, guest_records.fitted(data_dict))


@tk.chained_action
def package_update(original: Callable[..., Any], context: Any, data_dict: dict[str, Any]) -> Any:
    """Change a dataset or a harvest source.

    Raises:
        ValidationError: the source has datasets and was to be renamed, or somebody who is no system administrator has
            given it a key of the site, or changed where one goes, or an option in the form holds nonsense.
    """
    package = model.Package.get(data_dict.get("id") or data_dict.get("name"))
    if package is not None and package.type == DATASET_TYPE_NAME:
        source = model.Session.get(HarvestSource, package.id)
        data_dict = _configured("package_update", context, data_dict, source)
        errors = _refused_name(package, data_dict)
        if errors or (_moves_key(package, data_dict) and not _may_give_keys(context)):
            tk.check_access("package_update", context, data_dict)
            raise tk.ValidationError(errors) if errors else _key_is_not_yours()
    return original(context, guest_records.fitted(data_dict))


def _configured(action: str, context: Any, values: dict[str, Any], source: HarvestSource | None) -> dict[str, Any]:
    """Return a source with the configuration that the fields of its form hold; one that comes without them as it is.

    Raises:
        ValidationError: a field holds nonsense.
    """
    if not option_fields.is_filled_in(values):
        return values
    harvester = base.known_harvester(str(values.get("source_type")))
    if harvester is None:
        return option_fields.without_fields(values)
    fields = option_fields.all_fields(harvester.protocol.name, harvester.protocol.options)
    stored = option_fields.kept(source.config or "", source.type, harvester.protocol.name) if source else ""
    config, errors = option_fields.composed(values, fields, stored)
    if errors:
        tk.check_access(action, context, values)
        titles = {field.name: field.option.title() for field in fields}
        raise tk.ValidationError(dict(errors), {titles[name]: " ".join(told) for name, told in errors.items()})
    return option_fields.without_fields(values) | {"config": config}


def _may_give_keys(context: Mapping[str, Any]) -> bool:
    return bool(context.get("ignore_auth")) or authz.is_sysadmin(context.get("user"))


def _asks_for_key(values: Mapping[str, Any]) -> bool:
    extras = [one.get("value") for one in values.get("extras") or () if isinstance(one, Mapping)]
    configs = [_parsed(one) for one in (values.get("config"), *extras)]
    found = [value for one in configs if isinstance(one, Mapping) for value in one.values()]
    return any(isinstance(value, str) and value.startswith(configuration.FROM_ENVIRONMENT) for value in found)


def _parsed(text: Any) -> Any:
    try:
        return json.loads(text) if isinstance(text, str) else text
    except json.JSONDecodeError:
        return text


def _moves_key(package: model.Package, values: Mapping[str, Any]) -> bool:
    """Tell whether a change gives a source a key, or may send the one that it has elsewhere."""
    source = model.Session.get(HarvestSource, package.id)
    known = {"config": source.config, "url": source.url, "source_type": source.type} if source else {}
    if not (_asks_for_key(values) or _asks_for_key(known)):
        return False
    names = ("config", "url", "source_type")
    return any(_parsed(values.get(name) or "") != _parsed(known.get(name) or "") for name in names)


def _key_is_not_yours() -> tk.ValidationError:
    words = tk._(
        "A value that begins with env: is a key of this site. Only system administrators give one to a source, or "
        "change the configuration, address or type of a source that has one: expected the partner's own key, or none. "
        "Ask a system administrator."
    )
    return tk.ValidationError({"config": [words]})


def _refused_name(package: model.Package, values: Mapping[str, Any]) -> dict[str, Any]:
    """Return why a source cannot have another name; {} if it can."""
    name = values.get("name") or package.name
    if name == package.name or not ledger.has_records(package.id):
        return {}
    words = tk._(
        "The ids of the datasets of a source are made from its name, so it keeps its name as long as it has datasets: "
        "expected {name}. Change the title instead; or clear the source, rename it, and harvest it anew."
    )
    return {"name": [words.format(name=package.name)]}
