"""One harvest, watched from outside: when it began, when all of it was searchable, what it took and wrote."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.request import Request, urlopen

from ..console import SetupError
from .sites import Site

POLL_SECONDS, LOOK_SECONDS, COMMIT_SECONDS = 0.1, 1.0, 6.0
ENDED = "('COMPLETE', 'ERROR')"


@dataclass(frozen=True)
class Run:
    """What one harvest came to.

    Attributes:
        side: `ours` or `rival`.
        size: datasets that the partner has.
        seconds: from the job's making until it was done and all its datasets were searchable.
        searchable: how many datasets were searchable at the end: all, or with the word that a change brought.
        requests: how many requests the partner had.
        written: rows of datasets written.
        removed: rows of datasets fewer than before.
        memory: the largest resident memory of each worker, in MB.
    """

    side: str
    size: int
    seconds: float
    searchable: int
    requests: int
    written: int
    removed: int
    memory: dict[str, float]


@dataclass(frozen=True)
class Expected:
    """What is to be seen in the search index when a harvest is done: so many datasets, all or with a word."""

    count: int
    words: str = ""


def harvest(site: Site, sources: Sequence[str], size: int, expected: Expected, partner: str, deadline: float) -> Run:
    """Order a harvest, watch it and return what it came to.

    Args:
        site: the side, its workers at rest.
        sources: names of the sources.
        size: datasets that the partner has under them.
        expected: what the index shows at the end, if nothing goes wrong.
        partner: address of the partner.
        deadline: when to give up, as time.time() counts.

    Raises:
        SetupError: a worker ended, or the deadline passed.
    """
    tell(partner, "/forget")
    before, mark = site.rows(), site.transaction()
    ordered = time.time()
    order = site.order(sources)
    try:
        searchable = _wait_until_searchable(site, expected, ordered, len(sources), deadline)
        began, ended = _times(site, ordered)
        order.wait(max(1.0, deadline - time.time()))
    finally:
        order.kill()
        order.wait()
    site.end_jobs()
    after = site.rows()
    return Run(
        side=site.name,
        size=size,
        seconds=round(max(searchable, ended) - began, 2),
        searchable=site.indexed(expected.words),
        requests=tell(partner, "/requests", post=False),
        written=site.written_since(mark),
        removed=sum(max(0, count - after[table]) for table, count in before.items()),
        memory={name: round(peak) for name, peak in site.workers.peaks.items()} if site.workers else {},
    )


def _wait_until_searchable(site: Site, expected: Expected, ordered: float, jobs: int, deadline: float) -> float:
    """Return when the index first showed what was expected, or all that came of the ended jobs."""
    looked, done_at, seen_at = 0.0, 0.0, 0.0
    while True:
        now = time.time()
        if now > deadline:
            raise SetupError(f"the harvest of {site.name} did not end in time; see {site.stack.logs}")
        if not seen_at and site.indexed(expected.words) >= expected.count:
            seen_at = now
        if not done_at and now - looked >= (POLL_SECONDS if seen_at else LOOK_SECONDS):
            looked = now
            if site.workers:
                site.workers.check()
            done_at = now if _jobs_done(site, ordered, jobs) else 0.0
        if done_at and (seen_at or now - done_at > COMMIT_SECONDS):
            return seen_at
        time.sleep(POLL_SECONDS)


def _jobs_done(site: Site, ordered: float, jobs: int) -> bool:
    """Tell whether the jobs have no work left; stock marks its own as finished only when cron asks."""
    pending = f"SELECT 1 FROM harvest_object o WHERE o.harvest_job_id = j.id AND o.state NOT IN {ENDED}"
    idle = f"j.gather_finished IS NOT NULL AND NOT EXISTS ({pending})"
    done = "j.status = 'Finished'" if site.name == "ours" else idle
    found = site.ask(f"SELECT count(*) FROM harvest_job j WHERE {_since(ordered)} AND {done}")
    return int(found[0][0]) >= jobs


def _times(site: Site, ordered: float) -> tuple[float, float]:
    """Return when the first job was made and when the last work of any was done."""
    objects = "SELECT max(o.import_finished) FROM harvest_object o WHERE o.harvest_job_id = j.id"
    last = f"max(greatest(j.gather_finished, j.finished, ({objects})))"
    query = f"SELECT extract(epoch FROM min(j.created)), extract(epoch FROM {last}) FROM harvest_job j"
    began, ended = site.ask(f"{query} WHERE {_since(ordered)}")[0]
    return float(began), float(ended)


def _since(ordered: float) -> str:
    return f"j.created >= to_timestamp({ordered}) AT TIME ZONE 'UTC'"


def tell(partner: str, path: str, post: bool = True) -> int:
    """Tell the partner something, and return the number it answers with."""
    request = Request(partner + path, data=b"" if post else None)  # noqa: S310 - our own server
    with urlopen(request, timeout=600) as answer:  # noqa: S310
        return json.load(answer)["count"]
