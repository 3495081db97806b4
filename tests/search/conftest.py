"""A real Solr of our own for the search tests: built where missing, started on a free port, gone afterwards."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.search.running_solr import CKAN_SCHEMA, CONFIGSET, ROOT, SOLR, SolrServer, free_port, start, wait_until_ready


@pytest.fixture(scope="session")
def solr_work() -> Path:
    """The folder whose lib/ holds Solr's jars: $SATUDATA_SOLR or var/solr, built first when they are missing."""
    work = Path(os.environ.get("SATUDATA_SOLR", ROOT / "var" / "solr"))
    if not (work / "lib" / "solr-server.jar").exists():
        subprocess.run(["mvn", "-q", "-B", "-f", SOLR / "pom.xml", f"-Dwork={work}", "package"], check=True)
    return work


@pytest.fixture(scope="session")
def solr(solr_work: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[SolrServer]:
    """A Solr with three cores: `ckan` and `kosong` (empty) on our configset, `nasional` on CKAN's own schema."""
    home = tmp_path_factory.mktemp("solr")
    stock = f"nasional={SOLR / 'stock'}:{CKAN_SCHEMA}"
    server = start(solr_work, home, free_port(), f"kosong={CONFIGSET}", stock)
    wait_until_ready(server, "ckan")
    yield server
    server.process.terminate()
    server.process.communicate(timeout=30)
