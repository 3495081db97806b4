"""What tells one version of the code that makes a feed from another."""

from __future__ import annotations

import hashlib
from functools import cache
from importlib.resources import files


@cache
def code_version(*rooms: str) -> str:
    """Return a digest of the modules and tables of some rooms: another version of them says other things.

    Args:
        rooms: their names; a folder in a room follows behind a slash.
    """
    total = hashlib.sha256()
    for room in rooms:
        name, *folders = room.split("/")
        for path in sorted(
            files(f"ckanext.satudatapmi.{name}").joinpath(*folders).iterdir(), key=lambda item: item.name
        ):
            if path.name.endswith((".py", ".yaml", ".csv")):
                total.update(path.read_bytes())
    return total.hexdigest()
