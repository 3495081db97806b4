"""One way to ask any code list: a name goes in, a `Match` comes out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, get_args

from ckanext.satudatapmi.reference import negara, wilayah
from ckanext.satudatapmi.reference.codelists import UnknownCodeList, load
from ckanext.satudatapmi.reference.matching import Match
from ckanext.satudatapmi.text import _

Matcher = Callable[[str], Match]
WILAYAH_OPTIONS = frozenset({"level", "within", "unmarked"})
KINDS = ("kabupaten", "kota")


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


__all__ = ["Matcher", "MatcherOptionError", "UnknownCodeList", "codes_of", "matcher"]
