"""The fault run: whatever dies, goes away or tells nonsense, the catalogue ends as the partners have it, each once.

`make soak` runs it longer, on servers that are really restarted. SATUDATA_SEED and SATUDATA_MOMENTS set it.
"""

from __future__ import annotations

import os
import random
import time
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.harvesters.servers import partner_server
from tests.partners.every import EVERY

pytestmark = [pytest.mark.slow, pytest.mark.timeout(0)]

SEED = int(os.environ.get("SATUDATA_SEED") or 1)
MOMENTS = int(os.environ.get("SATUDATA_MOMENTS") or 20)
CHECK_EVERY = 10
PARTNERS = {
    "data_json": 24,
    "satudata_ckan": 18,
    "satudata_dcat": 12,
    "satudata_csw": 7,
    "bps_webapi": 3,
    "opendata_jabar": 5,
    "opendata_jatim": 5,
    "satudata_jakarta": 3,
    "sdmx": 3,
    "published_files": 4,
    "published_table": 1,
}
"""How many datasets a partner has, about."""
BY_SCHEDULE = frozenset({"satudata_ckan", "satudata_csw", "satudata_jakarta"})
"""Sources whose jobs the schedule starts; those of the others are there at once."""
WITH_GRACE = frozenset({"data_json", "opendata_jabar"})
"""Sources whose datasets stay for some days when they vanish; their titles never change."""
GRACE = {"policy": {"grace_days": 7}}
TICK_SECONDS = 4.0
"""How often the schedule ticks while something is due."""
PATIENCE = 120.0
"""Seconds in which workers must end all jobs when nothing is wrong any more."""


@pytest.fixture
def workplace(tmp_path, ckan_config, with_plugins):
    from tests.faults.site import Site

    made = Site(tmp_path, Path(ckan_config["__file__"]), ckan_config)
    try:
        yield made
    finally:
        made.close()


@pytest.fixture
def lines(portal, workplace, harvest_of):
    """Sources of partners on servers of their own; nothing was harvested yet."""
    from tests.faults.lines import Line

    with ExitStack() as stack:
        made = []
        for kind, count in PARTNERS.items():
            each = EVERY[kind](stack.enter_context(partner_server()))
            for number in range(1, count + 1):
                each.add(number)
            url, grace, by_schedule = workplace.through(kind, each.url), kind in WITH_GRACE, kind in BY_SCHEDULE
            config = {**(each.config or {}), **(GRACE if grace else {})}
            harvest = harvest_of(url, kind, config, frequency="DAILY" if by_schedule else "MANUAL")
            made.append(Line(each, harvest.source_id, harvest.name, by_schedule, grace))
        # Pages, so that a reading can be cut between two.
        by_type = {line.each.type: line.each for line in made}
        by_type["satudata_ckan"].service.rows_max = 4
        by_type["satudata_dcat"].service.page_size = 4
        by_type["satudata_csw"].service.most = 4
        yield made


class Run:
    """Moments of harm, one after the other, each written down."""

    def __init__(self, site, lines, seed, restarts, say) -> None:
        from tests.faults.harm import Harm

        self.site, self.lines, self.say = site, lines, say
        self.chance = random.Random(seed)
        self.harm = Harm(site, lines, self.chance, restarts)
        self.story: list[str] = []
        self._left: list[str] = []
        self._ticked = 0.0

    def moment(self):
        """Let partners publish, harvest, and do harm while that goes on."""
        from tests.faults.site import until

        self.site.keep_alive()
        for line in self.lines:
            self._publish(line.each, PARTNERS[line.each.type])
        self._start_jobs()
        for pause in (self.chance.uniform(0, 0.2), 0):
            until(lambda: self._at_work() or not self._is_to_do(), 20)
            time.sleep(pause)
        kind = self._next_kind()
        lasts = self.chance.uniform(0.2, 2.0)
        self.tell(f"{kind}, {lasts:.1f} s; at work: {self._at_work()}")
        with self.harm.kinds[kind]():
            self.site.keep_alive()
            time.sleep(lasts)

    def settle(self):
        """Let all become well; return what is not as it must be."""
        self.site.mend()
        self._wait()
        for _time in range(2):
            self._start_jobs()
            self._ticked = 0.0
            self._wait()
            accepted = [line for line in self.lines if line.accept_hold()]
            if not accepted:
                break
            self._wait()
        time.sleep(1.5)  # Solr shows changes within a second
        return [fault for line in self.lines for fault in line.faults()]

    def _wait(self):
        from tests.faults.site import until

        def ended():
            self.site.keep_alive()
            return not self._is_to_do()

        assert until(ended, PATIENCE), self.told(["jobs do not end"])

    def _start_jobs(self):
        for line in self.lines:
            line.start_job()

    def _is_to_do(self):
        """Tell whether jobs are open or due; the schedule ticks now and then meanwhile."""
        due = any(line.is_due() for line in self.lines)
        if due and time.monotonic() - self._ticked > TICK_SECONDS:
            self._ticked = time.monotonic()
            self.site.let_tick()
        return due or any(line.open_jobs() for line in self.lines)

    def tell(self, what):
        """Write down what happens."""
        self.story.append(f"{time.strftime('%H:%M:%S')} {what}")
        self.say(self.story[-1])

    def told(self, faults):
        """Return what happened and what came of it, to be read by people."""
        problems = [line for line in self.site.log.read_text(errors="replace").splitlines() if " ERROR " in line]
        return "\n".join(["", f"seed {SEED}", *self.story, *faults, *problems[-20:]])

    def _next_kind(self):
        """Return a kind of harm: each comes before one comes again."""
        if not self._left:
            self._left = list(self.harm.kinds)
            self.chance.shuffle(self._left)
        return self._left.pop()

    def _at_work(self):
        import ckan.model as model
        import sqlalchemy as sa

        from ckanext.satudatapmi.harvesters import ledger

        model.Session.rollback()
        run = ledger.RUN.c
        query = sa.select(sa.func.string_agg(run.stage, " ")).where(
            run.stage.in_(("gather", "write")), run.attempts > 0
        )
        return model.Session.scalars(query).first()

    def _publish(self, each, usual):
        """Change what a partner has: something said, a figure, one more, one less."""
        if each.figures:
            each.change_figures(self.chance.choice(sorted(each.there)))
        if each.single:
            return
        for number in self.chance.sample(sorted(each.there), len(each.there) // 2):
            each.change(number)
        if len(each.there) > usual:
            each.remove(self.chance.choice(sorted(each.there)))
        elif each.gone and self.chance.random() < 0.5:
            back = self.chance.choice(sorted(each.gone))
            each.restore(back)
            each.change(back)  # what comes back has a new date in most catalogues
        else:
            each.add(max(each.figure) + 1)


def servers_to_restart():
    """Return what restarts the servers, where they are this run's own."""
    if not os.environ.get("SATUDATA_RESTARTS"):
        return {}
    from tests.faults.restarts import restarts

    return restarts(Path(os.environ["SATUDATA_TEST_HOME"]))


@pytest.fixture
def say(capfd):
    """Return a function that tells the person at the terminal at once; what CKAN logs of servers that are away is not."""

    def aloud(line):
        with capfd.disabled():
            print(line, flush=True)

    return aloud


def test_whatever_happens_the_catalogue_ends_as_the_partners_have_it(workplace, lines, say):
    run = Run(workplace, lines, SEED, servers_to_restart(), say)
    for number in range(1, MOMENTS + 1):
        run.moment()
        if number % CHECK_EVERY == 0 or number == MOMENTS:
            faults = run.settle()
            assert not faults, run.told(faults)
            run.tell(f"all is well after {number} moments")
