"""SDMX: dataflows with their figures, however the service gives them."""

from __future__ import annotations

from dataclasses import replace

import pytest
import urllib3

from ckanext.satudatapmi.harvesters.addresses import AllowedHosts
from ckanext.satudatapmi.harvesters.datajson import CatalogueError
from ckanext.satudatapmi.harvesters.failures import FetchError
from ckanext.satudatapmi.harvesters.fetch import Fetcher
from ckanext.satudatapmi.harvesters.politeness import Manners
from ckanext.satudatapmi.harvesters.protocols.sdmx_rest import SdmxRest
from ckanext.satudatapmi.harvesters.session import PartnerSession
from tests.harvesters import servers
from tests.partners.api_partner import web_page
from tests.partners.api_sessions import ApiSession, read_all, settings_of, table_of
from tests.partners.sdmx_partner import SdmxPartner
from tests.partners.sessions import LIMITS

SDMX = SdmxRest()
FIGURES = {("IDN", "2022"): 5, ("MYS", "2023"): 7.5, ("TWN", "2024"): 0}
KINDS = [("2.1", "csv"), ("2.1", "xml"), ("2.1", "json"), ("3.0", "csv")]


@pytest.fixture
def session(partner):
    return ApiSession(partner.name)


@pytest.fixture(params=KINDS, ids=["-".join(kind) for kind in KINDS])
def service(request, partner):
    return filled(SdmxPartner(partner, *request.param))


def filled(service):
    for name, title in (("DF_A", "Migrants"), ("DF_B", "Remittances"), ("DF_C", "Cases")):
        service.add(name, title, FIGURES)
    return service


def source_of(service, **config):
    return settings_of(SDMX, service.url, version=service.version, **config)


def test_dataflows_come_with_figures_and_names_of_codes(service, session):
    read = read_all(SDMX, source_of(service), session)
    assert sorted(read.records) == ["ILO:DF_A", "ILO:DF_B", "ILO:DF_C"]
    assert (read.reading.announced, read.reading.whole, read.reading.problem) == (3, True, "")
    record = read.records["ILO:DF_A"]
    assert (record["title"], record["temporal"]) == ("Migrants (id)", "2022-01-01/2024-12-31")
    table = table_of(SDMX, source_of(service), session, record)
    rows = {(row["REF_AREA"], row["TIME_PERIOD"]): (row["OBS_VALUE"], row["REF_AREA_LABEL"]) for row in table}
    assert rows == {
        ("IDN", "2022"): (5, "Indonesia"),
        ("MYS", "2023"): (7.5, "Malaysia"),
        ("TWN", "2024"): (0, "Taiwan"),
    }


def test_second_reading_tells_what_is_new_changed_and_gone(service, session):
    first = read_all(SDMX, source_of(service), session)
    assert read_all(SDMX, source_of(service), session).digests == first.digests
    service.change("DF_A", ("IDN", "2022"), 6)
    service.remove("DF_B")
    service.add("DF_D", "New", FIGURES)
    second = read_all(SDMX, source_of(service), session)
    assert second.changed_since(first) == {"ILO:DF_A": "changed", "ILO:DF_B": "gone", "ILO:DF_D": "new"}
    service.restore("DF_B")
    assert read_all(SDMX, source_of(service), session).digests["ILO:DF_B"] == first.digests["ILO:DF_B"]


def test_series_and_periods_are_filters(service, session):
    config = {"agency": "ILO", "dataflows": ["DF_A"], "key": "MYS", "start_period": "2023"}
    (record,) = read_all(SDMX, source_of(service, **config), session).records.values()
    (row,) = table_of(SDMX, source_of(service, **config), session, record)
    assert (row["REF_AREA"], row["OBS_VALUE"]) == ("MYS", 7.5)
    empty = source_of(service, **config | {"start_period": "2030"})
    (record,) = read_all(SDMX, empty, session).records.values()
    assert "temporal" not in record and table_of(SDMX, empty, session, record) == []


def test_same_figures_in_another_form_are_no_change(partner, session):
    digests = []
    for form in ("csv", "xml", "json"):
        service = filled(SdmxPartner(partner, "2.1", form))
        digests.append({k: r["figuresHash"] for k, r in read_all(SDMX, source_of(service), session).records.items()})
    assert digests[0] == digests[1] == digests[2]


def test_service_that_wants_no_choice_of_forms_is_asked_plainly(partner, session):
    service = filled(SdmxPartner(partner, "2.1", "xml"))
    service.fail("/data/", servers.status(406), times=1)
    assert len(read_all(SDMX, source_of(service, dataflows=["ILO,DF_A,1.0"]), session).records) == 1


def test_many_dataflows_are_resumed_and_a_failure_is_told(partner, session):
    service = SdmxPartner(partner)
    for number in range(25):
        service.add(f"DF_{number:02}", "x", FIGURES)
    first = read_all(SDMX, source_of(service), session)
    assert [len(page.entries) for page in first.pages] == [10, 10, 5]
    rest = read_all(SDMX, source_of(service), session, token=first.pages[1].token)
    assert len(rest.records) == 5
    service.fail("DF_15", servers.cut_off)
    broken = read_all(SDMX, source_of(service), session)
    assert len(broken.records) == 10 and "broke off" in broken.reading.problem


def test_dataflow_that_cannot_be_read_has_not_vanished(partner, session):
    service = filled(SdmxPartner(partner))
    service.fail("/data/ILO,DF_B", servers.status(500))
    service.fail("/data/ILO,DF_C", lambda handler: servers.send(handler, 200, b"<rusak"))
    read = read_all(SDMX, source_of(service), session)
    assert list(read.records) == ["ILO:DF_A"] and read.reading.whole
    assert [(one.place, one.identifier) for one in read.rejections] == [(2, "ILO:DF_B"), (3, "ILO:DF_C")]
    named = read_all(SDMX, source_of(service, dataflows=["ILO,DF_A", "ILO,DF_B"]), session)
    assert [one.identifier for one in named.rejections] == [""] and not named.reading.whole


@pytest.mark.parametrize(
    ("answer", "kind", "words"),
    [
        (servers.status(403), FetchError, "refuses us"),
        (servers.status(429), FetchError, "429"),
        (servers.cut_off, FetchError, "broke off"),
        (servers.silence(2.5), FetchError, "took too long"),
        (web_page, CatalogueError, "no message of SDMX"),
    ],
)
def test_failure_says_why(partner, session, answer, kind, words):
    service = filled(SdmxPartner(partner))
    service.fail("/dataflow/", answer)
    with pytest.raises(kind, match=words):
        read_all(SDMX, source_of(service), session)


def test_redirect_is_followed(service, session):
    old = f"{service.server.url}/lama"
    service.fail("/lama/", lambda handler: servers.redirect(handler.path.replace("/lama", "/rest"))(handler))
    source = settings_of(SDMX, old, version=service.version)
    records = read_all(SDMX, source, session).records
    assert len(records) == 3
    assert len(table_of(SDMX, source, session, records["ILO:DF_A"])) == 3


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252"])
def test_wrong_charset_does_no_harm(service, session, encoding):
    service.add("DF_A", "Déjà – penempatan", {("CÔTE", "2024"): 5})
    service.content_type, service.encoding = "text/plain; charset=iso-8859-1", encoding
    record = read_all(SDMX, source_of(service), session).records["ILO:DF_A"]
    (row,) = table_of(SDMX, source_of(service), session, record)
    assert (record["title"], row["REF_AREA"], row["OBS_VALUE"]) == ("Déjà – penempatan (id)", "CÔTE", 5)


def test_service_that_keeps_plain_clients_out_lets_us_in(service, session):
    service.only_known_clients = True
    answer = urllib3.request("GET", f"{service.url}/dataflow/all/all/latest?references=none", retries=False)
    assert (answer.status, len(read_all(SDMX, source_of(service), session).records)) == (403, 3)


@pytest.mark.parametrize("fault", [servers.asks_to_wait("1"), servers.silence(2.5)])
def test_service_that_is_busy_or_slow_for_a_moment_is_read_whole(partner, fault):
    service = filled(SdmxPartner(partner))
    for address in ("/dataflow/", "/data/ILO,DF_B"):
        service.fail(address, fault, times=1)
    fetcher = Fetcher(AllowedHosts.of([partner.name]), LIMITS)
    polite = PartnerSession(fetcher, manners=replace(Manners(), pause=0.0, back_off=0.01))
    read = read_all(SDMX, source_of(service), polite)
    assert (len(read.records), read.rejections, read.reading.problem) == (3, [], "")


def test_entities_are_refused_before_they_are_read(partner, session):
    service = filled(SdmxPartner(partner))
    bomb = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><x>&b;</x>'
    service.fail("/dataflow/", lambda handler: servers.send(handler, 200, bomb))
    with pytest.raises(CatalogueError, match="document type"):
        read_all(SDMX, source_of(service), session)
