"""Names in a table to codes, each distinct name looked up once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ckanext.satudatapmi.reference import wilayah
from ckanext.satudatapmi.reference.codelists import TOTAL, special_group
from ckanext.satudatapmi.reference.matchers import matcher
from ckanext.satudatapmi.reference.matching import Match, MatchStatus
from ckanext.satudatapmi.tables.binding import is_total
from ckanext.satudatapmi.tables.description import FieldUse, TableDescription
from ckanext.satudatapmi.text import _


@dataclass(frozen=True)
class Named:
    """What a name was found to be: its code and official name, or the name as printed and the failed match."""

    code: str | None
    name: str | None
    failed: Match | None = None


class Namer:
    """Finds the codes of one coded field's names."""

    def __init__(self, use: FieldUse, description: TableDescription) -> None:
        self.use = use
        self.description = description
        self._seen: dict[tuple[str, str | None], Named] = {}

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
        match = matcher(self.use.known.codes or "", self.options(parent))(text)
        if match.found:
            return Named(match.code, match.name)
        group = special_group(text)
        return Named(group.code, group.name) if group.found else Named(None, text, match)

    def options(self, parent: str | None = None) -> dict[str, str]:
        """Return the options of the code list, a row's parent area put in."""
        options = dict(self.use.known.options)
        if self.use.known.parent and options.get("within") == self.use.known.parent:
            options.pop("within")
            if parent in wilayah.areas():
                options["within"] = str(parent)
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
