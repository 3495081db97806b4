"""Measures the rows: both sides by turns, each from the same beginning."""

from __future__ import annotations

import dataclasses
import math
import os
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from urllib.request import urlopen

from ..console import SetupError, say
from . import table, workers
from .partner import RDF_PAGE
from .records import CHANGED_EACH, mark
from .rows import FULL_SIZE, PROTOCOLS, Row
from .sites import Site, Source
from .table import Line
from .watching import Expected, Run, harvest, tell

REPETITIONS = int(os.environ.get("BENCH_ROUNDS") or 3)
"""Rounds of a comparison, whose medians the table shows; BENCH_ROUNDS=1 is for a first look."""
RIVAL_SIZE, OUR_SIZES = 1_000, (1_000, FULL_SIZE)
BODIES = {1_000: 5, 5_000: 0}
"""Which body has a catalogue of that size: no record is in both."""
LARGE_SIZES = (1_000, 10_000, 100_000)
SOURCES, SOURCE_SIZE, SLOW_EACH, SLOW_MS = 1_400, 2, 100, 10_000
PARTNERS, PARTNER_SIZE, PARTNER_MS = 8, 100, 300
ROW_SECONDS, LONG_SECONDS, LARGE_SECONDS = 900.0, 60.0, 14_400.0
EMPTY, READY = "empty", "ready"
WARM = 1_000_000
"""Number of the body whose one dataset is harvested before the clock runs: programs are loaded and at rest then."""


def other_host(number: int) -> str:
    """Return one of the partner's hosts: a harvester is polite to each, so many sources on one would say little.

    >>> other_host(0), other_host(250)
    ('127.1.0.1', '127.1.1.1')
    """
    return f"127.1.{number // 250}.{number % 250 + 1}"


@dataclass
class Bench:
    """What a measurement needs.

    Attributes:
        ours, rival: the sides, each with its empty database kept under the name `empty`.
        partner: address of the partner on 127.0.0.1.
        runs: all runs so far, for the results.
    """

    ours: Site
    rival: Site
    partner: str
    runs: list[tuple[str, Run]] = field(default_factory=list)

    def measure(self, row: Row) -> list[Line]:
        """Measure one row and return its lines of the table.

        Raises:
            SetupError: something else than ours' not knowing the protocol went wrong.
        """
        try:
            match row.kind:
                case "large":
                    return self._large(row)
                case "sources":
                    return self._sources(row)
                case "workers":
                    return self._crews(row, self._waiting_partners(row), PARTNERS * PARTNER_SIZE)
                case "helper":
                    self._render(row.protocol, RIVAL_SIZE)
                    address = self._address(row.protocol, RIVAL_SIZE)
                    source = Source(f"bench-{RIVAL_SIZE}", PROTOCOLS[row.protocol].ours, address)
                    return self._crews(row, [source], RIVAL_SIZE)
                case _:
                    return self._compare(row)
        finally:
            self.ours.stop()
            self.rival.stop()

    def _compare(self, row: Row) -> list[Line]:
        """Measure ours beside stock."""
        end = time.time() + ROW_SECONDS
        sides = [(self.rival, RIVAL_SIZE)]
        self._prepare(self.rival, row.protocol, (RIVAL_SIZE,))
        if self._prepare(self.ours, row.protocol, OUR_SIZES):
            sides += [(self.ours, size) for size in OUR_SIZES]
        measure = self._first
        if row.kind != "first":
            measure = self._again
            for site in (self.rival, self.ours):
                self._fill(site, [size for one, size in sides if one is site], end)
        runs = [measure(row, site, size, end) for site, size in _by_turns(sides, end)]
        return table.compare(row, runs)

    def _prepare(self, site: Site, protocol: str, sizes: Sequence[int]) -> bool:
        """Give an empty site its sources and keep it so; False if ours does not know the protocol yet."""
        kind = getattr(PROTOCOLS[protocol], site.name)
        named = [Source(f"bench-{size}", kind, self._address(protocol, size)) for size in sizes]
        try:
            self._give(site, named)
        except SetupError as error:
            if site is self.ours and protocol != "datajson":
                reason = str(error).splitlines()[-1].strip()
                say(f"    ours is left out, its site takes no sources of type {kind}: {reason}")
                return False
            raise error
        for size in sizes:
            self._render(protocol, size)
        return True

    def _give(self, site: Site, sources: Sequence[Source]) -> None:
        site.stop()
        site.restore(EMPTY)
        warm = getattr(PROTOCOLS["datajson"], site.name)
        site.add_sources([Source("bench-warm", warm, f"{self.partner}/1/{WARM}/data.json"), *sources])
        site.keep(READY)

    def _start_anew(self, site: Site, commands: Mapping[str, str] | None = None) -> None:
        site.stop()
        site.restore(READY)
        site.start(commands)
        harvest(site, ["bench-warm"], 1, Expected(1), self.partner, time.time() + ROW_SECONDS)

    def _first(self, row: Row, site: Site, size: int, end: float) -> Run:
        self._start_anew(site)
        run = harvest(site, [f"bench-{size}"], size, Expected(size + 1), self.partner, end)
        site.stop()
        found = site.found_by_search()
        # The dataset that warmed the site up does not count.
        return self._told(row, dataclasses.replace(run, searchable=found - 1))

    def _fill(self, site: Site, sizes: Sequence[int], end: float) -> None:
        if not sizes:
            return
        say(f"    {site.name}: first harvest of {' and '.join(f'{size:,}' for size in sizes)}, not measured")
        self._start_anew(site)
        for number, size in enumerate(sizes):
            expected = Expected(sum(sizes[: number + 1]) + 1)
            harvest(site, [f"bench-{size}"], size, expected, self.partner, end)

    def _again(self, row: Row, site: Site, size: int, end: float) -> Run:
        expected = Expected(0)
        if row.kind == "changed":
            revision = tell(self.partner, "/change")
            self._render(row.protocol, size)
            expected = Expected(size // CHANGED_EACH, mark(revision))
        return self._told(row, harvest(site, [f"bench-{size}"], size, expected, self.partner, end))

    def _large(self, row: Row) -> list[Line]:
        end = time.time() + LARGE_SECONDS
        sources = [
            Source(f"bench-{size}", PROTOCOLS[row.protocol].ours, f"{self.partner}/paged/{size}/0/data.json")
            for size in LARGE_SIZES
        ]
        self._give(self.ours, sources)
        runs = [self._first(row, self.ours, size, end) for size in LARGE_SIZES]
        return table.alone(row, runs)

    def _sources(self, row: Row) -> list[Line]:
        end = time.time() + ROW_SECONDS
        kind = PROTOCOLS[row.protocol].ours
        sources = [Source(f"generated-{number:04}", kind, self._small(number)) for number in range(SOURCES)]
        self._give(self.ours, sources)
        self._start_anew(self.ours)
        names, total = [one.name for one in sources], SOURCES * SOURCE_SIZE
        say(f"    ours: first harvest of {SOURCES:,} generated sources, not measured")
        harvest(self.ours, names, total, Expected(total + 1), self.partner, end)
        tell(self.partner, "/change")
        run = harvest(self.ours, names, total, Expected(0), self.partner, time.time() + ROW_SECONDS)
        return table.alone(row, [self._told(row, run)])

    def _small(self, number: int) -> str:
        slow = "" if number % SLOW_EACH else f"wait={SLOW_MS}/"
        return f"{self._elsewhere(number)}/{slow}{SOURCE_SIZE}/{number}/data.json"

    def _elsewhere(self, number: int) -> str:
        """Return the partner's address on another host."""
        return self.partner.replace("127.0.0.1", other_host(number))

    def _waiting_partners(self, row: Row) -> list[Source]:
        path = f"wait={PARTNER_MS}/{PARTNER_SIZE}"
        return [
            Source(f"generated-{one}", PROTOCOLS[row.protocol].ours, f"{self._elsewhere(one)}/{path}/{one}/data.json")
            for one in range(PARTNERS)
        ]

    def _crews(self, row: Row, sources: list[Source], total: int) -> list[Line]:
        """Measure two workers beside one on sources with so many datasets together."""
        end = time.time() + ROW_SECONDS
        self._give(self.ours, sources)
        names = [one.name for one in sources]
        crews = {name: workers.crew(self.ours.commands, count) for name, count in (("one", 1), ("two", 2))}
        runs: dict[str, list[Run]] = {crew: [] for crew in crews}
        for _repetition in range(REPETITIONS):
            for crew, commands in crews.items():
                self._start_anew(self.ours, commands)
                run = harvest(self.ours, names, total, Expected(total + 1), self.partner, end)
                runs[crew].append(self._told(row, run, f" with {crew}"))
        return [table.crews(row, runs["one"], runs["two"])]

    def _address(self, protocol: str, size: int) -> str:
        return f"{self.partner}/{size}/{BODIES[size]}{PROTOCOLS[protocol].path}"

    def _render(self, protocol: str, size: int) -> None:
        """Have the partner render a catalogue: what its first answer costs is not to be counted."""
        queries = {
            "datajson": [""],
            "ckan": ["/api/3/action/package_search?rows=0"],
            "dcat": [f"?page={page}" for page in range(1, math.ceil(size / RDF_PAGE) + 1)],
        }
        for query in queries[protocol]:
            with urlopen(self._address(protocol, size) + query, timeout=600) as answer:  # noqa: S310 - our own server
                answer.read()

    def _told(self, row: Row, run: Run, also: str = "") -> Run:
        self.runs.append((row.name, run))
        say(
            f"    {run.side}{also}: {run.size:,} datasets in {run.seconds:.1f} s; {run.searchable:,} searchable, "
            f"{run.requests} requests, {run.written:,} rows written"
        )
        return run


def _by_turns(sides: Sequence[tuple[Site, int]], end: float) -> Iterator[tuple[Site, int]]:
    """Yield the sides REPETITIONS times by turns; what took long on more datasets than stock has, once.

    There are fewer rounds where another one would not end in time.
    """
    spent: dict[tuple[str, int], float] = {}
    for repetition in range(REPETITIONS):
        keys = [(site.name, size) for site, size in sides]
        turn = [key for key in keys if key[1] <= RIVAL_SIZE or spent.get(key, 0.0) < LONG_SECONDS]
        if repetition and time.time() + sum(spent[key] for key in turn) > end:
            say(f"    no more than {repetition} rounds: another one would not end in time")
            return
        for site, size in sides:
            if (site.name, size) in turn:
                began = time.time()
                yield site, size
                spent[site.name, size] = time.time() - began
