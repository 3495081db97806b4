"""The word lists of the configset keep their own rules; no Solr needed."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from collections import Counter
from pathlib import Path

import pytest

from ckanext.satudatapmi.reference.published import concepts
from tests.search.running_solr import CONFIGSET

SYNONYMS = CONFIGSET / "synonyms_id.txt"
STEMS = CONFIGSET / "stems_id.txt"
WORD_LISTS = ["stopwords.txt", "protected_en.txt"]
PHRASE = re.compile(r"[a-z0-9]+( [a-z0-9]+)*")


def entries(path: Path) -> list[str]:
    lines = path.read_text(encoding="utf-8").splitlines()
    return [line for line in lines if line.strip() and not line.startswith("#")]


def sides(line: str) -> tuple[list[str], list[str]]:
    """Return what is written and what it is found by; for a line without an arrow both are the whole line."""
    left, _, right = line.partition(" => ")
    written = left.split(", ")
    return written, right.split(", ") if right else written


SYNONYM_LINES = entries(SYNONYMS)


def test_synonyms_are_plain_lower_case_words() -> None:
    for line in SYNONYM_LINES:
        for side in sides(line):
            assert all(PHRASE.fullmatch(phrase) for phrase in side), line
            assert len(set(side)) == len(side), line


def test_what_is_written_stays_found() -> None:
    for line in SYNONYM_LINES:
        written, found_by = sides(line)
        assert set(written) <= set(found_by), line


def test_synonyms_never_make_a_text_longer() -> None:
    for line in SYNONYM_LINES:
        written, found_by = sides(line)
        assert max(len(phrase.split()) for phrase in found_by) <= min(len(phrase.split()) for phrase in written), line


def test_each_phrase_stands_in_one_synonym_line() -> None:
    counts = Counter(phrase for line in SYNONYM_LINES for phrase in sides(line)[0])
    assert [phrase for phrase, count in counts.items() if count > 1] == []


def test_bodies_are_found_by_the_short_names_of_all_that_were_before_or_after_them() -> None:
    bodies = concepts("instansi")
    short = {alias.lower() for body in bodies for alias in body.aliases if " " not in alias}
    assert "bnp2tki" in short and any(body.linked("succeeds") for body in bodies)
    by_phrase = {phrase: found for line in SYNONYM_LINES for written, found in [sides(line)] for phrase in written}
    for name in (*short, *(body.label["id"].lower() for body in bodies)):
        assert short <= set(by_phrase[name]), f"{name}: synonyms_id.txt lacks one of {sorted(short)}"


def test_stems_are_pairs_of_lower_case_words_given_once() -> None:
    pairs = [line.split("\t") for line in entries(STEMS)]
    assert all(len(pair) == 2 and all(re.fullmatch("[a-z]+", word) for word in pair) for pair in pairs), pairs
    counts = Counter(word for word, _ in pairs)
    assert [word for word, count in counts.items() if count > 1] == []
    assert pairs == sorted(pairs, key=lambda pair: (pair[1], pair[0]))


@pytest.mark.parametrize("name", WORD_LISTS)
def test_word_lists_hold_single_lower_case_words_once(name: str) -> None:
    words = entries(CONFIGSET / name)
    assert all(re.fullmatch("[a-z]+", word) for word in words), words
    assert len(set(words)) == len(words)


def test_every_word_list_is_used_by_the_schema_and_no_other_file_is_asked_for() -> None:
    asked = set()
    for node in ET.parse(CONFIGSET / "schema.xml").getroot().iter("filter"):
        asked |= {node.get(name) for name in ("words", "synonyms", "dictionary", "protected") if node.get(name)}
    assert asked == {path.name for path in CONFIGSET.glob("*.txt")}


def test_index_and_query_analysis_differ_in_synonyms_only() -> None:
    types = ET.parse(CONFIGSET / "schema.xml").getroot().iter("fieldType")
    text = next(node for node in types if node.get("name") == "text")
    index, query = ([dict(step.attrib) for step in analyzer] for analyzer in text.iter("analyzer"))
    added = [step["class"] for step in index if step not in query]
    assert added == ["solr.SynonymGraphFilterFactory", "solr.FlattenGraphFilterFactory"]
    assert [step for step in index if step in query] == query
