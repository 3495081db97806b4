"""The tiles of the kiosk, as `schemas/kiosk/tiles.yaml` lists them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from ckanext.satudatapmi.portal.kiosk.tongues import Words
from ckanext.satudatapmi.schemas import vocabularies


@dataclass(frozen=True)
class Tile:
    """A subject of the kiosk.

    Attributes:
        path: in the address.
        topic: of the items that it shows.
        icon: the symbol on it.
        title: by language.
        about: the question that it answers, by language.
    """

    path: str
    topic: str
    icon: str
    title: Words
    about: Words


@cache
def tiles() -> Sequence[Tile]:
    """Return all tiles, in the order in which they stand."""
    return [Tile(**one) for one in settings()["tiles"]]


def screens_of_tiles() -> Sequence[Sequence[Tile]]:
    """Return the tiles, as many together as stand on a screen."""
    size = settings()["tiles_a_screen"]
    return [tiles()[start : start + size] for start in range(0, len(tiles()), size)]


@cache
def settings() -> Mapping[str, Any]:
    """Return what the file says."""
    return vocabularies.read_yaml("kiosk/tiles.yaml")
