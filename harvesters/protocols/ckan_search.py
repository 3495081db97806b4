"""package_search of another CKAN, page by page."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode, urlsplit, urlunsplit

from ckanext.satudatapmi.harvesters.datajson import CatalogueError, read_json
from ckanext.satudatapmi.harvesters.fetch import FetchError
from ckanext.satudatapmi.harvesters.protocols.base import Session, SourceSettings, digest_of
from ckanext.satudatapmi.harvesters.protocols.remembering import Forgotten
from ckanext.satudatapmi.schemas.convert import short
from ckanext.satudatapmi.text import _

PATH = "/api/3/action/package_search"
ROWS = 500
MAX_ROWS = 1000
"""What CKAN gives at most, unless its operator says otherwise (ckan.search.rows_max)."""
MAX_PAGES = 20_000
MAX_REPEATS = 3
STEPS_BACK = 3


@dataclass(frozen=True)
class Search:
    """What is asked of a site.

    Attributes:
        site: its address, without a slash at the end.
        session: fetches.
        filters: of the source, in Solr's words.
        key: API token, "" for none.
        rows: how many datasets a page holds.
        sort: in which order.
        wanted: which fields of a dataset; () for all.
    """

    site: str
    session: Session
    filters: tuple[str, ...] = ()
    key: str = ""
    rows: int = ROWS
    sort: str = "id asc"
    wanted: tuple[str, ...] = ()

    @classmethod
    def of(cls, source: SourceSettings, session: Session) -> Search:
        """Return the search that a source's configuration means."""
        rows = int(source.config.get("rows") or ROWS)
        key = str(source.config.get("api_key") or "")
        return cls(_site(source.url), session, _filters(source.config), key, min(max(rows, 1), MAX_ROWS))

    @property
    def asked(self) -> str:
        """Tell one search from another: what is known of one says nothing of the other."""
        return digest_of([self.site, list(self.filters), bool(self.key)]).hex()

    def only(self, *filters: str) -> Search:
        """Return the same search with more filters."""
        return replace(self, filters=(*self.filters, *filters))

    def fields(self, *names: str) -> Search:
        """Return the same search for some fields only."""
        return replace(self, wanted=names)

    def state(self) -> tuple[int, str]:
        """Return how many datasets there are, and when the newest was modified ("" if the site does not say)."""
        count, results = replace(self, sort="metadata_modified desc, id asc").ask(rows=1)
        newest = results[0].get("metadata_modified") if results and isinstance(results[0], Mapping) else ""
        return count, newest if isinstance(newest, str) else ""

    def ask(self, rows: int = 0, start: int = 0) -> tuple[int, list[Any]]:
        """Return how many datasets there are, and those of one page.

        Raises:
            FetchError: the site does not answer.
            CatalogueError: it answers with an error, or with something else.
        """
        query = [("rows", str(rows or self.rows)), ("start", str(start)), ("sort", self.sort)]
        query += [("fq", " ".join(self.filters))] if self.filters else []
        query += [("fl", name) for name in self.wanted]
        headers = {"Authorization": self.key} if self.key else None
        url = f"{self.site}{PATH}?{urlencode(query)}"
        answer = self.session.get(url, accept="application/json", headers=headers)
        return _result(read_json(answer.content, answer.charset)[0])


def _site(url: str) -> str:
    """Return the address of a site from any of its addresses that people enter.

    >>> _site("https://data.example/api/3/action/package_search?q=x"), _site("https://data.example/katalog/dataset/")
    ('https://data.example', 'https://data.example/katalog')
    """
    parts = urlsplit(url.strip())
    path = f"{parts.path.rstrip('/')}/"
    for end in ("/api/", "/dataset/"):
        path = f"{path.partition(end)[0]}/" if end in path else path
    return urlunsplit((parts.scheme, parts.netloc, path.rstrip("/"), "", ""))


def _filters(config: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the filters of a configuration in Solr's words."""
    found = []
    for option, field in (("organizations", "organization"), ("groups", "groups")):
        include = _words(config.get(f"{option}_filter_include"))
        exclude = _words(config.get(f"{option}_filter_exclude"))
        found += [f"+{field}:({include})"] if include else []
        found += [f"-{field}:({exclude})"] if exclude else []
    tags = _words(config.get("tags"))
    found += [f"+tags:({tags})"] if tags else []
    free = str(config.get("fq") or "").strip()
    return (*found, f"+({free})") if free else tuple(found)


def _words(values: Any) -> str:
    """Return values as Solr's "one of these", each quoted; "" for none."""
    items: Sequence[Any] = values if isinstance(values, (list, tuple)) else [values] if values else []
    quoted = [str(item).replace("\\", "\\\\").replace('"', '\\"') for item in items if str(item).strip()]
    return " OR ".join(f'"{item.strip()}"' for item in quoted)


def _result(value: Any) -> tuple[int, list[Any]]:
    if isinstance(value, Mapping) and value.get("success") is False:
        raise CatalogueError(
            "refused",
            _(
                "The partner's CKAN refuses the search: {reason}. Check the filters of the source, or ask the partner.",
                reason=short(_reason(value.get("error")), 200),
            ),
        )
    result = value.get("result") if isinstance(value, Mapping) else None
    if not isinstance(result, Mapping) or not isinstance(result.get("results"), list):
        raise CatalogueError(
            "no_catalogue",
            _(
                "The address answers with JSON that is no search result of CKAN: {found}. Expected result with count "
                "and results; check the address of the source.",
                found=short(value),
            ),
        )
    count = result.get("count")
    return (count if isinstance(count, int) else len(result["results"])), result["results"]


def _reason(error: Any) -> Any:
    return error.get("message") or error if isinstance(error, Mapping) else error


def is_refusal(error: FetchError | CatalogueError) -> bool:
    """Tell whether an error means that the question is not understood, rather than that the site is away."""
    status = getattr(error, "status", None)
    return error.kind == "refused" or status in (400, 404, 409, 500)


@dataclass(frozen=True)
class Position:
    """How far a reading has come.

    Attributes:
        after: the last id that was read; "" at the beginning.
        start: how many datasets were read.
        keyset: pages are asked for by id; False where the site cannot do that, then by number.
        more: whether there are more pages.
    """

    after: str = ""
    start: int = 0
    keyset: bool = True
    more: bool = True

    @classmethod
    def of(cls, token: Mapping[str, Any]) -> Position:
        """Return the position that a token tells."""
        return cls(str(token["after"]), int(token["start"]), bool(token["keyset"]), bool(token["more"]))

    def as_json(self) -> dict[str, Any]:
        """Return the position as part of a token."""
        return {"after": self.after, "start": self.start, "keyset": self.keyset, "more": self.more}


def walk(search: Search, begin: Position) -> Iterator[tuple[list[Any], Position]]:
    """Yield the datasets of page after page, none twice, each with the position after it.

    Raises:
        FetchError, CatalogueError: a page cannot be read, or there is no end to them.
        Forgotten: it goes on after an id, and the site can only give pages by number, which may have moved meanwhile.
    """
    seen = {begin.after} if begin.after else set()
    position, repeats = begin, 0
    for _page in range(MAX_PAGES):
        if not position.more:
            return
        results, position = _next_page(search, position, seen)
        if begin.start and not position.keyset:
            raise Forgotten
        fresh = [one for one in results if _id(one) not in seen]
        seen.update(_id(one) for one in fresh)
        repeats = 0 if fresh else repeats + 1
        if repeats > MAX_REPEATS and position.more:
            break
        yield fresh, position
    if position.more:
        raise CatalogueError(
            "endless", _("The partner's CKAN gives page after page without an end; the rest was not read.")
        )


def _next_page(search: Search, position: Position, seen: set[str]) -> tuple[list[Any], Position]:
    if not position.start:
        return _first(search, position)
    page = _after(search, position) if position.keyset else None
    return page or _numbered(search, replace(position, keyset=False), seen)


def _id(package: Any) -> str:
    return str(package.get("id", "")) if isinstance(package, Mapping) else ""


def _first(search: Search, position: Position) -> tuple[list[Any], Position]:
    count, results = search.ask()
    _refuse_gap(count, results)
    return results, _moved(position, results, len(results), more=len(results) < count)


def _refuse_gap(left: int, results: Sequence[Any]) -> None:
    """Refuse an empty page of a site that counts datasets there: it is no end of the catalogue."""
    if left > 0 and not results:
        raise CatalogueError(
            "gap",
            _(
                "The partner's CKAN gives an empty page, though it counts {count} more datasets. The next run tries "
                "again; if it stays so, ask the partner to rebuild the search index.",
                count=left,
            ),
        )


def _moved(position: Position, results: Sequence[Any], start: int, more: bool) -> Position:
    last = next((found for one in reversed(results) if (found := _id(one))), position.after)
    return replace(position, after=last, start=start, more=more)


def _after(search: Search, position: Position) -> tuple[list[Any], Position] | None:
    """Return the page after the last id; None if the site does not understand, or gives something else."""
    asked = search.only(f'+id:{{"{position.after}" TO *]')
    try:
        count, results = asked.ask()
    except (FetchError, CatalogueError) as error:
        if not is_refusal(error):
            raise
        return None
    if any(_id(one) <= position.after for one in results if _id(one)):
        return None
    _refuse_gap(count, results)
    start = position.start + len(results)
    return results, _moved(position, results, start, more=len(results) < count)


def _numbered(search: Search, position: Position, seen: set[str]) -> tuple[list[Any], Position]:
    """Return the page at a number. It begins with the last dataset read; if that has moved, a page further back."""
    start = position.start - 1
    for step in range(STEPS_BACK + 1):
        count, results = search.ask(start=start)
        if not start or not results or _id(results[0]) in seen or step == STEPS_BACK:
            break
        start = max(0, start - search.rows)
    _refuse_gap(count - start, results)
    end = start + len(results)
    return results, _moved(position, results, end, more=end < count)
