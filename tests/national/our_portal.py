"""Empties our portal and fills it: the demo partners' datasets by their harvest, and some of every other kind.

    python our_portal.py <ini> <address of the demo files> <file for the result>

The result is JSON: `token` of an administrator; `hidden`, ids by kind of what nobody outside may see; `rich`, the id
of a dataset with a value in each kind of field.
"""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path
from typing import Any

import ckan.model as model
import ckan.plugins.toolkit as tk
from ckan.cli import load_config
from ckan.config.middleware import make_app
from ckan.lib import search
from ckanext.harvest.model import HarvestSource
from ckanext.harvest.queue import purge_queues
from draining import context, harvest
from werkzeug.datastructures import FileStorage

from ckanext.satudatapmi.harvesters import registry, sync

RICH: dict[str, Any] = {
    "name": "penempatan-menurut-negara",
    "title": "Penempatan PMI menurut negara tujuan & jenis kelamin",
    "notes": "Jumlah PMI yang ditempatkan.\n\n* menurut negara tujuan\n* menurut <jenis kelamin>",
    "url": "https://dinas.example.go.id/penempatan?tahun=2023&jenis=a",
    "license_id": "cc-by",
    "maintainer": "Bidang Data dan Informasi",
    "maintainer_email": "data@dinas.example.go.id",
    "publisher_name": "Bidang Penempatan",
    "publisher_type": "daerah",
    "kategori": "Ketenagakerjaan",
    "prioritas_tahun": "2024",
    "accessRights": "terbuka",
    "accessLevel": "public",
    "accrualPeriodicity": "R/P1Y",
    "temporal": "2023-01-01/2023-12-31",
    "spatial": "Jawa Timur",
    "language": '["id"]',
    "theme": '["Pekerja migran"]',
    "issued": "2024-01-10",
    "modified": "2024-02-10T08:00:00+07:00",
    "satuan": "orang",
    "ukuran": "jumlah",
    "rumus": "P_{n,t}=\\sum_i 1",
    "variabel_disaggregasi": '[{"nama": "Negara tujuan", "sumber": "input-manual"}]',
    "total_msind": "1",
    "ii_pj_nama": "Fulan bin Fulan",
    "wire_extra": '{"catatan": {"versi": [1, 2]}}',
    "tags": [{"name": "penempatan"}, {"name": "pekerja migran"}],
    "resources": [
        {
            "url": "https://dinas.example.go.id/penempatan-2023.csv",
            "name": "Penempatan 2023",
            "description": "CSV, UTF-8",
            "format": "CSV",
            "mediaType": "text/csv",
            "issued": "2024-01-10",
            "modified": "2024-02-10",
        },
        {
            "url": "https://dinas.example.go.id/api?tahun=2023",
            "accessURL": "https://dinas.example.go.id/api?tahun=2023",
            "name": "Layanan",
            "format": "API",
        },
    ],
}


def do(action: str, **values: Any) -> Any:
    """Call an action as the site itself."""
    return tk.get_action(action)(context(), values)


def empty() -> None:
    """Remove all contents and waiting work; tables and their migrations stay."""
    model.repo.tables_created_and_initialised = True
    model.repo.rebuild_db()
    search.clear_all()
    purge_queues()


def administrator() -> str:
    """Make an administrator and return an API token."""
    user = do("user_create", name="penguji", email="penguji@example.go.id", password="Rahasia-12345")
    model.User.get(user["id"]).sysadmin = True
    model.Session.commit()
    return do("api_token_create", user="penguji", name="test")["token"]


def harvest_demo(address: str) -> dict[str, Any]:
    """Harvest the demo partners as `make run` does."""
    entries = registry.load(None, {"demo": address})
    demo = tuple(entry for entry in entries.sources if not entry.proposed)
    owners = {entry.organization for entry in demo}
    bodies = tuple(body for body in entries.organizations if body.name in owners)
    sync.sync_sources(registry.Registry(bodies, demo))
    sources = model.Session.query(HarvestSource.id).filter(HarvestSource.active.is_(True)).order_by(HarvestSource.id)
    return harvest([id_ for (id_,) in sources])


def add_others() -> dict[str, Any]:
    """Add datasets of every kind that the demo partners do not have."""
    owner = do("organization_create", name="dinas-contoh", title="Dinas Contoh", description="Dinas untuk uji.")["id"]
    rich = do("package_create", owner_org=owner, **RICH)["id"]
    do("package_create", name="sedikit", title="Sedikit saja", owner_org=owner)
    uploaded = do("package_create", name="unggahan", title="Berkas unggahan", owner_org=owner)["id"]
    file = FileStorage(io.BytesIO(b"negara,jumlah\nMalaysia,1\n"), filename="berkas kami.csv")
    do("resource_create", package_id=uploaded, name="Berkas", upload=file)
    tabled = do("package_create", name="tabel", title="Tabel di DataStore", owner_org=owner)["id"]
    fields = [{"id": "negara", "type": "text"}, {"id": "jumlah", "type": "int"}]
    records = [{"negara": "Malaysia", "jumlah": 1}]
    resource = {"package_id": tabled, "name": "Tabel", "format": "CSV"}
    do("datastore_create", resource=resource, fields=fields, records=records, force=True)
    return {"rich": rich, "hidden": hidden(owner)}


def hidden(owner: str) -> dict[str, str]:
    """Add a dataset of each kind that nobody outside may see."""
    made = {
        "private": {"private": True},
        "restricted": {"private": True, "accessRights": "terbatas", "accessLevel": "restricted public"},
        "draft": {"state": "draft"},
        "deleted": {},
    }
    ids = {
        kind: do("package_create", name=f"x-{kind}", title=f"Tersembunyi {kind}", owner_org=owner, **values)["id"]
        for kind, values in made.items()
    }
    do("package_delete", id=ids["deleted"])
    return ids


def main(ini: str, demo: str, result: str) -> None:
    """Fill the portal and write what the tests need to know of it."""
    app = make_app(load_config(ini))
    with app._wsgi_app.test_request_context():
        empty()
        token = administrator()
        outcome = harvest_demo(demo)
        made = add_others()
        Path(result).write_text(json.dumps({"token": token, "demo": outcome} | made), encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
