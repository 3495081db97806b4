"""The files of the cube are made ahead by a background job, and never hold what may not be seen any longer."""

from __future__ import annotations

import pytest

from tests.figures.conftest import load_tidy
from tests.tables import building

pytestmark = pytest.mark.usefixtures("single_data")
TABLE = {"facet": "bp2mi_placement", "satuan": "orang", "unpivot": "tahun"}
HIDE = "UPDATE package SET private = true WHERE name = 'dataset-lombok-tengah-penempatan'"
SHOW = "UPDATE package SET private = false WHERE name = 'dataset-lombok-tengah-penempatan'"


@pytest.fixture
def renew(monkeypatch, tmp_path, ckan_config):
    """The background job, with a folder of its own; what it noted is forgotten."""
    import ckan.model as model

    from ckanext.satudatapmi.catalogue import figure_files, figure_upkeep

    monkeypatch.setitem(ckan_config, "ckan.storage_path", str(tmp_path))
    yield figure_upkeep.renew
    model.Session.rollback()
    model.delete_system_info(figure_files.RENEWED)
    model.delete_system_info(figure_upkeep.ASKED)


@pytest.fixture
def change():
    """A function that changes the database by a statement, and has it as it was at the end."""
    import ckan.model as model
    import sqlalchemy as sa

    def by(statement):
        model.Session.execute(sa.text(statement))
        model.Session.commit()

    yield by
    by(SHOW)


def times(folder):
    return {path.name: path.stat().st_mtime_ns for path in (folder / "satudata-figures").iterdir()}


def add_a_table():
    import ckan.model as model

    from ckanext.satudatapmi.tables.description import parse_description

    tidy = building.tidy("Negara;2001\nTaiwan;123", TABLE)
    load_tidy("tambahan", parse_description(TABLE), tidy, "tambahan.csv", b"tambahan", "bp2mi")
    model.Session.commit()


def test_visitor_gets_the_renewed_file_at_once_and_the_next_state_after_the_renewal(app, renew, tmp_path):
    from ckanext.satudatapmi.catalogue import figure_files

    renew()
    made = times(tmp_path)
    assert len(made) == len(figure_files.files()) + 2
    add_a_table()
    assert b"tambahan" not in app.get("/angka/unduh/pmi.csv", status=200).data
    assert times(tmp_path) == made
    renew()
    assert b",2001," in app.get("/angka/unduh/pmi.csv", status=200).data
    assert len(times(tmp_path)) == len(made) and not set(made) & set(times(tmp_path))


def test_renewed_file_is_not_given_once_a_table_in_it_is_hidden(app, renew, change):
    renew()
    assert b"9948" in app.get("/angka/unduh/pmi.csv", status=200).data
    change(HIDE)
    assert b"9948" not in app.get("/angka/unduh/pmi.csv", status=200).data


def test_large_cube_is_not_made_while_somebody_waits(app, renew, change, monkeypatch):
    from ckanext.satudatapmi.figures.store import whole

    renew()
    monkeypatch.setattr(whole, "size", lambda connection: 10_000_000)
    assert b"9948" in app.get("/angka/unduh/pmi.csv", status=200).data
    change(HIDE)
    for address in ("/angka/unduh/pmi.csv", "/angka/ketersediaan"):
        assert int(app.get(address, status=503).headers["Retry-After"]) > 0
    assert "figures" in app.get("/api/3/action/pmi_availability", status=409).json["error"]
    renew()
    assert b"9948" not in app.get("/angka/unduh/pmi.csv", status=200).data


def test_renewal_is_asked_for_once_for_each_state(renew, change):
    import ckan.lib.jobs as jobs
    import ckan.model as model

    from ckanext.satudatapmi.catalogue import figure_upkeep

    def waiting():
        return sum(job.meta.get("title") == "Figures" for job in jobs.get_queue().jobs)

    before = waiting()
    for statement, count in ((SHOW, 1), (SHOW, 1), (HIDE, 2)):
        change(statement)
        figure_upkeep.ask_for_renewal()
        assert waiting() - before == count
    # What was asked for long ago and did not come was lost.
    model.set_system_info(figure_upkeep.ASKED, "0" + model.get_system_info(figure_upkeep.ASKED)[10:])
    figure_upkeep.ask_for_renewal()
    assert waiting() - before == 3
    for job in jobs.get_queue().jobs:
        if job.meta.get("title") == "Figures":
            job.delete()
