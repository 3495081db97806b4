"""The screens of the kiosk: what is shown at each address under /aim, and which addresses there are."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from ckanext.satudatapmi.figures.words import label
from ckanext.satudatapmi.portal.kiosk.agencies import AGENCY
from ckanext.satudatapmi.portal.kiosk.content import Item
from ckanext.satudatapmi.portal.kiosk.tiles import Tile, screens_of_tiles, tiles
from ckanext.satudatapmi.portal.kiosk.tongues import Words
from ckanext.satudatapmi.portal.places import Place
from ckanext.satudatapmi.reference import wilayah

HOME, MORE, HELP = "", "lainnya", "bantuan"
COUNTRY, CONTACT = "aim-country", "aim-contact"
OF_AGENCIES, OF_COUNTRIES, OF_NUMBERS = "agency", "country", "district"
"""Topics whose tiles lead to more than a list."""
OF_COUNTRY = (COUNTRY, "aim-right", "aim-cost", "aim-job-order", CONTACT)
"""What the screen of a country tells, in this order."""
FOR_ALL = ("aim-right", "aim-cost")
"""Of these, items without a country hold in each."""
APART = (HOME, MORE, HELP)
"""Screens that are of no tile."""
Numbers = Callable[[str], Place]
"""Tells what is published of an area by its code."""


@dataclass(frozen=True)
class Known:
    """What kiosks can tell on a day.

    Attributes:
        day: the day.
        items: those that are valid on it, by type.
        numbers: tells what is published of an area.
    """

    day: date
    items: Mapping[str, Sequence[Item]]
    numbers: Numbers

    def of_topic(self, topic: str) -> list[Item]:
        """Return the items on a topic: first those of the kind that is made for it."""
        found = [item for items in self.items.values() for item in items if topic in item.topics]
        return sorted(found, key=lambda item: item.topics.index(topic) > 0)

    def of_country(self, code: str) -> dict[str, list[Item]]:
        """Return what is said of a country, by type."""
        return {one: [item for item in self.items.get(one, ()) if _holds_in(item, code)] for one in OF_COUNTRY}

    def countries(self) -> list[str]:
        """Return the codes of the countries of which something is said, by their names."""
        codes = {item.country for one in OF_COUNTRY for item in self.items.get(one, ()) if item.country}
        return sorted(codes, key=lambda code: label("destination", code)["id"])

    def help_at_hand(self) -> list[Item]:
        """Return whom to call in need: contacts that serve people wherever they are."""
        return [item for item in self.items.get(CONTACT, ()) if not item.country]


def _holds_in(item: Item, country: str) -> bool:
    return item.country == country or (item.type in FOR_ALL and not item.country)


@dataclass(frozen=True)
class Screen:
    """What is shown at an address.

    Attributes:
        path: of the address, without the language: "" for the first screen.
        template: in the folder `aim`.
        title: by language; of the first screens none, they have that of the kiosk.
        parent: path of the screen one step back; None for the first.
        values: for the template.
    """

    path: str
    template: str
    title: Words | None
    parent: str | None
    values: Mapping[str, Any] = field(default_factory=dict)


def paths(known: Known) -> Iterator[str]:
    """Give the addresses of all screens."""
    yield from APART
    for tile in tiles():
        yield tile.path
        for name in _below(tile, known):
            yield f"{tile.path}/{name}"


def screen(path: str, known: Known) -> Screen:
    """Return the screen at an address.

    Args:
        path: of the address, without the language.
        known: what can be told.

    Raises:
        KeyError: there is no such screen.
    """
    if path in (HOME, MORE):
        return _first(path)
    if path == HELP:
        return Screen(path, "help.html", {"id": "Bantuan", "en": "Help"}, HOME, {"items": known.help_at_hand()})
    head, _slash, name = path.partition("/")
    tile = next((one for one in tiles() if one.path == head), None)
    if tile is None or (name and name not in _below(tile, known)):
        raise KeyError(path)
    return _within(tile, name, known) if name else _of_tile(tile, known)


def _first(path: str) -> Screen:
    first, more = screens_of_tiles()
    shown = first if path == HOME else more
    return Screen(path, "tiles.html", None, None if path == HOME else HOME, {"tiles": shown})


def _of_tile(tile: Tile, known: Known) -> Screen:
    values: dict[str, Any] = {"tile": tile, "items": known.of_topic(tile.topic)}
    template = "list.html"
    if tile.topic == OF_NUMBERS:
        template, values["areas"] = "areas.html", wilayah.within_area(level="provinsi")
    elif tile.topic == OF_COUNTRIES:
        template, values["countries"] = "countries.html", [_country(code, known) for code in known.countries()]
    elif tile.topic == OF_AGENCIES:
        template, values["agencies"] = "agencies.html", known.items.get(AGENCY, ())
    return Screen(tile.path, template, tile.title, _screen_of(tile), values)


def _country(code: str, known: Known) -> dict[str, Any]:
    return {"code": code, "name": label("destination", code), "status": known.of_country(code)[COUNTRY]}


def _within(tile: Tile, name: str, known: Known) -> Screen:
    path = f"{tile.path}/{name}"
    if tile.topic == OF_NUMBERS:
        place = known.numbers(name)
        return Screen(path, "area.html", place.name, tile.path, {"tile": tile, "place": place})
    if tile.topic == OF_COUNTRIES:
        values = {"tile": tile, "code": name, "found": known.of_country(name)}
        return Screen(path, "country.html", label("destination", name), tile.path, values)
    item = next(one for one in known.of_topic(tile.topic) if one.name == name)
    return Screen(path, "item.html", item.title, tile.path, {"tile": tile, "item": item})


def _below(tile: Tile, known: Known) -> list[str]:
    """Return the last part of the addresses under a tile."""
    if tile.topic == OF_NUMBERS:
        return [area.code for area in wilayah.within_area(level="provinsi")]
    if tile.topic == OF_COUNTRIES:
        return known.countries()
    return [item.name for item in known.of_topic(tile.topic)]


def _screen_of(tile: Tile) -> str:
    return HOME if tile in screens_of_tiles()[0] else MORE
