"""Migrations go down and up again, on the database that `make test` prepared."""

from __future__ import annotations

import ckan.model as model
import pytest
import sqlalchemy as sa
from ckan.cli.db import _run_migrations

pytestmark = [pytest.mark.usefixtures("with_plugins"), pytest.mark.slow]

OURS = {
    "satudatapmi_wilayah_bps",
    "satudatapmi_link",
    "satudatapmi_review",
    "satudatapmi_review_event",
    "satudatapmi_notice",
    "satudatapmi_quality",
    "satudatapmi_kegiatan",
    "satudatapmi_access_listing",
    "satudatapmi_access_request",
    "satudatapmi_access_event",
    "satudatapmi_feed_reading",
    "satudatapmi_register",
    "satudatapmi_harvest_record",
    "satudatapmi_harvest_source",
    "satudatapmi_harvest_run",
    "satudatapmi_harvest_page",
    "satudatapmi_harvest_remark",
    "satudatapmi_definition",
    "satudatapmi_facet",
    "satudatapmi_series",
    "satudatapmi_figure_load",
    "satudatapmi_observation",
    "satudatapmi_claim",
    "satudatapmi_finding",
    "satudatapmi_publication",
    "satudatapmi_publication_version",
    "satudatapmi_delivery",
    "satudatapmi_fragment",
    "satudatapmi_alias_learned",
    "satudatapmi_name_question",
    "satudatapmi_name_seen",
    "satudatapmi_table_description",
    "satudatapmi_iso_record",
    "satudatapmi_subscription",
    "satudatapmi_kiosk",
    "satudatapmi_kiosk_edition",
    "satudatapmi_kiosk_file",
    "satudatapmi_kiosk_use",
    "satudatapmi_reconciliation",
    "satudatapmi_reconciliation_event",
    "satudatapmi_signal",
    "satudatapmi_signal_event",
}


def tables() -> set[str]:
    """The extension's own tables, without the one that holds the version."""
    names = sa.inspect(model.ensure_engine()).get_table_names()
    return {name for name in names if name.startswith("satudatapmi_")} - {"satudatapmi_alembic_version"}


def test_migrations_go_down_and_up_on_a_filled_database():
    model.Session.execute(sa.text("DELETE FROM satudatapmi_wilayah_bps"))
    row = "('73.08', '7311', 'BONE', 'test', now())"
    model.Session.execute(sa.text(f"INSERT INTO satudatapmi_wilayah_bps VALUES {row}"))
    model.Session.execute(sa.text("DELETE FROM satudatapmi_quality"))
    row = "('x', 'mqa', now(), 'y', 100, '{\"findability\": 100}', '{access_url_answers}')"
    model.Session.execute(sa.text(f"INSERT INTO satudatapmi_quality VALUES {row}".replace(":", "\\:")))
    model.Session.execute(sa.text("DELETE FROM satudatapmi_register"))
    row = "(2027, 'DD-1', 'Penempatan', 'y', '{2027-03-31}', true, 'RKP', '')"
    model.Session.execute(sa.text(f"INSERT INTO satudatapmi_register VALUES {row}"))
    model.Session.execute(sa.text("DELETE FROM satudatapmi_table_description"))
    row = f"('r', 1, 'p', '{{}}', '{{}}', 'u', now(), '{'0' * 64}')"
    model.Session.execute(sa.text(f"INSERT INTO satudatapmi_table_description VALUES {row}"))
    model.Session.commit()
    model.Session.remove()
    before = tables()
    try:
        _run_migrations("satudatapmi", "base", False)
        assert tables() == set()
    finally:
        _run_migrations("satudatapmi", "head", True)
    assert tables() == before == OURS
