"""`make run` as an operator meets it: a site of its own, on ports of its own, harvested once and never twice."""

from __future__ import annotations

import json
import os
import re
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.request import Request, urlopen

import pytest

from satudata_local import servers, settings

CHECKOUT = Path(__file__).resolve().parents[2]
PROGRAMS = ("venv", "solr", "solr.done", "egg", "package.done", "cache")

pytestmark = [pytest.mark.slow, pytest.mark.thorough]


class Run:
    """One `make run` in a folder that shares nothing with this test's servers but the installed programs."""

    def __init__(self, var: Path, port: int) -> None:
        self.var = var
        # Of the site that the tests run on, this one must know nothing.
        outside = {name: value for name, value in os.environ.items() if not name.startswith("CKAN_")}
        self.environment = outside | {"SATUDATA_VAR": str(var), "PORT": str(port), "PYTHONDONTWRITEBYTECODE": "1"}
        self.environment |= {"PYTHONPATH": str(CHECKOUT / "config"), "HOST": "", "SITE_URL": ""}
        self.output = var.parent / "output.txt"

    def start(self) -> subprocess.Popen[bytes]:
        with self.output.open("wb") as output:
            process = subprocess.Popen(
                [sys.executable, "-m", "satudata_local", "run"],
                cwd=CHECKOUT,
                env=self.environment,
                stdout=output,
                stderr=subprocess.STDOUT,
            )
        for _ in range(4000):
            if "Ready." in self.text():
                self.process = process
                return process
            assert process.poll() is None, self.text()
            time.sleep(0.1)
        raise AssertionError(self.text())

    def text(self) -> str:
        return self.output.read_text(encoding="utf-8", errors="replace")

    def stop(self, process: subprocess.Popen[bytes], number: signal.Signals) -> None:
        process.send_signal(number)
        assert process.wait(timeout=40) == 0, self.text()

    def processes(self) -> list[str]:
        """The command lines of the processes that belong to this run and are alive."""
        found = []
        for folder in Path("/proc").glob("[0-9]*"):
            try:
                environment = (folder / "environ").read_bytes()
                command = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode()
            except OSError:
                continue
            if f"SATUDATA_HOME={self.var}\0".encode() in environment and command:
                found.append(command)
        return found


def call(address: str, token: str = "", **data: object) -> dict:
    request = Request(address, json.dumps(data).encode() if data else None, {"Content-Type": "application/json"})
    if token:
        request.add_header("Authorization", token)
    with urlopen(request, timeout=60) as answer:
        return json.load(answer)["result"]


@pytest.fixture(scope="module")
def site(tmp_path_factory) -> Iterator[Run]:
    var = tmp_path_factory.mktemp("run") / "var"
    var.mkdir()
    for name in PROGRAMS:
        (var / name).symlink_to(Path(settings.var_folder()) / name)
    port = next(
        first for first in range(6100, 9000, 10) if not any(_listening(number) for number in range(first, first + 5))
    )
    run = Run(var, port)
    run.start()
    yield run
    if run.process.poll() is None:
        run.process.terminate()
        run.process.wait(timeout=40)


def _listening(port: int) -> bool:
    import socket

    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def test_site_holds_the_demo_partners_and_a_second_run_harvests_nothing_twice(site: Run):
    address = (site.var / "site.url").read_text(encoding="utf-8").strip()
    login = json.loads((site.var / "admin.json").read_text(encoding="utf-8"))
    assert stat.S_IMODE((site.var / "admin.json").stat().st_mode) == 0o600
    assert login["password"] in site.text()
    assert address in site.text()
    api = f"{address}/api/3/action"

    assert call(f"{api}/user_show?id=admin&include_plugin_extras=true", login["token"])["sysadmin"] is True
    before = call(f"{api}/package_search?rows=1000")
    harvested = int(re.findall(r"([\d,]+) datasets from", site.text())[0].replace(",", ""))
    assert before["count"] == harvested + len(call(f"{api}/satudata_code_list_list"))
    # Proposed sources, which nobody has accepted, are not among them.
    names = [source["name"] for source in call(f"{api}/satudata_source_list")]
    assert before["count"] >= len(names) > 5
    sources = [call(f"{api}/harvest_source_show?id={name}", login["token"])["id"] for name in names]
    jobs = {source: len(call(f"{api}/harvest_job_list?source_id={source}", login["token"])) for source in sources}
    assert set(jobs.values()) == {1}

    site.stop(site.process, signal.SIGINT)
    assert site.processes() == []
    started = time.monotonic()
    process = site.start()
    print(f"second start: {time.monotonic() - started:.1f} s")
    after = call(f"{api}/package_search?rows=1000")
    assert {d["id"]: d["metadata_modified"] for d in after["results"]} == {
        d["id"]: d["metadata_modified"] for d in before["results"]
    }
    again = {source: len(call(f"{api}/harvest_job_list?source_id={source}", login["token"])) for source in jobs}
    assert again == jobs

    stopped = subprocess.run([sys.executable, "-m", "satudata_local", "stop"], cwd=CHECKOUT, env=site.environment)
    assert stopped.returncode == 0
    assert process.wait(timeout=40) == 0
    assert site.processes() == []


def test_what_a_killed_run_left_is_stopped(site: Run):
    """Neither honcho nor `make run` is there to stop the servers."""
    process = site.process if site.process.poll() is None else site.start()
    process.kill()
    process.wait()
    os.kill(int((site.var / "honcho.pid").read_text(encoding="utf-8")), signal.SIGKILL)
    assert len(site.processes()) > 10
    stop = [sys.executable, "-m", "satudata_local", "stop"]
    stopped = subprocess.run(stop, cwd=CHECKOUT, env=site.environment, capture_output=True, text=True)
    assert (stopped.returncode, stopped.stdout) == (0, "Stopped.\n")
    assert site.processes() == []
    first = int(site.environment["PORT"])
    assert not any(_listening(port) for port in range(first, first + 5))
    control = [str(servers.POSTGRES_BIN / "pg_controldata"), "-D", str(site.var / "postgres")]
    assert "shut down\n" in subprocess.run(control, capture_output=True, text=True, check=True).stdout
