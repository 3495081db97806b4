"""What the Command Center shows on a day, as tables for paper."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from ckanext.satudatapmi.figures.words import unit_label
from ckanext.satudatapmi.portal import formats
from ckanext.satudatapmi.portal.command.wall import Screen, Tile
from ckanext.satudatapmi.text import _

Rows = list[list[str]]


@dataclass(frozen=True)
class Section:
    """A table of the report.

    Attributes:
        title: what it shows.
        head: names of the columns.
        rows: texts, as many as the head has; none where nothing is published.
        note: below it.
    """

    title: str
    head: Sequence[str]
    rows: Rows
    note: str


def sections(screens: Sequence[Screen], language: str) -> list[Section]:
    """Return the tables of the report: the figures of a screen stand in one, every other tile has its own.

    Args:
        screens: of the wall.
        language: id or en.
    """
    tiles = [tile for screen in screens for tile in screen.tiles]
    figures = [tile for tile in tiles if tile.kind == "figure"]
    told = [_figures(figures, language)] if figures else []
    return told + [TABLES[tile.kind](tile, language) for tile in tiles if tile.kind in TABLES]


def _figures(tiles: Sequence[Tile], language: str) -> Section:
    head = [_("Figure"), _("Value"), _("Period"), _("Beside the year before"), _("Published")]
    rows = [
        [
            _in(tile.told.title, language),
            f"{formats.number(tile.told.first['value'], language)} {unit_label(tile.told.first['unit'])}",
            _period(tile.told.first, language),
            f"{tile.told.change.percent:+} %".replace(".", "," if language == "id" else ".")
            if tile.told.change
            else "…",
            _age(tile, language),
        ]
        for tile in tiles
        if tile.told
    ]
    return Section(_("Key figures"), head, rows, "")


def _change(tile: Tile, language: str) -> str:
    if tile.told.change is None:
        return "…"
    percent = tile.told.change.percent
    return f"{'+' if percent > 0 else ''}{formats.number(percent, language)} %"


def _ranked(tile: Tile, language: str) -> Section:
    told = tile.told
    rows = [
        [_in(name, language), formats.number(figure["value"], language)]
        for name, figure in zip(told.names, told.figures, strict=True)
    ]
    return _section(tile, language, [_("Place"), _("Value")], rows, _period(told.first, language))


def _claims(tile: Tile, language: str) -> Section:
    firsts = [(group, group["statements"][0]) for group in tile.told]
    rows = [
        [
            formats.number(one["value"], language),
            _in(group["title"], language),
            one["publisher_title"],
            formats.date(one["day"], language),
        ]
        for group, one in firsts
    ]
    note = _("They count different things: no sum or average of them means anything.")
    return _section(tile, language, [_("Value"), _("What it counts"), _("By"), _("Day")], rows, note)


def _findings(tile: Tile, language: str) -> Section:
    rows = [[_in(one["title"], language), one["words"]] for one in tile.told["findings"]]
    return _section(tile, language, [_("Check"), _("What was found")], rows, "")


def _changes(tile: Tile, language: str) -> Section:
    number = partial(formats.number, language=language)
    rows = [
        [
            _period(one, language),
            number(one["former_value"]) if one["former_value"] is not None else _("no figure"),
            number(one["value"]) if one["value"] is not None else _("no figure"),
            one["publisher_title"],
            formats.date(one["vintage"], language),
        ]
        for one in tile.told
    ]
    return _section(tile, language, [_("Period"), _("Before"), _("Now"), _("By"), _("Published on")], rows, "")


def _corridors(tile: Tile, language: str) -> Section:
    number = partial(formats.number, language=language)
    rows = [
        [
            _in(one["destination"]["label"], language),
            number(one["complaints"]["value"]),
            number(one["placements"]["value"]) if one["placements"] else "…",
            number(round(one["rate"], 1)) if one["rate"] is not None else "…",
            number(round(one["upper"], 1)) if one["upper"] is not None else "…",
        ]
        for one in tile.told["corridors"]
    ]
    head = [_("Destination"), _("Complaints"), _("Placements"), _("per 1,000"), _("Limit")]
    return _section(tile, language, head, rows, tile.told["method"]["formula"])


def _surges(tile: Tile, language: str) -> Section:
    number = partial(formats.number, language=language)
    rows = [
        [_period(one["figure"], language), number(one["value"]), number(round(one["limit"])), ", ".join(one["alarms"])]
        for one in tile.told["alarms"]
    ]
    head = [_("Month"), _("Value"), _("Limit"), _("Method")]
    return _section(tile, language, head, rows, tile.told["method"]["formula"])


TABLES: Mapping[str, Callable[[Tile, str], Section]] = {
    "ranked": lambda tile, language: _or_nothing(_ranked, tile, language),
    "claims": lambda tile, language: _or_nothing(_claims, tile, language),
    "findings": lambda tile, language: _or_nothing(_findings, tile, language),
    "changes": lambda tile, language: _or_nothing(_changes, tile, language),
    "corridors": lambda tile, language: _or_nothing(_corridors, tile, language),
    "surges": lambda tile, language: _or_nothing(_surges, tile, language),
}
"""By kind of tile: its table. Maps are on the wall alone; their figures stand in rankings."""


def _or_nothing(table: Callable[[Tile, str], Section], tile: Tile, language: str) -> Section:
    return table(tile, language) if tile.told else _section(tile, language, [], [], "")


def _section(tile: Tile, language: str, head: Sequence[str], rows: Rows, note: str) -> Section:
    age = _age(tile, language)
    return Section(_in(tile.title or {}, language), head, rows, " · ".join(text for text in (note, age) if text))


def _age(tile: Tile, language: str) -> str:
    if tile.day is None:
        return ""
    told = _("published {day}", day=formats.date(tile.day.isoformat(), language))
    return " ".join([told, _("(old)")]) if tile.is_stale else told


def _period(figure: Mapping[str, Any], language: str) -> str:
    return formats.period(figure["ref_start"], figure["ref_end"], language)


def _in(words: Mapping[str, str], language: str) -> str:
    return words.get(language) or words.get("id", "")
