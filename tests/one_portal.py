"""One portal for all tests of a file: emptied once, for tests that make what they need and count nothing else."""

from __future__ import annotations

import pytest

from tests.emptying import empty_portal


@pytest.fixture(scope="module")
def portal(site):
    """A site that was empty when the file's first test began."""
    empty_portal()


__all__ = ["portal"]
