"""CSW 2.0.2 at /csw, read by the clients that others use: what is in it, page by page, and what an error looks like."""

from __future__ import annotations

import gzip
from http.client import HTTPConnection
from urllib.parse import quote, urlsplit

import pytest
import requests
import sqlalchemy as sa
from ckan import model
from ckan.tests import factories
from lxml import etree
from owslib.catalogue.csw2 import CatalogueServiceWeb
from owslib.fes import BBox, PropertyIsEqualTo, PropertyIsLike, SortBy, SortProperty
from owslib.ows import ExceptionReport

from ckanext.satudatapmi.catalogue import reviews
from ckanext.satudatapmi.publication import csw as csw_pages
from ckanext.satudatapmi.publication import iso_records
from ckanext.satudatapmi.reference import extents
from tests.publication.datasets import FULL, act, make, make_hidden

pytestmark = [pytest.mark.usefixtures("portal"), pytest.mark.slow]
GMD = "http://www.isotc211.org/2005/gmd"


@pytest.fixture
def csw(pycsw, ckan_config, monkeypatch):
    """The address of /csw, on a site whose pycsw runs."""
    monkeypatch.setitem(ckan_config, "ckanext.satudatapmi.csw.url", pycsw.url)
    return f"{pycsw.site_url}/csw"


@pytest.fixture(autouse=True)
def remembers_nothing():
    """Between tests the portal is emptied past the triggers, so that no change tells of it."""
    csw_pages._ready.clear()


def turned(client, size=10, **question):
    """Return the identifiers of all records, page by page, as ckanext-spatial turns pages: it counts from 0."""
    found, start = [], 0
    while True:
        client.getrecords2(esn="brief", startposition=start, maxrecords=size, **question)
        found += client.records
        start += size
        if start > client.results["matches"]:
            return found


def test_capabilities_name_the_public_address(csw):
    make()
    client = CatalogueServiceWeb(csw)
    assert client.version == "2.0.2"
    assert {method["url"] for one in client.operations for method in one.methods} == {csw}
    assert GMD in client.get_operation_by_name("GetRecords").parameters["outputSchema"]["values"]


def test_record_says_in_iso_19139_what_the_dataset_says(csw):
    dataset = make(**FULL)
    client = CatalogueServiceWeb(csw)
    client.getrecordbyid([dataset["id"]], outputschema=GMD)
    found = client.records[dataset["id"]]
    about = found.identification[0]
    assert (about.title, about.abstract) == (FULL["title"], FULL["notes"])
    assert (found.hierarchy, found.languagecode, found.datetimestamp[:4]) == ("dataset", "ind", "2026")
    assert [party.organization for party in found.contact] == ["Bidang Penempatan"]
    assert [party.email for party in found.contact] == ["data@dinas.example.go.id"]
    assert {date.date: date.type for date in about.date} == {"2024-01-10": "publication", "2024-02-10": "revision"}
    box, province = about.bbox, extents.box_of("35")
    sides = (box.minx, box.miny, box.maxx, box.maxy)
    assert sides == tuple(str(side) for side in (province.west, province.south, province.east, province.north))
    assert (about.temporalextent_start, about.temporalextent_end) == ("2023-01-01", "2023-12-31")
    assert about.uselimitation == ["https://creativecommons.org/licenses/by/4.0/", "cc-by"]
    assert about.otherconstraints == ["terbuka"]
    assert [one.url for one in found.distribution.online] == [
        quote(one["url"], safe=":/?&=") for one in FULL["resources"]
    ]


def test_record_says_in_dublin_core_what_the_dataset_says(csw):
    dataset = make(**FULL)
    client = CatalogueServiceWeb(csw)
    client.getrecordbyid([dataset["id"]])
    found = client.records[dataset["id"]]
    assert (found.title, found.abstract, found.publisher) == (FULL["title"], FULL["notes"], "Bidang Penempatan")
    assert set(found.subjects) >= {"penempatan", "pekerja migran"}
    assert [one["url"] for one in found.references] == [quote(one["url"], safe=":/?&=") for one in FULL["resources"]]
    assert found.rights == ["https://creativecommons.org/licenses/by/4.0/"]


def test_every_client_meets_every_dataset_once_whatever_the_order(csw):
    owner = factories.Organization()["id"]
    made = sorted(make(owner_org=owner, title="Judul yang sama")["id"] for _ in range(13))
    client = CatalogueServiceWeb(csw)
    for order in (None, "dc:title", "dc:identifier"):
        question = {"sortby": SortBy([SortProperty(order)])} if order else {}
        found = turned(client, size=4, **question)
        # The last of the first page comes again: the client began to count at 0.
        assert found == [*made[:4], *made[3:]]


def test_constraints_are_answered(csw):
    java = make(title="Penempatan dari Jawa", spatial="35", tags=[{"name": "penempatan"}])["id"]
    papua = make(title="Penempatan dari Papua", spatial="91")["id"]
    make(title="Tanpa wilayah")
    client = CatalogueServiceWeb(csw)
    questions = {
        (java, papua): PropertyIsLike("dc:title", "Penempatan%"),
        (java,): PropertyIsEqualTo("dc:subject", "penempatan"),
        (papua,): BBox([138, -5, 139, -4], crs="urn:ogc:def:crs:OGC:1.3:CRS84"),
        (): BBox([0, 50, 10, 60], crs="urn:ogc:def:crs:OGC:1.3:CRS84"),
    }
    for expected, constraint in questions.items():
        client.getrecords2(constraints=[constraint], typenames="csw:Record", outputschema=GMD, esn="full")
        assert set(client.records) == set(expected), constraint
        assert client.results["matches"] == len(expected)
    client.getrecords2(cql="csw:AnyText like '%Tanpa%'")
    assert [one.title for one in client.records.values()] == ["Tanpa wilayah"]


def shown(csw):
    client = CatalogueServiceWeb(csw)
    return set(turned(client, size=50))


def test_edit_is_seen_at_once_and_what_is_hidden_never(csw):
    owner = factories.Organization(title="Dinas lama")["id"]
    dataset = make(owner_org=owner, **FULL)
    other = make(owner_org=owner)["id"]
    hidden = make_hidden(owner)
    assert shown(csw) == {dataset["id"], other}
    for identifier in hidden.values():
        text = requests.get(csw, {**BY_ID, "id": identifier}, timeout=60).text
        assert "MD_Metadata" not in text
    act("package_patch", id=dataset["id"], title="Judul baru")
    assert titled(csw, dataset["id"]) == "Judul baru"
    act("package_patch", id=dataset["id"], private=True)
    assert shown(csw) == {other}
    act("package_patch", id=dataset["id"], private=False)
    assert shown(csw) == {dataset["id"], other}
    act("package_delete", id=dataset["id"])
    assert shown(csw) == {other}


BY_ID = {
    "service": "CSW",
    "version": "2.0.2",
    "request": "GetRecordById",
    "outputSchema": GMD,
    "elementSetName": "full",
}


def titled(csw, identifier):
    client = CatalogueServiceWeb(csw)
    client.getrecordbyid([identifier], outputschema=GMD)
    return client.records[identifier].identification[0].title


def test_view_shows_what_is_public_and_the_records_of_others_are_forgotten():
    owner = factories.Organization()["id"]
    made, waiting, private = (make(owner_org=owner)["id"] for _ in range(3))
    iso_records.renew()
    row = {"package_id": waiting, "state": "in_review", "turn": "walidata", "published": False}
    model.Session.execute(sa.insert(reviews.REVIEW).values(row))
    model.Session.commit()
    act("package_patch", id=private, private=True)
    assert recorded() == [made]
    # A writer that saw an older moment of the database may come late.
    model.Session.execute(
        sa.text(
            "INSERT INTO satudatapmi_iso_record (package_id, seq, edition) "
            "SELECT package_id, seq, '' FROM satudatapmi_publication ON CONFLICT DO NOTHING"
        )
    )
    model.Session.commit()
    assert recorded() == sorted([made, waiting, private])
    assert model.Session.scalars(sa.text("SELECT identifier FROM satudatapmi_csw.records")).all() == [made]


def recorded():
    query = sa.select(iso_records.RECORD.c.package_id).order_by(iso_records.RECORD.c.package_id)
    return list(model.Session.scalars(query))


def test_role_of_the_service_reads_its_view_alone_and_writes_nothing(pycsw):
    make()
    text = pycsw._settings.read_text()
    address = next(line for line in text.splitlines() if line.startswith("database")).split(" = ")[1]
    engine = sa.create_engine(address)
    with engine.connect() as connection:
        connection.execute(sa.text("SELECT count(*) FROM satudatapmi_csw.records"))
        for forbidden in (
            "SELECT * FROM package",
            'SELECT * FROM "user"',
            "DELETE FROM satudatapmi_iso_record",
            "CREATE TABLE satudatapmi_csw.mine (a int)",
        ):
            connection.rollback()
            with pytest.raises(sa.exc.ProgrammingError, match="permission denied"):
                connection.execute(sa.text(forbidden))
    engine.dispose()


def test_renewed_title_of_an_organisation_arrives(csw):
    owner = factories.Organization(title="Dinas lama")["id"]
    dataset = make(owner_org=owner)["id"]
    iso_records.renew()
    act("organization_patch", id=owner, title="Dinas baru")
    client = CatalogueServiceWeb(csw)
    client.getrecordbyid([dataset], outputschema=GMD)
    assert [party.organization for party in client.records[dataset].contact] == ["Dinas baru"]


def test_record_that_changes_with_its_organisation_has_a_later_stamp():
    """A harvester (ckanext-spatial) skips a record whose stamp is not later than the one that it has."""
    owner = factories.Organization(title="Dinas lama")["id"]
    dataset = make(owner_org=owner)["id"]
    change_rows(f"UPDATE package SET metadata_modified = '2024-01-01' WHERE id = '{dataset}'")
    assert stamped_anew(dataset) == "2024-01-01T00:00:00+00:00"
    act("organization_patch", id=owner, title="Dinas baru")
    renamed = stamped_anew(dataset)
    assert renamed > "2026-01-01"
    change_rows("UPDATE satudatapmi_iso_record SET seq = 0")
    assert stamped_anew(dataset) == renamed


def change_rows(statement):
    with model.ensure_engine().begin() as connection:
        connection.execute(sa.text(statement))


def stamped_anew(dataset):
    """Return the stamp of a dataset's record after the records were renewed."""
    assert iso_records.renew() == 1
    record = iso_records.RECORD.c
    with model.ensure_engine().connect() as connection:
        return connection.execute(sa.select(record.date_modified).where(record.package_id == dataset)).scalar_one()


def test_nothing_is_made_twice():
    make()
    assert [iso_records.renew(), iso_records.renew()] == [1, 0]


def test_database_that_is_away_is_an_error_and_no_empty_catalogue(csw, pycsw):
    make()
    client = CatalogueServiceWeb(csw)
    assert len(turned(client)) == 1
    with pycsw.without_database():
        answer = requests.get(csw, {**BY_ID, "id": "x"}, timeout=60)
        assert (answer.status_code, answer.headers["Retry-After"]) == (503, "120")
        with pytest.raises(ExceptionReport, match="not empty"):
            client.getrecords2()
    assert len(turned(client)) == 1


@pytest.mark.parametrize(("accepted", "encoding"), [(None, None), ("gzip", "gzip"), ("gzip;q=0", None)])
def test_answer_is_packed_for_those_alone_who_unpack_it(csw, accepted, encoding):
    make()
    address = urlsplit(csw)
    connection = HTTPConnection(address.netloc, timeout=60)
    connection.putrequest("GET", f"{address.path}?service=CSW&request=GetCapabilities", skip_accept_encoding=True)
    if accepted:
        connection.putheader("Accept-Encoding", accepted)
    connection.endheaders()
    answer = connection.getresponse()
    assert (answer.status, answer.headers["Content-Encoding"]) == (200, encoding)
    body = answer.read()
    assert b"Capabilities" in (gzip.decompress(body) if encoding else body)
    connection.close()


def fetched(dataset):
    return {one["consumer"]: one for one in act("satudata_delivery_list", id=dataset["id"]) if one["feed"] == "/csw"}


def ask_as(consumer, address, **question):
    asked = {"service": "CSW", "version": "2.0.2", **question}
    answer = requests.get(address, params=asked, headers={"User-Agent": f"{consumer}/1"}, timeout=60)
    assert answer.status_code == 200 and "X-Records" not in answer.headers
    return answer


RECORDS = {"request": "GetRecords", "typenames": "csw:Record", "elementsetname": "brief", "resulttype": "results"}


def test_what_left_is_kept_record_by_record(csw):
    owner = factories.Organization()["id"]
    first, second, third = sorted((make(owner_org=owner) for _ in range(3)), key=lambda one: one["id"])
    assert ask_as("jatim", csw, **RECORDS, startposition=1, maxrecords=2).content.count(b"<csw:BriefRecord") == 2
    row = fetched(first)["jatim"]
    assert row["got"] and not row["behind"] and row["times"] == 1
    assert "jatim" in fetched(second) and "jatim" not in fetched(third)
    act("package_patch", id=first["id"], satuan="jiwa")
    assert fetched(first)["jatim"]["behind"] and not fetched(second)["jatim"]["behind"]
    ask_as("jatim", csw, request="GetRecordById", id=f"{first['id']},{third['id']}", outputschema=GMD)
    assert not fetched(first)["jatim"]["behind"] and fetched(first)["jatim"]["times"] == 2
    assert "jatim" in fetched(third)


def test_client_that_posts_its_question_is_kept_as_well(csw):
    dataset = make()
    client = CatalogueServiceWeb(csw, headers={"User-Agent": "qgis/3"})
    client.getrecords2(esn="full", maxrecords=10)
    assert dataset["id"] in client.records and not fetched(dataset)["qgis"]["behind"]


def test_counting_and_looking_are_no_fetch(csw):
    dataset = make()
    ask_as("jatim", csw, **RECORDS | {"resulttype": "hits"})
    ask_as("jatim", csw, request="GetCapabilities")
    assert fetched(dataset) == {}


def test_records_of_a_long_answer_are_all_kept(csw):
    owner = factories.Organization()["id"]
    made = [make(owner_org=owner)["id"] for _ in range(3)]
    others = [f"{number:08d}-0000-4000-8000-000000000000" for number in range(3000)]
    question = f"""<GetRecordById xmlns="http://www.opengis.net/cat/csw/2.0.2" service="CSW" version="2.0.2">
        {"".join(f"<Id>{one}</Id>" for one in (made[0], *others, *made[1:]))}</GetRecordById>"""
    answer = requests.post(
        csw, data=question, headers={"User-Agent": "jatim/1", "Content-Type": "text/xml"}, timeout=60
    )
    assert answer.status_code == 200
    assert all("jatim" in fetched({"id": one}) for one in made)


def test_service_that_is_away_is_an_error(csw, ckan_config, monkeypatch):
    make()
    monkeypatch.setitem(ckan_config, "ckanext.satudatapmi.csw.url", "http://127.0.0.1:9/")
    answer = requests.get(csw, {"service": "CSW", "request": "GetCapabilities"}, timeout=60)
    assert answer.status_code == 503
    assert etree.fromstring(answer.content).tag == "{http://www.opengis.net/ows}ExceptionReport"


def test_portal_without_a_public_dataset_gives_no_empty_catalogue(csw):
    make_hidden(factories.Organization()["id"])
    answer = requests.get(csw, {"service": "CSW", "request": "GetCapabilities"}, timeout=60)
    assert (answer.status_code, "ExceptionReport" in answer.text) == (503, True)


def test_catalogue_whose_records_are_not_all_made_is_not_shown(csw, monkeypatch):
    owner = factories.Organization()["id"]
    for _ in range(3):
        make(owner_org=owner)
    monkeypatch.setattr(csw_pages, "RENEWED_AT_ONCE", 2)
    answers = [requests.get(csw, {"service": "CSW", "request": "GetCapabilities"}, timeout=60) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [503, 200]


def test_harvester_from_elsewhere_asks_for_as_many_records_as_there_are(csw, app, ckan_config, monkeypatch):
    dataset = make()
    for cost in ("cheap", "expensive"):
        monkeypatch.setitem(ckan_config, f"ckanext.satudatapmi.limits.{cost}_per_minute", 2)
    client, elsewhere = app.flask_app.test_client(), {"REMOTE_ADDR": "198.51.100.7"}
    asked = BY_ID | {"id": dataset["id"]}
    assert [client.get("/csw", query_string=asked, environ_base=elsewhere).status_code for _ in range(6)] == [200] * 6


def test_records_are_looked_at_again_only_after_a_change(csw, monkeypatch):
    looked = []
    renew = iso_records.renew_changed
    monkeypatch.setattr(iso_records, "renew_changed", lambda limit: looked.append(limit) or renew(limit))
    dataset = make()
    for _ in range(3):
        assert shown(csw) == {dataset["id"]}
    assert len(looked) == 1
    act("package_patch", id=dataset["id"], title="Judul baru")
    assert titled(csw, dataset["id"]) == "Judul baru"
    assert len(looked) == 2


def test_faulty_questions_are_refused(csw):
    make()
    asked = {"service": "CSW", "version": "2.0.2", "request": "GetRecords", "typeNames": "csw:Record"}
    faults = {
        "no element set": asked,
        "unknown request": {"service": "CSW", "version": "2.0.2", "request": "Transaction"},
        "no CQL": asked
        | {
            "elementSetName": "full",
            "constraintLanguage": "CQL_TEXT",
            "constraint": "dc:title = 'a' or 1 = pg_sleep(9)",
        },
        "another version": asked | {"elementSetName": "full", "version": "3.0.0"},
    }
    for kind, question in faults.items():
        answer = requests.get(csw, question, timeout=60)
        assert answer.status_code == 400, kind
        assert "ExceptionReport" in answer.text, kind


def test_other_configuration_other_protocols_and_answers_to_elsewhere_are_not_to_be_had(csw):
    make()
    asked = {"service": "CSW", "version": "2.0.2", "request": "GetCapabilities"}
    plain = requests.get(csw, asked, timeout=60)
    for name, value in (("config", "/etc/passwd"), ("mode", "oaipmh"), ("Mode", "sru")):
        answer = requests.get(csw, asked | {name: value}, timeout=60)
        assert (answer.status_code, len(answer.content)) == (200, len(plain.content)), name
    question = (
        '<csw:GetRecords xmlns:csw="http://www.opengis.net/cat/csw/2.0.2" service="CSW" version="2.0.2">'
        "<csw:ResponseHandler>mailto:fulan@example.org</csw:ResponseHandler>"
        '<csw:Query typeNames="csw:Record"><csw:ElementSetName>brief</csw:ElementSetName></csw:Query></csw:GetRecords>'
    )
    answer = requests.post(csw, question, headers={"Content-Type": "text/xml"}, timeout=60)
    assert (answer.status_code, "OptionNotSupported" in answer.text) == (400, True)
    answer = requests.post(csw, b"<" * (1024**2 + 1), headers={"Content-Type": "text/xml"}, timeout=60)
    assert answer.status_code == 413


def test_record_is_read_by_our_own_harvester_too():
    from ckanext.satudatapmi.harvesters.protocols import csw_record

    dataset = make(**FULL)
    iso_records.renew()
    query = sa.select(iso_records.RECORD.c.xml).where(iso_records.RECORD.c.package_id == dataset["id"])
    found = csw_record.record(model.Session.scalar(query).encode())
    assert found["landingPage"].endswith(f"/dataset/{dataset['name']}")
    assert (found["accrualPeriodicity"], found["temporal"]) == ("R/P1Y", "2023-01-01/2023-12-31")
    assert (found["language"], found["accessRights"]) == (["id", "en"], "terbuka")
