"""Template helpers for the workflow; each reads through actions."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import ckan.plugins.toolkit as tk

from ckanext.satudatapmi.catalogue import review_words

WORDS: Mapping[str, Mapping[str, Callable[[], str]]] = {
    "state": review_words.STATES,
    "duty": review_words.DUTIES,
    "principle": review_words.PRINCIPLES,
    "button": review_words.BUTTONS,
    "step": review_words.STEPS,
}


def get_helpers() -> dict[str, Callable[..., Any]]:
    """Return the helpers under the names that templates use."""
    return {
        "satudata_review_word": word,
        "satudata_review": review,
        "satudata_reason_help": reason_help,
        "satudata_tasks": tasks,
    }


def word(kind: str, name: str) -> str:
    """Return the words for a state, duty, principle, button or step; the name itself for one nobody knows."""
    return WORDS[kind].get(name, lambda: name)()


def review(package: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return how a dataset is checked, as satudata_review_show gives it; None for those who have no duty for it."""
    if not tk.current_user.is_authenticated or package.get("type") != "dataset":
        return None
    try:
        return tk.get_action("satudata_review_show")({}, {"id": package["id"]})
    except (tk.ObjectNotFound, tk.NotAuthorized):
        return None


def reason_help(review: Mapping[str, Any]) -> str:
    """Return for which of the steps that the visitor may take a reason is needed."""
    steps = review["steps"]
    told = []
    if "return" in steps:
        told.append(tk._("Whoever returns a dataset says what has to be mended."))
    if "approve" in steps:
        told.append(tk._("A dataset that does not keep to all principles is approved only with a reason."))
    if "unpublish" in steps:
        told.append(tk._("Whoever takes a dataset out of publication says why."))
    return " ".join(told) or tk._("A word to those who check the dataset, if you like.")


def tasks() -> int:
    """Return how many notices are new to the visitor; the header of every page shows it."""
    return tk.get_action("satudata_notice_list")({}, {"limit": 0})["unseen"]
