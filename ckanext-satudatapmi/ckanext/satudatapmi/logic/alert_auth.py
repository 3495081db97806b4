"""Who may see how a signal is worked on, and take which step."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import ckan.plugins.toolkit as tk
from ckan.types import AuthResult, Context, DataDict

from ckanext.satudatapmi.catalogue import duties, signals
from ckanext.satudatapmi.catalogue.workflow import PRODUSEN, WALIDATA

DUTIES_OF_STEP = {
    signals.ASSIGN: {PRODUSEN, WALIDATA},
    signals.NOTE: {PRODUSEN, WALIDATA},
    signals.PROPOSE: {PRODUSEN},
    signals.CLOSE: {WALIDATA},
    signals.REOPEN: {WALIDATA},
}


def get_auth_functions() -> dict[str, Callable[..., Any]]:
    """Return the authorization functions under the names of their actions."""
    steps = {f"satudata_signal_{step}": partial(who_has, held) for step, held in DUTIES_OF_STEP.items()}
    return steps | {"satudata_signal_log": partial(who_has, {PRODUSEN, WALIDATA})}


def who_has(wanted: set[str], context: Context, data_dict: DataDict | None) -> AuthResult:
    """Let those in who have one of some duties for the organisation that publishes a signal's figure."""
    signal = signals.find((data_dict or {})["id"])
    if signal and wanted & duties.of_user(context.get("user"), signal["organization_id"]):
        return {"success": True}
    # Whether there is such a signal is not told: its figures may not be public.
    return {"success": False, "msg": tk._("This step is for those who have a duty for the signal.")}
