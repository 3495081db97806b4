"""Open Data Jabar, Open Data Jatim and Satu Data Jakarta: all datasets and all rows, whatever the service does."""

from __future__ import annotations

import doctest
import json
from dataclasses import replace

import pytest
import urllib3
from hypothesis import given
from hypothesis import strategies as st

from ckanext.satudatapmi.harvesters.addresses import AllowedHosts
from ckanext.satudatapmi.harvesters.datajson import CatalogueError
from ckanext.satudatapmi.harvesters.failures import FetchError
from ckanext.satudatapmi.harvesters.fetch import Fetcher
from ckanext.satudatapmi.harvesters.politeness import Manners
from ckanext.satudatapmi.harvesters.protocols import answers, bps_records, filters, jakarta, jatim
from ckanext.satudatapmi.harvesters.protocols.jabar import OpenDataJabar
from ckanext.satudatapmi.harvesters.protocols.jakarta import SatuDataJakarta
from ckanext.satudatapmi.harvesters.protocols.jatim import OpenDataJatim
from ckanext.satudatapmi.harvesters.session import PartnerSession
from tests.harvesters import servers
from tests.partners.api_partner import saying, web_page
from tests.partners.api_sessions import ApiSession, read_all, settings_of, table_of
from tests.partners.jabar_partner import JabarPartner
from tests.partners.jakarta_partner import JakartaPartner
from tests.partners.jatim_partner import JatimPartner
from tests.partners.sessions import LIMITS

ROWS = [
    {
        "kode_kabupaten_kota": 3201,
        "nama_kabupaten_kota": "KABUPATEN BOGOR",
        "jumlah": 5,
        "satuan": "ORANG",
        "tahun": 2023,
    },
    {
        "kode_kabupaten_kota": 3202,
        "nama_kabupaten_kota": "KABUPATEN SUKABUMI",
        "jumlah": 0,
        "satuan": "ORANG",
        "tahun": 2023,
    },
    {
        "kode_kabupaten_kota": 3203,
        "nama_kabupaten_kota": "KABUPATEN CIANJUR",
        "jumlah": None,
        "satuan": "ORANG",
        "tahun": 2024,
    },
]
TITLES = {1: "Jumlah pekerja migran", 2: "Jumlah pencari kerja", 3: "Kasus pekerja migran"}
SERVICES = {
    "jabar": (OpenDataJabar(), JabarPartner, "/bigdata/", "/data.json"),
    "jatim": (OpenDataJatim(), JatimPartner, "/cleaned-bigdata/", "/api/datasets"),
    "jakarta": (SatuDataJakarta(), JakartaPartner, "/get-table-data", "/search-v2"),
}


@pytest.fixture(params=SERVICES)
def service(request, partner):
    return Service(request.param, partner)


class Service:
    """A partner, its protocol and a session, and the parts of addresses by which it serves rows and its list."""

    def __init__(self, name, server):
        self.protocol, make, self.rows, self.list = SERVICES[name]
        self.name, self.partner, self.session = name, make(server), ApiSession(server.name)
        for number, title in TITLES.items():
            self.partner.add(number, title, ROWS)

    def source(self, **config):
        return settings_of(self.protocol, self.partner.url, **config)

    def read(self, token=None, **config):
        return read_all(self.protocol, self.source(**config), self.session, token=token)

    def table(self, record, **config):
        return table_of(self.protocol, self.source(**config), self.session, record)


def plain(rows):
    return [{key: row[key] for key in ROWS[0]} for row in rows]


def test_examples_in_docstrings_hold():
    assert doctest.testmod(filters).failed == 0


def test_all_datasets_come_with_all_rows(service):
    read = service.read(rows_at_once=2)
    assert {name: record["title"] for name, record in read.records.items()} == {str(n): t for n, t in TITLES.items()}
    assert (read.reading.whole, read.reading.problem, read.rejections) == (True, "", [])
    for record in read.records.values():
        assert plain(service.table(record, rows_at_once=2)) == ROWS
        assert record["figuresHash"]


def test_second_reading_tells_what_is_new_changed_and_gone(service):
    first = service.read()
    assert service.read().digests == first.digests
    service.partner.change(1, 0, jumlah=6)
    service.partner.remove(2)
    service.partner.add(4, "Remitansi", ROWS)
    second = service.read()
    assert second.changed_since(first) == {"1": "changed", "2": "gone", "4": "new"}
    service.partner.restore(2)
    assert service.read().digests["2"] == first.digests["2"]


def test_rows_are_not_fetched_where_the_date_of_the_partner_is_believed(service):
    service.partner.add(1, TITLES[1], ROWS, modified="2024-01-01")
    read = service.read(compare_rows=False, titles=[TITLES[1]])
    assert list(read.records) == ["1"] and "figuresHash" not in read.records["1"]
    assert not any(service.rows in path for path in service.partner.paths())


def test_titles_are_a_filter(service):
    assert sorted(service.read(titles=["PEKERJA MIGRAN"]).records) == ["1", "3"]


def test_refusal_says_what_to_do(service):
    service.partner.fail("", servers.status(403))
    with pytest.raises(FetchError, match="refuses us") as caught:
        service.read()
    assert caught.value.status == 403


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (web_page, "web page"),
        (saying({"success": False, "message": "dalam perbaikan"}), "dalam perbaikan"),
        (saying({"status": 500, "message": "galat"}), "galat"),
        (saying("apa ini"), "without a list|no catalogue"),
    ],
)
def test_error_with_status_200_is_told(service, answer, words):
    service.partner.fail(service.list, answer)
    with pytest.raises(CatalogueError, match=words):
        service.read()


def test_dataset_whose_rows_cannot_be_read_is_told_and_has_not_vanished(service):
    service.partner.fail(service.rows, servers.status(500), times=1)
    read = service.read()
    assert sorted(read.records) == ["2", "3"]
    assert read.reading.whole and read.reading.problem == ""
    assert [(one.place, str(one.identifier)) for one in read.rejections] == [(1, "1")]


def polite(service):
    """Read with the manners of a site, only without their waiting."""
    fetcher = Fetcher(AllowedHosts.of(["127.0.0.1"]), LIMITS)
    service.session = PartnerSession(fetcher, manners=replace(Manners(), pause=0.0, back_off=0.01))
    return service.read()


TABLES = {"jabar": ("/od_1_", "/od_2_"), "jatim": ("/jumlah-pekerja-migran", "/jumlah-pencari-kerja")}


@pytest.mark.parametrize("name", TABLES)
def test_neighbouring_tables_that_fail_cost_themselves_alone(partner, name):
    service = Service(name, partner)
    for table in TABLES[name]:
        service.partner.fail(table, servers.status(500))
    read = polite(service)
    assert (sorted(read.records), len(read.rejections), read.reading.problem) == (["3"], 2, "")


def test_next_tables_are_fetched_while_one_is_waited_for(service):
    for number in range(4, 9):
        service.partner.add(number, f"Tabel {number}", ROWS)
    counted = servers.Counted(service.partner.answer)
    service.partner.fail(service.rows, counted)
    read = polite(service)
    assert list(read.records) == [str(number) for number in range(1, 9)] and counted.most == 2


def test_host_that_fails_with_every_table_is_left_alone(partner):
    service = Service("jabar", partner)
    for number in range(4, 20):
        service.partner.add(number, f"Tabel {number}", ROWS[:1])
    service.partner.fail(service.rows, servers.status(500))
    with pytest.raises(FetchError, match="left alone"):
        polite(service)


@pytest.mark.parametrize("host", ["http://127.0.0.1:1", "http://10.0.0.1", "http://tidak-ada.invalid", "ftp://x.test"])
def test_link_to_a_dead_host_costs_one_table(partner, host):
    service = Service("jabar", partner)
    link = {"downloadURL": f"{host}/bigdata/dinas/od_2_x"}
    service.partner.add(2, TITLES[2], ROWS, distribution=[link])
    read = polite(service)
    assert sorted(read.records) == ["1", "3"] and [one.place for one in read.rejections] == [2]


@pytest.mark.parametrize("code", [401, 403, 451])
@pytest.mark.parametrize("name", TABLES)
def test_table_that_is_refused_costs_itself_alone(partner, name, code):
    service = Service(name, partner)
    service.partner.fail(TABLES[name][0], servers.status(code))
    assert sorted(polite(service).records) == ["2", "3"]


def test_rows_that_come_with_less_than_announced_are_not_taken(partner):
    service = Service("jabar", partner)
    service.partner.total = True
    record = service.read().records["1"]
    service.partner.fail("skip=2", saying({"error": 0, "data": []}))
    with pytest.raises(CatalogueError, match="there is more"):
        service.table(record)
    read = service.read()
    assert (read.records, len(read.rejections), read.reading.whole) == ({}, 3, True)


@pytest.mark.parametrize("said", [{"error": 1, "data": []}, {"error": True, "data": {}}, {"error": "galat"}])
def test_error_beside_an_empty_list_is_an_error(partner, said):
    service = Service("jabar", partner)
    service.partner.fail("/od_1_", saying({"message": "gagal mengambil", **said}))
    read = service.read()
    assert sorted(read.records) == ["2", "3"] and "gagal mengambil" in read.rejections[0][1]


@pytest.mark.parametrize("error", [0, "0", "false", "", None])
def test_no_error_is_no_error(partner, error):
    service = Service("jatim", partner)
    service.partner.fail("/jumlah-pencari-kerja", saying({"error": error, "message": "success", "data": []}))
    assert sorted(service.read().records) == ["1", "2", "3"]


@pytest.mark.parametrize("name", ["jatim", "jakarta"])
def test_list_without_a_dataset_is_an_error_with_what_the_service_says(partner, name):
    service = Service(name, partner)
    service.partner.fail(service.list, saying({"message": "Token expired", "data": None}))
    with pytest.raises(CatalogueError, match="Token expired") as caught:
        service.read()
    assert caught.value.kind == "empty_catalogue"


def test_wrong_charset_does_no_harm(service):
    service.partner.content_type = "application/json; charset=iso-8859-1"
    service.partner.add(1, "Angka – José", ROWS)
    assert service.read().records["1"]["title"] == "Angka – José"


def test_redirect_is_followed(partner):
    service = Service("jatim", partner)
    service.partner.fail("/lama", lambda handler: servers.redirect(handler.path.replace("/lama", ""))(handler))
    read = read_all(service.protocol, settings_of(service.protocol, partner.url + "/lama"), service.session)
    assert len(read.records) == 3


def test_partner_that_keeps_plain_clients_out_lets_us_in(partner):
    service = Service("jabar", partner)
    answer = urllib3.request("GET", service.partner.url, retries=False)
    assert (answer.status, len(service.read().records)) == (403, 3)


@pytest.mark.parametrize("name", ["jabar", "jakarta"])
@pytest.mark.parametrize("fault", [servers.asks_to_wait("1"), servers.silence(2.5)])
def test_partner_that_is_busy_or_slow_for_a_moment_is_read_whole(partner, name, fault):
    service = Service(name, partner)
    service.partner.fail(service.list, fault, times=1)
    service.partner.fail(service.rows, fault, times=1)
    read = polite(service)
    assert (len(read.records), read.rejections, read.reading.problem) == (3, [], "")


def test_list_that_breaks_off_is_told_and_resumed(partner):
    service = Service("jatim", partner)
    service.partner.fail("/api/datasets?page=2", servers.cut_off)
    first = service.read()
    assert sorted(first.records) == ["1", "2"] and "broke off" in first.reading.problem
    service.partner.mend()
    rest = service.read(token=json.loads(json.dumps(first.pages[-1].token)))
    assert list(rest.records) == ["3"] and rest.reading.problem == ""


def test_empty_page_in_the_middle_is_no_end(partner):
    service = Service("jatim", partner)
    for number in (4, 5):
        service.partner.add(number, f"Tabel {number}", ROWS[:1])
    service.partner.fail("/api/datasets?page=2", saying({"message": "success", "data": []}))
    read = service.read()
    assert sorted(read.records) == ["1", "2"] and "nothing new" in read.reading.problem


def test_list_of_many_pages_is_resumed(partner):
    for name in ("jabar", "jakarta"):
        service = Service(name, partner)
        for number in range(4, 121):
            service.partner.add(number, f"Tabel {number}", ROWS[:1], modified="2024-01-01")
        first = service.read(compare_rows=False)
        assert len(first.records) == 120 and first.reading.announced == 120
        rest = service.read(token=first.pages[0].token, compare_rows=False)
        assert [record["title"] for record in rest.records.values()] == [
            record["title"] for record in list(first.records.values())[-len(rest.records) :]
        ]


def test_service_that_gives_fewer_datasets_than_asked_is_read_to_its_end(partner):
    service = Service("jakarta", partner)
    service.partner.most = 50
    for number in range(4, 121):
        service.partner.add(number, f"Tabel {number}", ROWS[:1], modified="2024-01-01")
    read = service.read(compare_rows=False)
    assert (len(read.records), read.reading.announced, read.reading.problem) == (120, 120, "")
    rest = service.read(token=json.loads(json.dumps(read.pages[0].token)), compare_rows=False)
    assert len(rest.records) == 70


def test_server_that_gives_the_same_rows_again_and_again_is_read_once(partner):
    service = Service("jabar", partner)
    service.partner.fail(service.rows, saying({"data": ROWS}))
    read = service.read()
    assert plain(service.table(read.records["1"])) == ROWS


def test_jabar_takes_tables_by_name_and_rows_by_condition(partner):
    service = Service("jabar", partner)
    config = {"tables": ["dinas-tenaga-kerja/od_1_jumlah_pekerja_migran"], "where": {"tahun": [2024]}}
    source = settings_of(service.protocol, service.partner.tables_url, **config)
    ((name, record),) = read_all(service.protocol, source, service.session).records.items()
    assert (name, record["title"]) == (config["tables"][0], "Jumlah pekerja migran")
    assert table_of(service.protocol, source, service.session, record) == ROWS[2:]


def test_records_hold_no_password_of_the_address_and_figures_are_fetched_with_it(service):
    config, url = {}, service.partner.url
    if service.name == "jabar":
        config, url = {"tables": ["dinas-tenaga-kerja/od_1_jumlah_pekerja_migran"]}, service.partner.tables_url
    source = settings_of(service.protocol, url.replace("://", "://orang:s3cret@"), **config)
    records = read_all(service.protocol, source, service.session).records
    assert records and "s3cret" not in json.dumps(records)
    seen = len(service.session.fetched)
    assert plain(table_of(service.protocol, source, service.session, next(iter(records.values())))) == ROWS
    assert all("orang:s3cret@" in url for url, _unchanged in service.session.fetched[seen:])


def test_total_spares_a_request(partner):
    service = Service("jabar", partner)
    service.partner.most, service.partner.total = 1000, True
    service.read()
    assert len([path for path in service.partner.paths() if service.rows in path]) == 3


def test_envelopes_are_seen_through():
    for value in ({"data": ROWS}, {"result": {"items": ROWS}}, {"data": {"data": ROWS, "total": 3}}, ROWS):
        assert answers.rows_in(value, "x") == ROWS
    assert answers.rows_in({"data": ""}, "x") == []
    assert answers.total_in({"data": {"rows": [], "meta": {"total": "12"}}}) == 12
    assert answers.pages_in({"pagination": {"total_page": 7}}) == 7


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from(["name", "slug", "data"]), inner),
    max_leaves=4,
)
KEYS = ["id", "slug", "title", "judul", "opd", "tags", "modified", "satuan", "komponen_data_table", "var_id", "excel"]


@given(st.dictionaries(st.sampled_from(KEYS), JSON_VALUES))
def test_any_entry_gives_a_record_or_says_why_not(item):
    source = settings_of(OpenDataJatim(), "https://contoh.go.id")
    makers = [lambda: jatim.record_of(source, item), lambda: jakarta.record_of(source, item)]
    makers += [lambda make=make: make(item, "0000", "https://contoh.go.id/x") for make in bps_records.RECORDS.values()]
    for make in makers:
        try:
            record = make()
        except ValueError as error:
            assert "Ask" in str(error)
        else:
            assert isinstance(record["title"], str) and isinstance(record["distribution"], list)


@given(JSON_VALUES)
def test_any_answer_has_rows_or_is_refused_in_words(value):
    try:
        assert isinstance(answers.rows_in(value, "x"), list)
    except CatalogueError as error:
        assert "without a list" in error.message
