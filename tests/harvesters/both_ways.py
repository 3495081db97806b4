"""The same datasets written by CKAN one by one and by us many at once, and all that was stored of them."""

from __future__ import annotations

import json
import random
import uuid
from pathlib import Path
from typing import Any

from ckanext.satudatapmi.harvesters.access import HARVEST_CONTEXT
from ckanext.satudatapmi.harvesters.datajson import CatalogueError, Record, normalise, read_catalogue
from ckanext.satudatapmi.harvesters.identity import identify
from ckanext.satudatapmi.harvesters.mapping import SourceContext, to_package

BATCH = 100
TIMES = frozenset(
    {"metadata_created", "metadata_modified", "created", "last_modified", "indexed_ts", "_version_", "timestamp"}
)
"""What differs between two writings, whoever writes."""

FORMATS = ("CSV", "XLSX", "PNG", "TXT", "PDF", "json", "aneh", "")
TABLES = ("package", "resource", "tags", "member", "resource_view", "activity")


def real_packages(shared: Path, owner: str, count: int) -> list[dict[str, Any]]:
    """Return datasets of partners' real catalogues, as many of each as of any other."""
    queues = []
    for path in sorted((shared / "data/datajson").glob("*.json")):
        try:
            entries = read_catalogue(path.read_bytes()).entries
        except CatalogueError:
            continue
        name = f"{path.stem}-{uuid.uuid4().hex[:8]}".lower()
        queues.append(_packages(entries[:: max(1, len(entries) // 6)][:6], SourceContext(name, owner)))
    taken = [packages[place] for place in range(6) for packages in queues if place < len(packages)]
    return taken[:count]


def made_packages(owner: str, count: int) -> list[dict[str, Any]]:
    """Return generated datasets: of every shape that a record may have, with views and without."""
    chance = random.Random(20)
    entries = [_made(number, chance) for number in range(count)]
    return _packages(entries, SourceContext(f"buatan-{uuid.uuid4().hex[:8]}", owner, "https://data.example.go.id/"))


def _made(number: int, chance: random.Random) -> dict[str, Any]:
    record: dict[str, Any] = {
        "identifier": f"{number}",
        "title": f"Penempatan {'ke luar negeri ' * (number % 9)}{number}",
    }
    optional = {
        "description": "Uraian dengan 'kutipan', \"petik\" & <b>tanda</b>\n\nbaris kedua — ké",
        "accessLevel": chance.choice(["public", "restricted public", "non-public", "entah"]),
        "keyword": ["PMI", "pmi", "penempatan: 2024", f"kata {number % 7}", "x", "t" * 120][: number % 7],
        "license": chance.choice(["cc-by", "https://creativecommons.org/licenses/by/4.0/", "milik sendiri"]),
        "landingPage": f"https://data.example.go.id/{number}",
        "contactPoint": {"fn": "Unit Data", "hasEmail": "mailto:unit@example.go.id"},
        "publisher": {"name": "Bidang Data"},
        "issued": chance.choice(["2024-01-10", "10 Januari 2024", "kemarin"]),
        "modified": "2024-02-11T10:00:00Z",
        "temporal": "2020-01-01/2024-12-31",
        "satuan": "orang",
        "kunci_lain": {"dalam": [1, None, "x"]},
    }
    record |= {key: value for key, value in optional.items() if chance.random() < 0.7}
    if number % 5:
        record["distribution"] = [
            {"title": f"Berkas {place}", "downloadURL": f"/berkas/{number}-{place}", "format": chance.choice(FORMATS)}
            for place in range(number % 5 if number % 20 else 30)
        ]
    return record


def _packages(entries: list[Any], source: SourceContext) -> list[dict[str, Any]]:
    from ckanext.satudatapmi.harvesters import importer

    records = [normalise(entry, number, source.name) for number, entry in enumerate(entries, start=1)]
    found = identify(one for one in records if isinstance(one, Record))
    return [importer.new_package(to_package(item, source)) for item in found.items]


def write_ckans_way(packages: list[dict[str, Any]], user: str) -> None:
    """Make datasets one by one, with CKAN's activities and CKAN's requests to Solr."""
    import ckan.plugins.toolkit as tk

    for package in packages:
        context: Any = {"user": user, "ignore_auth": True, HARVEST_CONTEXT: True}
        tk.get_action("package_create")(context, json.loads(json.dumps(package)))


def write_our_way(packages: list[dict[str, Any]], user: str) -> None:
    """Make datasets many at once, as the pipeline does."""
    import ckan.model as model

    from ckanext.satudatapmi.harvesters import importer
    from ckanext.satudatapmi.harvesters.bulk import activities, creation, documents
    from ckanext.satudatapmi.harvesters.bulk.activities import Event

    for at in range(0, len(packages), BATCH):
        batch = json.loads(json.dumps(packages[at : at + BATCH]))
        assert all(creation.can_create(package) for package in batch)
        made = creation.create_packages(batch, importer.harvest_context(user))
        assert made.errors == {}
        shown = documents.show_packages(made.packages)
        events = [Event("new", package, one.custom) for package, one in zip(made.packages, shown, strict=True)]
        activities.store_activities(events, model.User.get(user))
        model.Session.commit()
        documents.index_packages(shown)
    documents.commit_index()


def stored(ids: list[str]) -> dict[str, dict[str, Any]]:
    """Return all that is kept of datasets, by table and dataset; `solr` is the search index."""
    import ckan.model as model

    model.Session.expire_all()
    found = {name: _by_dataset(name, ids) for name in TABLES}
    model.Session.rollback()
    return found | {"solr": _documents(ids)}


def _by_dataset(name: str, ids: list[str]) -> dict[str, Any]:
    import ckan.model as model

    query, own_id = _query(name, ids)
    found: dict[str, Any] = {id_: [] for id_ in ids}
    for row in model.Session.execute(query).mappings():
        values = {key: value for key, value in row.items() if key not in TIMES | own_id | {"dataset"}}
        found[row["dataset"]].append(timeless(values))
    return {id_: sorted(rows, key=str) for id_, rows in found.items()}


def _query(name: str, ids: list[str]) -> tuple[Any, frozenset[str]]:
    """Return what asks for the rows of a table, and the columns that hold ids minted for each row."""
    import ckan.model as model
    import sqlalchemy as sa
    from ckanext.activity.model import Activity

    package, resource, member = model.package_table, model.resource_table, model.member_table
    view, link, tag, activity = (
        model.ResourceView.__table__,
        model.package_tag_table,
        model.tag_table,
        Activity.__table__,
    )
    if name == "package":
        return sa.select(package.c.id.label("dataset"), package).where(package.c.id.in_(ids)), frozenset()
    if name == "resource":
        return sa.select(resource.c.package_id.label("dataset"), resource).where(
            resource.c.package_id.in_(ids)
        ), frozenset()
    if name == "tags":
        columns = (link.c.package_id.label("dataset"), link.c.state, tag.c.name, tag.c.vocabulary_id)
        return sa.select(*columns).join(tag, tag.c.id == link.c.tag_id).where(link.c.package_id.in_(ids)), frozenset()
    if name == "member":
        return sa.select(member.c.table_id.label("dataset"), member).where(member.c.table_id.in_(ids)), frozenset(
            {"id"}
        )
    if name == "resource_view":
        joined = sa.select(resource.c.package_id.label("dataset"), view).join(
            resource, resource.c.id == view.c.resource_id
        )
        return joined.where(resource.c.package_id.in_(ids)), frozenset({"id"})
    # A view that is made with its dataset has no row of its own in the stream: what changed is the dataset.
    of_datasets = sa.select(activity.c.object_id.label("dataset"), activity).where(activity.c.object_id.in_(ids))
    return of_datasets.where(activity.c.activity_type.like("% package")), frozenset({"id"})


def _documents(ids: list[str]) -> dict[str, Any]:
    from ckan.lib.search.common import make_connection

    found = {}
    for at in range(0, len(ids), 50):
        query = f"id:({' OR '.join(ids[at : at + 50])})"
        for document in make_connection().search(query, fl="*", rows=1000).docs:
            found[document["id"]] = timeless(document)
    return found


def timeless(value: Any) -> Any:
    """Return a value without times, that of JSON texts with their keys told apart, lists of tags in their order."""
    if isinstance(value, dict):
        return {key: timeless(one) for key, one in value.items() if key not in TIMES}
    if isinstance(value, list | tuple):
        return [timeless(one) for one in value]
    if isinstance(value, str) and value[:1] in "{[" and value[-1:] in "}]":
        try:
            return timeless(json.loads(value))
        except ValueError:
            return value
    return value


def forget(ids: list[str]) -> None:
    """Delete datasets and all that hangs on them, as if they had never been."""
    import ckan.model as model
    import sqlalchemy as sa
    from ckan.lib.search.common import make_connection
    from ckanext.activity.model import Activity

    resource, view = model.resource_table, model.ResourceView.__table__
    resources = sa.select(resource.c.id).where(resource.c.package_id.in_(ids))
    model.Session.execute(sa.delete(view).where(view.c.resource_id.in_(resources)))
    for column in (
        Activity.__table__.c.object_id,
        model.package_tag_table.c.package_id,
        model.member_table.c.table_id,
        resource.c.package_id,
        model.package_table.c.id,
    ):
        model.Session.execute(sa.delete(column.table).where(column.in_(ids)))
    model.Session.commit()
    model.Session.expunge_all()
    for at in range(0, len(ids), 50):
        make_connection().delete(q=f"id:({' OR '.join(ids[at : at + 50])})", commit=True)
