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
