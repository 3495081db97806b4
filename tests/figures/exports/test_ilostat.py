import csv
import io
from datetime import date

import duckdb
import pandas as pd
import pytest
import yaml

from ckanext.satudatapmi.figures.exports.ilostat import COLUMNS, tables, write_ilostat
from ckanext.satudatapmi.figures.registry import HERE, dimensions, indicators
from ckanext.satudatapmi.reference.matchers import codes_of
from tests.figures.exports.cubes import cube, row, written, year

OUTFLOW, STOCK = "MNA_OEMP_SEX_CDS_NB", "MNA_TPOP_SEX_CRS_NB"
EDUCATION, ACTIVITY, OCCUPATION = (f"MNA_OEMP_SEX_{by}_NB" for by in ("EDU", "ECO", "OCU"))


def read(table: str, *told: dict) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(written(write_ilostat, cube(*told), table).decode())))


def test_placements_of_2022_by_sex_are_those_loaded_and_agree_with_the_total(tmp_path):
    told = [
        row(sex="P", value=122147, **year(2022)),
        row(sex="L", value=78614, **year(2022)),
        row(value=200761, **year(2022)),
        row(destination="MYS", value=43163, **year(2022)),
    ]
    path = tmp_path / "table.csv"
    path.write_bytes(written(write_ilostat, cube(*told), OUTFLOW))
    with duckdb.connect() as database:
        found = database.sql(f"SELECT ref_area, sex, classif1, time, obs_value FROM '{path}'").fetchall()
    assert set(found) == {
        ("IDN", "SEX_F", "CDS_TOTAL", 2022, 122147),
        ("IDN", "SEX_M", "CDS_TOTAL", 2022, 78614),
        ("IDN", "SEX_T", "CDS_TOTAL", 2022, 200761),
        ("IDN", "SEX_T", "CDS_MYS", 2022, 43163),
    }


def test_no_total_is_made_of_the_sexes():
    assert [one["sex"] for one in read(OUTFLOW, row(sex="P"), row(sex="L"))] == ["SEX_F", "SEX_M"]


@pytest.mark.parametrize(
    "other",
    [
        {"origin": "52.02"},
        {"scheme": "G2G"},
        {"sex": "_U"},
        {"ref_end": date(2023, 10, 31)},
        {"facet": "bp2mi_complaint", "indicator": "complaint"},
    ],
    ids=str,
)
def test_figures_with_no_place_in_the_table_are_left_out(other):
    assert [one["obs_value"] for one in read(OUTFLOW, row(value=1), row(value=2, **other))] == ["1"]


def test_a_restated_figure_stands_once_with_its_status_and_definition():
    restated = row(
        value=297108,
        vintage=date(2025, 3, 1),
        obs_status="B",
        definition="layanan_penempatan_dengan_perpanjangan",
        note="=revisi",
    )
    (found,) = read(OUTFLOW, row(), restated)
    assert tuple(found) == COLUMNS
    assert (found["obs_value"], found["obs_status"], found["source"]) == ("297108", "B", "bp2mi_placement")
    assert "renewed abroad included" in found["note_indicator"]
    assert found["note_source"] == "published 2025-03-01; =revisi"


def test_a_missing_figure_is_empty_with_its_status():
    (found,) = read(OUTFLOW, row(value=None, obs_status="M"))
    assert (found["obs_value"], found["obs_status"]) == ("", "M")


def test_the_stock_of_a_year_is_that_of_its_last_day():
    told = [
        row(facet="kemlu_registered", definition="wni_lapor_diri", ref_start=day, ref_end=day, value=value)
        for day, value in [(date(2023, 9, 30), 2276722), (date(2023, 1, 31), 1), (date(2022, 7, 13), 3011210)]
    ]
    found = read(STOCK, *told)
    assert [(one["time"], one["obs_value"], one["classif1"]) for one in found] == [
        ("2023", "2276722", "CRS_TOTAL"),
        ("2022", "3011210", "CRS_TOTAL"),
    ]
    assert found[0]["note_source"] == "as of 2023-09-30; published 2024-02-05"


def told(dimension, **values):
    return [row(**{dimension: code}, value=value) for code, value in values.items()]


def test_levels_of_education_are_those_of_isced_where_one_is_the_other(tmp_path):
    schools = told("education", _T=100, SD=6, SMP=40, SMA=30, DIP=9, S1=8, S2=5, _U=1, _O=1)
    path = tmp_path / "table.csv"
    path.write_bytes(written(write_ilostat, cube(*schools, row(education="SMA", sex="P", value=12)), EDUCATION))
    with duckdb.connect() as database:
        found = database.sql(f"SELECT ref_area, sex, classif1, time, obs_value, note_classif FROM '{path}'").fetchall()
    assert {one[:5] for one in found} == {
        ("IDN", "SEX_T", "EDU_ISCED11_TOTAL", 2023, 100),
        ("IDN", "SEX_T", "EDU_ISCED11_1", 2023, 6),
        ("IDN", "SEX_T", "EDU_ISCED11_2", 2023, 40),
        ("IDN", "SEX_T", "EDU_ISCED11_3", 2023, 30),
        ("IDN", "SEX_F", "EDU_ISCED11_3", 2023, 12),
        ("IDN", "SEX_T", "EDU_ISCED11_6", 2023, 8),
        ("IDN", "SEX_T", "EDU_ISCED11_9", 2023, 1),
    }
    assert all("Diploma" in one[5] and "postgraduate" in one[5] for one in found)


def test_categories_of_kbli_are_sections_of_isic_and_their_parts_pass_for_none():
    sectors = told("sector", _T=50, A=20, T=18, N=4, **{"970": 17, "97000": 17, "78": 4, "03111": 2})
    frame = pd.read_csv(io.BytesIO(written(write_ilostat, cube(*sectors), ACTIVITY)))
    assert dict(zip(frame["classif1"], frame["obs_value"], strict=True)) == {
        "ECO_ISIC4_TOTAL": 50,
        "ECO_ISIC4_A": 20,
        "ECO_ISIC4_T": 18,
        "ECO_ISIC4_N": 4,
    }
    assert set(frame["indicator"]) == {ACTIVITY}


def test_no_occupation_of_ours_passes_for_a_major_group():
    jobs = told("occupation", _T=274965, domestic_worker=66362, caregiver=54665, _U=3)
    assert {one["classif1"]: one["obs_value"] for one in read(OCCUPATION, *jobs)} == {
        "OCU_ISCO08_TOTAL": "274965",
        "OCU_ISCO08_X": "3",
    }
    assert read(OCCUPATION, *told("occupation", caregiver=54665)) == []


def test_a_figure_by_two_breakdowns_has_no_place_in_a_table_by_one():
    both = row(education="SD", destination="MYS", value=1)
    assert [read(table, both) for table in (EDUCATION, OUTFLOW, ACTIVITY)] == [[], [], []]


def test_mappings_name_codes_that_there_are():
    said = yaml.safe_load((HERE / "ilostat.yaml").read_text(encoding="utf-8"))
    special = {"_T", "_O", "_U"}
    for table in tables().values():
        assert table["by"] in indicators()[table["indicator"]].breakdowns
        classif = said["classifs"][table["classif"]]
        assert set(classif["codes"]) <= {*codes_of(dimensions()[table["by"]].codes), *special}
        assert len(set(classif["codes"].values())) == len(classif["codes"]), "two codes of ours are one there"
    assert set(said["sexes"]) <= {*codes_of("jenis_kelamin"), *special}


@pytest.mark.parametrize("table", list(tables()))
def test_a_table_without_figures_is_its_header(table):
    assert written(write_ilostat, [], table).decode() == ",".join(COLUMNS) + "\r\n"
