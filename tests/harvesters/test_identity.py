"""Identity is (source, identifier); repeats both land; copies are found."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ckanext.satudatapmi.harvesters.datajson import Record, normalise
from ckanext.satudatapmi.harvesters.identity import copy_fingerprint, dataset_id, identify, outward_digest
from tests.strategies import RECORDS


def records(*entries):
    return [normalise(entry, number, "sumber") for number, entry in enumerate(entries, start=1)]


def identities(*entries):
    return [item.identity for item in identify(records(*entries)).items]


def test_the_same_identifier_in_two_sources_is_two_datasets():
    assert dataset_id("kota-a", "1") != dataset_id("kota-b", "1")


def test_id_of_a_dataset_never_changes():
    assert dataset_id("kota-a", "017a6b8e") == "f62f5ebf-3a5f-5a3a-a416-9fdfead6b984"


@pytest.mark.parametrize(
    ("identifier", "expected"), [("a", "a"), (" a ", "a"), (1, "1"), (0, "0"), (1.5, "1.5"), (True, "true")]
)
def test_identifier_of_any_scalar_type(identifier, expected):
    assert identities({"title": "x", "identifier": identifier}) == [expected]


def test_without_identifier_the_landing_page_counts():
    entry = {"title": "x", "identifier": None, "landingPage": "https://data.example.go.id/x"}
    assert identities(entry) == ["landingPage:https://data.example.go.id/x"]


@pytest.mark.parametrize("missing", [None, "", "-", [], {}])
def test_without_landing_page_publisher_and_title_count(missing):
    (first,) = identities({"title": "Jumlah PMI", "publisher": {"name": "Dinas"}, "identifier": missing})
    (same,) = identities({"title": "JUMLAH  PMI", "publisher": "dinas", "identifier": missing, "description": "baru"})
    (other,) = identities({"title": "Jumlah PMI", "publisher": {"name": "Badan"}, "identifier": missing})
    assert first == same != other


def test_missing_identifier_is_remarked():
    (item,) = identify(records({"title": "x"})).items
    assert [remark.kind for remark in item.remarks] == ["identifier_missing"]


def test_resource_alone_is_identity_enough():
    first = {"distribution": [{"downloadURL": "https://data.example.go.id/a.csv"}]}
    second = {"distribution": [{"downloadURL": "https://data.example.go.id/b.csv"}]}
    assert len(set(identities(first, second))) == 2


def test_identical_repeat_lands_once_and_is_counted():
    entry = {"title": "x", "identifier": "1"}
    result = identify(records(entry, dict(reversed(entry.items())), entry))
    assert (len(result.items), result.identical_repeats) == (1, 2)


def test_repeats_with_other_content_all_land_and_are_flagged():
    result = identify(
        records(
            {"identifier": "1", "title": "a"},
            {"identifier": "1", "title": "b"},
            {"identifier": "1", "title": "b", "description": "lain"},
            {"identifier": "1", "title": "a", "description": "lain"},
        )
    )
    found = [item.identity for item in result.items]
    assert found[0] == "1" and len(set(found)) == 4
    assert [[remark.kind for remark in item.remarks] for item in result.items] == [[]] + [["identifier_repeated"]] * 3


def test_suffix_of_a_repeat_survives_a_change_of_its_description():
    first = {"identifier": "1", "title": "a"}
    assert identities(first, {"identifier": "1", "title": "b", "description": "lama"}) == identities(
        first, {"identifier": "1", "title": "b", "description": "baru"}
    )


def remembered(items):
    return {item.identity: outward_digest(item.record) for item in items}


@pytest.mark.parametrize("order", [(0, 1, 2), (1, 0, 2), (2, 1, 0), (1, 2), (2, 1), (1,), (0, 2)])
def test_repeats_keep_their_identity_whatever_the_order_and_whatever_leaves(order):
    entries = [{"identifier": "1", "title": title} for title in ("Pertama", "Kedua", "Ketiga")]
    first = identify(records(*entries)).items
    again = identify(records(*(entries[place] for place in order)), remembered(first)).items
    assert [item.identity for item in again] == [first[place].identity for place in order]
    new = {"identifier": "1", "title": "Keempat"}
    *kept, added = identify(records(*(entries[place] for place in order), new), remembered(first)).items
    assert [item.identity for item in kept] == [first[place].identity for place in order]
    assert added.identity not in {item.identity for item in kept}


def test_retitled_record_stays_the_same_dataset():
    (first,) = identify(records({"identifier": "1", "title": "Lama"})).items
    (again,) = identify(records({"identifier": "1", "title": "Baru"}), remembered([first])).items
    assert again.identity == first.identity == "1"


def test_null_identifiers_of_two_records_are_two_datasets():
    assert len(set(identities({"title": "a", "identifier": None}, {"title": "b", "identifier": None}))) == 2


def test_copies_share_a_fingerprint_whatever_order_and_case():
    one = {
        "title": "Jumlah PMI (2024)",
        "publisher": {"name": "Dinas Contoh"},
        "identifier": "1",
        "distribution": [{"downloadURL": "https://x.go.id/a"}, {"downloadURL": "https://x.go.id/b"}],
    }
    two = {
        "title": "JUMLAH PMI 2024",
        "publisher": "dinas  contoh",
        "identifier": "2",
        "distribution": [{"downloadURL": "https://x.go.id/b"}, {"accessURL": "https://x.go.id/a"}],
    }
    first, second = records(one, two)
    assert copy_fingerprint(first) == copy_fingerprint(second)
    (third,) = records(two | {"title": "Jumlah PMI 2023"})
    assert copy_fingerprint(first) != copy_fingerprint(third)


@given(st.lists(RECORDS, max_size=6))
def test_every_record_lands_once_or_is_counted(entries):
    usable = [record for record in records(*entries) if isinstance(record, Record)]
    result = identify(usable)
    assert len(result.items) + result.identical_repeats == len(usable)
    assert len({item.identity for item in result.items}) == len(result.items)
