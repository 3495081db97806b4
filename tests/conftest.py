"""What all tests share. Tests that touch CKAN run on real PostgreSQL, Redis and Solr, prepared by `make test`."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).resolve().parents[1]


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
