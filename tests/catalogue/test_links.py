"""Addresses are asked over HTTP whether they answer, and the score counts it."""

from __future__ import annotations

import json
from datetime import timedelta

import ckan.model as model
import ckan.plugins.toolkit as tk
import pytest
import sqlalchemy as sa
from ckan.tests import factories, helpers
from click.testing import CliRunner

from ckanext.satudatapmi import cli
from ckanext.satudatapmi.catalogue import links
from tests.harvesters import servers
from tests.publication.datasets import make

pytestmark = [pytest.mark.usefixtures("portal"), pytest.mark.slow]


@pytest.fixture
def partner(portal, monkeypatch):
    monkeypatch.setitem(tk.config, "ckanext.satudatapmi.harvest.allowed_hosts", ["127.0.0.1"])
    model.Session.execute(sa.delete(links.TABLE))
    model.Session.commit()
    with servers.partner_server() as server:
        yield server


def run(*arguments):
    done = CliRunner().invoke(cli.satudata, ["quality", "check-links", "--json", *arguments])
    assert done.exit_code == 0, done.output
    return json.loads(done.output)


def test_addresses_of_public_resources_are_asked_once_a_while(partner):
    partner.serve("/a.csv", b"a,b", "text/csv")
    partner.serve("/besar.csv", b"x" * 200_000, "text/csv")
    partner.do("/hilang.csv", servers.status(404))
    urls = {name: f"{partner.url}/{name}.csv" for name in ("a", "besar", "hilang")}
    make(resources=[{"url": url} for url in urls.values()])
    make(private=True, owner_org=factories.Organization()["id"], resources=[{"url": partner.url + "/rahasia.csv"}])
    gone = "http://127.0.0.1:9/x.csv"
    make(resources=[{"url": gone}])
    assert run() == {urls["a"]: 200, urls["besar"]: 200, urls["hilang"]: 404, gone: 0}
    assert run() == {}
    assert links.addresses_to_check(timedelta(0)) == sorted([*urls.values(), gone])
    assert set(run("--days", "0", "--limit", "1")) <= {*urls.values(), gone}


def test_score_counts_addresses_that_answer(partner):
    partner.serve("/a.csv", b"a,b", "text/csv")
    dataset = make(resources=[{"url": partner.url + "/a.csv", "format": "CSV"}])

    def points():
        return helpers.call_action("satudata_quality_show", {"ignore_auth": True}, id=dataset["id"])["points"]

    before = points()
    run()
    assert points() - before == 80
