"""What CKAN shows of datasets, and keeps of them in its search index, for many at once.

`package_show` asks the database seven times a dataset and goes over every field of the form twice. Here a batch is read
by four questions; what validation would do to the answer is done directly, which is possible as long as the schema
shows values as they are stored (`is_plain`).
"""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from unittest import mock

import ckan.lib.search.index as ckan_index
import ckan.logic as logic
import ckan.model as model
import ckan.plugins as p
import sqlalchemy as sa
from ckan.lib import plugins as lib_plugins
from ckan.lib.dictization import model_dictize, table_dictize
from ckan.lib.search.common import make_connection
from ckan.logic.schema import default_show_package_schema
from ckan.types import Context

from ckanext.satudatapmi.harvesters.bulk import harvest_fields

log = logging.getLogger(__name__)

EMPTY_LEFT_OUT = ("title", "type", "private", "state", "isopen", "license_url")
EMPTY_LEFT_OUT_OF_RESOURCES = ("url", "hash", "created", "datastore_active", "format")


@dataclass(frozen=True)
class Shown:
    """A dataset by CKAN's own schema, and by that of its form: what `package_show_default_and_custom_schemas` gives."""

    default: dict[str, Any]
    custom: dict[str, Any]


def show_packages(packages: Sequence[model.Package]) -> list[Shown]:
    """Return what CKAN shows of datasets of one type, in their order.

    The first is shown CKAN's way, too. Where that gives something else, so are all others: a plugin shows datasets in a
    way that is not known here.
    """
    if not packages:
        return []
    if not is_plain(packages[0].type or "dataset"):
        return [_ckan_shows(package) for package in packages]
    shown = _shown(packages)
    first = _ckan_shows(packages[0])
    if shown[0] == first:
        return shown
    log.warning("datasets are shown one by one: a plugin changes what CKAN shows of %s", packages[0].id)
    return [first, *(_ckan_shows(package) for package in packages[1:])]


def show_stored(package_id: str) -> Shown | None:
    """Return a dataset as the database has it, which the search index may not have yet; None if there is none."""
    package = model.Session.get(model.Package, package_id)
    return show_packages([package])[0] if package is not None else None


def is_plain(dataset_type: str) -> bool:
    """Tell whether a type's form shows every value as it is stored."""
    plugin = lib_plugins.lookup_package_plugin(dataset_type)
    schema = getattr(plugin, "_expanded_schemas", {}).get(dataset_type)
    if schema is None:
        return False
    fields = [*schema["dataset_fields"], *schema["resource_fields"]]
    return not any("output_validators" in field or "repeating_subfields" in field for field in fields)


def _ckan_shows(package: model.Package) -> Shown:
    return Shown(*logic.package_show_default_and_custom_schemas({"ignore_auth": True}, package.id))


def _shown(packages: Sequence[model.Package]) -> list[Shown]:
    ids = [package.id for package in packages]
    tags, organizations, groups = _tags(ids), _organizations(packages), _with_groups(ids)
    plain = _Plain(packages[0].type or "dataset")
    shown = []
    for package in packages:
        if package.id in groups:
            shown.append(_ckan_shows(package))
            continue
        dictized = _dictized(package, tags.get(package.id, []), organizations.get(package.owner_org or ""))
        shown.append(plain.show(package, dictized))
    return shown


def _tags(ids: Sequence[str]) -> dict[str, list[dict[str, Any]]]:
    tag, link = model.tag_table, model.package_tag_table
    query = sa.select(link.c.package_id, tag.c.id, tag.c.name, tag.c.vocabulary_id, link.c.state)
    query = query.join(tag, tag.c.id == link.c.tag_id).where(link.c.package_id.in_(ids), link.c.state == "active")
    found: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for package_id, id_, name, vocabulary, state in model.Session.execute(query.order_by(tag.c.name)):
        found[package_id].append(
            {"id": id_, "name": name, "vocabulary_id": vocabulary, "state": state, "display_name": name}
        )
    for tags in found.values():
        tags.sort(key=lambda one: one["name"])
    return found


def _organizations(packages: Sequence[model.Package]) -> dict[str, dict[str, Any]]:
    group = model.group_table
    owners = {package.owner_org for package in packages if package.owner_org}
    rows = model.Session.execute(sa.select(group).where(group.c.id.in_(owners), group.c.state == "active"))
    found = {row.id: table_dictize(row, Context()) for row in rows}
    for organization in found.values():
        organization.pop("extras")
    return found


def _with_groups(ids: Sequence[str]) -> set[str]:
    """Return those datasets that are in a group or related to another one: CKAN shows these itself."""
    member, relation = model.member_table, model.package_relationship_table
    query = sa.select(member.c.table_id).where(member.c.table_id.in_(ids), member.c.capacity != "organization")
    sides = (relation.c.subject_package_id, relation.c.object_package_id)
    related = [sa.select(side).where(side.in_(ids)) for side in sides]
    return set(model.Session.scalars(sa.union_all(query, *related)))


def _dictized(
    package: model.Package, tags: list[dict[str, Any]], organization: dict[str, Any] | None
) -> dict[str, Any]:
    """Return a dataset as `package_dictize` does."""
    found = table_dictize(package, Context())
    found.pop("plugin_data")
    found["title"] = (found["title"] or "").strip() or found["title"]
    resources = model_dictize.resource_list_dictize(list(package.resources), Context())
    found |= {"resources": resources, "num_resources": len(resources), "tags": tags, "num_tags": len(tags)}
    found["extras"] = [{"key": key, "value": value} for key, value in (found["extras"] or {}).items()]
    found |= {"groups": [], "organization": dict(organization) if organization else None}
    found |= {"relationships_as_subject": [], "relationships_as_object": []}
    found |= {"isopen": package.isopen(), "type": package.type or "dataset"}
    return found | _licence(package)


def _licence(package: model.Package) -> dict[str, Any]:
    licence: Any = package.license
    if licence and licence.url:
        return {"license_url": licence.url, "license_title": licence.title.split("::")[-1]}
    return {"license_title": licence.title if licence else package.license_id}


class _Plain:
    """Shows what is stored by the schemas of a type whose form shows values as they are."""

    def __init__(self, dataset_type: str) -> None:
        plugin: Any = lib_plugins.lookup_package_plugin(dataset_type)
        schema = plugin._expanded_schemas[dataset_type]
        known = default_show_package_schema()
        self._fields = {field["field_name"] for field in schema["dataset_fields"]}
        self._from_extras = self._fields - known.keys()
        self._resource_fields = {field["field_name"] for field in schema["resource_fields"]}

    def show(self, package: model.Package, dictized: dict[str, Any]) -> Shown:
        """Return a dataset by both schemas."""
        for plugin in p.PluginImplementations(p.IPackageController):
            plugin.read(package)
        for plugin in p.PluginImplementations(p.IResourceController):
            for resource in dictized["resources"]:
                plugin.before_resource_show(resource)
        custom = self._custom(dictized)
        logic.apply_after_dataset_show_plugins({"ignore_auth": True, "package": package}, custom)
        return Shown(_default(dictized), custom)

    def _custom(self, dictized: dict[str, Any]) -> dict[str, Any]:
        shown: dict[str, Any] = {
            key: value for key, value in _default(dictized).items() if value is not None or key not in self._fields
        }
        shown["resources"] = [
            {key: value for key, value in one.items() if value is not None or key not in self._resource_fields}
            for one in shown["resources"]
        ]
        extras: list[dict[str, Any]] = shown.pop("extras")
        own = {extra["key"]: extra["value"] for extra in extras if extra["key"] in self._from_extras}
        left = [extra for extra in extras if extra["key"] not in self._from_extras]
        shown |= {key: value for key, value in own.items() if value is not None}
        return shown | ({"extras": left} if left or not extras else {})


def _default(dictized: dict[str, Any]) -> dict[str, Any]:
    shown = {key: value for key, value in dictized.items() if value is not None or key not in EMPTY_LEFT_OUT}
    shown["resources"] = [
        {key: value for key, value in one.items() if value is not None or key not in EMPTY_LEFT_OUT_OF_RESOURCES}
        for one in dictized["resources"]
    ]
    shown["tags"] = [dict(tag) for tag in dictized["tags"]]
    return shown


def index_packages(shown: Sequence[Shown]) -> None:
    """Bring datasets into the search index with one request; the caller commits the index.

    Raises:
        SearchIndexError: Solr refuses them or cannot be reached.
    """
    if not shown:
        return
    index = ckan_index.PackageSearchIndex()
    with _collected([one.default["id"] for one in shown]) as documents:
        for one in shown:
            index.update_dict(dict(one.default, with_custom_schema=one.custom), defer_commit=True)
    if not documents:
        return
    try:
        make_connection().add(docs=documents, commit=False)
    except Exception as error:
        raise ckan_index.SearchIndexError(f"Solr: {str(error)[:1000]}") from error


def commit_index() -> None:
    """Let searches find what was brought into the index; the next commit does it, if Solr is away."""
    try:
        make_connection().commit(softCommit=True)
    except Exception:
        log.warning("the search index could not be committed", exc_info=True)


class _Collector:
    """Stands in for the connection to Solr, and keeps what is sent."""

    def __init__(self) -> None:
        self.documents: list[dict[str, Any]] = []

    def add(self, docs: Sequence[Mapping[str, Any]], commit: bool) -> None:
        """Keep documents."""
        self.documents.extend(map(dict, docs))


@contextmanager
def _collected(package_ids: Sequence[str]) -> Iterator[list[dict[str, Any]]]:
    """Collect the documents that CKAN would send one by one: it has no way to build one without sending it."""
    collector, harvested = _Collector(), harvest_fields.HarvestedPackages(package_ids)
    with (
        mock.patch.object(ckan_index, "make_connection", lambda: collector),
        mock.patch.object(ckan_index, "PluginImplementations", harvested.plugins),
    ):
        yield collector.documents
