"""What follows when other figures are public than before: findings that quote them are worked out anew, files are made.

A table may be hidden, shown or removed by many ways; all of them are seen by the loads that are public.
"""

from __future__ import annotations

import logging
import time

import ckan.model as model
import ckan.plugins.toolkit as tk

from ckanext.satudatapmi.catalogue import figure_files, table_confirmation
from ckanext.satudatapmi.figures.store import rechecking, whole
from ckanext.satudatapmi.figures.store.loads import datasets_beside, note_shown
from ckanext.satudatapmi.figures.store.withdrawing import mark_anew
from ckanext.satudatapmi.harvesters import ledger

log = logging.getLogger(__name__)

ASKED = "satudatapmi.figures.asked"
"""Key in CKAN's system_info: when a renewal was last put on the queue, in seconds, and for which state of the cube."""
TIMEOUT_SECONDS = 3600


def ask_for_renewal() -> None:
    """Put a renewal on the queue of CKAN's background jobs, unless the present state of the cube has had its own.

    One that does not come within the time that it may take was lost, and is asked for once more.
    """
    public = whole.public_loads(model.Session.connection())
    edition = whole.edition(public)
    if figure_files.renewed_loads() == public:
        return
    at, _space, asked = (model.get_system_info(ASKED) or "").partition(" ")
    if asked == edition and time.time() - float(at) < TIMEOUT_SECONDS:
        return
    tk.enqueue_job(renew, title="Figures", rq_kwargs={"timeout": TIMEOUT_SECONDS})
    model.set_system_info(ASKED, f"{time.time():.0f} {edition}")


def renew() -> None:
    """Work out anew the findings that rest on what was hidden or shown since, and make the files of the cube.

    Tables that may hold what a hidden one gave are read again: uploaded ones soon, others at their next harvest.
    """
    former = figure_files.renewed_loads()
    connection = model.Session.connection()
    public = whole.public_loads(connection)
    # What stands there once is kept once: a table that gave way to another is read again when that one is hidden.
    read_again = note_shown(connection, public) | datasets_beside(connection, set(former) - set(public))
    ledger.compare_anew(read_again)
    mark_anew(connection, set(public) ^ set(former), public)
    checked = rechecking.recheck(connection, former, public)
    model.Session.commit()
    table_confirmation.ask_to_read_again(read_again)
    for one in (*figure_files.files().values(), figure_files.AVAILABILITY, figure_files.EDITIONS):
        figure_files.make(one)
    figure_files.note_renewed(public)
    log.info("figures renewed: loads=%d checked=%d", len(public), checked)
