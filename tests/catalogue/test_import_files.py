"""Files of metadata as records: headings as people write them, and files that hold none."""

from __future__ import annotations

import io

import pytest
import xlsxwriter
from hypothesis import given, settings
from hypothesis import strategies as st

from ckanext.satudatapmi.catalogue import import_files
from ckanext.satudatapmi.schemas import wire


def records(text: str) -> list:
    return [entry.record for entry in import_files.read(text.encode(), "d.csv")]


@pytest.mark.parametrize(
    ("heading", "cell", "record"),
    [
        ("Tanggal terbit", "31-05-2024", {"issued": "2024-05-31"}),
        ("date issued", "2024", {"issued": "2024"}),
        ("Surel narahubung", "data@dinas.go.id", {"contactPoint": {"hasEmail": "mailto:data@dinas.go.id"}}),
        ("Hak akses", "Publik", {"accessRights": "terbuka"}),
        ("Frekuensi pemutakhiran", "Bulanan", {"accrualPeriodicity": "R/P1M"}),
        ("Penerbit", "Bidang A", {"publisher": {"@type": "org:Organization", "name": "Bidang A"}}),
        ("license_id", "cc-by-4.0", {"license": "https://creativecommons.org/licenses/by/4.0/"}),
        ("Kode referensi", '["x"]', {"kodereferensi": ["x"]}),
        ("downloadURL", "https://a.id/b.csv", {"distribution": [{"downloadURL": "https://a.id/b.csv"}]}),
        ("Berkas atau alamat unduhan", "https://a.id/b", {"distribution": [{"downloadURL": "https://a.id/b"}]}),
        ("Kolom kami", "7", {"Kolom kami": "7"}),
    ],
)
def test_heading_is_a_key_or_a_label_and_the_cell_what_it_means(heading, cell, record):
    quoted = cell.replace('"', '""')
    assert records(f'Judul;"{heading}"\nA;"{quoted}"\n') == [{"title": "A"} | record]


def test_paragraphs_of_a_cell_and_rows_of_a_spreadsheet_stay():
    file = io.BytesIO()
    with xlsxwriter.Workbook(file) as book:
        sheet = book.add_worksheet()
        sheet.write_row(2, 0, ["Judul", "Deskripsi", "Tahun kegiatan"])
        sheet.write_row(4, 0, ["A", "Satu.\n\nDua.", 2024])
    (entry,) = import_files.read(file.getvalue(), "d.xlsx")
    assert (entry.row, entry.record) == (5, {"title": "A", "description": "Satu.\n\nDua.", "tahun": "2024"})


@pytest.mark.parametrize(
    "content",
    [b"", b"{", b"<html>", b"[]", b"%PDF-1.7", b"a,b\n1,2\n", b"Judul,title\nx,y\n", b"PK\x03\x04junk", b"Judul\n"],
)
def test_file_without_metadata_is_refused_as_a_whole(content):
    with pytest.raises(import_files.ImportFileError, match=r"d\.csv"):
        import_files.read(content, "d.csv")


@settings(max_examples=50, deadline=None)
@given(st.binary(max_size=200) | st.text(max_size=200).map(lambda text: f"Judul,Tanggal terbit\n{text}".encode()))
def test_no_file_does_more_than_be_refused(content):
    try:
        assert import_files.read(content, "d.csv")
    except import_files.ImportFileError as error:
        assert "d.csv" in str(error)


def test_labels_of_the_fields_mean_one_field_each():
    labels = {
        (wire.folded_key(label), field["field_name"])
        for field in wire.dataset_schema()["dataset_fields"]
        for label in field["label"].values()
    }
    assert len(labels) == len({folded for folded, _field in labels})
