"""A new dataset begins with a former one, a data.json or a filled template; nothing of it is lost, faults name their cell."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter
from bs4 import BeautifulSoup
from ckan.tests import factories, helpers
from python_calamine import CalamineWorkbook

from ckanext.satudatapmi.portal import workbook
from ckanext.satudatapmi.portal.beginnings import Unusable
from ckanext.satudatapmi.schemas import convert, wire
from tests.portal.entering import real_records
from tests.publication.datasets import FULL, make

pytestmark = [pytest.mark.usefixtures("portal"), pytest.mark.slow]


@pytest.fixture
def editor() -> dict[str, str]:
    return {"Authorization": factories.UserWithToken(name="penyunting")["token"]}


@pytest.fixture
def body(editor: dict[str, str]) -> str:
    return factories.Organization(users=[{"name": "penyunting", "capacity": "editor"}])["id"]


def drafts() -> list[dict[str, Any]]:
    found = helpers.call_action(
        "package_search", {"ignore_auth": True}, include_drafts=True, include_private=True, fq="state:draft"
    )
    return [helpers.call_action("package_show", id=one["id"]) for one in found["results"]]


def upload(app, editor, body, content: bytes, name: str) -> str:
    data = {"owner_org": body, "file": (io.BytesIO(content), name)}
    return app.post("/dataset/new/awal", headers=editor, data=data).body


def test_records_of_a_data_json_are_drafts_with_all_they_held(app, editor, body, shared: Path):
    for record in real_records(shared):
        app.post("/dataset/new/awal", headers=editor, data={"owner_org": body, "text": json.dumps(record)})
        (draft,) = drafts()
        given = convert.restore(draft, wire.dataset_fields(), strict=False)
        for key, value in record.items():
            if key not in ("@type", "distribution", "publishing_status"):
                assert convert.same_json(given[key], value), key
        for resource, distribution in zip(draft["resources"], record["distribution"], strict=True):
            written = convert.restore(resource, wire.resource_fields(), strict=False)
            for key, value in distribution.items():
                assert key == "@type" or convert.same_json(written[key], value), key
        assert "source_name" not in draft
        helpers.call_action("dataset_purge", id=draft["id"])


def test_of_several_records_one_is_chosen(app, editor, body, shared: Path):
    content = (shared / "data" / "datajson" / "bapanas01.json").read_bytes()
    page = BeautifulSoup(upload(app, editor, body, content, "bapanas01.json"), "html.parser")
    offered = page.select("button[name=record]")
    assert len(offered) == 2
    assert drafts() == []
    app.post("/dataset/new/awal", headers=editor, data={"owner_org": body, "record": offered[1]["value"]})
    assert [draft["title"] for draft in drafts()] == [offered[1].text]


def test_what_is_no_data_json_is_told(app, editor, body):
    for text in ("", "{", "[]", "<html>", '{"dataset": [17]}', "[" * 50_000):
        page = app.post("/dataset/new/awal", headers=editor, data={"owner_org": body, "text": text})
        assert page.status_code == 200
        assert 'role="alert"' in page.body, text
    assert drafts() == []


def test_copy_has_the_metadata_and_no_files(app, editor, body):
    former = make(**FULL, owner_org=body, publishing_status="approved", source_name="sumber", source_identifier="7")
    app.post(f"/dataset/{former['name']}/salin", headers=editor)
    (draft,) = drafts()
    assert draft["title"].startswith(FULL["title"]) and draft["title"] != FULL["title"]
    assert draft["variabel_disaggregasi"] == FULL["variabel_disaggregasi"]
    assert [tag["name"] for tag in draft["tags"]] == ["pekerja migran", "penempatan"]
    assert draft["resources"] == []
    for name in ("source_name", "source_identifier", "wire_extra"):
        assert name not in draft
    assert app.post("/dataset/tidak-ada/salin", headers=editor).status_code == 404


def test_visitors_begin_nothing(app):
    for path in ("/dataset/new/awal", "/dataset/new/templat.xlsx"):
        assert app.get(path).status_code == 403
    assert app.post(f"/dataset/{make()['name']}/salin").status_code == 403


def filled(template: bytes, given: dict[str, str]) -> bytes:
    """Return the template with answers in it, as a spreadsheet program would save it."""
    rows = CalamineWorkbook.from_filelike(io.BytesIO(template)).get_sheet_by_name(workbook.SHEET).to_python()
    content = io.BytesIO()
    with xlsxwriter.Workbook(content) as book:
        sheet = book.add_worksheet(workbook.SHEET)
        for number, row in enumerate(rows):
            for column, cell in enumerate(row):
                sheet.write(number, column, given.get(str(row[2]), "") if column == 3 and number else cell)
    return content.getvalue()


def test_template_comes_back_as_a_draft(app, editor, body):
    response = app.get("/dataset/new/templat.xlsx", headers=editor)
    template = response.data if hasattr(response, "data") else response.body
    given = {
        "title": "Dari lembar kerja",
        "accessRights": "Terbuka",
        "spatial": "35.10; 35.06",
        "issued": "2024-05-31",
        "apakah_indikator_komposit": "Tidak",
        "variabel_pembangun": "Negara tujuan | Kompilasi A; Kompilasi B",
        "iv_sarana_pengumpulan_data": "Mail; Lainnya: aplikasi",
        "jenis_statistik": "Statistik Ajaib",
        "vi_jumlah_petugas_supervisor": "3",
    }
    page = upload(app, editor, body, filled(template, given), "isian.xlsx")
    (draft,) = drafts()
    assert draft["title"] == "Dari lembar kerja"
    assert draft["accessRights"] == "terbuka"
    assert wire.decode_json(draft["spatial"]) == ["35.10", "35.06"]
    assert wire.decode_json(draft["variabel_pembangun"]) == [
        {"nama": "Negara tujuan", "kegiatan_penghasil": ["Kompilasi A", "Kompilasi B"]}
    ]
    assert draft["iv_sarana_pengumpulan_data"].endswith("Lainnya : aplikasi")
    assert draft["vi_jumlah_petugas_supervisor"] == "3"
    assert "jenis_statistik" not in draft
    assert "Isian" in page and "Statistik Ajaib" in page and "Statistik Sektoral" in page


def test_hostile_workbooks_are_refused():
    bomb = io.BytesIO()
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", b"0" * (workbook.MAX_UNPACKED + 1))
    for content in (b"", b"PK\x03\x04", b"title;x", bomb.getvalue(), b"0" * (workbook.MAX_BYTES + 1)):
        with pytest.raises(Unusable):
            workbook.read(content, "isian.xlsx", [], {})
