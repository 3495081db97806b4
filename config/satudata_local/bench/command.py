"""`make bench`: sets up servers and both sites, measures the rows, writes the results."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

from .. import processes, servers, website
from ..console import SetupError, say, step
from ..settings import CHECKOUT, Ports, Stack
from . import rival, speed, table, workers
from .feeds import FeedBench
from .measuring import EMPTY, SOURCES, Bench, other_host
from .pages import PageBench
from .records import read_pool
from .rival import Rival
from .rows import ON_FEEDS, ON_FILES, ON_PAGES, ON_SITE, Row
from .sites import Site
from .table import Line
from .watching import Run

DATA = CHECKOUT.parent / "shared" / "data" / "datajson"
RESULTS, TABLE = "results.json", "table.md"
MEASURED = "Procfile.bench"
"""The servers as config/Procfile has them; PostgreSQL comes back when it is ended, which leaves its memory empty."""
KEPT = (rival.HARVESTER.folder, rival.LOADER.folder, RESULTS, TABLE)


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
    report = Report(stack)
    on_files = [row for row in rows if row.kind in ON_FILES]
    on_site = [row for row in rows if row.kind in ON_SITE]
    on_feeds = [row for row in rows if row.kind in ON_FEEDS]
    on_pages = [row for row in rows if row.kind in ON_PAGES]
    harvests = [row for row in rows if row.kind not in ON_FILES + ON_SITE + ON_FEEDS + ON_PAGES]
    for row in on_files:
        report.measure(row, lambda row: [speed.on_files(stack, row)])
    if on_site:
        _bench_site(stack, on_site, report)
    if on_feeds:
        _bench_feeds(stack, on_feeds, report)
    if on_pages:
        _bench_pages(stack, on_pages, report)
    if harvests:
        _bench_harvest(stack, harvests, report)
    say("\n" + (stack.home / TABLE).read_text(encoding="utf-8"))
    say(f"Results: {stack.home / RESULTS}, {stack.home / TABLE}")
    return report.failed


def _bench_site(stack: Stack, rows: Sequence[Row], report: Report) -> None:
    """Measure what needs our site alone, and the rival of tables beside it."""
    rivals = [rival.LOADER] if any(row.kind == "table" for row in rows) else []
    with _site(stack, rivals, MEASURED) as started:
        site = speed.SiteBench(stack, started)
        for row in rows:
            report.measure(row, lambda row: [site.measure(row)])


def _bench_harvest(stack: Stack, rows: Sequence[Row], report: Report) -> None:
    """Measure our harvest beside stock's."""
    folder = data_folder()
    report.pool = read_pool(folder).origin
    say(f"The partner publishes {report.pool}.")
    with _site(stack, [rival.HARVESTER], "Procfile"), _partner(stack, folder):
        bench = Bench(*_sites(stack), stack.partners_url, report.runs)
        for row in rows:
            report.measure(row, bench.measure)


def _bench_feeds(stack: Stack, rows: Sequence[Row], report: Report) -> None:
    """Measure our feeds, and stock's beside them."""
    folder = data_folder()
    report.pool = read_pool(folder).origin
    say(f"The partner publishes {report.pool}.")
    with _site(stack, [rival.HARVESTER], MEASURED) as started, _partner(stack, folder):
        bench = FeedBench(stack, started, *_sites(stack), stack.partners_url)
        for row in rows:
            report.measure(row, bench.measure)


def _bench_pages(stack: Stack, rows: Sequence[Row], report: Report) -> None:
    """Measure our pages, and stock's beside them."""
    folder = data_folder()
    report.pool = read_pool(folder).origin
    say(f"The partner publishes {report.pool}.")
    with _site(stack, [rival.HARVESTER], MEASURED, ["charts"]) as started:
        bench = PageBench(stack, started, *_sites(stack))
        with _partner(stack, folder):
            bench.fill(stack.partners_url)
        bench.fill_demo()
        for row in rows:
            report.measure(row, bench.measure)


@contextlib.contextmanager
def _site(stack: Stack, rivals: Sequence[Rival], file: str, others: Sequence[str] = ()) -> Iterator[processes.Started]:
    """Start servers with our site and some rivals' on them, all of them empty.

    Args:
        stack: whose servers they are.
        rivals: beside our site.
        file: the Procfile that starts them.
        others: processes that run besides.
    """
    _clear(stack)
    cores = " ".join(rival.solr_core(one, rival.install(stack, one)) for one in rivals)
    servers.prepare_postgres(stack)
    servers.prepare_redis(stack)
    (stack.home / "tmp").mkdir(exist_ok=True)
    website.write_ini(stack, [other_host(number) for number in range(SOURCES)])
    started = processes.start(stack, ["postgres", "redis", "solr", *others], cores, file)
    try:
        servers.wait_for_servers(stack, started.check)
        website.prepare_site(stack)
        for one in rivals:
            rival.prepare(stack, one)
        yield started
    finally:
        processes.stop_own(stack, started)


@dataclass
class Report:
    """What was measured so far, written after each row.

    Attributes:
        stack: in whose folder it is written.
        pool: what the datasets are, if any are harvested.
        lines: of the table.
        runs: the harvests.
        failed: 1 if a row could not be measured.
    """

    stack: Stack
    pool: str = "generated input"
    lines: list[Line] = field(default_factory=list)
    runs: list[tuple[str, Run]] = field(default_factory=list)
    failed: int = 0

    def measure(self, row: Row, measure: Callable[[Row], list[Line]]) -> None:
        """Measure a row, and go on with the others if it cannot be measured."""
        try:
            with step(f"{row.name}: {row.work}"):
                self.lines += measure(row)
        except SetupError as error:
            self.failed = 1
            say(f"    {row.name} was not measured: {error}")
        self.write()

    def write(self) -> None:
        """Write results and table."""
        results = {
            "date": datetime.now(UTC).isoformat(timespec="seconds"),
            "machine": table.machine(),
            "data": self.pool,
            "rivals": {one.name: one.packages + one.later for one in (rival.HARVESTER, rival.LOADER)},
            "lines": [asdict(line) for line in self.lines],
            "runs": [{"row": name} | asdict(run) for name, run in self.runs],
        }
        (self.stack.home / RESULTS).write_text(json.dumps(results, indent=1), encoding="utf-8")
        (self.stack.home / TABLE).write_text(table.markdown(self.lines, self.pool), encoding="utf-8")


def _clear(stack: Stack) -> None:
    """Remove what the last bench left, but not the stock environment and the results."""
    processes.stop(stack)
    for item in stack.home.iterdir():
        if item.name not in KEPT:
            shutil.rmtree(item) if item.is_dir() else item.unlink()
    stack.logs.mkdir()


def _sites(stack: Stack) -> tuple[Site, Site]:
    ours = Site("ours", stack, stack.venv, processes.environment(stack), "ckan", 0, workers.ours())
    stock = stack.home / rival.HARVESTER.folder
    # Both may answer at the same moment.
    beside = replace(stack, ports=replace(stack.ports, web=Ports.free().web))
    theirs = Site("rival", beside, stock, rival.variables(beside, rival.HARVESTER), "rival", 1, workers.RIVALS)
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
