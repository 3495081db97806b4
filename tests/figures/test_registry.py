"""The registry of the single data is sound: every name that a file uses is one that another file explains."""

from __future__ import annotations

from datetime import date

import pytest

from ckanext.satudatapmi.figures import registry
from ckanext.satudatapmi.figures.comparing import comparable, differing
from ckanext.satudatapmi.harvesters.registry import load as load_sources
from ckanext.satudatapmi.reference.codelists import load
from ckanext.satudatapmi.reference.matchers import codes_of
from ckanext.satudatapmi.tables.vocabulary import known_fields

DEFINITIONS = registry.definitions()


def test_every_name_is_explained():
    fields = {known.column: known.codes for known in known_fields().values()}
    for dimension in registry.dimensions().values():
        assert codes_of(dimension.codes) and fields[dimension.field] == dimension.codes
        assert dimension.total in (registry.TOTAL, *codes_of(dimension.codes))
    for definition in DEFINITIONS.values():
        for name, value in definition.attributes.items():
            assert value == registry.UNKNOWN or value in registry.attributes()[name].values, (definition.id, name)
    for indicator in registry.indicators().values():
        assert load("satuan").get(indicator.unit) and set(indicator.breakdowns) <= set(registry.dimensions())
    for facet in registry.facets().values():
        measure = registry.indicators()[facet.indicator].measure
        assert {DEFINITIONS[one.definition].attributes["measure"] for one in facet.definitions} == {measure}
        assert facet.definitions[-1].periods_from is None and facet.definitions[-1].published_from is None
    for conversion in registry.conversions():
        values = registry.attributes()[conversion.attribute].values
        assert conversion.source in values and conversion.target in values


def test_facets_and_definitions_of_our_sources_are_registered():
    sources = load_sources(placeholders={"demo": "http://demo"})
    bodies = {organization.name for organization in sources.organizations}
    assert {facet.publisher for facet in registry.facets().values()} <= bodies
    # A table that names neither gives no figures.
    tables = [source.table for source in sources.sources if source.table]
    fed = [table for table in tables if table.facet or table.claim]
    assert len(fed) >= len(tables) - 1
    assert all(table.facet in registry.facets() or table.claim in DEFINITIONS for table in fed)


@pytest.mark.parametrize(
    ("start", "published", "definition"),
    [
        (date(2023, 1, 1), date(2024, 2, 5), "layanan_penempatan"),
        (date(2023, 1, 1), date(2025, 2, 15), "layanan_penempatan_dengan_perpanjangan"),
        (date(2024, 1, 1), date(2024, 2, 29), "layanan_penempatan_dengan_perpanjangan"),
    ],
)
def test_definition_of_placements_follows_period_and_publication(start, published, definition):
    assert registry.facets()["bp2mi_placement"].definition(start, published) == definition


@pytest.mark.parametrize("left", DEFINITIONS.values(), ids=lambda one: one.id)
def test_comparing_is_the_same_from_both_sides(left):
    assert comparable(left, left).equal
    for right in DEFINITIONS.values():
        one, other = comparable(left, right), comparable(right, left)
        assert one.equal == other.equal == (left.id == right.id)
        assert {(d.attribute, d.left, d.right) for d in one.differences} == {
            (d.attribute, d.right, d.left) for d in other.differences
        }


def test_what_nobody_said_agrees_with_nothing():
    kemnaker = DEFINITIONS["pernyataan_kemnaker"]
    compared = [name for name, one in registry.attributes().items() if one.compared]
    assert [one.attribute for one in comparable(kemnaker, DEFINITIONS["wni_lapor_diri"]).differences] == compared


def test_cumulative_and_yearly_placements_are_joined_by_difference():
    pair = comparable(DEFINITIONS["penempatan_kumulatif"], DEFINITIONS["layanan_penempatan_dengan_perpanjangan"])
    assert not pair.equal and pair.convertible
    assert [one.conversion.method for one in pair.differences if one.conversion] == ["difference"]


def test_the_three_famous_numbers_are_three_concepts():
    three = [DEFINITIONS[f"pernyataan_{name}"] for name in ("kemlu", "kemnaker", "bp2mi")]
    assert len(differing(three)) == 3 and differing([three[0], three[0]]) == []
