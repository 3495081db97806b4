"""Actions on the monthly brief: the months that have one, and what it says."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict
from datetime import UTC, datetime
from functools import partial
from typing import Any

import ckan.model as model
import ckan.plugins.toolkit as tk

from ckanext.satudatapmi.catalogue import figure_files
from ckanext.satudatapmi.figures.months import Month
from ckanext.satudatapmi.logic import asking, figure_schema
from ckanext.satudatapmi.portal import brief_sentences, briefs
from ckanext.satudatapmi.publication import novelties


def get_actions() -> dict[str, Callable[..., Any]]:
    """Return the actions under their API names."""
    return {"satudata_brief_list": satudata_brief_list, "satudata_brief_show": satudata_brief_show}


@tk.side_effect_free
def satudata_brief_list(context: Any, data_dict: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the months that are over and have a brief, the last one first.

    Returns:
        `month` (such as 2025-02), `as_of` (its last day), `figures` that were published in it by indicator, `datasets`
        that were new.

    Raises:
        ValidationError: the figures are being counted anew.
    """
    tk.check_access("satudata_brief_list", context, data_dict)
    months = _months()
    return [months[name] for name in sorted(months, reverse=True)]


@tk.side_effect_free
def satudata_brief_show(context: Any, data_dict: dict[str, Any]) -> dict[str, Any]:
    """Return the brief of a month, as its figures were known at its end, in the language of the request.

    Args:
        context: CKAN's.
        data_dict: `month` (such as 2025-02).

    Returns:
        `month`, `as_of` (its last day), `figures` that were published in it by indicator, `parts` (each with its title
        by language, its sentences and the parameters of its chart), how many restated figures it has `left_out`, how
        many `datasets` were new, and the first of them as `novelties`. A sentence has its `text`, the parameters by
        which it was `asked` of `pmi_query`, and the `sources` of its figures.

    Raises:
        ValidationError: this is no month, or the figures are being counted anew.
        ObjectNotFound: nothing was published in it, or it is not over.
    """
    tk.check_access("satudata_brief_show", context, data_dict)
    wanted = asking.validated(data_dict, figure_schema.month_schema(), context)
    month, known = Month.of(wanted["month"]), _months().get(wanted["month"])
    if month is None or known is None:
        raise tk.ObjectNotFound(tk._("There is no brief of this month."))
    found = briefs.brief(month, [*known["figures"]], partial(_ask, context))
    most = brief_sentences.document()["most_told"]
    new = novelties.datasets(model.Session.connection(), month, most) if known["datasets"] else []
    told = {"datasets": known["datasets"], "novelties": [asdict(one) for one in new]}
    return asdict(found) | told | {name: known[name] for name in ("month", "as_of", "figures")}


def _ask(context: Any, action: str, asked: Any) -> Any:
    return tk.get_action(action)(tk.fresh_context(context), dict(asked))


def _months() -> dict[str, dict[str, Any]]:
    """Return what each month that is over has to tell, by its name."""
    found: dict[str, dict[str, Any]] = {}
    for row in _editions():
        figures = found.setdefault(row["vintage"][:7], _entry())["figures"]
        figures[row["indicator"]] = figures.get(row["indicator"], 0) + row["figures"]
    for name, count in novelties.months(model.Session.connection()).items():
        found.setdefault(name, _entry())["datasets"] = count
    running = datetime.now(UTC).strftime("%Y-%m")
    over = {name: month for name in found if name < running and (month := Month.of(name))}
    return {name: found[name] | {"month": name, "as_of": month.last.isoformat()} for name, month in over.items()}


def _entry() -> dict[str, Any]:
    return {"figures": {}, "datasets": 0}


def _editions() -> list[dict[str, Any]]:
    try:
        return json.loads(figure_files.path_of(figure_files.EDITIONS).read_text(encoding="utf-8"))
    except figure_files.NotMadeYet:
        told = tk._("The figures have changed and are being counted anew. Try again in some minutes.")
        raise tk.ValidationError({"figures": [told]}) from None
