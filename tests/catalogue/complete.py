"""A dataset that keeps to all four principles; every value is made up."""

from __future__ import annotations

from typing import Any

COMPLETE: dict[str, Any] = {
    "title": "Jumlah layanan penempatan PMI menurut negara tujuan",
    "notes": "Jumlah calon PMI yang menyelesaikan proses pra-penempatan, menurut negara tujuan, per bulan.",
    "tag_string": "penempatan,pekerja migran",
    "kategori": "Ketenagakerjaan",
    "accessRights": "terbuka",
    "license_id": "cc-by",
    "accrualPeriodicity": "R/P1M",
    "satuan": "orang",
    "ukuran": "jumlah",
    "id_sds": "15219",
    "kodereferensi": "ISO 3166-1",
    "konsep": '["Layanan penempatan"]',
    "interpretasi": "Semakin besar angka, semakin banyak layanan.",
    "metode_perhitungan": "Pencacahan catatan layanan",
    "rumus": "P = n",
    "variabel_disaggregasi": '[{"nama": "Negara tujuan", "sumber": "input-manual"}]',
    "apakah_indikator_komposit": "Tidak",
    "variabel_pembangun": '[{"nama": "Layanan", "kegiatan_penghasil": ["Kompilasi data layanan"]}]',
    "level_estimasi": "nasional",
    "apakah_indikator_bisa_diakses_umum": "Ya",
    "judul_kegiatan": "Kompilasi data layanan penempatan PMI",
    "tahun": "2026",
    "jenis_statistik": "STATISTIK_SEKTORAL",
    "cara_pengumpulan_data": "KOMPILASI_PRODUK_ADMINISTRASI",
    "sektor_kegiatan": "KETENAGAKERJAAN",
    "i_instansi_penyelanggara": "Badan Contoh",
    "iii_latar_belakang_kegiatan": "Amanat undang-undang",
    "iii_tujuan_kegiatan": "Menghitung layanan",
    "iii_variabel_yang_dikumpulkan": '[{"nama": "Negara tujuan", "konsep": "Negara", "definisi": "Negara penempatan",'
    ' "referensi_waktu": "bulan berjalan"}]',
    "iv_kegiatan_ini_dilakukan": "BERULANG",
    "iv_frekuensi_penyelanggara": "BULANAN",
    "iv_cakupan_wilayah_pengumpulan_data": "SELURUH_WILAYAH_INDONESIA",
    "viii_ketersediaan_produk_digital": "Ya",
    "viii_rencana_jadwal_rilis_produk_digital": '["2031-02-10"]',
}
CSV = {"url": "https://data.example.go.id/penempatan.csv", "format": "CSV", "name": "Penempatan"}
