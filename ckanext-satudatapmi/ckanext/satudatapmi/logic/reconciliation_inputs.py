"""What is asked of a method of reconciliation: questions to the single data, or numbers that were handed in."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from functools import partial
from typing import Any

import ckan.plugins.toolkit as tk
from sqlalchemy.engine import Connection

from ckanext.satudatapmi.figures import answering, question
from ckanext.satudatapmi.figures.reconciliation import chain, combining, cross, fitting, lists, mirror, stock
from ckanext.satudatapmi.figures.reconciliation.result import Input, Result
from ckanext.satudatapmi.figures.registry import dimensions, facets
from ckanext.satudatapmi.figures.store import reading
from ckanext.satudatapmi.figures.words import plain_figure
from ckanext.satudatapmi.logic.figure_links import RowLinks

MOST_FIGURES = 60
"""How many figures a method takes at most, and how many questions it may ask."""
MOST_LISTS, MOST_COUNT = 6, 10**9
BESIDE = ("sign", "rse", "marks", "reconcile")
"""What stands beside the question that names an input."""
Asked = Mapping[str, Any]


class Inputs:
    """Reads what a method takes, as everybody may see it.

    Attributes:
        rests_on: the results of other methods among the inputs.
    """

    def __init__(self, connection: Connection) -> None:
        self._read = RowLinks(connection).linked(partial(reading.latest, connection))
        self.rests_on: list[Result] = []
        self._questions = 0

    def one(self, asked: Asked, name: str) -> Input:
        """Return the one figure that a parameter asks for.

        Raises:
            ValidationError: no figure answers, or several.
        """
        found = self._figures(asked, name, structured(asked.get(name)))
        if len(found) != 1:
            told = tk._("{count} figures answer this; ask for one period and one place.").format(count=len(found))
            raise wrong(name, told)
        return found[0]

    def maybe(self, asked: Asked, name: str) -> Input | None:
        """Return the one figure that a parameter asks for, None where there is no such parameter."""
        return self.one(asked, name) if asked.get(name) else None

    def several(self, asked: Asked, name: str) -> list[Input]:
        """Return the figures that a parameter asks for: a question, or a list of them."""
        given = structured(asked.get(name))
        questions = given if isinstance(given, list) else [given]
        found = [one for each in questions for one in self._figures(asked, name, each)]
        if len(found) > MOST_FIGURES:
            raise wrong(name, tk._("Take {most} figures at most.").format(most=MOST_FIGURES))
        return found

    def flows(self, asked: Asked, name: str) -> list[chain.Flow]:
        """Return the flows of a list of questions, each with its `sign`."""
        given = structured(asked.get(name))
        if not isinstance(given, list):
            raise wrong(name, tk._("Write a list of questions."))
        found = []
        for each in given:
            sign = each.get("sign", 1) if isinstance(each, dict) else 1
            if sign not in (1, -1):
                raise wrong(name, tk._("A sign is 1 or -1."))
            found += [chain.Flow(one, sign) for one in self._figures(asked, name, each)]
        return found

    def sources(self, asked: Asked) -> list[Input]:
        """Return the sources of a combination, each with the relative standard error that was judged."""
        given = structured(asked.get("sources"))
        if not isinstance(given, list) or not all(isinstance(one, dict) for one in given):
            raise wrong("sources", tk._("Write a list of questions."))
        return [replace(self._source(one), name="source", rse=_rse(one)) for one in given]

    def _source(self, given: Asked) -> Input:
        if "reconcile" not in given:
            return self.one({"sources": dict(given)}, "sources")
        inner = structured(given["reconcile"])
        if not isinstance(inner, dict) or inner.get("method") not in ("stock", "closing", "remainder"):
            raise wrong(
                "sources", tk._("A source may be a result of: {names}").format(names="stock, closing, remainder")
            )
        found = result_of(self, inner)
        if found.value is None:
            raise wrong("sources", tk._("One of the sources is a result that was refused; look at it by itself."))
        self.rests_on.append(found)
        day = _day(inner, "day") if found.method == "stock" else None
        place = next((one.place for one in found.inputs if one.place is not None), None)
        return Input("source", found.value, day, label=found.method, place=place)

    def _figures(self, asked: Asked, name: str, given: Any) -> list[Input]:
        if not isinstance(given, dict):
            raise wrong(
                name, tk._("Write a question as pmi_query takes it, such as {example}.").format(example=EXAMPLE)
            )
        self._questions += 1
        if self._questions > MOST_FIGURES:
            raise wrong(name, tk._("Take {most} figures at most.").format(most=MOST_FIGURES))
        try:
            meant = question.question_of({key: value for key, value in given.items() if key not in BESIDE})
        except question.QuestionError as error:
            raise wrong(name, f"{error.parameter}: {error.message}") from None
        found = answering.answer(replace(meant, aggregate=None), self._read)
        figures = [cell.preferred for cell in found.cells if cell.preferred.value is not None]
        if not figures:
            raise wrong(name, tk._("Nobody has published this figure."))
        return [_input(one, name) for one in figures]


EXAMPLE = '{"indicator": "pmi_stock", "destination": "HKG", "time": "2022"}'


def result_of(inputs: Inputs, asked: Asked) -> Result:
    """Return what comes of the method that is asked for.

    Raises:
        ValidationError: there is no such method, or a parameter cannot be understood.
    """
    name = str(asked.get("method") or "")
    if name not in METHODS:
        raise wrong("method", tk._("There is no such method; write one of: {names}").format(names=", ".join(METHODS)))
    unknown = [one for one in asked if one not in ("method", *PARAMETERS[name])]
    if unknown:
        # Passed over, it would be answered by the result of another question.
        raise wrong(unknown[0], tk._("{method} takes: {names}").format(method=name, names=", ".join(PARAMETERS[name])))
    return METHODS[name](inputs, asked)


def structured(value: Any) -> Any:
    """Return a value that a request may have sent as JSON within a text.

    Raises:
        ValidationError: the text is no JSON.
    """
    if not isinstance(value, str) or value[:1] not in ("{", "["):
        return value
    try:
        return json.loads(value)
    except ValueError:
        raise wrong("parameters", tk._("This is no JSON.")) from None


def wrong(name: str, message: str) -> tk.ValidationError:
    """Return the error of a parameter."""
    return tk.ValidationError({name: [message]})


def _input(figure: answering.Figure, name: str) -> Input:
    facet = facets()[figure.facet]
    plain = plain_figure(figure) | {"publisher": facet.publisher, "title": dict(facet.title)}
    moment = figure.ref_start == figure.ref_end
    start = None if moment else figure.ref_start
    value = float(figure.value or 0)
    place = frozenset((name, code) for name, code in figure.codes.items() if code != dimensions()[name].total)
    return Input(name, value, figure.ref_end, start, figure.definition, facet.title["id"], plain, place=place)


def _rse(given: Asked) -> float | None:
    if "rse" in given:
        rse = _number(given, "rse")
        if not 0 < rse < 1:
            raise wrong("rse", tk._("A relative standard error lies between 0 and 1, such as 0.05."))
        return rse
    if "marks" not in given:
        return None
    marks = structured(given["marks"])
    try:
        return combining.rse_of({name: float(one) for name, one in marks.items()})
    except (AttributeError, TypeError, ValueError) as error:
        raise wrong("marks", str(error)) from None


def _number(asked: Asked, name: str) -> float:
    value = asked.get(name)
    try:
        number = float(value) if not isinstance(value, bool) and value is not None else math.nan
    except (TypeError, ValueError):
        number = math.nan
    if not math.isfinite(number) or abs(number) > MOST_COUNT:
        raise wrong(name, tk._("Write a number."))
    return number


def _day(asked: Asked, name: str) -> date:
    try:
        return date.fromisoformat(str(asked.get(name) or ""))
    except ValueError:
        raise wrong(name, tk._("Write a day such as 2025-01-31.")) from None


def _stock(inputs: Inputs, asked: Asked) -> Result:
    stay = _number(asked, "stay") if asked.get("stay") not in (None, "") else None
    flows, day = inputs.several(asked, "flows"), _day(asked, "day")
    return stock.stock_from_flows(flows, day, stay, inputs.maybe(asked, "fit_on"), inputs.maybe(asked, "check_on"))


def _chapman(_inputs: Inputs, asked: Asked) -> Result:
    return lists.chapman(*(Input(name, _number(asked, name)) for name in ("n1", "n2", "m")))


def _lists(asked: Asked) -> tuple[Sequence[str], dict[str, int]]:
    names = structured(asked.get("lists"))
    counts = structured(asked.get("counts"))
    if not isinstance(names, list) or not all(isinstance(one, str) for one in names) or len(names) > MOST_LISTS:
        raise wrong("lists", tk._("Write the names of {most} lists at most.").format(most=MOST_LISTS))
    if not isinstance(counts, dict) or len(counts) > 2**MOST_LISTS:
        raise wrong("counts", tk._('Write the counts by cell, such as {"101": 12}.'))
    found = {str(cell): _number(counts, cell) for cell in counts}
    if any(one != int(one) for one in found.values()):
        raise wrong("counts", tk._("Write whole numbers."))
    return names, {cell: int(one) for cell, one in found.items()}


def _loglinear(_inputs: Inputs, asked: Asked) -> Result:
    try:
        return lists.loglinear(*_lists(asked), fit=fitting.fitted_apart)
    except fitting.NotFitted:
        raise wrong("lists", tk._("The model could not be fitted just now. Try again.")) from None


METHODS: Mapping[str, Callable[[Inputs, Asked], Result]] = {
    "mirror": lambda inputs, asked: mirror.mirror(inputs.one(asked, "origin"), inputs.one(asked, "destination")),
    "closing": lambda inputs, asked: chain.closing(
        inputs.one(asked, "before"), inputs.one(asked, "after"), inputs.flows(asked, "flows")
    ),
    "remainder": lambda inputs, asked: chain.remainder(inputs.one(asked, "whole"), inputs.flows(asked, "parts")),
    "stock": _stock,
    "stay": lambda inputs, asked: stock.implied_stay(inputs.one(asked, "stock"), inputs.one(asked, "flow")),
    "combine": lambda inputs, asked: combining.combine(
        inputs.sources(asked), str(asked.get("same_concept") or "").strip()
    ),
    "chapman": _chapman,
    "loglinear": _loglinear,
    "chao": lambda _inputs, asked: lists.chao(*_lists(asked)),
    "frechet": lambda inputs, asked: cross.frechet(inputs.several(asked, "margins"), inputs.one(asked, "total")),
}
"""What each method takes of a request."""
PARAMETERS: Mapping[str, tuple[str, ...]] = {
    "mirror": ("origin", "destination"),
    "closing": ("before", "after", "flows"),
    "remainder": ("whole", "parts"),
    "stock": ("flows", "day", "stay", "fit_on", "check_on"),
    "stay": ("stock", "flow"),
    "combine": ("sources", "same_concept"),
    "chapman": ("n1", "n2", "m"),
    "loglinear": ("lists", "counts"),
    "chao": ("lists", "counts"),
    "frechet": ("margins", "total"),
}
"""What each method may be given beside its name."""
