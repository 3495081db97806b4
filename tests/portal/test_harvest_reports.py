"""The report of a harvest: what a publisher can act on, who may read it, and what the public is told instead."""

from __future__ import annotations

import csv
import io
import json

import ckan.plugins.toolkit as tk
import pytest
from ckan.tests import factories

from ckanext.satudatapmi.harvesters.report_files import report_csv
from tests.harvesters.conftest import site_context
from tests.portal.operators import headers_of, operated, record

pytestmark = [pytest.mark.usefixtures("portal"), pytest.mark.slow]
BAD = "bukan-tanggal-rahasia"


@pytest.fixture
def faulty(partner, harvest_of):
    """A source whose second harvest met every kind of fault."""
    source = operated(partner, harvest_of)
    source.serve(record("a"), record("b", issued=BAD), {"description": "isi rekaman"}, record("d"))
    source.job = source.harvest.run()["job"]
    return source


def show(user, source):
    return tk.get_action("satudata_source_show")({"user": user, "ignore_auth": False}, {"id": source.harvest.name})


def test_report_names_record_field_value_and_what_to_do(app, faulty):
    address = f"{faulty.page}/laporan/{faulty.job}"
    page = app.get(address, headers=faulty.headers()).body
    assert BAD in page and "isi rekaman" in page
    lines = list(csv.DictReader(io.StringIO(app.get(f"{address}.csv", headers=faulty.headers()).body)))
    by_record = {line["record"]: line for line in lines}
    assert (by_record["2"]["field"], by_record["2"]["value"], by_record["2"]["records"]) == ("issued", BAD, "1")
    assert by_record["3"]["expected"] and by_record["3"]["what_to_do"]
    report = json.loads(app.get(f"{address}.json", headers=faulty.headers()).body)
    assert report == tk.get_action("satudata_harvest_report")(site_context(), {"id": faulty.job})
    assert report["faults"][0]["kind"] == "date_unreadable"


def test_report_is_for_those_who_manage_the_source(app, faulty):
    for suffix in ("", ".csv", ".json"):
        address = f"{faulty.page}/laporan/{faulty.job}{suffix}"
        assert app.get(address, expect_errors=True).status_code == 403
        assert app.get(address, headers=headers_of(factories.User()["name"]), expect_errors=True).status_code == 403
        other = address.replace(faulty.harvest.name, "lain")
        assert app.get(other, headers=faulty.headers(), expect_errors=True).status_code == 404


def test_public_reads_faults_without_what_records_hold(app, faulty):
    shown = show("", faulty)
    told = json.dumps(shown["errors"])
    assert BAD not in told and "isi rekaman" not in told and shown["errors"]["items"] == []
    assert [group["count"] for group in shown["errors"]["groups"]] == [1, 1, 1]
    assert BAD not in app.get(faulty.page).body
    assert BAD in json.dumps(show(faulty.operator, faulty)["errors"])


def test_history_counts_what_became_of_datasets(faulty, monkeypatch):
    monkeypatch.setitem(tk.config, "ckanext.satudatapmi.harvest.grace_days", 7)
    faulty.serve(record("a"), record("b"), record("e", accessLevel="public"))
    faulty.harvest.run()
    faulty.serve(record("a"), record("b"), record("c"), record("d"))
    faulty.harvest.run()
    back, gone, *_before = show("", faulty)["harvests"]
    assert (gone["added"], gone["vanished"], gone["deleted"], gone["outcome"]) == (1, 2, 0, "ok")
    assert (back["returned"], back["vanished"], back["outcome"]) == (2, 1, "ok")
    assert back["seconds"] >= 0


def test_formulas_of_partners_stay_text():
    fault = {"kind": "date_unreadable", "field": "issued", "count": 9, "examples": [{"number": 4, "value": "=1+1"}]}
    empty = {"error": "", "not_done": 0, "rejections": [], "failures": []}
    (line,) = csv.DictReader(io.StringIO(report_csv(empty | {"faults": [fault]})))
    assert (line["value"], line["records"]) == ("'=1+1", "9")
