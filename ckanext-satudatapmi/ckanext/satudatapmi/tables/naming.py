"""Names in a table to codes, each distinct name looked up once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ckanext.satudatapmi.reference import wilayah
from ckanext.satudatapmi.reference.codelists import TOTAL, special_group
from ckanext.satudatapmi.reference.learned import NOTHING_LEARNED, Learned, NameSeen, context_of
from ckanext.satudatapmi.reference.matchers import folded, match_all
from ckanext.satudatapmi.reference.matching import Match, MatchStatus
from ckanext.satudatapmi.tables.binding import is_total
from ckanext.satudatapmi.tables.description import FieldUse, TableDescription
from ckanext.satudatapmi.text import _


@dataclass(frozen=True)
class Named:
    """What a name was found to be: its code and official name, or the name as printed; none has a match if it is none.

    Attributes:
        match: with the code list; None for a total, a rest or nothing.
    """

    code: str | None
    name: str | None
    match: Match | None = None

    @property
    def failed(self) -> Match | None:
        """The match, if it gave no code."""
        return self.match if self.code is None else None


class Namer:
    """Finds the codes of one coded field's names."""

    def __init__(self, use: FieldUse, description: TableDescription, learned: Learned = NOTHING_LEARNED) -> None:
        self.use = use
        self.description = description
        self.learned = learned
        self._seen: dict[tuple[str, str | None], Named] = {}
        self._matches: dict[tuple[str, str | None], Match] = {}

    def prepare(self, names: Iterable[tuple[str, str | None]]) -> None:
        """Match many names at once, which is faster: texts, each with its parent."""
        texts: dict[str | None, list[str]] = defaultdict(list)
        for text, parent in dict.fromkeys(names):
            texts[parent].append(text)
        for parent, some in texts.items():
            self._matches |= {(text, parent): match for text, match in self._match(some, parent).items()}

    def _match(self, texts: Iterable[str], parent: str | None) -> dict[str, Match]:
        return match_all(self.use.known.codes or "", texts, self.options(parent), self.learned)

    def __call__(self, text: str, parent: str | None = None) -> Named:
        """Return the meaning of a name, inside the area `parent` if the field's names lie within another field's."""
        key = (text, parent)
        if key not in self._seen:
            self._seen[key] = self._find(text, parent)
        return self._seen[key]

    def _find(self, text: str, parent: str | None) -> Named:
        if not text:
            return Named(None, None)
        if is_total(text, self.description):
            return self._total(parent)
        match = self._matches.get((text, parent)) or self._match([text], parent)[text]
        if match.found:
            return Named(match.code, match.name, match)
        group = special_group(text)
        return Named(group.code, group.name) if group.found else Named(None, text, match)

    def seen(
        self,
        names: Iterable[tuple[str, str | None]],
        places: Iterable[tuple[int, str, str]],
        counts: Iterable[int],
    ) -> tuple[NameSeen, ...]:
        """Return what distinct texts, each with its parent, were found to be, where they are names; see NameSeen.

        Args:
            names: the texts with their parents.
            places: row, column and text of the first of each.
            counts: how many figures each stands beside.
        """
        codes = self.use.known.codes or ""
        return tuple(
            NameSeen(
                self.use.name,
                codes,
                context_of(self.options(parent)),
                folded(codes, text),
                match,
                row,
                column,
                int(count),
            )
            for (text, parent), (row, column, _text), count in zip(names, places, counts, strict=True)
            if (match := self(text, parent).match) is not None
        )

    def options(self, parent: str | None = None) -> dict[str, str]:
        """Return the options of the code list, a row's parent area put in."""
        options = dict(self.use.known.options)
        if self.use.known.parent and options.get("within") == self.use.known.parent:
            options.pop("within")
            area = wilayah.areas().get(str(parent))
            if area is not None and area.level == "provinsi":
                options["within"] = area.code
        return options

    def _total(self, parent: str | None) -> Named:
        """Return the code of a total: the whole that areas lie within, elsewhere SDMX's `_T`."""
        if self.use.known.codes == "wilayah":
            whole = wilayah.areas().get(str(self.options(parent).get("within"))) or wilayah.areas()[wilayah.INDONESIA]
            return Named(whole.code, whole.name)
        total = special_group(TOTAL)
        return Named(total.code, total.name)


def hint(match: Match, use: FieldUse) -> str:
    """Return what to do about a name that has no one meaning."""
    shown = _listed([str(candidate) for candidate in match.candidates])
    if match.status is MatchStatus.AMBIGUOUS:
        advice = _("it may mean {candidates}; write the kind, or say which is meant", candidates=shown)
        if use.known.codes == "wilayah":
            advice += _(" with `unmarked`, `level` or `within`")
        return advice
    if shown:
        return _("did you mean {candidates}?", candidates=shown)
    return _("add the spelling to the code list {codes} if it is right", codes=use.known.codes or "")


def _listed(names: Sequence[str]) -> str:
    return _(" or ").join(filter(None, (", ".join(names[:-1]), names[-1]))) if names else ""
