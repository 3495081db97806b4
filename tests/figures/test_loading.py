"""Vintages: nothing that was published is lost, and nothing comes twice, whatever a partner does with its table."""

from __future__ import annotations

from datetime import date

import pytest

from tests.figures.conftest import dated

pytestmark = pytest.mark.usefixtures("with_plugins")
SAME_BYTES = "0" * 64


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


def test_district_beside_its_province_is_one_area(grow):
    table = "Provinsi;Kabupaten/Kota;Negara;2022\nJawa Timur;Kota Kediri;Taiwan;7"
    grown, _rows = grow(table, **dated("2023-02-01"))
    assert (grown.loaded.observations, grown.errors) == (1, ())


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


def test_figure_of_two_tables_is_there_again_when_one_is_hidden_and_the_other_read_again(grow, review):
    import ckan.model as model

    from ckanext.satudatapmi.figures.store import loads

    first, _rows = grow("Negara;2022\nTaiwan;100", **dated("2023-02-01"))
    grow("Negara;2022\nTaiwan;100", place="lain", **dated("2023-02-01"))
    review("paket")
    assert loads.datasets_beside(model.Session.connection(), [first.loaded.load_id]) == {"lain"}
    for _time in range(2):
        _grown, rows = grow("Negara;2022\nTaiwan;100", place="lain", **dated("2023-02-01"))
    assert rows == [("TWN", "2023-02-01", 100, "A")]


def test_figure_of_a_draft_that_gave_way_is_there_once_the_draft_is_shown(grow, review, show):
    import ckan.model as model

    from ckanext.satudatapmi.figures.store import loads, whole

    for place in ("draf", "lain"):
        review(place)
        grow("Negara;2022\nTaiwan;100", place=place, **dated("2023-02-01"))
    show("draf")
    connection = model.Session.connection()
    assert loads.note_shown(connection, whole.public_loads(connection)) == {"draf"}
    assert loads.note_shown(connection, whole.public_loads(connection)) == set()
    _grown, rows = grow("Negara;2022\nTaiwan;100", place="draf", **dated("2023-02-01"))
    assert rows == [("TWN", "2023-02-01", 100, "A")]


def test_figures_of_a_dataset_that_a_review_holds_back_are_nowhere(grow, review):
    grow("Negara;2022\nTaiwan;100", **dated("2023-02-01"))
    review("paket")
    _grown, rows = grow("Negara;2022\nTaiwan;100", **dated("2023-02-01"))
    assert rows == []


def test_hidden_dataset_takes_no_figure_from_one_that_everybody_sees(grow, review):
    today = "2026-01-31"
    grow("Negara;2022\nTaiwan;100", today, **dated(today))
    review("lain")
    _grown, rows = grow("Negara;2022\nTaiwan;90", today, place="lain", **dated(today))
    assert rows == [("TWN", today, 100, "A")]


def test_figures_of_a_file_that_was_removed_are_nowhere(grow):
    import ckan.model as model
    import sqlalchemy as sa

    grow("Negara;2022\nTaiwan;100", **dated("2023-02-01"))
    removed = "UPDATE resource SET state = 'deleted' WHERE id = 'berkas-paket'"
    model.Session.connection().execute(sa.text(removed))
    _grown, rows = grow("Negara;2021\nTaiwan;90", place="lain", **dated("2022-02-01"))
    assert rows == [("TWN", "2022-02-01", 90, "A")]


@pytest.fixture
def turn(grow):
    """A function that does what follows when other loads are public than when it was called last."""
    import ckan.model as model

    from ckanext.satudatapmi.figures.store import whole
    from ckanext.satudatapmi.figures.store.withdrawing import mark_anew

    connection, former = model.Session.connection(), []

    def mark():
        public = whole.public_loads(connection)
        mark_anew(connection, set(public) ^ set(former), public)
        former[:] = public

    return mark


def restated():
    """The editions that count as restated among those that everybody sees."""
    import ckan.model as model

    from ckanext.satudatapmi.figures.store import reading

    rows = reading.vintages(model.Session.connection(), reading.Selection(("placement",), {"destination": None}))
    return [(str(row["vintage"]), int(row["value"])) for row in rows if row["restated"]]


def test_draft_changes_no_mark_of_figures_that_everybody_sees(grow, review, turn):
    grow("Negara;2022\nTaiwan;100", **dated("2023-02-01"))
    review("draf")
    grow("Negara;2022\nTaiwan;120", place="draf", **dated("2023-03-01"))
    grow("Negara;2022\nTaiwan;120", place="lain", **dated("2023-04-01"))
    turn()
    assert restated() == [("2023-04-01", 120)]


def test_marks_are_set_anew_when_a_draft_is_shown(grow, review, show, turn):
    grow("Negara;2022\nTaiwan;100", **dated("2023-02-01"))
    review("draf")
    grow("Negara;2022\nTaiwan;110", place="draf", **dated("2023-03-01"))
    grow("Negara;2022\nTaiwan;120", place="lain", **dated("2023-04-01"))
    turn()
    assert restated() == [("2023-04-01", 120)]
    show("draf")
    turn()
    assert restated() == [("2023-03-01", 110), ("2023-04-01", 120)]


def test_change_counts_from_the_day_on_which_everybody_came_to_see_it(grow, review, show):
    import ckan.model as model
    import sqlalchemy as sa

    from ckanext.satudatapmi.figures.store import loads, reading, whole

    connection = model.Session.connection()
    grow("Negara;2022\nTaiwan;100", **dated("2023-02-01"))
    review("draf")
    grow("Negara;2022\nTaiwan;110", place="draf", **dated("2023-03-01"))
    connection.execute(sa.text("UPDATE satudatapmi_figure_load SET recorded = '2026-01-01' WHERE shown IS NULL"))
    show("draf")
    loads.note_shown(connection, whole.public_loads(connection))
    [changed] = reading.changed_since(connection, date.today(), 10)
    assert (changed["former_value"], changed["value"]) == (100, 110)


def test_table_that_grew_much_within_the_transaction_is_known_to_be_large(grow, monkeypatch):
    import ckan.model as model
    import sqlalchemy as sa

    from ckanext.satudatapmi.figures.store import staging

    connection = model.Session.connection()
    for name in ("observation", "series"):
        # As autovacuum does while a load goes on of which it sees nothing yet.
        connection.execute(sa.text(f"ANALYZE satudatapmi_{name}"))
    monkeypatch.setattr(staging, "MANY_ROWS", 2)
    grow("Negara;2022\nTaiwan;100\nBrunei;5", **dated("2023-02-01"))
    known = "SELECT reltuples FROM pg_class WHERE relname IN ('satudatapmi_observation', 'satudatapmi_series')"
    assert all(rows >= 2 for rows in connection.scalars(sa.text(known)))


def test_figure_that_the_table_leaves_out_is_withdrawn_and_stays_known_as_of_before(grow):
    grow("Negara;2022\nTaiwan;100\nBrunei;5", **dated("2023-02-01"))
    grown, rows = grow("Negara;2022\nTaiwan;100", "2026-03-01", **dated("2023-02-01"))
    assert rows == [
        ("BRN", "2023-02-01", 5, "A"),
        ("BRN", "2026-03-01", None, "M"),
        ("TWN", "2023-02-01", 100, "A"),
    ]
    assert (grown.loaded.observations, grown.loaded.withdrawn) == (0, 1)


def test_withdrawn_figure_that_comes_back_holds_again(grow):
    both, one, day = "Negara;2022\nTaiwan;100\nBrunei;5", "Negara;2022\nTaiwan;100", dated("2023-02-01")
    grow(both, "2026-01-31", **day)
    for _time in range(2):
        grow(one, "2026-03-01", **day)
    grown, rows = grow(both, "2026-04-01", **day)
    assert [row[1:3] for row in rows if row[0] == "BRN"] == [
        ("2023-02-01", 5),
        ("2026-03-01", None),
        ("2026-04-01", 5),
    ]
    assert grown.loaded.misread == 0


def test_year_that_a_table_no_longer_tells_is_not_withdrawn(grow):
    grow("Negara;2022\nTaiwan;100", **dated("2023-02-01"))
    grown, rows = grow("Negara;2023\nTaiwan;90", **dated("2024-02-05"))
    assert [row[2] for row in rows] == [100, 90] and grown.loaded.withdrawn == 0


def test_row_that_cannot_be_read_withdraws_nothing(grow):
    grow("Negara;2022\nTaiwan;100\nBrunei;5", **dated("2023-02-01"))
    grown, rows = grow("Negara;2022\nTaiwan;100\nBruney D.;5", **dated("2023-02-01"))
    assert grown.errors and [row[2] for row in rows] == [5, 100]


def test_same_bytes_read_by_a_corrected_description_replace_what_was_misread(grow):
    grow("Negara;2022\nTaiwan;100\nBrunei;5", sha256=SAME_BYTES, **dated("2023-02-01"))
    grown, rows = grow("Negara;2022\nTaiwan;1000", "2026-02-07", sha256=SAME_BYTES, **dated("2023-02-01"))
    assert rows == [("TWN", "2023-02-01", 1000, "A")] and grown.loaded.misread == 2


def test_same_bytes_under_a_corrected_date_leave_no_other(grow):
    grow("Negara;2022\nTaiwan;100", sha256=SAME_BYTES, **dated("2024-02-01"))
    _grown, rows = grow("Negara;2022\nTaiwan;100", sha256=SAME_BYTES, **dated("2023-02-01"))
    assert [row[1] for row in rows] == ["2023-02-01"]


def test_same_bytes_that_belong_to_no_series_any_longer_leave_none(grow):
    grow("Negara;2022\nTaiwan;100", sha256=SAME_BYTES, **dated("2023-02-01"))
    _grown, rows = grow("Negara;2022\nTaiwan;100", facet=None, sha256=SAME_BYTES, **dated("2023-02-01"))
    assert rows == []


def test_undated_table_that_changes_a_figure_of_a_known_day_is_dated_by_its_retrieval(grow):
    grow("Negara;2023\nTaiwan;100", **dated("2024-07-01"))
    _grown, rows = grow("Negara;2023\nTaiwan;110", "2025-09-01")
    assert rows == [("TWN", "2024-07-01", 100, "A"), ("TWN", "2025-09-01", 110, "B")]


def test_earlier_edition_of_another_definition_that_is_found_later_makes_the_next_one_a_break(grow):
    grow("Negara;2023\nTaiwan;120", **dated("2025-02-15"))
    _grown, rows = grow("Negara;2023\nTaiwan;100", **dated("2024-02-05"))
    assert [row[3] for row in rows] == ["A", "B"]


def test_restated_figures_are_found_by_their_mark(grow):
    from datetime import timedelta

    import ckan.model as model

    from ckanext.satudatapmi.figures.store.reading import changed_since

    grow("Negara;2022\nTaiwan;100\nBrunei;5", **dated("2023-02-01"))
    grow("Negara;2022\nTaiwan;110\nBrunei;5", **dated("2023-08-01"))
    changes = changed_since(model.Session.connection(), date.today() - timedelta(days=2), 10)
    assert [(row["former_value"], row["value"]) for row in changes] == [(100, 110)]
