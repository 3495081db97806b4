"""What somebody who types may mean: datasets by their titles, places, countries, indicators and publishers."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from ckanext.satudatapmi.figures.registry import Words, indicators
from ckanext.satudatapmi.figures.words import label
from ckanext.satudatapmi.reference import negara, wilayah
from ckanext.satudatapmi.reference.codelists import load
from ckanext.satudatapmi.reference.matching import words

SHORTEST = 2
LONGEST = 100
"""Letters that are looked at; what is typed beyond them changes nothing."""
A_GROUP = 4
"""Suggestions of one kind at most."""


@dataclass(frozen=True)
class Entry:
    """A page that can be suggested.

    Attributes:
        title: by language.
        page: endpoint of Flask.
        values: of its address.
        spellings: its names as words; each word that is typed has to begin one of theirs.
        rank: of its kind, those with the least come first.
    """

    title: Words
    page: str
    values: Mapping[str, str]
    spellings: tuple[tuple[str, ...], ...]
    rank: int = 0


@dataclass(frozen=True)
class Group:
    """Suggestions of one kind: `indicators`, `places`, `countries`, `publishers` or `datasets`."""

    kind: str
    entries: Sequence[Entry]


def suggestions(
    text: str, publishers: Iterable[Mapping[str, str]], titles: Callable[[str, int], Iterable[Mapping[str, str]]]
) -> list[Group]:
    """Return what a text may be the beginning of, by kind; kinds without a suggestion are left out.

    Args:
        text: as typed so far; less than SHORTEST letters suggest nothing.
        publishers: name and title of each body with public datasets.
        titles: returns name and title of public datasets whose title begins with a text, as many as asked for.
    """
    typed = words(text[:LONGEST])
    if len("".join(typed)) < SHORTEST:
        return []
    datasets = [_entry(one["title"], "dataset.read", id=one["name"]) for one in titles(text[:LONGEST], A_GROUP)]
    bodies = (_entry(one["title"], "organization.read", id=one["name"]) for one in publishers)
    groups = [
        Group("indicators", _matching(typed, _indicators())),
        Group("places", _matching(typed, _areas())),
        Group("countries", _matching(typed, _countries())),
        Group("publishers", _matching(typed, bodies)),
        Group("datasets", datasets),
    ]
    return [group for group in groups if group.entries]


def _matching(typed: Sequence[str], entries: Iterable[Entry]) -> list[Entry]:
    """Return the entries that match, those first whose name begins as what is typed."""
    found = [
        (not spelling[0].startswith(typed[0]), entry.rank, len(spelling), entry.title["id"], entry)
        for entry in entries
        if (spelling := next((one for one in entry.spellings if _begin(typed, one)), None))
    ]
    return [one[-1] for one in sorted(found, key=lambda one: one[:-1])[:A_GROUP]]


def _begin(typed: Sequence[str], spelling: Sequence[str]) -> bool:
    return all(any(word.startswith(one) for word in spelling) for one in typed)


def _entry(title: str, page: str, **values: str) -> Entry:
    return Entry({"id": title, "en": title}, page, values, tuple(_spellings([title])))


def _spellings(names: Iterable[str]) -> Iterator[tuple[str, ...]]:
    yield from dict.fromkeys(tuple(found) for name in names if (found := words(name)))


@cache
def _indicators() -> tuple[Entry, ...]:
    return tuple(
        Entry(one.label, "satudata_indicators.show", {"name": one.id}, tuple(_spellings(one.label.values())))
        for one in indicators().values()
    )


@cache
def _areas() -> tuple[Entry, ...]:
    """Return provinces and districts, the provinces first."""
    return tuple(
        Entry(
            {"id": area.name, "en": area.name},
            "satudata_places.area",
            {"code": area.code},
            tuple(_spellings([area.name.removeprefix(f"{area.kind} "), area.name])),
            rank=int(area.level != "provinsi"),
        )
        for area in wilayah.areas().values()
        if area.level != "nasional"
    )


@cache
def _countries() -> tuple[Entry, ...]:
    """Return the countries, those first that publications on migrant workers name, in the order of that list."""
    listed = {one.code: (place, one.aliases) for place, one in enumerate(load("negara"))}
    return tuple(
        Entry(
            (named := label("destination", code)),
            "satudata_places.country",
            {"code": code},
            tuple(_spellings([*named.values(), *listed.get(code, (0, ()))[1]])),
            rank=listed[code][0] if code in listed else len(listed),
        )
        for code in negara.countries()
        if code != wilayah.INDONESIA
    )
