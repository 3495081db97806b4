"""A record that limits access lands private from the first day."""

from __future__ import annotations

import pytest
from hypothesis import given

from ckanext.satudatapmi.harvesters.access import decide
from tests.strategies import JSON


@pytest.mark.parametrize(
    ("values", "private", "level"),
    [
        ({}, False, None),
        ({"accessLevel": None, "accessRights": "-"}, False, None),
        ({"accessLevel": "public"}, False, "terbuka"),
        ({"accessLevel": "Publik"}, False, "terbuka"),
        ({"accessLevel": " PUBLIC "}, False, "terbuka"),
        ({"accessLevel": "private"}, True, "terbatas"),
        ({"accessLevel": "restricted public"}, True, "terbatas"),
        ({"accessLevel": "non-public"}, True, "tertutup"),
        ({"accessRights": "terbuka"}, False, "terbuka"),
        ({"accessRights": "Terbatas"}, True, "terbatas"),
        ({"accessRights": "tertutup"}, True, "tertutup"),
        ({"accessRights": "terbuka", "accessLevel": "private"}, True, "terbatas"),
        ({"accessRights": "tertutup", "accessLevel": "public"}, True, "tertutup"),
        ({"private": True}, True, "terbatas"),
        ({"private": "ya"}, True, "terbatas"),
        ({"private": 1}, True, "terbatas"),
        ({"private": False, "accessLevel": "public"}, False, "terbuka"),
        ({"private": "false"}, False, None),
        ({"accessLevel": "public", "accesLevel": "non-public"}, True, "tertutup"),
        ({"accessLevel": "public", "AccessLevel": "non-public"}, True, "tertutup"),
        ({"private": None, "Private": True}, True, "terbatas"),
        ({"access_level": "restricted"}, True, "terbatas"),
        ({"access-rights": "terbatas"}, True, "terbatas"),
        ({"hak_akses": "tertutup", "accessLevel": "public"}, True, "tertutup"),
        (
            {"accessRights": "http://inspire.ec.europa.eu/metadata-codelist/LimitationsOnPublicAccess/noLimitations"},
            False,
            "terbuka",
        ),
        (
            {
                "accessRights": "http://inspire.ec.europa.eu/metadata-codelist/LimitationsOnPublicAccess/"
                "INSPIRE_Directive_Article13_1a"
            },
            True,
            "tertutup",
        ),
    ],
)
def test_access(values, private, level):
    decision = decide(values)
    assert (decision.private, decision.level, decision.remarks) == (private, level, ())


@pytest.mark.parametrize(
    ("values", "says_public"),
    [({}, False), ({"private": False}, True), ({"accessLevel": "public"}, True), ({"private": True}, False)],
)
def test_only_words_say_that_a_dataset_is_open(values, says_public):
    assert decide(values).says_public is says_public


@pytest.mark.parametrize("values", [{"accessLevel": "entahlah"}, {"accessRights": 5}, {"private": "mungkin"}])
def test_unknown_word_is_private_and_reported(values):
    decision = decide(values)
    assert decision.private
    assert [(remark.kind, remark.field) for remark in decision.remarks] == [("access_unknown", next(iter(values)))]


@given(JSON, JSON, JSON)
def test_nothing_but_known_words_makes_a_dataset_public(rights, level, private):
    decision = decide({"accessRights": rights, "accessLevel": level, "private": private})
    if not decision.private:
        assert decision.level in (None, "terbuka") and not decision.remarks
