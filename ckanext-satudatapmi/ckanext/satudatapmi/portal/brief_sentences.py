"""Sentences of the monthly brief: published figures in the patterns of schemas/brief.yaml, and nothing else.

What may be compared is decided here once: figures of one series that count the same thing and stand in one edition. Of
others the sentence says both and why it gives no rate.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import ckan.plugins.toolkit as tk
from babel.lists import format_list

from ckanext.satudatapmi.figures.comparing import comparable
from ckanext.satudatapmi.figures.months import Month, time_of
from ckanext.satudatapmi.figures.registry import definitions, dimensions, facets, indicators
from ckanext.satudatapmi.figures.words import label, unit_label
from ckanext.satudatapmi.portal.breakdowns import Figure
from ckanext.satudatapmi.portal.indicators import ALL_TIMES, Ask, broken
from ckanext.satudatapmi.schemas import vocabularies

YEAR, MONTH, MOMENT, MOST, ROSE = "year", "month", "moment", "most", "rose"
YEARS_OF_MONTHS = 2
"""How many years of months are asked for, to find the one of a year before."""


@dataclass(frozen=True)
class Sentence:
    """A sentence and what it rests on.

    Attributes:
        text: in the page's language.
        asked: the parameters by which `/angka` shows its figures.
        sources: the row of each figure, as pmi_query gives it, with the day of publication.
    """

    text: str
    asked: Mapping[str, str]
    sources: Sequence[Mapping[str, Any]] = field(default_factory=tuple)


@cache
def document() -> Mapping[str, Any]:
    """Return schemas/brief.yaml."""
    return vocabularies.read_yaml("brief.yaml")


def obstacle(figure: Figure, former: Figure) -> str:
    """Return what keeps a figure from being compared with a former one of its series: redefined, edition, or ""."""
    known = definitions()
    if not comparable(known[figure["definition"]], known[former["definition"]]).equal:
        return "redefined"
    return "" if _edition(figure) == _edition(former) else "edition"


def sentences(wanted: Mapping[str, Any], month: Month, ask: Ask) -> list[Sentence]:
    """Return what an entry of a part says of a month: nothing, where no figure of it was published then.

    Args:
        wanted: of schemas/brief.yaml.
        month: by whose end its figures were known.
        ask: calls an action.
    """
    return list(SAID[wanted["say"]](wanted, month, ask))


def restated(change: Mapping[str, Any], month: Month) -> Sentence:
    """Return what a restated figure was before.

    Args:
        change: as pmi_change_list gives it.
        month: in which it was published.
    """
    codes = {name: change[name] for name, one in dimensions().items() if change[name] != one.total}
    facts = {
        "what": " · ".join(map(_in_language, (_label(change), *(label(name, code) for name, code in codes.items())))),
        "period": tk.h.satudata_period(change["ref_start"], change["ref_end"]),
        "value": tk.h.satudata_number(change["value"]),
        "former": tk.h.satudata_number(change["former_value"]),
        "unit": _unit(change),
        "difference": "" if change["difference"] is None else tk.h.satudata_signed(change["difference"]),
    }
    asked = {"indicator": change["indicator"], **codes, "facet": change["facet"]}
    asked |= {"time": time_of(change["ref_start"], change["ref_end"]), "vintage": month.last.isoformat()}
    place = {name: change[name] for name in ("package_id", "resource_id", "file", "sheet", "vintage")}
    return Sentence(_filled(_kind_of(change), facts), asked, [place | {"row": change["source_row"]}])


def _kind_of(change: Mapping[str, Any]) -> str:
    if change["value"] is None:
        return "withdrawn"
    if change["former_value"] is None:
        return "given_again"
    return "restated_redefined" if change["redefined"] else "restated"


def _of_whole(wanted: Mapping[str, Any], month: Month, ask: Ask) -> Iterator[Sentence]:
    """Yield the last figure that was published in the month beside the one of a year before, then all others of it."""
    known = {**wanted["ask"], "vintage": month.last.isoformat()}
    answer = ask("pmi_query", {**known, "time": _span(wanted["say"], month)})
    figures = [one for one in answer["preferred"] if one["value"] is not None and month.has(one["vintage"])]
    if not figures:
        return
    *others, last = sorted(figures, key=lambda one: (one["ref_end"], one["ref_start"]))
    former = _year_before(last, answer)
    shown = [one for one in (former, last) if one]
    yield Sentence(_beside(last, former), {**known, "time": _time_of_all(shown)}, [*map(_source, reversed(shown))])
    others = [one for one in others if one != former]
    if others:
        told = _listed(f"{_period(one)} ({_number(one)})" for one in others)
        text = _filled("also", {"figures": told})
        yield Sentence(text, {**known, "time": _time_of_all(others)}, [*map(_source, others)])


def _span(say: str, month: Month) -> str:
    return f"{month.year - YEARS_OF_MONTHS}-{month.number:02}:{month.name}" if say == MONTH else ALL_TIMES


def _year_before(figure: Figure, answer: Mapping[str, Any]) -> Figure | None:
    """Return the figure of a year before in the same series, None where no number of it is published."""
    ends = [f"{int(figure[name][:4]) - 1}{figure[name][4:]}" for name in ("ref_start", "ref_end")]
    all_figures = (one for cell in answer["cells"] for one in cell["figures"])
    return next((one for one in all_figures if _is_of(one, figure, ends) and one["value"] is not None), None)


def _is_of(one: Figure, figure: Figure, ends: Sequence[str]) -> bool:
    # Of February only the beginning is that of a year before.
    is_month = figure["ref_start"][:7] == figure["ref_end"][:7] and figure["ref_start"] != figure["ref_end"]
    same_end = one["ref_end"][:7] == ends[1][:7] if is_month else one["ref_end"] == ends[1]
    return one["facet"] == figure["facet"] and one["ref_start"] == ends[0] and same_end


def _beside(figure: Figure, former: Figure | None) -> str:
    facts = _facts(figure, former)
    if former is None:
        return _filled("alone", facts)
    if kind := obstacle(figure, former):
        return _filled(kind, facts)
    if not former["value"]:
        return _filled("zero", facts)
    percent = round(100 * (figure["value"] - former["value"]) / former["value"], 1)
    kind = "more" if percent > 0 else "less" if percent < 0 else "same"
    return _filled(kind, facts | {"percent": tk.h.satudata_number(abs(percent))})


def _most(wanted: Mapping[str, Any], month: Month, ask: Ask) -> Iterator[Sentence]:
    """Yield the largest of a breakdown, if one of them was published in the month."""
    found, by = _broken(wanted, month, ask)
    if found is None:
        return
    top = found.figures[: wanted["top"]]
    told = _listed(f"{_place(one, by)} ({_number(one)})" for one in top)
    facts = _facts(top[0]) | {"dimension": _in_language(dimensions()[by].label).lower(), "figures": told}
    yield Sentence(_filled("most", facts), found.asked, [*map(_source, top)])


def _rose(wanted: Mapping[str, Any], month: Month, ask: Ask) -> Iterator[Sentence]:
    """Yield who rose most since the year before, or why that cannot be said."""
    found, by = _broken(wanted, month, ask)
    if found is None:
        return
    first = found.figures[0]
    asked = {**found.asked, "facet": first["facet"]}
    year = int(first["ref_start"][:4]) - 1
    before = ask("pmi_query", {**asked, "time": str(year)})["preferred"]
    formers = {one["codes"][by]["code"]: one for one in before if one["value"] is not None}
    pairs = [(one, formers[code]) for one in found.figures if (code := one["codes"][by]["code"]) in formers]
    if pairs:
        text, figures = _risen(pairs, by)
        yield Sentence(text, {**asked, "time": f"{year}:{year + 1}"}, [*map(_source, figures)])


def _risen(pairs: Sequence[tuple[Figure, Figure]], by: str) -> tuple[str, Sequence[Figure]]:
    compared = [pair for pair in pairs if not obstacle(*pair)]
    if not compared:
        return _filled(f"rose_{obstacle(*pairs[0])}", _facts(*pairs[0])), pairs[0]
    # The first of equals, whose order is that of their figures.
    figure, former = max(compared, key=lambda pair: pair[0]["value"] - pair[1]["value"])
    difference = figure["value"] - former["value"]
    facts = _facts(figure, former) | {"place": _place(figure, by), "count": tk.h.satudata_number(len(compared))}
    kind = "rose" if difference > 0 else "none_rose"
    return _filled(kind, facts | {"difference": tk.h.satudata_number(difference)}), (figure, former)


def _broken(wanted: Mapping[str, Any], month: Month, ask: Ask) -> tuple[Any, str]:
    asked = dict(wanted["ask"]) | {"vintage": month.last.isoformat()}
    by = asked.pop("by")
    found = broken(asked, by, ask)
    is_new = found and any(month.has(one["vintage"]) for one in found.figures)
    return (found if is_new else None), by


SAID: Mapping[str, Callable[[Mapping[str, Any], Month, Ask], Iterator[Sentence]]] = {
    YEAR: _of_whole,
    MONTH: _of_whole,
    MOMENT: _of_whole,
    MOST: _most,
    ROSE: _rose,
}


def _facts(figure: Figure, former: Figure | None = None) -> dict[str, str]:
    """Return what patterns name of a figure and of the former one."""
    facts = {"what": _in_language(_label(figure)), "unit": unit_label(figure["unit"]), "value": _number(figure)}
    facts |= _about(figure)
    if former:
        facts |= {f"former_{name}": text for name, text in _about(former).items()} | {"former": _number(former)}
    return facts


def _about(figure: Figure) -> dict[str, str]:
    meaning = _in_language(definitions()[figure["definition"]].title)
    return {"period": _period(figure), "day": tk.h.satudata_date(figure["vintage"]), "meaning": meaning}


def _filled(pattern: str, facts: Mapping[str, str]) -> str:
    return _in_language(document()["patterns"][pattern]).format(**facts)


def _in_language(words: Mapping[str, str]) -> str:
    return tk.h.satudata_in_language(words)


def _label(figure: Mapping[str, Any]) -> Mapping[str, str]:
    return indicators()[facets()[figure["facet"]].indicator].label


def _unit(figure: Mapping[str, Any]) -> str:
    return unit_label(indicators()[facets()[figure["facet"]].indicator].unit)


def _place(figure: Figure, by: str) -> str:
    return _in_language(figure["codes"][by]["label"])


def _period(figure: Figure) -> str:
    return tk.h.satudata_period(figure["ref_start"], figure["ref_end"])


def _number(figure: Figure) -> str:
    return tk.h.satudata_number(figure["value"])


def _listed(items: Iterator[str]) -> str:
    return format_list(list(items), locale=tk.h.satudata_language())


def _time_of_all(figures: Sequence[Figure]) -> str:
    """Return the time from the first of some figures of one length to the last."""
    times = [time_of(one["ref_start"], one["ref_end"]) for one in figures]
    return times[0] if len(times) == 1 else f"{times[0]}:{times[-1]}"


def _edition(figure: Figure) -> tuple[str, str]:
    return figure["vintage"], figure["source"]["sha256"]


def _source(figure: Figure) -> dict[str, Any]:
    return {**figure["source"], "vintage": figure["vintage"], "vintage_assumed": figure["vintage_assumed"]}
