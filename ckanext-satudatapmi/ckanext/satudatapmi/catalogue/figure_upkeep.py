"""What follows when other figures are public than before: findings that quote them are worked out anew, files are made.

A table may be hidden, shown or removed by many ways; all of them are seen by the loads that are public.
"""

from __future__ import annotations

import logging

import ckan.model as model
import ckan.plugins.toolkit as tk

from ckanext.satudatapmi.catalogue import figure_files
from ckanext.satudatapmi.figures.store import rechecking, whole

log = logging.getLogger(__name__)

ASKED = "satudatapmi.figures.asked"
"""Key in CKAN's system_info: the state of the cube for which a renewal was last put on the queue."""
TIMEOUT_SECONDS = 3600


def ask_for_renewal() -> None:
    """Put a renewal on the queue of CKAN's background jobs, unless one was for the present state of the cube."""
    edition = whole.edition(whole.public_loads(model.Session.connection()))
    if model.get_system_info(ASKED) == edition:
        return
    tk.enqueue_job(renew, title="Figures", rq_kwargs={"timeout": TIMEOUT_SECONDS})
    model.set_system_info(ASKED, edition)


def renew() -> None:
    """Work out anew the findings that rest on what was hidden or shown since, and make the files of the cube."""
    connection = model.Session.connection()
    public, former = whole.public_loads(connection), figure_files.renewed_loads()
    checked = rechecking.recheck(connection, former, public)
    model.Session.commit()
    for one in (*figure_files.files().values(), figure_files.AVAILABILITY):
        figure_files.make(one)
    figure_files.note_renewed(public)
    log.info("figures renewed: loads=%d checked=%d", len(public), checked)
