"""What a query for observations asks for, and how the two versions of SDMX REST write it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime

from ckanext.satudatapmi.figures.exports.layout import (
    ALL_DIMENSIONS,
    TIME,
    Layout,
    attribute_ids,
    dimension_ids,
)
from ckanext.satudatapmi.figures.exports.periods import days_of
from ckanext.satudatapmi.figures.exports.sdmx_structure import MEASURE
from ckanext.satudatapmi.figures.sdmx.errors import NOT_IMPLEMENTED, SEMANTIC, SYNTAX, SdmxError
from ckanext.satudatapmi.figures.sdmx.terms import VINTAGE, Filter, alternatives_of, keys_of, time_range
from ckanext.satudatapmi.text import _

COMPONENT = re.compile(r"c\[(.+)\]")
DETAILS = ("full", "dataonly", "serieskeysonly", "nodata")
ATTRIBUTES_OF = {"dsd": True, "all": True, "obs": True, "none": False, "msd": False, "dataset": False, "series": False}
"""Whether our attributes, which all stand at the observation, are among those that a word of REST 2.0 asks for."""
COMMON = (
    "updatedAfter",
    "firstNObservations",
    "lastNObservations",
    "dimensionAtObservation",
    "includeHistory",
    "asOf",
)
KNOWN = {
    "2.1": (*COMMON, "startPeriod", "endPeriod", "detail"),
    "3.0": (*COMMON, "attributes", "measures"),
}
"""Parameters by version of SDMX; SDMX 3.0 has filters by component beside them."""
NOT_YET = ("offset", "limit", "sort", "reportingYearStartDay")
"""Parameters of REST 2.2 that are not implemented."""

Parameters = Mapping[str, str]


@dataclass(frozen=True)
class DataQuery:
    """Which observations are asked for, and how they are laid out.

    Attributes:
        keys: conditions one of which has to hold.
        filters: conditions all of which have to hold.
        include_history: whether every vintage is asked for; else the latest alone, unless there are conditions on
            vintages.
        as_of: the day whose knowledge is asked for; None for today's.
        updated_after: the moment (UTC, without a zone) after which figures were recorded; None for any.
        first, last: how many periods are asked for at most, from the beginning and from the end of each series.
        layout: of the message.
    """

    keys: tuple[Filter, ...] = ({},)
    filters: Filter = field(default_factory=dict)
    include_history: bool = False
    as_of: date | None = None
    updated_after: datetime | None = None
    first: int | None = None
    last: int | None = None
    layout: Layout = field(default_factory=Layout)

    @property
    def history(self) -> bool:
        """Whether other vintages than the latest are told: who names vintages means these."""
        return self.include_history or any(VINTAGE in one for one in (*self.keys, self.filters))


def data_query_2_1(key: str, given: Parameters) -> DataQuery:
    """Return what a query of REST 1.5 asks for.

    Args:
        key: as the address writes it.
        given: the parameters by name.

    Raises:
        SdmxError: it cannot be understood.
    """
    require_known(given, KNOWN["2.1"])
    detail = one_of("detail", given.get("detail", "full"), DETAILS)
    layout = _common_layout(given)
    if detail != "full":
        layout = replace(layout, attributes=())
    if detail in ("serieskeysonly", "nodata"):
        layout = _series_alone(layout)
    filters = time_range(given.get("startPeriod"), given.get("endPeriod"))
    return _query(keys_of(key, whole=True), filters, given, layout)


def data_query_3_0(key: str, given: Parameters) -> DataQuery:
    """Return what a query of REST 2.0 asks for; see `data_query_2_1`."""
    require_known([name for name in given if not COMPONENT.fullmatch(name)], (*KNOWN["3.0"], "c[...]"))
    layout = replace(
        _common_layout(given),
        attributes=_attributes(given.get("attributes", "dsd").split(",")),
        measure=_measure(given.get("measures", "all").split(",")),
    )
    if not layout.told and layout.at_observation != ALL_DIMENSIONS:
        layout = _series_alone(layout)
    filters = {found[1]: alternatives_of(found[1], text) for found, text in _filters(given)}
    return _query(keys_of(key, whole=False), filters, given, layout)


def require_known(given: Iterable[str], known: Sequence[str]) -> None:
    """Refuse a query with a parameter that is not known: an answer without it would be to another question.

    Raises:
        SdmxError: there is one.
    """
    for name in given:
        if name in NOT_YET:
            raise SdmxError(NOT_IMPLEMENTED, _("The parameter {name} is not implemented; leave it out.", name=name))
        if name not in known:
            message = _("There is no parameter {name} here; write one of: {known}.", name=name, known=", ".join(known))
            raise SdmxError(SYNTAX, message)


def _query(keys: tuple[Filter, ...], filters: Filter, given: Parameters, layout: Layout) -> DataQuery:
    updated_after = _moment(given["updatedAfter"]) if "updatedAfter" in given else None
    return DataQuery(
        keys,
        filters,
        one_of("includeHistory", given.get("includeHistory", "false").lower(), ("true", "false")) == "true",
        _day(given["asOf"]) if "asOf" in given else None,
        updated_after,
        _count("firstNObservations", given),
        _count("lastNObservations", given),
        replace(layout, action="Replace") if updated_after else layout,
    )


def _filters(given: Parameters) -> list[tuple[re.Match[str], str]]:
    return [(found, text) for name, text in given.items() if (found := COMPONENT.fullmatch(name))]


def _common_layout(given: Parameters) -> Layout:
    wanted = given.get("dimensionAtObservation", TIME)
    return Layout(one_of("dimensionAtObservation", wanted, (*dimension_ids(), ALL_DIMENSIONS)))


def _series_alone(layout: Layout) -> Layout:
    if layout.at_observation not in (TIME, ALL_DIMENSIONS):
        message = _("Series without observations are told with {time} at the observation alone.", time=TIME)
        raise SdmxError(NOT_IMPLEMENTED, message)
    return replace(layout, at_observation=TIME, measure=False, observations=False)


def _attributes(words: Sequence[str]) -> tuple[str, ...]:
    for word in words:
        one_of("attributes", word, (*ATTRIBUTES_OF, *attribute_ids()))
    if any(ATTRIBUTES_OF.get(word) for word in words):
        return attribute_ids()
    return tuple(name for name in attribute_ids() if name in words)


def _measure(words: Sequence[str]) -> bool:
    for word in words:
        one_of("measures", word, ("all", "none", MEASURE))
    return words != ["none"]


def one_of(name: str, value: str, allowed: Sequence[str]) -> str:
    """Return the value of a parameter.

    Raises:
        SdmxError: it is none of those that are allowed.
    """
    if value not in allowed:
        message = _("{name} is {value}; write one of: {allowed}.", name=name, value=value, allowed=", ".join(allowed))
        raise SdmxError(SEMANTIC, message)
    return value


def _count(name: str, given: Parameters) -> int | None:
    value = given.get(name)
    if value is None:
        return None
    if not (value.isascii() and value.isdecimal() and len(value) < 10 and int(value)):
        raise SdmxError(SYNTAX, _("{name} is {value}; expected a whole number from 1.", name=name, value=repr(value)))
    return int(value)


def _day(text: str) -> date:
    try:
        return days_of(text.replace(" ", "+"))[1]
    except ValueError:
        raise _no_moment("asOf", text) from None


def _moment(text: str) -> datetime:
    """Return a moment in UTC; the zone is +07:00 in an address that writes + as it is, for there it means a space."""
    try:
        moment = datetime.fromisoformat(text.replace(" ", "+"))
        return moment.astimezone(UTC).replace(tzinfo=None) if moment.tzinfo else moment
    except (ValueError, OverflowError):
        raise _no_moment("updatedAfter", text) from None


def _no_moment(name: str, text: str) -> SdmxError:
    message = _("{name} is {value}; write a moment like 2024-06-30T08:00:00Z.", name=name, value=repr(text))
    return SdmxError(SYNTAX, message)
