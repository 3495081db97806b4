"""Starts config/bin/solr, and fills and asks a core as CKAN does it."""

from __future__ import annotations

import os
import socket
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import ckan
import ckan.lib.search.query as ckan_query
import pysolr
import pytest
import requests

ROOT = Path(__file__).resolve().parents[2]
SOLR = ROOT / "config" / "solr"
CONFIGSET = SOLR / "configset"
CKAN_SCHEMA = Path(ckan.__file__).parent / "config" / "solr" / "schema.xml"
SITE_ID = "test"
START_SECONDS = 60


def free_port() -> int:
    """Return a port of the loopback address that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@dataclass(frozen=True)
class SolrServer:
    """A running Solr: its address (http://127.0.0.1:PORT/solr), its process and its home folder."""

    url: str
    process: subprocess.Popen[str]
    home: Path

    def core(self, name: str) -> Core:
        return Core(f"{self.url}/{name}")


@dataclass(frozen=True)
class Core:
    """One core, filled and asked as CKAN does it."""

    url: str

    @property
    def client(self) -> pysolr.Solr:
        return pysolr.Solr(self.url, timeout=30)

    def index(self, *datasets: dict[str, Any]) -> None:
        """Index datasets given by their own fields; those that CKAN always sends are added. One commit at the end."""
        self.client.add([document(dataset) for dataset in datasets], commit=True)

    def search(self, query: dict[str, Any]) -> dict[str, Any]:
        """Ask through CKAN's own PackageSearchQuery. Returns results (names), count and facets."""
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(ckan_query, "config", {"ckan.site_id": SITE_ID, "search.facets.limit": 50})
            patch.setattr(ckan_query, "make_connection", lambda **_: pysolr.Solr(self.url, timeout=30))
            asked = ckan_query.PackageSearchQuery()
            found = asked.run(dict(query))
            return {**found, "facets": asked.facets}

    def wait_for(self, query: str, count: int) -> None:
        """Return when Solr finds `count` documents for `query`, which may take it some seconds."""
        deadline = time.monotonic() + 20
        while (hits := self.client.search(query).hits) != count:
            assert time.monotonic() < deadline, f"{hits} documents instead of {count}"
            time.sleep(0.1)

    def forms(self, text: str, side: str = "index", field: str = "text") -> list[set[str]]:
        """Return the forms under which each word of `text` is indexed or asked, one set a position."""
        parameters = {"analysis.fieldname": field, "analysis.fieldvalue": text, "analysis.query": text}
        reply = requests.get(f"{self.url}/analysis/field", params={**parameters, "wt": "json"}, timeout=30)
        reply.raise_for_status()
        last_step = reply.json()["analysis"]["field_names"][field][side][-1]
        positions: dict[int, set[str]] = {}
        for token in last_step:
            positions.setdefault(token["position"], set()).add(token["text"])
        return [positions[position] for position in sorted(positions)]


def document(dataset: dict[str, Any]) -> dict[str, Any]:
    """Return a Solr document such as CKAN makes it of a public, active dataset."""
    name = dataset["name"]
    return {
        "id": name,
        "index_id": f"{name}-{SITE_ID}",
        "site_id": SITE_ID,
        "entity_type": "package",
        "dataset_type": "dataset",
        "state": "active",
        "capacity": "public",
        "data_dict": "{}",
        "validated_data_dict": "{}",
        "title_string": dataset.get("title", ""),
        **dataset,
    }


def solr_environment(work: Path, home: Path, port: int | str, *cores: str) -> dict[str, str]:
    """Return the environment of config/bin/solr: jars in `work`/lib, everything written below `home`."""
    (home / "tmp").mkdir(parents=True, exist_ok=True)
    return {
        **os.environ,
        "SATUDATA_SOLR": str(work),
        "SATUDATA_HOME": str(home),
        "SATUDATA_SOLR_PORT": str(port),
        "SATUDATA_SOLR_CORES": " ".join(cores),
        "SATUDATA_SOLR_MEMORY": "512m",
    }


def start(work: Path, home: Path, port: int | str, *cores: str) -> SolrServer:
    """Start Solr as `make run` does, with core `ckan` and the given ones; does not wait."""
    process = subprocess.Popen(
        [ROOT / "config" / "bin" / "solr"],
        stderr=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        env=solr_environment(work, home, port, *cores),
    )
    return SolrServer(f"http://127.0.0.1:{port}/solr", process, home / "solr-home")


def wait_until_ready(server: SolrServer, core: str) -> None:
    """Return when `core` answers; raise with what Solr said when it ends or takes too long."""
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and server.process.poll() is None:
        try:
            if requests.get(f"{server.url}/{core}/admin/ping", timeout=5).ok:
                return
        except requests.RequestException:
            pass
        time.sleep(0.2)
    server.process.kill()
    raise RuntimeError(f"Solr did not become ready: {server.process.communicate()[1]}")
