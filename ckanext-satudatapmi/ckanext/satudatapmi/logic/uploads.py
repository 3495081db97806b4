"""Files are looked at before they are stored, by whatever action they come.

Every way of storing a file (resource_create, resource_update, resource_patch, package_revise, ...) leads through
package_update, so this is the one place. What a file may not be, nobody may upload. A file with numbers of persons in
it is held back by not being stored at all; walidata may store it with a reason, which is kept.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import ckan.model as model
import ckan.plugins.toolkit as tk
from werkzeug.datastructures import FileStorage

from ckanext.satudatapmi.catalogue import access_log, duties, table_confirmation, uploads
from ckanext.satudatapmi.catalogue.access_log import Step
from ckanext.satudatapmi.catalogue.workflow import WALIDATA
from ckanext.satudatapmi.harvesters.access import HARVEST_CONTEXT
from ckanext.satudatapmi.tables.kinds import Refused
from ckanext.satudatapmi.tables.personal import Finding

REASON = "release_reason"
TOLD = 20


def get_actions() -> dict[str, Callable[..., Any]]:
    """Return the actions under their API names."""
    return {"package_create": package_create, "package_update": package_update}


@tk.chained_action
def package_create(original: Callable[..., Any], context: Any, data_dict: dict[str, Any]) -> Any:
    """Make a dataset; a file among its resources is looked at first."""
    _look(context, data_dict, lambda: tk.check_access("package_create", context.copy(), data_dict))
    return original(context, data_dict)


@tk.chained_action
def package_update(original: Callable[..., Any], context: Any, data_dict: dict[str, Any]) -> Any:
    """Change a dataset; a file among its resources is looked at first.

    A resource may have `release_reason`: why walidata store a file although it may hold numbers of persons. Once a file
    is stored, it is read with the description of its table, if one was confirmed.
    """
    replaced = _replaced(context, data_dict)
    released = _look(context, data_dict, lambda: _may_update(context, data_dict))
    package = _package(data_dict) if released else None
    if package:
        for reason in released:
            access_log.keep(Step(access_log.RELEASE, package.id, _user_id(context), reason))
    result = original(context, data_dict)
    if not context.get("defer_commit"):
        for resource_id in replaced:
            table_confirmation.read_again(resource_id, context)
    return result


def _replaced(context: Any, data_dict: Mapping[str, Any]) -> list[str]:
    """Return the ids of resources that get another file by hand."""
    listed = [] if context.get(HARVEST_CONTEXT) else _resources(data_dict)
    return [one["id"] for one in listed if one.get("id") and _is_file(one.get("upload"))]


def _resources(data_dict: Mapping[str, Any]) -> list[dict[str, Any]]:
    resources = data_dict.get("resources")
    return [one for one in resources if isinstance(one, dict)] if isinstance(resources, list) else []


def _is_file(upload: Any) -> bool:
    return isinstance(upload, FileStorage) and bool(upload.filename)


def _may_update(context: Any, data_dict: Mapping[str, Any]) -> None:
    wanted = data_dict.get("id") or data_dict.get("name")
    tk.check_access("package_update", tk.fresh_context(context), {"id": wanted})


def _look(context: Any, data_dict: dict[str, Any], check_access: Callable[[], Any]) -> list[str]:
    """Look at the files of a dataset; return why those with numbers of persons may be stored, one text a file.

    The digest of each file is noted at its resource.

    Raises:
        ValidationError: a file may not be stored; says so at its resource.
    """
    listed = _resources(data_dict)
    reasons = [str(one.pop(REASON, "") or "").strip() for one in listed]
    files = [one.get("upload") for one in listed]
    if context.get(HARVEST_CONTEXT) or not any(map(_is_file, files)):
        return []
    check_access()
    may_release = WALIDATA in duties.of_user(context.get("user"), _organization(data_dict))
    released, errors = [], []
    for file, reason in zip(files, reasons, strict=True):
        error, why = _looked(file, reason if may_release else "", may_release=may_release)
        errors.append(error)
        released += [why] if why else []
    if any(errors):
        raise tk.ValidationError({"resources": errors})
    for one, file in zip(listed, files, strict=True):
        if file is not None and _is_file(file):
            one["hash"] = uploads.digest(file.stream)
    return released


def _organization(data_dict: Mapping[str, Any]) -> str | None:
    package = _package(data_dict)
    return package.owner_org if package else data_dict.get("owner_org")


def _package(data_dict: Mapping[str, Any]) -> model.Package | None:
    return model.Package.get(data_dict.get("id") or data_dict.get("name"))


def _looked(file: Any, reason: str, *, may_release: bool) -> tuple[dict[str, list[str]], str]:
    """Return what is wrong with one file, and why it may be stored although numbers of persons were found."""
    if not isinstance(file, FileStorage) or not file.filename:
        return {}, ""
    try:
        found = uploads.check(file.stream, file.filename)
    except Refused as error:
        return {"upload": [str(error)]}, ""
    if not found:
        return {}, ""
    if reason:
        return {}, f"{reason} ({'; '.join(map(str, found[:TOLD]))})"
    return _held_back(file.filename, found, may_release=may_release), ""


def _held_back(name: str, found: Sequence[Finding], *, may_release: bool) -> dict[str, list[str]]:
    told = [
        tk._("{name} may hold numbers of persons, so it was not stored.").format(name=name),
        *map(str, found[:TOLD]),
        tk._("Take these columns out, or replace them by numbers of your own, and upload the file again."),
    ]
    if not may_release:
        told.append(tk._("If they are no numbers of persons, walidata can upload the file with a reason."))
        return {"upload": told}
    why = tk._("Why may this file be stored all the same? The reason is kept.")
    return {"upload": told, REASON: [why]}


def _user_id(context: Any) -> str | None:
    user = model.User.get(context["user"]) if context.get("user") else None
    return user.id if user else None
