"""What somebody here changed on a harvested dataset, beside what the partner says; and giving such a change up."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

import ckan.model as model
import ckan.plugins.toolkit as tk
import sqlalchemy as sa
from ckanext.harvest.model import HarvestObject, HarvestSource

from ckanext.satudatapmi.harvesters import configuration, importer, ledger, local_edits, staging, visitors, working
from ckanext.satudatapmi.harvesters.access import HARVEST_CONTEXT
from ckanext.satudatapmi.harvesters.gate import Limits
from ckanext.satudatapmi.harvesters.local_edits import RESOURCES, LocalEdits
from ckanext.satudatapmi.harvesters.mapping import SourceContext
from ckanext.satudatapmi.schemas import wire

COPIES = 10
NOT_TOLD = frozenset({"publishing_status"})
"""Where the checking of a dataset stands: it changes with every edit, and nobody gives it up."""


def get_actions() -> dict[str, Callable[..., Any]]:
    """Return the actions by name."""
    return {
        "satudata_local_edits": satudata_local_edits,
        "satudata_local_edit_drop": satudata_local_edit_drop,
        "satudata_harvested_show": satudata_harvested_show,
    }


def get_auth_functions() -> dict[str, Callable[..., Any]]:
    """Return who may call which action."""
    return {
        "satudata_local_edits": who_may_see_the_dataset,
        "satudata_local_edit_drop": who_may_update_the_dataset,
        "satudata_harvested_show": who_may_see_the_dataset,
    }


@tk.auth_allow_anonymous_access
def who_may_see_the_dataset(context: Any, data_dict: dict[str, Any] | None) -> Any:
    """Let those in who may see the dataset."""
    return _as(context, "package_show", data_dict)


def who_may_update_the_dataset(context: Any, data_dict: dict[str, Any] | None) -> Any:
    """Let those in who may change the dataset."""
    return _as(context, "package_update", data_dict)


def _as(context: Any, action: str, data_dict: dict[str, Any] | None) -> dict[str, Any]:
    try:
        tk.check_access(action, context, data_dict)
    except tk.NotAuthorized as error:
        return {"success": False, "msg": str(error)}
    return {"success": True}


def _asked(context: Any, data_dict: dict[str, Any], action: str) -> model.Package:
    reference = str(tk.get_or_bust(data_dict, "id")).replace("\0", "")
    package = model.Package.get(reference)
    if package is None or package.type != "dataset":
        raise tk.ObjectNotFound(tk._("Dataset not found"))
    tk.check_access(action, context, {"id": package.id})
    return package


@tk.side_effect_free
def satudata_harvested_show(context: Any, data_dict: dict[str, Any]) -> dict[str, Any]:
    """Return how a dataset stands with the source that it was harvested from.

    Args:
        context: CKAN's.
        data_dict: `id` or name of the dataset.

    Returns:
        vanished: since when the source does not hold it (ISO 8601, UTC), or None; deleted_on: when it will be deleted
        then; copies: datasets of other sources with the same title, publisher and files that the caller may see, each
        {id, name, title, organization, source_name}.

    Raises:
        ObjectNotFound, NotAuthorized: there is no such dataset for the caller.
    """
    package = _asked(context, data_dict, "satudata_harvested_show")
    since = ledger.vanished_since(package.id)
    deleted_on = since + timedelta(days=_grace_days(package.id)) if since else None
    return {
        "vanished": since.isoformat(timespec="seconds") if since else None,
        "deleted_on": deleted_on.isoformat(timespec="seconds") if deleted_on else None,
        "copies": _copies(context, package),
    }


def _grace_days(package_id: str) -> float:
    source = model.Session.get(HarvestSource, ledger.source_of(package_id) or "")
    try:
        config = configuration.parse(source.config if source else "")
        configuration.check_policy(config.get(configuration.POLICY) or {})
    except configuration.ConfigurationError:
        config = {}
    return Limits.of(config, working.site_limits()).grace_days


def _copies(context: Any, package: model.Package) -> list[dict[str, Any]]:
    extras = package.extras
    if not extras.get("copy_fingerprint"):
        return []
    query = {"q": f'copy_fingerprint:"{extras["copy_fingerprint"]}"', "rows": 2 * COPIES, "include_private": True}
    found = tk.get_action("package_search")({"user": context.get("user") or ""}, query)["results"]
    own = (package.id, extras.get("source_name"))
    others = [one for one in found if one["id"] != own[0] and one.get("source_name") != own[1]]
    return [
        {
            "id": one["id"],
            "name": one["name"],
            "title": one["title"] or one["name"],
            "organization": (one.get("organization") or {}).get("title", ""),
            "source_name": one.get("source_name", ""),
        }
        for one in others[:COPIES]
    ]


@tk.side_effect_free
def satudata_local_edits(context: Any, data_dict: dict[str, Any]) -> list[dict[str, Any]]:
    """Return what was changed here on a harvested dataset; harvests leave it as it is.

    Args:
        context: CKAN's.
        data_dict: `id` or name of the dataset.

    Returns:
        For each change: field (as `satudata_local_edit_drop` takes it), name of the field, resource (id of the file,
        "" for the dataset), kind (changed or removed; files that were added here are no change of the partner's), here
        and partner (values; partner is None where it is not known). Fields about persons are told to those alone who
        may change the dataset.

    Raises:
        ObjectNotFound, NotAuthorized: there is no such dataset for the caller.
    """
    package = _asked(context, data_dict, "satudata_local_edits")
    written = ledger.fingerprints_of([package.id]).get(package.id)
    if not written:
        return []
    edits = local_edits.local_edits(written, _shown(package.id))
    if not (edits.fields or edits.resources or edits.removed):
        return []
    full = visitors.may_update(context, package.id)
    told = _told(edits, _partner(package.id, edits.removed))
    return [one for one in told if full or not wire.is_personal(one["name"])]


def _told(edits: LocalEdits, partner: Mapping[str, Any] | None) -> list[dict[str, Any]]:
    says = partner or {}
    found = [
        _edit(name, name, "", value, says.get(name, "") if partner else None)
        for name, value in edits.fields.items()
        if name not in NOT_TOLD
    ]
    theirs = {one["id"]: one for one in says.get(RESOURCES, [])}
    for id_, values in edits.resources.items():
        known = theirs.get(id_)
        found += [
            _edit(f"{RESOURCES}.{id_}.{name}", name, id_, value, known.get(name, "") if known else None)
            for name, value in values.items()
        ]
    removed = [_edit(f"{RESOURCES}.{id_}", RESOURCES, id_, "", None) | {"kind": "removed"} for id_ in edits.removed]
    return [*found, *removed]


def _edit(field: str, name: str, resource: str, here: Any, partner: Any) -> dict[str, Any]:
    return {"field": field, "name": name, "resource": resource, "kind": "changed", "here": here, "partner": partner}


def _shown(package_id: str, cached: bool = True) -> dict[str, Any]:
    return tk.get_action("package_show")({"ignore_auth": True, "use_cache": cached}, {"id": package_id})


def _partner(package_id: str, removed: frozenset[str]) -> dict[str, Any] | None:
    """Return the dataset as its record says it, resources with the ids that they have here; None if it cannot be told.

    A file that was harvested as a table is no record.
    """
    query = sa.select(HarvestObject.id).where(HarvestObject.package_id == package_id, HarvestObject.current.is_(True))
    ids = list(model.Session.scalars(query.limit(1)))
    package = model.Session.get_one(model.Package, package_id)
    try:
        (one,) = staging.whole(ids)
        source = SourceContext(package.extras.get("source_name", ""), package.owner_org or "")
        mapped = importer.mapped_record(one.content, one.notes, source, package_id)
    except (tk.ValidationError, ValueError):
        return None
    present = importer.resources_of(package_id)
    return mapped.package | {RESOURCES: importer.with_ids(package_id, mapped.package[RESOURCES], present, removed)}


def satudata_local_edit_drop(context: Any, data_dict: dict[str, Any]) -> list[dict[str, Any]]:
    """Give up a change that was made here: the partner's value comes back, now where it is known, else by a harvest.

    Args:
        context: CKAN's.
        data_dict: `id` or name of the dataset; `field`, as `satudata_local_edits` gives it.

    Returns:
        What `satudata_local_edits` returns.

    Raises:
        ObjectNotFound, NotAuthorized: there is no such dataset for the caller.
        ValidationError: the field was not changed here.
    """
    package = _asked(context, data_dict, "satudata_local_edit_drop")
    field = tk.get_or_bust(data_dict, "field")
    own: Any = {**context}
    found = tk.get_action("satudata_local_edits")(own.copy(), {"id": package.id})
    edit = next((one for one in found if one["field"] == field), None)
    if edit is None:
        raise tk.ValidationError({"field": [tk._("{field} was not changed here.").format(field=field)]})
    package_id = package.id
    if edit["partner"] is not None:
        _take_over(context, package_id, edit)
    written = ledger.fingerprints_of([package_id])[package_id]
    marks = local_edits.without_edit(written, _shown(package_id, cached=False), edit["name"], edit["resource"])
    ledger.write_fingerprints(package_id, marks)
    ledger.compare_anew([package_id])
    model.Session.commit()
    return tk.get_action("satudata_local_edits")(own, {"id": package_id})


def _take_over(context: Any, package_id: str, edit: Mapping[str, Any]) -> None:
    """Write the partner's value as a harvest does: values outside a list are kept."""
    writing: Any = {name: context[name] for name in ("user", "ignore_auth") if name in context}
    writing |= {HARVEST_CONTEXT: True}
    if edit["resource"]:
        tk.get_action("resource_patch")(writing, {"id": edit["resource"], edit["name"]: edit["partner"]})
    else:
        tk.get_action("package_patch")(writing, {"id": package_id, edit["name"]: edit["partner"]})
