"""The wall of the Command Center: screens of tiles for large displays, each tile with its age."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any

from ckanext.satudatapmi.figures.registry import Words
from ckanext.satudatapmi.portal.key_figures import key_figure
from ckanext.satudatapmi.schemas import vocabularies

Ask = Callable[[str, Mapping[str, Any]], Any]
"""Calls an action as anybody may: its name, and its parameters."""
SINCE = "1900-01-01"


@dataclass(frozen=True)
class Tile:
    """What a tile shows.

    Attributes:
        kind: names its template.
        title: what it is; None where what it shows has a title of its own.
        told: for the template; None where nothing is held.
        day: of the newest that it shows, None where it has none.
        age: days since then.
        is_stale: whether that is longer than what it shows may take.
    """

    kind: str
    title: Words | None
    told: Any
    day: date | None
    age: int | None
    is_stale: bool


@dataclass(frozen=True)
class Screen:
    """A screen of the wall.

    Attributes:
        number: from 1.
        of: how many there are.
        title: what it is about.
        tiles: in their order.
    """

    number: int
    of: int
    title: Words
    tiles: Sequence[Tile]

    @property
    def after(self) -> int:
        """The number of the next screen; after the last comes the first."""
        return self.number % self.of + 1

    @property
    def before(self) -> int:
        """The number of the screen before; before the first comes the last."""
        return (self.number - 2) % self.of + 1


def seconds() -> int:
    """Return how long a screen stands before the next one comes."""
    return int(_settings()["seconds"])


def titles() -> list[Words]:
    """Return what the screens are about, in their order."""
    return [one["title"] for one in _settings()["screens"]]


def screen(number: int, ask: Ask, today: date) -> Screen:
    """Return a screen.

    Args:
        number: from 1.
        ask: calls actions.
        today: from which ages are counted.

    Raises:
        KeyError: there is no such screen.
    """
    screens = _settings()["screens"]
    if not 1 <= number <= len(screens):
        raise KeyError(number)
    wanted: Mapping[str, Any] = screens[number - 1]
    return Screen(number, len(screens), wanted["title"], [_tile(one, ask, today) for one in wanted["tiles"]])


def _tile(wanted: Mapping[str, Any], ask: Ask, today: date) -> Tile:
    told, day = TOLD[wanted["kind"]](wanted, ask)
    age = (today - day).days if day else None
    is_stale = age is not None and age > wanted.get("stale_days", age)
    return Tile(wanted["kind"], wanted.get("title"), told, day, age, is_stale)


def _figure(wanted: Mapping[str, Any], ask: Ask) -> tuple[Any, date | None]:
    found = key_figure(wanted, lambda asked: ask("pmi_query", asked))
    return found, date.fromisoformat(found.first["vintage"]) if found else None


def _claims(wanted: Mapping[str, Any], ask: Ask) -> tuple[Any, date | None]:
    groups = ask("pmi_claim_list", {})["groups"][: wanted["top"]]
    days = [date.fromisoformat(one["published"]) for group in groups for one in group["statements"]]
    return groups or None, max(days, default=None)


def _findings(wanted: Mapping[str, Any], ask: Ask) -> tuple[Any, date | None]:
    found = ask("pmi_finding_list", {"limit": wanted["top"]})
    return found if found["findings"] else None, None


def _changes(wanted: Mapping[str, Any], ask: Ask) -> tuple[Any, date | None]:
    found = ask("pmi_change_list", {"since": SINCE, "limit": wanted["top"]})
    days = [date.fromisoformat(str(one["vintage"])[:10]) for one in found]
    return found or None, max(days, default=None)


def _corridors(wanted: Mapping[str, Any], ask: Ask) -> tuple[Any, date | None]:
    found = ask("pmi_corridor_risk", {})
    ends = [date.fromisoformat(one["complaints"]["vintage"]) for one in found["corridors"]]
    return found | {"corridors": found["corridors"][: wanted["top"]]} if ends else None, max(ends, default=None)


def _surges(wanted: Mapping[str, Any], ask: Ask) -> tuple[Any, date | None]:
    """Return the months that alarm, the last first, and how many were judged."""
    found = ask("pmi_surge_list", wanted.get("ask", {}))
    periods = [one | {"title": series["title"]} for series in found["series"] for one in series["periods"]]
    days = [date.fromisoformat(one["figure"]["vintage"]) for one in periods if one["figure"]]
    if not days:
        return None, None
    alarms = sorted((one for one in periods if one["alarms"]), key=lambda one: one["month"], reverse=True)
    judged = sum(one["refusal"] is None for one in periods)
    told = {"alarms": alarms[: wanted["top"]], "judged": judged, "left": len(periods) - judged}
    return told | {"method": found["method"]}, max(days)


def _partners(wanted: Mapping[str, Any], ask: Ask) -> tuple[Any, date | None]:
    """Return how the sources of partners fare now, those that need attention most first."""
    found = ask("satudata_source_search", {"limit": wanted["top"]})
    return found if found["all"] else None, None


TOLD: Mapping[str, Callable[[Mapping[str, Any], Ask], tuple[Any, date | None]]] = {
    "figure": _figure,
    "ranked": _figure,
    "origins": _figure,
    "destinations": _figure,
    "claims": _claims,
    "findings": _findings,
    "changes": _changes,
    "corridors": _corridors,
    "surges": _surges,
    "partners": _partners,
}
"""By kind of tile: what it tells and the day of the newest of it, from what `schemas/wall.yaml` says of the tile."""


@cache
def _settings() -> Mapping[str, Any]:
    return vocabularies.read_yaml("wall.yaml")
