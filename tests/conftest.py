"""What all tests share. Tests that touch CKAN run on real PostgreSQL, Redis and Solr, prepared by `make test`."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import settings

from tests import emptying

CHECKOUT = Path(__file__).resolve().parents[1]
# Test machines are busy, so time says nothing; and nothing is written into the checkout.
settings.register_profile("satudata", max_examples=50, deadline=None, database=None)
settings.load_profile("satudata")


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of real input: third parties' files, read where they are and never carried in the project."""
    folder = Path(os.environ.get("SATUDATA_SHARED") or CHECKOUT.parent / "shared")
    if not (folder / "data").is_dir():
        pytest.skip(f"real input is not at {folder}; SATUDATA_SHARED names another place")
    return folder


@pytest.fixture(scope="session")
def demo() -> Path:
    """The demo partners' files, which the project carries."""
    return CHECKOUT / "config" / "demo"


@pytest.fixture(scope="session")
def site():
    """CKAN with all its plugins as a WSGI application. It takes seconds to start, so it is started once."""
    import ckan.plugins
    from ckan.tests import helpers

    ckan.plugins.load_all()
    yield helpers._get_test_app().app
    ckan.plugins.unload_all()


@pytest.fixture
def with_plugins(site):
    """All plugins are loaded; in place of pytest-ckan's, which loads and unloads them for every test."""


@pytest.fixture
def app(site, ckan_config, monkeypatch):
    """A visitor of the site; in place of pytest-ckan's, which starts another site for every test."""
    from ckan.lib.app_globals import _CONFIG_CACHE
    from ckan.tests import helpers

    monkeypatch.setitem(ckan_config, "testing", True)
    _CONFIG_CACHE.clear()
    return helpers.CKANTestApp(site)


@pytest.fixture
def portal(site):
    """A portal with all its plugins and no contents."""
    emptying.empty_portal()
