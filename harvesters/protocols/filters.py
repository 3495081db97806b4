"""Options that the services of the provinces share, and what they mean."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ckanext.satudatapmi.harvesters.protocols.answers import text_in
from ckanext.satudatapmi.harvesters.protocols.base import Option, SourceSettings
from ckanext.satudatapmi.schemas import wire
from ckanext.satudatapmi.text import _

TITLES = Option(
    "titles",
    "list",
    lambda: _("Words in the title"),
    lambda: _("Only datasets with one of these words in their title, such as pekerja migran; all if none is given."),
    default=[],
    role="filter",
)
WHERE = Option(
    "where",
    "object",
    lambda: _("Rows"),
    lambda: _('Only rows with these values, such as {"tahun": [2023]}; all if none is given.'),
    default={},
    role="filter",
)
COMPARE_ROWS = Option(
    "compare_rows",
    "flag",
    lambda: _("Look at all rows"),
    lambda: _(
        "Fetches all rows at each harvest to see whether they changed. Without it, the date that the partner gives is "
        "believed."
    ),
    default=True,
)
ROWS_AT_ONCE = Option("rows_at_once", "number", lambda: _("Rows in a request"), default=1000)


def wanted(source: SourceSettings, item: Any) -> bool:
    """Tell whether a source takes a dataset, by its title. What is no dataset is taken, so that it is told."""
    words = [str(word).casefold() for word in source.config["titles"]]
    title = text_in(item, "title", "judul", "name", "nama").casefold() if isinstance(item, Mapping) else ""
    return not words or not title or any(word in title for word in words)


def where_text(where: Mapping[str, Any]) -> str:
    """Return conditions as the services take them.

    >>> where_text({"tahun": [2023, 2024]})
    '{"tahun":[2023,2024]}'
    """
    return wire.canonical_json(where)
