"""What a protocol is: it reads a partner's catalogue page by page, and gives each record as a record of a data.json.

A protocol knows how a partner speaks, and nothing of CKAN, of the database or of what we hold. The pipeline (gathering)
asks it for pages, compares the entries with what was accepted before by their digests alone, and has only those
translated that are new or changed; so an entry must be cheap to make, and its `record` may be dear.

Every record is a mapping by the keys of a data.json (Project Open Data 1.1 with the keys of SDI): title, description,
identifier, keyword, modified, publisher {name}, contactPoint {fn, hasEmail}, landingPage, license, theme, temporal,
spatial, accrualPeriodicity, distribution [{title, description, downloadURL, accessURL, format, mediaType}] ... What has
no key there stays under the key that the partner gave it: nothing is lost.
"""

from __future__ import annotations

import hashlib
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple, TypeVar
from typing import Protocol as TypingProtocol

from ckanext.satudatapmi.harvesters.fetch import Fetched
from ckanext.satudatapmi.reference.learned import Learned
from ckanext.satudatapmi.schemas import wire
from ckanext.satudatapmi.schemas.convert import Remark
from ckanext.satudatapmi.tables.description import TableDescription
from ckanext.satudatapmi.tables.layout import Layout
from ckanext.satudatapmi.tables.values import TidyTable

Kind = Literal["text", "address", "flag", "number", "choice", "list", "object", "secret"]
T = TypeVar("T")


@dataclass(frozen=True)
class Option:
    """One setting of a source, as data that drives the form, the check of a configuration and the help.

    Attributes:
        key: its key in the configuration.
        kind: what it holds; a secret is shown to nobody and taken from the environment where it begins with "env:".
        title, help: in words; functions, so that they are translated when shown.
        default: what counts where it is not given; None if nothing does.
        choices: what a choice may be.
        required: whether a source cannot do without it.
        role: filter (which datasets are taken), or setting (how they are read).
    """

    key: str
    kind: Kind
    title: Callable[[], str]
    help: Callable[[], str] = lambda: ""
    default: Any = None
    choices: tuple[str, ...] = ()
    required: bool = False
    role: Literal["setting", "filter"] = "setting"


@dataclass(frozen=True)
class Features:
    """What a protocol can do, for the help.

    Attributes:
        incremental: asks for what changed only.
        tables: brings figures into the DataStore.
        authenticated: can be given a key.
    """

    incremental: bool = False
    tables: bool = False
    authenticated: bool = False


@dataclass(frozen=True)
class SourceSettings:
    """What a protocol needs to know of a source.

    Attributes:
        name: its name.
        url: its address.
        config: its configuration, checked, with defaults filled in and secrets resolved.
        title: its title.
        learned: what walidata have decided about names, for reading tables.
    """

    name: str
    url: str
    config: Mapping[str, Any] = field(default_factory=dict)
    title: str = ""
    learned: Learned = field(default_factory=dict)


class EntryError(ValueError):
    """Nothing can be made of an entry.

    Attributes:
        identifier: what its record would have had for one; "" or None if nobody can tell.
    """

    def __init__(self, words: str, identifier: Any = "") -> None:
        super().__init__(words)
        self.identifier = identifier


class RejectedEntry(NamedTuple):
    """An entry that cannot be told.

    Attributes:
        place: on its page, from 1.
        words: why.
        identifier: what its record would have had for one; "" or None if nobody can tell. It must be the very one: by
            it the dataset is known not to have vanished.
    """

    place: int
    words: str
    identifier: Any = ""


@dataclass(frozen=True)
class Entry:
    """One dataset as a catalogue has it.

    Attributes:
        digest: 16 bytes that are the same as long as nothing about the dataset changed (see `digest_of`).
        record: makes the record of a data.json; raises ValueError, in words, where nothing can be made of the entry
            (EntryError where it is known which dataset it is).
    """

    digest: bytes
    record: Callable[[], Any]


@dataclass(frozen=True)
class Page:
    """A part of a catalogue, small enough for memory.

    Attributes:
        entries: its datasets, in order; read once.
        token: JSON value by which reading goes on after this page, also in another process; None after the last.
        base_url: address against which relative addresses are read; "" for that of the source.
        remarks: about the page as a whole.
        rejections: entries that cannot be told at all.
    """

    entries: Iterable[Entry]
    token: Any = None
    base_url: str = ""
    remarks: Sequence[Remark] = ()
    rejections: Sequence[RejectedEntry] = ()


@dataclass
class Reading:
    """How reading went; the protocol changes it while it goes, the pipeline looks at it when it has ended.

    Attributes:
        whole: what was read is all that the catalogue holds, so that what is missing has vanished. An incremental
            reading sets it to False: what it does not name is as it was.
        removed: identifiers of which the partner says that they are gone (for incremental readings).
        problem: why the catalogue was not read to its end, in words; "" if it was.
        memory: JSON value to be given to the next reading, when all that was read is accepted.
        announced: how many datasets the partner says it has; None if it does not say.
    """

    whole: bool = True
    removed: list[str] = field(default_factory=list)
    problem: str = ""
    memory: Any = None
    announced: int | None = None


class Session(TypingProtocol):
    """Fetches for one reading: politely, within limits, and with what is known of an address sent along."""

    def get(
        self,
        url: str,
        accept: str = "*/*",
        headers: Mapping[str, str] | None = None,
        etag: str | None = None,
        last_modified: str | None = None,
    ) -> Fetched:
        """Return what an address answers, `not_modified` if it is as `etag` or `last_modified` say.

        Raises:
            FetchError: it does not answer, or with an error.
        """
        ...

    def post(self, url: str, body: Any, accept: str = "application/json") -> Fetched:
        """Send a JSON value and return the answer; FetchError if there is none."""
        ...

    def several(self, calls: Iterable[Callable[[], T]]) -> Iterator[Callable[[], T]]:
        """Make calls that fetch, the next ones while the caller is at one; for each, in order, its outcome."""
        ...


class Unchanged(Exception):
    """The partner says that nothing changed since the last accepted reading."""


@dataclass(frozen=True)
class DescribedTable:
    """A table as its description reads it.

    Attributes:
        description: by which it was read.
        tidy: one observation a row.
        entry: the description as the source has it; none of a table that is not described.
        layout: how the file is laid out, to be compared with the layout that the description was confirmed for.
        sheet: name of the worksheet, or None.
    """

    description: TableDescription
    tidy: TidyTable
    entry: Mapping[str, Any] = field(default_factory=dict)
    layout: Layout | None = None
    sheet: str | None = None


@dataclass(frozen=True)
class PartnerTable:
    """Figures of a dataset as the partner serves them.

    Attributes:
        place: which distribution of the record they belong to, from 0.
        name: of the file they are kept as.
        content: the raw answer (CSV or JSON), kept as it came.
        columns: names of the columns, in order; none of a table that is described.
        rows: their values; None is missing. None at all of a table that the partner has emptied.
        described: the table by its description, if it has one.
    """

    place: int
    name: str
    content: bytes
    columns: tuple[str, ...] = ()
    rows: Sequence[Sequence[Any]] = ()
    described: DescribedTable | None = None

    @property
    def is_empty(self) -> bool:
        """Whether it holds nothing."""
        return self.described.tidy.frame.empty if self.described else not self.rows


class PartnerProtocol(ABC):
    """A protocol. One object serves all sources; it holds nothing between readings."""

    name: str
    """Type of a source, as ckanext-harvest stores it."""
    features: Features = Features()
    options: tuple[Option, ...] = ()

    @abstractmethod
    def title(self) -> str:
        """Return what people call it."""

    @abstractmethod
    def help(self) -> str:
        """Return what it harvests, in a sentence, with an example of an address."""

    @abstractmethod
    def read(
        self, source: SourceSettings, session: Session, reading: Reading, memory: Any, token: Any
    ) -> Iterator[Page]:
        """Yield the pages of a catalogue.

        Args:
            source: which catalogue, and how it is to be read.
            session: fetches.
            reading: how it goes; to be changed on the way.
            memory: what `reading.memory` was when a reading was last accepted; None the first time.
            token: of the page after which to go on; None to begin.

        Raises:
            FetchError, CatalogueError: there is no catalogue. A later page that fails is no error: it is told in
                `reading.problem`, and the pages before it count.
            Unchanged: nothing changed at all.
        """

    def tables(self, source: SourceSettings, session: Session, record: Mapping[str, Any]) -> Iterator[PartnerTable]:
        """Yield the figures of a dataset, fetched now; a protocol without figures yields nothing.

        A table that holds nothing any more is yielded, too: what it held here goes.
        """
        yield from ()


def digest_of(value: Any) -> bytes:
    """Return 16 bytes that are the same for equal JSON values."""
    return hashlib.blake2b(wire.canonical_json(value).encode(), digest_size=16).digest()
