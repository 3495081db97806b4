"""A styled worksheet as an agency's printing template makes it: merged headings, rules, totals, footnotes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet


@dataclass(frozen=True)
class Page:
    """What is printed, and how.

    Attributes:
        titles: lines above the table.
        keys: headings of the columns of names.
        levels: the levels of the headings of figures, from top to bottom; neighbours that are alike are merged.
        rows: names, then figures: an int, or a text as it is printed.
        notes: lines below the table.
        total: the last row, or None.
        ruled: whether cells have borders.
        numbered: whether a row `(1) (2) (3)` numbers the columns.
        hidden: columns, counted from 0, that are written and do not show.
        merged_names: whether a name that is repeated below itself is one merged cell.
        height: of rows in points; tall ones break the table over pages.
        landscape: whether the page lies on its side.
    """

    titles: Sequence[str]
    keys: Sequence[str]
    levels: Sequence[Sequence[str]]
    rows: Sequence[Sequence[Any]]
    notes: Sequence[str] = ()
    total: Sequence[Any] | None = None
    ruled: bool = True
    numbered: bool = False
    hidden: Sequence[int] = ()
    merged_names: bool = False
    height: float = 15
    landscape: bool = False


def write(page: Page, path: Path) -> None:
    """Write a page as XLSX."""
    book = xlsxwriter.Workbook(str(path))
    sheet = book.add_worksheet("Tabel")
    border = {"border": 1} if page.ruled else {}
    cell = book.add_format({**border, "num_format": "#,##0", "align": "right", "valign": "vcenter"})
    name = book.add_format({**border, "valign": "vcenter"})
    number = book.add_format({**border, "valign": "vcenter", "align": "center"})
    head = book.add_format({**border, "bold": True, "align": "center", "valign": "vcenter", "text_wrap": True})
    bold = book.add_format({**border, "bold": True, "num_format": "#,##0", "align": "right"})
    width = len(page.keys) + len(page.levels[0])
    _titles(sheet, page, width, book.add_format({"bold": True, "align": "left"}))
    top = len(page.titles) + 1
    _heading(sheet, page, top, head)
    first = top + len(page.levels)
    if page.numbered:
        sheet.write_row(first, 0, [f"({number + 1})" for number in range(width)], head)
        first += 1
    _body(sheet, page, first, (number, name, cell))
    last = first + len(page.rows)
    if page.total is not None:
        sheet.write_row(last, 0, page.total, bold)
        last += 1
    for number, note in enumerate(page.notes):
        sheet.write(last + 1 + number, 0, note)
    _paper(sheet, page, top, first, width)
    book.close()


def _titles(sheet: Worksheet, page: Page, width: int, form: Format) -> None:
    for row, title in enumerate(page.titles):
        sheet.merge_range(row, 0, row, width - 1, title, form)


def _heading(sheet: Worksheet, page: Page, top: int, form: Format) -> None:
    bottom = top + len(page.levels) - 1
    for column, key in enumerate(page.keys):
        _cell(sheet, (top, column, bottom, column), key, form)
    for depth, level in enumerate(page.levels):
        start = 0
        while start < len(level):
            end = start
            while depth < len(page.levels) - 1 and end + 1 < len(level) and level[end + 1] == level[start]:
                end += 1
            below = any(page.levels[row][start] for row in range(depth + 1, len(page.levels)))
            if level[start]:
                reach = top + depth if below else bottom
                _cell(sheet, (top + depth, len(page.keys) + start, reach, len(page.keys) + end), level[start], form)
            start = end + 1


def _cell(sheet: Worksheet, area: tuple[int, int, int, int], text: Any, form: Format) -> None:
    if area[:2] == area[2:]:
        sheet.write(area[0], area[1], text, form)
    else:
        sheet.merge_range(*area, text, form)


def _body(sheet: Worksheet, page: Page, first: int, forms: tuple[Format, Format, Format]) -> None:
    centred, name, cell = forms
    for number, row in enumerate(page.rows):
        for column, value in enumerate(row):
            named = centred if page.keys[min(column, len(page.keys) - 1)] == "No" else name
            sheet.write(first + number, column, value, named if column < len(page.keys) else cell)
        sheet.set_row(first + number, page.height)
    if page.merged_names:
        start = 0
        for number in range(1, len(page.rows) + 1):
            if number == len(page.rows) or page.rows[number][0] != page.rows[start][0]:
                _cell(sheet, (first + start, 0, first + number - 1, 0), page.rows[start][0], name)
                start = number


def _paper(sheet: Worksheet, page: Page, top: int, first: int, width: int) -> None:
    sheet.set_paper(9)
    if page.landscape:
        sheet.set_landscape()
    sheet.repeat_rows(top, first - 1)
    sheet.fit_to_pages(1, 0)
    for column, key in enumerate(page.keys):
        sheet.set_column(column, column, 6 if key == "No" else 26)
    sheet.set_column(len(page.keys), width - 1, 12)
    for column in page.hidden:
        sheet.set_column(column, column, 12, None, {"hidden": True})
