"""Who may see a harvested dataset, from what its record says about access."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from ckanext.satudatapmi.schemas import vocabularies, wire
from ckanext.satudatapmi.schemas.convert import Remark, as_text, short

ACCESS_KEYS = ("accessRights", "accessLevel", "private")
HARVEST_CONTEXT = "satudatapmi_harvest"
"""Key of an action's context that says a harvester is writing: values outside a list are kept, nothing waits for an
approval."""

UNCHECKED = "satudatapmi_unchecked"
"""Key of the session's `info` for the ids of datasets that a harvester has just made: nobody checks them here, so that
nobody has to ask the database."""

KEEP_VALUES = "satudatapmi_keep_values"
"""Key of an action's context that says that values outside a list are kept, as a person brought them in a file."""

_STRICTEST = ("tertutup", "terbatas", "terbuka")


@dataclass(frozen=True)
class Access:
    """Whether the dataset lands private, the level (terbuka, terbatas, tertutup; None if nothing says), remarks, and
    whether the record says in so many words that it is open.
    """

    private: bool
    level: str | None
    remarks: tuple[Remark, ...] = ()
    says_public: bool = False


def decide(*records: Mapping[str, Any]) -> Access:
    """Return the access of a record.

    The strictest of all that it says counts, under whatever spelling of accessRights, accessLevel and private:
    terbatas, tertutup and `private: true` are private. A record that says nothing is public; a word nobody knows makes
    it private and is remarked.

    Args:
        records: a record as the catalogue has it, and as its keys were put right.
    """
    said = [(name, value) for one in records for key, value in one.items() if (name := _access_key(key))]
    remarks, levels, marks = [], [], []
    for key, value in said:
        if vocabularies.is_missing(value):
            continue
        found = _marked_private(value) if key == "private" else vocabularies.access_level(as_text(value))
        if found is None:
            remarks.append(Remark("access_unknown", key, short(value)))
        else:
            (marks if key == "private" else levels).append(found)
    level = next((level for level in _STRICTEST if level in levels), "terbatas" if True in marks else None)
    private = bool(remarks) or True in marks or level in ("terbatas", "tertutup")
    says_public = not private and (level == "terbuka" or False in marks)
    return Access(private, level, tuple(dict.fromkeys(remarks)), says_public)


def _access_key(key: str) -> str | None:
    """Return accessRights, accessLevel or private for a key that is one of them in any spelling, else None."""
    return _access_names().get(wire.folded_key(key))


@cache
def _access_names() -> Mapping[str, str]:
    aliases = {alias: name for alias, name in vocabularies.key_aliases("dataset").items() if name in ACCESS_KEYS}
    return {wire.folded_key(name): key for name, key in (aliases | {key: key for key in ACCESS_KEYS}).items()}


def _marked_private(value: Any) -> bool | None:
    """Return whether the key `private` says so, None for a word nobody knows."""
    return value if isinstance(value, bool) else vocabularies.boolean(as_text(value))
