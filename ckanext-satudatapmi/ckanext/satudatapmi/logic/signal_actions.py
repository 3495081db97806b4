"""Actions that look for signals in public figures: surges, corridors at risk, what a year will come to."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import ckan.model as model
import ckan.plugins.toolkit as tk

from ckanext.satudatapmi.catalogue import history
from ckanext.satudatapmi.figures.answering import Reader
from ckanext.satudatapmi.figures.question import question_of
from ckanext.satudatapmi.figures.signals import answers
from ckanext.satudatapmi.figures.store import reading
from ckanext.satudatapmi.logic.figure_actions import errors_told
from ckanext.satudatapmi.logic.figure_links import RowLinks


def get_actions() -> dict[str, Callable[..., Any]]:
    """Return the actions under their API names."""
    return {"pmi_surge_list": pmi_surge_list, "pmi_corridor_risk": pmi_corridor_risk, "pmi_nowcast": pmi_nowcast}


@tk.side_effect_free
def pmi_surge_list(context: Any, data_dict: dict[str, Any]) -> dict[str, Any]:
    """Tell which months of monthly counts are above what the months before let expect (EARS C1 to C3).

    Args:
        context: CKAN's.
        data_dict: `indicator` (complaint); `by`, dimensions whose codes have a series each; a dimension with a code of
            it; `vintage`, the day whose knowledge is asked for; as `pmi_query` takes them.

    Returns:
        `method`, and `series`, each with its `periods`: value, limit, c1, c2, c3, which of them alarm, the figure with
        the row it stands in, and why a month is not judged.

    Raises:
        ValidationError: a parameter cannot be understood, or too many figures would have to be read.
    """
    tk.check_access("pmi_surge_list", context, data_dict)
    with errors_told():
        asked = question_of({"indicator": answers.COMPLAINT, **data_dict})
        return answers.surge_list(_read(), asked)


@tk.side_effect_free
def pmi_corridor_risk(context: Any, data_dict: dict[str, Any]) -> dict[str, Any]:
    """Tell from which countries more complaints come than their placements would have it.

    Args:
        context: CKAN's.
        data_dict: `time`, a year, a quarter or a month; without it the last that has complaints by country; `vintage`,
            the day whose knowledge is asked for.

    Returns:
        `method`, the `period`, the `mean` of complaints per 1,000 placements, and `corridors`, the highest rate first,
        each with the limits of chance, a verdict, both figures with their rows, and why it is not judged.

    Raises:
        ValidationError: a parameter cannot be understood.
    """
    tk.check_access("pmi_corridor_risk", context, data_dict)
    with errors_told():
        asked = question_of({**data_dict, "indicator": answers.COMPLAINT, "by": answers.DESTINATION})
        return answers.corridor_list(_read(), asked)


@tk.side_effect_free
def pmi_nowcast(context: Any, data_dict: dict[str, Any]) -> dict[str, Any]:
    """Estimate what a year will come to from its first months and from earlier years.

    Args:
        context: CKAN's.
        data_dict: `indicator` (placement); `time`, a year, the last one without it; `vintage`, the day whose knowledge
            is asked for.

    Returns:
        `method`, `estimate` or the reason for none (`refusal`), the share of the first months and of which `years` it
        is, `tested` on which earlier years and with which mean error (`mape`, percent), the estimate of a model with
        seasons, and the figures all of this rests on.

    Raises:
        ValidationError: a parameter cannot be understood.
    """
    tk.check_access("pmi_nowcast", context, data_dict)
    with errors_told():
        return answers.year_estimate(
            _read(), question_of({"indicator": answers.PLACEMENT, **data_dict}), history.today()
        )


def _read() -> Reader:
    connection = model.Session.connection()
    return RowLinks(connection).linked(partial(reading.latest, connection))
