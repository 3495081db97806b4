"""Fills the single data with what three bodies say of each province and country, and times the reconciliation board.

python -m satudata_local.bench.boarding INI    prints {figures, lines, seconds}, the seconds of each answer, as JSON

BENCH_DATABASE is the address of the site's database, for a superuser. The questions are of visitors: the whole board, a
year of it, its last page, a country over ten years, and what more than two bodies publish on.
"""

from __future__ import annotations

import json
import os
import sys
import time
from typing import Any

import ckan.model as model  # pyright: ignore[reportMissingImports]
import ckan.plugins.toolkit as tk  # pyright: ignore[reportMissingImports]
import sqlalchemy as sa
from ckan.cli import load_config  # pyright: ignore[reportMissingImports]
from ckan.config.middleware import make_app  # pyright: ignore[reportMissingImports]

# This runs in the site's environment, which the checks of these scripts do not look into.
from ckanext.satudatapmi.figures.store.tables import fill_registry  # pyright: ignore[reportMissingImports]
from ckanext.satudatapmi.reference import wilayah  # pyright: ignore[reportMissingImports]
from ckanext.satudatapmi.reference.matchers import codes_of  # pyright: ignore[reportMissingImports]

COUNTRIES, FIRST, LAST, ROUNDS = 150, 2016, 2025, 5
BODIES = {
    "bank_indonesia_stock": "perkiraan_neraca_pembayaran",
    "hong_kong_helpers": "pekerja_rumah_tangga_hong_kong",
    "sakernas_stock": "pekerja_menurut_rumah_tangga",
}
QUESTIONS: tuple[dict[str, Any], ...] = (
    {},
    {"limit": 200},
    {"time": "2024", "limit": 200},
    {"time": f"{FIRST}:{LAST}", "limit": 200},
    {"time": f"{FIRST}:{LAST}", "limit": 200, "offset": 50_000},
    {"destination": "HKG", "time": f"{FIRST}:{LAST}", "limit": 200},
    {"bodies": 3, "time": f"{FIRST}:{LAST}"},
)
LOADS = """
INSERT INTO package (id, name, title, state, type, private)
VALUES ('bench-board', 'bench-board', 'PMI', 'active', 'dataset', false) ON CONFLICT DO NOTHING;
INSERT INTO resource (id, package_id, url, state, position)
SELECT 'bench-' || body, 'bench-board', '', 'active', 0 FROM unnest(CAST(:bodies AS text[])) body
ON CONFLICT DO NOTHING;
INSERT INTO satudatapmi_figure_load (facet, package_id, resource_id, file, sha256, retrieved)
SELECT body, 'bench-board', 'bench-' || body, body || '.csv', md5(body) || md5(body), '2026-01-31'
FROM unnest(CAST(:bodies AS text[])) body;
"""
FIGURES = """
INSERT INTO satudatapmi_series (facet, origin, destination)
SELECT body, origin, destination FROM unnest(CAST(:bodies AS text[])) body, unnest(CAST(:origins AS text[])) origin,
    unnest(CAST(:destinations AS text[])) destination;
INSERT INTO satudatapmi_observation (series_id, ref_start, ref_end, vintage, vintage_assumed, value, obs_status,
    definition, load_id, source_row, source_column, restated)
SELECT s.id, make_date(y, 12, 31), make_date(y, 12, 31), make_date(y + 1, 2, 5), false,
    100 + (hashint8(s.id * y) & 4095), 'A', CAST(:definitions AS jsonb) ->> s.facet, l.id, s.id % 100000 + 4, 'Jumlah',
    false
FROM satudatapmi_series s JOIN satudatapmi_figure_load l ON l.facet = s.facet, generate_series(:first, :last) y;
"""


def fill(connection: Any) -> int:
    """Fill an empty single data and return how many observations it has."""
    fill_registry(connection)
    provinces = [area.code for area in wilayah.areas().values() if area.level == "provinsi"]
    values = {
        "bodies": [*BODIES],
        "origins": provinces,
        "destinations": ["HKG", *sorted(set(codes_of("negara")) - {"HKG"})[: COUNTRIES - 1]],
        "definitions": json.dumps(BODIES),
        "first": FIRST,
        "last": LAST,
    }
    for statement in (LOADS + FIGURES).split(";\n"):
        if statement.strip():
            text = sa.text(statement)
            connection.execute(text, {name: values[name] for name in text.compile().params})
    return connection.execute(sa.text("SELECT count(*) FROM satudatapmi_observation")).scalar_one()


def ask(question: dict[str, Any]) -> tuple[float, int]:
    """Ask for the board as a visitor; return how long it took, and of how many lines it is."""
    began = time.perf_counter()
    found = tk.get_action("pmi_reconciliation_board")({"user": "", "ignore_auth": False}, dict(question))
    model.Session.rollback()
    if not found["lines"]:
        raise ValueError(f"nothing is known of {question}")
    return time.perf_counter() - began, found["count"]


def main(ini: str) -> None:
    """Fill the single data, ask each question some times, and print how long the answers took."""
    engine = sa.create_engine(os.environ["BENCH_DATABASE"])
    with engine.begin() as connection:
        figures = fill(connection)
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(sa.text("VACUUM (ANALYZE)"))
    app: Any = make_app(load_config(ini))
    with app._wsgi_app.test_request_context():
        answers = [ask(question) for _round in range(ROUNDS) for question in QUESTIONS]
    told = {"figures": figures, "lines": max(count for _seconds, count in answers)}
    print(json.dumps(told | {"seconds": [seconds for seconds, _count in answers]}))


if __name__ == "__main__":
    main(*sys.argv[1:])
