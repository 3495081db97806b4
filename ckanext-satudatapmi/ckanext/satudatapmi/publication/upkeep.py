"""Fragments and records written ahead by a background job, so that the next reader of a feed finds them."""

from __future__ import annotations

import logging
import time

import ckan.model as model
import ckan.plugins.toolkit as tk

from ckanext.satudatapmi.publication import fragments, iso_records, published, rendering, store, table_digests

log = logging.getLogger(__name__)

ASKED = "satudatapmi.publication.asked"
"""Key in CKAN's system_info: the state for which a renewal was last put on the queue."""
TITLE = "Catalogue feeds"
TIMEOUT_SECONDS = 6 * 3600


def ask_for_renewal() -> None:
    """Put a renewal on the queue of CKAN's background jobs, unless one was for the present state of the catalogue."""
    with store.snapshot() as connection:
        state = f"{published.version(connection)} {fragments.edition()}"
    if model.get_system_info(ASKED) == state:
        return
    tk.enqueue_job(renew, title=TITLE, rq_kwargs={"timeout": TIMEOUT_SECONDS})
    model.set_system_info(ASKED, state)


def renew() -> None:
    """Write the fragments that are missing, in every notation, the records in ISO 19139, and digests of tables."""
    started = time.monotonic()
    with store.snapshot() as connection:
        for batch in published.read_all(connection):
            for notation in (rendering.DATA_JSON, *rendering.NOTATIONS):
                for _body in fragments.bodies(connection, batch, notation):
                    pass
            table_digests.renew(connection, batch)
    iso_records.renew()
    log.info("catalogue feeds renewed: seconds=%.1f", time.monotonic() - started)
