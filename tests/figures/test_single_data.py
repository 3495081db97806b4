"""All that is printed is in the single data, each number with its row; the answers are the ones that were published."""

from __future__ import annotations

import csv
from decimal import Decimal

import pytest

pytestmark = pytest.mark.usefixtures("single_data")

SEX, EMPLOYER = {"M": "L", "F": "P"}, {"formal": "F", "informal": "I"}
CASES = {"unpaid_wage": "unpaid_wage", "failed_departure": "failed_departure"}


def only(answer):
    [cell] = answer.cells
    return cell.preferred


def published(shared):
    with (shared / "data" / "published_figures.csv").open(encoding="utf-8") as file:
        return [row for row in csv.DictReader(file) if row["measure"] != "claim"]


def parameters(row):
    given = {
        "indicator": "placement_cumulative" if row["measure"] == "cumulative_flow" else row["stat_var"],
        "origin": row["origin"],
        "destination": row["dest"],
        "sex": SEX.get(row["sex"], row["sex"]),
        "employer_type": EMPLOYER.get(row["employer_type"], row["employer_type"]),
        "occupation": row["occupation"],
        "complaint_type": row["case_type"],
        "time": f"{row['ref_start']}:{row['ref_end']}",
        "vintage": row["published"],
    }
    return {name: value for name, value in given.items() if value != "_T"}


def test_every_published_figure_is_in_with_its_row(ask, shared):

    missed = []
    for row in published(shared):
        answer = ask(**parameters(row))
        values = {
            (figure.value, str(figure.vintage))
            for cell in answer.cells
            if (str(cell.ref_start), str(cell.ref_end)) == (row["ref_start"], row["ref_end"])
            for figure in cell.figures
            if figure.source.row and figure.source.column and len(figure.source.sha256) == 64
        }
        if (Decimal(row["value"]), row["published"]) not in values:
            missed.append((row, values))
    assert not missed, "\n".join(map(str, missed))


def test_every_figure_of_jawa_timur_is_in_and_a_gap_is_missing_and_no_zero(ask, shared):
    with (shared / "data" / "bp2mi_jatim_2011_2025.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    printed = sum(1 for row in rows for year, value in row.items() if year.isdecimal() and value)
    totals = {year: sum(int(float(row[year])) for row in rows if row[year]) for year in map(str, range(2011, 2026))}
    found = ask(origin="35", by="origin", time="2011:2025").cells
    assert sum(1 for cell in found if cell.preferred.value is not None) == printed
    for year, total in totals.items():
        of_year = [cell.preferred.value for cell in found if str(cell.ref_end.year) == year]
        assert sum(value for value in of_year if value is not None) == total
        assert len(of_year) == 38 and 0 not in of_year


def test_the_figures_of_2023_are_two_and_each_has_its_day(ask):
    assert only(ask(time="2023")).value == 297108
    assert only(ask(time="2023")).obs_status == "B"
    assert only(ask(time="2023", vintage="2024-06-30")).value == 274965
    assert only(ask(time="2023", vintage="asof:2024-06-30")).obs_status == "A"


def test_lombok_tengah_to_malaysia_is_answered_with_its_row(ask):
    figure = only(ask(origin="Lombok Tengah", destination="Malaysia", time="2022"))
    assert figure.value == 9948
    assert figure.source.file == "penempatan-negara-2022.csv"
    assert (figure.source.row, figure.source.column) == (5, "Jumlah")


def test_a_restated_year_shows_its_difference(single_data):
    import ckan.model as model

    from ckanext.satudatapmi.figures.answering import figure_of
    from ckanext.satudatapmi.figures.revisions import triangles
    from ckanext.satudatapmi.figures.store import reading

    rows = reading.vintages(model.Session.connection(), reading.Selection(("placement",)))
    [triangle] = triangles(figure_of(row) for row in rows)
    revision = next(one for one in triangle.revisions if one.former.value == 295439)
    assert (revision.restated.value, revision.difference, round(revision.percent, 2)) == (297434, 1995, Decimal("0.68"))
    assert not revision.redefined
    assert next(one for one in triangle.revisions if one.former.value == 274965).redefined


def test_a_sum_leaves_nothing_out(ask):
    from ckanext.satudatapmi.figures.answering import Refusal

    with pytest.raises(Refusal) as refused:
        ask(by="destination", time="2023", aggregate="sum")
    assert "ARE" in refused.value.missing["destination"]
    for wrong, reason in (
        ({"indicator": "pmi_stock", "time": "2018:2024"}, "not_over_time"),
        ({"time": "2016:2019"}, "gap_in_time"),
        ({"indicator": "pmi_stock", "destination": "SAU", "time": "2019:2024"}, "not_over_time"),
        ({"indicator": "complaint", "time": "2024-01:2024-12"}, "not_published"),
    ):
        with pytest.raises(Refusal) as refused:
            ask(aggregate="sum", **wrong)
        assert reason in refused.value.reasons, wrong
    assert ask(indicator="remittance", time="2021-Q1:2021-Q4", aggregate="sum").aggregate.value == Decimal("9164.04")
    assert ask(origin="35", by="origin", time="2011", aggregate="sum").aggregate.value == 109233


def test_the_demo_partners_tables_hold_together(single_data):
    from ckanext.satudatapmi.figures.checks import explain

    told = [f"{name}: {explain(one)}" for name, grown in single_data.items() for one in grown.findings]
    assert all("R11" in one or "jawa-timur" in one for one in told), told


def test_the_same_bytes_again_add_nothing(single_data, demo):
    import ckan.model as model

    from ckanext.satudatapmi.harvesters import registry

    from .conftest import load_file

    for entry in registry.load(placeholders={"demo": "demo:/"}).sources:
        if entry.table and entry.table.facet:
            again = load_file(entry, demo / entry.url.removeprefix("demo:/").lstrip("/"))
            assert (again.loaded.load_id, again.loaded.observations, again.findings) == (None, 0, ()), entry.name
    model.Session.rollback()


@pytest.fixture
def act(single_data):
    import ckan.model as model
    import ckan.plugins.toolkit as tk

    yield lambda name, **parameters: tk.get_action(name)({"user": ""}, parameters)
    model.Session.rollback()


def test_an_unpublished_cell_has_its_bounds_and_the_nearest_cells(act):
    answer = act("pmi_query", origin="Jawa Timur", destination="HKG", time="2023")
    assert answer["cells"] == [] and answer["bounds"]["obs_status"] == "E"
    assert (answer["bounds"]["lower"], answer["bounds"]["upper"]) == (0, 65916)
    assert {figure["value"] for figure in answer["bounds"]["figures"]} == {68069, 65916, 274965}
    assert answer["nearest"] and answer["notes"]


def test_the_mean_of_the_three_claims_is_refused_with_what_differs(act):
    import ckan.plugins.toolkit as tk

    with pytest.raises(tk.ValidationError) as refused:
        act("pmi_claim_list", aggregate="mean")
    told = refused.value.error_dict
    pairs = {frozenset((one["left"], one["right"])): one["differences"] for one in told["differences"]}
    three = ("pernyataan_kemlu", "pernyataan_kemnaker", "pernyataan_bp2mi")
    for at, left in enumerate(three):
        for right in three[at + 1 :]:
            assert {one["attribute"] for one in pairs[frozenset((left, right))]} >= {"population", "unit_counted"}
    assert len(told["aggregate"]) == len(told["differences"])


@pytest.mark.parametrize("action", ["pmi_query", "pmi_revision_list"])
def test_parameter_that_is_not_known_is_refused_and_not_passed_over(act, action):
    import ckan.plugins.toolkit as tk

    with pytest.raises(tk.ValidationError) as refused:
        act(action, provinsi="Jawa Timur", time="2023")
    assert "origin" in refused.value.error_dict["provinsi"][0]


@pytest.mark.parametrize("wrong", ["median", ["sum"], {"sum": 1}, 5])
def test_aggregate_of_claims_that_is_not_known_is_told_with_those_that_are(act, wrong):
    import ckan.plugins.toolkit as tk

    with pytest.raises(tk.ValidationError) as refused:
        act("pmi_claim_list", aggregate=wrong)
    assert "sum, mean" in refused.value.error_dict["aggregate"][0]


@pytest.mark.parametrize("action", ["pmi_query", "pmi_revision_list"])
def test_question_of_too_many_figures_is_refused_with_what_to_do(act, monkeypatch, action):
    import ckan.plugins.toolkit as tk

    from ckanext.satudatapmi.figures.store import reading

    monkeypatch.setattr(reading, "MOST", 20)
    with pytest.raises(tk.ValidationError) as refused:
        act(action, origin="35", by="origin", time="2011:2024")
    assert "20" in refused.value.error_dict["by"][0]


@pytest.mark.parametrize("action", ["pmi_change_list", "pmi_finding_list"])
@pytest.mark.parametrize("offset", [10**19, 2**63, 1_000_001, -1])
def test_offset_that_no_list_has_is_refused(act, action, offset):
    import ckan.plugins.toolkit as tk

    with pytest.raises(tk.ValidationError) as refused:
        act(action, since="2020-01-01", offset=str(offset))
    assert list(refused.value.error_dict) == ["offset"]
    found = act(action, since="2020-01-01", offset=1_000_000)
    assert (found["findings"] if action == "pmi_finding_list" else found) == []


def test_claims_stand_in_groups_of_one_concept(act):
    found = act("pmi_claim_list")
    values = {group["definition"]: [one["value"] for one in group["statements"]] for group in found["groups"]}
    assert len(values) >= 4
    assert values["pernyataan_bp2mi"] == [4700000, 4200000]
    assert values["pernyataan_kemlu"] == [4500000] and values["pernyataan_kemnaker"] == [5000000]
    assert values["wni_lapor_diri"] == [2276722, 3011210] and 3440000 in values["perkiraan_neraca_pembayaran"]
