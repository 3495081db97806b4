"""Fetching from servers with every fault there is, and from some that mean harm."""

from __future__ import annotations

import doctest
import hashlib
import json
import os
import time
import zlib
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ckanext.satudatapmi.harvesters import addresses, failures, requests, unpacking
from ckanext.satudatapmi.harvesters.addresses import AddressError, AllowedHosts, is_public, permitted
from ckanext.satudatapmi.harvesters.answers import IN_MEMORY, Body
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


@pytest.mark.parametrize("module", [addresses, failures, requests])
def test_examples_in_docstrings_hold(module):
    assert doctest.testmod(module).failed == 0


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
        (servers.cut_off_in_head, "cut_off"),
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


def test_post_sends_json_and_headers(partner, fetcher):
    url = partner.serve("/ask", b"{}")
    assert fetcher.post(url, {"q": "é"}, headers={"X-Key": " k "}).content == b"{}"
    sent = partner.requests[0][1]
    assert json.loads(partner.posted[0]) == {"q": "é"}
    assert (sent["Content-Type"], sent["X-Key"], sent["Accept"]) == ("application/json", "k", "application/json")


@pytest.mark.parametrize(("code", "posts"), [(301, 1), (302, 1), (303, 1), (307, 2), (308, 2)])
def test_redirected_post_is_repeated_only_where_the_status_says_so(partner, fetcher, code, posts):
    partner.do("/old", servers.redirect("/new", code))
    partner.serve("/new", b"here")
    assert fetcher.post(partner.url + "/old", [1]).content == b"here"
    assert partner.posted == [b"[1]"] * posts
    assert ("Content-Type" in partner.requests[1][1]) is (posts == 2)


@pytest.mark.parametrize("code", [302, 307])
def test_redirected_post_is_checked_too(partner, fetcher, code):
    with servers.partner_server() as inner:
        partner.do("/go", servers.redirect(inner.url + "/secret", code))
        with pytest.raises(FetchError) as caught:
            fetcher.post(partner.url + "/go", {})
        assert (caught.value.kind, inner.requests) == ("forbidden_address", [])


def test_key_goes_to_the_server_it_is_meant_for_only(partner):
    with servers.partner_server() as other:
        fetcher = Fetcher(AllowedHosts.of([partner.name, other.name]), LIMITS)
        partner.do("/old", servers.redirect("/new"))
        partner.do("/new", servers.redirect(other.url + "/back"))
        other.do("/back", servers.redirect(partner.url + "/end"))
        partner.serve("/end", b"here")
        fetcher.fetch(partner.url + "/old", headers={"Authorization": "secret", "x-key": "secret"})
        sent = [*(headers for _, headers in partner.requests), *(headers for _, headers in other.requests)]
        assert ["secret" in headers.values() for headers in sent] == [True, True, False, False]


@pytest.mark.parametrize(
    ("url", "other", "kept"),
    [
        ("http://a.example/x", "https://A.example/y", True),
        ("https://a.example/x", "https://a.example:443/y", True),
        ("https://a.example/x", "http://a.example/y", False),
        ("https://a.example/x", "https://a.example:8443/y", False),
        ("http://a.example/x", "https://a.example:8443/y", False),
        ("https://a.example/x", "https://b.a.example/y", False),
    ],
)
def test_which_server_is_the_same(url, other, kept):
    request = requests.Request(url, given={"Authorization": "secret"})
    assert bool(request.onward(302, other).given) is kept


@pytest.mark.parametrize("value", ["secret\r\nX: y", "sécret", "sec\0ret"])
def test_key_that_cannot_be_sent_is_not_quoted(partner, fetcher, value):
    with pytest.raises(FetchError) as caught:
        fetcher.fetch(partner.url, headers={"Authorization": value})
    assert caught.value.kind == "bad_header" and "Authorization" in str(caught.value)
    assert "cret" not in str(caught.value) and partner.requests == []


def test_we_say_who_we_are(partner, fetcher):
    partner.do("/guarded", servers.for_robots_with_a_name)
    with pytest.raises(FetchError) as caught:
        fetcher.fetch(partner.url + "/guarded")
    assert caught.value.status == 403 and fetcher.user_agent in str(caught.value)
    named = replace(fetcher, user_agent="ckanext-satudatapmi (+https://data.example)", contact="data@example.go.id")
    assert named.fetch(partner.url + "/guarded").content == b"ok"
    assert partner.requests[1][1]["From"] == "data@example.go.id"


@pytest.mark.parametrize(
    ("code", "words"), [(401, "key"), (403, "let our harvester in"), (429, "pause_seconds"), (502, "tell the partner")]
)
def test_error_of_a_status_says_what_to_do(partner, fetcher, code, words):
    partner.do("/x", servers.status(code))
    with pytest.raises(FetchError) as caught:
        fetcher.fetch(partner.url + "/x")
    assert words in str(caught.value) and str(code) in str(caught.value)


def test_large_file_goes_to_disk_and_is_read_in_pieces(partner, fetcher):
    content = os.urandom(IN_MEMORY + 10)
    partner.serve("/large", content)
    partner.serve("/small", content[:IN_MEMORY])
    roomy = replace(fetcher, limits=FetchLimits(total=20))
    large, small = roomy.fetch(partner.url + "/large"), roomy.fetch(partner.url + "/small")
    assert (large.body.on_disk, small.body.on_disk) == (True, False)
    for answer, expected in ((large, content), (small, content[:IN_MEMORY])):
        assert (answer.size, answer.sha256) == (len(expected), hashlib.sha256(expected).hexdigest())
        with answer.open() as one, answer.open() as other:
            assert (one.read(5), other.read(3), one.read(2)) == (expected[:5], expected[:3], expected[5:7])
            assert (other.seek(-4, os.SEEK_END), other.read(), one.tell()) == (len(expected) - 4, expected[-4:], 7)
        assert answer.content == expected


def test_file_on_disk_outlives_its_answer_while_it_is_read():
    body = Body(b"x" * IN_MEMORY)
    body.write(b"end")
    file = body.open()
    del body
    assert (file.seek(IN_MEMORY), file.read()) == (IN_MEMORY, b"end")


def test_unchanged_page_is_told_as_one_without_content(partner, fetcher):
    answer = fetcher.fetch(partner.serve("/a", b"abc"))
    same = replace(answer, content=b"", not_modified=True)
    assert (same.content, same.size, same.url, answer.content) == (b"", 0, answer.url, b"abc")


def test_file_that_unpacks_out_of_proportion_is_refused(partner, fetcher):
    partner.do("/bomb", servers.packed(b"0" * 50_000_000))
    roomy = replace(fetcher, limits=FetchLimits(total=20, max_bytes=100_000_000))
    assert kind_of(roomy, partner.url + "/bomb") == "bomb"


@pytest.mark.parametrize("wbits", [zlib.MAX_WBITS, -zlib.MAX_WBITS])
def test_deflate_comes_in_two_shapes(partner, fetcher, wbits):
    packer = zlib.compressobj(wbits=wbits)
    content = b"0123456789" * 1000
    packed = packer.compress(content) + packer.flush()
    partner.do("/a", lambda handler: servers.send(handler, 200, packed, {"Content-Encoding": "deflate"}))
    partner.do("/b", lambda handler: servers.send(handler, 200, packed[:-9], {"Content-Encoding": "deflate"}))
    assert fetcher.fetch(partner.url + "/a").content == content
    assert kind_of(fetcher, partner.url + "/b") == "cut_off"
    assert "deflate" in partner.requests[0][1]["Accept-Encoding"]


@given(content=st.binary(max_size=300), kind=st.sampled_from(["gzip", "zlib", "raw", "two"]), cut=st.integers(1, 40))
def test_packed_bytes_are_unpacked_however_they_are_cut(content, kind, cut):
    wbits = {"gzip": 31, "two": 31, "zlib": 15, "raw": -15}[kind]
    packer = zlib.compressobj(wbits=wbits)
    packed = (packer.compress(content) + packer.flush()) * (2 if kind == "two" else 1)
    unpacker = unpacking.unpacker("gzip" if wbits == 31 else "deflate")
    parts = [part for at in range(0, len(packed), cut) for part in unpacker.unpack(packed[at : at + cut])]
    assert (b"".join(parts), unpacker.whole()) == (content * (2 if kind == "two" else 1), True)


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
