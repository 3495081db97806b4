"""Each published code list as a dataset of the catalogue, to be found, harvested and quoted like any other.

What is said of it stands in schemas/code_datasets.yaml and codelists/index.yaml. A dataset is written only where
it differs from what it should be: publishing again changes nothing.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import ckan.plugins.toolkit as tk
import yaml

from ckanext.satudatapmi.harvesters.identity import dataset_id
from ckanext.satudatapmi.publication import code_tables, codes
from ckanext.satudatapmi.reference.published import CodeListInfo, Concept, published_lists
from ckanext.satudatapmi.schemas import vocabularies, wire
from ckanext.satudatapmi.tables.loader import load_table

log = logging.getLogger(__name__)

CREATED, UPDATED, KEPT = "create", "update", "keep"
NAMESPACE, FILES = "kode-referensi", "kode-referensi-berkas"
TABLE, TABLE_URL = "table", "_datastore_only_resource"
"""The resource of the DataStore's table; CKAN knows by this address that there is no file."""


@dataclass(frozen=True)
class Change:
    """What was done, or with a dry run would be done, to the dataset of a code list."""

    action: str
    list: str
    dataset: str


@cache
def _words() -> Mapping[str, Any]:
    return yaml.safe_load((vocabularies.HERE / "code_datasets.yaml").read_text(encoding="utf-8"))


def dataset_name(name: str) -> str:
    """Return the name of the dataset of a code list."""
    return f"kode-{name.replace('_', '-')}"


def publish(organization: Mapping[str, Any], dry_run: bool = False) -> list[Change]:
    """Bring the dataset of every published code list to what it should be.

    Args:
        organization: the owner, as organization_show gives it.
        dry_run: say what would change, change nothing.

    Raises:
        ckan.logic.ValidationError: CKAN refuses a dataset; those before it are in place.
    """
    return [_publish(name, organization, dry_run) for name in published_lists()]


def _publish(name: str, organization: Mapping[str, Any], dry_run: bool) -> Change:
    site_url: str = tk.config["ckan.site_url"]
    info, concepts = codes.open_list(name)
    there = _stored(dataset_id(NAMESPACE, name))
    package = described(info, concepts, site_url, organization, there or {}, dt.datetime.now(tz=dt.UTC).date())
    change = Change(_difference(there, package), name, package["name"])
    if dry_run or change.action == KEPT:
        return change
    package["resources"] = [_resource(there, one) for one in package["resources"]]
    if there is None:
        tk.get_action("package_create")(_context(), package)
    else:
        tk.get_action("package_update")(_context(), there | package | {"state": "active"})
    table = next(one["id"] for one in package["resources"] if one["url"] == TABLE_URL)
    rows = load_table(table, code_tables.as_table(info, concepts, site_url))
    _make_views(table)
    log.info("code list published as a dataset: list=%s rows=%d action=%s", name, rows, change.action)
    return change


def described(
    info: CodeListInfo,
    concepts: Sequence[Concept],
    site_url: str,
    organization: Mapping[str, Any],
    there: Mapping[str, Any],
    today: dt.date,
) -> dict[str, Any]:
    """Return the dataset of a code list as package_create takes it.

    Args:
        info: the list.
        concepts: its codes.
        site_url: of this portal.
        organization: the owner.
        there: the dataset as it is, {} if there is none; its dates stay as long as its codes do.
        today: the day on which a list without a dated edition is issued.
    """
    words, told = _words(), _told(info, concepts, site_url)
    content = code_tables.as_csv(info, concepts, site_url).encode()
    digest = hashlib.sha256(content).hexdigest()
    issued = info.issued or there.get("issued") or today.isoformat()
    same = any(one.get("hash") == digest for one in there.get("resources") or [])
    modified = there.get("modified") if same else (today.isoformat() if there else issued)
    partial = not told["complete"]
    notes = [words["notes"], *([words["partial_notes_of" if info.of else "partial_notes"]] if partial else [])]
    known = vocabularies.licence(info.licence)
    languages = ["id", "en"] if any("en" in one.label for one in concepts) else ["id"]
    plain = ("kategori", "ukuran", "satuan", "spatial", "accrualPeriodicity", "accessRights")
    return {key: words[key] for key in plain} | {
        "id": dataset_id(NAMESPACE, info.name),
        "name": dataset_name(info.name),
        "type": "dataset",
        "private": False,
        "owner_org": organization["id"],
        "title": words["partial_title" if partial else "title"].format(**told),
        "notes": "\n\n".join(notes).format(**told),
        "url": told["uri"],
        "tags": [{"name": name} for name in words["keyword"]],
        "theme": wire.encode_json(words["theme"]),
        "jenis": info.jenis or words["jenis"],
        "publisher_name": organization["title"],
        "maintainer": organization["title"],
        "license_id": known.id if known else info.licence,
        "issued": issued,
        "modified": modified or issued,
        "temporal": f"{issued}/..",
        "language": wire.encode_json(languages),
        "kodereferensi": wire.encode_json([told["uri"]]),
        "wire_extra": wire.json_text({"rights": words["rights"].format(**told), "valid_from": issued}),
        "resources": _resources(info, told, {"hash": digest, "size": len(content)}),
    }


def _told(info: CodeListInfo, concepts: Sequence[Concept], site_url: str) -> dict[str, Any]:
    told = codes.describe_list(info, len(concepts), site_url)
    example = codes.code_uri(site_url, info.name, concepts[0].code)
    return told | {"title": info.title["id"], "about": info.about["id"], "example": example}


def _resources(info: CodeListInfo, told: Mapping[str, Any], file: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the list's files under /kode, the CSV first with its digest and size, and the table of the DataStore."""
    words = _words()
    files = [
        {key: text.format(**told) for key, text in one.items()}
        | {"id": dataset_id(FILES, f"{info.name}.{ending}"), "url": f"{told['uri']}.{ending}"}
        | (file if ending == "csv" else {})
        for ending, one in words["files"].items()
    ]
    table = {key: text.format(**told) for key, text in words[TABLE].items()}
    return [
        *files,
        table | {"id": dataset_id(FILES, f"{info.name}.{TABLE}"), "url": TABLE_URL, "url_type": "datastore"},
    ]


def _stored(id_: str) -> dict[str, Any] | None:
    try:
        return tk.get_action("package_show")(_context(), {"id": id_})
    except tk.ObjectNotFound:
        return None


def _difference(there: Mapping[str, Any] | None, wanted: Mapping[str, Any]) -> str:
    if there is None:
        return CREATED
    if there["state"] == "deleted":
        # Somebody took it out of the catalogue; that stands.
        return KEPT
    return KEPT if _holds(there, wanted) else UPDATED


def _holds(there: Mapping[str, Any], wanted: Mapping[str, Any]) -> bool:
    """Tell whether a dataset says all that it should."""
    apart = ("tags", "resources")
    return (
        {tag["name"] for tag in there.get("tags") or []} == {tag["name"] for tag in wanted["tags"]}
        and all(there.get(key) == value for key, value in wanted.items() if key not in apart)
        and len(there.get("resources") or []) == len(wanted["resources"])
        and all(
            _same(shown, one) for shown, one in zip(there.get("resources") or [], wanted["resources"], strict=False)
        )
    )


def _same(shown: Mapping[str, Any], wanted: Mapping[str, Any]) -> bool:
    return all(shown.get(key) == value for key, value in wanted.items() if wanted["url"] != TABLE_URL or key != "url")


def _resource(there: Mapping[str, Any] | None, wanted: dict[str, Any]) -> dict[str, Any]:
    """Return a resource with what CKAN noted of the one that is there, such as that it has a table."""
    present = next((one for one in (there or {}).get("resources") or [] if one["id"] == wanted["id"]), {})
    return present | wanted


def _make_views(resource_id: str) -> None:
    if not tk.get_action("resource_view_list")(_context(), {"id": resource_id}):
        resource = tk.get_action("resource_show")(_context(), {"id": resource_id})
        wanted = {"resource": resource, "create_datastore_views": True}
        tk.get_action("resource_create_default_resource_views")(_context(), wanted)


def _context() -> Any:
    user = tk.get_action("get_site_user")({"ignore_auth": True}, {})
    return {"ignore_auth": True, "user": user["name"]}
