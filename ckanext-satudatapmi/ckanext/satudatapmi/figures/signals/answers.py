"""What the methods say of the figures that are published, as plain data, each with the figures that it rests on."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date
from typing import Any

import numpy as np

from ckanext.satudatapmi.figures.answering import Reader
from ckanext.satudatapmi.figures.question import Question
from ckanext.satudatapmi.figures.registry import dimensions, facets
from ckanext.satudatapmi.figures.signals import corridors as corridor_risks
from ckanext.satudatapmi.figures.signals import methods, nowcast, surges
from ckanext.satudatapmi.figures.signals.methods import Refusal
from ckanext.satudatapmi.figures.store.reading import Selection
from ckanext.satudatapmi.figures.words import label, plain_row

Row = Mapping[str, Any]
COMPLAINT, PLACEMENT, DESTINATION = "complaint", "placement", "destination"
YEARS_BACK = 5
"""How many years back placements are looked for where none of the period itself are published."""
NAMES = ("value", "ref_start", "ref_end", "vintage", "facet", "definition", "package_id", "resource_id", "file", "url")
"""What is told of a figure that a result rests on."""
STATISTICS = ("c1", "c2", "c3")


def surge_list(read: Reader, asked: Question) -> dict[str, Any]:
    """Return for each monthly series of counts what the methods of EARS say of each of its months.

    Args:
        read: reads figures.
        asked: what is counted, by which dimensions, known on which day.
    """
    rows = read(Selection((asked.indicator.id,), _codes(asked), frequency="M", as_of=asked.as_of))
    series: dict[int, list[Row]] = {}
    for row in rows:
        series.setdefault(row["series_id"], []).append(row)
    decided = methods.settings("surge")
    found = [_surges(sorted(ones, key=_start), asked.by, decided) for ones in series.values()]
    return {"method": methods.plain_method("surge"), "series": found}


def corridor_list(read: Reader, asked: Question) -> dict[str, Any]:
    """Return the countries by complaints per 1,000 placements.

    Placements are those of the same period; where none are published, those of the last year that has them.

    Args:
        read: reads figures.
        asked: the period; without one the last that has complaints by country.
    """
    complaints = _preferred(read(_selection(asked)))
    told: dict[str, Any] = {"method": methods.plain_method("corridor"), "mean": None, "corridors": []}
    if not complaints:
        return told | {"period": None, "refusal": Refusal("no_figure").plain()}
    first = next(iter(complaints.values()))
    placements = _placements(read, set(complaints), first["ref_start"], first["ref_end"], asked.as_of)
    counted = [
        corridor_risks.Counted(country, float(row["value"]), _value(placements.get(country)))
        for country, row in complaints.items()
    ]
    mean, judged = corridor_risks.corridors(counted, methods.settings("corridor"))
    found = [_plain_corridor(one, complaints, placements) for one in judged]
    period = {"ref_start": first["ref_start"].isoformat(), "ref_end": first["ref_end"].isoformat()}
    return told | {"period": period, "mean": _rounded(mean), "corridors": found, "refusal": None}


def year_estimate(read: Reader, asked: Question, today: date) -> dict[str, Any]:
    """Return what a year will come to.

    Args:
        read: reads figures.
        asked: what is counted, and the year; without one that of the day whose knowledge is asked for.
        today: the day, whose knowledge is asked for where none is named.
    """
    year = (asked.time.start if asked.time else asked.as_of or today).year
    indicator, as_of = asked.indicator.id, asked.as_of
    decided = methods.settings("nowcast")
    told: dict[str, Any] = {"method": methods.plain_method("nowcast"), "indicator": indicator, "year": year}
    spans = _to_dates(read, indicator, year, as_of)
    published = sorted(month for at, month in spans if at == year)
    if not published or published[-1] == nowcast.MONTHS:
        return told | {"estimate": None, "refusal": Refusal("complete" if published else "no_figure").plain()}
    # Of the first months that are published, the longest of which an earlier year has a share, too.
    shared = [month for month in published if _shared(spans, year, month)]
    months = (shared or published)[-1]
    years = _shared(spans, year, months)
    whole = (months, nowcast.MONTHS)
    former = [nowcast.Year(at, *(float(spans[at, month]["value"]) for month in whole)) for at in years]
    found = nowcast.nowcast(year, float(spans[year, months]["value"]), former, decided["years"])
    inputs = [spans[year, months], *(spans[at, month] for at in years for month in whole)]
    told |= {"months": months, "published_months": published[-1], "inputs": [_told(row) for row in inputs]}
    if isinstance(found, Refusal):
        return told | {"estimate": None, "refusal": found.plain()}
    return told | {
        "estimate": round(found.estimate),
        "share": round(found.share, 6),
        "years": list(found.years),
        "tested": [{"year": one.year, "estimate": round(one.estimate), "total": one.total} for one in found.tested],
        "mape": _rounded(found.mape),
        "untested": None if found.tested else Refusal("no_backtest").plain(),
        "seasonal": _seasonal(read, indicator, year, as_of, decided["seasonal"]),
        "refusal": None,
    }


def _codes(asked: Question) -> dict[str, Collection[str] | None]:
    return {**{name: (code,) for name, code in asked.codes.items()}, **dict.fromkeys(asked.by)}


def _selection(asked: Question) -> Selection:
    """Return the selection of one period, the last one where none is named; whatever its length."""
    codes, indicators = _codes(asked), (asked.indicator.id,)
    if asked.time is None:
        return Selection(indicators, codes, last=True, as_of=asked.as_of)
    return Selection(indicators, codes, asked.time.start, asked.time.end, frequency=asked.frequency, as_of=asked.as_of)


def _surges(rows: Sequence[Row], by: Sequence[str], decided: Mapping[str, Any]) -> dict[str, Any]:
    """Return what is said of the months of a series; a month between two that no row is of has no figure."""
    first, last = (_number(rows[at]["ref_start"]) for at in (0, -1))
    counts = np.full((1, last - first + 1), np.nan)
    by_month = {_number(row["ref_start"]) - first: row for row in rows}
    for at, row in by_month.items():
        counts[0, at] = np.nan if row["value"] is None else float(row["value"])
    found = surges.ears(counts, decided)
    alarms = found.alarms(decided)
    periods = []
    for at in range(counts.shape[1]):
        told = {name: _rounded(getattr(found, name)[0, at]) for name in STATISTICS}
        told |= {"alarms": [name for name in STATISTICS if alarms[name][0, at]], "limit": _rounded(found.limit[0, at])}
        told |= {"month": _month_of(first + at), "value": _rounded(counts[0, at])}
        refusal = _why_not(counts, found, at, decided)
        figure = _told(by_month[at]) if at in by_month else None
        periods.append(told | {"refusal": refusal.plain() if refusal else None, "figure": figure})
    facet = facets()[rows[0]["facet"]]
    places = {name: {"code": rows[0][name], "label": dict(label(name, rows[0][name]))} for name in by}
    return {"facet": facet.id, "title": dict(facet.title), "codes": places, "periods": periods}


def _why_not(counts: surges.Matrix, found: surges.Ears, at: int, decided: Mapping[str, Any]) -> Refusal | None:
    if np.isnan(counts[0, at]):
        return Refusal("no_figure")
    if found.before.points[0, at] < decided["least"]:
        return Refusal("too_few", {"needed": decided["least"], "held": int(found.before.points[0, at])})
    return Refusal("no_cases") if np.isnan(found.c1[0, at]) else None


def _placements(read: Reader, countries: set[str], start: date, end: date, as_of: date | None) -> dict[str, Row]:
    """Return the placements to each country in a period, else in the last year that has a figure of it."""
    codes = {DESTINATION: None}
    found = _preferred(read(Selection((PLACEMENT,), codes, start, end, frequency="X", as_of=as_of)))
    for year in range(start.year, start.year - YEARS_BACK, -1):
        if countries <= found.keys():
            break
        of_year = Selection((PLACEMENT,), codes, date(year, 1, 1), date(year, 12, 31), frequency="A", as_of=as_of)
        found = _preferred(read(of_year)) | found
    return found


def _plain_corridor(
    one: corridor_risks.Corridor, complaints: Mapping[str, Row], placements: Mapping[str, Row]
) -> dict[str, Any]:
    country = one.counted.country
    placed = placements.get(country)
    same = placed is not None and placed["ref_end"] == complaints[country]["ref_end"]
    return {
        "destination": {"code": country, "label": dict(label(DESTINATION, country))},
        "rate": _rounded(one.rate),
        "lower": _rounded(one.lower),
        "upper": _rounded(one.upper),
        "verdict": one.verdict,
        "complaints": _told(complaints[country]),
        "placements": _told(placed) if placed else None,
        "same_period": same if placed else None,
        "refusal": one.refusal.plain() if one.refusal else None,
    }


def _to_dates(read: Reader, indicator: str, year: int, as_of: date | None) -> dict[tuple[int, int], Row]:
    """Return the figures from January to the end of a month, by year and month.

    They are of one facet: the first in rank of those that have a figure of the year.
    """
    first = date(year - YEARS_BACK, 1, 1)
    rows = [
        row
        for row in read(Selection((indicator,), start=first, end=date(year, 12, 31), as_of=as_of))
        if row["value"] is not None and _is_to_date(row["ref_start"], row["ref_end"])
    ]
    of_year = [row for row in rows if row["ref_start"].year == year]
    if not of_year:
        return {}
    facet = min(of_year, key=_rank)["facet"]
    return {(row["ref_start"].year, row["ref_end"].month): row for row in rows if row["facet"] == facet}


def _shared(spans: Mapping[tuple[int, int], Row], year: int, months: int) -> list[int]:
    """Return the years before one that have a figure of their first months and one of the whole."""
    return sorted(at for at, month in spans if at < year and month == months and (at, nowcast.MONTHS) in spans)


def _is_to_date(start: date, end: date) -> bool:
    return (start.month, start.day, start.year) == (1, 1, end.year) and end.day == monthrange(end.year, end.month)[1]


def _seasonal(read: Reader, indicator: str, year: int, as_of: date | None, least: int) -> dict[str, Any]:
    """Return the estimate of the model with seasons: the months that are published, and the others by the model."""
    rows = read(Selection((indicator,), end=date(year, 12, 31), frequency="M", as_of=as_of))
    months = {
        _number(row["ref_start"]): float(row["value"]) for row in sorted(rows, key=_rank, reverse=True) if row["value"]
    }
    estimated = nowcast.seasonal(months, least)
    if isinstance(estimated, Refusal):
        return {"estimate": None, "refusal": estimated.plain()}
    of_year = range(year * nowcast.MONTHS, (year + 1) * nowcast.MONTHS)
    every = estimated | months
    complete = all(number in every for number in of_year)
    total = round(sum(every[number] for number in of_year)) if complete else None
    return {"estimate": total, "refusal": None if complete else Refusal("no_figure").plain()}


def _preferred(rows: Iterable[Row]) -> dict[str, Row]:
    """Return a figure of each country: that of the facet ranked first; those without a number are left out."""
    held = [row for row in rows if row["value"] is not None]
    return {row[DESTINATION]: row for row in sorted(held, key=_rank, reverse=True)}


def _rank(row: Row) -> int:
    return facets()[row["facet"]].rank


def _start(row: Row) -> date:
    return row["ref_start"]


def _told(row: Row) -> dict[str, Any]:
    codes = {name: row[name] for name, one in dimensions().items() if row[name] != one.total}
    return plain_row({name: row[name] for name in NAMES}) | {"row": row["source_row"], "codes": codes}


def _value(row: Row | None) -> float | None:
    return float(row["value"]) if row else None


def _rounded(value: Any) -> float | None:
    return None if value is None or np.isnan(value) else round(float(value), 3)


def _number(day: date) -> int:
    """Return the number of a month, counted from January of the year 0."""
    return day.year * nowcast.MONTHS + day.month - 1


def _month_of(number: int) -> str:
    return f"{number // nowcast.MONTHS:04d}-{number % nowcast.MONTHS + 1:02d}"
