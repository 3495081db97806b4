"""Actions on the descriptions of uploaded tables: what the program proposes, what a person confirms, what is kept."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import ckan.model as model
import ckan.plugins.toolkit as tk
from ckan.types import AuthResult, Context, DataDict

from ckanext.satudatapmi.catalogue import table_confirmation, table_descriptions
from ckanext.satudatapmi.catalogue.table_descriptions import Kept
from ckanext.satudatapmi.logic import asking, table_description_schema
from ckanext.satudatapmi.tables.shown import as_yaml, plain_look


def get_actions() -> dict[str, Callable[..., Any]]:
    """Return the actions under their API names."""
    return {
        "satudata_table_proposal_show": satudata_table_proposal_show,
        "satudata_table_description_confirm": satudata_table_description_confirm,
        "satudata_table_description_show": satudata_table_description_show,
        "satudata_table_state_show": satudata_table_state_show,
    }


def get_auth_functions() -> dict[str, Callable[..., Any]]:
    """Return the authorization functions under the names of their actions."""
    functions = dict.fromkeys(get_actions(), who_may_update_the_resource)
    return functions | {"satudata_table_state_show": who_may_see_the_resource}


def who_may_update_the_resource(context: Context, data_dict: DataDict | None) -> AuthResult:
    """Let those in who may update the resource."""
    tk.check_access("resource_update", context, data_dict)
    return {"success": True}


@tk.auth_allow_anonymous_access
def who_may_see_the_resource(context: Context, data_dict: DataDict | None) -> AuthResult:
    """Let those in who may see the resource."""
    tk.check_access("resource_show", context, data_dict)
    return {"success": True}


@tk.side_effect_free
def satudata_table_proposal_show(context: Any, data_dict: dict[str, Any]) -> dict[str, Any]:
    """Look at the uploaded table of a resource with a description; nothing is changed.

    Args:
        context: CKAN's.
        data_dict: `id` (of the resource); `description`, a mapping or YAML. Without one the description that was kept
            is used, and where the file is laid out otherwise, or none was kept, what the program proposes.

    Returns:
        file, sha256, sheets, facets (to which its publisher may add figures), description, yaml,
        decisions ({key, value, confidence, why, sure}, the least sure first),
        needs_confirmation, problem (why it cannot be read, or ""), raw, tidy (the first rows as printed, as read),
        columns, errors (cells that cannot be taken), warnings, totals (whether they agree; None without any), names
        (without a code, or with one by likeness alone), kept (whether a description was confirmed), changes (how
        the file differs from the one that it was confirmed for).

    Raises:
        ValidationError: there is no uploaded file, it cannot be read, or the description is wrong.
        ObjectNotFound, NotAuthorized: there is no such resource, or the caller may not update it.
    """
    wanted = asking.validated(data_dict, table_description_schema.proposal_schema(), context)
    tk.check_access("satudata_table_proposal_show", context, {"id": wanted["id"]})
    file = table_confirmation.upload_of(wanted["id"], context)
    kept = table_descriptions.of_resource(file.resource["id"])
    changes = table_confirmation.changes_of(file, kept) if kept else []
    if "description" in wanted:
        seen = table_confirmation.look_at(file, wanted["description"])
    elif kept and not changes:
        seen = table_confirmation.look_at(file, kept.description)
    else:
        seen = table_confirmation.proposed(file, kept)
    asked = {"sha256": file.sha256, "facets": table_confirmation.series_of(file)}
    return plain_look(seen) | asked | {"kept": kept is not None, "changes": changes}


def satudata_table_description_confirm(context: Any, data_dict: dict[str, Any]) -> dict[str, Any]:
    """Confirm the description of an uploaded table: it is kept, the table goes into the DataStore by it, and the single
    data grows if it names a facet or a claim. All of that happens, or nothing.

    Args:
        context: CKAN's.
        data_dict: `id` (of the resource), `description` (a mapping or YAML), `sha256` (of the file that was looked at;
            another file is refused).

    Returns:
        version (of the description), rows (in the DataStore), figures (that the single data did not have), findings
        (number of what its checks found), left_out (names without a code, and figures that wait for them).

    Raises:
        ValidationError: the description is wrong, the file is another, or cells cannot be taken; nothing is changed.
        ObjectNotFound, NotAuthorized: there is no such resource, or the caller may not update it.
    """
    wanted = asking.validated(data_dict, table_description_schema.confirm_schema(), context)
    tk.check_access("satudata_table_description_confirm", context, {"id": wanted["id"]})
    file = table_confirmation.upload_of(wanted["id"], context)
    if wanted.get("sha256") and wanted["sha256"] != file.sha256:
        words = tk._("The file was replaced after you looked at it. Look at the new one, then confirm.")
        raise tk.ValidationError({table_confirmation.FILE: [words]})
    version, landed = table_confirmation.confirm(file, wanted["description"], context)
    return {
        "version": version,
        "rows": landed.rows,
        "figures": landed.grown.loaded.observations,
        "findings": len(landed.grown.findings),
        "left_out": list(landed.left_out),
    }


@tk.side_effect_free
def satudata_table_description_show(context: Any, data_dict: dict[str, Any]) -> dict[str, Any]:
    """Return the description of a resource's table that was confirmed last.

    Args:
        context: CKAN's.
        data_dict: `id` (of the resource).

    Returns:
        resource_id, package_id, version, description, yaml, layout, confirmed_by (name of the user), confirmed (UTC,
        ISO 8601), sha256 (of the file that it was confirmed on).

    Raises:
        ValidationError: no resource is named.
        ObjectNotFound, NotAuthorized: there is none, or the caller may not update the resource.
    """
    wanted = asking.validated(data_dict, table_description_schema.show_schema(), context)
    tk.check_access("satudata_table_description_show", context, {"id": wanted["id"]})
    kept = table_descriptions.of_resource(wanted["id"])
    if kept is None:
        raise tk.ObjectNotFound(tk._("No description of the table was confirmed."))
    return _plain(kept)


@tk.side_effect_free
def satudata_table_state_show(context: Any, data_dict: dict[str, Any]) -> dict[str, Any]:
    """Tell whether the table of a resource is that of the file it has now.

    Args:
        context: CKAN's.
        data_dict: `id` (of the resource).

    Returns:
        refused (whether its file was replaced by one that is laid out otherwise than was confirmed, or cannot be read,
        so that table and figures are those of the former file).

    Raises:
        ValidationError: no resource is named.
        ObjectNotFound, NotAuthorized: there is no such resource for the caller.
    """
    wanted = asking.validated(data_dict, table_description_schema.show_schema(), context)
    tk.check_access("satudata_table_state_show", context, {"id": wanted["id"]})
    kept = table_descriptions.of_resource(wanted["id"])
    return {"refused": kept is not None and kept.refused}


def _plain(kept: Kept) -> dict[str, Any]:
    user = model.User.get(kept.confirmed_by)
    return {
        "resource_id": kept.resource_id,
        "package_id": kept.package_id,
        "version": kept.version,
        "description": dict(kept.description),
        "yaml": as_yaml(kept.description),
        "layout": kept.layout.as_dict(),
        "confirmed_by": user.name if user else kept.confirmed_by,
        "confirmed": kept.confirmed.isoformat(),
        "sha256": kept.sha256,
    }
