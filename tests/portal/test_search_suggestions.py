"""Suggestions while typing: pages by the beginnings of their names, in both languages, a few of each kind."""

from __future__ import annotations

import pytest

from ckanext.satudatapmi.portal.search_suggestions import A_GROUP, suggestions

BODIES = [{"name": "bp2mi", "title": "Badan Pelindungan Pekerja Migran Indonesia"}]


def offered(text, titles=lambda text, rows: []):
    return {group.kind: [one.title["en"] for one in group.entries] for group in suggestions(text, BODIES, titles)}


@pytest.mark.parametrize(
    ("text", "kind", "first"),
    [
        ("mala", "countries", "Malaysia"),
        ("Jepa", "countries", "Japan"),
        ("japa", "countries", "Japan"),
        ("uea", "countries", "United Arab Emirates"),
        ("jawa t", "places", "Jawa Tengah"),
        ("timur jawa", "places", "Jawa Timur"),
        ("kab kediri", "places", "Kabupaten Kediri"),
        ("kediri", "places", "Kabupaten Kediri"),
        ("placem", "indicators", "Placements of PMI"),
        ("pelind mig", "publishers", BODIES[0]["title"]),
    ],
)
def test_names_are_offered_by_their_beginnings(text, kind, first):
    assert offered(text)[kind][0] == first


@pytest.mark.parametrize("text", ["", " ", "m", "-!", "zzzz", "\0", "x" * 10_000])
def test_nothing_is_offered_for_nothing(text):
    assert offered(text) == {}


def test_a_group_is_short_and_titles_are_asked_for_as_few():
    asked = []

    def titles(text, rows):
        asked.append((text, rows))
        return [{"name": "a", "title": "Penempatan"}]

    found = offered("pa" + "x" * 500, titles)
    assert found == {"datasets": ["Penempatan"]}
    assert [(len(text), rows) for text, rows in asked] == [(100, A_GROUP)]
    assert all(len(entries) <= A_GROUP for entries in offered("ka").values())
