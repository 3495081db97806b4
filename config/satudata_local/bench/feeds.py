"""Measures the catalogue feeds: our site under gunicorn, and beside it a stock CKAN with ckanext-dcat."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from pathlib import Path

from .. import servers
from ..console import SetupError, say
from ..processes import Started
from ..settings import Stack
from . import copies, edits, memory, speed, table, users, web
from .edits import CHANGES, FEEDS, ON_A_PAGE, turned_to
from .fetching import Answer, fetch
from .measuring import BODIES, EMPTY, FULL_SIZE, READY, REPETITIONS, ROW_SECONDS
from .rows import PROTOCOLS, Row
from .sites import Site, Source
from .table import Line
from .watching import Expected, harvest
from .workers import Workers

REAL, MANY, ALL = 1_000, 20_000, 100_000
"""Datasets of a catalogue: real ones alone, or with copies of them."""
PAGES = range(1, REAL // ON_A_PAGE["ttl"] + 1)
CROWD, CROWD_SECONDS, CROWD_PAGES = 20, 60.0, 20
CROWDED = ("json", "ttl", "xml")
CROWD_BODY = 2
"""The first body that is harvested beside the crowd: it has no record of `REAL`."""
UNCHANGED_BAR, UNCHANGED_TIMES = 0.02, 20
LOOK_SECONDS = 1.0


@dataclass
class FeedBench:
    """What a measurement of the feeds needs.

    Attributes:
        stack: whose servers run; PostgreSQL comes back when it is ended.
        started: its processes.
        ours, rival: the sides, each with its empty database kept; the rival's stack has another port of the web.
        partner: address of the partner.
        held: how many datasets ours has now.
        stocked: whether the rival has the real ones.
    """

    stack: Stack
    started: Started
    ours: Site
    rival: Site
    partner: str
    held: int = field(default=0, init=False)
    stocked: bool = field(default=False, init=False)

    def measure(self, row: Row) -> list[Line]:
        """Measure one row and return its lines of the table.

        Raises:
            SetupError: something went wrong.
        """
        measures: dict[str, Callable[[Row], list[Line]]] = {
            "pages": self._pages,
            "pages-cold": self._pages_cold,
            "stream": self._stream,
            "data-json": self._data_json,
            "edit": self._edit,
            "crowd": self._crowd,
        }
        try:
            return measures[row.kind](row)
        finally:
            self.ours.stop()
            self.rival.stop()

    def _pages(self, row: Row) -> list[Line]:
        self._hold_both()
        runs: dict[str, list[float]] = {"ours": [], "rival": []}
        with self._serving(self.ours), self._serving(self.rival):
            arrived = {site.name: self._arrived(row, site) for site in (self.ours, self.rival)}
            for _round in range(REPETITIONS):
                for site in (self.rival, self.ours):
                    runs[site.name].append(_turn_pages(site))
        return [self._beside_stock(row, runs, f"{arrived['ours']:,} arrived, {arrived['rival']:,} from stock")]

    def _pages_cold(self, row: Row) -> list[Line]:
        self._hold_both()
        runs: dict[str, list[float]] = {"ours": [], "rival": []}
        for _round in range(REPETITIONS):
            for site in (self.rival, self.ours):
                self._forget()
                with self._serving(site):
                    runs[site.name].append(_turn_pages(site))
        return [self._beside_stock(row, runs, "no fragment, no page of the database in memory, web server restarted")]

    def _beside_stock(self, row: Row, runs: dict[str, list[float]], note: str) -> Line:
        for side, seconds in runs.items():
            say(f"    {side}: {', '.join(f'{one:.2f}' for one in seconds)} s")
        return table.beside(row, REAL, runs["ours"], runs["rival"], f"all {len(PAGES)} pages; {note}")

    def _data_json(self, row: Row) -> list[Line]:
        self._hold(MANY)
        with self._serving(self.ours):
            address = f"{_address(self.ours)}{FEEDS['json']}?page=all"
            cold = fetch(address)
            warm = [fetch(address) for _round in range(REPETITIONS)]
            unchanged = [fetch(address, etag=warm[-1].etag) for _time in range(UNCHANGED_TIMES * REPETITIONS)]
        if any(answer.status != 304 for answer in unchanged):
            raise SetupError(f"{row.name}: what had not changed was sent again")
        note = f"{warm[0].size / 1e6:.0f} MB; in place of stock: the first time, when each dataset is written"
        whole = table.within(row, MANY, [one.seconds for one in warm], note)
        same = replace(row, work=f"{row.work}, unchanged (304)", bar=UNCHANGED_BAR)
        return [
            replace(whole, rival=cold.seconds, rival_size=MANY),
            table.within(same, MANY, [one.seconds for one in unchanged], f"median of {len(unchanged)}"),
        ]

    def _stream(self, row: Row) -> list[Line]:
        self._hold(ALL)
        with self._serving(self.ours) as server:
            server.check()
            started = server.peaks["web"]
            return [self._stream_one(row, server, started, notation) for notation in FEEDS]

    def _stream_one(self, row: Row, server: Workers, started: float, notation: str) -> Line:
        """Measure the whole catalogue in one notation, by a web server that took so many MB when it had started."""
        address = f"{_address(self.ours)}{FEEDS[notation]}?page=all"
        cold, grown = _watched(address, server)
        file = self._folder() / f"catalogue.{notation}"
        warm: list[Answer] = []
        for _round in range(REPETITIONS):
            with file.open("wb") as keep:
                warm.append(fetch(address, keep=keep))
        server.check()
        arrived = speed.module(self.stack, row, "arrived", notation, file)
        file.unlink()
        told = table.Streamed(ALL, tuple(warm), cold, arrived, started, server.peaks["web"], grown)
        line = table.streamed(replace(row, work=f"{row.work}, {FEEDS[notation]}"), told)
        say(f"    {line.markdown()}")
        return line

    def _edit(self, row: Row) -> list[Line]:
        self._hold(ALL)
        with self._serving(self.ours):
            editor = edits.Editor(self.ours, _address(self.ours), ALL)
            runs = [editor.edit(number + 1) for number in range(REPETITIONS)]
        for run in runs:
            say(f"    {run}")
        return [table.edited(row, ALL, runs)]

    def _crowd(self, row: Row) -> list[Line]:
        self._hold(MANY)
        alone, beside = [], []
        with self._serving(self.ours):
            address = _address(self.ours)
            for notation in CROWDED:
                fetch(f"{address}{FEEDS[notation]}?page=all")
            for number in range(REPETITIONS):
                alone.append(users.at_once(crowd_addresses(address), CROWD, CROWD_SECONDS))
                beside.append(self._crowd_beside(address, f"bench-crowd-{number}"))
        return [table.crowd(row, MANY, alone, beside)]

    def _crowd_beside(self, address: str, source: str) -> users.Visits:
        """Return what the crowd meets with while a source is harvested."""
        self.ours.start()
        enough, expected = threading.Event(), Expected(self.ours.indexed() + FULL_SIZE)

        def watch() -> None:
            try:
                run = harvest(self.ours, [source], FULL_SIZE, expected, self.partner, time.time() + ROW_SECONDS)
                say(f"    {run.size:,} datasets harvested in {run.seconds:.1f} s beside {CROWD} clients")
            finally:
                enough.set()

        with ThreadPoolExecutor(1) as beside:
            watched = beside.submit(watch)
            found = users.at_once(crowd_addresses(address), CROWD, ROW_SECONDS, enough)
            watched.result()
        self.ours.stop()
        return found

    def _hold_both(self) -> None:
        self._hold(REAL)
        if not self.stocked:
            self._fill(self.rival)
            self.stocked = True

    def _hold(self, size: int) -> None:
        """Have ours hold so many datasets, of which nothing is written yet."""
        if not self.held:
            self._fill(self.ours)
        else:
            self.ours.restore(READY)
        if size > REAL:
            began = time.monotonic()
            copies.grow(self.ours, size)
            say(f"    ours: {size:,} datasets by copying real ones in the database in {time.monotonic() - began:.0f} s")
        self.held = size
        public = int(self.ours.ask("SELECT count(*) FROM satudatapmi_publication WHERE is_public")[0][0])
        if public != size:
            raise SetupError(f"ours has {public:,} public datasets, not {size:,}")

    def _fill(self, site: Site) -> None:
        """Have a side harvest the real datasets, and keep its database."""
        others = []
        if site is self.ours:
            kind, bodies = PROTOCOLS["datajson"].ours, range(CROWD_BODY, CROWD_BODY + REPETITIONS)
            others = [
                Source(f"bench-crowd-{number}", kind, f"{self.partner}/{FULL_SIZE}/{body}/data.json")
                for number, body in enumerate(bodies)
            ]
        harvest_real(site, self.partner, others)
        site.keep(READY)

    def _forget(self) -> None:
        """Leave nothing of what was written for the feeds, and nothing of the databases in memory."""
        servers.psql(self.stack, "TRUNCATE satudatapmi_fragment", database=self.ours.database)
        memory.forget(self.stack, self.started)

    @contextlib.contextmanager
    def _serving(self, site: Site) -> Iterator[Workers]:
        command = web.OURS if site is self.ours else web.RIVALS
        with web.serving(site.stack, site.variables, command) as server:
            yield server

    def _arrived(self, row: Row, site: Site) -> int:
        """Turn all pages once, not measured, and return how many datasets were on them."""
        files = [self._folder() / f"{site.name}-{page}.ttl" for page in PAGES]
        for page, file in zip(PAGES, files, strict=True):
            with file.open("wb") as keep:
                fetch(_page_address(site, page), keep=keep)
        return speed.module(self.stack, row, "arrived", "ttl", *files)

    def _folder(self) -> Path:
        return self.stack.home / "tmp"


def harvest_real(site: Site, partner: str, others: Sequence[Source] = ()) -> None:
    """Have an empty side harvest the real datasets.

    Args:
        site: the side.
        partner: address of the partner.
        others: sources that it gets besides, and does not harvest now.

    Raises:
        SetupError: they did not all arrive.
    """
    say(f"    {site.name}: harvest of {REAL:,} real datasets, not measured")
    kind = getattr(PROTOCOLS["datajson"], site.name)
    site.restore(EMPTY)
    site.add_sources([Source("bench-real", kind, f"{partner}/{REAL}/{BODIES[REAL]}/data.json"), *others])
    site.start()
    run = harvest(site, ["bench-real"], REAL, Expected(REAL), partner, time.time() + ROW_SECONDS)
    site.stop()
    if run.searchable != REAL:
        raise SetupError(f"{site.name} has {run.searchable:,} datasets after the harvest, not {REAL:,}")


def crowd_addresses(address: str) -> list[str]:
    """Return what the crowd asks: pages of some notations, and of each as often the first changes.

    >>> crowd_addresses("http://site")[2:4]
    ['http://site/catalog.xml?per_page=100&page=1', 'http://site/api/pmi/changes']
    """
    pages = range(1, CROWD_PAGES + 1)
    return [
        asked
        for page in pages
        for asked in [*(turned_to(address, one, page) for one in CROWDED), f"{address}{CHANGES}"]
    ]


def _address(site: Site) -> str:
    return f"http://{site.stack.site_address}"


def _page_address(site: Site, page: int) -> str:
    return f"{_address(site)}/catalog.ttl?page={page}"


def _turn_pages(site: Site) -> float:
    """Return how long all pages take, one after the other."""
    return sum(fetch(_page_address(site, page)).seconds for page in PAGES)


def _watched(address: str, server: Workers) -> tuple[Answer, float]:
    """Return an answer, and by how much the web server's memory grew from its first tenth to its end, as a share."""
    peaks: list[float] = []

    def look() -> None:
        if time.monotonic() - looked[-1] > LOOK_SECONDS:
            server.check()
            peaks.append(server.peaks["web"])
            looked.append(time.monotonic())

    looked = [0.0]
    answer = fetch(address, watch=look)
    server.check()
    return answer, server.peaks["web"] / peaks[len(peaks) // 10] - 1
