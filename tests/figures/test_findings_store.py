"""The findings of a load in a real database."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from ckanext.satudatapmi.figures.checks.finding import Finding
from ckanext.satudatapmi.figures.store.findings import (
    findings_of_load,
    findings_of_resource,
    findings_of_series,
    put_findings,
)
from ckanext.satudatapmi.figures.store.loading import load_observations
from ckanext.satudatapmi.figures.store.loads import Source
from tests.figures.conftest import make_dataset
from tests.figures.finding_tables import load, loaded

FILES = ("complaints", "rules", "defects/2_education_2021.csv", "defects/3_schemes_2024.csv")


@pytest.fixture
def connection(portal) -> Iterator[Connection]:
    """The site's database in a transaction that is taken back."""
    from ckan import model

    with model.meta.engine.connect() as one:
        transaction = one.begin()
        make_dataset(one, "package", *FILES)
        yield one
        transaction.rollback()


def source(name: str) -> Source:
    return Source("package", name, f"{name}.csv", None, "0" * 64, date(2025, 3, 1))


def test_findings_come_back_as_they_were_found_contradictions_first(connection: Connection):
    table = loaded("defects/1_complaints_2024_by_country.csv")
    load_id = load_observations(connection, table.observations, source("complaints")).load_id
    found = [
        Finding("R11", "warning", {"kind": "jump", "before": 1, "value": 2.5, "ratio": 2.5, "usual": 1}),
        *table.findings(),
    ]
    put_findings(connection, load_id, found)
    stored = findings_of_load(connection, load_id)
    assert [one.finding for one in stored] == [*sorted(found[1:], key=lambda one: one.source_row), found[0]]
    assert [one.finding for one in findings_of_resource(connection, "complaints")] == [one.finding for one in stored]


def test_findings_of_a_load_are_replaced_and_those_of_others_stay(connection: Connection):
    first, second = (
        load_observations(connection, loaded(name).observations, source(name)).load_id
        for name in ("defects/2_education_2021.csv", "defects/3_schemes_2024.csv")
    )
    found = loaded("defects/2_education_2021.csv").findings()
    for load_id in (first, second, first):
        put_findings(connection, load_id, found)
    assert [len(findings_of_load(connection, one)) for one in (first, second)] == [len(found)] * 2
    put_findings(connection, first, [])
    assert findings_of_load(connection, first) == []


def test_a_finding_stands_beside_its_series_and_a_printed_total_at_none(connection: Connection):
    table = loaded("defects/1_complaints_2024_by_country.csv")
    load_id = load_observations(connection, table.observations, source("complaints")).load_id
    put_findings(connection, load_id, table.findings())
    stored = findings_of_load(connection, load_id)
    by_country = {one.finding.key.get("destination"): one.series_id for one in stored}
    assert by_country[None] is None
    assert None not in {series for country, series in by_country.items() if country}
    shown = findings_of_series(connection, [by_country["SAU"]])
    assert {one.finding.facts["value"] for one in shown} == {15307}


def test_the_database_takes_every_rule_and_no_other(connection: Connection):
    table = load("Tahun;Jumlah\n2022;5\n", "bp2mi_placement", {"satuan": "orang"})
    load_id = load_observations(connection, table.observations, source("rules")).load_id
    every = [*(f"R{number}" for number in range(1, 15)), "F1"]
    put_findings(connection, load_id, [Finding(rule, "warning", {}) for rule in every])
    assert sorted(one.finding.rule for one in findings_of_load(connection, load_id)) == sorted(every)
    with pytest.raises(sa.exc.IntegrityError):
        put_findings(connection, load_id, [Finding("R15", "warning", {})])
