"""Which description the tables of a file are read by."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote


def description_of(config: Mapping[str, Any], address: str, member: str = "") -> Mapping[str, Any] | None:
    """Return the description of a file: the first whose pattern is found in its address, else that of all files.

    Args:
        config: of the source.
        address: of the file, or of the archive that holds it.
        member: its place in the archive, which is told apart from the address by a `#`.

    Returns:
        None where the tables come as they stand.
    """
    place = f"{unquote(address)}#{member}" if member else unquote(address)
    fitting = (entry for pattern, entry in config["tables"].items() if re.search(pattern, place, re.IGNORECASE))
    return next(fitting, config["table"]) or None
