"""What a request asks a catalogue feed for, and the datasets that answer it."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import IO, Any

import ckan.model as model
import ckan.plugins.toolkit as tk
import sqlalchemy as sa

from ckanext.satudatapmi.publication import feed, fragments, paging, published, store

CHUNK_BYTES = 64 * 1024


@dataclass(frozen=True)
class Asked:
    """A question to a catalogue feed.

    Attributes:
        selection: which datasets.
        size: how many on a page, on average.
        parameters: those of the address that say so.
    """

    selection: published.Selection
    size: int
    parameters: Mapping[str, str]

    @property
    def name(self) -> str:
        """What tells this question from others about the same page."""
        return " ".join(f"{name}={value}" for name, value in self.parameters.items())

    def etag(self, version: str, *rest: Any) -> str:
        """Return what the answer is known by, the same as long as it says the same.

        Args:
            version: of the datasets (published.version).
            rest: what else the answer depends on.
        """
        parts = (fragments.edition(), version, self.name, self.size, *rest)
        return hashlib.sha256(repr(parts).encode()).hexdigest()[:32]


def asked(arguments: Mapping[str, str], size: int) -> Asked:
    """Return what the parameters of a request ask for: `per_page`, `organization`, `modified_since`.

    Args:
        arguments: of the request.
        size: of a page, unless they name one.

    Raises:
        Problem: 400 for a value that means nothing, 404 for an organisation that is not here.
    """
    names = ("per_page", "organization", "modified_since")
    given = {name: arguments[name] for name in names if arguments.get(name)}
    selection = published.Selection(
        _organization(given["organization"]) if "organization" in given else None,
        _moment(given["modified_since"]) if "modified_since" in given else None,
    )
    return Asked(selection, paging.asked_size(given.get("per_page", ""), size), given)


def _organization(name: str) -> str:
    found = model.Group.get(name)
    if found is None or not found.is_organization or found.state != "active":
        detail = tk._("There is no organisation {name} here.").format(name=repr(name))
        raise feed.Problem(404, tk._("No such organisation"), detail)
    return found.id


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        detail = tk._("modified_since is {value}; expected a moment such as 2026-01-31 or 2026-01-31T08:00:00Z.")
        raise feed.Problem(400, tk._("No moment"), detail.format(value=repr(text))) from None
    return moment.astimezone(UTC).replace(tzinfo=None) if moment.tzinfo else moment


def read(connection: sa.Connection, number: int, question: Asked) -> published.Page:
    """Return the page that is asked for.

    Args:
        connection: of a snapshot.
        number: of the page.
        question: which datasets, and how many on a page.

    Raises:
        Problem: 404 beyond the last page; without any dataset 503, or 404 where only some are asked for.
    """
    nothing = feed.no_datasets() if question.selection == published.EVERYTHING else feed.none_selected()
    return paging.filled(published.read_page(connection, number, question.size, question.selection), nothing)


def whole(question: Asked, notation: str, document: Callable[[Iterable[bytes]], Iterator[bytes]]) -> Iterator[bytes]:
    """Yield all that is asked for, as of one moment, in pieces of some size.

    Args:
        question: which datasets.
        notation: of the fragments.
        document: makes a catalogue of fragments.
    """
    with store.snapshot() as connection:
        batches = published.read_all(connection, question.selection)
        bodies = (body for batch in batches for body in fragments.bodies(connection, batch, notation))
        piece = bytearray()
        for part in document(bodies):
            piece += part
            if len(piece) >= CHUNK_BYTES:
                yield bytes(piece)
                piece.clear()
        yield bytes(piece)


def write(parts: Iterable[bytes], file: IO[bytes]) -> None:
    """Write the parts of a document."""
    file.writelines(parts)
