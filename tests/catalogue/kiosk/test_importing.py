"""Tables of the kiosk's content: registers of companies, training centres, job orders."""

from __future__ import annotations

import datetime as dt
import json

import ckan.plugins.toolkit as tk
import pytest
from ckan.tests import factories, helpers
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import Workbook

from ckanext.satudatapmi import cli
from ckanext.satudatapmi.catalogue.kiosk import fields, rows
from ckanext.satudatapmi.portal.kiosk import content

SAID = ("--verified-on", "2026-01-05", "--verified-by", "Direktorat Penempatan", "--source-title", "Daftar P3MI")
DAY = dt.date(2026, 1, 20)
HEAD = "Nama perusahaan,No. SIP3MI,Status izin,Provinsi,Telepon kantor,Direktur\n"
GOOD = "PT Contoh Satu,SIP3MI 1/2026,Aktif,Jawa Timur,+62 31 5551234,Fulan\n"


@pytest.fixture
def owner(portal) -> str:
    return factories.Organization(name="bp2mi")["id"]


@pytest.fixture
def take(owner, tmp_path):
    """Return a function that imports a text as a file, and gives the exit code and the report."""

    def run(text: str | bytes, *more: str, kind: str = "aim-agency", name: str = "p3mi.csv"):
        path = tmp_path / name
        path.write_bytes(text.encode() if isinstance(text, str) else text)
        arguments = ["kiosk", "import", kind, str(path), "--organization", "bp2mi", "--json", *SAID, *more]
        done = CliRunner().invoke(cli.satudata, arguments)
        assert done.exit_code in (0, 1, 2) and (done.stdout or done.stderr), done.exception
        return done.exit_code, (json.loads(done.stdout) if done.stdout else done.stderr)

    return run


def messages(report) -> list[str]:
    return [one["message"] for one in report["failed"]]


def test_a_register_lands_and_a_second_time_changes_nothing(take):
    assert take(HEAD + GOOD)[0] == 0
    (found,) = content.current(DAY)["aim-agency"]
    province = found.field("province")
    assert province is not None
    assert (found.title["id"], found.code("licence_status"), province.codes) == ("PT Contoh Satu", "active", ("35",))
    code, report = take(HEAD + GOOD)
    assert (code, len(report["skipped"]), report["created"], report["updated"]) == (0, 1, [], [])
    assert report["left_columns"] == ["Direktur"]


def test_names_of_persons_are_not_taken(take):
    take(HEAD + GOOD)
    (found,) = content.current(DAY)["aim-agency"]
    assert "Fulan" not in str(tk.get_action("package_show")({"ignore_auth": True}, {"id": found.name}))


def test_good_rows_land_and_each_bad_cell_is_told_with_its_place(take):
    bad = "PT Contoh Dua,SIP3MI 2/2026,Entahlah,Jawa Antah,telepon saja,\n"
    code, report = take(HEAD + GOOD + bad)
    assert (code, [one["title"] for one in report["created"]]) == (1, ["PT Contoh Satu"])
    told = messages(report)
    assert len(told) == 2
    assert "p3mi.csv, row 3" in told[0] and "Status izin" in told[0] and "active (IZIN AKTIF)" in told[0]
    assert "Jawa Antah" in told[1] and "Provinsi" in told[1]


def test_what_the_validators_refuse_is_told_with_its_place_also_without_writing(take):
    bad = "PT Contoh Dua,SIP3MI 2/2026,Aktif,Bali,telepon saja,\n"
    for more in (("--dry-run",), ()):
        code, report = take(HEAD + bad, *more)
        (told,) = messages(report)
        assert code == 1 and "row 2" in told and "Telepon kantor" in told and "is no telephone number" in told
    assert not content.current(DAY)["aim-agency"]


def test_a_dry_run_writes_nothing(take):
    code, report = take(HEAD + GOOD, "--dry-run")
    assert (code, len(report["created"])) == (0, 1)
    assert not content.current(DAY)["aim-agency"]


def test_a_company_whose_licence_is_revoked_is_brought_up_to_date(take):
    take(HEAD + GOOD)
    code, report = take(HEAD + GOOD.replace("Aktif", "Dicabut"))
    assert (code, len(report["updated"])) == (0, 1)
    assert [one.code("licence_status") for one in content.current(DAY)["aim-agency"]] == ["revoked"]
    assert take(HEAD + GOOD.replace("Aktif", "Dicabut"), "--dry-run")[0] == 0


def test_who_left_the_register_is_named_and_stays(take):
    take(HEAD + GOOD)
    _code, report = take(HEAD + GOOD.replace("Satu", "Lain").replace("SIP3MI 1", "SIP3MI 9"))
    assert [one["title"] for one in report["missing"]] == ["PT Contoh Satu"]
    assert len(content.current(DAY)["aim-agency"]) == 2


def test_the_same_licence_twice_is_told(take):
    code, report = take(HEAD + GOOD + GOOD.replace("Satu", "Dua"))
    assert code == 1 and "row 2 of this file is the same item" in messages(report)[0]


def test_a_column_that_every_item_needs_is_missed(take):
    code, said = take("Nama,Status izin\nPT Contoh,Aktif\n")
    assert code == 2 and "there is no column Nomor izin (SIP3MI)" in said


def test_a_spreadsheet_with_days_and_numbers(take):
    book = Workbook()
    sheet = book.active
    sheet.append(["Lowongan", "Nomor lowongan", "Negara", "Pemberi kerja", "Jabatan", "Jumlah lowongan", "Upah"])
    sheet.append(["Perawat di Jepang", "JO-7", "Jepang", "Contoh KK", "Perawat", 12, 2500.5])
    for place, (heading, value) in enumerate(
        {
            "Mata uang": "JPY",
            "Disahkan oleh perwakilan": "KBRI Tokyo",
            "Tanggal pengesahan": dt.date(2026, 1, 3),
            "Berlaku sampai": dt.date(2026, 1, 19),
        }.items(),
        start=8,
    ):
        sheet.cell(1, place, heading)
        sheet.cell(2, place, value)
    path = "lowongan.xlsx"
    from io import BytesIO

    file = BytesIO()
    book.save(file)
    code, report = take(file.getvalue(), kind="aim-job-order", name=path)
    assert (code, report["failed"]) == (0, [])
    (found,) = content.current(DAY - dt.timedelta(1))["aim-job-order"]
    assert (found.country, found.valid_to) == ("JPN", dt.date(2026, 1, 19))
    assert not content.current(DAY)["aim-job-order"]
    assert take(file.getvalue(), kind="aim-job-order", name=path)[1]["skipped"]


def test_job_orders_that_no_mission_attested_are_refused(take):
    head = "Lowongan,Nomor lowongan,Negara,Pemberi kerja,Disahkan oleh perwakilan,Tanggal pengesahan\n"
    code, report = take(head + "Perawat,JO-8,Jepang,Contoh KK,KBRI Tokyo,\n", kind="aim-job-order")
    assert code == 1 and "Tanggal pengesahan" in messages(report)[0]


def test_editors_of_other_bodies_may_not_import(owner, tmp_path):
    path = tmp_path / "p3mi.csv"
    path.write_text(HEAD + GOOD, encoding="utf-8")
    other = factories.User()["name"]
    factories.Organization(users=[{"name": other, "capacity": "editor"}])
    arguments = ["kiosk", "import", "aim-agency", str(path), "--organization", "bp2mi", "--user", other, *SAID]
    done = CliRunner().invoke(cli.satudata, arguments)
    assert done.exit_code == 2 and "may not enter content" in done.stderr


def test_an_unknown_kind_is_told(owner, tmp_path):
    path = tmp_path / "x.csv"
    path.write_text("a\n1\n", encoding="utf-8")
    done = CliRunner().invoke(cli.satudata, ["kiosk", "import", "aim-x", str(path), "--organization", "bp2mi"])
    assert done.exit_code == 2 and "aim-agency" in done.stderr


def test_a_company_that_was_entered_by_hand_is_known_again(take, owner):
    from tests.portal.kiosk.items import item

    made = item("aim-agency", owner, licence_number="SIP3MI 1/2026", title="PT Contoh")
    _code, report = take(HEAD + GOOD)
    assert [one["name"] for one in report["updated"]] == [made["name"]]
    assert helpers.call_action("package_show", id=made["id"])["title"] == "PT Contoh Satu"


@pytest.mark.parametrize("name", fields.types())
def test_every_column_is_found_by_its_label_in_both_languages(name):
    kind = fields.kind(name)
    for column in rows.columns(kind):
        for language in fields.LANGUAGES:
            heading = rows.label(kind, column, language)
            (entry,), left = rows.read(f"{heading}\nx\n".encode(), "x.csv", kind, _everything(kind), language)
            assert (entry.record[column], left) == ("x", []), heading


def _everything(kind: fields.Kind) -> dict[str, str]:
    return {one["field_name"]: "-" for one in kind.fields}


@given(
    st.sampled_from(fields.types()).flatmap(
        lambda name: st.tuples(
            st.just(name), st.dictionaries(st.sampled_from(rows.columns(fields.kind(name))), st.text(max_size=30))
        )
    )
)
def test_any_row_is_read_or_told(case):
    name, cells = case
    found, reasons = rows.values(fields.kind(name), cells)
    assert set(found) <= set(cells)
    assert all(key in cells and words for key, words in reasons)
