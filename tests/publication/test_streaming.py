"""A catalogue that is sent while it is written: flat in memory, and broken off visibly when a server goes away."""

from __future__ import annotations

import http.client
import socket
import zlib
from pathlib import Path

import pytest
import sqlalchemy as sa
from ckan import model
from ckan.tests import factories

from ckanext.satudatapmi.publication import streams
from ckanext.satudatapmi.publication.published import CHUNK
from tests.faults.site import until
from tests.publication.web_server import get, running

DATASETS = 20 * CHUNK
"""More than the buffers of a connection hold, so that a reader who waits holds up who writes."""
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
    ini = Path(request.config.getoption("--ckan-ini")).resolve()
    try:
        with running(ini, tmp_path_factory.mktemp("web")) as port:
            yield port
    finally:
        empty_portal()


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


def waiting_sessions():
    """The statements after which a session of the server still holds its transaction."""
    model.Session.remove()
    with model.ensure_engine().connect() as connection:
        return connection.scalars(
            sa.text(
                "SELECT query FROM pg_stat_activity WHERE pid <> pg_backend_pid() "
                "AND datname = current_database() AND state = 'idle in transaction'"
            )
        ).all()


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
    assert until(end_readers, 10)
    with pytest.raises(BREAK):
        response.read()
    # The next one is served as if nothing had happened.
    assert len(get(web, f"{feed}?page=1").read()) > 1000


@pytest.mark.parametrize("feed", FEEDS)
def test_nothing_stays_in_a_transaction_when_a_catalogue_is_sent(web, feed):
    assert get(web, f"{feed}?page=all").read()
    assert until(lambda: not waiting_sessions(), 10)


def test_reader_of_http_1_0_gets_the_length_of_the_whole(web):
    with socket.create_connection(("127.0.0.1", web), timeout=60) as connection:
        connection.sendall(b"GET /data.json?page=all HTTP/1.0\r\n\r\n")
        with connection.makefile("rb") as answer:
            text = answer.read()
    head, _blank, body = text.partition(b"\r\n\r\n")
    assert f"content-length: {len(body)}".encode() in head.lower()


def test_no_more_readers_than_half_the_threads_are_served_at_once(web):
    readers = [get(web, "/data.json?page=all") for _ in range(streams.AT_ONCE)]
    assert [reader.status for reader in readers] == [200] * streams.AT_ONCE
    refused = get(web, "/data.json?page=all")
    assert (refused.status, refused.getheader("Retry-After")) == (503, "120")
    assert get(web, "/data.json?per_page=1").status == 200
    assert [reader.read().endswith(b"]}\n") for reader in readers] == [True] * streams.AT_ONCE
    assert get(web, "/data.json?page=all").read().endswith(b"]}\n")


def test_a_reader_who_goes_away_leaves_a_place(web):
    for _ in range(2 * streams.AT_ONCE):
        reader = get(web, "/data.json?page=all")
        assert reader.status == 200
        reader.close()
        assert until(lambda: get(web, "/data.json?page=all").status == 200, 20)


def test_a_dataset_that_is_hidden_meanwhile_does_not_leave_any_more(web):
    response = get(web, "/data.json?page=all", **{"Accept-Encoding": "identity"})
    seen = response.read(1000)
    with model.ensure_engine().begin() as connection:
        last = "SELECT package_id FROM satudatapmi_publication WHERE is_public ORDER BY place DESC LIMIT 1"
        hidden = connection.execute(sa.text(last)).scalar_one()
        connection.execute(sa.text("UPDATE package SET private = true WHERE id = :id"), {"id": hidden})
    try:
        seen += response.read()
        assert seen.endswith(b"]}\n") and seen.count(b'"identifier"') == DATASETS - 1
        assert f'"identifier": "{hidden}"'.encode() not in seen
    finally:
        with model.ensure_engine().begin() as connection:
            connection.execute(sa.text("UPDATE package SET private = false WHERE id = :id"), {"id": hidden})


@pytest.fixture
def one_reader(app):
    with app.flask_app.test_request_context("/data.json"):
        yield


def test_a_reader_who_accepts_nothing_does_not_hold_the_connection_for_ever(app):
    ours, theirs = socket.socketpair()
    with ours, theirs, app.flask_app.test_request_context("/data.json", environ_overrides={streams.SOCKET: ours}):
        assert next(streams.bounded(iter([b"1"]))) == b"1"
        assert ours.gettimeout() == streams.PATIENCE_SECONDS


@pytest.mark.usefixtures("one_reader")
def test_an_answer_that_takes_too_long_breaks_off(monkeypatch):
    pieces = streams.bounded(iter([b"1", b"2", b"3"]))
    assert next(pieces) == b"1"
    monkeypatch.setattr(streams.time, "monotonic", lambda: float("inf"))
    with pytest.raises(TimeoutError):
        next(pieces)
    monkeypatch.undo()
    assert b"".join(streams.bounded(iter([b"1", b"2"]))) == b"12"
