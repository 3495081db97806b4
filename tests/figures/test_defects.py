"""The defects that really were published are caught, and clean tables pass (defects/README.md)."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pandas as pd
import pytest

from ckanext.satudatapmi.figures.checks import check_table, explain
from tests.figures.finding_tables import load, loaded, rules_of, tables

CONTROLS = [name for name in tables() if name.startswith("controls/")]


def figure(facet: str, year: int, value: int, published: date) -> pd.DataFrame:
    """Return a yearly total as the single data holds it."""
    text = f"Tahun;Jumlah\n{year};{value}\n"
    unit = {"satuan": "pengaduan" if "complaint" in facet else "orang", "constants": {"tanggal_terbit": str(published)}}
    return load(text, facet, unit).known


@pytest.mark.parametrize("name", CONTROLS)
def test_a_clean_table_passes_without_a_finding(name: str):
    table = loaded(name)
    assert not table.tidy.errors
    assert not table.observations.errors
    assert len(table.observations.frame)
    assert table.findings() == []


def test_clean_tables_of_one_publisher_pass_beside_each_other():
    placements = [loaded(name) for name in CONTROLS if tables()[name]["facet"] == "bp2mi_placement"]
    for table in placements:
        known = pd.concat([other.known for other in placements if other is not table])
        assert table.findings(known) == []


def test_complaints_of_all_years_under_2024_exceed_the_total():
    table = loaded("defects/1_complaints_2024_by_country.csv")
    found = table.findings(figure("bp2mi_complaint", 2024, 1500, date(2025, 2, 1)))
    assert rules_of(found) == {"R3", "R12"}
    above = [one for one in found if one.rule == "R12"]
    assert [(one.key["destination"], one.facts["value"], one.facts["total"]) for one in above] == [
        ("SAU", 15307, 1500),
        ("MYS", 11533, 1500),
        ("TWN", 4038, 1500),
    ]


def test_education_of_2020_under_2021_differs_from_the_total_and_equals_that_of_2020():
    table = loaded("defects/2_education_2021.csv")
    found = table.findings(figure("bp2mi_placement", 2020, 113174, date(2021, 3, 1)))
    assert [(one.rule, one.severity) for one in found] == [("R1", "contradiction"), ("R4", "warning")]
    assert found[0].facts | {"sum": 113174, "total": 72624} == found[0].facts
    assert (found[0].source_row, found[0].source_column) == (11, "Jumlah")
    assert found[1].facts["other_start"] == "2020-01-01"


def test_schemes_of_2024_exceed_their_total_by_1174():
    (found,) = loaded("defects/3_schemes_2024.csv").findings()
    assert (found.rule, found.severity, found.facts["difference"]) == ("R1", "contradiction", 1174)


def test_two_papers_on_one_event_differ():
    one, other = loaded("defects/4_jobs_2024_one_paper.csv"), loaded("defects/4_jobs_2024_other_paper.csv")
    found = other.findings(one.known)
    assert [(f.rule, f.key["occupation"], f.facts["value"], f.facts["other"]) for f in found] == [
        ("R14", "caregiver", 51852, 51582),
        ("R14", "plantation_worker", 22446, 20033),
    ]
    caregivers, plantation = found
    assert "alike" not in caregivers.facts
    assert (plantation.facts["alike"], plantation.facts["over"], plantation.facts["under"]) == (
        22546,
        "occupation",
        "worker",
    )
    assert "22,546 stands under “" in explain(plantation)


PLANTATION = "Jabatan;Jumlah\nPlantation Worker;22.446\n"


@pytest.mark.parametrize(
    ("printed", "there"), [(f"{PLANTATION}Worker;22.546\n", 22546), (PLANTATION, 22656), (PLANTATION, 22446000)]
)
def test_a_row_that_is_printed_too_or_no_slip_away_was_not_taken_for_another(printed: str, there: int):
    known = loaded("defects/4_jobs_2024_one_paper.csv").known
    known["value"] = known["value"].replace(Decimal(22546), Decimal(there))
    constants = {"tahun": 2024, "tanggal_terbit": "2024-12-31"}
    (found,) = load(printed, "bp2mi_placement", {"satuan": "orang", "constants": constants}).findings(known)
    assert (found.rule, found.facts["kind"]) == ("R14", "paper")


def test_a_rise_from_35_to_42_is_not_29_37_percent_and_the_fall_beside_it_is_right():
    (found,) = loaded("defects/5_complaints_jawa_barat.csv").findings()
    assert (found.rule, found.facts["stated"], found.facts["true"], found.key["origin"]) == ("R5", 29.37, 20, "32")


def test_a_share_that_does_not_follow_from_its_two_figures_is_caught():
    (found,) = loaded("defects/6_ntb_cumulative.csv").findings()
    assert (found.rule, found.facts["stated"], found.facts["true"]) == ("R5", 16.62, 19.62)


def test_cumulative_placements_called_working_abroad_are_caught():
    table = loaded("defects/12_currently_working.csv")
    (found,) = table.findings()
    assert (found.rule, found.facts["measure"], found.facts["value"]) == ("F1", "cumulative_flow", 4700000)
    assert table.observations.frame["value"].tolist() == [Decimal(4700000)]


def test_a_name_that_is_not_decided_yet_is_the_only_finding_of_its_table():
    text = "Negara;Jumlah\nMalaysia;9.948\nKindom;73\nJumlah;10.021\n"
    table = load(text, "bp2mi_placement", {"satuan": "orang", "constants": {"tahun": 2022}})
    (found,) = check_table(table.tidy, table.observations)
    assert (found.rule, found.facts["name"], found.source_row) == ("R10", "Kindom", 3)
    assert "Kindom" in explain(found)
