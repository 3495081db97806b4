"""Why a search found a dataset: the words that match in what is shown of it, and what else they were taken for."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass

from ckanext.satudatapmi.portal.search_index import BEGIN, END

MARKED = re.compile(f"{BEGIN}([^{END}]*){END}")
COLUMNS_AT_MOST = 5


@dataclass(frozen=True)
class Part:
    """A piece of a text, and whether it matches the search."""

    text: str
    marked: bool


Parts = tuple[Part, ...]


@dataclass(frozen=True)
class Match:
    """Where a dataset matches a search.

    Attributes:
        title: the whole title, () where nothing in it matches.
        notes: the part of the description that matches, likewise.
        columns: the columns of its tables that match.
        files: the names of its files that match.
        reasons: words of the search, and those that match because they mean the same.
    """

    title: Parts = ()
    notes: Parts = ()
    columns: tuple[Parts, ...] = ()
    files: tuple[Parts, ...] = ()
    reasons: tuple[tuple[str, str], ...] = ()


def parts_of(text: str) -> Parts:
    """Return a text in pieces, those that match apart from the others.

    >>> parts_of("Data \\ue000PMI\\ue001")
    (Part(text='Data ', marked=False), Part(text='PMI', marked=True))
    """
    pieces = MARKED.split(text)
    return tuple(Part(piece, place % 2 == 1) for place, piece in enumerate(pieces) if piece)


def matches(
    marked: Mapping[str, Mapping[str, Sequence[str]]], explain: Callable[[Collection[str]], Mapping[str, str]]
) -> dict[str, Match]:
    """Return where datasets match a search, by id.

    Args:
        marked: by id and field, the texts with what matches between BEGIN and END.
        explain: returns, for words that are none of the search's, those of its words that mean the same.
    """
    words = {word for fields in marked.values() for word in _words(fields)}
    meant = explain(words)
    return {id_: _match(fields, meant) for id_, fields in marked.items()}


def _match(fields: Mapping[str, Sequence[str]], meant: Mapping[str, str]) -> Match:
    reasons: dict[str, dict[str, str]] = {}
    for word in _words(fields):
        if word in meant:
            reasons.setdefault(meant[word], {}).setdefault(word.casefold(), word)
    return Match(
        title=parts_of("".join(fields.get("title", ()))),
        notes=parts_of(" … ".join(fields.get("notes", ()))),
        columns=_lines(fields.get("column", ())),
        files=_lines(fields.get("res_name", ())),
        reasons=tuple((asked, ", ".join(words.values())) for asked, words in reasons.items()),
    )


def _lines(texts: Sequence[str]) -> tuple[Parts, ...]:
    return tuple(parts_of(text) for text in dict.fromkeys(texts))[:COLUMNS_AT_MOST]


def _words(fields: Mapping[str, Sequence[str]]) -> list[str]:
    return [word for texts in fields.values() for text in texts for word in MARKED.findall(text)]
