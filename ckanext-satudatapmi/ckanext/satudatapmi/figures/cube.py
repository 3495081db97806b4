"""The whole cube as frames, one observation a row: what the exports take."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import pandas as pd

from ckanext.satudatapmi.figures.registry import dimensions

COLUMNS = (
    "indicator",
    "facet",
    *dimensions(),
    "ref_start",
    "ref_end",
    "vintage",
    "vintage_assumed",
    "value",
    "obs_status",
    "conf_status",
    "definition",
    "unit",
    "note",
    "package_id",
    "resource_id",
    "source_row",
    "source_column",
)
"""The columns of a chunk of the cube.

    indicator, facet, definition    ids of schemas/figures/
    the dimensions                  codes of their lists, or _T, _O, _U, _Z; each has one in every row
    ref_start, ref_end, vintage     datetime.date; the period includes both days
    vintage_assumed                 bool: the day of publication is not printed but assumed
    value                           decimal.Decimal; None where obs_status is M or Q
    obs_status, conf_status         codes of schemas/figures/sdmx.yaml
    unit                            code of the list satuan
    note                            text or None
    package_id, resource_id         of the dataset and the file, or None
    source_row, source_column       int and text, where in the file the figure stands, or None

No two rows agree in indicator, facet, all dimensions, period and vintage.
"""
KEY = COLUMNS[: COLUMNS.index("vintage")]
"""What two vintages of one figure have in common."""

Chunks = Iterable[pd.DataFrame]


def checked(chunks: Chunks) -> Iterator[pd.DataFrame]:
    """Yield chunks that hold rows, each with the columns `COLUMNS` in their order and None for what is missing.

    Raises:
        ValueError: a chunk lacks a column.
    """
    for chunk in chunks:
        lacking = [name for name in COLUMNS if name not in chunk]
        if lacking:
            raise ValueError(f"the chunk has no column {', '.join(lacking)}")
        if len(chunk):
            plain = chunk[list(COLUMNS)].astype(object)
            plain = plain.where(plain.notna(), None)
            # pandas makes floats of whole numbers among which one is missing.
            rows = [None if row is None else int(row) for row in plain["source_row"]]
            yield plain.assign(source_row=pd.Series(rows, index=plain.index, dtype=object))


def latest(chunks: Chunks) -> pd.DataFrame:
    """Return the latest vintage of every figure, in the order in which they came."""
    newest, waiting, rows = pd.DataFrame(columns=list(COLUMNS)), [], 0
    for chunk in checked(chunks):
        waiting.append(chunk)
        rows += len(chunk)
        # As many rows as are kept are sorted again at once, so that the work grows with the rows and not their square.
        if rows > len(newest):
            newest, waiting, rows = _newest([newest, *waiting]), [], 0
    return _newest([newest, *waiting])


def _newest(frames: Iterable[pd.DataFrame]) -> pd.DataFrame:
    rows = pd.concat([frame for frame in frames if len(frame)] or [pd.DataFrame(columns=list(COLUMNS))])
    rows = rows.reset_index(drop=True)
    kept = rows.sort_values("vintage", kind="stable").drop_duplicates(list(KEY), keep="last").sort_index()
    return kept.reset_index(drop=True)
