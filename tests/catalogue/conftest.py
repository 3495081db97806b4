"""Pembina data, and a portal without a past."""

from __future__ import annotations

import pytest

from tests.catalogue.actors import PEMBINA_ORGANIZATION
from tests.portal.conftest import empty_history

__all__ = ["empty_history", "pembina_data"]


@pytest.fixture
def pembina_data(portal, monkeypatch):
    """A portal that knows which organisation holds the pembina data."""
    import ckan.plugins.toolkit as tk

    monkeypatch.setitem(tk.config, "ckanext.satudatapmi.pembina_data", [PEMBINA_ORGANIZATION])


@pytest.fixture
def no_register(portal):
    """A portal without a daftar data, before and after."""
    import ckan.model as model
    import sqlalchemy as sa

    from ckanext.satudatapmi.catalogue import register

    def empty() -> None:
        model.Session.execute(sa.delete(register.TABLE))
        model.Session.commit()

    empty()
    yield
    model.Session.rollback()
    empty()
