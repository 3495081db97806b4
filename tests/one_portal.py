"""One portal for all tests of a file: emptied once, for tests that make what they need and count nothing else."""

from __future__ import annotations

import pytest

from tests.publication.conftest import app, site


@pytest.fixture(scope="module")
def portal(site):
    """A site that was empty when the file's first test began."""
    import ckan.model as model
    from ckan.lib import search
    from ckan.tests import helpers

    from ckanext.satudatapmi.portal import memory

    model.repo.tables_created_and_initialised = True
    helpers.reset_db()
    search.clear_all()
    memory.forget()


__all__ = ["app", "portal", "site"]
