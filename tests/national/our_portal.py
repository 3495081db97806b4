"""Empties our portal and fills it: the demo partners' datasets by their harvest, and some of every other kind.

    python our_portal.py <ini> <file for the result> demo <address of the demo files>
    python our_portal.py <ini> <file for the result> catalogues <address of a data.json> ...

The second harvests catalogues alone. The result is JSON: `token` of an administrator and `harvest`, how the harvest
went; of the demo also `hidden`, ids by kind of what nobody outside may see, `rich`, the id of a dataset with a value in each
kind of field, and `withdrawn`, by what a dataset is known that has a file and a table.
"""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path
from typing import Any

import ckan.model as model
import ckan.plugins.toolkit as tk
import variations
from ckan.cli import load_config
from ckan.config.middleware import make_app
from ckan.lib import search
from ckanext.harvest.model import HarvestSource
from ckanext.harvest.queue import purge_queues
from draining import context, harvest
from werkzeug.datastructures import FileStorage

from ckanext.satudatapmi.catalogue import figure_upkeep
from ckanext.satudatapmi.harvesters import registry, sync
from ckanext.satudatapmi.harvesters.access import HARVEST_CONTEXT
from ckanext.satudatapmi.publication import dumps

DATASETS = 150
"""How many of the demo portal are public."""
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
    return harvest_all(registry.Registry(bodies, demo))


def harvest_all(entries: registry.Registry) -> dict[str, Any]:
    """Register bodies and sources, and harvest these."""
    sync.sync_sources(entries)
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
    other = do("organization_create", name="dinas-berganti-nama", title="Dinas Berganti Nama")["id"]
    do("package_create", name="penerbit-berganti-nama", title="Penerbit berganti nama", owner_org=other)
    made = {"rich": rich, "withdrawn": withdrawn(owner), "hidden": hidden(owner)}
    add_variations(owner)
    return made


def withdrawn(owner: str) -> dict[str, str]:
    """Add a dataset with a file and a table that is to be withdrawn; return by what it is known."""
    title, name, cell = "Markatarik", "penarikan-contoh", "selmarka"
    package = do("package_create", name=name, title=title, owner_org=owner, notes=f"Uraian {title}")["id"]
    file = FileStorage(io.BytesIO(f"negara,jumlah\n{cell},1\n".encode()), filename="penarikan.csv")
    uploaded = do("resource_create", package_id=package, name=f"Berkas {title}", format="CSV", upload=file)
    table = do(
        "datastore_create",
        resource={"package_id": package, "name": f"Tabel {title}", "format": "CSV"},
        fields=[{"id": "negara", "type": "text"}],
        records=[{"negara": cell}],
        force=True,
    )
    known = {"id": package, "name": name, "title": title, "organization": "dinas-contoh", "cell": cell}
    return known | {"table": table["resource_id"], "file": uploaded["id"], "file_name": "penarikan.csv"}


def add_variations(owner: str) -> None:
    """Add datasets in which the fields vary, until there are DATASETS; as harvested, which takes any value."""
    there = model.Session.query(model.Package).filter_by(state="active", type="dataset", private=False).count()
    for values in variations.datasets(DATASETS - there):
        tk.get_action("package_create")(context() | {HARVEST_CONTEXT: True}, values | {"owner_org": owner})


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


def fill_demo(address: str) -> dict[str, Any]:
    """Harvest the demo partners and add what they do not have."""
    made = {"harvest": harvest_demo(address)} | add_others()
    figure_upkeep.renew()
    dumps.make()
    return made


def fill_catalogues(*addresses: str) -> dict[str, Any]:
    """Harvest catalogues, each of a body of its own."""
    return {"harvest": harvest_all(sync.with_feeds(registry.Registry(), addresses))}


def main(ini: str, result: str, contents: str, *addresses: str) -> None:
    """Fill the portal and write what the tests need to know of it."""
    app = make_app(load_config(ini))
    with app._wsgi_app.test_request_context():
        empty()
        token = administrator()
        made = {"demo": fill_demo, "catalogues": fill_catalogues}[contents](*addresses)
        Path(result).write_text(json.dumps({"token": token} | made), encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
