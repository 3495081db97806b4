"""The 61 catalogues that partners gave the national portal: every record with a usable identity is in."""

from __future__ import annotations

from collections import Counter

import pytest

from ckanext.satudatapmi.harvesters.datajson import CatalogueError, normalise, read_catalogue
from ckanext.satudatapmi.harvesters.identity import identify
from ckanext.satudatapmi.harvesters.mapping import SourceContext, to_package
from ckanext.satudatapmi.harvesters.remarks import Rejection
from ckanext.satudatapmi.schemas import convert, wire

RECORDS = 13_342
"""Records of the files that are catalogues; three files more are one data package each."""

PACKAGES = 3


@pytest.fixture(scope="module")
def harvest(shared):
    """Every file: its records, what became of them, or its error."""
    landed, totals, errors = [], Counter(), {}
    for path in sorted((shared / "data/datajson").glob("*.json")):
        try:
            entries = read_catalogue(path.read_bytes()).entries
        except CatalogueError as error:
            errors[path.stem] = error
            continue
        outcomes = [normalise(entry, number, path.stem) for number, entry in enumerate(entries, start=1)]
        found = identify(outcome for outcome in outcomes if not isinstance(outcome, Rejection))
        source = SourceContext(path.stem, "penerbit", f"https://partner.example/{path.name}")
        landed += [(item, to_package(item, source)) for item in found.items]
        totals["records"] += len(entries)
        totals["rejected"] += sum(isinstance(outcome, Rejection) for outcome in outcomes)
        totals["repeats"] += found.identical_repeats
    return landed, totals, errors


def test_every_record_is_in_and_the_sums_match(harvest):
    landed, totals, _errors = harvest
    assert totals == {"records": RECORDS + PACKAGES, "rejected": 0, "repeats": 0}
    assert len(landed) == totals["records"] - totals["rejected"] - totals["repeats"]


def test_the_two_files_that_are_no_catalogue_are_named_with_their_reason(harvest):
    errors = harvest[2]
    assert {name: error.kind for name, error in errors.items()} == {"4": "no_catalogue", "sulbar": "broken_json"}
    assert (errors["sulbar"].line, errors["sulbar"].column) == (1, 381)


def test_ids_and_names_are_unique_over_all_sources(harvest):
    packages = [mapped.package for _item, mapped in harvest[0]]
    assert len({package["id"] for package in packages}) == len(packages)
    assert len({package["name"] for package in packages}) == len(packages)


def test_restricted_datasets_land_private(harvest):
    private = [mapped.package for _item, mapped in harvest[0] if mapped.package["private"]]
    assert Counter(package.get("accessLevel") for package in private) == {"private": 977, None: 3}


def test_nothing_of_any_record_is_lost(harvest):
    for item, mapped in harvest[0]:
        restored = convert.restore(mapped.package, wire.dataset_fields(), strict=False)
        for key, value in item.record.values.items():
            assert convert.same_json(restored[key], value), (item.record.number, key)


def test_faults_are_the_ones_we_know(harvest):
    kinds = Counter(remark.kind for _item, mapped in harvest[0] for remark in mapped.remarks)
    assert (kinds["date_unreadable"], kinds["identifier_repeated"], kinds["identifier_missing"]) == (403, 4, 2)
