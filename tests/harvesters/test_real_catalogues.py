"""The 61 catalogues that partners gave the national portal: every record with a usable identity is in."""

from __future__ import annotations

from collections import Counter

import pytest

from ckanext.satudatapmi.harvesters.datajson import CatalogueError, normalise, read_catalogue
from ckanext.satudatapmi.harvesters.identity import identify
from ckanext.satudatapmi.harvesters.mapping import SourceContext, to_package
from ckanext.satudatapmi.harvesters.remarks import Rejection
from ckanext.satudatapmi.schemas import convert, wire
from tests.harvesters.conftest import site_context

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


@pytest.mark.slow
def test_every_record_passes_the_form(harvest, portal, harvest_of):
    """What the validators refuse would not land."""
    from ckanext.satudatapmi.harvesters import importer
    from ckanext.satudatapmi.harvesters.bulk.validation import CreateValidator

    owner = harvest_of("https://partner.example/data.json").organization
    packages = [{**mapped.package, "owner_org": owner} for _item, mapped in harvest[0]]
    validator = CreateValidator(importer.harvest_context(site_context()["user"]), packages[0])
    refused = {package["name"]: found.errors for package in packages if (found := validator.validate(package)).errors}
    assert refused == {}


@pytest.mark.slow
def test_every_file_passes_the_pipeline(shared, partner, portal, harvest_of):
    """Each is read and compared as a source's first harvest, but not written."""
    import ckan.plugins.toolkit as tk

    from ckanext.satudatapmi.harvesters import holds

    harvest = harvest_of(f"{partner.url}/data.json", config={"paged": False})
    staged, told = 0, {}
    for path in sorted((shared / "data/datajson").glob("*.json")):
        partner.serve("/data.json", path.read_bytes())
        job_id = tk.get_action("satudata_harvest_dry_run")(site_context(), {"id": harvest.source_id})["job"]
        report = harvest.work(job_id)
        held = holds.open_hold(harvest.source_id)
        if held is None or held.job_id != job_id:
            told[path.stem] = harvest.errors()[0]
            continue
        assert (report["rejected"], held.difference["created"]) == (0, report["records"]), path.stem
        staged += held.difference["created"]
    assert staged == RECORDS + PACKAGES
    assert told.keys() == {"4", "sulbar"}
    assert "holds no catalogue" in told["4"] and "line 1, column 381" in told["sulbar"]
