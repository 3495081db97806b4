"""What kiosks can tell today: content and figures as everybody may see them."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

from ckanext.satudatapmi.catalogue import history
from ckanext.satudatapmi.portal import places
from ckanext.satudatapmi.portal.kiosk import content
from ckanext.satudatapmi.portal.kiosk.screens import Known
from ckanext.satudatapmi.portal.memory import ask_as_anybody, remembered

FIGURES_SECONDS = 600.0
NO_DATASETS: Mapping[str, Any] = {"results": [], "count": 0, "search_facets": {}}


def known() -> Known:
    """Return what can be told now; the content is read at most once a minute, and anew on each day."""
    day = history.today()
    return remembered(f"kiosk {day}", lambda: Known(day, content.current(day), numbers))


def numbers(code: str) -> places.Place:
    """Return what is published of an area; a kiosk lists no datasets."""
    return remembered(f"kiosk numbers {code}", partial(_place, code), FIGURES_SECONDS)


def _place(code: str) -> places.Place:
    return places.place("origin", code, ask_as_anybody, lambda _asked: NO_DATASETS)
