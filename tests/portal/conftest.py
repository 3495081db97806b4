"""An empty portal on the servers that `make test` prepared."""

from __future__ import annotations

import pytest


@pytest.fixture
def portal(with_plugins, reset_index):
    """A portal with all its plugins and no contents. Rows are deleted, tables stay: migrations were applied before."""
    import ckan.model as model
    from ckan.tests import helpers

    from ckanext.satudatapmi.portal import memory

    model.repo.tables_created_and_initialised = True
    helpers.reset_db()
    reset_index()
    memory.forget()


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
