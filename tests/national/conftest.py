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
def changed(first, our_portal) -> dict[str, str]:
    """What is changed after the first harvest: ids of datasets, by what happens to them."""
    named = {package["name"]: package["id"] for package in first.ours}
    return {
        "edited": our_portal.made["rich"],
        "deleted": named["sedikit"],
        "renamed": named["unggahan"],
        "retitled": named["ragam-0"],
        "moved": named["tabel"],
        "limited": our_portal.made["withdrawn"]["id"],
        "private": named["ragam-3"],
    }


@pytest.fixture(scope="module")
def second(first, changed, our_portal, stock_portal) -> Harvest:
    """The second harvest, after changes of every kind."""
    edit = {"title": "Judul baru", "satuan": "jiwa", "notes": "Uraian baru", "modified": "2026-03-01"}
    owner = our_portal.act("organization_create", name="dinas-lain", title="Dinas Lain")["id"]
    our_portal.act("package_patch", id=changed["edited"], **edit)
    our_portal.act("package_delete", id=changed["deleted"])
    our_portal.act("package_patch", id=changed["renamed"], name="unggahan-baru")
    our_portal.act("package_patch", id=changed["retitled"], name="ragam-baru", title="Ragam baru")
    our_portal.act("package_patch", id=changed["moved"], owner_org=owner)
    our_portal.act("organization_patch", id="dinas-berganti-nama", title="Dinas Bernama Baru")
    our_portal.act("package_patch", id=changed["limited"], accessRights="terbatas")
    our_portal.act("package_patch", id=changed["private"], private=True)
    return harvest(our_portal, stock_portal)


@pytest.fixture(scope="module")
def third(second, changed, our_portal, stock_portal) -> Harvest:
    """The third harvest, after all that went has come back."""
    our_portal.act("package_patch", id=changed["deleted"], state="active")
    our_portal.act("package_patch", id=changed["limited"], accessRights="terbuka", private=False)
    our_portal.act("package_patch", id=changed["private"], private=False)
    return harvest(our_portal, stock_portal)
