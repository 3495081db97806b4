"""An empty portal on the servers that `make test` prepared."""

from __future__ import annotations

import pytest


@pytest.fixture(scope="module")
def site():
    """CKAN with all its plugins. It takes a second or two to start, so it is started once for each file of tests."""
    import ckan.plugins
    from ckan.tests import helpers

    ckan.plugins.load_all()
    yield helpers._get_test_app()
    ckan.plugins.unload_all()


@pytest.fixture
def app(site):
    """The site, in place of pytest-ckan's, which is another one for every test."""
    return site


@pytest.fixture
def portal(site, reset_index):
    """A site without contents. Rows are deleted, tables stay: migrations were applied before."""
    import ckan.model as model
    from ckan.tests import helpers

    model.repo.tables_created_and_initialised = True
    helpers.reset_db()
    reset_index()
