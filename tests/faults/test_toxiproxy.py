"""What the fault run does to connections really happens to them."""

from __future__ import annotations

import socket
import time
from contextlib import suppress

import pytest
import requests

from tests.faults.toxiproxy import PROGRAM, Toxiproxy

pytestmark = pytest.mark.skipif(
    not PROGRAM.exists(), reason="toxiproxy was not compiled: the fault run neither delays nor cuts connections"
)
BODY = b"x" * 20_000


@pytest.fixture
def toxiproxy(tmp_path):
    made = Toxiproxy(tmp_path / "toxiproxy.log")
    yield made
    made.close()


@pytest.fixture
def fetch(toxiproxy, partner):
    """Return a function that fetches a file of a partner through toxiproxy."""
    partner.serve("/a", BODY)
    port = toxiproxy.port("partner", int(partner.url.rpartition(":")[2]))
    return lambda: requests.get(f"http://127.0.0.1:{port}/a", timeout=5).content


def test_all_passes_unless_it_is_harmed(fetch):
    assert fetch() == BODY


def test_answers_come_late(toxiproxy, fetch):
    toxiproxy.delay("partner", 300)
    began = time.monotonic()
    assert (fetch(), time.monotonic() - began > 0.3) == (BODY, True)


@pytest.mark.parametrize(
    "harm", [lambda toxiproxy: toxiproxy.limit("partner", 5_000), lambda toxiproxy: toxiproxy.refuse("partner")]
)
def test_connections_end_until_they_are_mended(toxiproxy, fetch, harm):
    harm(toxiproxy)
    with pytest.raises(requests.RequestException):
        fetch()
    toxiproxy.mend()
    assert fetch() == BODY


def test_open_connection_is_cut(toxiproxy, partner):
    partner.serve("/a", BODY)
    port = toxiproxy.port("partner", int(partner.url.rpartition(":")[2]))
    with socket.create_connection(("127.0.0.1", port), timeout=5) as connection:
        connection.sendall(b"GET /a HTTP/1.1\r\nHost: partner\r\n")
        time.sleep(0.2)  # until toxiproxy has taken it
        toxiproxy.refuse("partner")
        with suppress(ConnectionResetError):
            assert connection.recv(100) == b""
