"""The release calendar: what the daftar data plans, what of it is released, late, or not begun."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, timedelta
from itertools import pairwise
from typing import Any

from ckanext.satudatapmi.catalogue import history, register
from ckanext.satudatapmi.catalogue.deadlines import DAYS_BEFORE_RELEASE
from ckanext.satudatapmi.catalogue.register import Dataset, Planned
from ckanext.satudatapmi.catalogue.workflow import PRODUSEN

PLANNED, RELEASED, LATE = "planned", "released", "late"

HANDED_OVER = timedelta(days=DAYS_BEFORE_RELEASE[PRODUSEN])


def not_begun(organization_ids: Sequence[str] | None, today: date) -> list[tuple[Planned, date]]:
    """Return the entries that are due for produsen data and have no dataset yet, with the release day that is due.

    That is their first release day this year: none has been kept.

    Args:
        organization_ids: of the produsen data; None for all.
        today: the day it is.
    """
    near = today + HANDED_OVER
    # Data that are collected in a year are often released in the next one.
    entries = [
        entry
        for entry in register.of_years(*range(today.year - 1, near.year + 1))
        if organization_ids is None or entry.organization_id in organization_ids
    ]
    due = [
        (entry, days[0])
        for entry in entries
        if (days := [day for day in entry.release_days if date(today.year, 1, 1) <= day <= near])
    ]
    begun = register.datasets_of(entry for entry, _day in due)
    return [(entry, day) for entry, day in due if entry.place not in begun]


def calendar(year: int | None, organization: str) -> dict[str, Any]:
    """Return the release calendar of a year as everybody may see it.

    Args:
        year: of the register; None for this year, or the last one that has a register before it or after.
        organization: id or name of the produsen data; "" for all.

    Returns:
        year (None if there is no register), years (that have one), organizations ({name, title} of the year) and
        entries: {year, number, name, organization ({name, title}), release_days ({day, state: planned, released or
        late}), priority, criterion, note, datasets ({name, title} of those that are public)}.
    """
    today, years = history.today(), register.years()
    if year is None:
        year = today.year if today.year in years else next(iter(years), None)
    entries = register.of_years(year) if year is not None else []
    bodies = history.organizations()
    named = {entry.organization_id: _body(entry, bodies) for entry in entries}
    kept = [entry for entry in entries if not organization or _is_of(entry, organization, named)]
    datasets = register.datasets_of(kept)
    return {
        "year": year,
        "years": years,
        "organizations": sorted(named.values(), key=lambda body: body["title"].casefold()),
        "entries": [
            _entry(entry, named[entry.organization_id], datasets.get(entry.place, []), today) for entry in kept
        ],
    }


def _body(entry: Planned, bodies: dict[str, dict[str, str]]) -> dict[str, str]:
    """Return name and title of a produsen data; its id, where the organisation has been deleted."""
    body = bodies.get(entry.organization_id, {})
    return {name: body.get(name, entry.organization_id) for name in ("name", "title")}


def _is_of(entry: Planned, organization: str, named: dict[str, dict[str, str]]) -> bool:
    return organization in (entry.organization_id, named[entry.organization_id]["name"])


def _entry(entry: Planned, body: dict[str, str], datasets: Sequence[Dataset], today: date) -> dict[str, Any]:
    return {
        "year": entry.year,
        "number": entry.number,
        "name": entry.name,
        "organization": body,
        "release_days": [
            {"day": day.isoformat(), "state": state}
            for day, state in zip(entry.release_days, states(entry, _last_release(datasets), today), strict=True)
        ],
        "priority": entry.priority,
        "criterion": entry.criterion,
        "note": entry.note,
        "datasets": [{"name": one.name, "title": one.title} for one in datasets if one.public],
    }


def _last_release(datasets: Sequence[Dataset]) -> date | None:
    """Return the day of the last release, whoever may see the data: access is another matter than being in time."""
    moments = [one.released for one in datasets if one.released]
    return max(moments).replace(tzinfo=UTC).astimezone(history.zone()).date() if moments else None


def states(entry: Planned, released: date | None, today: date) -> list[str]:
    """Return for each release day of an entry whether it is planned, released or late.

    A release counts for a day if it came after the release day before; for the first, from the beginning of the year
    or the day of the handing over on.

    Args:
        entry: of the register.
        released: day of the last release of its data; None for none.
        today: the day it is.
    """
    first = entry.release_days[0]
    start = min(date(entry.year, 1, 1), first - HANDED_OVER) - timedelta(days=1)
    return [_state(day, before, released, today) for before, day in pairwise((start, *entry.release_days))]


def _state(day: date, before: date, released: date | None, today: date) -> str:
    if day >= today:
        return PLANNED
    return RELEASED if released and released > before else LATE
