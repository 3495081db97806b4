"""`make bench`: sets up servers and both sites, measures the rows, writes the results."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

from .. import processes, servers, website
from ..console import SetupError, say, step
from ..settings import CHECKOUT, Stack
from . import rival, table, workers
from .measuring import EMPTY, SOURCES, Bench, other_host
from .records import read_pool
from .rows import Row
from .sites import Site
from .table import Line
from .watching import Run

DATA = CHECKOUT.parent / "shared" / "data" / "datajson"
RESULTS, TABLE = "results.json", "table.md"
NAMES, RIVAL_NAMES = 1_000_000, 2_000
KEPT = (rival.FOLDER, RESULTS, TABLE)


def data_folder() -> Path | None:
    """Return the folder of real catalogues that BENCH_DATA names, or where they lie beside the checkout; else None.

    Raises:
        SetupError: BENCH_DATA names no folder that can be read.
    """
    named = os.environ.get("BENCH_DATA")
    folder = Path(named).resolve() if named else DATA
    if os.access(folder, os.R_OK | os.X_OK):
        return folder
    if named:
        raise SetupError(f"BENCH_DATA={folder} is not a folder that this user can read; give a folder of *.json files")
    return None


def bench(stack: Stack, rows: Sequence[Row]) -> int:
    """Measure the rows on a stack whose programs are installed; returns 1 if one could not be measured."""
    lines = [_names(stack, row) for row in rows if row.kind == "names"]
    rows = [row for row in rows if row.kind != "names"]
    if not rows:
        _write(stack, [], lines, "generated typing errors")
        say("\n" + (stack.home / TABLE).read_text(encoding="utf-8"))
        return 0
    folder = data_folder()
    pool = read_pool(folder)
    say(f"The partner publishes {pool.origin}.")
    _clear(stack)
    stock = rival.install(stack)
    servers.prepare_postgres(stack)
    servers.prepare_redis(stack)
    (stack.home / "tmp").mkdir(exist_ok=True)
    website.write_ini(stack, [other_host(number) for number in range(SOURCES)])
    started = processes.start(stack, ["postgres", "redis", "solr"], rival.solr_core(stock))
    try:
        servers.wait_for_servers(stack, started.check)
        website.prepare_site(stack)
        rival.prepare(stack, stock)
        with _partner(stack, folder):
            return _measure(Bench(*_sites(stack, stock), stack.partners_url), rows, pool.origin, stack, lines)
    finally:
        processes.stop_own(stack, started)


def _clear(stack: Stack) -> None:
    """Remove what the last bench left, but not the stock environment and the results."""
    processes.stop(stack)
    for item in stack.home.iterdir():
        if item.name not in KEPT:
            shutil.rmtree(item) if item.is_dir() else item.unlink()
    stack.logs.mkdir()


def _sites(stack: Stack, stock: Path) -> tuple[Site, Site]:
    ours = Site("ours", stack, stack.venv, processes.environment(stack), "ckan", 0, workers.ours())
    theirs = Site("rival", stack, stock, rival.variables(stack, stock), "rival", 1, workers.RIVALS)
    # Workers wait for this as they do under `make run`.
    stack.let_start("workers")
    for site in (ours, theirs):
        site.keep(EMPTY)
    return ours, theirs


@contextlib.contextmanager
def _partner(stack: Stack, folder: Path | None) -> Iterator[None]:
    command = [
        sys.executable,
        "-m",
        f"{__package__}.partner",
        str(stack.ports.partners),
        *([str(folder)] if folder else []),
    ]
    process = subprocess.Popen(command, cwd=CHECKOUT, env=processes.environment(stack))
    try:
        with step("Starting the partner"):
            servers.wait_for_partner(stack, lambda: _check(process))
        yield
    finally:
        process.terminate()
        process.wait()


def _check(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is not None:
        raise SetupError(f"the partner of the bench ended with {process.returncode}; it wrote why above")


def _names(stack: Stack, row: Row) -> Line:
    """Measure the matching of names, which needs no site."""
    command = [stack.venv / "bin" / "python", "-m", f"{__package__}.naming", str(NAMES), str(RIVAL_NAMES)]
    with step(f"{row.name}: {row.work}"):
        done = subprocess.run(command, cwd=CHECKOUT / "config", capture_output=True, text=True)
    if done.returncode:
        raise SetupError(f"{row.name} was not measured: {done.stderr}")
    return table.names(row, NAMES, RIVAL_NAMES, json.loads(done.stdout))


def _measure(bench: Bench, rows: Sequence[Row], pool: str, stack: Stack, lines: list[Line]) -> int:
    failed = 0
    for row in rows:
        try:
            with step(f"{row.name}: {row.work}"):
                lines += bench.measure(row)
        except SetupError as error:
            failed = 1
            say(f"    {row.name} was not measured: {error}")
        _write(stack, bench.runs, lines, pool)
    say("\n" + (stack.home / TABLE).read_text(encoding="utf-8"))
    say(f"Results: {stack.home / RESULTS}, {stack.home / TABLE}")
    return failed


def _write(stack: Stack, runs: Sequence[tuple[str, Run]], lines: Sequence[Line], pool: str) -> None:
    results = {
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": table.machine(),
        "data": pool,
        "stock": rival.STOCK,
        "lines": [asdict(line) for line in lines],
        "runs": [{"row": name} | asdict(run) for name, run in runs],
    }
    (stack.home / RESULTS).write_text(json.dumps(results, indent=1), encoding="utf-8")
    (stack.home / TABLE).write_text(table.markdown(lines, pool), encoding="utf-8")
