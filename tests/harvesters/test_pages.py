"""Catalogues on one page or many, and what becomes of a page that fails."""

from __future__ import annotations

import doctest
import json

import pytest

from ckanext.satudatapmi.harvesters import pages
from ckanext.satudatapmi.harvesters.fetch import Fetched, FetchError
from ckanext.satudatapmi.harvesters.pages import read_pages

URL = "https://data.example.go.id/data.json"


def server(answers):
    """Return a fetch function that answers by the query of an address, and the list of what was asked."""
    asked = []

    def fetch(url):
        query = url.partition("?")[2]
        asked.append(query)
        answer = answers.get(query, answers.get("*", 404))
        if isinstance(answer, int):
            raise FetchError("http_status", url, f"status {answer}", answer)
        if isinstance(answer, Exception):
            raise answer
        content = answer if isinstance(answer, bytes) else json.dumps({"dataset": answer}).encode()
        return Fetched(url, content)

    return fetch, asked


def record(*identifiers):
    return [{"identifier": identifier, "title": identifier} for identifier in identifiers]


def identifiers(result):
    return [entry["identifier"] for entry in result.entries]


def test_examples_in_docstrings_hold():
    assert doctest.testmod(pages).failed == 0


def test_server_that_always_answers_with_everything_is_asked_twice():
    fetch, asked = server({"*": record("a", "b")})
    result = read_pages(URL, fetch)
    assert (identifiers(result), result.complete, result.pages, asked) == (["a", "b"], True, 1, ["", "page=2"])


def test_server_without_pages_is_complete():
    fetch, asked = server({"": record("a")})
    result = read_pages(URL, fetch)
    assert (identifiers(result), result.complete) == (["a"], True)


@pytest.mark.parametrize("end", [404, 400, [], b'{"result": {"datasets": []}}', record("c")])
def test_pages_end_at_an_error_an_empty_page_or_a_repeat(end):
    fetch, asked = server(
        {"": record("a"), "page=1": record("a"), "page=2": record("b"), "page=3": record("c"), "page=4": end}
    )
    result = read_pages(URL, fetch)
    assert (identifiers(result), result.complete, result.pages) == (["a", "b", "c"], True, 3)
    assert asked == ["", "page=2", "page=1", "page=3", "page=4"]


def test_server_that_counts_from_zero_loses_no_page():
    fetch, _asked = server({"": record("a"), "page=1": record("b"), "page=2": record("c")})
    assert sorted(identifiers(read_pages(URL, fetch))) == ["a", "b", "c"]


def test_address_that_names_a_page_counts_on_from_there():
    fetch, asked = server({"page=0": record("a"), "page=1": record("b"), "page=2": record("c")})
    result = read_pages(URL + "?page=0", fetch)
    assert (identifiers(result), asked) == (["a", "b", "c"], ["page=0", "page=1", "page=2", "page=3"])


def test_other_parameters_are_kept():
    fetch, asked = server({"q=x": record("a"), "*": 404})
    read_pages(URL + "?q=x", fetch)
    assert asked[1] == "q=x&page=2"


def test_source_that_is_known_not_to_page_is_asked_once():
    fetch, asked = server({"*": record("a")})
    assert read_pages(URL, fetch, paged=False).complete
    assert asked == [""]


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
    fetch, _asked = server({"": record("a"), "page=1": record("a"), "page=2": record("b"), "page=3": failure})
    result = read_pages(URL, fetch)
    assert (identifiers(result), result.complete) == (["a", "b"], False)
    assert "paged" in result.problem


def test_server_that_changes_a_value_with_every_answer_has_an_end():
    numbers = iter(range(1000))

    def fetch(url):
        entries = [one | {"modified": next(numbers)} for one in record("a", "b", "c")]
        return Fetched(url, json.dumps(entries).encode())

    result = read_pages(URL, fetch)
    assert (identifiers(result), result.complete, result.pages) == (["a", "b", "c"], True, 1)


def test_first_page_that_fails_is_an_error():
    fetch, _asked = server({"": 404})
    with pytest.raises(FetchError):
        read_pages(URL, fetch)


def test_pages_without_end_are_cut(monkeypatch):
    monkeypatch.setattr(pages, "MAX_PAGES", 5)
    numbers = iter(range(1000))

    def fetch(url):
        return Fetched(url, json.dumps(record(str(next(numbers)))).encode())

    assert not read_pages(URL, fetch).complete
