"""Measures what is no harvest: tables, names, figures and questions."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from .. import servers
from ..console import SetupError, say
from ..processes import Started, environment
from ..settings import CHECKOUT, Stack
from . import memory, rival, table, users, web
from .fetching import fetch
from .measuring import REPETITIONS
from .rows import Row
from .table import Line

NAMES, RIVAL_NAMES = 1_000_000, 2_000
TABLE_ROWS, SHEET_ROWS, OBSERVATIONS = 1_000_000, 100_000, 1_000_000
QUESTIONS, USERS, USERS_SECONDS = 450, 20, 120.0
FIGURES = "satudatapmi_finding, satudatapmi_observation, satudatapmi_series, satudatapmi_figure_load"
HERE = Path(__file__).parent
# Of nothing that is in the cube: what a web process reads once, as code lists, it has read then.
FIRST_QUESTION = {"indicator": "complaint", "origin": "Kabupaten Malang", "destination": "Malaysia", "time": "2001"}


def on_files(stack: Stack, row: Row) -> Line:
    """Measure a row that needs no server."""
    if row.kind == "names":
        told = module(stack, row, "naming", NAMES, RIVAL_NAMES)
        return table.names(row, NAMES, RIVAL_NAMES, told)
    return _sheets(stack, row)


def _sheets(stack: Stack, row: Row) -> Line:
    seconds: dict[str, list[float]] = {"rival": [], "ours": []}
    for _round in range(REPETITIONS):
        for side, taken in seconds.items():
            told = module(stack, row, "sheets", side, SHEET_ROWS)
            if told["rows"] < SHEET_ROWS:
                raise SetupError(f"{row.name}: {SHEET_ROWS - told['rows']} rows of {side} have no codes")
            taken.append(told["seconds"])
    return table.beside(
        row, SHEET_ROWS, seconds["ours"], seconds["rival"], "in place of stock: pandas with openpyxl and merges"
    )


@dataclass
class SiteBench:
    """What a measurement on our site needs.

    Attributes:
        stack: whose servers run; PostgreSQL comes back when it is ended.
        started: its processes.
        figures: how many observations `cube` has put into the single data.
    """

    stack: Stack
    started: Started
    figures: int = field(default=0, init=False)

    def measure(self, row: Row) -> Line:
        """Measure one row and return its line of the table.

        Raises:
            SetupError: something went wrong.
        """
        measures: dict[str, Callable[[Row], Line]] = {
            "table": self._table,
            "observations": self._observations,
            "questions": self._questions,
            "users": self._users,
            "board": self._board,
        }
        return measures[row.kind](row)

    def _table(self, row: Row) -> Line:
        folder = self.stack.home / "tmp"
        module(self.stack, row, "making", "csv", folder, TABLE_ROWS, as_json=False)
        sides = {"rival": rival.variables(self.stack, rival.LOADER), "ours": environment(self.stack)}
        runs: dict[str, list[dict[str, float]]] = {side: [] for side in sides}
        for _round in range(REPETITIONS):
            for side, variables in sides.items():
                command = ["python", str(HERE / "loading.py"), variables["CKAN_INI"], side, str(folder)]
                told = _run(row, command, variables)
                say(f"    {side}: {told['seconds']:.1f} s")
                runs[side].append(told)
        seconds = {side: [run["seconds"] for run in told] for side, told in runs.items()}
        words = min(run["words_seconds"] for run in runs["ours"])
        note = f"its words follow in {words:.0f} s; in place of stock: ckanext-xloader"
        return table.beside(row, TABLE_ROWS, seconds["ours"], seconds["rival"], note)

    def _observations(self, row: Row) -> Line:
        runs = []
        for _round in range(REPETITIONS):
            servers.psql(self.stack, f"TRUNCATE {FIGURES} CASCADE", database="ckan")
            told = module(self.stack, row, "observing", OBSERVATIONS, database=self._address("ckan"))
            say(f"    {told['seconds']:.1f} s after {told['reading_seconds']:.1f} s of reading")
            runs.append(told)
        self.figures = 0
        if any(run["observations"] != OBSERVATIONS for run in runs):
            raise SetupError(f"{row.name}: not all figures were taken: {runs}")
        note = f"{runs[0]['findings']:,} findings; read from its file before in {runs[0]['reading_seconds']:.0f} s"
        return table.within(row, OBSERVATIONS, [run["seconds"] for run in runs], note)

    def _questions(self, row: Row) -> Line:
        self._fill(row)
        file = self.stack.home / "tmp" / "questions.json"
        file.write_text(json.dumps(self._asked(row)), encoding="utf-8")
        memory.forget(self.stack, self.started)
        variables = environment(self.stack)
        command = ["python", str(HERE / "answering.py"), variables["CKAN_INI"], str(file)]
        told = _run(row, command, variables)
        return table.answers(row, self.figures, told["warm"], told["cold"])

    def _users(self, row: Row) -> Line:
        self._fill(row)
        action = f"http://{self.stack.site_address}/api/3/action/pmi_query"
        asked = [f"{action}?{urlencode(question)}" for question in self._asked(row)]
        memory.forget(self.stack, self.started)
        with web.serving(self.stack, environment(self.stack)):
            for _thread in range(USERS):
                fetch(f"{action}?{urlencode(FIRST_QUESTION)}")
            cold, warm = (users.at_once(asked, USERS, USERS_SECONDS) for _turn in ("cold", "warm"))
        if errors := cold.errors + warm.errors:
            raise SetupError(f"{row.name}: {len(errors)} questions had no answer: {errors[0]}")
        return table.answers(row, self.figures, warm.seconds, cold.seconds)

    def _board(self, row: Row) -> Line:
        servers.psql(self.stack, f"TRUNCATE {FIGURES} CASCADE", database="ckan")
        self.figures = 0
        ini = environment(self.stack)["CKAN_INI"]
        told = module(self.stack, row, "boarding", ini, database=self._address("postgres"))
        note = f"{len(told['seconds']):,} answers of up to 200 lines, of {told['lines']:,} in all"
        return table.first_answers(row, told["figures"], told["seconds"], note)

    def _fill(self, row: Row) -> None:
        """Fill the single data, unless it is."""
        if not self.figures:
            say("    filling the single data, not measured")
            servers.psql(self.stack, f"TRUNCATE {FIGURES} CASCADE", database="ckan")
            self.figures = module(self.stack, row, "cube", database=self._address("postgres"))

    def _asked(self, row: Row) -> Any:
        return module(self.stack, row, "questions", QUESTIONS)

    def _address(self, user: str) -> str:
        """Return the address of the site's database for one of its users."""
        return f"postgresql://{user}:{self.stack.secrets()[user]}@127.0.0.1:{self.stack.ports.postgres}/ckan"


def module(stack: Stack, row: Row, name: str, *arguments: object, database: str = "", as_json: bool = True) -> Any:
    """Run a module of the bench in the site's environment and return what it printed."""
    command = [str(stack.venv / "bin" / "python"), "-m", f"{__package__}.{name}", *map(str, arguments)]
    return _run(row, command, environment(stack) | {"BENCH_DATABASE": database}, as_json=as_json)


def _run(row: Row, command: Sequence[str], variables: Mapping[str, str], *, as_json: bool = True) -> Any:
    done = subprocess.run(command, cwd=CHECKOUT / "config", env=variables, capture_output=True, text=True)
    if done.returncode:
        raise SetupError(f"{row.name} was not measured: {done.stderr}")
    return json.loads(done.stdout.splitlines()[-1]) if as_json else None
