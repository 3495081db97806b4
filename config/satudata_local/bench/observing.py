"""Loads a published table into the single data with all checks, and prints how long that took.

python -m satudata_local.bench.observing ROWS    prints {seconds, reading_seconds, observations, findings} as JSON

BENCH_DATABASE is the address of the site's database.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
import os
import sys
import time
from datetime import date
from typing import Any

import sqlalchemy as sa

# This runs in the site's environment, which the checks of these scripts do not look into.
from ckanext.satudatapmi.figures.store.growing import grow  # pyright: ignore[reportMissingImports]
from ckanext.satudatapmi.figures.store.loads import Source  # pyright: ignore[reportMissingImports]
from ckanext.satudatapmi.tables.description import parse_description  # pyright: ignore[reportMissingImports]
from ckanext.satudatapmi.tables.reader import read_table  # pyright: ignore[reportMissingImports]
from ckanext.satudatapmi.tables.tidy import tidy_table  # pyright: ignore[reportMissingImports]

from .making import SHEET_HEADINGS, sheet_rows

FILE, PUBLISHER = "penempatan.csv", "bp2mi"
PUBLIC = """
INSERT INTO package (id, name, title, state, type, private)
VALUES ('bench', 'bench', 'Penempatan PMI', 'active', 'dataset', false) ON CONFLICT DO NOTHING;
INSERT INTO resource (id, package_id, url, state, position)
VALUES ('bench', 'bench', '', 'active', 0) ON CONFLICT DO NOTHING;
"""
DESCRIPTION = {"satuan": "orang", "facet": "bp2mi_placement", "constants": {"tanggal_terbit": "2026-03-01"}}


def published(rows: int) -> bytes:
    """Return a table as a body publishes it."""
    stream = io.StringIO()
    writer = csv.writer(stream)
    writer.writerow(SHEET_HEADINGS)
    writer.writerows(sheet_rows(rows))
    return stream.getvalue().encode()


def measure(content: bytes, database: str) -> dict[str, Any]:
    """Return how long it took to read the table, and to load it with what the checks found."""
    description = parse_description(DESCRIPTION)
    began = time.perf_counter()
    tidy = tidy_table(read_table(content, description, FILE), description)
    read = time.perf_counter()
    source = Source("bench", "bench", FILE, None, hashlib.sha256(content).hexdigest(), date(2026, 3, 2))
    with sa.create_engine(database).begin() as connection:
        # What everybody may see is checked beside all else.
        connection.execute(sa.text(PUBLIC))
        grown = grow(connection, description, tidy, source, PUBLISHER)
    loaded = time.perf_counter()
    return {
        "seconds": loaded - read,
        "reading_seconds": read - began,
        "observations": grown.loaded.observations,
        "findings": len(grown.findings),
    }


if __name__ == "__main__":
    print(json.dumps(measure(published(int(sys.argv[1])), os.environ["BENCH_DATABASE"])))
