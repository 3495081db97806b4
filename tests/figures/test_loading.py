"""Vintages: nothing that was published is lost, and nothing comes twice, whatever a partner does with its table."""

from __future__ import annotations

from datetime import date

import pytest

from tests.figures.conftest import make_dataset
from tests.tables import building

pytestmark = pytest.mark.usefixtures("with_plugins")
DESCRIPTION = {"facet": "bp2mi_placement", "satuan": "orang", "unpivot": "tahun"}


@pytest.fixture
def grow(ckan_config):
    """A function that loads rows of a table, and returns the vintages that there are then; all is taken back."""
    import ckan.model as model
    import sqlalchemy as sa

    from ckanext.satudatapmi.figures.store import reading
    from ckanext.satudatapmi.figures.store.growing import grow as grow_by
    from ckanext.satudatapmi.figures.store.loading import Source
    from ckanext.satudatapmi.tables.description import parse_description

    model.Session.rollback()
    connection = model.Session.connection()
    for name in ("finding", "claim", "observation", "series", "figure_load"):
        connection.execute(sa.text(f"DELETE FROM satudatapmi_{name}"))

    def load(text, retrieved="2026-01-31", publisher="bp2mi", place="paket", **settings):
        entry = DESCRIPTION | settings
        description, tidy = parse_description(entry), building.tidy(text, entry)
        source = Source(place, f"berkas-{place}", "tabel.csv", None, "0" * 64, date.fromisoformat(retrieved))
        make_dataset(connection, place)
        grown = grow_by(connection, description, tidy, source, publisher)
        selection = reading.Selection(("placement",), {"destination": None})
        rows = reading.vintages(connection, selection)
        return grown, [
            (row["destination"], str(row["vintage"]), row["value"] and int(row["value"]), row["obs_status"])
            for row in rows
        ]

    yield load
    model.Session.rollback()


@pytest.fixture
def review():
    """A function that lets a review hold a dataset back."""
    import ckan.model as model
    import sqlalchemy as sa

    def hold_back(package_id):
        statement = "INSERT INTO satudatapmi_review (package_id, state, published) VALUES (:id, 'draft', false)"
        model.Session.execute(sa.text(statement), {"id": package_id})

    return hold_back


def dated(day):
    return {"constants": {"tanggal_terbit": day}}


def test_later_publication_is_a_vintage_and_the_former_stays(grow):
    grow("Negara;2022\nTaiwan;100", **dated("2023-02-01"))
    _grown, rows = grow("Negara;2022\nTaiwan;110", **dated("2023-08-01"))
    assert rows == [("TWN", "2023-02-01", 100, "A"), ("TWN", "2023-08-01", 110, "A")]


def test_earlier_publication_that_is_found_later_stands_before(grow):
    grow("Negara;2022\nTaiwan;110", **dated("2023-08-01"))
    _grown, rows = grow("Negara;2022\nTaiwan;100", **dated("2023-02-01"))
    assert [row[1] for row in rows] == ["2023-02-01", "2023-08-01"]


def test_change_without_a_word_is_a_vintage_of_the_day_it_was_seen(grow):
    table = "Negara;2022\nTaiwan;{}"
    grow(table.format(100), **dated("2023-02-01"))
    for _time in range(2):
        _grown, rows = grow(table.format(110), "2026-03-01", **dated("2023-02-01"))
        assert rows == [("TWN", "2023-02-01", 100, "A"), ("TWN", "2026-03-01", 110, "A")]
    _grown, rows = grow(table.format(120), "2026-03-01", **dated("2023-02-01"))
    assert rows[-1] == ("TWN", "2026-03-01", 120, "A") and len(rows) == 2


def test_restated_figure_of_another_definition_carries_status_b(grow):
    grow("Negara;2023\nTaiwan;100", **dated("2024-02-05"))
    _grown, rows = grow("Negara;2023\nTaiwan;120", **dated("2025-02-15"))
    assert [row[3] for row in rows] == ["A", "B"]


def test_missing_is_not_zero_and_nil_is_told(grow):
    _grown, rows = grow("Negara;2022\nTaiwan;…\nBrunei;0\nKuwait;-", **dated("2023-02-01"))
    assert {row[0]: row[2:] for row in rows} == {"TWN": (None, "M"), "BRN": (0, "A"), "KWT": (None, "M")}


def test_figure_without_a_publication_date_has_an_assumed_one_never_in_the_future(grow):
    _grown, rows = grow("Negara;2022;2025\nTaiwan;100;90")
    assert [row[1] for row in rows] == ["2023-03-01", "2026-01-31"]


def test_figure_whose_name_has_no_code_is_left_out_and_told_and_the_others_land(grow):
    grown, rows = grow("Negara;2022\nKongo;7\nTaiwan;100", **dated("2023-02-01"))
    assert [row[0] for row in rows] == ["TWN"]
    assert [(error.row, error.value) for error in grown.errors] == [(2, "Kongo")]


def test_figure_of_another_unit_is_refused(grow):
    grown, rows = grow("Negara;2022\nTaiwan;100", satuan="pengaduan", **dated("2023-02-01"))
    assert rows == [] and len(grown.errors) == 1 and grown.loaded.load_id is None


def test_facet_that_is_not_registered_is_refused_with_those_that_are(grow):
    from ckanext.satudatapmi.figures.store.growing import UnknownSeries

    with pytest.raises(UnknownSeries, match="bp2mi_placement"):
        grow("Negara;2022\nTaiwan;100", facet="entah")


def test_value_that_is_put_right_again_holds_and_the_typing_error_stays_as_a_vintage(grow):
    table, day = "Negara;2022\nTaiwan;{}", dated("2023-02-01")
    grow(table.format(297108), "2026-01-01", **day)
    grow(table.format(29710), "2026-02-01", **day)
    _grown, rows = grow(table.format(297108), "2026-03-01", **day)
    assert [(row[1], row[2]) for row in rows] == [
        ("2023-02-01", 297108),
        ("2026-02-01", 29710),
        ("2026-03-01", 297108),
    ]


def test_what_tells_rows_apart_and_is_no_dimension_never_makes_a_total(grow):
    columns = {"Status": {"field": "status_pengaduan", "codes": "status_pengaduan"}}
    entry = {"facet": "bp2mi_complaint", "satuan": "pengaduan", "constants": {"tahun": 2021}, "unpivot": None}
    grown, _rows = grow("Status;Jumlah\nSelesai;939\nProses;763", columns=columns, **entry)
    assert grown.loaded.load_id is None and len(grown.errors) == 2


@pytest.mark.parametrize("text", ["Negara;2022\nTaiwan;100\n;7", "Negara;2022\n;7\nTaiwan;100"])
def test_blank_name_is_no_total(grow, text):
    grown, rows = grow(text, **dated("2023-02-01"))
    assert [row[:3] for row in rows] == [("TWN", "2023-02-01", 100)] and len(grown.errors) == 1


def test_two_values_of_one_cell_are_both_refused(grow):
    grown, rows = grow("Negara;2022\nTaiwan;100\nTaiwan;110\nBrunei;5", **dated("2023-02-01"))
    assert [row[0] for row in rows] == ["BRN"] and [error.value for error in grown.errors] == ["100", "110"]


def test_nobody_else_speaks_for_a_publisher(grow):
    from ckanext.satudatapmi.figures.store.growing import UnknownSeries

    with pytest.raises(UnknownSeries, match="kulon-progo does not publish"):
        grow("Negara;2023\nTaiwan;1", publisher="kulon-progo", **dated("2026-01-01"))
    grown, rows = grow("Negara;2023\nTaiwan;1", publisher="lombok-tengah", **dated("2026-01-01"))
    assert rows == [] and "52.02" in str(grown.errors[0])


def test_table_read_again_on_another_day_adds_nothing(grow):
    for retrieved in ("2026-01-31", "2026-02-07", "2026-02-08"):
        grown, rows = grow("Negara;2022;2025\nTaiwan;100;90", retrieved)
    assert grown.loaded.load_id is None and len(rows) == 2


def test_hidden_dataset_holds_no_figure_of_another_back(grow, review):
    grow("Negara;2022\nTaiwan;100", **dated("2023-02-01"))
    review("paket")
    grown, rows = grow("Negara;2022\nTaiwan;100", place="lain", **dated("2023-02-01"))
    assert grown.loaded.observations == 1 and [row[2] for row in rows] == [100]


def test_figures_of_a_dataset_that_a_review_holds_back_are_nowhere(grow, review):
    grow("Negara;2022\nTaiwan;100", **dated("2023-02-01"))
    review("paket")
    _grown, rows = grow("Negara;2022\nTaiwan;100", **dated("2023-02-01"))
    assert rows == []
