"""The processes that harvest: started for one side at a time, and watched for processor time and memory."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Mapping
from pathlib import Path

from .. import proc
from ..console import SetupError
from ..programs import CONFIG
from ..settings import CHECKOUT

OTHERS = ("postgres", "redis", "solr", "partners", "web", "csw", "charts", "jobs")
"""Processes of config/Procfile that a harvest does not need, or that both sides share."""
RIVALS = {
    "gather": "exec config/bin/again ckan harvester gather-consumer",
    "fetch_1": "exec config/bin/again ckan harvester fetch-consumer",
    "fetch_2": "exec config/bin/again ckan harvester fetch-consumer",
}
"""As many of stock's consumers as ours has; one that an exception ends is started again, as a service manager does."""
CALM_SECONDS, START_SECONDS, END_SECONDS = 1.5, 180.0, 20.0
TICKS = os.sysconf("SC_CLK_TCK")


def ours() -> dict[str, str]:
    """Return the commands of config/Procfile that harvest, by name."""
    lines = (CONFIG / "Procfile").read_text(encoding="utf-8").splitlines()
    commands = {name: command.strip() for name, _colon, command in (line.partition(":") for line in lines) if command}
    return {name: command for name, command in commands.items() if name not in OTHERS}


def crew(commands: Mapping[str, str], count: int) -> dict[str, str]:
    """Return the commands with no more than so many of a kind: of harvest_1, harvest_2 and harvest_3 the first ones."""
    wanted = {str(number) for number in range(1, count + 1)}
    return {name: command for name, command in commands.items() if name.rpartition("_")[2] in {name, *wanted}}


class Workers:
    """Running workers.

    Attributes:
        peaks: the largest resident memory that was seen of each, in MB, by name.
    """

    def __init__(self, commands: Mapping[str, str], variables: Mapping[str, str], log: Path) -> None:
        self.peaks: dict[str, float] = {}
        with log.open("ab") as output:
            self._processes = {
                name: subprocess.Popen(
                    ["sh", "-c", command],
                    cwd=CHECKOUT,
                    env=dict(variables),
                    stdin=subprocess.DEVNULL,
                    stdout=output,
                    stderr=output,
                    start_new_session=True,
                )
                for name, command in commands.items()
            }
        self._log = log

    def wait_until_calm(self) -> None:
        """Wait until every worker has started and waits for work.

        Raises:
            SetupError: one ended, or they are busy for minutes.
        """
        end = time.monotonic() + START_SECONDS
        before, since = -1.0, time.monotonic()
        while time.monotonic() - since < CALM_SECONDS or before < len(self._processes):
            self.check()
            if time.monotonic() > end:
                raise SetupError(f"the workers do not come to rest within {START_SECONDS:.0f} s; see {self._log}")
            time.sleep(0.1)
            used = self.processor_seconds()
            if used - before > 0.05:
                before, since = used, time.monotonic()

    def check(self) -> None:
        """Look at the memory of each worker.

        Raises:
            SetupError: one has ended.
        """
        for name, process in self._processes.items():
            if process.poll() is not None:
                raise SetupError(f"worker {name} ended with {process.returncode}; see {self._log}")
            peak = max((proc.peak_memory(pid) for pid in proc.with_descendants(process.pid)), default=0.0)
            self.peaks[name] = max(peak, self.peaks.get(name, 0.0))

    def processor_seconds(self) -> float:
        """Return the processor time that all workers have used, those they started included."""
        pids = {pid for process in self._processes.values() for pid in proc.with_descendants(process.pid)}
        return sum(proc.processor_ticks(pid) for pid in pids) / TICKS

    def stop(self) -> None:
        """End the workers and wait until they are gone."""
        for process in self._processes.values():
            proc.send(process.pid, signal.SIGTERM)
        for process in self._processes.values():
            try:
                process.wait(END_SECONDS)
            except subprocess.TimeoutExpired:
                # Its session holds what it started, and nothing else.
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
