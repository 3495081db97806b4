"""What is known of another CKAN after a reading: how many datasets, the newest moment, and all ids, compactly."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

UUID_BYTES = 16
LIST_AGAIN = timedelta(days=7)
CLOCKS_DIFFER = timedelta(minutes=5)


@dataclass(frozen=True)
class Known:
    """What a reading left behind.

    Attributes:
        count: how many datasets the site had.
        newest: when the newest was modified, as the site writes it.
        ids: the identifier of each dataset by its id; None if they are not all known.
        listed: when all ids were gone through last; None if that is not known.
    """

    count: int
    newest: str
    ids: Mapping[str, str] | None
    listed: datetime | None = None

    @property
    def beyond(self) -> int:
        """How many datasets the site counts but does not list."""
        return self.count - len(self.ids or {})

    @property
    def is_old(self) -> bool:
        """Whether all ids are to be gone through again, though nothing speaks for it.

        A dataset that comes back with an old date, as after a partner has mended its search index, while another one
        vanishes, changes neither the count nor the newest moment.
        """
        return self.listed is None or datetime.now(UTC) - self.listed > LIST_AGAIN

    @property
    def usable(self) -> bool:
        """Whether a later reading can begin where this one ended.

        It cannot where datasets share an identifier, which only a whole reading tells apart, or where the newest moment
        lies ahead: what is modified meanwhile would be older.
        """
        return self.ids is not None and bool(self.newest) and not is_ahead(self.newest) and has_no_twins(self.ids)

    @classmethod
    def of(cls, memory: Any, asked: str) -> Known | None:
        """Return what a memory holds, None if there is none or it is of another search."""
        if not isinstance(memory, Mapping) or memory.get("asked") != asked:
            return None
        ids = None
        if memory["uuids"] is not None:
            ids = {**{one: one for one in _unpacked(memory["uuids"])}, **memory["named"]}
        listed = memory.get("listed")
        return cls(memory["count"], memory["newest"], ids, datetime.fromisoformat(listed) if listed else None)

    def as_json(self, asked: str) -> dict[str, Any]:
        """Return a memory of a search: ids that are plain UUIDs take 16 bytes each, others stand with identifiers."""
        ids = self.ids or {}
        plain = sorted(key for key, name in ids.items() if key == name and _is_uuid(key))
        packed = set(plain)
        return {
            "asked": asked,
            "count": self.count,
            "newest": self.newest,
            "listed": self.listed.isoformat(timespec="seconds") if self.listed else None,
            "uuids": None if self.ids is None else _packed(plain),
            "named": {key: name for key, name in ids.items() if key not in packed},
        }


def has_no_twins(ids: Mapping[str, str]) -> bool:
    """Tell whether each dataset has an identifier of its own."""
    return len(set(ids.values())) == len(ids)


def is_ahead(moment: str) -> bool:
    """Tell whether a moment, as CKAN writes it in UTC, has not come yet; False for what is none."""
    try:
        found = datetime.fromisoformat(moment)
    except ValueError:
        return False
    return (found if found.tzinfo else found.replace(tzinfo=UTC)) > datetime.now(UTC) + CLOCKS_DIFFER


def _is_uuid(text: str) -> bool:
    try:
        return str(UUID(text)) == text
    except ValueError:
        return False


def _packed(uuids: Iterable[str]) -> str:
    return base64.b64encode(b"".join(UUID(one).bytes for one in uuids)).decode()


def _unpacked(text: str) -> Iterator[str]:
    content = base64.b64decode(text)
    for at in range(0, len(content), UUID_BYTES):
        yield str(UUID(bytes=content[at : at + UUID_BYTES]))
