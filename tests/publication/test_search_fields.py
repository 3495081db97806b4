"""Fields of the search index by which datasets are filtered."""

from __future__ import annotations

import datetime as dt
import json

import pytest

from ckanext.satudatapmi.publication import search_fields
from ckanext.satudatapmi.publication.coverage import of_entry
from ckanext.satudatapmi.publication.search_fields import fields_of


def fields(**values):
    covered = of_entry({name: values.get(name) for name in ("spatial", "temporal")})
    return fields_of(values, covered)


def test_themes_are_category_and_themes_without_addresses():
    themes = json.dumps(["Ketenagakerjaan", "Kependudukan", "http://example.org/theme/1"])
    assert fields(kategori="Ketenagakerjaan", theme=themes)["theme"] == ["Ketenagakerjaan", "Kependudukan"]
    assert fields(theme="Sosial")["theme"] == ["Sosial"]
    assert fields()["theme"] == []


def test_places_are_provinces_and_countries_of_area_and_title():
    assert fields(spatial=["35.06", "Malaysia"], title="Dari NTB")["place"] == ["35", "MYS", "52"]
    assert fields(spatial="Indonesia", title="Pekerja Migran Indonesia")["place"] == ["IDN"]
    assert fields(spatial="di mana-mana")["place"] == []


@pytest.mark.parametrize(
    ("temporal", "title", "years"),
    [
        ("2022-03-01/2024-02-01", "Tahun 2011", ["2022", "2023", "2024"]),
        ("2023", "", ["2023"]),
        (None, "PMI 2019-2021, 120199 orang", ["2019", "2021"]),
        ("1900-01-01/2024-12-31", "", []),
        ("2023-01-01/2030-12-31", "", ["2023", "2024", "2025", "2026"]),
        (None, "PMI", []),
    ],
)
def test_years_are_those_covered(monkeypatch, temporal, title, years):
    class Then(dt.datetime):
        @classmethod
        def now(cls, tz=None):
            return cls(2026, 5, 1, tzinfo=tz)

    monkeypatch.setattr(search_fields.dt, "datetime", Then)
    assert fields(temporal=temporal, title=title)["year"] == years


def test_access_is_the_level_that_is_said_else_whether_it_is_private():
    assert fields(accessRights="terbatas", accessLevel="public")["access"] == "terbatas"
    assert fields(accessLevel="restricted public")["access"] == "terbatas"
    assert fields(accessRights="???", private=True)["access"] == "terbatas"
    assert fields()["access"] == "terbuka"


def test_columns_are_those_of_the_data_dictionaries():
    documents = json.dumps([{"nama": "Negara tujuan", "alias": "negara"}, {"nama": "Jumlah", "alias": "Jumlah"}])
    whole = json.dumps({"resources": [{"ms_var": documents}, {"ms_var": "no JSON"}, {}]})
    assert fields(data_dict=whole)["column"] == ["negara", "Negara tujuan", "Jumlah"]
    assert fields(data_dict='{"resources": []}')["column"] == []
