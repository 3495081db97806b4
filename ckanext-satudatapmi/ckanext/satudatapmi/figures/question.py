"""A question to the single data: words become an indicator, codes, periods and a day of knowledge."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Literal

from ckanext.satudatapmi.figures.registry import Indicator, dimensions, facets_of, indicators
from ckanext.satudatapmi.reference import wilayah
from ckanext.satudatapmi.reference.codelists import special_group
from ckanext.satudatapmi.reference.matchers import codes_of, matcher
from ckanext.satudatapmi.reference.periode import Period, parse_period
from ckanext.satudatapmi.text import _

Frequency = Literal["A", "S", "Q", "M", "D", "X"]
"""SDMX codes of the length of a period: year, half-year, quarter, month, day; X for any other span."""
LATEST = "latest"
FIRST_YEAR, LAST_YEAR = 1900, 2100
AGGREGATES = ("sum", "mean")
DEFAULT, ALL = "default", "all"
PARAMETERS = ("indicator", "by", "time", "facet", "vintage", "aggregate")
"""What a question may name beside the dimensions."""
QUARTER = re.compile(r"(\d{4})-?q([1-4])", re.IGNORECASE)
MONTH = re.compile(r"(\d{4})-(\d{2})")
MONTHS_OF: Mapping[str, int] = {"A": 12, "S": 6, "Q": 3, "M": 1}
"""How many months the periods of a frequency have."""
LENGTHS = {months: frequency for frequency, months in MONTHS_OF.items()}


class QuestionError(ValueError):
    """A parameter of a question that cannot be understood: its name, and what to write instead."""

    def __init__(self, parameter: str, message: str) -> None:
        super().__init__(message)
        self.parameter = parameter
        self.message = message


@dataclass(frozen=True)
class Question:
    """What is asked.

    Attributes:
        indicator: what is measured.
        codes: the code asked for by dimension, where it is not the total.
        by: the dimensions whose codes are asked for one by one.
        time: the span of days asked for; None for the last period that is there.
        frequency: length of the periods; None for every length.
        facet: `default` (the preferred one first), `all`, or the id of one.
        as_of: the day whose knowledge is asked for; None for today's.
        aggregate: `sum` or `mean` over what is found, or None.
    """

    indicator: Indicator
    codes: Mapping[str, str] = field(default_factory=dict)
    by: tuple[str, ...] = ()
    time: Period | None = None
    frequency: Frequency | None = "A"
    facet: str = DEFAULT
    as_of: date | None = None
    aggregate: str | None = None

    @property
    def of_one_period(self) -> bool:
        """Tell whether one period is asked for, the last one or a named one, and not a span of several."""
        return self.time is None or frequency_of(self.time.start, self.time.end) == self.frequency


def question_of(parameters: Mapping[str, Any]) -> Question:
    """Return the question that the parameters of a request ask.

    Args:
        parameters: `indicator`; the name or code of a value for each dimension asked for; `by`, a list of dimensions or
            a text with commas; `time` (`2022`, `2022-06`, `2022-Q1`, `Jan-Jun 2023`, `2019:2024`, `latest`); `facet`;
            `vintage` (`latest` or a day); `aggregate`.

    Raises:
        QuestionError: a parameter cannot be understood or is not known, or a name has no one meaning.
    """
    known = (*PARAMETERS, *dimensions())
    for name in parameters:
        # Passed over, it would be answered by the figure of another question.
        if name not in known:
            raise QuestionError(str(name), _one_of(str(name), known))
    name = str(parameters.get("indicator") or "placement")
    indicator = indicators().get(name)
    if indicator is None:
        raise QuestionError("indicator", _one_of(name, indicators()))
    by = _by(parameters.get("by"), indicator)
    codes = {
        dimension: code
        for dimension in dimensions()
        if parameters.get(dimension)
        and (code := code_of(dimension, str(parameters[dimension]))) != dimensions()[dimension].total
    }
    for name in by:
        if name in codes and not children_of(name, codes[name]):
            message = _("{name} does not divide further; leave it out, or leave out the breakdown", name=codes[name])
            raise QuestionError("by", message)
    time, frequency = _time(str(parameters.get("time") or LATEST))
    return Question(
        indicator,
        codes,
        by,
        time,
        frequency,
        _facet(str(parameters.get("facet") or DEFAULT), indicator),
        _as_of(str(parameters.get("vintage") or LATEST)),
        aggregate_of(parameters.get("aggregate")),
    )


def code_of(dimension: str, text: str) -> str:
    """Return the code that a name or a code means in a dimension.

    Raises:
        QuestionError: it has no meaning there, or several.
    """
    known = dimensions()[dimension]
    if text in codes_of(known.codes) or text in ("_T", "_O", "_U", "_Z"):
        return known.total if text == "_T" else text
    if special_group(text).code == "_T":
        return known.total
    match = matcher(known.codes)(text)
    if match.code is None:
        shown = ", ".join(f"{one.name} ({one.code})" for one in match.candidates)
        message = _("{text!r} has no one meaning here", text=text)
        hint = _("; write one of: {names}", names=shown) if shown else ""
        raise QuestionError(dimension, message + hint)
    return match.code


def children_of(dimension: str, parent: str) -> frozenset[str] | None:
    """Return the codes into which a code of a dimension divides; None for all codes of its list."""
    if dimensions()[dimension].codes != "wilayah":
        return None
    area = wilayah.areas().get(parent)
    level = "provinsi" if area is None or area.level == "nasional" else "kabupaten_kota"
    return frozenset(one.code for one in wilayah.within_area(parent, level))


def frequency_of(start: date, end: date) -> Frequency:
    """Return the length of a period by its SDMX code.

    >>> frequency_of(date(2023, 1, 1), date(2023, 6, 30))
    'S'
    """
    if start == end:
        return "D"
    months = (end.year - start.year) * 12 + end.month - start.month + 1
    whole = start.day == 1 and (end.month != _next(end).month) and (start.month - 1) % months == 0
    return LENGTHS.get(months, "X") if whole else "X"  # type: ignore[return-value]


def _next(day: date) -> date:
    return date.fromordinal(day.toordinal() + 1)


def _by(value: Any, indicator: Indicator) -> tuple[str, ...]:
    if value is not None and not isinstance(value, (str, list, tuple)):
        raise QuestionError("by", _one_of(str(value), indicator.breakdowns))
    names = value.split(",") if isinstance(value, str) else list(value or ())
    by = tuple(dict.fromkeys(str(name).strip() for name in names if str(name).strip()))
    for name in by:
        if name not in indicator.breakdowns:
            raise QuestionError("by", _one_of(name, indicator.breakdowns))
    return by


def _time(text: str) -> tuple[Period | None, Frequency | None]:
    if text.strip().casefold() == LATEST:
        return None, "A"
    left, _colon, right = text.partition(":")
    first, last = _period(left), _period(right or left)
    if first is None or last is None or first.start > last.end:
        expected = _("2022, 2022-06, 2022-Q1, Jan-Jun 2023, 2019:2024 or latest")
        raise QuestionError("time", _("{text!r} is no period; write it like {expected}", text=text, expected=expected))
    # From a day to a day is one period; from a year to a year are several of them.
    is_span = first.start == first.end and last.start == last.end
    return Period(first.start, last.end), frequency_of(first.start, last.end if is_span else first.end)


def _period(text: str) -> Period | None:
    years = [int(year) for year in re.findall(r"\d{4}", text)]
    if not years or not all(FIRST_YEAR <= year <= LAST_YEAR for year in years):
        return None
    plain = text.strip()
    if found := QUARTER.fullmatch(plain):
        return parse_period(f"triwulan {found[2]} {found[1]}")
    if (found := MONTH.fullmatch(plain)) and 1 <= int(found[2]) <= 12:
        first = date(int(found[1]), int(found[2]), 1)
        after = date(first.year + first.month // 12, first.month % 12 + 1, 1)
        return Period(first, date.fromordinal(after.toordinal() - 1))
    return parse_period(plain)


def _facet(text: str, indicator: Indicator) -> str:
    mine = [one.id for one in facets_of(indicator.id)]
    if text not in (DEFAULT, ALL, *mine):
        raise QuestionError("facet", _one_of(text, (DEFAULT, ALL, *mine)))
    return text


def _as_of(text: str) -> date | None:
    if text == LATEST:
        return None
    try:
        return date.fromisoformat(text.removeprefix("asof:").strip())
    except ValueError:
        raise QuestionError(
            "vintage", _("{text!r} is no day; write latest or a day like 2024-06-30", text=text)
        ) from None


def aggregate_of(value: Any) -> str | None:
    """Return the aggregate that a parameter names, None if it names none.

    Raises:
        QuestionError: it is no aggregate.
    """
    if value in (None, "", "none"):
        return None
    if value not in AGGREGATES:
        raise QuestionError("aggregate", _one_of(str(value), AGGREGATES))
    return str(value)


def _one_of(value: str, allowed: Sequence[str] | Mapping[str, Any]) -> str:
    return _("{value!r} is not known; write one of: {allowed}", value=value, allowed=", ".join(allowed))
