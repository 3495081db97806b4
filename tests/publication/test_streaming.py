"""A catalogue that is sent while it is written: flat in memory, and broken off visibly when a server goes away."""

from __future__ import annotations

import http.client
import os
import socket
import subprocess
import sys
import time
import zlib
from pathlib import Path

import pytest
import sqlalchemy as sa
from ckan import model
from ckan.tests import factories

from ckanext.satudatapmi.publication.published import CHUNK

CHECKOUT = Path(__file__).resolve().parents[2]
DATASETS = 3 * CHUNK
FEEDS = ["/data.json", "/catalog.nt", "/catalog.ttl", "/catalog.jsonld", "/catalog.xml"]
BREAK = (http.client.IncompleteRead, ConnectionResetError)


@pytest.fixture(scope="module")
def web(site, request, tmp_path_factory):
    """The address of the site under gunicorn, with datasets of 20 kB each."""
    from tests.emptying import empty_portal

    empty_portal()
    owner = factories.Organization()["id"]
    statement = (
        "INSERT INTO package (id, name, title, notes, state, type, private, owner_org, metadata_created, "
        "metadata_modified) SELECT md5(n::text), 'dataset-' || n, 'Dataset ' || n, repeat(md5(n::text), 640), "
        "'active', 'dataset', false, :owner, now() AT TIME ZONE 'utc', now() AT TIME ZONE 'utc' "
        "FROM generate_series(1, :count) n"
    )
    with model.ensure_engine().begin() as connection:
        connection.execute(sa.text(statement), {"owner": owner, "count": DATASETS})
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    home = tmp_path_factory.mktemp("web")
    (home / "log").mkdir()
    environment = os.environ | {
        "CKAN_INI": str(Path(request.config.getoption("--ckan-ini")).resolve()),
        "SATUDATA_BIND": f"127.0.0.1:{port}",
        "SATUDATA_HOME": str(home),
        "WEB_CONCURRENCY": "1",
    }
    command = [sys.executable, "-m", "gunicorn", "--config", str(CHECKOUT / "config" / "gunicorn.conf.py")]
    server = subprocess.Popen(command, env=environment, cwd=CHECKOUT)
    try:
        _wait(port)
        yield port
    finally:
        server.terminate()
        server.wait(timeout=20)
        empty_portal()


def _wait(port):
    end = time.monotonic() + 60
    while time.monotonic() < end:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            get(port, "/api/3").read()
            return
        except OSError:
            time.sleep(0.3)
    raise AssertionError("the web server did not answer")


def get(port, address, **headers):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    # A small window, so that the server is still writing when the first bytes are read.
    connection.connect()
    connection.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65536)
    connection.request("GET", address, headers=headers)
    return connection.getresponse()


def end_readers():
    """End the database's sessions of those who read the catalogue, as a fallen server would."""
    with model.ensure_engine().connect() as connection:
        ended = connection.execute(
            sa.text(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() "
                "AND datname = current_database() AND state = 'idle in transaction'"
            )
        ).all()
    return len(ended)


@pytest.mark.parametrize("encoding", ["identity", "gzip"])
def test_whole_catalogue_comes_whole(web, encoding):
    response = get(web, "/data.json?page=all", **{"Accept-Encoding": encoding})
    body = response.read()
    body = zlib.decompress(body, zlib.MAX_WBITS | 16) if encoding == "gzip" else body
    assert response.status == 200 and body.count(b'"identifier"') == DATASETS and body.endswith(b"]}\n")


@pytest.mark.parametrize("feed", FEEDS)
def test_reader_sees_that_a_catalogue_broke_off(web, feed):
    response = get(web, f"{feed}?page=all", **{"Accept-Encoding": "identity"})
    assert response.status == 200 and response.read(1000)
    assert end_readers() >= 1
    with pytest.raises(BREAK):
        response.read()
    # The next one is served as if nothing had happened.
    assert len(get(web, f"{feed}?page=1").read()) > 1000


def test_reader_of_http_1_0_gets_the_length_of_the_whole(web):
    with socket.create_connection(("127.0.0.1", web), timeout=60) as connection:
        connection.sendall(b"GET /data.json?page=all HTTP/1.0\r\n\r\n")
        with connection.makefile("rb") as answer:
            text = answer.read()
    head, _blank, body = text.partition(b"\r\n\r\n")
    assert f"content-length: {len(body)}".encode() in head.lower()
