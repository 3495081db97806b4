"""What happens to a site, each for a moment: processes die, servers and partners go away or tell nonsense."""

from __future__ import annotations

import random
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from io import BytesIO
from typing import Any

import ckan.model as model
import sqlalchemy as sa
from ckanext.harvest import queue

from ckanext.satudatapmi.harvesters import ledger
from tests.faults.lines import Line
from tests.faults.site import NAME, Site, Worker
from tests.faults.toxiproxy import Toxiproxy
from tests.harvesters import servers
from tests.harvesters.servers import PartnerServer


class Harm:
    """Does harm to a site.

    Attributes:
        kinds: what it can do, by name; each lasts while its context does.
        restarts: restarts the servers themselves, by their name; none where they are shared with other tests.

    Connections are harmed only where there is toxiproxy.
    """

    def __init__(
        self, site: Site, lines: list[Line], chance: random.Random, restarts: dict[str, Callable[[], None]]
    ) -> None:
        self._site, self._lines, self._chance, self._restarts = site, lines, chance, restarts
        self.kinds = {
            "a worker is killed": self._worker_killed,
            "the background jobs are killed": self._jobs_killed,
            "all processes are killed": self._all_killed,
            "a worker stands still": self._worker_stopped,
            "the database ends all connections": self._backends_ended,
            "the partners cut their answers": self._partners_cut,
            "the partners answer with errors": lambda: self._partners_answer(servers.status(500)),
            "the partners are busy": lambda: self._partners_answer(servers.asks_to_wait("1")),
            "the partners are silent": lambda: self._partners_answer(servers.silence(5)),
            "the partners list nothing": lambda: self._partners_hide(1.0),
            "the partners list a half": lambda: self._partners_hide(0.5),
        }
        if (toxiproxy := site.toxiproxy) is not None:
            self.kinds |= self._on_the_line(toxiproxy)
        for name, restart in restarts.items():
            self.kinds[f"{name} is restarted"] = lambda restart=restart: self._restarted(restart)

    @contextmanager
    def _worker_killed(self) -> Iterator[None]:
        self._busy_worker().kill()
        yield

    @contextmanager
    def _jobs_killed(self) -> Iterator[None]:
        # While the schedule ticks, or is about to.
        self._site.let_tick()
        time.sleep(self._chance.uniform(0, 3))
        self._site.jobs.kill()
        yield

    @contextmanager
    def _all_killed(self) -> Iterator[None]:
        for process in self._site.processes:
            process.kill()
        yield

    @contextmanager
    def _worker_stopped(self) -> Iterator[None]:
        worker = self._busy_worker()
        worker.send(signal.SIGSTOP)
        try:
            time.sleep(3 - 1)
            yield
        finally:
            worker.send(signal.SIGCONT)

    @contextmanager
    def _backends_ended(self) -> Iterator[None]:
        ended = sa.text(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE application_name LIKE :name AND usename = current_user"
        )
        with model.ensure_engine().connect() as connection:
            connection.execute(ended, {"name": f"{NAME}-%"})
        yield

    def _on_the_line(self, toxiproxy: Toxiproxy) -> dict[str, Callable[[], AbstractContextManager[None]]]:
        """Return what can happen to the connections with servers and partners."""

        @contextmanager
        def harmed(harm: Callable[[], object]) -> Iterator[None]:
            harm()
            try:
                yield
            finally:
                toxiproxy.mend()

        @contextmanager
        def redis_lost() -> Iterator[None]:
            with harmed(lambda: toxiproxy.refuse("redis")):
                redis: Any = queue.get_connection_redis()
                if names := [*redis.keys("satudatapmi:*"), *redis.keys("rq:*")]:
                    redis.delete(*names)
                yield

        def to_partners(harm: Callable[[str], object]) -> AbstractContextManager[None]:
            return harmed(lambda: [harm(line.each.type) for line in self._lines])

        return {
            "the database is away": lambda: harmed(lambda: toxiproxy.refuse("postgres")),
            "the database is slow": lambda: harmed(lambda: toxiproxy.delay("postgres", 20)),
            "Redis starts again and has forgotten": redis_lost,
            "Solr is away": lambda: harmed(lambda: toxiproxy.refuse("solr")),
            "the lines to the partners are slow": lambda: to_partners(lambda name: toxiproxy.delay(name, 300, 200)),
            "the lines to the partners break after some bytes": lambda: to_partners(
                lambda name: toxiproxy.limit(name, self._chance.randint(1, 4000))
            ),
        }

    @contextmanager
    def _restarted(self, restart: Callable[[], None]) -> Iterator[None]:
        restart()
        yield

    @contextmanager
    def _partners_cut(self) -> Iterator[None]:
        with self._partners(lambda server: lambda handler: half(server, handler)):
            yield

    @contextmanager
    def _partners_answer(self, answer: Callable[[Any], None]) -> Iterator[None]:
        with self._partners(lambda _server: answer):
            yield

    @contextmanager
    def _partners(self, instead: Callable[[PartnerServer], Callable[[Any], None]]) -> Iterator[None]:
        """Have most of the partners do something instead of answering."""
        some = [line.each.server for line in self._lines if self._chance.random() < 0.7]
        for server in some:
            server.instead = instead(server)
        try:
            yield
        finally:
            for server in some:
                server.instead = None

    @contextmanager
    def _partners_hide(self, share: float) -> Iterator[None]:
        hidden = []
        for line in self._lines:
            listed = list(line.each.there)
            hidden += [(line.each, number) for number in self._chance.sample(listed, int(share * len(listed)))]
        for each, number in hidden:
            each.remove(number)
        try:
            yield
        finally:
            for each, number in hidden:
                each.restore(number)

    def _busy_worker(self) -> Worker:
        """Return a worker that runs a job at the moment, if there is one."""
        run = ledger.RUN.c
        query = sa.select(run.worker).where(run.stage.in_(("gather", "write"))).order_by(run.beat.desc().nulls_last())
        name = model.Session.scalars(query.limit(1)).first()
        model.Session.remove()
        return next((one for one in self._site.workers if one.name == name), self._chance.choice(self._site.workers))


def half(server: PartnerServer, handler: Any) -> None:
    """Send the first half of what a partner answers, and end the connection."""
    usual = server.usual(handler.path)
    wfile, handler.wfile = handler.wfile, BytesIO()
    try:
        if usual is not None:
            usual(handler)
        whole = handler.wfile.getvalue()
    finally:
        handler.wfile = wfile
    wfile.write(whole[: len(whole) // 2])
    handler.close_connection = True
