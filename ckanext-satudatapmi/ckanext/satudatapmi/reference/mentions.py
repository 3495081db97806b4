"""Which provinces and countries a text names, by their names in the code lists; never by likeness."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

from babel import Locale

from ckanext.satudatapmi.reference import negara, wilayah
from ckanext.satudatapmi.reference.codelists import load, rows, split_aliases
from ckanext.satudatapmi.reference.matching import fold, words

MOST_WORDS = 6
"""In the name of a place."""
SHORTEST = 3
"""Letters of the shortest name that counts: `as` is a word."""
BARE = 6
"""Letters of the shortest name of a district that counts without its kind: Batu and Palu are words as well."""


def places_in(text: str) -> tuple[str, ...]:
    """Return the codes of the provinces (Kemendagri) and countries (ISO 3166-1) that a text names, in its order.

    A district stands for its province. What a longer name contains is not named by it, and neither is Indonesia, which
    stands in the name of every other dataset.

    >>> places_in("Penempatan dari Kabupaten Kediri dan Papua Barat ke Hong Kong")
    ('35', '92', 'HKG')
    """
    return tuple(dict.fromkeys(_named(words(text))))


def _named(written: list[str]) -> Iterator[str]:
    at = 0
    while at < len(written):
        sizes = range(min(MOST_WORDS, len(written) - at), 0, -1)
        size = next((size for size in sizes if "".join(written[at : at + size]) in _codes()), 0)
        if size:
            yield _codes()["".join(written[at : at + size])]
        at += size or 1


@cache
def _codes() -> dict[str, str]:
    """Return the code that each name means, folded; names that mean several are not among them."""
    meant: dict[str, set[str]] = {}
    for name, code in (*_areas(), *_countries()):
        meant.setdefault(fold(name), set()).add(code)
    told = {name: codes for name, codes in meant.items() if len(codes) == 1 and len(name) >= SHORTEST}
    return {name: codes.pop() for name, codes in told.items() if codes != {wilayah.INDONESIA}}


def _areas() -> Iterator[tuple[str, str]]:
    for area in wilayah.areas().values():
        bare = area.name.removeprefix(f"{area.kind} ")
        yield area.name, area.parent or area.code
        if not area.parent or len(fold(bare)) >= BARE:
            yield bare, area.parent or area.code
    for row in rows("wilayah_alias"):
        area = wilayah.areas()[row["kode"]]
        yield from ((alias, area.parent or area.code) for alias in split_aliases(row["alias"]))


def _countries() -> Iterator[tuple[str, str]]:
    for country in negara.countries().values():
        yield country.name, country.code
    for country in load("negara"):
        yield from ((alias, country.code) for alias in country.aliases)
    for alpha3, alpha2 in negara.alpha2_by_alpha3().items():
        yield Locale("en").territories[alpha2], alpha3
