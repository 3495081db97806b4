"""Fills the single data with ten million observations, the same in each run, straight into the database.

python -m satudata_local.bench.cube    prints how many there are

BENCH_DATABASE is the address of the site's database, for a superuser: keys between tables are not checked row by row.
The figures are placements by origin, destination, sex and type of employer (years), by the first three (months), and
by origin and education (years). Years and the latest months were published twice.
"""

from __future__ import annotations

import os
from typing import Any

import sqlalchemy as sa

# This runs in the site's environment, which the checks of these scripts do not look into.
from ckanext.satudatapmi.figures.store.tables import fill_registry  # pyright: ignore[reportMissingImports]
from ckanext.satudatapmi.reference import wilayah  # pyright: ignore[reportMissingImports]
from ckanext.satudatapmi.reference.codelists import load  # pyright: ignore[reportMissingImports]

from .making import destinations

FACET = "bp2mi_placement"
DESTINATIONS = 30
WEIGHTS = {"nasional": 250_000.0, "provinsi": 6_000.0, "kabupaten_kota": 450.0}
SEXES = {"_T": 1.0, "L": 0.45, "P": 0.55}
EMPLOYERS = {"_T": 1.0, "F": 0.4, "I": 0.6}

SERIES = f"""
INSERT INTO satudatapmi_series (facet, origin, destination, sex, employer_type)
SELECT '{FACET}', origins.code, destinations.code, sexes.code, employers.code
FROM origins, destinations, sexes, employers;
INSERT INTO satudatapmi_series (facet, origin, education)
SELECT '{FACET}', origins.code, educations.code FROM origins, educations;
CREATE TEMPORARY TABLE weighed AS
SELECT s.id, o.weight * d.weight * x.weight * e.weight * coalesce(n.weight, 1) AS weight,
    s.employer_type = '_T' AND s.education = '_T' AS monthly
FROM satudatapmi_series s JOIN origins o ON o.code = s.origin JOIN destinations d ON d.code = s.destination
JOIN sexes x ON x.code = s.sex JOIN employers e ON e.code = s.employer_type
LEFT JOIN educations n ON n.code = s.education;
"""
PERIODS = """
CREATE TEMPORARY TABLE periods AS
SELECT make_date(y, 1, 1) AS ref_start, make_date(y, 12, 31) AS ref_end, 1.0 AS share, false AS monthly, edition,
    make_date(y + 1, 6 * edition - 4, 5) AS vintage, y * 10 + edition AS load
FROM generate_series(2017, 2025) y, generate_series(1, 2) edition
UNION ALL
SELECT make_date(y, m, 1), (make_date(y, m, 1) + interval '1 month - 1 day')::date, 0.083, true, edition,
    make_date(y + 1, 6 * edition - 4, 6), y * 10 + 2 + edition
FROM generate_series(2017, 2025) y, generate_series(1, 12) m, generate_series(1, 2) edition
WHERE edition = 1 OR y >= 2023;
"""
LOADS = f"""
INSERT INTO package (id, name, title, state, type, private)
SELECT 'bench-' || k, 'bench-' || k, 'Penempatan PMI', 'active', 'dataset', false FROM generate_series(1, 4) k;
INSERT INTO resource (id, package_id, url, state, position)
SELECT DISTINCT 'bench-' || load, 'bench-' || load % 10, '', 'active', 0 FROM periods;
INSERT INTO satudatapmi_figure_load (id, facet, package_id, resource_id, file, sha256, retrieved)
OVERRIDING SYSTEM VALUE
SELECT DISTINCT load, '{FACET}', 'bench-' || load % 10, 'bench-' || load, 'penempatan-' || load || '.csv',
    md5(load::text) || md5('bench' || load), vintage FROM periods;
"""
OBSERVATIONS = """
INSERT INTO satudatapmi_observation (series_id, ref_start, ref_end, vintage, vintage_assumed, value, obs_status,
    definition, load_id, source_row, source_column, restated)
SELECT w.id, p.ref_start, p.ref_end, p.vintage, false,
    floor(w.weight * p.share * (0.95 + (hashint8(w.id + 7 * (p.ref_start - date '2000-01-01')) & 1023) / 20480.0)),
    'A',
    CASE WHEN p.ref_start >= '2024-01-01' OR p.vintage >= '2025-01-01' THEN 'layanan_penempatan_dengan_perpanjangan'
    ELSE 'layanan_penempatan' END,
    p.load, w.id % 100000 + 4, 'Jumlah', p.edition > 1
FROM weighed w JOIN periods p ON w.monthly OR NOT p.monthly ORDER BY w.id, p.ref_start, p.ref_end, p.vintage;
"""


def codes() -> dict[str, dict[str, float]]:
    """Return the codes of each dimension, each with its share; the total is 1."""
    origins = {area.code: WEIGHTS[area.level] for area in wilayah.areas().values() if area.level in WEIGHTS}
    countries = {one.code: 1 / (place + 4) for place, one in enumerate(destinations()[:DESTINATIONS])}
    educations = {one.code: 1 / (place + 2) for place, one in enumerate(load("pendidikan"))}
    return {
        "origins": origins,
        "destinations": {"_T": 1.0} | countries,
        "sexes": SEXES,
        "employers": EMPLOYERS,
        "educations": educations,
    }


def fill(connection: Any) -> int:
    """Fill an empty single data and return how many observations it has."""
    fill_registry(connection)
    connection.execute(sa.text("SET LOCAL session_replication_role = replica"))
    for table, shares in codes().items():
        connection.execute(sa.text(f"CREATE TEMPORARY TABLE {table} (code text, weight float8)"))
        rows = [{"code": code, "weight": weight} for code, weight in shares.items()]
        connection.execute(sa.text(f"INSERT INTO {table} VALUES (:code, :weight)"), rows)
    for statement in (SERIES, PERIODS, LOADS, OBSERVATIONS):
        connection.exec_driver_sql(statement.replace("%", "%%"))
    return connection.execute(sa.text("SELECT count(*) FROM satudatapmi_observation")).scalar_one()


def main() -> None:
    """Fill the single data and tell the planner of it."""
    engine = sa.create_engine(os.environ["BENCH_DATABASE"])
    with engine.begin() as connection:
        count = fill(connection)
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(sa.text("VACUUM (ANALYZE)"))
    print(count)


if __name__ == "__main__":
    main()
