"""Every remark has its words; faults of a source are summed up, with examples."""

from __future__ import annotations

import doctest

import pytest

from ckanext.satudatapmi.harvesters import remarks, words
from ckanext.satudatapmi.harvesters.remarks import EXAMPLES, FAULTS, KINDS, RemarkCounter, remark_words
from ckanext.satudatapmi.schemas.convert import Remark


def test_examples_in_docstrings_hold():
    assert doctest.testmod(words).failed == 0


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_every_kind_has_words(kind):
    assert remark_words(kind) != kind and remark_words(kind).endswith(".")


def test_every_fault_is_a_kind():
    assert FAULTS <= KINDS
    assert remark_words("no such kind") == "no such kind"


def test_faults_are_summed_up_by_kind_and_field_with_a_few_examples():
    counter = RemarkCounter()
    for number in range(1, 401):
        counter.add(number, [Remark("date_unreadable", "issued", f"-0001-{number}")])
    counter.add(
        7, [Remark("key_alias", "accessLevel", "accesLevel"), Remark("email_unusable", "contactPoint.hasEmail")]
    )
    assert counter.by_kind() == {"date_unreadable": 400, "email_unusable": 1, "key_alias": 1}
    dates, email = counter.faults("kota-contoh")
    assert "kota-contoh" in dates and "issued" in dates and "400 times" in dates and "record 1: -0001-1;" in dates
    assert f"-0001-{EXAMPLES}" in dates and f"-0001-{EXAMPLES + 1}" not in dates and "…" in dates
    assert "record 7)" in email


def test_rejection_names_source_record_field_value_and_what_to_do():
    rejection = remarks.Rejection("kota-contoh", 12, "dataset", '"teks"', "an object", "Ask the partner.")
    assert rejection.words() == (
        'Source kota-contoh, record 12, field dataset: "teks" cannot be used. Expected: an object. Ask the partner.'
    )
