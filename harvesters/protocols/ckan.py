"""Another CKAN by its Action API: one request tells whether anything changed, and then only what changed is read.

The first reading goes through all datasets by their ids: each page asks for the ids after the last one, so that
datasets that come and go meanwhile neither shift a page nor are read twice. Later readings take what was modified since
the newest dataset of the reading before, and go through all ids only if the counts do not add up, or once a week.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any, TypeVar

from ckanext.satudatapmi.harvesters.addresses import anonymous_address
from ckanext.satudatapmi.harvesters.datajson import CatalogueError
from ckanext.satudatapmi.harvesters.fetch import FetchError
from ckanext.satudatapmi.harvesters.protocols import ckan_record
from ckanext.satudatapmi.harvesters.protocols.base import (
    Entry,
    Features,
    Option,
    Page,
    PartnerProtocol,
    Reading,
    RejectedEntry,
    Session,
    SourceSettings,
    Unchanged,
)
from ckanext.satudatapmi.harvesters.protocols.ckan_memory import Known, has_no_twins, is_ahead
from ckanext.satudatapmi.harvesters.protocols.ckan_search import Position, Search, is_refusal, walk
from ckanext.satudatapmi.harvesters.protocols.remembering import Forgotten
from ckanext.satudatapmi.schemas.convert import short
from ckanext.satudatapmi.text import _

LOOK_BACK = timedelta(hours=1)
"""How much is read again: the search index of a site may be behind its database."""
ASKED_AT_ONCE = 50

T = TypeVar("T")
Walked = tuple[list[Any], Position]


class CkanProtocol(PartnerProtocol):
    """Reads package_search; the options are named as those of ckanext-harvest."""

    name = "satudata_ckan"
    features = Features(incremental=True, authenticated=True)
    options = (
        Option(
            "organizations_filter_include",
            "list",
            lambda: _("Only these organisations"),
            lambda: _("Names of organisations as in their addresses."),
            role="filter",
        ),
        Option(
            "organizations_filter_exclude",
            "list",
            lambda: _("Not these organisations"),
            lambda: _("Names of organisations as in their addresses."),
            role="filter",
        ),
        Option(
            "groups_filter_include",
            "list",
            lambda: _("Only these groups"),
            lambda: _("Names of groups as in their addresses."),
            role="filter",
        ),
        Option(
            "groups_filter_exclude",
            "list",
            lambda: _("Not these groups"),
            lambda: _("Names of groups as in their addresses."),
            role="filter",
        ),
        Option(
            "tags",
            "list",
            lambda: _("Only with one of these tags"),
            lambda: _("Tags as the partner writes them."),
            role="filter",
        ),
        Option(
            "fq",
            "text",
            lambda: _("Filter of the search"),
            lambda: _("In Solr's words, such as res_format:CSV."),
            role="filter",
        ),
        Option(
            "rows",
            "number",
            lambda: _("Datasets per page"),
            lambda: _("From 1 to 1,000; fewer for a partner that is slow."),
            default=500,
        ),
        Option(
            "api_key",
            "secret",
            lambda: _("API token"),
            lambda: _("Of an account at the partner, where it gives nothing without."),
        ),
    )

    def title(self) -> str:
        """Return what people call it."""
        return _("CKAN (Action API)")

    def help(self) -> str:
        """Return what it harvests."""
        return _("Reads the public datasets of another CKAN, such as https://data.example.go.id.")

    def read(
        self, source: SourceSettings, session: Session, reading: Reading, memory: Any, token: Any
    ) -> Iterator[Page]:
        """Yield the pages of a catalogue; see PartnerProtocol."""
        search = Search.of(source, session)
        known = Known.of(memory, search.asked)
        if token is not None:
            yield from _Reader(search, reading, int(token["count"]), str(token["newest"])).resume(token, known)
            return
        count, newest = search.state()
        reading.announced = count
        ahead = is_ahead(newest)
        if known is not None and (known.count, known.newest) == (count, newest) and not known.is_old and not ahead:
            reading.memory = memory
            raise Unchanged
        if not count:
            raise CatalogueError(
                "empty_catalogue",
                _(
                    "The partner's CKAN gives no dataset for this search. Nothing was deleted; check the filters of "
                    "the source, or ask the partner whether the catalogue is meant to be empty."
                ),
            )
        reader = _Reader(search, reading, count, newest)
        yield from reader.whole() if known is None or not known.usable or ahead else reader.changed(known)


@dataclass
class _Reader:
    """One reading.

    Attributes:
        count, newest: what the site said when it began.
        left_out: how many datasets were read that are not for the public.
        resumed: whether another process has read a part of it.
        brought: the ids of the datasets that were read.
    """

    search: Search
    reading: Reading
    count: int
    newest: str
    left_out: int = 0
    resumed: bool = False
    brought: set[str] = field(default_factory=set)

    def resume(self, token: Mapping[str, Any], known: Known | None) -> Iterator[Page]:
        """Yield the pages after that of a token."""
        self.left_out, self.resumed = int(token["left_out"]), True
        self.reading.announced = self.count - self.left_out
        position = Position.of(token)
        if token["how"] == "changed" and known is not None and known.usable:
            return self.changed(known, position, token["new"])
        return self.whole(position)

    def whole(self, begin: Position | None = None) -> Iterator[Page]:
        """Yield all datasets by their ids."""
        ids: dict[str, str] = {}
        complete = False
        for results, position in self._told(walk(self.search, begin or Position()), first=begin is None):
            complete = position.keyset
            token = self._token("whole", position) if position.more else None
            yield self._page(results, ids, token)
        if complete and begin is None and not self.reading.problem and len(ids) != self.count:
            yield from self._told(self._compared(ids), first=False)
        if self.reading.problem:
            return
        if complete and begin is None:
            # By ids none is missed: what the site counts beyond that is in its search index alone, or has gone since.
            self.reading.announced = len(ids) - self.left_out
        elif begin is None and len(ids) < self.count:
            # With its count remembered, the next reading would find nothing changed and leave the gap.
            return
        # The ids of pages that another process read are not known here; the next reading begins anew.
        self._remember(ids if begin is None else None, None, listed=True)

    def changed(
        self, known: Known, begin: Position | None = None, new: Mapping[str, str] | None = None
    ) -> Iterator[Page]:
        """Yield what was modified since the newest dataset of the reading before; tell what vanished."""
        self.reading.whole = False
        before, since = known.ids or {}, _look_back(known.newest)
        ids = {**before, **(new or {})}
        end = begin or Position()
        for results, position in self._told(self._modified_since(since, end), first=begin is None):
            end = position
            page = self._page(results, ids, None)
            token = self._token("changed", position) if position.more or self._must_list(known, ids) else None
            if token is not None:
                added = {key: name for key, name in ids.items() if before.get(key) != name}
                page = replace(page, token={**token, "new": added})
            yield page
        listed = self._must_list(known, ids)
        if listed and not self.reading.problem:
            yield from self._told(self._compared(ids), first=False)
        if not self.reading.problem:
            self._note_gone({key: name for key, name in before.items() if ids.get(key) != name}, ids)
            if not self._is_settled(since, end):
                self.newest = known.newest
            self._remember(ids, known, listed)

    def _remember(self, ids: Mapping[str, str] | None, before: Known | None, listed: bool) -> None:
        """Leave a memory. What a site counts beyond its ids is believed if it counted that the time before, too."""
        beyond = self.count - len(ids or {})
        believed = not beyond or before is not None and before.beyond == beyond
        when = None if not believed else datetime.now(UTC) if listed or before is None else before.listed
        self.reading.memory = Known(self.count, self.newest, ids, when).as_json(self.search.asked)

    def _must_list(self, known: Known, ids: Mapping[str, str]) -> bool:
        return known.is_old or len(ids) != self.count

    def _is_settled(self, since: str, end: Position) -> bool:
        """Tell whether a site says after a reading what it said before.

        If not, a part of it may have been away meanwhile, as while its search index is built anew, and with it what
        was modified: then the next reading looks at the same time once more.
        """
        try:
            if self.search.state() != (self.count, self.newest):
                return False
            return not end.keyset or self._since(since).ask(rows=1)[0] <= end.start
        except (FetchError, CatalogueError):
            return False

    def _since(self, moment: str) -> Search:
        return self.search.only(f"+metadata_modified:[{moment}Z TO *]")

    def _modified_since(self, since: str, begin: Position) -> Iterator[Walked]:
        """Yield what was modified since a moment, by id: what changes meanwhile is neither missed nor read twice."""
        pages = walk(self._since(since), begin)
        if begin.start:
            return pages
        return _understood(
            pages, self._newest_first(since), lambda results: all(_modified(one) >= since for one in results)
        )

    def _newest_first(self, since: str) -> Iterator[Walked]:
        """Yield the same from a site that cannot be asked for a moment."""
        search = replace(self.search, sort="metadata_modified desc, id asc")
        for results, position in walk(search, Position(keyset=False)):
            recent = [one for one in results if _modified(one) >= since]
            old = len(recent) < len(results)
            yield recent, replace(position, more=position.more and not old)
            if old:
                return

    def _compared(self, ids: dict[str, str]) -> Iterator[Page]:
        """Compare all ids of the site with those we know: drop what vanished, yield what was missed."""
        listed: set[str] = set()
        # Old sites do not know how to give some fields only.
        for results, _position in _understood(
            walk(self.search.fields("id", "name"), Position()), walk(self.search, Position())
        ):
            listed.update(str(one["id"]) for one in results if isinstance(one, Mapping) and one.get("id"))
        if len(listed) >= self.count and not self.resumed:
            # One that was read and has gone since is accepted nevertheless; the next reading misses it.
            for key in ids.keys() - listed - self.brought:
                del ids[key]
        missed = sorted(listed - ids.keys())
        for at in range(0, len(missed), ASKED_AT_ONCE):
            names = " OR ".join(f'"{one}"' for one in missed[at : at + ASKED_AT_ONCE])
            yield self._page(self.search.only(f"+id:({names})").ask(rows=ASKED_AT_ONCE)[1], ids, None)

    def _told(self, pages: Iterator[T], first: bool) -> Iterator[T]:
        """Yield pages; what goes wrong after the first is told, not raised."""
        try:
            for one in pages:
                yield one
                first = False
        except (FetchError, CatalogueError) as error:
            if first:
                raise
            self.reading.problem = str(error)

    def _note_gone(self, gone: Mapping[str, str], ids: Mapping[str, str]) -> None:
        """Note the identifiers that no dataset has any longer."""
        living = set(ids.values())
        self.reading.removed += [name for name in gone.values() if name not in living]

    def _page(self, results: Sequence[Any], ids: dict[str, str], token: Any) -> Page:
        """Return a page of package_search; `ids` takes what it holds.

        Raises:
            Forgotten: two datasets have one identifier; which is which here, only a whole reading tells.
        """
        entries, rejections = [], []
        for place, package in enumerate(results, start=1):
            if not isinstance(package, Mapping) or not package.get("id"):
                words = _("Expected a dataset with an id, found {value}.", value=short(package))
                rejections.append(RejectedEntry(place, words))
                continue
            ids[str(package["id"])] = ckan_record.identifier(package)
            self.brought.add(str(package["id"]))
            if ckan_record.is_taken(package):
                make = partial(ckan_record.record, package, anonymous_address(self.search.site))
                entries.append(Entry(ckan_record.digest(package), make))
            else:
                self.left_out += 1
                self.reading.removed.append(ids[str(package["id"])])
        if not self.reading.whole and not has_no_twins(ids):
            raise Forgotten
        self.reading.announced = self.count - self.left_out
        return Page(entries, token, f"{self.search.site}/", rejections=rejections)

    def _token(self, how: str, position: Position) -> dict[str, Any] | None:
        """Return the token after a page; None for pages by number.

        Those have moved when reading goes on: what was read before may come again, changed, and would count as another
        dataset with the same identifier. Such a reading begins anew.
        """
        if not position.keyset:
            return None
        told = {"how": how, "count": self.count, "newest": self.newest, "left_out": self.left_out}
        return {**told, **position.as_json()}


def _understood(
    pages: Iterator[Walked], otherwise: Iterator[Walked], as_asked: Callable[[list[Any]], bool] = lambda results: True
) -> Iterator[Walked]:
    """Yield pages, or others if the site does not understand what the first is asked with, or gives something else."""
    try:
        first = next(pages, None)
    except (FetchError, CatalogueError) as error:
        if not is_refusal(error):
            raise
        first = None
    if first is None or not as_asked(first[0]):
        yield from otherwise
        return
    yield first
    yield from pages


def _modified(package: Any) -> str:
    """Return when a dataset was modified, in a form that can be compared; one that does not say counts as new."""
    value = package.get("metadata_modified") if isinstance(package, Mapping) else None
    return value if isinstance(value, str) and value else "9999"


def _look_back(moment: str) -> str:
    """Return the moment an hour before; a moment that is none gives the beginning of time."""
    try:
        found = datetime.fromisoformat(moment)
    except ValueError:
        return "1900-01-01T00:00:00.000"
    plain = found.astimezone(UTC).replace(tzinfo=None) if found.tzinfo else found
    return (plain - LOOK_BACK).isoformat(timespec="milliseconds")
