"""What one can subscribe to: a search, a theme, a publisher, an indicator; what is new of it, in sentences."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl

import ckan.model as model
import ckan.plugins.toolkit as tk

from ckanext.satudatapmi.catalogue.searches import search_text
from ckanext.satudatapmi.figures import changes
from ckanext.satudatapmi.figures.registry import facets, indicators
from ckanext.satudatapmi.figures.store import reading
from ckanext.satudatapmi.indexing import facets as search_fields
from ckanext.satudatapmi.publication.revision_feed import title_of

SEARCH, THEME, PUBLISHER, INDICATOR = "search", "theme", "publisher", "indicator"
KINDS = (SEARCH, THEME, PUBLISHER, INDICATOR)
TOLD = 20
"""How many things a mail tells of one subscription; the page has the others."""
LONGEST = 500
WORDS = "q"


@dataclass(frozen=True)
class Subject:
    """Something to subscribe to.

    Attributes:
        title: in the page's language.
        address: of its page.
        feed: of its Atom feed.
    """

    title: str
    address: str
    feed: str


@dataclass(frozen=True)
class News:
    """What is new of a subject.

    Attributes:
        subject: of which.
        lines: a sentence for each new thing, TOLD at most.
        more: how many there are beside them.
    """

    subject: Subject
    lines: list[str]
    more: int


def subject(kind: str, target: str) -> Subject | None:
    """Return what somebody wants to subscribe to, None where there is no such thing.

    Args:
        kind: one of KINDS.
        target: id of an indicator, name of an organisation or a theme, or the parameters of a search.
    """
    return SUBJECTS[kind](target) if kind in SUBJECTS and target and len(target) <= LONGEST else None


def news(kind: str, target: str, since: datetime) -> News | None:
    """Return what is new of a subject since a moment (UTC), None where it is gone or nothing is."""
    about = subject(kind, target)
    if about is None:
        return None
    lines, count = _figures(target, since) if kind == INDICATOR else _datasets(_search(kind, target), since)
    return News(about, lines, count - len(lines)) if lines else None


def _indicator(target: str) -> Subject | None:
    known = indicators().get(target)
    if known is None:
        return None
    pages = _addresses(
        ("satudata_indicators.show", {"name": target}), ("satudata_revision_feed.atom", {"indicator": target})
    )
    return Subject(tk.h.satudata_in_language(known.label), *pages)


def _publisher(target: str) -> Subject | None:
    without = dict.fromkeys(("include_datasets", "include_users", "include_groups", "include_extras"), False)
    try:
        found = _asked("organization_show", {"id": target, **without})
    except (tk.ObjectNotFound, tk.NotAuthorized):
        return None
    # Only its name: an id that was typed would be a second subscription to the same body.
    if found["name"] != target:
        return None
    pages = _addresses(("organization.read", {"id": target}), ("feeds.organization", {"id": target}))
    return Subject(found["display_name"], *pages)


def _theme(target: str) -> Subject | None:
    filters = {"kategori": target}
    if not _asked("package_search", {"fq": _filter(filters), "rows": 0})["count"]:
        return None
    return Subject(target, *_addresses(("dataset.search", filters), ("feeds.custom", filters)))


def _searched(target: str) -> Subject | None:
    asked = dict(parse_qsl(target))
    if not asked or search_text(asked) != target or not asked.keys() <= {WORDS, *search_fields()}:
        return None
    title = ", ".join(f"“{value}”" if name == WORDS else value for name, value in sorted(asked.items(), reverse=True))
    return Subject(title, *_addresses(("dataset.search", asked), ("feeds.custom", asked)))


SUBJECTS: Mapping[str, Callable[[str], Subject | None]] = {
    SEARCH: _searched,
    THEME: _theme,
    PUBLISHER: _publisher,
    INDICATOR: _indicator,
}


def _search(kind: str, target: str) -> dict[str, str]:
    """Return words and filters by which the datasets of a subject are found."""
    return {THEME: {"kategori": target}, PUBLISHER: {"organization": target}}.get(kind) or dict(parse_qsl(target))


def _datasets(asked: dict[str, str], since: datetime) -> tuple[list[str], int]:
    """Return a sentence for each dataset that is new or was changed since a moment, and how many there are."""
    words = asked.pop(WORDS, "*:*")
    filters = f"{_filter(asked)} metadata_modified:[{since.isoformat()}Z TO *]"
    found = _asked("package_search", {"q": words, "fq": filters, "sort": "metadata_modified desc", "rows": TOLD})
    return [_dataset(one, since) for one in found["results"]], found["count"]


def _dataset(package: Mapping[str, Any], since: datetime) -> str:
    is_new = datetime.fromisoformat(package["metadata_created"]) >= since
    told = tk._("New: {title}") if is_new else tk._("Changed: {title}")
    address = tk.h.url_for("dataset.read", id=package["name"], _external=True)
    return f"{told.format(title=package['title'] or package['name'])}\n  {address}"


def _filter(filters: Mapping[str, str]) -> str:
    quoted = (f'{name}:"{_escaped(value)}"' for name, value in filters.items())
    return " ".join(["dataset_type:dataset", *quoted])


def _escaped(value: str) -> str:
    return value.replace("\\", "\\\\").replace('"', '\\"')


def _figures(indicator: str, since: datetime) -> tuple[list[str], int]:
    """Return a sentence for each publication of new figures and each restated one since a moment, and how many."""
    connection = model.Session.connection()
    lines = [_addition(row) for row in reading.added_since(connection, since, indicator)]
    changed = reading.changed_since(connection, since, TOLD + 1, 0, indicator)
    lines += [tk._("Restated: {figure}").format(figure=title_of(changes.plain_change(row))) for row in changed]
    return lines[:TOLD], len(lines)


def _addition(row: Mapping[str, Any]) -> str:
    count = row["figures"]
    told = tk.ungettext(
        "{count} new figure: {series}, published {day}", "{count} new figures: {series}, published {day}", count
    )
    series = tk.h.satudata_in_language(facets()[row["facet"]].title)
    day = tk.h.satudata_date(row["vintage"])
    return told.format(count=tk.h.satudata_number(count), series=series, day=day)


def _addresses(*pages: tuple[str, dict[str, str]]) -> list[str]:
    return [tk.h.url_for(endpoint, _external=True, **values) for endpoint, values in pages]


def _asked(action: str, asked: dict[str, Any]) -> Any:
    """Call an action as nobody in particular: a mail tells what everybody may see."""
    return tk.get_action(action)({"user": "", "auth_user_obj": None}, asked)
