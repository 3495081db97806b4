"""Search speaks Indonesian, and English still works: queries as CKAN sends them against real documents."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.search.running_solr import Core, SolrServer

CASES = Path(__file__).with_name("cases.csv")


def cases() -> Iterator[tuple[int, str, str, bool]]:
    with CASES.open(encoding="utf-8", newline="") as lines:
        rows = csv.DictReader(line for line in lines if not line.startswith("#"))
        for number, row in enumerate(rows):
            assert row["found"] in ("yes", "no"), row
            yield number, row["query"], row["text"], row["found"] == "yes"


ALL_CASES = list(cases())


@pytest.fixture(scope="module")
def core(solr: SolrServer) -> Core:
    """The core `ckan`, holding one dataset a case."""
    core = solr.core("ckan")
    core.index(*({"name": f"case-{number}", "notes": text} for number, _, text, _ in ALL_CASES))
    return core


@pytest.mark.parametrize("parser", ["dismax", "edismax"])
@pytest.mark.parametrize(
    ("number", "query", "text", "found"), ALL_CASES, ids=[f"{q} | {t}" for _, q, t, _ in ALL_CASES]
)
def test_query_finds_just_what_it_means(
    core: Core, parser: str, number: int, query: str, text: str, found: bool
) -> None:
    hits = core.search({"q": query, "fq": f"+id:case-{number}", "defType": parser})
    assert (hits["count"] == 1) is found, (core.forms(query, "query"), core.forms(text))


@pytest.fixture(scope="module")
def ranked(core: Core) -> Core:
    core.index(
        {"name": "rank-written", "notes": "Laporan uji kekurangan gizi", "organization": "rank"},
        {"name": "rank-related", "notes": "Laporan uji kurang gizi", "organization": "rank"},
        {"name": "rank-title", "title": "Pengaduan", "notes": "Laporan", "organization": "rank-title"},
        {"name": "rank-notes", "title": "Laporan", "notes": "Pengaduan", "organization": "rank-title"},
    )
    return core


def test_the_written_form_ranks_before_related_forms(ranked: Core) -> None:
    found = ranked.search({"q": "kekurangan", "fq": "+organization:rank"})
    assert found["results"] == ["rank-written", "rank-related"]


def test_a_word_in_the_title_ranks_before_one_in_the_description(ranked: Core) -> None:
    found = ranked.search({"q": "mengadu", "fq": '+organization:"rank-title"'})
    assert found["results"] == ["rank-title", "rank-notes"]


@pytest.mark.parametrize("query", ["yang", "dan", "di", "- -", "&&", '"', "(((", "TKI AND", "*", "?", "/", "é"])
def test_odd_queries_are_answered(core: Core, query: str) -> None:
    # Solr's dismax, CKAN's default, refuses some of these whatever the schema.
    assert core.search({"q": query, "defType": "edismax"})["count"] >= 0


def test_synonyms_do_not_lengthen_the_indexed_text(core: Core) -> None:
    assert len(core.forms("pmi jatim bp2mi korsel hongkong uea 2020")) == 7


@pytest.mark.parametrize("word", ["penempatan", "placements", "kekerasan", "migration"])
def test_a_query_word_keeps_its_written_form(core: Core, word: str) -> None:
    assert word in core.forms(word, "query")[0]
