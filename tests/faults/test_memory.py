"""The memory of a worker does not grow with the catalogue that it reads."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.harvesters.conftest import site_context
from tests.harvesters.servers import partner_server, send

pytestmark = [pytest.mark.slow, pytest.mark.thorough]

FEW, MANY, PAGE = 1_000, 8_000, 500
GROWTH_MB = 60
PATIENCE = 180.0


def record(number):
    """Return a record as large as real ones are."""
    return {
        "identifier": f"d{number}",
        "title": f"Penempatan pekerja migran {number} (contoh buatan)",
        "description": f"Contoh buatan {number}. " + "Jumlah penempatan menurut daerah asal dan negara tujuan. " * 12,
        "keyword": ["pmi", "penempatan", f"daerah-{number % 500}"],
        "publisher": {"name": f"Dinas {number % 40}"},
        "distribution": [{"title": "Berkas", "downloadURL": f"https://x.example/{number}.csv", "format": "CSV"}],
    }


def catalogue(numbers):
    return json.dumps({"dataset": [record(number) for number in numbers]}).encode()


@pytest.fixture
def server():
    """A server of catalogues with 1,000 and 8,000 records, each as one file and in pages."""
    with partner_server() as made:
        for count in (FEW, MANY):
            made.serve(f"/file/{count}", catalogue(range(count)))
            made.do(f"/pages/{count}", lambda handler, count=count: answer_page(handler, count))
        yield made


def answer_page(handler, count):
    page = int(parse_qs(urlsplit(handler.path).query).get("page", ["1"])[0])
    send(handler, 200, catalogue(range((page - 1) * PAGE, min(page * PAGE, count))))


@pytest.fixture
def worker(tmp_path, ckan_config, with_plugins):
    from tests.faults.site import Worker, own_ini

    made = Worker("ingatan", own_ini(tmp_path, Path(ckan_config["__file__"])), dict(os.environ), tmp_path / "log")
    made.keep_alive()
    yield made
    made.kill()


def test_memory_stays_flat_when_a_catalogue_is_eight_times_as_large(portal, worker, server, harvest_of):
    for form in ("pages", "file"):
        few = peak_of(worker, harvest_of(f"{server.url}/{form}/{FEW}"), FEW)
        many = peak_of(worker, harvest_of(f"{server.url}/{form}/{MANY}"), MANY)
        print(f"{form}: {few:.0f} MB for {FEW} records, {many:.0f} MB for {MANY}")
        assert many - few < GROWTH_MB, form


def peak_of(worker, harvest, count):
    """Return the largest resident memory of a worker, in MB, while it reads a source; nothing is written."""
    import ckan.model as model
    import ckan.plugins.toolkit as tk

    from ckanext.satudatapmi.harvesters import holds
    from tests.faults.site import until

    Path(f"/proc/{worker.pid}/clear_refs").write_text("5")  # the peak begins anew
    tk.get_action("satudata_harvest_dry_run")(site_context(), {"id": harvest.source_id})

    def held():
        model.Session.rollback()
        return holds.open_hold(harvest.source_id)

    assert until(held, PATIENCE), f"the source was not read: {harvest.errors()}"
    assert held().difference["created"] == count
    status = Path(f"/proc/{worker.pid}/status").read_text()
    return int(re.findall(r"VmHWM:\s+(\d+) kB", status)[0]) / 1024
