"""One way to ask any code list: a name goes in, a `Match` comes out."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, get_args

from ckanext.satudatapmi.reference import negara, wilayah
from ckanext.satudatapmi.reference.codelists import UnknownCodeList, load
from ckanext.satudatapmi.reference.fuzzy import Likeness, Nearest, Spelling
from ckanext.satudatapmi.reference.learned import EVERYWHERE, NOTHING_LEARNED, Learned, context_of
from ckanext.satudatapmi.reference.matching import Candidate, Match, MatchStatus, Meanings, fold, found
from ckanext.satudatapmi.text import _

Matcher = Callable[[str], Match]
WILAYAH_OPTIONS = frozenset({"level", "within", "unmarked"})
KINDS = ("kabupaten", "kota")
SPECIAL_GROUPS = "kelompok_khusus"


class MatcherOptionError(ValueError):
    """An option that this code list does not have, or a value that the option does not take."""

    def __init__(self, option: str, message: str) -> None:
        super().__init__(message)
        self.option = option


def matcher(name: str, options: Mapping[str, Any] | None = None) -> Matcher:
    """Return the matching of a code list, with its options bound.

    Args:
        name: `wilayah`, `negara` or a file of `schemas/codelists/`.
        options: for wilayah `level`, `within` and `unmarked`; other lists have none.

    Raises:
        UnknownCodeList: if there is no such list.
        MatcherOptionError: if an option does not fit.
    """
    options = dict(options or {})
    if name == "wilayah":
        check_wilayah_options(options)
        return lambda text: wilayah.match(text, **options)
    for option in options:
        raise MatcherOptionError(option, _("the code list {name} has no options", name=name))
    return negara.match if name == "negara" else load(name).match


def match_all(
    name: str, texts: Iterable[str], options: Mapping[str, Any] | None = None, learned: Learned = NOTHING_LEARNED
) -> dict[str, Match]:
    """Match names in steps: by the spellings of the list, by what was decided, by likeness that leaves no doubt.

    Args:
        name: of the code list, as for `matcher`.
        texts: the names as written; each distinct one is matched once.
        options: as for `matcher`: the context.
        learned: what walidata have decided.

    Returns:
        The match of each text. What is ambiguous stays so unless it was decided.

    Raises:
        UnknownCodeList, MatcherOptionError: as `matcher`.

    >>> match_all("negara", ["Hongkong", "Singapurra", "Kindom"])["Singapurra"].code
    'SGP'
    """
    asked = _asked(name, dict(options or {}))
    matches = {text: asked.known(text, learned) for text in dict.fromkeys(texts)}
    if left := [text for text, match in matches.items() if match is None]:
        # What likeness needs takes seconds to make, once in a process.
        for text, near in zip(left, asked.likeness().nearest([asked.key(text) for text in left]), strict=True):
            matches[text] = _by_likeness(text, near)
    return {text: match for text, match in matches.items() if match is not None}


def _by_likeness(text: str, near: Nearest) -> Match:
    if near.code:
        return Match(text, near.code.code, near.code.name, MatchStatus.FUZZY, near.candidates)
    return Match(text, None, None, MatchStatus.UNKNOWN, near.candidates)


def folded(name: str, text: str) -> str:
    """Return a name as spellings of the list are compared, and decisions kept."""
    return (wilayah.key_of(text) if name == "wilayah" else fold(text)) or text.strip()


@dataclass(frozen=True)
class _Asked:
    """A code list with its options: how names are looked up in it."""

    name: str
    options: Mapping[str, Any]
    meanings: Callable[[str], Meanings]
    likeness: Callable[[], Likeness]

    def key(self, text: str) -> str:
        return folded(self.name, text)

    def known(self, text: str, learned: Learned) -> Match | None:
        """Return the match of a name by spelling or decision, None if likeness has to tell."""
        meant, exact = self.meanings(text)
        if len(meant) == 1:
            return found(text, meant[0], exact=exact)
        for context in (context_of(self.options), EVERYWHERE):
            place = (self.name, self.key(text), context)
            if place not in learned:
                continue
            code = learned[place]
            if code is None:
                return Match(text, None, None, MatchStatus.UNKNOWN)
            # What was decided everywhere holds where the code can be meant.
            if label := codes_of(self.name, self.options).get(code):
                return Match(text, code, label, MatchStatus.LEARNED)
        return Match(text, None, None, MatchStatus.AMBIGUOUS, tuple(meant)) if meant else None


def _asked(name: str, options: dict[str, Any]) -> _Asked:
    if name == "wilayah":
        check_wilayah_options(options)
        bound = tuple(sorted(options.items()))
        return _Asked(name, options, lambda text: wilayah.meanings(text, **options), lambda: _like_areas(bound))
    matcher(name, options)
    meanings = negara.meanings if name == "negara" else load(name).meanings
    return _Asked(name, options, meanings, lambda: _like_names(name))


@cache
def _like_areas(options: tuple[tuple[str, str], ...]) -> Likeness:
    """Return likeness to the areas that the options let be meant; the others are known, too, but not meant."""
    bound = dict(options)
    allowed = wilayah.codes_within(bound.get("within"), bound.get("level"))  # type: ignore[arg-type]
    kind = bound.get("unmarked")
    spellings = []
    for key, areas in wilayah.spellings().items():
        meant = [area for area in areas if area.code in allowed]
        meant = wilayah.of_kind(meant, kind) if kind else meant
        spellings.append(Spelling(key, wilayah.letters(key), tuple(area.candidate for area in meant)))
    return Likeness([*spellings, *_groups({one.key for one in spellings})])


@cache
def _like_names(name: str) -> Likeness:
    listed: Mapping[str, tuple[Candidate, ...]] = (negara if name == "negara" else load(name)).spellings()
    spellings = [Spelling(key, len(key), meant) for key, meant in listed.items()]
    return Likeness([*spellings, *_groups(set(listed))])


def _groups(others: set[str]) -> list[Spelling]:
    """Return the words for totals and rests: what is one of them, misspelt, is no name of the list."""
    return [Spelling(key, len(key), ()) for key in load(SPECIAL_GROUPS).spellings() if key not in others]


def codes_of(name: str, options: Mapping[str, Any] | None = None) -> dict[str, str]:
    """Return every code of a list with its name, as far as the options let them be meant."""
    options = options or {}
    if name == "wilayah":
        return {area.code: area.name for area in wilayah.within_area(options.get("within"), options.get("level"))}
    if name == "negara":
        return {code: candidate.name for code, candidate in negara.countries().items()}
    return {code.code: code.label for code in load(name)}


def check_wilayah_options(options: Mapping[str, Any]) -> None:
    """Raise MatcherOptionError unless the options are ones that `wilayah.match` takes."""
    for option, value in options.items():
        expected = {
            "level": list(get_args(wilayah.Level)),
            "unmarked": list(KINDS),
            "within": [code for code, area in wilayah.areas().items() if area.level == "provinsi"],
        }.get(option)
        if expected is None:
            raise MatcherOptionError(
                option,
                _("unknown option; the code list wilayah knows {options}", options=", ".join(sorted(WILAYAH_OPTIONS))),
            )
        if value not in expected:
            shown = ", ".join(expected[:4]) + (", ..." if len(expected) > 4 else "")
            raise MatcherOptionError(
                option, _("is {value!r}, expected one of: {expected}", value=value, expected=shown)
            )


__all__ = ["Matcher", "MatcherOptionError", "UnknownCodeList", "codes_of", "folded", "match_all", "matcher"]
