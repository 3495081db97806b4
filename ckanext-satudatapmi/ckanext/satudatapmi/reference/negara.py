"""Names of countries to ISO 3166-1 alpha-3 codes, by Indonesian usage.

`schemas/codelists/negara.csv` gives the names and spellings that PMI publications use; all other countries, and English
names, come from Unicode CLDR through babel.
"""

from __future__ import annotations

from collections import defaultdict
from functools import cache

from babel import Locale
from babel.core import get_global

from ckanext.satudatapmi.reference.codelists import load
from ckanext.satudatapmi.reference.matching import Candidate, Match, Meanings, fold, settle, unique

# UN M49 leaves numbers from 900 on to users: territories with such a number are no ISO 3166-1 countries.
FIRST_PRIVATE_NUMBER = 900


@cache
def countries() -> dict[str, Candidate]:
    """Return all ISO 3166-1 countries by alpha-3 code, with their Indonesian names."""
    cldr = Locale("id").territories
    named = {alpha3: Candidate(alpha3, cldr[alpha2]) for alpha3, alpha2 in alpha2_by_alpha3().items()}
    return named | {code.code: Candidate(code.code, code.label) for code in load("negara")}


def match(text: str) -> Match:
    """Match a country's name: exact names first, then other spellings, never by likeness.

    >>> match("Hongkong").code
    'HKG'
    >>> match("Kongo").status
    <MatchStatus.AMBIGUOUS: 'ambiguous'>
    """
    meant, exact = meanings(text)
    return settle(text, meant, exact=exact, names=_names)


def meanings(text: str) -> Meanings:
    """Return what a name may mean by the spellings of the list."""
    exact, spelled = _index()
    key = fold(text)
    return unique(exact.get(key, ())) or unique(spelled.get(key, ())), key in exact


@cache
def spellings() -> dict[str, tuple[Candidate, ...]]:
    """Return every spelling, folded, with the countries that it may mean."""
    exact, spelled = _index()
    return {key: tuple(unique((*exact.get(key, ()), *spelled.get(key, ())))) for key in (*exact, *spelled)}


@cache
def alpha2_by_alpha3() -> dict[str, str]:
    """Return ISO 3166-1 alpha-2 by alpha-3 code. CLDR also knows codes that ISO withdrew: those of `negara.csv` win."""
    aliases = {old: new[0] for old, new in get_global("territory_aliases").items() if len(new) == 1}
    iso = {alpha2 for number, alpha2 in aliases.items() if number.isdecimal() and int(number) < FIRST_PRIVATE_NUMBER}
    listed = {code.extra["iso_alpha2"]: code.code for code in load("negara")}
    cldr = Locale("id").territories
    return {
        listed.get(alpha2, alpha3): alpha2
        for alpha3, alpha2 in sorted(aliases.items())
        if len(alpha3) == 3 and alpha3.isalpha() and alpha2 in iso and alpha2 in cldr
    }


@cache
def numbers() -> dict[str, str]:
    """Return the number of ISO 3166-1 by alpha-3 code: maps are drawn by it."""
    numbered = {
        new[0]: old for old, new in get_global("territory_aliases").items() if old.isdecimal() and len(new) == 1
    }
    return {alpha3: numbered[alpha2] for alpha3, alpha2 in alpha2_by_alpha3().items() if alpha2 in numbered}


@cache
def _index() -> tuple[dict[str, list[Candidate]], dict[str, list[Candidate]]]:
    exact: dict[str, list[Candidate]] = defaultdict(list)
    spelled: dict[str, list[Candidate]] = defaultdict(list)
    for candidate in countries().values():
        exact[fold(candidate.name)].append(candidate)
        spelled[fold(candidate.code)].append(candidate)
    for code in load("negara"):
        for alias in code.aliases:
            spelled[fold(alias)].append(countries()[code.code])
    for alpha3, alpha2 in alpha2_by_alpha3().items():
        for language in ("id", "en"):
            spelled[fold(Locale(language).territories[alpha2])].append(countries()[alpha3])
    return dict(exact), dict(spelled)


@cache
def _names() -> dict[str, Candidate]:
    return {key: meant[0] for index in reversed(_index()) for key, meant in index.items()}
