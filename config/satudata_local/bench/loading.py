"""Loads a CSV into the DataStore inside a CKAN, by that CKAN's own Python, and prints how long that took.

python loading.py INI ours|rival FOLDER    prints {seconds, words_seconds} as JSON; FOLDER as making.py wrote it
"""

from __future__ import annotations

import json
import logging
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import ckan.model as model
import ckan.plugins.toolkit as tk
from ckan.cli import load_config
from ckan.config.middleware import make_app

QUESTION = {"filters": {"tahun": 2023, "kode_wilayah": "35.06"}, "sort": "nilai desc", "limit": 10, "offset": 10}
TYPES = {"INTEGER": "int8", "CHARACTER": "text", "DATE": "date"}


def context() -> Any:
    """Return a context in which the site itself acts."""
    user = tk.get_action("get_site_user")({"ignore_auth": True}, {})["name"]
    return {"user": user, "ignore_auth": True, "model": model, "session": model.Session}


def make_resource(documents: list[dict[str, Any]], side: str) -> str:
    """Make an organisation, a dataset and a resource in it; return the resource's id."""
    name = f"bench-{side}-{time.time_ns()}"
    organization = tk.get_action("organization_create")(context(), {"name": name})["id"]
    package = {"name": name, "title": "Bench", "notes": "Bench", "owner_org": organization}
    # Made without the checks that a person's form has to pass.
    made = tk.get_action("package_create")(context() | {"schema": _schema()}, package)
    resource = {"package_id": made["id"], "url": "https://bench.example/page", "format": "HTML", "name": "table"}
    if side == "ours":
        resource["ms_var"] = documents
    return tk.get_action("resource_create")(context(), resource)["id"]


def _schema() -> dict[str, Any]:
    from ckan.logic.schema import default_create_package_schema

    return default_create_package_schema()


def load_ours(resource_id: str, path: Path, documents: list[dict[str, Any]]) -> Callable[[], object]:
    """Load as `ckan satudata dictionary load` does, until a search answers; return what brings the words."""
    from ckanext.datastore.backend.postgres import get_write_engine

    from ckanext.satudatapmi.catalogue import declared_tables  # pyright: ignore[reportMissingImports]
    from ckanext.satudatapmi.tables import fulltext, loader  # pyright: ignore[reportMissingImports]

    declared_tables.load_file(resource_id, path, context())
    found = tk.get_action("datastore_search")(context(), {"resource_id": resource_id, **QUESTION})
    _check(found, documents)
    with get_write_engine().connect() as connection:
        load = fulltext.awaiting(connection, resource_id)[resource_id]
    return lambda: loader.bring_words(resource_id, load)


def _check(found: dict[str, Any], documents: list[dict[str, Any]]) -> None:
    """Raise if a search did not answer as it should."""
    types = {one["id"]: one["type"] for one in found["fields"] if one["id"] != "_id"}
    wanted = {one["alias"]: TYPES[one["tipe_data"]] for one in documents}
    values = [record["nilai"] for record in found["records"]]
    if types != wanted or not values or values != sorted(values, reverse=True):
        raise ValueError(f"datastore_search answers {found}")


def load_rival(resource_id: str, path: Path, _documents: list[dict[str, Any]]) -> None:
    """Load as ckanext-xloader does without guessing types: COPY, then its indexes."""
    from ckanext.xloader import loader  # pyright: ignore[reportMissingImports]

    log = logging.getLogger("xloader")
    fields = loader.load_csv(str(path), resource_id, mimetype="text/csv", logger=log)
    loader.create_column_indexes(fields=fields, resource_id=resource_id, logger=log)


def measure(side: str, folder: Path) -> dict[str, float]:
    """Return how long a load took, and how long the words of ours took after it."""
    documents = json.loads((folder / "table.json").read_text(encoding="utf-8"))
    resource_id = make_resource(documents, side)
    load = {"ours": load_ours, "rival": load_rival}[side]
    began = time.perf_counter()
    bring_words = load(resource_id, folder / "table.csv", documents)
    loaded = time.perf_counter()
    if bring_words:
        bring_words()
    ended = time.perf_counter()
    # The next load finds neither the table nor what is to be swept up of it.
    tk.get_action("datastore_delete")(context(), {"resource_id": resource_id, "force": True})
    return {"seconds": loaded - began, "words_seconds": ended - loaded}


def main(ini: str, side: str, folder: str) -> None:
    """Start the CKAN and measure."""
    app: Any = make_app(load_config(ini))
    with app._wsgi_app.test_request_context():
        print(json.dumps(measure(side, Path(folder))))


if __name__ == "__main__":
    main(*sys.argv[1:])
