"""A portal without a past."""

from __future__ import annotations

import pytest

from tests.harvesters.conftest import harvest_of, partner

__all__ = ["harvest_of", "partner"]


@pytest.fixture
def empty_history(portal):
    """A portal of which nothing was ever measured."""
    import ckan.model as model
    import sqlalchemy as sa

    from ckanext.satudatapmi import daily
    from ckanext.satudatapmi.catalogue import history

    model.Session.execute(sa.delete(history.TABLE))
    model.Session.commit()
    for key in (history.MEASURED, daily.ASKED):
        model.delete_system_info(key)
