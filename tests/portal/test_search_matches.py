"""What of a dataset matches a search, in pieces that a template escapes."""

from __future__ import annotations

from ckanext.satudatapmi.portal.search_index import BEGIN, END
from ckanext.satudatapmi.portal.search_matches import COLUMNS_AT_MOST, Part, matches, parts_of


def marked(text):
    return text.replace("[", BEGIN).replace("]", END)


def test_text_is_cut_into_pieces():
    assert parts_of(marked("Data [PMI]<b>[TKI]")) == (
        Part("Data ", False),
        Part("PMI", True),
        Part("<b>", False),
        Part("TKI", True),
    )
    assert parts_of("Data") == (Part("Data", False),) and parts_of("") == ()


def test_sign_without_its_other_half_hides_nothing():
    assert "".join(part.text for part in parts_of(f"a{BEGIN}b")) == f"a{BEGIN}b"


def test_words_that_mean_another_are_told_once():
    said = {"PMI": "TKI", "pmi": "TKI", "pekerja migran": "TKI"}
    fields = {"title": [marked("Data [PMI]")], "notes": [marked("[pmi] dan [pekerja migran]"), marked("[data]")]}
    asked = []
    found = matches({"a": fields}, lambda words: asked.append(set(words)) or said)
    assert found["a"].reasons == (("TKI", "PMI, pekerja migran"),)
    assert "".join(part.text for part in found["a"].notes) == "pmi dan pekerja migran … data"
    assert asked == [{"PMI", "pmi", "pekerja migran", "data"}]


def test_columns_are_few_and_stand_once():
    lines = [marked(f"[kolom] {number}") for number in range(20)]
    found = matches({"a": {"column": lines[:1] * 3 + lines}}, lambda words: {})
    assert len(found["a"].columns) == COLUMNS_AT_MOST
    assert found["a"].columns[0] != found["a"].columns[1]
