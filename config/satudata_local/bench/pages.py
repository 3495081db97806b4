"""Measures the pages that visitors see: by Lighthouse as a slow phone has them, and for many users at once.

Both sides hold the same real datasets; ours has those of the demo partners besides, with their tables and figures.
"""

from __future__ import annotations

import contextlib
import random
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from urllib.parse import urlencode

from .. import processes, servers, website
from ..console import SetupError, say
from ..processes import Started
from ..programs import run
from ..settings import Stack
from . import copies, lighthouse, memory, table, touches, users, web
from .feeds import MANY, REAL, harvest_real
from .fetching import fetch
from .measuring import REPETITIONS
from .rows import Row
from .sites import Site
from .table import Line
from .users import Visits
from .workers import Workers

JOBS = {"jobs": "exec config/bin/background ckan jobs worker"}
"""The demo partners' tables are loaded by CKAN's background jobs."""
INDICATOR = "/indikator/placement"
USERS, USERS_SECONDS, ASKED = 50, 120.0, 2_000
MIX = {"home": 15, "search": 35, "dataset": 40, "indicator": 10}
"""How many of a hundred pages are of which kind; a side without indicators is asked for datasets instead."""
PACKED = {"Accept-Encoding": "gzip"}


@dataclass
class PageBench:
    """What a measurement of pages needs.

    Attributes:
        stack: whose servers run; PostgreSQL comes back when it is ended.
        started: its processes.
        ours, rival: the sides; the rival's stack has another port of the web.
        size: how many datasets each holds, about.
    """

    stack: Stack
    started: Started
    ours: Site
    rival: Site
    size: int = field(default=REAL, init=False)

    def fill(self, partner: str) -> None:
        """Have both sides harvest the real datasets from the partner of the bench."""
        for site in (self.rival, self.ours):
            harvest_real(site, partner)

    def fill_demo(self) -> None:
        """Have ours harvest the demo partners, as `make run` does."""
        website.lay_out_partners(self.stack, "")
        with _demo_partner(self.stack):
            self.ours.start({**self.ours.commands, **JOBS})
            try:
                website.harvest(self.stack, [], self.started.check)
                if self.ours.workers:
                    self.ours.workers.wait_until_calm()
            finally:
                self.ours.stop()

    def measure(self, row: Row) -> list[Line]:
        """Measure one row and return its lines of the table.

        Raises:
            SetupError: something went wrong.
        """
        measures: dict[str, Callable[[Row], list[Line]]] = {
            "lighthouse": self._lighthouse,
            "visitors": self._visitors,
            "touches": self._touches,
        }
        return measures[row.kind](row)

    def _lighthouse(self, row: Row) -> list[Line]:
        lighthouse.install(self.stack)
        pages = {site.name: self._pages(site) for site in (self.ours, self.rival)}
        looks: dict[tuple[str, str], list[lighthouse.Seen]] = {}
        for site in (self.rival, self.ours):
            with self._serving(site):
                for name, path in pages[site.name].items():
                    # Whoever comes first waits for what is drawn and read once.
                    fetch(_address(site) + path)
                    looks[site.name, name] = [
                        lighthouse.look(self.stack, _address(site) + path) for _round in range(REPETITIONS)
                    ]
        lines = []
        for name in pages["ours"]:
            ours = lighthouse.median(looks["ours", name])
            rival = lighthouse.median(looks["rival", name]) if ("rival", name) in looks else None
            lines.append(table.page(replace(row, work=f"{row.work}: {name}"), self.size, ours, rival))
            say(f"    {lines[-1].markdown()}")
            say("".join(f"      {fault}\n" for fault in ours.faults) or "      nothing to find fault with")
        return lines

    def _pages(self, site: Site) -> dict[str, str]:
        """Return the paths of the pages that Lighthouse looks at, by name: of both sides the same dataset."""
        titles = [set(one) for one in zip(*self._titles(self.ours), strict=True)]
        shared = sorted(titles[0].intersection(title for title, _name in self._titles(self.rival)))
        title = shared[len(shared) // 2]
        (name,) = [name for known, name in self._titles(site) if known == title][:1]
        pages = {"home": "/", "search": "/dataset/", "dataset": f"/dataset/{name}"}
        if site is self.ours:
            with_table = site.ask(
                "SELECT one.name FROM package one JOIN resource file ON file.package_id = one.id "
                "WHERE one.state = 'active' AND NOT one.private AND file.extras LIKE '%\"datastore_active\": true%' "
                "ORDER BY one.name LIMIT 1"
            )
            pages |= {"dataset with a table": f"/dataset/{with_table[0][0]}", "indicator": INDICATOR}
        return pages

    def _titles(self, site: Site) -> list[list[str]]:
        return site.ask(
            "SELECT regexp_replace(title, '[|[:cntrl:]]+', ' ', 'g'), name FROM package "
            "WHERE type = 'dataset' AND state = 'active' AND NOT private ORDER BY name"
        )

    def _visitors(self, row: Row) -> list[Line]:
        if self.size < MANY:
            self._grow()
        visits: dict[tuple[str, str], Visits] = {}
        for site in (self.rival, self.ours):
            asked = self._asked(site)
            memory.forget(self.stack, self.started)
            with self._serving(site):
                for turn in ("cold", "warm"):
                    visits[site.name, turn] = users.at_once(
                        asked, USERS, USERS_SECONDS, ask=partial(fetch, headers=PACKED)
                    )
        return [
            table.visited(
                replace(row, work=f"{row.work}, {told}"), self.size, visits["ours", turn], visits["rival", turn]
            )
            for turn, told in (("warm", "warm"), ("cold", "after a restart with empty caches"))
        ]

    def _touches(self, row: Row) -> list[Line]:
        """Touch what a kiosk shows without a network, and the same screens as the site has them for phones."""
        for words in (["seed"], ["edition"]):
            command = self.ours.ckan("satudata", "kiosk", *words)
            run(command, self.stack.logs / "kiosk.log", dict(self.ours.variables))
        program = [self.stack.program("python"), touches.__file__]
        with self._serving(self.ours):
            looks = [self._touched(program, self._set_up()), self._touched(program, f"{_address(self.ours)}/aim/")]
        return [table.touched(row, self.size, *looks)]

    def _set_up(self) -> str:
        """Add a kiosk and return the address that makes a device this kiosk."""
        words = ["satudata", "kiosk", "add", "bench", "--place", "Bench", "--wilayah", "52.02"]
        return self._printed(self.ours.ckan(*words))[-1]

    def _touched(self, program: Sequence[str], address: str) -> list[float]:
        return [float(line) for line in self._printed([*program, address])]

    def _printed(self, command: Sequence[str]) -> list[str]:
        done = subprocess.run(command, env=dict(self.ours.variables), capture_output=True, text=True)
        if done.returncode:
            raise SetupError(f"{' '.join(command[:5])} ended with {done.returncode}\n{done.stderr[-2000:]}")
        return done.stdout.split()

    def _grow(self) -> None:
        """Have both sides hold many datasets by copies of theirs, and find them."""
        for site in (self.ours, self.rival):
            copies.grow(site, MANY + len(self._titles(site)))
            command = site.ckan("search-index", "rebuild", "--quiet")
            run(command, self.stack.logs / f"{site.name}-index.log", dict(site.variables))
            say(f"    {site.name}: {site.indexed():,} datasets by copying real ones in the database")
        self.size = MANY

    def _asked(self, site: Site) -> list[str]:
        """Return the addresses that users ask one side for, the same in each run."""
        chance = random.Random(8)  # noqa: S311 - the same pages in each run
        known = self._titles(site)
        words = sorted({word.strip(".,()") for title, _name in known for word in title.split() if len(word) > 4})
        formats = [row[0] for row in site.ask("SELECT format FROM resource WHERE format > '' GROUP BY 1 ORDER BY 1")]
        makes: dict[str, Callable[[], str]] = {
            "home": lambda: "/",
            "search": lambda: f"/dataset/?{urlencode(search(chance, words, formats))}",
            "dataset": lambda: f"/dataset/{chance.choice(known)[1]}",
            "indicator": lambda: INDICATOR,
        }
        if site is self.rival:
            makes["indicator"] = makes["dataset"]
        kinds = chance.choices(list(MIX), weights=list(MIX.values()), k=ASKED)
        return [_address(site) + makes[kind]() for kind in kinds]

    @contextlib.contextmanager
    def _serving(self, site: Site) -> Iterator[Workers]:
        with web.serving(site.stack, site.variables, web.OURS if site is self.ours else web.RIVALS) as server:
            yield server


def search(chance: random.Random, words: Sequence[str], formats: Sequence[str]) -> Mapping[str, str | int]:
    """Return the parameters of a search as visitors make it: by a word, by a filter, by both, or leafing through."""
    by_word, by_format = {"q": chance.choice(words)}, {"res_format": chance.choice(formats)}
    return chance.choice([by_word, by_word, by_word | by_format, by_format, {"page": chance.randint(2, 50)}])


def _address(site: Site) -> str:
    return f"http://{site.stack.site_address}"


@contextlib.contextmanager
def _demo_partner(stack: Stack) -> Iterator[None]:
    """Serve the demo partners' files, where the partner of the bench was."""
    command = [sys.executable, "-m", "http.server", str(stack.ports.partners), "--bind", "127.0.0.1"]
    log = (stack.logs / "demo.log").open("ab")
    with log:
        process = subprocess.Popen(
            command, cwd=stack.home / "partners", env=processes.environment(stack), stdout=log, stderr=log
        )
    try:
        servers.wait_for_partner(stack, lambda: None)
        yield
    finally:
        process.terminate()
        process.wait()
