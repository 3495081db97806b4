"""Every protocol from its partner's server to catalogue, DataStore and search: twice, and through every change."""

from __future__ import annotations

import pytest

from tests.harvesters import servers
from tests.harvesters.conftest import site_context
from tests.partners.every import EVERY
from tests.partners.files_partner import FilesPartner, as_csv, as_xlsx, as_zip


@pytest.fixture(params=EVERY)
def line(request, partner, harvest_of):
    """A partner with its first datasets, and its source."""
    each = EVERY[request.param](partner)
    for number in (1,) if each.single else (1, 2, 3):
        each.add(number)
    return Line(each, harvest_of(each.url, each.type, each.config))


class Line:
    """A partner and its source."""

    def __init__(self, each, harvest) -> None:
        self.each, self.harvest = each, harvest

    def run(self):
        report = self.harvest.run()
        assert (self.harvest.errors(), report["status"]) == ([], "Finished")
        return {name: report[name] for name in ("created", "updated", "deleted") if report[name]}

    def shown(self):
        """Return the datasets by their titles."""
        datasets = list(self.harvest.datasets().values())
        by_title = {dataset["title"]: dataset for dataset in datasets}
        assert len(by_title) == len(datasets)
        return by_title

    def check(self):
        """Compare the catalogue, its tables and the search index with the partner."""
        each, shown = self.each, self.shown()
        assert shown.keys() == each.titles() == found_titles(self.harvest.name)
        for number in each.there:
            dataset = shown[each.title(number)]
            assert each.told(number) in dataset["title"] + dataset["notes"]
            assert dataset["resources"]
            if each.figures:
                (table,) = (one for one in dataset["resources"] if one["datastore_active"])
                assert rows_of(table["id"], each.figures) == each.rows(number)

    def state(self):
        """Return all that a run which finds nothing new must leave alone."""
        from ckanext.harvest.model import HarvestObject

        shown = self.shown()
        tables = {
            one["id"]: where_rows_lie(one["id"])
            for dataset in shown.values()
            for one in dataset["resources"]
            if one["datastore_active"]
        }
        objects = HarvestObject.filter(harvest_source_id=self.harvest.source_id).count()
        return shown, tables, objects

    def requests(self):
        return len(self.each.server.requests)


def found_titles(organization):
    import ckan.plugins.toolkit as tk

    query = {"fq": f"organization:{organization} +dataset_type:dataset", "rows": 100}
    return {one["title"] for one in tk.get_action("package_search")(site_context(), query)["results"]}


def rows_of(resource_id, columns):
    rows = in_datastore(f'SELECT {", ".join(f"{chr(34)}{one}{chr(34)}" for one in columns)} FROM "{resource_id}"')
    assert len(set(rows)) == len(rows)
    return set(rows)


def where_rows_lie(resource_id):
    return in_datastore(f'SELECT ctid, xmin::text, * FROM "{resource_id}" ORDER BY _id')


def in_datastore(statement):
    import sqlalchemy as sa
    from ckanext.datastore.backend.postgres import get_write_engine

    with get_write_engine().connect() as connection:
        return [tuple(row) for row in connection.execute(sa.text(statement))]


def test_every_protocol_has_a_partner(with_plugins):
    from ckanext.satudatapmi.harvesters import base

    assert set(base.pipeline_types()) == EVERY.keys()


def test_protocol_brings_all_once_and_follows_every_change(line, monkeypatch):
    import ckan.plugins.toolkit as tk

    each = line.each
    assert line.run() == {"created": len(each.there)}
    line.check()

    before, asked = line.state(), line.requests()
    assert line.run() == {}
    assert line.state() == before
    assert line.requests() - asked == each.quiet_requests

    if each.figures:
        each.change_figures(1)
        assert line.run() == {"updated": 1}
        line.check()
    if each.single:
        return

    each.change(2)
    each.add(4)
    each.remove(3)
    gone = next(id_ for id_ in before[0].values() if id_["title"].startswith("Data 3"))
    assert line.run() == {"created": 1, "updated": 1, "deleted": 1}
    line.check()

    each.restore(3)
    assert len(line.run()) == 1
    line.check()
    assert line.shown()[each.title(3)]["id"] == gone["id"]

    monkeypatch.setitem(tk.config, "ckanext.satudatapmi.harvest.grace_days", 7)
    each.remove(3)
    assert line.run() == {}
    assert vanished(gone["id"]) and gone["title"] in line.shown()
    each.restore(3)
    assert line.run() == {}
    assert not vanished(gone["id"])
    line.check()


def vanished(dataset_id):
    from ckanext.satudatapmi.harvesters import ledger

    return ledger.vanished_since(dataset_id) is not None


def test_published_table_that_is_gone_is_kept(partner, harvest_of):
    each = EVERY["published_table"](partner)
    each.add(1)
    harvest = harvest_of(each.url, each.type, each.config)
    harvest.run()
    each.remove(1)
    report = harvest.run()
    assert report["deleted"] == 0 and "404" in harvest.errors()[0]
    assert [dataset["title"] for dataset in harvest.datasets().values()] == ["Sumber contoh"]


@pytest.mark.parametrize(
    ("kind", "spoil"),
    [
        ("published_files", lambda each, number: each.service.fail(f"/{number}.csv", servers.status(404))),
        ("bps_webapi", lambda each, number: each.service.fail(f"/var/{number}/", servers.status(500))),
        ("sdmx", lambda each, number: each.service.fail(f"/data/ILO,DF_{number}", servers.status(500))),
        ("opendata_jabar", lambda each, number: each.service.fail(f"/od_{number}_", servers.status(404))),
        ("satudata_csw", lambda each, number: each.service.bare.add(each.ids[number])),
    ],
)
def test_record_that_stays_bad_costs_itself_and_others_may_vanish(partner, harvest_of, monkeypatch, kind, spoil):
    import ckan.plugins.toolkit as tk

    each = EVERY[kind](partner)
    for number in (1, 2, 3):
        each.add(number)
    line = Line(each, harvest_of(each.url, each.type, each.config))
    line.run()
    kept = [each.title(1), each.title(2)]
    spoil(each, 2)
    each.remove(3)
    for deleted in (1, 0):
        report = line.harvest.run()
        assert (report["rejected"], report["held_back"], report["deleted"]) == (1, 0, deleted)
        assert sorted(line.shown()) == kept
    monkeypatch.setitem(tk.config, "ckanext.satudatapmi.harvest.grace_days", 7)
    each.remove(1)
    assert line.harvest.run()["vanished"] == 1
    each.restore(1)
    spoil(each, 1)
    monkeypatch.setitem(tk.config, "ckanext.satudatapmi.harvest.grace_days", 0)
    report = line.harvest.run()
    assert (report["rejected"], report["deleted"], sorted(line.shown())) == (2, 0, kept)


def test_archive_that_is_gone_keeps_the_datasets_of_its_files(partner, harvest_of):
    office = FilesPartner(partner)
    table = as_csv([["daerah", "jumlah"], ["Bogor", "1"]])
    office.add("a.zip", as_zip(satu_csv=table, dua_csv=table))
    office.add("b.csv", table)
    office.add("c.csv", table)
    harvest = harvest_of(office.folder, "published_files")
    assert harvest.run()["created"] == 4
    office.fail("a.zip", servers.status(404))
    office.remove("b.csv")
    assert harvest.run()["deleted"] == 1
    assert len(harvest.datasets()) == 3 and "b" not in {one["title"] for one in harvest.datasets().values()}


def test_records_with_one_identifier_all_stay_while_one_of_them_is_bad(partner, harvest_of):
    each = EVERY["opendata_jabar"](partner)
    for number in (1, 2, 3):
        each.add(number)
    for number in (1, 2):
        each.service.datasets[number]["identifier"] = "sama"
    line = Line(each, harvest_of(each.url, each.type))
    assert line.harvest.run()["created"] == 3
    for bad, gone in ((1, 2), (2, 1)):
        each.service.fail(f"/od_{bad}_", servers.status(404))
        each.remove(gone)
        assert line.harvest.run()["deleted"] == 0 and len(found_titles(line.harvest.name)) == 3
        each.restore(gone)
        each.service.mend()
    each.service.fail("/od_1_", servers.status(404))
    each.remove(3)
    assert line.harvest.run()["deleted"] == 1
    assert found_titles(line.harvest.name) == {each.title(1), each.title(2)}


@pytest.mark.parametrize("mapping", ["the same", "another"])
def test_dataset_that_moves_to_another_page_stays_one(partner, harvest_of, monkeypatch, mapping):
    from ckanext.satudatapmi.harvesters import gathering

    each = EVERY["satudata_dcat"](partner)
    each.service.page_size = 1
    for number in (1, 2, 3):
        each.add(number)
    line = Line(each, harvest_of(each.url, each.type))
    line.run()
    ids = {title: one["id"] for title, one in line.shown().items()}
    each.remove(1)
    each.restore(1)
    if mapping == "another":
        monkeypatch.setattr(gathering, "MAPPING_VERSION", "another")
    assert line.run() == {}
    assert {title: one["id"] for title, one in line.shown().items()} == ids


def test_stop_between_a_dataset_and_its_figures_leaves_nothing_open(province, monkeypatch):
    from ckanext.harvest.model import HarvestObject

    from ckanext.satudatapmi.harvesters import partner_tables
    from ckanext.satudatapmi.harvesters.leases import Stopped

    with monkeypatch.context() as patch:
        patch.setattr(partner_tables, "tidy_of", raising(Stopped("admin")))
        province.harvest.run()
    assert "Stopped by admin" in province.harvest.errors()[0]
    assert {one.state for one in HarvestObject.filter(harvest_source_id=province.harvest.source_id)} == {"COMPLETE"}
    assert found_titles(province.harvest.name) == province.each.titles()
    province.run()
    province.check()


def test_dataset_that_could_not_leave_the_index_leaves_it_with_the_next_harvest(partner, harvest_of, monkeypatch):
    from ckan.lib.search import SearchIndexError, index

    each = EVERY["data_json"](partner)
    for number in (1, 2):
        each.add(number)
    line = Line(each, harvest_of(each.url, each.type))
    line.run()
    each.remove(1)
    with monkeypatch.context() as patch:
        patch.setattr(index, "make_connection", raising(SearchIndexError("no connection")))
        line.harvest.run()
    assert "no connection" in line.harvest.errors()[0]
    assert line.run() == {"deleted": 1}
    line.check()


def test_dataset_that_vanishes_before_it_was_indexed_is_found_in_its_days_of_grace(partner, harvest_of, monkeypatch):
    from ckanext.satudatapmi.harvesters.bulk import documents

    each = EVERY["data_json"](partner)
    for number in (1, 2):
        each.add(number)
    line = Line(each, harvest_of(each.url, each.type, {"policy": {"grace_days": 7}}))
    with monkeypatch.context() as patch:
        patch.setattr(documents, "make_connection", raising(OSError("no connection")))
        line.harvest.run()
        each.remove(1)
        line.harvest.run()
    assert found_titles(line.harvest.name) == set()
    line.run()
    assert found_titles(line.harvest.name) == {"Data 1", "Data 2"}
    assert vanished(line.shown()["Data 1"]["id"]) and not vanished(line.shown()["Data 2"]["id"])


class Died(BaseException):
    """Stands for `kill -9`: nothing of the worker's own catches it."""


@pytest.fixture
def province(partner, harvest_of):
    each = EVERY["opendata_jatim"](partner)
    for number in (1, 2):
        each.add(number)
    return Line(each, harvest_of(each.url, each.type))


def test_figures_that_failed_come_with_the_next_harvest_though_nothing_changed(province, monkeypatch):
    from ckanext.satudatapmi.harvesters import partner_tables

    with monkeypatch.context() as patch:
        patch.setattr(partner_tables, "tidy_of", raising(ValueError("no such column")))
        assert province.harvest.run()["failed"] == 2
    province.run()
    province.check()


@pytest.mark.parametrize(
    ("kind", "empty"),
    [
        ("opendata_jatim", lambda partner: partner.rows[partner.datasets[1]["slug"]].clear()),
        ("bps_webapi", lambda partner: partner.figures[1]["values"].clear()),
        ("sdmx", lambda partner: partner.figures["DF_1"].clear()),
        ("published_files", lambda partner: partner.change("1.csv", as_csv([["daerah", "jumlah"]]))),
    ],
)
def test_figures_that_the_partner_took_away_go_here_too(partner, harvest_of, kind, empty):
    each = EVERY[kind](partner)
    for number in (1, 2):
        each.add(number)
    line = Line(each, harvest_of(each.url, each.type, each.config))
    line.run()
    empty(each.service)
    line.run()
    shown = line.shown()
    (emptied,), (kept,) = (shown[each.title(number)]["resources"] for number in (1, 2))
    assert emptied["datastore_active"] and in_datastore(f'SELECT * FROM "{emptied["id"]}"') == []
    assert rows_of(kept["id"], each.figures) == each.rows(2)
    before = line.state()
    assert line.run() == {} and line.state() == before


def test_figures_that_a_dead_worker_left_are_brought_by_the_next_one(province, monkeypatch):
    from ckanext.satudatapmi.harvesters import partner_tables

    with monkeypatch.context() as patch, pytest.raises(Died):
        patch.setattr(partner_tables, "tidy_of", raising(Died()))
        province.harvest.run()
    assert province.harvest.work(job_of(province.harvest).id)["created"] == 2
    province.check()


def test_figures_that_no_worker_survives_end_with_words(province, monkeypatch):
    from ckanext.satudatapmi.harvesters import partner_tables, working

    with monkeypatch.context() as patch:
        patch.setattr(partner_tables, "tidy_of", raising(Died()))
        with pytest.raises(Died):
            province.harvest.run()
        for _worker in range(20):
            try:
                province.harvest.work(job_of(province.harvest).id)
                break
            except Died:
                continue
    assert len(province.harvest.errors()) == 2 and f"{working.TRIES} workers" in province.harvest.errors()[0]
    province.run()
    province.check()


def change_resources(dataset, resources):
    import ckan.plugins.toolkit as tk

    tk.get_action("package_patch")(site_context(), {"id": dataset["id"], "resources": resources})


def test_figures_find_their_file_though_others_were_removed_and_added_here(partner, harvest_of):
    each = EVERY["opendata_jabar"](partner)
    each.add(1)
    record = each.service.datasets[1]
    record["distribution"] = [{}, *record["distribution"]]
    line = Line(each, harvest_of(each.url, each.type))
    line.run()
    (dataset,) = line.shown().values()
    _page, table = dataset["resources"]
    ours = {"name": "berkas kami", "url": "https://kami.go.id/x.pdf", "format": "PDF"}
    change_resources(dataset, [table, ours])
    each.change_figures(1)
    assert line.run() == {"updated": 1}
    assert rows_of(table["id"], each.figures) == each.rows(1)
    line.check()


def test_sheet_that_was_removed_here_gives_its_rows_to_no_other(partner, harvest_of):
    office = FilesPartner(partner)
    sheets = {name: [["daerah", "jumlah"], [name, "1"], ["Bogor", "2"]] for name in ("Satu", "Dua", "Tiga")}
    office.add("a.xlsx", as_xlsx(**sheets))
    harvest = harvest_of(office.folder, "published_files")
    harvest.run()
    (dataset,) = harvest.datasets().values()
    _one, two, three = dataset["resources"]
    change_resources(dataset, [{**two, "name": "Nama kami"}, three])
    sheets["Tiga"].append(["Cianjur", "3"])
    office.change("a.xlsx", as_xlsx(**sheets))
    assert harvest.run()["failed"] == 0
    (dataset,) = harvest.datasets().values()
    assert [one["name"] for one in dataset["resources"]] == ["Nama kami", three["name"]]
    columns = ("daerah", "jumlah")
    assert rows_of(two["id"], columns) == {("Dua", "1"), ("Bogor", "2")}
    assert rows_of(three["id"], columns) == {("Tiga", "1"), ("Bogor", "2"), ("Cianjur", "3")}


def test_figures_without_a_file_are_told(province, monkeypatch):
    from ckanext.satudatapmi.harvesters import datajson

    monkeypatch.setattr(datajson, "taken_places", lambda _value: [])
    assert province.harvest.run()["failed"] == 2
    assert "no file for them" in province.harvest.errors()[0]


def raising(error):
    def fail(*_arguments, **_more):
        raise error

    return fail


def job_of(harvest):
    import ckan.model as model
    from ckanext.harvest.model import HarvestJob

    model.Session.remove()
    return HarvestJob.filter(source_id=harvest.source_id).one()
