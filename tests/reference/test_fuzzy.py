"""Likeness: what is taken for a code is right, on typing errors in every spelling and on names that are not listed."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterable, Mapping

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ckanext.satudatapmi.reference import matchers, negara, wilayah
from ckanext.satudatapmi.reference.codelists import load
from ckanext.satudatapmi.reference.fuzzy import Bars, Likeness, Spelling, bars
from ckanext.satudatapmi.reference.matchers import match_all
from ckanext.satudatapmi.reference.matching import Candidate, MatchStatus
from satudata_local.bench.slips import slipped

SHORTEST_TYPED = 4
"""Letters of the shortest spelling that the errors are made in: of `HKG` nothing would be left."""
LEAST_RECALL = {("wilayah", 1): 0.55, ("wilayah", 2): 0.15, ("negara", 1): 0.5, ("negara", 2): 0.2}


def spellings(name: str) -> list[Spelling]:
    if name == "wilayah":
        listed = wilayah.spellings().items()
        return [Spelling(key, wilayah.letters(key), tuple(area.candidate for area in meant)) for key, meant in listed]
    source = negara if name == "negara" else load(name)
    return [Spelling(key, len(key), meant) for key, meant in source.spellings().items()]


def typed(listed: Iterable[Spelling], errors: int) -> dict[str, str]:
    """Misspelt spellings of one meaning with their code. What is a spelling itself nobody could tell from it."""
    rng = random.Random(errors)
    known = {one.key for one in listed}
    made = {
        slipped(one.key, rng, errors): one.meant[0].code
        for one in listed
        if len(one.meant) == 1 and len(one.key) >= SHORTEST_TYPED
    }
    return {text: code for text, code in made.items() if text not in known}


def precision_recall(likeness: Likeness, labelled: Mapping[str, str]) -> tuple[float, float]:
    found = dict(zip(labelled, likeness.nearest(list(labelled)), strict=True))
    taken = {text: near.code.code for text, near in found.items() if near.code}
    right = sum(labelled[text] == code for text, code in taken.items())
    return right / len(taken), len(taken) / len(labelled)


@pytest.mark.parametrize(("name", "errors"), LEAST_RECALL)
def test_what_is_taken_for_a_code_is_right_and_enough_is_taken(name, errors):
    listed = spellings(name)
    labelled = typed(listed, errors)
    precision, recall = precision_recall(Likeness(listed), labelled)
    print(f"{name}, {errors} errors: {len(labelled)} names, precision {precision:.4f}, recall {recall:.3f}")
    assert len(labelled) > 400
    assert precision == 1.0
    assert recall >= LEAST_RECALL[name, errors]


def taken_without_their_own(name: str, limits: Bars) -> list[tuple[str, str]]:
    """Look each spelling up in the list without the codes that it means: what is taken is wrong."""
    listed = [one for one in spellings(name) if one.key.isalpha()]
    likeness = Likeness(listed, limits)
    places: dict[str, list[int]] = defaultdict(list)
    for place, one in enumerate(listed):
        for candidate in one.meant:
            places[candidate.code].append(place)
    wrong = []
    for one, row in zip(listed, likeness._distances([one.key for one in listed]), strict=True):
        for candidate in one.meant:
            row[places[candidate.code]] = limits.farthest
        taken = likeness._decide(one.key, row).code
        wrong += [(one.key, str(taken))] if taken else []
    return wrong


# Not `sektor`: of its two codes, formal and informal, neither is ever missing.
@pytest.mark.parametrize("name", ["wilayah", "negara", "jabatan", "jenis_kasus", "skema_penempatan"])
def test_name_that_is_not_in_the_list_is_taken_for_nothing(name):
    assert taken_without_their_own(name, bars()) == []


def test_lower_bars_would_take_names_for_wrong_codes():
    """Why the bars are as high as they are: with seven letters Ireland is Iceland, without a margin Serang is Semarang."""
    assert ("ireland", "Islandia (ISL)") in taken_without_their_own("negara", Bars(((7, 1),), 2))
    near = Likeness(spellings("wilayah"), Bars(((8, 2),), 1)).nearest(["semraangkodia"])
    assert [one.code.name for one in near] == ["Kota Semarang"]


@pytest.mark.parametrize(
    ("name", "options", "text", "code"),
    [
        ("negara", {}, "Singapurra", "SGP"),
        ("negara", {}, "Malaisia", "MYS"),
        ("negara", {}, "HONGKOMG", "HKG"),
        ("negara", {}, "Uni Emirat Arb", "ARE"),
        ("negara", {}, "Saudi Arabiah", "SAU"),
        ("wilayah", {}, "Kab. Banyuwagi", "35.10"),
        ("wilayah", {}, "LOMBOK TEGNAH", "52.02"),
        ("wilayah", {}, "Kota Surabayaa", "35.78"),
        ("wilayah", {"level": "kabupaten_kota", "within": "35"}, "Tulungagumg", "35.04"),
        ("wilayah", {"within": "32", "unmarked": "kabupaten"}, "Tasikmalya", "32.06"),
        ("wilayah", {"within": "32", "unmarked": "kota"}, "Tasikmalya", "32.78"),
    ],
)
def test_clear_misspelling_is_found_and_marked(name, options, text, code):
    match = match_all(name, [text], options)[text]
    assert (match.code, match.status) == (code, MatchStatus.FUZZY)
    assert match.found


@pytest.mark.parametrize(
    ("name", "options", "text", "suggested"),
    [
        ("negara", {}, "Kindom", "GBR"),
        ("negara", {}, "Irann", "IRN"),
        ("negara", {}, "Islendia", "ISL"),
        ("wilayah", {}, "Kedirri", "35.06"),
        ("wilayah", {}, "Tasikmalya", "32.78"),
        ("wilayah", {}, "Kota Batuu", "35.79"),
        ("wilayah", {}, "Bandumg", "32.04"),
    ],
)
def test_doubtful_misspelling_is_asked_about_with_suggestions(name, options, text, suggested):
    match = match_all(name, [text], options)[text]
    assert (match.code, match.status) == (None, MatchStatus.UNKNOWN)
    assert suggested in {candidate.code for candidate in match.candidates}


def test_kindom_suggests_the_united_kingdom_first():
    assert match_all("negara", ["Kindom"])["Kindom"].candidates[0].code == "GBR"


def test_misspelt_name_of_an_area_elsewhere_is_not_taken_for_one_here():
    here = {"level": "kabupaten_kota", "within": "12"}
    assert match_all("wilayah", ["Banyuwangi", "Banyuwagi"], here)["Banyuwagi"].code is None
    assert match_all("wilayah", ["Banyuwangi"], here)["Banyuwangi"].code is None


@pytest.mark.parametrize("text", ["Lainya", "Jumlahh", "Tidak Diketahuii", "Totall"])
def test_misspelt_words_for_rests_and_totals_are_no_names(text):
    assert match_all("negara", [text])[text].code is None
    assert match_all("wilayah", [text])[text].code is None


@pytest.mark.parametrize("text", ["35.99", "3506", "2024", "KBJI 2143", "", "  ", "-"])
def test_numbers_and_nothing_are_never_taken_by_likeness(text):
    for name in ("wilayah", "negara", "kbji2014", "kbli2020"):
        assert match_all(name, [text])[text].status is not MatchStatus.FUZZY


LETTERS = st.text("abcdef", min_size=1, max_size=16)


@given(st.lists(LETTERS, min_size=1, max_size=8, unique=True), LETTERS)
def test_code_is_given_only_within_the_bars_and_without_a_rival(keys, text):
    listed = [Spelling(key, len(key), (Candidate(key, key),)) for key in keys]
    (near,) = Likeness(listed).nearest([text])
    if near.code:
        distances = {key: _errors(text, key) for key in keys}
        own = distances.pop(near.code.code)
        assert own <= bars().forgiven(len(near.code.code))
        assert all(other >= own + bars().margin for other in distances.values())


def _errors(one: str, other: str) -> int:
    """Optimal string alignment, by its definition."""
    table = np.add.outer(np.arange(len(one) + 1), np.arange(len(other) + 1))
    for i in range(1, len(one) + 1):
        for j in range(1, len(other) + 1):
            same = int(one[i - 1] != other[j - 1])
            table[i, j] = min(table[i - 1, j] + 1, table[i, j - 1] + 1, table[i - 1, j - 1] + same)
            if i > 1 and j > 1 and one[i - 1] == other[j - 2] and one[i - 2] == other[j - 1]:
                table[i, j] = min(table[i, j], table[i - 2, j - 2] + 1)
    return int(table[-1, -1])


@given(st.lists(st.text(max_size=20), max_size=30))
def test_every_text_gets_one_match_alone_or_among_others(texts):
    matches = match_all("negara", texts)
    assert set(matches) == set(texts)
    for text in texts[:3]:
        assert match_all("negara", [text])[text] == matches[text]


def test_names_that_are_spelt_right_wait_for_no_likeness(monkeypatch):
    monkeypatch.setattr(matchers, "_like_areas", None)
    assert match_all("wilayah", ["Kota Kediri"])["Kota Kediri"].code == "35.71"
