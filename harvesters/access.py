"""Who may see a harvested dataset, from what its record says about access."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ckanext.satudatapmi.schemas import vocabularies
from ckanext.satudatapmi.schemas.convert import Remark, as_text, short

_STRICTEST = ("tertutup", "terbatas", "terbuka")


@dataclass(frozen=True)
class Access:
    """Whether the dataset lands private, the level (terbuka, terbatas, tertutup; None if nothing says) and remarks."""

    private: bool
    level: str | None
    remarks: tuple[Remark, ...] = ()


def decide(values: Mapping[str, Any]) -> Access:
    """Return the access of a record.

    The strictest of accessRights, accessLevel and private counts: terbatas, tertutup and `private: true` are private.
    A record that says nothing is public; a word nobody knows makes it private and is remarked.

    Args:
        values: JSON values by wire key.
    """
    levels, remarks = [], []
    for key in ("accessRights", "accessLevel"):
        value = values.get(key)
        if vocabularies.is_missing(value):
            continue
        level = vocabularies.access_level(as_text(value))
        if level is None:
            remarks.append(Remark("access_unknown", key, short(value)))
        else:
            levels.append(level)
    marked = _marked_private(values.get("private"))
    if marked is None:
        remarks.append(Remark("access_unknown", "private", short(values.get("private"))))
    level = next((level for level in _STRICTEST if level in levels), "terbatas" if marked else None)
    private = bool(remarks) or bool(marked) or level in ("terbatas", "tertutup")
    return Access(private, level, tuple(remarks))


def _marked_private(value: Any) -> bool | None:
    """Return whether the key `private` says so; False where it says nothing, None for a word nobody knows."""
    if isinstance(value, bool):
        return value
    if vocabularies.is_missing(value):
        return False
    return vocabularies.boolean(as_text(value))
