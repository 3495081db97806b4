"""Our portal and a stock one, and what the stock one holds after each harvest. All of it happens once."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.national.servers import HARVESTERS, OurPortal, Stack, StockPortal


@dataclass(frozen=True)
class Harvest:
    """What each side holds after a harvest: our public datasets, and by harvester type what the stock portal has."""

    ours: list[dict[str, Any]]
    theirs: dict[str, dict[str, Any]]


@pytest.fixture(scope="module")
def stack(request) -> Stack:
    ini = Path(request.config.getoption("ckan_ini")).resolve()
    return Stack(Path(os.environ.get("SATUDATA_TEST_HOME") or ini.parent), ini)


@pytest.fixture(scope="module")
def stock_portal(stack) -> StockPortal:
    return StockPortal(stack)


@pytest.fixture(scope="module")
def our_portal(stack):
    portal = OurPortal(stack)
    portal.start()
    try:
        yield portal
    finally:
        portal.stop()


def harvest(our_portal, stock_portal) -> Harvest:
    return Harvest(our_portal.public_datasets(), {protocol: stock_portal.harvest(protocol) for protocol in HARVESTERS})


@pytest.fixture(scope="module")
def first(our_portal, stock_portal) -> Harvest:
    """The first harvest, of a portal that has everything."""
    return harvest(our_portal, stock_portal)


@pytest.fixture(scope="module")
def deleted(first) -> str:
    """The id of the dataset that is deleted between the two harvests."""
    return next(package["id"] for package in first.ours if package["name"] == "sedikit")


@pytest.fixture(scope="module")
def second(first, deleted, our_portal, stock_portal) -> Harvest:
    """The second harvest, after an edit and a deletion."""
    edit = {"title": "Judul baru", "satuan": "jiwa", "notes": "Uraian baru", "modified": "2026-03-01"}
    our_portal.act("package_patch", id=our_portal.made["rich"], **edit)
    our_portal.act("package_delete", id=deleted)
    return harvest(our_portal, stock_portal)
