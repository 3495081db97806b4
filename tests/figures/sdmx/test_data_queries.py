"""Queries for observations, as the two versions of SDMX REST write them."""

from datetime import date, datetime

import pytest

from ckanext.satudatapmi.figures.exports.layout import ALL_DIMENSIONS, attribute_ids, dimension_ids
from ckanext.satudatapmi.figures.sdmx.data_queries import data_query_2_1, data_query_3_0
from ckanext.satudatapmi.figures.sdmx.errors import NOT_IMPLEMENTED, SEMANTIC, SYNTAX, SdmxError
from ckanext.satudatapmi.figures.sdmx.terms import Term, alternatives_of, keys_of

NAMES = dimension_ids()[:-1]


def key(**parts: str) -> str:
    return ".".join(parts.get(name, "") for name in NAMES)


def codes(filters) -> dict[str, list]:
    return {name: [term.value for (term,) in alternatives] for name, alternatives in filters.items()}


def refused(read, *arguments, **options) -> SdmxError:
    with pytest.raises(SdmxError) as error:
        read(*arguments, **options)
    return error.value


def test_key_has_wildcards_and_alternatives():
    (found,) = keys_of(key(FREQ="A", ORIGIN="35+52_02", SEX="P"), whole=True)
    assert codes(found) == {"FREQ": ["A"], "ORIGIN": ["35", "52.02"], "SEX": ["P"]}
    assert keys_of("all", whole=True) == keys_of("*", whole=False) == ({},)


def test_key_of_rest_2_may_be_short_and_several():
    found = keys_of("A.*.*.35,M.placement", whole=False)
    assert [codes(one) for one in found] == [
        {"FREQ": ["A"], "ORIGIN": ["35"]},
        {"FREQ": ["M"], "INDICATOR": ["placement"]},
    ]


def test_key_names_a_vintage_by_its_day():
    query = data_query_2_1(key(VINTAGE="2024-02-05"), {})
    assert codes(query.keys[0]) == {"VINTAGE": [(date(2024, 2, 5), date(2024, 2, 5))]}
    assert query.history


@pytest.mark.parametrize("text", ["A.placement", key() + ".2023", key() + "."])
def test_key_of_other_length_is_told_the_dimensions(text):
    error = refused(keys_of, text, whole=True)
    assert error.code == SYNTAX
    assert ".".join(NAMES) in error.detail and "18" in error.detail


@pytest.mark.parametrize("text", ["XX", "A++B", "A+"])
def test_value_that_the_list_does_not_have_is_told_the_list(text):
    error = refused(keys_of, key(ORIGIN=text), whole=True)
    assert error.code == SEMANTIC
    assert "ORIGIN" in error.detail and "CL_WILAYAH" in error.detail


def test_periods_of_rest_1_bound_the_time():
    query = data_query_2_1("all", {"startPeriod": "2019", "endPeriod": "2023-Q2"})
    ((start, end),) = query.filters["TIME_PERIOD"]
    assert (start.operator, start.value[0]) == ("ge", date(2019, 1, 1))
    assert (end.operator, end.value[1]) == ("le", date(2023, 6, 30))


def test_filters_of_rest_2_combine():
    years = {name: (date(name, 1, 1), date(name, 12, 31)) for name in (2019, 2021, 2023)}
    assert alternatives_of("TIME_PERIOD", "ge:2019+le:2021,2023") == (
        (Term("ge", years[2019]), Term("le", years[2021])),
        (Term("eq", years[2023]),),
    )
    # An address writes + for a space.
    assert alternatives_of("TIME_PERIOD", "ge:2019 le:2021") == alternatives_of("TIME_PERIOD", "ge:2019+le:2021")
    assert alternatives_of("SEX", "ne:_T+ne:P") == ((Term("ne", "_T"), Term("ne", "P")),)


@pytest.mark.parametrize(
    ("component", "text", "code"),
    [
        ("ORIGIN", "co:5", NOT_IMPLEMENTED),
        ("ORIGIN", "ge:35", NOT_IMPLEMENTED),
        ("ORIGIN", "xx:35", SYNTAX),
        ("OBS_VALUE", "ge:10", NOT_IMPLEMENTED),
        ("WARNA", "merah", SEMANTIC),
        ("TIME_PERIOD", "ge:kemarin", SYNTAX),
    ],
)
def test_filter_that_cannot_be_answered_is_refused(component, text, code):
    assert refused(data_query_3_0, "*", {f"c[{component}]": text}).code == code


def test_detail_says_how_much_is_told():
    full = data_query_2_1("all", {}).layout
    assert (full.at_observation, full.attributes, full.measure, full.observations) == (
        "TIME_PERIOD",
        attribute_ids(),
        True,
        True,
    )
    data_only = data_query_2_1("all", {"detail": "dataonly"}).layout
    assert (data_only.attributes, data_only.measure) == ((), True)
    for detail in ("serieskeysonly", "nodata"):
        assert not data_query_2_1("all", {"detail": detail}).layout.observations


def test_attributes_and_measures_say_how_much_is_told():
    some = data_query_3_0("*", {"attributes": "UNIT_MEASURE,OBS_STATUS", "measures": "none"}).layout
    assert (some.attributes, some.measure) == (("OBS_STATUS", "UNIT_MEASURE"), False)
    assert not data_query_3_0("*", {"attributes": "none", "measures": "none"}).layout.observations
    flat = {"attributes": "none", "measures": "none", "dimensionAtObservation": ALL_DIMENSIONS}
    assert data_query_3_0("*", flat).layout.observations


def test_moments_have_a_zone_also_where_the_address_wrote_plus():
    for text in (
        "2024-06-30T08:00:00+07:00",
        "2024-06-30T08:00:00 07:00",
        "2024-06-30T01:00:00Z",
        "2024-06-30T01:00:00",
    ):
        query = data_query_2_1("all", {"updatedAfter": text})
        assert query.updated_after == datetime(2024, 6, 30, 1)
        assert query.layout.action == "Replace"


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"startperiod": "2019"}, "startPeriod"),
        ({"c[SEX]": "P"}, "startPeriod"),
        ({"detail": "semua"}, "serieskeysonly"),
        ({"includeHistory": "ya"}, "true, false"),
        ({"dimensionAtObservation": "WARNA"}, "AllDimensions"),
        ({"firstNObservations": "0"}, "whole number"),
        ({"lastNObservations": "1.5"}, "whole number"),
        ({"updatedAfter": "kemarin"}, "2024-06-30T08:00:00Z"),
        ({"updatedAfter": "0001-01-01T00:00:00+14:00"}, "2024-06-30T08:00:00Z"),
        ({"asOf": "kemarin"}, "2024-06-30T08:00:00Z"),
        ({"startPeriod": "kemarin"}, "2023-Q2"),
    ],
)
def test_parameter_that_is_wrong_is_told_what_to_write(given, said):
    assert said in refused(data_query_2_1, "all", given).detail


@pytest.mark.parametrize("name", ["offset", "limit", "sort", "reportingYearStartDay"])
def test_parameters_of_later_versions_are_not_passed_over(name):
    assert refused(data_query_3_0, "*", {name: "1"}).code == NOT_IMPLEMENTED
