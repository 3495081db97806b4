"""A data.json on one page or many: what is read, what becomes of a page that fails, what is remembered."""

from __future__ import annotations

import doctest
import hashlib
import json

import pytest

from ckanext.satudatapmi.harvesters.datajson import CatalogueError
from ckanext.satudatapmi.harvesters.fetch import Fetched, FetchError
from ckanext.satudatapmi.harvesters.protocols import datajson, large_datajson
from ckanext.satudatapmi.harvesters.protocols.base import SourceSettings
from ckanext.satudatapmi.harvesters.protocols.datajson import DataJson
from tests.partners import sessions

URL = "https://data.example.go.id/data.json"


class Server:
    """A session whose partner answers by the query of an address."""

    def __init__(self, answers, etags=False):
        self.answers, self.etags, self.asked = answers, etags, []

    def get(self, url, accept="*/*", headers=None, etag=None, last_modified=None):
        query = url.partition("?")[2]
        self.asked.append(query)
        answer = self.answers.get(query, self.answers.get("*", 404))
        answer = answer() if callable(answer) else answer
        if isinstance(answer, int):
            raise FetchError("http_status", url, f"status {answer}", answer)
        if isinstance(answer, Exception):
            raise answer
        content = answer if isinstance(answer, bytes) else json.dumps({"dataset": answer}).encode()
        own = hashlib.sha256(content).hexdigest()
        if self.etags and etag == own:
            return Fetched(url, b"", not_modified=True, etag=own)
        return Fetched(url, content, etag=own if self.etags else None)


def read(server, url=URL, memory=None, token=None, pages=None, **config):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sessions, "PlainSession", lambda _host: server)
        return sessions.read(DataJson(), SourceSettings("contoh", url, config), "", memory, token, pages)


def record(*identifiers):
    return [{"identifier": identifier, "title": identifier} for identifier in identifiers]


THREE = {"": record("a"), "page=1": record("a"), "page=2": record("b"), "page=3": record("c")}


def test_examples_in_docstrings_hold():
    assert doctest.testmod(datajson).failed == 0


def test_server_that_always_answers_with_everything_is_asked_twice():
    server = Server({"*": record("a", "b")})
    found = read(server)
    assert (found.identifiers, found.reading.problem, server.asked) == (["a", "b"], "", ["", "page=2"])


def test_server_without_pages_is_complete():
    found = read(Server({"": record("a")}))
    assert (found.identifiers, found.reading.problem) == (["a"], "")


@pytest.mark.parametrize("end", [404, 400, [], b'{"result": {"datasets": []}}', record("c")])
def test_pages_end_at_an_error_an_empty_page_or_a_repeat(end):
    server = Server(THREE | {"page=4": end})
    found = read(server)
    assert (found.identifiers, found.reading.problem, len(found.tokens)) == (["a", "b", "c"], "", 3)
    assert server.asked == ["", "page=2", "page=1", "page=3", "page=4"]


def test_server_that_counts_from_zero_loses_no_page():
    found = read(Server({"": record("a"), "page=1": record("b"), "page=2": record("c")}))
    assert sorted(found.identifiers) == ["a", "b", "c"]


def test_address_that_names_a_page_counts_on_from_there():
    server = Server({"page=0": record("a"), "page=1": record("b"), "page=2": record("c")})
    assert read(server, URL + "?page=0").identifiers == ["a", "b", "c"]
    assert server.asked == ["page=0", "page=1", "page=2", "page=3"]


def test_other_parameters_are_kept():
    server = Server({"q=x": record("a"), "*": 404})
    read(server, URL + "?q=x")
    assert server.asked[1] == "q=x&page=2"


def test_source_that_is_known_not_to_page_is_asked_once():
    server = Server({"*": record("a")})
    assert read(server, paged=False).reading.problem == ""
    assert server.asked == [""]


@pytest.mark.parametrize(
    "failure",
    [
        500,
        b'{"dataset": [',
        b"<html></html>",
        FetchError("timeout", URL, "took too long"),
        b"",
        b"null",
        b'{"error": "database is away"}',
        b'{"dataset": null}',
        b'{"dataset": ""}',
    ],
)
def test_later_page_that_fails_leaves_the_catalogue_incomplete(failure):
    found = read(Server(THREE | {"page=3": failure}))
    assert found.identifiers == ["a", "b"]
    assert "paged" in found.reading.problem and found.reading.memory is None


def test_server_that_changes_a_value_with_every_answer_has_an_end():
    numbers = iter(range(1000))
    found = read(Server({"*": lambda: [one | {"modified": next(numbers)} for one in record("a", "b", "c")]}))
    assert (found.identifiers, found.reading.problem) == (["a", "b", "c"], "")


def test_first_page_that_fails_is_an_error():
    with pytest.raises(FetchError):
        read(Server({"": 404}))


def test_pages_without_end_are_cut(monkeypatch):
    monkeypatch.setattr(datajson, "MAX_PAGES", 5)
    numbers = iter(range(1000))
    assert "more than 5 pages" in read(Server({"*": lambda: record(str(next(numbers)))})).reading.problem


@pytest.mark.parametrize("etags", [True, False])
def test_page_that_is_as_it_was_is_not_parsed_again(monkeypatch, etags):
    first = read(Server(THREE, etags))
    with monkeypatch.context() as patch:
        patch.setattr(datajson, "read_catalogue", lambda *_arguments: pytest.fail("parsed"))
        second = read(Server(THREE | {"page=1": 404}, etags), memory=first.reading.memory)
    assert (second.digests, second.records, second.reading.problem) == (first.digests, [], "")
    assert second.reading.memory == first.reading.memory


@pytest.mark.parametrize("end", [404, record("c")])
def test_reading_again_and_again_asks_for_the_same_pages(end):
    """A server that repeats its last page without end gets no page more with each harvest."""
    memory, asked = None, []
    for _time in range(4):
        server = Server(THREE | {"page=4": end, "page=5": end})
        found = read(server, memory=memory)
        memory = found.reading.memory
        asked.append(sorted(server.asked))
        assert len(found.digests) == 3
    assert asked[1] == asked[2] == asked[3]


def test_page_that_changed_is_parsed_and_the_others_are_not():
    memory = read(Server(THREE)).reading.memory
    found = read(Server(THREE | {"page=2": record("x")}), memory=memory)
    assert found.identifiers == ["x"] and len(found.digests) == 3


@pytest.mark.parametrize("pages", [2, 3])
def test_reading_goes_on_after_a_token(pages):
    whole = read(Server(THREE))
    begun = read(Server(THREE), pages=pages)
    server = Server(THREE)
    rest = read(server, token=json.loads(json.dumps(begun.tokens[-1])))
    assert begun.identifiers + rest.identifiers == whole.identifiers
    assert "" not in server.asked and rest.reading.memory is None


def test_pages_that_were_away_for_a_while_are_asked_for_again():
    half = read(Server({"": record("a"), "page=1": record("a")}))
    assert len(read(Server(THREE), memory=half.reading.memory).digests) == 3


class Changing(Server):
    """Knows no pages, and changes its list after the first answer: a record comes, and one goes."""

    def get(self, url, **wanted):
        if self.asked:
            self.answers = {"*": record("b", "c", "d")}
        return super().get(url, **wanted)


@pytest.mark.parametrize("known", [False, True])
def test_list_that_changes_between_two_answers_is_no_second_page(known):
    before = record("a", "b", "c")
    memory = {**read(Server({"*": before})).reading.memory, "one_page": False} if known else None
    found = read(Changing({"*": before}), memory=memory)
    assert len(found.digests) == 3
    assert "changed while it was read" in found.reading.problem


def test_what_is_kept_does_not_grow_with_every_page():
    """A token that names all that was read before makes the hundredth page a hundred times as dear as the first."""
    many = Server({"": record("a")} | {f"page={number}": record(f"b{number}") for number in range(1, 100)})
    found = read(many)
    assert len(json.dumps(found.tokens[-1])) < len(json.dumps(found.tokens[2])) + 10
    assert len(json.dumps(found.reading.memory)) < 100 * 300


@pytest.mark.parametrize("end", [record("a"), record("b"), record("c")])
def test_server_that_repeats_a_page_has_an_end_after_a_token_too(end):
    begun = read(Server(THREE), pages=4)
    assert begun.identifiers == ["a", "b", "c"]
    rest = read(Server({"page=4": end, "page=5": record("x")}), token=json.loads(json.dumps(begun.tokens[-1])))
    assert (rest.identifiers, rest.reading.problem) == ([], "")


@pytest.mark.parametrize(
    ("config", "header", "base"),
    [
        ({}, {}, URL),
        ({}, {"@id": "https://asli.example.go.id/data.json"}, URL),
        ({"base_url": "https://asli.example.go.id/"}, {}, "https://asli.example.go.id/"),
        ({"mirror": True}, {"@id": "https://asli.example.go.id/data.json"}, "https://asli.example.go.id/data.json"),
        ({"mirror": True}, {"@id": ""}, ""),
        ({"mirror": True}, {}, ""),
    ],
)
def test_base_of_relative_addresses(config, header, base):
    server = Server({"*": json.dumps({**header, "dataset": record("a")}).encode()})
    (page,) = DataJson().read(SourceSettings("x", URL, config), server, datajson.Reading(), None, None)
    assert page.base_url == base


def test_large_file_is_read_record_by_record(monkeypatch):
    whole = read(Server({"": record("a", "b", "c")}), paged=False)
    monkeypatch.setattr(datajson, "STREAM_BYTES", 10)
    monkeypatch.setattr(datajson, "read_catalogue", lambda *_arguments: pytest.fail("parsed as a whole"))
    streamed = read(Server({"": record("a", "b", "c")}), paged=False)
    assert (streamed.digests, streamed.records) == (whole.digests, whole.records)


BODY = (
    '{"x": %s, "@id": "https://asli.example.go.id/data.json", "dataset": [{"title": "Angka é", "identifier": "a"}%s]}'
)
LAST = ', {"title": "b", "identifier": "b", "nilai": %s}'


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
@pytest.mark.parametrize("value", ["1.5", "NaN", "1e999", "12345678901234567890123"])
@pytest.mark.parametrize("last", [LAST, "%.0s"])
def test_large_file_has_its_faults_mended_as_a_small_one(monkeypatch, encoding, value, last):
    content = (BODY % ("1" if last == LAST else value, last % value)).encode(encoding)

    def pages():
        source = SourceSettings("x", URL, {"mirror": True, "paged": False})
        for page in DataJson().read(source, Server({"": content}), datajson.Reading(), None, None):
            yield page.base_url, [(one.digest, one.record()) for one in page.entries], list(page.remarks)

    small = list(pages())
    monkeypatch.setattr(datajson, "STREAM_BYTES", 10)
    assert list(pages()) == small and small[0][0] == "https://asli.example.go.id/data.json"


def test_large_file_beyond_mending_is_refused_in_words(monkeypatch):
    monkeypatch.setattr(datajson, "STREAM_BYTES", 10)
    for limit in (10, 1000):
        monkeypatch.setattr(large_datajson, "MENDED_BYTES", limit)
        with pytest.raises(CatalogueError, match="no valid JSON"):
            read(Server({"": b'{"dataset": [{"title": "a"}, {"title": '}), paged=False)
