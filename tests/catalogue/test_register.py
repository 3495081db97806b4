"""The daftar data: files of it land in the register, and the register gives the workflow its deadlines."""

from __future__ import annotations

import json
from io import BytesIO

import ckan.plugins.toolkit as tk
import pytest
import xlsxwriter
from ckan.tests import factories
from click.testing import CliRunner
from werkzeug.datastructures import FileStorage

from ckanext.satudatapmi import cli
from ckanext.satudatapmi.catalogue import register
from ckanext.satudatapmi.catalogue.import_files import ImportFileError
from tests.catalogue.actors import cast
from tests.catalogue.registering import HEADINGS, good, imported, in_days, plan, table

pytestmark = pytest.mark.usefixtures("pembina_data", "no_register")


def work_of(actors, role, duty):
    return next(one for one in actors.act(role, "satudata_work_list") if one["duty"] == duty)


def test_of_twenty_rows_three_bad_ones_are_named_and_the_rest_land():
    body = factories.Organization(title="Direktorat Penempatan")["title"]
    rows = [good(number, body) for number in range(2, 22)]
    rows[4] = good(6, body, days="31-13-2027")
    rows[10] = good(12, "Dinas Tiada")
    rows[15] = good(17, body, priority="ya")
    report = imported(table(rows))
    assert (len(report.created), len(register.of_years(2027))) == (17, 17)
    assert [(one.row, one.field) for one in report.failed] == [
        (6, "Release schedule"),
        (12, "Produsen data"),
        (17, "Priority criterion"),
    ]
    message = report.failed[0].message
    for words in ("d.csv, row 6", "column Jadwal rilis", "31-13-2027 is no day", "Expected dates such as", "Mend it"):
        assert words in message


def test_second_import_changes_nothing_and_a_trial_writes_nothing():
    body = factories.Organization()["name"]
    content = table([good(number, body) for number in range(3)])
    assert len(imported(content, dry_run=True).created) == 3
    assert register.of_years(2027) == []
    imported(content)
    before = register.of_years(2027)
    again = imported(content)
    assert (len(again.skipped), again.created, again.failed) == (3, [], [])
    assert register.of_years(2027) == before


def test_data_or_number_that_stand_there_already_are_told_and_not_taken():
    body, other = factories.Organization()["name"], factories.Organization()["name"]
    imported(table([good(1, body)]))
    rows = [
        good(2, body, name="data  1"),
        good(1, body, name="Lain"),
        good(3, other, name="Data 1"),
        good(4, body),
        good(4, other),
    ]
    report = imported(table(rows))
    assert [(one.row, one.field) for one in report.failed] == [
        (2, "Name of the data"),
        (3, "Number in the data register"),
        (6, "Number in the data register"),
    ]
    assert "number DD-1" in report.failed[0].message and "row 5 of this file" in report.failed[2].message
    assert [one.name for one in report.created] == ["DD-3", "DD-4"]


def test_update_brings_an_entry_to_what_its_row_says():
    body = factories.Organization()["name"]
    imported(table([good(1, body)]))
    report = imported(table([good(1, body, number="dd-1", days="2027-05-31")]), update=True)
    assert len(report.updated) == 1
    (entry,) = register.of_years(2027)
    assert (entry.number, [day.isoformat() for day in entry.release_days]) == ("DD-1", ["2027-05-31"])


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "empty"),
        (table([]), "no entry"),
        (table([["1"]], ("Nomor daftar data",)), "Release schedule"),
        (table([["x"] * 7], (*HEADINGS, "Prioritass")), "Prioritass"),
        (b"PK\x03\x04 no zip", "damaged"),
    ],
)
def test_file_that_is_no_register_is_refused_as_a_whole(content, words):
    with pytest.raises(ImportFileError, match=words):
        imported(content)


def test_year_is_that_of_the_row_or_of_the_import():
    body = factories.Organization()["name"]
    rows = [["2027", *good(1, body)], ["2028", *good(2, body)], ["", *good(3, body)]]
    content = table(rows, ("Tahun", *HEADINGS))
    assert [one.row for one in imported(content).failed] == [3]
    failed = imported(content, year=None, dry_run=True).failed
    assert [(one.row, one.field) for one in failed] == [(3, "Release schedule"), (4, "Year")]


def test_command_line_takes_a_spreadsheet_and_gives_the_register_back(tmp_path):
    body = factories.Organization()["name"]
    day = in_days(0)[0].replace(year=2027, day=1)
    path = tmp_path / "d.xlsx"
    with xlsxwriter.Workbook(path, {"default_date_format": "dd/mm/yy"}) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, ["year", *HEADINGS])
        sheet.write_row(1, 0, [2027, 14, "Data", body, day, True, "RKP"])

    def run(*arguments):
        return CliRunner().invoke(cli.satudata, ["register", *arguments])

    done = run("import", str(path), "--json")
    assert done.exit_code == 0 and len(json.loads(done.output)["created"]) == 1
    (entry,) = register.of_years(2027)
    assert (entry.number, entry.release_days, entry.priority) == ("14", (day,), True)
    exported = run("export", "--year", "2027").output
    again = tmp_path / "e.csv"
    again.write_text(exported)
    assert "1 skipped, 0 refused" in run("import", str(again)).output
    assert run("export", "--year", "2031").exit_code == 1
    again.write_text(exported.replace("ya,RKP", "mungkin,RKP"))
    refused = run("import", str(again))
    assert refused.exit_code == 1 and "mungkin" in refused.output


def test_only_system_administrators_import():
    actors = cast()
    content = table([good(1, actors.organization["name"])])
    for role in ("anonymous", "outsider", "produsen", "walidata", "pembina"):
        with pytest.raises(tk.NotAuthorized):
            actors.act(role, "satudata_register_import", upload=upload(content), year="2027")
    assert register.years() == []
    report = actors.act("sysadmin", "satudata_register_import", upload=upload(content), year="2027")
    assert len(report["created"]) == 1
    for wrong in ({"upload": "x"}, {"upload": upload(content), "year": "x"}, {"upload": upload(b"x"), "year": 2027}):
        with pytest.raises(tk.ValidationError):
            actors.act("sysadmin", "satudata_register_import", **wrong)


def upload(content: bytes) -> FileStorage:
    return FileStorage(BytesIO(content), filename="d.csv")


def test_deadlines_come_from_the_register_before_ms_keg():
    actors = cast()
    plan(actors.organization, "27", release_days=in_days(-40, 20))
    registered = actors.at("produsen:submit", id_dds="27")
    alone = actors.at("produsen:submit", id_dds="28", viii_rencana_jadwal_rilis_produk_digital='["2031-02-10"]')
    found = {one["id"]: (one["release"], one["due"]) for one in work_of(actors, "walidata", "walidata")["datasets"]}
    release, due = (day.isoformat() for day in in_days(20, 13))
    assert found == {registered["id"]: (release, due), alone["id"]: ("2031-02-10", "2031-02-03")}
    review = actors.act("walidata", "satudata_review_show", id=registered["id"])
    assert (review["release"], review["due"]) == (release, due)


def test_dataset_takes_no_entry_of_another_organisation():
    actors = cast()
    plan(factories.Organization(), "DD-1", priority=True, criterion="RKP")
    dataset = actors.at("produsen:submit", id_dds="DD-1")
    review = actors.act("walidata", "satudata_review_show", id=dataset["id"])
    assert (review["release"], review["priority"]) == ("2031-02-10", False)


@pytest.mark.parametrize(("year", "turn"), [(0, "pembina"), (-1, None)], ids=["of this year", "of the year before"])
def test_priority_data_of_this_years_register_go_to_pembina_data(year, turn):
    actors = cast()
    entry_year = in_days(0)[0].year + year
    plan(actors.organization, "DD-1", year=entry_year, priority=True, criterion="RKP")
    dataset = actors.at("produsen:submit", "walidata:approve", id_dds='["DD-1", "DD-2"]')
    assert actors.act("sysadmin", "satudata_review_show", id=dataset["id"])["turn"] == turn


def test_what_is_planned_and_not_begun_is_on_the_list_of_its_produsen_data(monkeypatch):
    actors = cast()
    today = in_days(0)[0].replace(month=6, day=15)
    monkeypatch.setattr("ckanext.satudatapmi.catalogue.history.today", lambda: today)
    near, far, past = (today.replace(month=month, day=day) for month, day in ((6, 25), (8, 1), (3, 1)))
    plan(actors.organization, "near", release_days=(near,))
    plan(actors.organization, "far", release_days=(far,))
    plan(actors.organization, "late", release_days=(past, far))
    plan(actors.organization, "last year", year=today.year - 1, release_days=(near,))
    plan(actors.organization, "long ago", year=today.year - 1, release_days=(past.replace(year=today.year - 1),))
    plan(actors.organization, "Begun", release_days=(near,))
    plan(factories.Organization(), "of others", release_days=(near,))
    actors.dataset(id_dds="begun")
    planned = work_of(actors, "produsen", "produsen")["planned"]
    assert [(one["number"], one["overdue"]) for one in planned] == [("late", True), ("last year", True), ("near", True)]
    assert planned[0]["release"] == past.isoformat()
    assert work_of(actors, "walidata", "walidata")["planned"] == []
    assert "of others" in [one["number"] for one in work_of(actors, "sysadmin", "produsen")["planned"]]
    assert actors.act("outsider", "satudata_work_list") == []


def test_work_list_page_leads_to_the_form(app):
    actors = cast()
    plan(actors.organization, "DD-1", name="Penempatan <b>", year=in_days(0)[0].year, release_days=in_days(0))
    page = app.get("/tugas", headers=actors.headers("produsen")).body
    assert "Penempatan &lt;b&gt;" in page and f"/dataset/new?group={actors.organization['id']}" in page
