"""Datasets that differ in every way in which metadata differ: each field takes each of its values in some dataset.

Imported by a script, so it knows nothing of this project.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

LONG = "Data pekerja migran menurut daerah asal, negara tujuan, jabatan dan jenis kelamin. "
POLYGON = (
    '{"type": "Polygon", "coordinates": [[[110.9, -8.8], [114.6, -8.8], [114.6, -6.7], [110.9, -6.7], [110.9, -8.8]]]}'
)
HERE = "https://dinas.example.go.id"

TITLES = (
    "Penempatan & pengaduan",
    'Pekerja "prosedural" <dan lainnya>',
    "Remitansi — triwulan I/II; 50% naik",
    "مهاجر 移工 ဒေတာ 🌏",
    "DATA HURUF BESAR",
    "Jumlah 'PMI' per 100.000 penduduk",
    LONG.strip(". ") * 2,
)
FIELDS: dict[str, tuple[Any, ...]] = {
    "notes": (
        None,
        "Satu baris.",
        "Baris satu\nbaris dua\r\nbaris tiga\n\n* butir & <b>tebal</b>\n\n    kode",
        "# Judul\n\n[tautan](https://contoh.example/a?b=c&d=e) dan `kode`",
        LONG * 60,
        "Emoji 🌏, tanda ” “ – … dan spasi\u00a0tetap",
    ),
    "url": (
        None,
        f"{HERE}/halaman",
        f"{HERE}/cari?tahun=2023&jenis=a b",
        f"{HERE}/berkas%20kami/100%25",
        f"{HERE}/jalan/#bagian",
    ),
    "version": (None, "1.0", "2023 revisi 2"),
    "license_id": (None, "cc-by", "cc-zero", "odc-odbl", "notspecified", "other-open", "Lisensi daerah"),
    "author": (None, "Dinas Tenaga Kerja"),
    "maintainer": (None, "Bidang Data & Informasi"),
    "maintainer_email": (None, "data@dinas.example.go.id", None),
    "publisher_name": (None, "Bidang Penempatan", "Seksi Pelindungan (UPT) ‘Surabaya’"),
    "publisher_type": (None, "pusat", "daerah", "provinsi"),
    "kategori": (None, "Ketenagakerjaan", "Sosial & Kesejahteraan"),
    "theme": (None, '["Pekerja migran"]', '["Ekonomi", "https://contoh.example/tema/1"]', "Kependudukan"),
    "accessRights": (None, "terbuka", "Terbuka"),
    "accessLevel": (None, "public"),
    "accrualPeriodicity": (
        None,
        *("R/P1D", "R/P1W", "R/P1M", "R/P3M", "R/P4M", "R/P6M", "R/P1Y", "irregular", "Tahunan", "bila perlu"),
    ),
    "temporal": (
        None,
        *("2023", "2023-04", "2023-04-05", "2019/2023", "2023-01-01/2023-12-31", "2023-01/2023-06", "2020-01-01/.."),
        "tidak tentu",
    ),
    "spatial": (
        None,
        *("Jawa Timur", "35", "3578", "Indonesia", '["31", "32"]', "Pulau Seberang", POLYGON),
        '{"type": "Point", "coordinates": [112.75, -7.25]}',
        "105.0,-8.8,114.6,-5.1",
    ),
    "language": (None, '["id"]', '["id", "en"]', "id", '["in_ID"]'),
    "in_series": (None, None, "Statistik tahunan penempatan"),
    "issued": (None, "2023", "2023-04", "2023-04-05", "2023-04-05T06:07:08", "2023-04-05T06:07:08+07:00", "31-05-2023"),
    "modified": (None, "2024", "2024-02", "2024-02-10", "2024-02-10T08:00:00.123456Z", "2024-02-10T08:00:00+09:00"),
    "satuan": (None, "orang", "persen (%)"),
    "rumus": (None, "P_{n,t}=\\sum_i 1", "a < b & c > d"),
    "variabel_disaggregasi": (None, '[{"nama": "Negara tujuan", "sumber": "input-manual"}]', "jenis kelamin"),
    "total_msind": (None, "1", "12"),
    "wire_extra": (None, '{"catatan": {"versi": [1, 2]}}', '{"kode": null, "aktif": true, "nilai": 1.25}'),
    "ii_pj_nama": (None, "Fulan bin Fulan"),
    "tags": (
        [],
        [{"name": "penempatan"}],
        [{"name": "pekerja migran"}, {"name": "PMI"}, {"name": "data-2023_akhir.v2"}],
        [{"name": "x" * 100}, {"name": "anak.keluarga"}],
        [{"name": f"kata {number}"} for number in range(20)],
    ),
}
RESOURCES: tuple[list[dict[str, Any]], ...] = (
    [],
    [{"url": f"{HERE}/a.csv", "name": "Tabel", "format": "CSV", "mediaType": "text/csv"}],
    [{"url": f"{HERE}/tanpa-nama.xlsx", "format": "XLSX"}],
    [{"url": f"{HERE}/berkas kami (akhir).pdf", "name": "Buku & lampiran", "description": "PDF\ndua baris"}],
    [
        {"url": f"{HERE}/a.json?x=1&y=2", "name": "JSON", "format": "json", "issued": "2023", "modified": "2024-02-10"},
        {"url": f"{HERE}/layanan", "accessURL": f"{HERE}/layanan", "name": "Layanan", "format": "API"},
        {"url": "ftp://dinas.example.go.id/pub/a.zip", "name": "Arsip", "format": "ZIP"},
    ],
    [{"url": f"{HERE}/sama.csv", "name": f"Bagian {number}", "format": "CSV"} for number in range(3)],
    [{"url": f"{HERE}/100%25/%C3%A9.geojson", "name": "Peta", "format": "GeoJSON", "size": 1234, "hash": "a" * 64}],
    [{"url": f"{HERE}/{number}.csv", "name": str(number), "format": "CSV"} for number in range(15)],
    [{"url": f"{HERE}/aneh", "name": "Format aneh", "format": "Ms. Excel 97-2003"}],
)
NAMES = ("ragam-{number}", "ragam_{number}_", "ragam-{number}-" + "panjang-" * 11)


def datasets(count: int) -> Iterator[dict[str, Any]]:
    """Yield datasets as package_create takes them; with 20 or more, each value is in one of them.

    Fields turn at paces of their own, so that values meet in many combinations.

    Args:
        count: how many.
    """
    for number in range(count):
        dataset = {
            "name": NAMES[number % len(NAMES)].format(number=number)[:100],
            "title": f"{TITLES[number % len(TITLES)]} ({number})",
            "resources": _turn(RESOURCES, number, 1),
        }
        for pace, (name, values) in enumerate(FIELDS.items()):
            value = _turn(values, number, pace)
            if value is not None:
                dataset[name] = value
        yield dataset


def _turn(values: tuple[Any, ...], number: int, pace: int) -> Any:
    """Return the value whose turn it is; every other round through the values begins at another place."""
    turns, place = divmod(number, len(values))
    return values[(place + turns * pace) % len(values)]
