"""XML that partners send: with faults, and with what means harm."""

from __future__ import annotations

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ckanext.satudatapmi.harvesters.xml import XmlError, XmlLimits, elements, parse
from tests.harvesters import servers

LAUGHS = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
LIMITS = XmlLimits(max_bytes=100_000, max_depth=20)


def both_ways(content):
    """Read a document whole and in pieces; return what each says."""
    told = []
    for read in (
        lambda: parse(content, "feed.xml", LIMITS),
        lambda: list(elements(io.BytesIO(content), ["a"], "feed.xml", LIMITS)),
    ):
        with pytest.raises(XmlError) as caught:
            read()
        told.append(str(caught.value))
    return told


@pytest.mark.parametrize(
    "content",
    [
        f'<!DOCTYPE a [<!ENTITY l0 "ha">{LAUGHS}]><a>&l9;</a>',
        f'<!DOCTYPE a [<!ENTITY l0 "ha">{LAUGHS}]><a b="&l9;"/>',
        '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>',
        '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a/>',
        '<!DOCTYPE a SYSTEM "http://127.0.0.1:1/x.dtd"><a>&x;</a>',
    ],
)
def test_entities_are_refused(content):
    for told in both_ways(content.encode()):
        assert "feed.xml" in told and "root:" not in told


def test_nothing_is_fetched_for_a_document():
    with servers.partner_server() as inner:
        content = f'<!DOCTYPE a SYSTEM "{inner.url}/x.dtd"><a/>'.encode()
        assert parse(content, "feed.xml").tag == "a"
        both_ways(f'<!DOCTYPE a [<!ENTITY % p SYSTEM "{inner.url}/p">%p;]><a/>'.encode())
        assert inner.requests == []


def test_fault_is_told_by_line_and_column():
    for told in both_ways(b"<r>\n<a></a>\n<b></r>"):
        assert "feed.xml, line 3, column 8" in told


@pytest.mark.parametrize("content", [b"", b"plain words", b"<a>" * 21 + b"</a>" * 21, b"<a>" * 5000 + b"</a>" * 5000])
def test_what_is_no_catalogue_is_refused(content):
    both_ways(content)


def test_too_large_a_document_is_refused():
    assert all("MB" in told for told in both_ways(b"<a>" + b" " * 100_000 + b"</a>"))


@pytest.mark.parametrize("head", [b"", b'<?xml version="1.0" encoding="UTF-8"?>', b"\xef\xbb\xbf"])
def test_windows_bytes_in_a_document_that_says_utf8(head):
    content = head + "<r><a>Hélène </a>".encode() + b"<a>caf\xe9 \x80</a></r>"
    assert [one.text for one in parse(content, "x")] == ["Hélène ", "café €"]
    assert [one.text for one in elements(io.BytesIO(content), ["a"], "x")] == ["Hélène ", "café €"]


@pytest.mark.parametrize("charset", ["utf-16", "windows-1252", "iso-8859-1"])
def test_charset_that_is_declared_counts(charset):
    content = f'<?xml version="1.0" encoding="{charset}"?><r>café</r>'.encode(charset)
    assert parse(content, "x").text == "café"


@given(
    text=st.text(
        st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Cn"], exclude_characters="<>&\r"), max_size=50
    ),
    cut=st.integers(1, 9),
)
def test_sound_text_stays_as_it_is(text, cut):
    class Slow(io.BytesIO):
        def read(self, size=-1):
            return super().read(cut)

    content = f"<r><a>{text}</a></r>".encode()
    assert (next(elements(Slow(content), ["a"], "x")).text or "") == text


def test_of_a_large_document_a_few_records_are_held_at_a_time():
    record = b"<record>" + b"<title>x</title>" * 20 + b"</record>"
    content = io.BytesIO(b"<r>" + record * 2000 + b"</r>")
    held = [(len(one.getparent()), len(one)) for one in elements(content, ["record"], "x")]
    assert len(held) == 2000 and {titles for _siblings, titles in held} == {20}
    assert max(siblings for siblings, _titles in held) < 200
