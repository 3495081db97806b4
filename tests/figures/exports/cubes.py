"""Small cubes for the exports: rows with what every row must have, and cubes that hypothesis makes."""

from __future__ import annotations

import io
from datetime import date, timedelta
from decimal import Decimal

import pandas as pd
from hypothesis import strategies as st

from ckanext.satudatapmi.figures.cube import COLUMNS, KEY
from ckanext.satudatapmi.figures.exports.layout import Layout
from ckanext.satudatapmi.figures.exports.periods import time_period
from ckanext.satudatapmi.figures.exports.vocabulary import labels
from ckanext.satudatapmi.figures.registry import dimensions, facets

NASTY = ["=cmd|' /C calc'!A1", "+62", "-5", "@SUM(A1)", "\tx", "\rx", 'kata "kutip", koma', "baris\nbaru", "é", "nan"]


TAKES_NAME = ("write_jsonstat", "write_ilostat")
"""Exports that take the name of an indicator or a table before the file."""


def year(number: int) -> dict:
    return {"ref_start": date(number, 1, 1), "ref_end": date(number, 12, 31)}


def row(**told) -> dict:
    """Return an observation: placements of the whole country in 2023 but for what is told."""
    facet = facets()[told.get("facet", "bp2mi_placement")]
    given = {
        **{name: dimension.total for name, dimension in dimensions().items()},
        **year(2023),
        "indicator": facet.indicator,
        "facet": facet.id,
        "vintage": date(2024, 2, 5),
        "vintage_assumed": False,
        "value": Decimal(274965),
        "obs_status": "A",
        "conf_status": "F",
        "definition": "layanan_penempatan",
        "unit": "orang",
        "note": None,
        "package_id": "penempatan",
        "resource_id": "tabel-1",
        "source_row": 4,
        "source_column": "2023",
    }
    whole = given | told
    return whole | {"value": None if whole["value"] is None else Decimal(whole["value"])}


def cube(*rows: dict, chunk: int = 2) -> list[pd.DataFrame]:
    """Return the rows in chunks of so many."""
    return [pd.DataFrame(rows[at : at + chunk], columns=[*COLUMNS]) for at in range(0, len(rows), chunk)]


def components_of(told: dict) -> dict[str, str | None]:
    """Return an observation by SDMX component, as text."""
    period = time_period(told["ref_start"], told["ref_end"])
    place = f"#row={told['source_row']};column={told['source_column']}"
    source = f"dataset/{told['package_id']}/resource/{told['resource_id']}{place}"
    return {
        "FREQ": period.freq,
        "INDICATOR": told["indicator"],
        "FACET": told["facet"],
        **{one.concept: told[one.name].replace(".", "_") for one in dimensions().values()},
        "VINTAGE": str(told["vintage"]),
        "TIME_PERIOD": period.value,
        "OBS_VALUE": None if told["value"] is None else str(told["value"]),
        "OBS_STATUS": told["obs_status"],
        "CONF_STATUS": told["conf_status"],
        "DEFINITION": told["definition"],
        "UNIT_MEASURE": told["unit"],
        "VINTAGE_ASSUMED": "true" if told["vintage_assumed"] else "false",
        "COMMENT_OBS": told["note"],
        "SOURCE": source if told["package_id"] else None,
    }


def by_series(told: list[dict], layout: Layout) -> list[dict]:
    """Return rows in the order in which a slice of the cube has them: those of a series together."""
    names = (*layout.series, *layout.observation)
    return sorted(told, key=lambda one: [components_of(one)[name] for name in names])


def written(write, chunks, *arguments) -> bytes:
    """Return what an export writes, and see that it leaves the file open."""
    file = io.BytesIO()
    before, after = (arguments[:1], arguments[1:]) if write.__name__ in TAKES_NAME else ((), arguments)
    write(chunks, *before, file, *after)
    assert not file.closed
    return file.getvalue()


PERIODS = st.one_of(
    st.sampled_from([(date(2023, 1, 1), date(2023, 12, 31)), (date(2023, 4, 1), date(2023, 6, 30))]),
    st.tuples(st.dates(date(2007, 1, 1), date(2026, 1, 1)), st.integers(0, 400)).map(
        lambda told: (told[0], told[0] + timedelta(days=told[1]))
    ),
)
VALUES = st.one_of(st.none(), st.integers(0, 10**12).map(Decimal), st.decimals(1, 10**9, places=3))


@st.composite
def rows(draw) -> dict:
    """Return any observation that the database takes."""
    start, end = draw(PERIODS)
    value = draw(VALUES)
    where = draw(st.one_of(st.none(), st.tuples(st.sampled_from(["p1", "p2"]), st.integers(1, 99))))
    return row(
        facet=draw(st.sampled_from(list(facets()))),
        origin=draw(st.sampled_from([code for code in labels("wilayah", "id") if code != "_Z"])),
        destination=draw(st.sampled_from(list(labels("negara", "id")))),
        sex=draw(st.sampled_from(["_T", "L", "P", "_U"])),
        ref_start=start,
        ref_end=end,
        vintage=draw(st.dates(date(2024, 1, 1), date(2024, 1, 5))),
        vintage_assumed=draw(st.booleans()),
        value=value,
        obs_status=draw(st.sampled_from("MQ" if value is None else "ABEFIP")),
        note=draw(st.one_of(st.none(), st.sampled_from(NASTY))),
        package_id=where[0] if where else None,
        resource_id="r" if where else None,
        source_row=where[1] if where else None,
        source_column="C" if where else None,
    )


@st.composite
def cubes(draw, **options) -> list[dict]:
    """Return the rows of a cube, none of which agree in their key."""
    unique = st.lists(
        rows(), max_size=12, unique_by=lambda one: tuple(one[name] for name in (*KEY, "vintage")), **options
    )
    return draw(unique)
