"""What the browser tests look at: a small catalogue with every kind of page, filled in through CKAN's actions.

Run as a program with CKAN_INI in the environment, it empties that site, fills it and prints the names of what is in it.
"""

from __future__ import annotations

import datetime as dt
import io
import json
import os
from dataclasses import asdict, dataclass
from typing import Any

import ckan.model as model
import ckan.plugins.toolkit as tk
import sqlalchemy as sa
from ckan.cli import CKANConfigLoader
from ckan.config.middleware import make_app
from ckan.lib.search import clear_all, rebuild
from ckanext.harvest.model import HarvestGatherError, HarvestJob, HarvestObject, HarvestObjectError
from werkzeug.datastructures import FileStorage

from ckanext.satudatapmi import daily
from ckanext.satudatapmi.catalogue import signals as signals_kept
from ckanext.satudatapmi.harvesters import gate, holds, ledger, staging
from ckanext.satudatapmi.harvesters.staging import Notes, Task
from ckanext.satudatapmi.reference import review
from ckanext.satudatapmi.reference.learned import NameSeen
from ckanext.satudatapmi.reference.matchers import match_all
from tests.conftest import CHECKOUT
from tests.figures.conftest import load_demo

ROWS = [
    {"kode_wilayah": "35.06", "wilayah": "Kab. Kediri", "tahun": 2022, "jumlah": 1234},
    {"kode_wilayah": "35.71", "wilayah": "Kota Kediri", "tahun": 2022, "jumlah": 56},
    {"kode_wilayah": "35.06", "wilayah": "Kab. Kediri", "tahun": 2023, "jumlah": 2345},
    {"kode_wilayah": "35.71", "wilayah": "Kota Kediri", "tahun": 2023, "jumlah": 78},
    {"kode_wilayah": "35.10", "wilayah": "Kab. Banyuwangi", "tahun": 2023, "jumlah": 10020},
]
CSV = "kode_wilayah,wilayah,tahun,jumlah\r\n" + "".join(
    f"{row['kode_wilayah']},{row['wilayah']},{row['tahun']},{row['jumlah']}\r\n" for row in ROWS
)
RECORD_MESSAGE = 'Source layanan-contoh, record 7, field dataset: "x" cannot be used. Expected: an object.'


@dataclass(frozen=True)
class Filled:
    """Names of what was made, for the addresses of the pages."""

    dataset: str
    resource: str
    view: str
    body: str
    source: str
    csv: str
    rows: int
    editor: str
    walidata: str
    password: str


def fill() -> Filled:
    """Fill the empty site and return the names of what is in it."""
    _act(
        "organization_create",
        name="dinas-contoh",
        title="Dinas Tenaga Kerja Contoh",
        kind="provinsi",
        kode_wilayah="35",
    )
    _act("organization_create", name="badan-contoh", title="Badan Contoh", description="Badan untuk **pengujian**.")
    source = _source()
    dataset = _main_dataset()
    resource = _table(dataset)
    _harvested(source, dataset)
    _frozen(dataset)
    _names(dataset, resource)
    for body, people in (("badan-contoh", 4_700_000), ("dinas-contoh", 4_500_000)):
        _statement(body, people)
    for number in range(1, 26):
        _small_dataset(number)
    _small_dataset(1, name="salinan-contoh", title="Penempatan PMI menurut kabupaten", copy_fingerprint="sidik-contoh")
    _small_dataset(2, name="tertutup", title="Data tertutup", private=True)
    (view,) = tk.get_action("resource_view_list")({"ignore_auth": True}, {"id": resource["id"]})
    return Filled(
        dataset["name"], resource["id"], view["id"], "dinas-contoh", "layanan-contoh", CSV, len(ROWS), *_people()
    )


def _signals(body: str) -> int:
    """Look for signals in the figures, for the people of a body to work on; return the number of that of May 2024."""
    model.Session.execute(sa.delete(signals_kept.SIGNAL))
    signals_kept.scan()
    owned = sa.update(signals_kept.SIGNAL).values(organization_id=model.Group.get(body).id)
    model.Session.execute(owned)
    model.Session.commit()
    found = tk.get_action("pmi_signal_list")({"user": ""}, {"method": "c1"})["signals"]
    return next(one["id"] for one in found if one["ref_start"] == "2024-05-01")


def _names(dataset: dict[str, Any], resource: dict[str, Any]) -> None:
    """Have the table hold names that walidata are to decide: one nobody knows, one of two areas."""
    review.record(
        review.Place(dataset["id"], resource["id"], "penempatan.csv"),
        [
            NameSeen(
                field, codes, context, text.casefold(), match_all(codes, [text])[text], 2, "Nama", 3, (text, "1.234")
            )
            for field, codes, context, text in (
                ("negara", "negara", "", "Kindom"),
                ("kabupaten_kota", "wilayah", "level=kabupaten_kota within=35", "Kediri"),
            )
        ],
    )
    model.Session.commit()


def _act(action: str, **values: Any) -> dict[str, Any]:
    user = tk.get_action("get_site_user")({"ignore_auth": True}, {})["name"]
    return tk.get_action(action)({"user": user, "ignore_auth": True}, values)


def _people() -> tuple[str, str, str]:
    """Make the produsen data and the walidata of one body; return their names and the password of both."""
    password = "sandi-petugas"
    roles = {"penyunting": "editor", "walidata": "admin"}
    for name, role in roles.items():
        _act("user_create", name=name, email=f"{name}@example.go.id", password=password)
        _act("organization_member_create", id="dinas-contoh", username=name, role=role)
    return *roles, password


def _main_dataset() -> dict[str, Any]:
    return _act(
        "package_create",
        name="penempatan-kabupaten",
        title="Penempatan PMI menurut kabupaten",
        notes="Jumlah penempatan **pertama kali** dalam setahun, menurut kabupaten asal.",
        owner_org="dinas-contoh",
        url="https://data.example.go.id/penempatan",
        license_id="cc-by",
        kategori="Ketenagakerjaan",
        prioritas_tahun="2024",
        publisher_name="Bidang Penempatan",
        satuan="orang",
        issued="2024-01-15",
        modified="2024-05",
        accrualPeriodicity="R/P1Y",
        temporal="2022-01-01/2023-12-31",
        variabel_disaggregasi=json.dumps(
            [{"nama": "kabupaten", "sumber": "Kemendagri"}, {"nama": "tahun", "sumber": "-"}]
        ),
        theme=json.dumps(["Ketenagakerjaan", "Kependudukan"]),
        judul_kegiatan="Kompilasi Penempatan",
        source_name="layanan-contoh",
        source_identifier="17",
        copy_fingerprint="sidik-contoh",
        harvest_flags=json.dumps([{"kind": "date_unreadable", "field": "issued", "value": "-000001-11-29T"}]),
        wire_extra=json.dumps({"kunciLain": {"dalam": [1, 2]}}),
        tags=[{"name": "penempatan"}, {"name": "kabupaten"}],
    )


def _table(dataset: dict[str, Any]) -> dict[str, Any]:
    upload = FileStorage(io.BytesIO(CSV.encode()), "penempatan.csv")
    resource = _act(
        "resource_create",
        package_id=dataset["id"],
        name="penempatan.csv",
        format="CSV",
        url="penempatan.csv",
        upload=upload,
    )
    _act(
        "datastore_create",
        resource_id=resource["id"],
        force=True,
        records=ROWS,
        fields=[
            {"id": "kode_wilayah", "type": "text", "info": {"label": "Kode wilayah", "notes": "Kemendagri"}},
            {"id": "wilayah", "type": "text", "info": {"label": "Wilayah"}},
            {"id": "tahun", "type": "int4", "info": {"label": "Tahun"}},
            {"id": "jumlah", "type": "numeric", "info": {"label": "Jumlah", "unit": "orang"}},
        ],
    )
    _act(
        "resource_create_default_resource_views",
        resource=_act("resource_show", id=resource["id"]),
        create_datastore_views=True,
    )
    return resource


def _statement(body: str, people: int) -> None:
    """One body's answer to how many migrant workers there are, as a tidy table of two days."""
    dataset = _act(
        "package_create",
        name=f"jumlah-{body}",
        title=f"Jumlah PMI menurut {body}",
        owner_org=body,
        tags=[{"name": "jumlah pekerja migran"}],
    )
    resource = _act(
        "resource_create", package_id=dataset["id"], name="tabel", format="CSV", url="https://data.example.go.id/x.csv"
    )
    days = [("2021-08-24", people - 500_000), ("2023-07-31", people)]
    _act(
        "datastore_create",
        resource_id=resource["id"],
        force=True,
        fields=[
            {"id": "periode_akhir", "type": "date"},
            {"id": "nilai", "type": "numeric"},
            {"id": "satuan", "type": "text"},
        ],
        records=[{"periode_akhir": day, "nilai": value, "satuan": "orang"} for day, value in days],
    )


def _small_dataset(number: int, **values: Any) -> None:
    defaults = {
        "name": f"pengaduan-{number:02}",
        "title": f"Pengaduan PMI bulan ke-{number}",
        "owner_org": "badan-contoh",
        "kategori": "Pelindungan",
        "resources": [
            {"url": f"https://data.example.go.id/pengaduan-{number}.xlsx", "format": "XLSX", "name": "tabel"}
        ],
    }
    _act("package_create", **(defaults | values))


def _source() -> dict[str, Any]:
    return _act(
        "harvest_source_create",
        name="layanan-contoh",
        title="Layanan Contoh",
        url="https://user:secret@data.example.go.id/data.json",
        source_type="data_json",
        owner_org="dinas-contoh",
        frequency="WEEKLY",
    )


def _harvested(source: dict[str, Any], dataset: dict[str, Any]) -> None:
    """Leave what a finished harvest leaves: one dataset, one error of the file, two of records."""
    now = dt.datetime(2024, 6, 1, 3, 0)
    job = HarvestJob(source_id=source["id"], status="Finished", created=now, gather_started=now, finished=now)
    model.Session.add(job)
    model.Session.flush()
    kept = HarvestObject(guid="17", current=True, state="COMPLETE", report_status="added", package_id=dataset["id"])
    broken = HarvestObject(guid="18", state="ERROR", report_status="errored")
    for item in (kept, broken):
        item.job = job
        item.harvest_source_id = source["id"]
        model.Session.add(item)
    model.Session.add(HarvestGatherError(message="The file ends early, written by nobody@example.go.id", job=job))
    for number in (7, 8):
        model.Session.add(
            HarvestObjectError(message=RECORD_MESSAGE.replace("7", str(number)), stage="Import", object=broken)
        )
    model.Session.commit()


def _frozen(dataset: dict[str, Any]) -> None:
    """Leave what a held harvest leaves: a dataset that would be new, and one that would vanish."""
    source = _act(
        "harvest_source_create",
        name="layanan-beku",
        title="Layanan Beku",
        url="https://beku.example.go.id/data.json",
        source_type="data_json",
        owner_org="dinas-contoh",
        frequency="WEEKLY",
    )
    now = dt.datetime(2024, 6, 2, 3, 0)
    job = HarvestJob(source_id=source["id"], status="Finished", created=now, gather_started=now, finished=now)
    model.Session.add(job)
    model.Session.flush()
    reason = gate.Reason("deletions", 1, 0.2, "2")
    run = {"job_id": job.id, "source_id": source["id"], "stage": holds.HELD, "lane": 1, "verdict": holds.HELD}
    difference = {"known": 2, "created": 1, "vanished": 1, "reasons": [asdict(reason)]}
    model.Session.execute(sa.insert(ledger.RUN).values(**run, difference=difference))
    record = json.dumps({"identifier": "b", "title": "Penempatan <baru>"})
    tasks = [
        Task("00000000-0000-4000-8000-000000000001", Notes(identity="b", number=2), record),
        Task(dataset["id"], Notes(action=staging.VANISH, identity="17")),
    ]
    staging.stage(job.id, source["id"], tasks, staging.HELD)
    model.Session.commit()


def main() -> None:
    """Empty the site that CKAN_INI names, fill it, and print the names as JSON."""
    app = make_app(CKANConfigLoader(os.environ["CKAN_INI"]).get_config())
    with app._wsgi_app.test_request_context():
        model.repo.delete_all()
        clear_all()
        filled = fill()
        daily.measure_quality()
        load_demo(CHECKOUT / "config" / "demo")
        signal = _signals(filled.body)
        rebuild(quiet=True)
    print(json.dumps(asdict(filled) | {"signal": signal}))


if __name__ == "__main__":
    main()
