"""Datasets that the tests put into a portal."""

from __future__ import annotations

from typing import Any

from ckan.tests import factories, helpers

from ckanext.satudatapmi.harvesters.access import HARVEST_CONTEXT

FULL: dict[str, Any] = {
    "title": "Penempatan PMI menurut negara tujuan",
    "notes": "Jumlah PMI yang ditempatkan, menurut negara tujuan & jenis kelamin <per tahun>.",
    "url": "https://dinas.example.go.id/penempatan?tahun=2024&x=a b",
    "license_id": "cc-by",
    "maintainer": "Bidang Data",
    "maintainer_email": "data@dinas.example.go.id",
    "publisher_name": "Bidang Penempatan",
    "publisher_type": "daerah",
    "kategori": "Ketenagakerjaan",
    "prioritas_tahun": "2024",
    "accessRights": "terbuka",
    "accrualPeriodicity": "R/P1Y",
    "temporal": "2023-01-01/2023-12-31",
    "spatial": "Jawa Timur",
    "language": '["id", "en"]',
    "theme": '["Pekerja migran", "https://example.org/tema/1"]',
    "issued": "2024-01-10",
    "modified": "2024-02-10T08:00:00+07:00",
    "satuan": "orang",
    "ukuran": "jumlah",
    "rumus": "P_{n,t}=\\sum_i 1",
    "variabel_disaggregasi": '[{"nama": "Negara tujuan", "sumber": "input-manual"}]',
    "total_msind": "1",
    "ii_pj_nama": "Fulan bin Fulan",
    "wire_extra": '{"catatan": {"versi": [1, 2]}, "II_PJ_EMAIL": "fulan@example.go.id"}',
    "tags": [{"name": "penempatan"}, {"name": "pekerja migran"}],
    "resources": [
        {
            "url": "https://dinas.example.go.id/a b.csv",
            "name": "Penempatan 2023",
            "description": "CSV, UTF-8",
            "format": "CSV",
            "mediaType": "text/csv",
            "size": 1234,
            "hash": "a" * 64,
            "issued": "2024-01-10",
            "modified": "2024-02-10",
        },
        {
            "url": "https://dinas.example.go.id/api?tahun=2023",
            "accessURL": "https://dinas.example.go.id/api?tahun=2023",
            "name": "Layanan",
            "format": "API",
        },
        {"url": "https://dinas.example.go.id/berkas", "name": "Tanpa format"},
    ],
}


def act(action: str, **values: Any) -> Any:
    """Call an action as the site's own user."""
    user = helpers.call_action("get_site_user")["name"]
    return helpers.call_action(action, {"user": user}, **values)


def make(**values: Any) -> dict[str, Any]:
    """Create a dataset in an organisation of its own, unless one is named."""
    values.setdefault("owner_org", None)
    owner = values.pop("owner_org") or factories.Organization(title="Dinas Contoh")["id"]
    return factories.Dataset(owner_org=owner, **values)


def make_harvested(**values: Any) -> dict[str, Any]:
    """Create a dataset as a harvester does: values outside a field's list are kept."""
    user = helpers.call_action("get_site_user")["name"]
    owner = values.pop("owner_org", None) or factories.Organization(title="Dinas Contoh")["id"]
    name = factories.Dataset.stub().name
    return helpers.call_action(
        "package_create", {"user": user, HARVEST_CONTEXT: True}, **{"owner_org": owner, "name": name} | values
    )


def make_hidden(owner_org: str) -> dict[str, str]:
    """Create one dataset of each kind that nobody outside may see; return their ids by kind."""
    deleted = make(owner_org=owner_org, title="Terhapus")
    act("package_delete", id=deleted["id"])
    return {
        "private": make(owner_org=owner_org, private=True, title="Rahasia")["id"],
        "draft": make(owner_org=owner_org, state="draft", title="Konsep")["id"],
        "deleted": deleted["id"],
    }
