"""The pages of the single data, as a visitor and a machine meet them."""

from __future__ import annotations

import csv
import io
import json

import pytest
from bs4 import BeautifulSoup

from ckanext.satudatapmi.portal.memory import forget
from tests.figures.conftest import make_dataset

pytestmark = pytest.mark.usefixtures("single_data")


def text_of(answer):
    return " ".join(BeautifulSoup(answer.body, "html.parser").find("main").get_text(" ").split())


def test_question_in_words_is_answered_with_its_source(app):
    answer = app.get("/angka?q=Lombok+Tengah+ke+Malaysia+2022", status=200)
    assert "9.948 orang" in text_of(answer) and "baris 5" in text_of(answer)
    assert "9,948" in text_of(app.get("/en/angka?q=Lombok+Tengah+ke+Malaysia+2022"))


def test_mean_of_three_bodies_is_refused_with_reasons(app):
    answer = app.get("/angka?q=rata-rata+Kemlu,+Kemnaker+dan+BP2MI", status=409)
    assert "Tidak ada rata-rata dari Pernyataan" in text_of(answer)
    assert "warga negara di luar negeri" in text_of(answer)


def test_what_was_known_on_a_day_is_asked_for(app):
    assert "274.965" in text_of(app.get("/angka?time=2023&vintage=2024-06-30"))
    today = text_of(app.get("/angka?time=2023"))
    assert "297.108" in today and "definisi berubah" in today


def test_day_before_a_figure_was_published_is_told_with_the_day_it_was(app):
    dated = text_of(app.get("/angka?time=2023&vintage=2023-06-30"))
    assert "belum ada yang memublikasikan" in dated and "274.965" not in dated
    assumed = text_of(app.get("/angka?origin=35.02&time=2020&vintage=2020-06-30"))
    assert "dianggap belum dipublikasikan" in assumed and "diasumsikan" in assumed


def test_answer_of_too_many_figures_is_refused_with_what_to_do(app, monkeypatch):
    from ckanext.satudatapmi.figures.store import reading

    monkeypatch.setattr(reading, "MOST", 20)
    said = text_of(app.get("/angka?origin=35&by=origin&time=2011:2024", status=409))
    assert "Lebih dari 20" in said and "seluruh data tunggal" in said


def test_long_answer_is_cut_on_the_page_alone(app, monkeypatch):
    from ckanext.satudatapmi.portal import figure_pages

    monkeypatch.setattr(figure_pages, "LINES_SHOWN", 20)
    page = app.get("/angka?origin=35&by=origin&time=2011")
    rows = BeautifulSoup(page.body, "html.parser").find("main").find("table").find("tbody").find_all("tr")
    assert len(rows) == 20 and "20 dari 38" in text_of(page)
    assert len(app.get("/angka.csv?origin=35&by=origin&time=2011").body.splitlines()) == 39


@pytest.mark.parametrize(
    ("question", "said"),
    [
        ("origin=Atlantis", "Atlantis"),
        ("origin=Kediri", "35.06"),
        ("time=besok", "2019:2024"),
        ("indicator=x", "placement"),
        ("vintage=besok", "2024-06-30"),
        ("by=x", "origin"),
        ("provinsi=Jawa+Timur&time=2023", "provinsi"),
        ("aggregate=median", "sum, mean"),
    ],
)
def test_question_that_is_not_understood_is_told_what_to_write(app, question, said):
    assert said in text_of(app.get(f"/angka?{question}", status=409))


def test_what_other_sites_add_to_a_link_asks_nothing(app):
    assert "297.108" in text_of(app.get("/angka?time=2023&fbclid=IwAR0&utm_source=surat", status=200))
    assert app.get("/angka?aggregate=none", status=200)


def test_word_without_one_meaning_is_told_and_nothing_is_answered(app):
    said = text_of(app.get("/angka?q=Kediri+2020", status=409))
    assert "35.71" in said and "35.06" in said and "113" not in said
    assert "korban" in text_of(app.get("/angka?q=berapa+korban", status=409))


def test_bounds_are_told_with_their_period_editions_and_figures(app):
    page = BeautifulSoup(app.get("/angka?origin=35&destination=HKG&time=2024", status=200).body, "html.parser")
    heading = page.find("h3", string="Di antara angka mana letaknya")
    told = " ".join(heading.find_next("p").get_text(" ").split())
    assert told.startswith("2024: Dari 0 sampai 79.001")
    lines = [" ".join(line.get_text(" ").split()) for line in heading.find_next("ul").find_all("li")]
    assert [line.split(" ")[0] for line in lines] == ["79.001", "99.773", "297.434"]
    published = ("30 Desember 2024", "15 Februari 2025", "15 Februari 2025")
    assert all(day in line for line, day in zip(lines, published, strict=True))
    assert "2024-12-30, 2025-02-15" in page.find(class_="figure-notes").get_text()
    assert "Di antara angka mana" not in text_of(app.get("/angka?origin=35&destination=HKG&time=2019:2024"))


def test_answer_says_for_which_years_its_breakdown_is_published(app, monkeypatch, tmp_path, ckan_config):
    from ckanext.satudatapmi.catalogue import figure_files

    monkeypatch.setitem(ckan_config, "ckan.storage_path", str(tmp_path))
    asked = "origin=Lombok+Tengah&destination=MYS&time=2022"
    with monkeypatch.context() as large:
        large.setattr(figure_files, "MOST_AT_ONCE", 0)
        assert json.loads(app.get(f"/api/3/action/pmi_query?{asked}").body)["result"]["availability"] is None
        assert "answer-published" not in app.get(f"/angka?{asked}", status=200).body
    rows = json.loads(app.get(f"/api/3/action/pmi_query?{asked}").body)["result"]["availability"]
    assert {row["indicator"] for row in rows} == {"placement"}
    assert {frozenset(row["broken_down"]) for row in rows} <= {
        frozenset(names) for names in ((), ("origin",), ("destination",), ("origin", "destination"))
    }
    crossed = [row for row in rows if set(row["broken_down"]) == {"origin", "destination"}]
    assert ("kabupaten_kota", 2022) in {(row["origin_level"], row["year"]) for row in crossed}
    page = BeautifulSoup(app.get(f"/angka?{asked}", status=200).body, "html.parser")
    table = page.find(id="answer-published").find_next("table")
    lines = [" ".join(line.get_text(" ").split()) for line in table.find("tbody").find_all("tr")]
    assert any(line.startswith("Daerah asal, Negara penempatan (kabupaten/kota)") and "2022" in line for line in lines)


def test_answer_as_csv_has_the_row_of_each_number(app):
    answer = app.get("/angka.csv?origin=35&by=origin&time=2011", status=200)
    rows = list(csv.DictReader(io.StringIO(answer.body)))
    assert len(rows) == 38 and {row["file"] for row in rows} == {"penempatan-kabupaten-kota-2011-2025.csv"}
    assert sum(int(row["value"]) for row in rows) == 109233 and all(row["row"].isdecimal() for row in rows)
    assert all(row["url"].endswith(f"/dataset/{row['package_id']}/resource/{row['resource_id']}") for row in rows)


def test_three_other_pages_show_what_there_is(app):
    claims = text_of(app.get("/angka/berapa", status=200))
    assert all(number in claims for number in ("4.500.000", "5.000.000", "4.200.000", "4.700.000", "3.440.000"))
    assert "Negara penempatan" in text_of(app.get("/angka/ketersediaan", status=200))
    revised = text_of(app.get("/angka/revisi?since=2020-01-01", status=200))
    assert "274.965" in revised and "+1.995 (0,68%)" in revised
    assert app.get("/angka/pemeriksaan", status=200) and app.get("/angka/unduh", status=200)
    app.get("/angka/pemeriksaan?rule=R99", status=404)


@pytest.mark.parametrize(
    "name", ["pmi.csv", "pmi.parquet", "pmi-sdmx.json", "pmi-structure.xml", "placement-jsonstat.json"]
)
def test_whole_cube_is_a_file_made_once(app, name, monkeypatch, tmp_path, ckan_config):
    monkeypatch.setitem(ckan_config, "ckan.storage_path", str(tmp_path))
    first = app.get(f"/angka/unduh/{name}", status=200)
    kept = {path: path.stat().st_mtime_ns for path in (tmp_path / "satudata-figures").iterdir()}
    assert app.get(f"/angka/unduh/{name}", status=200).data == first.data
    assert {path: path.stat().st_mtime_ns for path in (tmp_path / "satudata-figures").iterdir()} == kept
    assert len(kept) == 1 and len(first.data) > 1000
    app.get("/angka/unduh/x.exe", status=404)


def test_each_file_says_what_it_holds_and_tables_of_ilostat_are_read(app, monkeypatch, tmp_path, ckan_config):
    monkeypatch.setitem(ckan_config, "ckan.storage_path", str(tmp_path))
    told = text_of(app.get("/angka/unduh", status=200))
    assert "MNA_OEMP_SEX_EDU_NB.csv Warga negara yang berangkat untuk bekerja menurut jenis kelamin dan" in told
    table = app.get("/angka/unduh/MNA_OEMP_SEX_OCU_NB.csv", status=200)
    rows = list(csv.DictReader(io.StringIO(table.data.decode())))
    assert {(row["sex"], row["classif1"], row["obs_value"]) for row in rows if row["time"] == "2024"} == {
        ("SEX_T", "OCU_ISCO08_TOTAL", "297434")
    }


def test_whole_cube_holds_every_edition(app, monkeypatch, tmp_path, ckan_config):
    monkeypatch.setitem(ckan_config, "ckan.storage_path", str(tmp_path))
    rows = list(csv.DictReader(io.StringIO(app.get("/angka/unduh/pmi.csv").data.decode("utf-8-sig"))))
    of_2023 = {
        row["value"]
        for row in rows
        if row["indicator"] == "placement" and row["time_period"] == "2023" and row["origin"] == "IDN"
        if all(row[name] == "_T" for name in ("destination", "sex", "occupation", "employer_type"))
    }
    assert of_2023 == {"274965", "297108"}


NAME = "dataset-lombok-tengah-penempatan"
FILE = "file-lombok-tengah-penempatan"


@pytest.mark.parametrize(
    "hide",
    [
        f"UPDATE package SET private = true WHERE id = '{NAME}'",
        f"UPDATE package SET state = 'deleted' WHERE id = '{NAME}'",
        f"DELETE FROM resource WHERE id = '{FILE}'; DELETE FROM package WHERE id = '{NAME}'",
        f"UPDATE resource SET state = 'deleted' WHERE id = '{FILE}'",
    ],
    ids=["private", "deleted", "purged", "without its file"],
)
def test_figures_of_a_table_that_is_not_public_are_nowhere(app, single_data, hide):
    import ckan.model as model
    import sqlalchemy as sa

    model.Session.execute(sa.text(hide))
    model.Session.commit()
    try:
        asked = {"origin": "52.02", "destination": "MYS", "time": "2022"}
        api = json.loads(app.get("/api/3/action/pmi_query", query_string=asked, status=200).body)
        assert api["result"]["cells"] == [] and "9948" not in json.dumps(api)
        assert "9948" not in app.get("/angka/unduh/pmi.csv").data.decode()
    finally:
        model.Session.rollback()
        make_dataset(model.Session.connection(), NAME, FILE)
        for table in ("package", "resource"):
            model.Session.execute(sa.text(f"UPDATE {table} SET state = 'active' WHERE id IN ('{NAME}', '{FILE}')"))
        model.Session.execute(sa.text(f"UPDATE package SET private = false WHERE id = '{NAME}'"))
        model.Session.commit()


def test_home_page_says_the_figures_people_come_for_with_date_definition_and_row(app, single_data):
    forget()
    page = app.get("/").body
    part = page[page.index('id="key-figures"') :]
    assert "Penempatan PMI" in part and "Negara tujuan terbanyak" in part and "/angka?indicator=placement" in part
    assert "orang" in part and "baris " in part and "published" not in part


def test_reading_of_a_question_is_shown_part_by_part_and_each_can_be_left_out(app):
    answer = app.get("/angka?q=Lombok+Tengah+ke+Malaysia+2022", status=200)
    chips = BeautifulSoup(answer.body, "html.parser").select(".reading a")
    told = {" ".join(chip.get_text(" ").split()).removesuffix(" × hilangkan"): chip["href"] for chip in chips}
    assert set(told) == {"Periode: 2022", "Daerah asal: Kabupaten Lombok Tengah", "Negara penempatan: Malaysia"}
    assert told["Negara penempatan: Malaysia"] == "/angka?time=2022&origin=52.02"
    assert "?q=" not in "".join(told.values())
    assert app.get(told["Negara penempatan: Malaysia"]).status_code == 200
