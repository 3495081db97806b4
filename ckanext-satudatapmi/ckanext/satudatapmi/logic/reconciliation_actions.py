"""Actions of the reconciliation board: what each body says, and what comes of the methods. All of them only read."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import ckan.model as model
import ckan.plugins.toolkit as tk

from ckanext.satudatapmi.figures import question
from ckanext.satudatapmi.figures.reconciliation import board
from ckanext.satudatapmi.figures.reconciliation.words import plain_line, plain_result
from ckanext.satudatapmi.figures.registry import dimensions, indicators
from ckanext.satudatapmi.figures.store import board as stored
from ckanext.satudatapmi.logic import asking, figure_actions
from ckanext.satudatapmi.logic.reconciliation_inputs import Inputs, result_of, structured
from ckanext.satudatapmi.logic.reconciliation_schema import LINES, board_schema

ALL = "all"


def get_actions() -> dict[str, Callable[..., Any]]:
    """Return the actions under their API names."""
    return {"pmi_reconciliation_board": pmi_reconciliation_board, "pmi_reconcile": pmi_reconcile}


@tk.side_effect_free
def pmi_reconciliation_board(context: Any, data_dict: dict[str, Any]) -> dict[str, Any]:
    """Return what each body says of a place, by which definition, on which date, and which of it may be compared.

    Args:
        context: CKAN's.
        data_dict: `indicator` (pmi_stock by default); `origin` and `destination`, each a name, a code, or `all`, the
            default, for every place; `time`, a year or years (2022, 2015:2024) for a line each, or `latest`, the
            default, for one line of a place; `bodies`, how many have to publish on it at least (1); `offset` and
            `limit` (50, 200 at most).

    Returns:
        `count` of the lines and `lines`, those of most bodies first: `place`, `year`, `figures` (each as `pmi_query`
        gives it, with its publisher) and `pairs` (are they `comparable`, `why` not, days apart, and the mirror
        statistic where a body of the origin faces one of the destination). A body that counts at another time of the
        year stands with its nearest figure, which tells its own day.

    Raises:
        ValidationError: a parameter cannot be understood.
    """
    tk.check_access("pmi_reconciliation_board", context, data_dict)
    asked = asking.validated(data_dict, board_schema(), context)
    wanted = _wanted(asked)
    connection = model.Session.connection()
    count, keys = stored.keys(connection, wanted, min(asked["limit"], LINES), asked["offset"])
    figures = stored.by_place(figure_actions.with_links(connection, stored.figures(connection, wanted, keys)))
    lines = [board.line(key, figures.get((key.origin, key.destination), [])) for key in keys]
    return {
        "indicator": wanted.indicator.id,
        "label": dict(wanted.indicator.label),
        "unit": wanted.indicator.unit,
        "years": [wanted.first, wanted.last] if wanted.first else None,
        "count": count,
        # A place whose figures were all withdrawn is counted, and has nothing to show.
        "lines": [plain_line(one) for one in lines if one.figures],
    }


@tk.side_effect_free
def pmi_reconcile(context: Any, data_dict: dict[str, Any]) -> dict[str, Any]:
    """Return what comes of a method of reconciliation: a number with all that it rests on, or why there is none.

    Args:
        context: CKAN's.
        data_dict: `method` (mirror, closing, remainder, stock, stay, combine, chapman, loglinear, chao, frechet), and
            what it takes: figures as questions that pmi_query takes, counts of lists as numbers. What is no text may
            be given as JSON within one, as in an address.

    Returns:
        method, title, formula, inputs (each with value, source, definition and date), assumptions, value and interval,
        or `refused` with `reasons` and what would mend them; `details` are the numbers on the way, `rests_on` the
        results of other methods among the inputs. `signed` is False: nobody stands for what anybody may ask for, and
        those that walidata signed are in satudata_reconciliation_list.

    Raises:
        ValidationError: a parameter cannot be understood, or an input is not published.
    """
    tk.check_access("pmi_reconcile", context, data_dict)
    return reconciled({name: structured(value) for name, value in data_dict.items()}) | {"signed": False}


def reconciled(asked: dict[str, Any]) -> dict[str, Any]:
    """Return what comes of a method, as pmi_reconcile gives it, from what everybody may see now."""
    inputs = Inputs(model.Session.connection())
    with figure_actions.errors_told():
        result = result_of(inputs, asked)
    same_concept = str(asked.get("same_concept") or "").strip()
    return plain_result(result) | {
        "same_concept": same_concept,
        "rests_on": [plain_result(one) for one in inputs.rests_on],
        "asked": asked,
    }


def _wanted(asked: dict[str, Any]) -> stored.Wanted:
    """Return which lines are asked for.

    Raises:
        ValidationError: a place or a year cannot be understood.
    """
    with figure_actions.errors_told():
        meant = question.question_of({"indicator": asked["indicator"], "time": asked["time"]})
        codes = {name: _code(name, asked[name]) for name in stored.PLACES}
    years = (meant.time.start.year, meant.time.end.year) if meant.time else (None, None)
    return stored.Wanted(
        indicators()[asked["indicator"]], **codes, first=years[0], last=years[1], bodies=asked["bodies"]
    )


def _code(dimension: str, text: str) -> str | None:
    if text == ALL:
        return None
    return question.code_of(dimension, text) if text != "_T" else dimensions()[dimension].total
