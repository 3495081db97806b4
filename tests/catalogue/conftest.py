"""An empty portal, as the tests of the pages have it."""

from __future__ import annotations

from tests.portal.conftest import empty_history, portal

__all__ = ["empty_history", "portal"]
