"""Tables of web pages as grids: merged cells are filled, what a browser does not show is left out."""

from __future__ import annotations

import re
from dataclasses import dataclass

import lxml.etree
import lxml.html

from ckanext.satudatapmi.schemas.convert import clean_text

MAX_SPAN = 1000
MAX_CELLS = 500_000
HIDDEN = ("script", "style", "template", "noscript")
_DECLARATION = re.compile(r"^\s*<\?xml[^>]*\?>")


Merge = tuple[tuple[int, int], tuple[int, int]]


@dataclass(frozen=True)
class WebTable:
    """A table of a web page.

    Attributes:
        title: its caption, or the heading before it.
        cells: a merged cell's text stands in all its places.
        merges: merged cells as ((row, column), (row, column)) of first and last cell, counted from 0.
    """

    title: str
    cells: list[list[str]]
    merges: tuple[Merge, ...] = ()


def parsed(text: str) -> lxml.html.HtmlElement | None:
    """Return the elements of a web page; None if there are none. Nothing is fetched, no entity is read from outside."""
    parser = lxml.html.HTMLParser(no_network=True, remove_comments=True)
    try:
        page = lxml.html.document_fromstring(_DECLARATION.sub("", text), parser=parser)
    except (lxml.etree.ParserError, ValueError):
        return None
    lxml.etree.strip_elements(page, *HIDDEN, with_tail=False)
    return page


def web_tables(text: str) -> list[WebTable]:
    """Return the tables of a web page that hold two rows and two columns at least, without those that hold others."""
    page = parsed(text)
    if page is None:
        return []
    found = []
    for element in page.iter("table"):
        if next(element.iterdescendants("table"), None) is None:
            cells, merges = _grid(element)
            if len(cells) > 1 and len(cells[0]) > 1:
                found.append(WebTable(_title(element), cells, merges))
    return found


def _title(table: lxml.html.HtmlElement) -> str:
    caption = table.find("caption")
    if caption is None:
        caption = next(iter(table.xpath("preceding::*[self::h1 or self::h2 or self::h3 or self::h4][1]")), None)
    return "" if caption is None else " ".join(clean_text(str(caption.text_content())).split())


def _grid(table: lxml.html.HtmlElement) -> tuple[list[list[str]], tuple[Merge, ...]]:
    """Return the cells of a table, a merged one in all its places, and which are merged; none if they are too many."""
    rows = list(table.iter("tr"))
    placed: dict[tuple[int, int], str] = {}
    merges: list[Merge] = []
    for top, row in enumerate(rows):
        left = 0
        for cell in row.iterchildren("td", "th"):
            while (top, left) in placed:
                left += 1
            width, height = _span(cell, "colspan"), min(_span(cell, "rowspan"), len(rows) - top)
            if len(placed) + width * height > MAX_CELLS:
                return [], ()
            text = " ".join(clean_text(str(cell.text_content())).split())
            placed |= {(top + down, left + right): text for down in range(height) for right in range(width)}
            if width * height > 1:
                merges.append(((top, left), (top + height - 1, left + width - 1)))
            left += width
    width = max((left for _top, left in placed), default=-1) + 1
    return [[placed.get((top, left), "") for left in range(width)] for top in range(len(rows))], tuple(merges)


def _span(cell: lxml.html.HtmlElement, name: str) -> int:
    """Return over how many columns or rows a cell reaches."""
    text = cell.get(name, "1").strip()
    return min(max(int(text), 1), MAX_SPAN) if text.isdecimal() else 1
