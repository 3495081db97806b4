"""A partner that stumbles once while it is read costs a moment, not the source."""

from __future__ import annotations

import time

import ckan.plugins.toolkit as tk
import pytest

from ckanext.satudatapmi.harvesters import working
from tests.harvesters import servers
from tests.harvesters.test_harvest import catalogue, record
from tests.partners.ckan_partner import CkanPartner

HICCUPS = {"503": servers.status(503), "429": servers.asks_to_wait("1")}


@pytest.fixture(autouse=True)
def usual_retries(monkeypatch, harvest_of):
    monkeypatch.setitem(tk.config, "ckanext.satudatapmi.harvest.retries", 2)
    monkeypatch.setitem(tk.config, "ckanext.satudatapmi.harvest.back_off_seconds", 0.01)


def serve_pages(partner):
    for number in (1, 2, 3):
        partner.serve(f"/data.json?page={number}", catalogue(record(f"a{number}"), record(f"b{number}")))
    partner.do("/data.json?page=4", servers.status(404))
    return partner.url + "/data.json?page=1"


def stumble(partner, path, hiccup):
    partner.do(path, servers.in_turn(hiccup, partner.usual(path)))


def put_off(harvest):
    """Tell whether the source is one of a slow partner by now."""
    from ckanext.satudatapmi.harvesters import ledger

    return ledger.is_slow(harvest.source_id)


@pytest.mark.parametrize("path", ["/data.json?page=1", "/data.json?page=2"])
@pytest.mark.parametrize("hiccup", HICCUPS)
def test_page_that_fails_once_is_asked_for_again(partner, harvest_of, hiccup, path):
    harvest = harvest_of(serve_pages(partner))
    stumble(partner, path, HICCUPS[hiccup])
    report = harvest.run()
    assert (report["created"], report["complete"], harvest.errors(), put_off(harvest)) == (6, True, [], False)


def test_page_of_a_ckan_that_fails_once_is_asked_for_again(partner, harvest_of):
    site = CkanPartner(partner)
    for number in range(3):
        site.add(f"Dataset {number}")
    harvest = harvest_of(partner.url, "satudata_ckan", {"rows": 1})
    usual = partner.otherwise or partner.usual("/api/3/action/package_search")
    path = "/api/3/action/package_search"
    partner.do(path, servers.in_turn(usual, usual, HICCUPS["503"], usual))
    report = harvest.run()
    assert (report["created"], report["complete"], harvest.errors(), put_off(harvest)) == (3, True, [], False)


def test_later_page_that_is_slow_is_waited_for_in_the_slow_lane(partner, harvest_of, monkeypatch):
    monkeypatch.setattr(working, "PATIENCE_SECONDS", 0.4)
    harvest = harvest_of(serve_pages(partner))
    answer = partner.usual("/data.json?page=3")

    def slow(handler):
        time.sleep(0.8)
        answer(handler)

    partner.do("/data.json?page=3", slow)
    report = harvest.run()
    assert (report["created"], report["complete"], report["status"], harvest.errors()) == (6, True, "Finished", [])
    asked = [path for path, _headers in partner.requests]
    assert asked.count("/data.json?page=1") == 1 and asked.count("/data.json?page=3") == 2
