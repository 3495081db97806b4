"""What the actions of the reconciliation board accept, beside what a method takes (logic/reconciliation_inputs.py)."""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk

from ckanext.satudatapmi.figures.registry import indicators
from ckanext.satudatapmi.logic.figure_schema import offset_validator

LINES = 200
"""How many lines of the board an answer tells at most."""
REASON_MAX = 2000


def board_schema() -> dict[str, Any]:
    """Return what pmi_reconciliation_board accepts."""
    validator: Any = tk.get_validator
    text = validator("unicode_safe")
    return {
        "indicator": [validator("default")("pmi_stock"), validator("one_of")([*indicators()])],
        "origin": [validator("default")("all"), text],
        "destination": [validator("default")("all"), text],
        "time": [validator("default")("latest"), text],
        "bodies": [validator("default")(1), validator("is_positive_integer")],
        "offset": [validator("default")(0), validator("natural_number_validator"), offset_validator],
        "limit": [validator("default")(50), validator("is_positive_integer")],
    }
