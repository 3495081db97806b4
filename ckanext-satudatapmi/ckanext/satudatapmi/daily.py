"""What the site does once a day, by the schedule of the harvest: measure quality, mail what is new, forget the old."""

from __future__ import annotations

import logging
import time

import ckan.model as model
import ckan.plugins.toolkit as tk

from ckanext.satudatapmi.catalogue import activities, history, measuring, signals
from ckanext.satudatapmi.catalogue.measuring import Measurement
from ckanext.satudatapmi.harvesters import pruning
from ckanext.satudatapmi.publication import dumps, published, retention, store
from ckanext.satudatapmi.publication.retention import Forgotten
from ckanext.satudatapmi.publication.subscriptions import mails as subscription_mails
from ckanext.satudatapmi.tables.loader import ask_for_words

log = logging.getLogger(__name__)

ASKED = "satudatapmi.quality.asked"
"""Key in CKAN's system_info: the day on which a measurement was last put on the queue."""
DUMP_ASKED = "satudatapmi.dump.asked"
"""Key in CKAN's system_info: the day on which a dump was last put on the queue."""
REPLACEMENT_ASKED = "satudatapmi.dump.replaced"
"""Key in CKAN's system_info: the withdrawn dump in whose place one was last put on the queue."""
TIMEOUT_SECONDS = 3600


def measure_quality() -> Measurement:
    """Score every public dataset now, and store what changed; forget activities of which nothing is made any more."""
    activities.forget_unused()
    started = time.monotonic()
    found = measuring.measure(store.read_all(), history.today())
    log.info(
        "quality measured: datasets=%d changed=%d left=%d seconds=%.1f",
        found.datasets,
        found.changed,
        found.left,
        time.monotonic() - started,
    )
    return found


def forget_old_jobs() -> int:
    """Forget harvest jobs that are older than the site keeps them; return how many."""
    return pruning.forget_old_jobs(tk.config["ckanext.satudatapmi.harvest.keep_days"])


def forget_old_deliveries() -> Forgotten:
    """Forget what was fetched longer ago than the site keeps it, and the versions of datasets that nobody has now."""
    return retention.forget_old(tk.config["ckanext.satudatapmi.deliveries.keep_days"])


def ask_for_measurement() -> None:
    """Put the day's work on the queue of CKAN's background jobs, unless that was done today."""
    today = history.today().isoformat()
    if model.get_system_info(ASKED) == today:
        return
    tk.enqueue_job(measure_quality, title="Quality of the metadata", rq_kwargs={"timeout": TIMEOUT_SECONDS})
    tk.enqueue_job(forget_old_jobs, title="Old harvest jobs", rq_kwargs={"timeout": TIMEOUT_SECONDS})
    tk.enqueue_job(forget_old_deliveries, title="Old deliveries", rq_kwargs={"timeout": TIMEOUT_SECONDS})
    tk.enqueue_job(signals.scan, title="Signals", rq_kwargs={"timeout": TIMEOUT_SECONDS})
    if subscription_mails.are_sent():
        tk.enqueue_job(
            subscription_mails.send_due, title="Mails of subscriptions", rq_kwargs={"timeout": TIMEOUT_SECONDS}
        )
    ask_for_words()
    model.set_system_info(ASKED, today)


def make_dump() -> None:
    """Make a dump of the catalogue, unless there is one of its present state."""
    last = dumps.latest()
    if last is None or not last.name.endswith(dumps.state()):
        dumps.make()


def ask_for_dump() -> None:
    """Put a dump of the catalogue on the queue: once a day, and once where the newest may no longer be given."""
    today, newest = history.today().isoformat(), dumps.newest()
    withdrawn = newest.name if newest and not dumps.may_be_given(newest) else None
    is_asked_for = model.get_system_info(DUMP_ASKED) == today
    is_replaced = withdrawn is None or model.get_system_info(REPLACEMENT_ASKED) == withdrawn
    if (is_asked_for and is_replaced) or not _anything_public():
        return
    tk.enqueue_job(make_dump, title="Dump of the catalogue", rq_kwargs={"timeout": TIMEOUT_SECONDS})
    model.set_system_info(DUMP_ASKED, today)
    if withdrawn:
        model.set_system_info(REPLACEMENT_ASKED, withdrawn)


def _anything_public() -> bool:
    with store.snapshot() as connection:
        return published.count(connection) > 0
