"""Harvested tables are held against the layout that their description was confirmed for.

That is the layout of the first file that was taken by it. A file laid out otherwise is not taken before somebody has
changed the description in the configuration of the source: to what the new file needs, or by a line that confirms it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

from ckanext.satudatapmi.harvesters import ledger
from ckanext.satudatapmi.harvesters.protocols.base import DescribedTable, digest_of
from ckanext.satudatapmi.harvesters.single_data import StoredFile
from ckanext.satudatapmi.tables.layout import Layout, LayoutChanged, refuse_changes
from ckanext.satudatapmi.tables.values import TableError
from ckanext.satudatapmi.text import _

CONFIRMED = "confirmed"
DIGITS = 12


def check(table: DescribedTable, file: StoredFile) -> None:
    """Hold a table against the layout that is kept of it; without one, or with another description, it is taken.

    Args:
        table: as it was read.
        file: that it stands in.

    Raises:
        TableError: it is laid out otherwise; names the worksheet, what differs and what to do.
    """
    kept = ledger.layouts_of(file.package_id).get(file.resource_id)
    sha256 = hashlib.sha256(file.content).hexdigest()
    confirmed = any(map(sha256.startswith, table.description.confirmed))
    if table.layout is None or kept is None or confirmed or kept["description"] != _description(table):
        return
    try:
        refuse_changes(Layout.from_dict(kept["layout"]), table.layout, file.name, table.sheet)
    except LayoutChanged as error:
        hint = _(
            "The former table stays. Look at the new file: mend its description in the configuration of the source, "
            "or, if it still holds, add {line} to it.",
            line=f'"{CONFIRMED}": ["{sha256[:DIGITS]}"]',
        )
        raise TableError(error.file, f"{error.message}. {hint}", error.sheet) from error


def keep(table: DescribedTable, file: StoredFile) -> None:
    """Keep the layout of a table that was taken; the caller commits."""
    if table.layout is not None:
        kept: Mapping[str, Any] = {"description": _description(table), "layout": table.layout.as_dict()}
        ledger.keep_layout(file.package_id, file.resource_id, kept)


def _description(table: DescribedTable) -> str:
    """Return a digest of a description; by the line that confirms a file it stays the same."""
    return digest_of({key: value for key, value in table.entry.items() if key != CONFIRMED}).hex()
