"""When a duty has to be done, counted back from the day on which a dataset is to be released.

The day comes from the release schedule: the daftar data, else MS-Keg block VIII of the dataset (8.2, planned release of
its products). Without one, the days run from the submission.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date, timedelta
from typing import Any

from ckanext.satudatapmi.catalogue.workflow import PEMBINA, PRODUSEN, WALIDATA
from ckanext.satudatapmi.schemas import dates, wire

SCHEDULES = (
    "viii_rencana_jadwal_rilis_produk_digital",
    "viii_rencana_jadwal_rilis_produk_tercetak",
    "viii_rencana_jadwal_rilis_produk_mikrodata",
)
DAYS_BEFORE_RELEASE = {PRODUSEN: 14, WALIDATA: 7, PEMBINA: 3}
"""So that the next duty has time: produsen data hand over two weeks before the release, as provinces agree on."""

DAYS_TO_CHECK = 7


def release_dates(package: Mapping[str, Any], registered: Iterable[date] = ()) -> list[date]:
    """Return the days on which a dataset is planned to be released, in order; what is no whole date is left out.

    Args:
        package: the dataset, with its MS-Keg.
        registered: its release days in the daftar data; where there are some, they alone count.
    """
    return sorted(set(registered) or set(_scheduled(package)))


def _scheduled(package: Mapping[str, Any]) -> Iterator[date]:
    for field in SCHEDULES:
        value = wire.decode_json(str(package.get(field) or "[]"))
        for item in value if isinstance(value, list) else [value]:
            found = _date(item)
            if found:
                yield found


def _date(value: Any) -> date | None:
    text = dates.iso_date(value) if isinstance(value, str) else None
    try:
        return date.fromisoformat(text[:10]) if text else None
    except ValueError:
        return None


def next_release(package: Mapping[str, Any], today: date, registered: Iterable[date] = ()) -> date | None:
    """Return the next planned release of a dataset from a day on, the last one if all are past, None if none is."""
    planned = release_dates(package, registered)
    return next((day for day in planned if day >= today), planned[-1] if planned else None)


def due(turn: str, release: date | None, submitted: date | None) -> date | None:
    """Return the day by which a duty has to be done; None if nothing says.

    Args:
        turn: the duty: produsen, walidata or pembina.
        release: the day on which the dataset is to be released.
        submitted: the day on which it was handed over to walidata.
    """
    if release:
        return release - timedelta(days=DAYS_BEFORE_RELEASE[turn])
    if submitted and turn != PRODUSEN:
        return submitted + timedelta(days=DAYS_TO_CHECK)
    return None
