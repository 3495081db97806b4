"""Fetching from servers with every fault there is, and from some that mean harm."""

from __future__ import annotations

import doctest
import time

import pytest

from ckanext.satudatapmi.harvesters import addresses
from ckanext.satudatapmi.harvesters.addresses import AddressError, AllowedHosts, is_public, permitted
from ckanext.satudatapmi.harvesters.fetch import Fetcher, FetchError, FetchLimits
from tests.harvesters import servers

LIMITS = FetchLimits(connect=1.0, read=0.5, total=1.5, max_bytes=1_000_000, max_redirects=3)


@pytest.fixture
def partner():
    with servers.partner_server() as server:
        yield server


@pytest.fixture
def fetcher(partner):
    return Fetcher(AllowedHosts.of([partner.name]), LIMITS)


def kind_of(fetcher, url):
    with pytest.raises(FetchError) as caught:
        fetcher.fetch(url)
    assert url.split("/")[2] in caught.value.message or caught.value.url in caught.value.message
    return caught.value.kind


def test_examples_in_docstrings_hold():
    assert doctest.testmod(addresses).failed == 0


def test_file_comes_with_what_the_server_says_about_it(partner, fetcher):
    url = partner.serve("/data.json", b'{"a": 1}', "application/json; charset=UTF-8", ETag='"v1"', Last_Modified="then")
    result = fetcher.fetch(url)
    assert (result.content, result.media_type, result.charset) == (b'{"a": 1}', "application/json", "utf-8")
    assert (result.etag, result.last_modified, result.url, result.not_modified) == ('"v1"', "then", url, False)
    assert partner.requests[0][1]["User-Agent"].startswith("ckanext-satudatapmi")


def test_nothing_new_is_told_from_an_empty_file(partner, fetcher):
    partner.do("/data.json", servers.status(304))
    result = fetcher.fetch(partner.url + "/data.json", etag='"v1"', last_modified="then")
    assert (result.not_modified, result.content) == (True, b"")
    sent = partner.requests[0][1]
    assert (sent["If-None-Match"], sent["If-Modified-Since"]) == ('"v1"', "then")


def test_packed_file_is_unpacked(partner, fetcher):
    partner.do("/data.json", servers.packed(b"[]" * 1000))
    assert fetcher.fetch(partner.url + "/data.json").content == b"[]" * 1000


def test_redirect_is_followed_and_the_last_address_reported(partner, fetcher):
    partner.do("/old", servers.redirect("/new"))
    partner.serve("/new", b"here")
    result = fetcher.fetch(partner.url + "/old")
    assert (result.content, result.url) == (b"here", partner.url + "/new")


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (servers.status(404), "http_status"),
        (servers.status(500), "http_status"),
        (servers.status(204), "http_status"),
        (servers.silence(3), "timeout"),
        (servers.drip, "timeout"),
        (servers.drip_headers, "timeout"),
        (servers.cut_off, "cut_off"),
        (servers.cut_off_chunked, "cut_off"),
        (servers.redirect("/fault"), "redirects"),
        (servers.redirect("ftp://example.org/x"), "bad_url"),
        (servers.redirect("file:///etc/passwd"), "bad_url"),
        (servers.packed(b"0" * 100_000_000), "too_large"),
        (servers.packed(b"0123456789" * 1000, keep=40), "cut_off"),
        (servers.endless, "too_large"),
        (lambda handler: servers.send(handler, 200, b"x", {"Content-Encoding": "br"}), "encoding"),
        (lambda handler: servers.send(handler, 200, b"not gzip", {"Content-Encoding": "gzip"}), "cut_off"),
        (lambda handler: handler.wfile.write(b"nonsense\r\n\r\n"), "connect"),
    ],
)
def test_fault_of_a_server_is_told_by_kind_and_in_time(partner, fetcher, answer, kind):
    partner.do("/fault", answer)
    start = time.monotonic()
    assert kind_of(fetcher, partner.url + "/fault") == kind
    assert time.monotonic() - start < LIMITS.total + 1


def test_status_is_named(partner, fetcher):
    with pytest.raises(FetchError) as caught:
        fetcher.fetch(partner.url + "/nothing")
    assert caught.value.status == 404 and "404" in caught.value.message


def test_closed_port_and_unknown_host(fetcher):
    with servers.partner_server() as gone:
        url = gone.url
    assert kind_of(Fetcher(AllowedHosts.of(["127.0.0.1"]), LIMITS), url) == "connect"
    assert kind_of(fetcher, "http://no-such-host.invalid/data.json") == "unknown_host"


@pytest.mark.parametrize(
    "url",
    ["file:///etc/passwd", "ftp://example.org/a", "gopher://x/", "data:,x", "/relative", "", "http://", "http://["],
)
def test_only_http_is_fetched(url):
    with pytest.raises(FetchError) as caught:
        Fetcher(limits=LIMITS).fetch(url)
    assert caught.value.kind == "bad_url"


def test_own_machine_is_not_fetched_unless_allowed(partner):
    partner.serve("/data.json", b"secret")
    for host in ("127.0.0.1", "localhost", "[::ffff:127.0.0.1]", "2130706433", "0"):
        assert kind_of(Fetcher(limits=LIMITS), f"http://{host}:{partner.port}/data.json") == "forbidden_address"
    assert partner.requests == []


def test_redirect_into_the_own_machine_is_not_followed(partner, fetcher):
    with servers.partner_server() as inner:
        inner.serve("/secret", b"secret")
        partner.do("/go", servers.redirect(inner.url + "/secret"))
        assert kind_of(fetcher, partner.url + "/go") == "forbidden_address"
        assert inner.requests == []


def test_allowed_port_does_not_allow_the_others(partner):
    allowed = AllowedHosts.of([f"127.0.0.1:{partner.port}"])
    assert ("127.0.0.1", partner.port) in allowed
    assert ("127.0.0.1", partner.port + 1) not in allowed
    assert ("127.0.0.1", 5) in AllowedHosts.of([" 127.0.0.1 "])
    assert ("::1", 5) in AllowedHosts.of(["[::1]:5"])


def test_connection_goes_to_the_address_that_was_checked(monkeypatch, partner):
    """A name whose second look-up says loopback gains nothing: there is no second look-up."""
    answers = iter([["93.184.216.34"], ["127.0.0.1"]])
    looked_up = []

    def resolve(host, port, **_more):
        looked_up.append(host)
        return [(2, 1, 6, "", (address, port)) for address in next(answers)]

    connected = []

    def connect(address, *_more):
        connected.append(address)
        raise ConnectionRefusedError

    monkeypatch.setattr("socket.getaddrinfo", resolve)
    monkeypatch.setattr("ckanext.satudatapmi.harvesters.fetch.create_connection", connect)
    assert kind_of(Fetcher(limits=LIMITS), f"http://rebind.example:{partner.port}/data.json") == "connect"
    assert (looked_up, connected) == (["rebind.example"], [("93.184.216.34", partner.port)])


def test_name_with_one_private_address_is_refused(monkeypatch):
    found = [(2, 1, 6, "", ("93.184.216.34", 80)), (2, 1, 6, "", ("10.0.0.1", 80))]
    monkeypatch.setattr("socket.getaddrinfo", lambda *_arguments, **_more: found)
    with pytest.raises(AddressError):
        permitted("mixed.example", 80, AllowedHosts())


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "10.1.2.3",
        "172.16.0.1",
        "192.168.1.1",
        "169.254.169.254",
        "0.0.0.0",
        "100.64.0.1",
        "224.0.0.1",
        "255.255.255.255",
        "::1",
        "::",
        "fe80::1",
        "fe80::1%eth0",
        "fc00::1",
        "ff02::1",
        "::ffff:127.0.0.1",
        "64:ff9b::7f00:1",
        "2002:7f00:1::",
        "2001:0:1:1:1:1:80ff:fffe",
    ],
)
def test_address_that_is_not_public(address):
    assert not is_public(address)


@pytest.mark.parametrize("address", ["8.8.8.8", "103.12.160.1", "2606:4700:4700::1111", "64:ff9b::808:808"])
def test_address_that_is_public(address):
    assert is_public(address)
