"""How the Solr process behaves: where it listens, what it writes, how it ends."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
from pathlib import Path

import pytest
import requests

from tests.search.running_solr import (
    CKAN_SCHEMA,
    CONFIGSET,
    SOLR,
    SolrServer,
    document,
    free_port,
    start,
    wait_until_ready,
)


def other_addresses() -> list[str]:
    """Return addresses of this machine that are not 127.0.0.1: another loopback one, and its own where it has one."""
    addresses = {info[4][0] for info in socket.getaddrinfo(socket.gethostname(), None, socket.AF_INET)}
    return sorted({"127.0.0.2", *addresses} - {"127.0.0.1"})


def test_solr_listens_on_the_loopback_address_only(solr: SolrServer) -> None:
    port = int(solr.url.split(":")[2].split("/")[0])
    for address in other_addresses():
        with pytest.raises(OSError):
            socket.create_connection((address, port), timeout=2).close()


@pytest.mark.thorough
def test_solr_listens_on_the_address_it_is_given(solr_work: Path, tmp_path: Path) -> None:
    port = free_port()
    command = ["java", "-Xmx256m", "-cp", f"{solr_work}/lib/*", "id.satudatapmi.solr.SolrServer", "--home", tmp_path]
    process = subprocess.Popen(
        [*command, "--host", "127.0.0.2", "--port", str(port), f"ckan={CONFIGSET}"], stderr=subprocess.PIPE, text=True
    )
    try:
        wait_until_ready(SolrServer(f"http://127.0.0.2:{port}/solr", process, tmp_path), "ckan")
        with pytest.raises(OSError):
            socket.create_connection(("127.0.0.1", port), timeout=2).close()
    finally:
        process.terminate()
        process.communicate(timeout=30)


def test_documents_outlive_a_stop_and_a_kill(solr_work: Path, tmp_path: Path) -> None:
    for round_number, end in enumerate([signal.SIGTERM, signal.SIGKILL, signal.SIGINT]):
        server = start(solr_work, tmp_path, free_port())
        wait_until_ready(server, "ckan")
        core = server.core("ckan")
        # After a kill Solr answers while it still reads its log.
        core.wait_for("*:*", round_number)
        core.client.add([document({"name": f"dataset-{round_number}"})], commit=False)
        server.process.send_signal(end)
        said = server.process.communicate(timeout=30)[1]
        assert server.process.returncode == (-end if end == signal.SIGKILL else 128 + end)
        assert "ERROR" not in said
    assert not list(tmp_path.rglob("hs_err*"))


def test_a_taken_port_is_one_clear_line_and_leaves_the_index_alone(
    solr: SolrServer, solr_work: Path, tmp_path: Path
) -> None:
    port = solr.url.split(":")[2].split("/")[0]
    ended = start(solr_work, tmp_path, port)
    said = ended.process.communicate(timeout=30)[1]
    assert ended.process.returncode == 1
    assert said.count("\n") == 1
    assert f"cannot listen on 127.0.0.1:{port}" in said
    assert not ended.home.exists()
    assert requests.get(f"{solr.url}/ckan/admin/ping", timeout=30).ok


def test_a_broken_configuration_is_one_clear_line(solr_work: Path, tmp_path: Path) -> None:
    broken = tmp_path / "schema.xml"
    broken.write_text(CKAN_SCHEMA.read_text(encoding="utf-8").replace('class="solr.StrField"', 'class="solr.NoField"'))
    server = start(solr_work, tmp_path, free_port(), f"rusak={SOLR / 'stock'}:{broken}")
    said = server.process.communicate(timeout=30)[1]
    assert server.process.returncode == 1
    assert "solr: core rusak does not load" in said.splitlines()[-1]
    assert "NoField" in said.splitlines()[-1]


@pytest.mark.parametrize(
    ("port", "core", "message"),
    [
        ("abc", "nasional=/tmp", "--port must be a number"),
        ("70000", "nasional=/tmp", "--port must be a number"),
        ("8983", "nasional=/no/such/folder", "/no/such/folder does not exist"),
        ("8983", "../evil=/tmp", "is no option and no CORE=FOLDER"),
        ("8983", "--home", "--home needs a value"),
    ],
)
def test_wrong_use_says_what_is_wrong(solr_work: Path, tmp_path: Path, port: str, core: str, message: str) -> None:
    ended = start(solr_work, tmp_path, port, core)
    said = ended.process.communicate(timeout=30)[1]
    assert ended.process.returncode == 2
    assert message in said.splitlines()[0]
    assert said.splitlines()[1].startswith("usage:")
    assert not ended.home.exists()


def test_nothing_is_written_outside_the_home_folder(solr: SolrServer) -> None:
    process = Path("/proc") / str(solr.process.pid)
    opened = {str(handle.resolve()) for handle in (process / "fd").iterdir()}
    mapped = {line.split()[-1] for line in (process / "maps").read_text().splitlines() if "rw-s" in line}
    written = {path for path in opened | mapped if path.startswith("/") and not path.startswith(("/dev", "/proc"))}
    outside = {path for path in written if not path.startswith(str(solr.home)) and os.access(path, os.W_OK)}
    assert {path for path in outside if not path.endswith((".jar", "modules"))} == set()


@pytest.mark.thorough
def test_a_changed_configset_is_taken_over_at_the_next_start(solr_work: Path, tmp_path: Path) -> None:
    configset = tmp_path / "configset"
    configset.mkdir()
    for path in CONFIGSET.iterdir():
        (configset / path.name).write_bytes(path.read_bytes())
    (configset / "gone.txt").write_text("x")
    for extra, hits in [("", 0), ("belimbing, starfruit\n", 1)]:
        with (configset / "synonyms_id.txt").open("a", encoding="utf-8") as synonyms:
            synonyms.write(extra)
        server = start(solr_work, tmp_path, free_port(), f"baru={configset}")
        wait_until_ready(server, "baru")
        core = server.core("baru")
        core.index({"name": "buah", "notes": "starfruit"})
        assert core.search({"q": "belimbing"})["count"] == hits
        server.process.terminate()
        server.process.communicate(timeout=30)
        (configset / "gone.txt").unlink(missing_ok=True)
    assert not (tmp_path / "solr-home" / "baru" / "conf" / "gone.txt").exists()
