"""The servers themselves are killed while feeds are read: a reader gets an error to come back from, and never less.

Run by `make test` and `make soak` on servers that nobody else needs then, as the fault run is.
"""

from __future__ import annotations

import hashlib
import http.client
import os
import re
import shutil
from pathlib import Path
from urllib.parse import urlencode

import pytest

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(600),
    pytest.mark.skipif("SATUDATA_RESTARTS" not in os.environ, reason="kills servers that other tests need"),
]

BATCHES = 2.5
"""Of datasets that are read at a time: there is more than one."""
BYTES = 80_000
"""Of the description of each: a batch is more than what fits between us and the server."""
ID = re.compile(rb"[0-9a-f]{32}")
BREAK = (http.client.IncompleteRead, ConnectionError)
WHOLE = ("data.json, the whole", "catalog.ttl, the whole")
SEARCHES = ("package_search", "OGC items")
"""What cannot be answered without the index."""
CSW = {
    "service": "CSW",
    "version": "2.0.2",
    "request": "GetRecords",
    "resultType": "results",
    "typeNames": "csw:Record",
    "elementSetName": "brief",
    "maxRecords": "1000",
}


@pytest.fixture(scope="module")
def home():
    return Path(os.environ["SATUDATA_TEST_HOME"])


@pytest.fixture(scope="module")
def contents(site):
    """Ids of public datasets that are indexed, and figures; gone after the file's last test."""
    from ckan.lib import search
    from ckan.tests import factories

    from ckanext.satudatapmi.publication.published import CHUNK
    from tests.emptying import empty_portal
    from tests.figures import conftest as figures

    empty_portal()
    figures.empty()
    owner = factories.Organization()["id"]
    ids = {hashlib.md5(str(number).encode()).hexdigest() for number in range(int(BATCHES * CHUNK))}
    _write(ids, owner)
    _load_a_table(figures, owner)
    search.rebuild(defer_commit=True, quiet=True)
    search.commit()
    yield ids
    figures.empty()
    empty_portal()


def _write(ids, owner):
    import sqlalchemy as sa
    from ckan import model

    statement = (
        "INSERT INTO package (id, name, title, notes, state, type, private, owner_org, metadata_created, "
        "metadata_modified) VALUES (:id, :id, :id, repeat('Penempatan ', :times), 'active', 'dataset', false, :owner, "
        "now() AT TIME ZONE 'utc', now() AT TIME ZONE 'utc')"
    )
    rows = [{"id": one, "owner": owner, "times": BYTES // len("Penempatan ")} for one in sorted(ids)]
    with model.ensure_engine().begin() as connection:
        connection.execute(sa.text(statement), rows)


def _load_a_table(figures, owner):
    """Have the single data hold the figures of one demo partner."""
    import sqlalchemy as sa
    from ckan import model

    from ckanext.satudatapmi.harvesters import registry
    from tests.conftest import CHECKOUT

    sources = registry.load(placeholders={"demo": "demo:/"}).sources
    entry = next(one for one in sources if one.table and one.url.startswith("demo:/"))
    _write({f"dataset-{entry.name}"}, owner)
    figures.load_file(entry, CHECKOUT / "config" / "demo" / entry.url.removeprefix("demo:/").lstrip("/"))
    model.Session.execute(sa.text("UPDATE resource SET created = now() WHERE created IS NULL"))
    model.Session.commit()


@pytest.fixture(scope="module")
def feeds(contents):
    """What is asked of each feed: its address, and headers."""
    from ckan.tests import factories

    from ckanext.satudatapmi.figures.exports.vocabulary import sdmx
    from ckanext.satudatapmi.publication import dumps

    dump, token = dumps.make(), factories.UserWithToken()["token"]
    yield {
        "data.json, a page": ("/data.json?per_page=100&page=1", {}),
        "data.json, a page, with a token": ("/data.json?per_page=100&page=1", {"Authorization": token}),
        "data.json, the whole": ("/data.json?page=all", {}),
        "catalog.ttl, a page": ("/catalog.ttl?page=1", {}),
        "catalog.ttl, the whole": ("/catalog.ttl?page=all", {}),
        "package_search": ("/api/3/action/package_search?rows=1000&fl=id", {}),
        "package_show": (f"/api/3/action/package_show?id={min(contents)}", {}),
        "OGC items": ("/ogc/collections/pmi/items?limit=1000", {}),
        "CSW GetRecords": (f"/csw?{urlencode(CSW)}", {}),
        "changes": ("/api/pmi/changes", {}),
        "a dump": (f"/unduhan/{dump.name}/{dumps.MANIFEST}", {}),
        "SDMX data": (f"/api/pmi/sdmx/2.1/data/{sdmx()['dataflow']}", {"Accept": "application/vnd.sdmx.data+csv"}),
    }
    shutil.rmtree(dump.folder)


@pytest.fixture(scope="module")
def ask(home, feeds, tmp_path_factory):
    """Return a function that begins to read a feed, of a site with its catalogue service."""
    import ckan.plugins.toolkit as tk

    from tests.publication.csw_service import Service
    from tests.publication.web_server import get, running

    folder = tmp_path_factory.mktemp("site")
    service = Service(home, folder, tk.config, tk.config["ckan.site_url"])
    service.start()
    try:
        with running(Path(tk.config["__file__"]), folder) as port:
            yield lambda name: get(port, feeds[name][0], **feeds[name][1])
    finally:
        service.stop()


def told(answer, ids):
    """Return what an answer tells: status, when to come again, the datasets in it, and how many lines."""
    body = answer.read()
    found = frozenset(one.decode() for one in ID.findall(body)) & ids
    return answer.status, answer.getheader("Retry-After"), found, body.count(b"\n")


@pytest.mark.parametrize("server", ["PostgreSQL", "Solr", "Redis"])
def test_reader_gets_the_whole_or_an_error_while_a_server_is_away(ask, feeds, contents, home, server):
    from tests.faults.restarts import away
    from tests.faults.site import until

    whole = {name: told(ask(name), contents) for name in feeds}
    assert {name for name, answer in whole.items() if answer[0] != 200} == set()
    assert {name for name in feeds if len(whole[name][2]) == len(contents)} >= {*WHOLE, *SEARCHES, "changes"}
    begun = {name: ask(name) for name in WHOLE}
    assert all(answer.status == 200 and answer.read(1000) for answer in begun.values())
    with away(server, home):
        for answer in begun.values():
            if server == "PostgreSQL":
                with pytest.raises(BREAK):
                    answer.read()
            else:
                answer.read()
        answers = {name: told(ask(name), contents) for name in feeds}
    refused = {name for name, answer in answers.items() if answer[:2] == (503, "120")}
    assert {name for name, answer in answers.items() if answer != whole[name]} == refused
    assert refused >= {"PostgreSQL": set(feeds), "Solr": set(SEARCHES), "Redis": set()}[server]
    assert until(lambda: all(told(ask(name), contents) == whole[name] for name in feeds), 60)
