"""A portal in which kiosks are operated, without any."""

from __future__ import annotations

import pytest


@pytest.fixture
def no_kiosks(portal):
    """A portal without kiosks and editions."""
    import ckan.model as model
    import sqlalchemy as sa

    for name in ("use", "edition", "file"):
        model.Session.execute(sa.text(f"DELETE FROM satudatapmi_kiosk_{name}"))
    model.Session.execute(sa.text("DELETE FROM satudatapmi_kiosk"))
    model.Session.commit()
