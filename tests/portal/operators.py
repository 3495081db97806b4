"""A harvested source and the people around it, for the tests of the pages about harvesting."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import ckan.plugins.toolkit as tk
from ckan.tests import factories

from tests.harvesters.conftest import Harvest, site_context


@dataclass
class Operated:
    """A source of three datasets that were harvested, and what its partner's server answers."""

    harvest: Harvest
    server: Any
    operator: str
    job: str = ""

    @property
    def page(self) -> str:
        """Address of its page."""
        return f"/sumber/{self.harvest.name}"

    def serve(self, *entries: Any) -> None:
        """Have the partner answer with these records."""
        self.server.serve("/data.json", json.dumps({"dataset": list(entries)}).encode())

    def headers(self) -> dict[str, str]:
        """Return what a request of the operator carries."""
        return headers_of(self.operator)


def headers_of(user: str) -> dict[str, str]:
    """Return what a request of somebody carries."""
    return {"Authorization": factories.APIToken(user=user)["token"]}


def record(identifier: Any, **more: Any) -> dict[str, Any]:
    """Return a record of a data.json."""
    return {
        "identifier": identifier,
        "title": f"Penempatan {identifier}",
        "description": "Uraian",
        "accessLevel": "public",
        "publisher": {"name": "Bidang Data"},
        "distribution": [{"title": "Berkas", "downloadURL": f"/berkas/{identifier}.csv", "format": "csv"}],
        **more,
    }


def operated(partner: Any, harvest_of: Any, config: Any = None, run: bool = True) -> Operated:
    """Make a source with an operator: an editor of its organisation."""
    records = [record(one) for one in "abc"]
    partner.serve("/data.json", json.dumps({"dataset": records}).encode())
    harvest = harvest_of(partner.url + "/data.json", config=config)
    operator = factories.User()["name"]
    member = {"id": harvest.organization, "username": operator, "role": "editor"}
    tk.get_action("organization_member_create")(site_context(), member)
    job = harvest.run()["job"] if run else ""
    return Operated(harvest, partner, operator, job)


def dry_run(source: Operated) -> str:
    """Read the source without writing; return the id of the job."""
    job = tk.get_action("satudata_harvest_dry_run")(site_context(), {"id": source.harvest.name})["job"]
    source.harvest.work(job)
    return job
