"""Proposed sources: registered with what is known of them, but not harvested before an operator has accepted them.

A source is proposed as long as its configuration holds `"proposed": true`. Whoever accepts it takes that key out.
"""

from __future__ import annotations

import json
from collections.abc import Mapping

import sqlalchemy as sa
from ckanext.harvest.logic import HarvestJobExists
from ckanext.harvest.model import HarvestSource

KEY = "proposed"
_MARK = rf'"{KEY}"\s*:\s*true'


class SourceIsProposedError(HarvestJobExists):
    """A job was asked for a source that nobody has accepted.

    ckanext-harvest's scheduler passes over a source whose job exists, and goes on with the next; any other error would
    keep all sources after this one from being harvested.
    """


def is_proposed(config: str | None) -> bool:
    """Tell whether the configuration of a source says that it is proposed."""
    try:
        found = json.loads(config or "{}")
    except json.JSONDecodeError:
        return False
    return isinstance(found, Mapping) and found.get(KEY) is True


def accepted() -> sa.ColumnElement[bool]:
    """Return the condition that a HarvestSource is not, or no longer, proposed."""
    return sa.not_(sa.func.coalesce(HarvestSource.config, "").regexp_match(_MARK))
