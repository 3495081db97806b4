"""The BPS forms as PDF: every question stands in it, long answers go on, the same data give the same bytes."""

from __future__ import annotations

import datetime as dt
import io
import re
import time
from pathlib import Path

import pytest
from ckan.tests import factories
from pypdf import PdfReader

from ckanext.satudatapmi.portal import form_pdf
from ckanext.satudatapmi.schemas import form
from tests.publication.datasets import FULL, make

FONTS = Path("/usr/share/fonts/truetype/dejavu")
CHANGED = dt.datetime(2024, 5, 31, 8, tzinfo=dt.UTC)
QUESTION = {
    "key": "x",
    "number": "1.1",
    "label": "Tanya",
    "applies": True,
    "options": [],
    "code": "",
    "kind": "nothing",
}


def sheet(*questions, **other) -> form_pdf.FormSheet:
    parts = [{"name": "I", "title": "Penyelenggara", "questions": [QUESTION | one for one in questions]}]
    values = {
        "title": "MS-Keg",
        "dataset": "Data",
        "year": "2024",
        "address": "https://a.id/dataset/x",
        "date": "31 Mei 2024",
    }
    return form_pdf.FormSheet(**values | {"changed": CHANGED, "language": "id", "parts": parts} | other)


def read(content: bytes) -> PdfReader:
    return PdfReader(io.BytesIO(content))


def words(reader: PdfReader) -> str:
    return " ".join(" ".join(page.extract_text().split()) for page in reader.pages)


def test_same_data_give_the_same_bytes():
    first = form_pdf.render(sheet({"kind": "text", "text": "Café – “ya” ≥ ∑ Žāñ"}), FONTS)
    time.sleep(1.1)
    assert first == form_pdf.render(sheet({"kind": "text", "text": "Café – “ya” ≥ ∑ Žāñ"}), FONTS)
    reader = read(first)
    assert "Café – “ya” ≥ ∑ Žāñ" in words(reader)
    assert reader.metadata.title == "MS-Keg: Data" and reader.metadata.creation_date == CHANGED
    assert reader.trailer["/Root"]["/Lang"] == "id-ID"


def test_long_answers_and_long_tables_go_on_on_the_next_page():
    text = " ".join(f"kata{number}" for number in range(3000))
    rows = [[f"baris {number}", "isi"] for number in range(150)]
    reader = read(
        form_pdf.render(
            sheet(
                {"kind": "text", "text": text},
                {"kind": "table", "columns": ["Nama", "Isi"], "rows": rows},
                {"kind": "table", "columns": ["Nama", "Isi"], "rows": [["panjang", "x " * 4000 + "akhir"]]},
            ),
            FONTS,
        )
    )
    found = words(reader)
    assert all(f"kata{number}" in found for number in (0, 1500, 2999))
    assert all(f"baris {number} " in f"{found} " for number in range(150)) and "akhir" in found
    count = len(reader.pages)
    assert count > 5 and all(f"halaman {n}" in found or f"page {n} of {count}" in found for n in range(1, count + 1))


def test_chosen_options_are_ticked_and_their_code_stands_in_its_box():
    options = [{"code": code, "label": f"Pilihan {code}", "chosen": code == 2} for code in (1, 2, 4)]
    found = words(
        read(form_pdf.render(sheet({"options": options, "code": "2", "kind": "list", "items": ["y"]}), FONTS))
    )
    assert re.search(r"✓ ?2 ?Pilihan 2", found) and not re.search(r"✓ ?[14] ?Pilihan", found)


def test_missing_fonts_are_told(tmp_path):
    with pytest.raises(form_pdf.FontsMissing, match="fonts-dejavu-core"):
        form_pdf.render(sheet(), tmp_path)


ANSWERS = {
    "judul_kegiatan": "Kompilasi Penempatan PMI",
    "tahun": "2024",
    "jenis_statistik": "STATISTIK_SEKTORAL",
    "cara_pengumpulan_data": "KOMPILASI_PRODUK_ADMINISTRASI",
    "vi_apakah_melakukan_uji_coba": "Ya",
}


@pytest.mark.slow
@pytest.mark.usefixtures("portal")
def test_pdf_has_every_question_of_the_form_and_names_no_official(app):
    dataset = make(**FULL | ANSWERS)
    page = app.get(f"/dataset/{dataset['name']}/formulir/ms_keg").body
    assert f"/dataset/{dataset['name']}/formulir/ms_keg.pdf" in page
    answer = app.get(f"/dataset/{dataset['name']}/formulir/ms_keg.pdf")
    assert answer.headers["Content-Type"] == "application/pdf"
    found = words(read(answer.data))
    questions = form.load("ms_keg").questions
    missing = [one.number for one in questions if f"{one.number} {' '.join(one.label['id'].split())}"[:60] not in found]
    assert len(questions) >= 65 and missing == []
    assert (
        "Kompilasi Penempatan PMI" in found and f"/dataset/{dataset['name']}" in found and "fulan" not in found.lower()
    )
    indicator = words(read(app.get(f"/en/dataset/{dataset['name']}/formulir/ms_ind.pdf").data))
    assert form.load("ms_ind").title["en"][:30] in indicator


@pytest.mark.slow
@pytest.mark.usefixtures("portal")
def test_private_and_unknown_datasets_have_no_pdf_for_visitors(app):
    private = make(private=True, owner_org=factories.Organization()["id"])
    for name in (private["name"], "tidak-ada"):
        assert app.get(f"/dataset/{name}/formulir/ms_keg.pdf").status_code == 404
    assert app.get("/dataset/x/formulir/ms_var.pdf").status_code == 404
