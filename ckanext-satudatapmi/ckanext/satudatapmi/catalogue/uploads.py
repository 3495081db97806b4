"""Looks at an uploaded file before it is stored: size, kind, archives that burst, numbers of persons."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from typing import IO, Any

from ckanext.satudatapmi.tables import archives, cells, kinds, personal
from ckanext.satudatapmi.tables.kinds import Refused
from ckanext.satudatapmi.tables.personal import Finding
from ckanext.satudatapmi.text import _

ARCHIVES = frozenset({"XLSX", "ODS", "ZIP"})
TEXTS = frozenset({"CSV", "XML"})
"""Kinds whose values stand in the file as they are read: JSON may write a digit as \\u0033."""
NAME_MAX = 200
NOT_IN_A_NAME = re.compile(r"[\x00-\x1f\x7f/\\\\:*?\"<>|]|^\.|\.\.")


def forget_digest(resource: dict[str, Any]) -> None:
    """Have a resource whose file is taken away no longer say the digest of it.

    Args:
        resource: as it is about to be written.
    """
    if resource.get("clear_upload") and not resource.get("upload"):
        resource["hash"] = ""


def check(file: IO[bytes], name: str) -> list[Finding]:
    """Return where a file holds numbers of persons; it is left at its start.

    Args:
        file: what was uploaded.
        name: its name, as the sender has it.

    Raises:
        Refused: it may not be uploaded, whatever is in it.
    """
    size = file.seek(0, 2)
    file.seek(0)
    if NOT_IN_A_NAME.search(name) or not 0 < len(name) <= NAME_MAX:
        raise Refused(_("The file needs a plain name: letters, digits, blanks, hyphens and a single ending."))
    if size > kinds.largest():
        limit = kinds.largest() // kinds.MEGABYTE
        raise Refused(_("{name} is larger than {limit} MB. Split it.", name=name, limit=limit))
    content = file.read()
    file.seek(0)
    return list(_found(content, name, inside=False))


def digest(file: IO[bytes]) -> str:
    """Return the SHA-256 of a file in hexadecimal digits; it is left at its start."""
    found = hashlib.sha256(file.read()).hexdigest()
    file.seek(0)
    return found


def _found(content: bytes, name: str, *, inside: bool) -> Iterator[Finding]:
    kind = kinds.kind_of(content)
    kinds.refuse_unless_accepted(kind, len(content), name)
    if kind in ARCHIVES:
        archives.refuse_bombs(content, name, kinds.limits())
    if kind in TEXTS and not personal.may_hold(kinds.as_text(content) or ""):
        return
    if kind != "ZIP":
        for sheet in cells.sheets(content, kind, name):
            yield from personal.findings(sheet)
        return
    if inside:
        raise Refused(_("{name} is an archive within an archive. Pack its files beside the others.", name=name))
    for member, data in archives.members(content):
        yield from _found(data, member.rpartition("/")[2], inside=True)
