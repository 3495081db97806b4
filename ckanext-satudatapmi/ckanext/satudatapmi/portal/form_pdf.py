"""A BPS form of a dataset as a PDF that looks like the paper form: blocks, numbers, tick boxes and boxes for codes.

The same data give the same bytes: the only time in the file is that of the dataset.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fpdf import FPDF, FontFace, ViewerPreferences
from fpdf.enums import XPos, YPos

from ckanext.satudatapmi.schemas.convert import clean_text
from ckanext.satudatapmi.text import _

FONT, FONT_FILES = "DejaVu", {"": "DejaVuSans.ttf", "B": "DejaVuSans-Bold.ttf"}
LEFT, TOP, BOTTOM = 15.0, 14.0, 18.0
NUMBER, CODE = 13.0, 16.0
"""Widths of the columns for the number of a question and for its code, in mm."""
LINE, GAP, BOX = 4.4, 1.6, 3.2
TEXT_SIZE, SMALL, TITLE = 8.5, 7.0, 14.0
GREY, SHADE, BLACK = 90, 232, 0
SHORT_OPTION, LONG_CELL, FOOT_ADDRESS = 45, 600, 95
"""Options up to so many characters stand in two columns; a row with a longer cell than that is no table's; so much of
the address, which stands in full at the head, fits at the foot."""


@dataclass(frozen=True)
class FormSheet:
    """What a form says of itself.

    Attributes:
        title: of the form.
        dataset: title of the dataset.
        year: of the activity, "" where there is none.
        address: of the dataset, which is printed at the foot of each page.
        date: of the dataset, as printed.
        changed: when the dataset last changed; the time that the file bears.
        language: id or en.
        parts: as `form_pages.parts` gives them.
    """

    title: str
    dataset: str
    year: str
    address: str
    date: str
    changed: dt.datetime
    language: str
    parts: Sequence[Mapping[str, Any]]


class FontsMissing(RuntimeError):
    """The font files are not where the configuration says."""


def render(sheet: FormSheet, fonts: Path) -> bytes:
    """Return the PDF of a form.

    Args:
        sheet: what stands on it.
        fonts: folder of the DejaVu fonts, which hold every letter and sign that forms are written in.

    Raises:
        FontsMissing: they are not there.
    """
    return bytes(FormPdf(sheet, fonts_in(fonts)).output())


def fonts_in(folder: Path) -> Path:
    """Return a folder that has the fonts.

    Raises:
        FontsMissing: they are not there.
    """
    if not all((folder / file).is_file() for file in FONT_FILES.values()):
        raise FontsMissing(f"no DejaVu fonts in {folder}; Debian's package is fonts-dejavu-core")
    return folder


class FormPdf(FPDF):
    """The pages of a form."""

    def __init__(self, sheet: FormSheet, fonts: Path) -> None:
        super().__init__(format="A4")
        self.sheet = sheet
        for style, file in FONT_FILES.items():
            self.add_font(FONT, style, fonts / file)
        self.set_margins(LEFT, TOP)
        self.set_auto_page_break(True, BOTTOM)
        self.set_creation_date(sheet.changed)
        self.set_lang("id-ID" if sheet.language == "id" else "en")
        self.set_title(f"{sheet.title}: {clean_text(sheet.dataset)}")
        self.set_subject(sheet.address)
        self.viewer_preferences = ViewerPreferences(display_doc_title=True)
        self._letters()
        self.add_page()
        self._head()
        for part in sheet.parts:
            self._part(part)

    def footer(self) -> None:
        """Write where the form comes from, as of when, and the page's number."""
        self.set_y(-BOTTOM + 5)
        self._letters(SMALL, grey=True)
        self.line(LEFT, self.get_y() - 1, self.w - LEFT, self.get_y() - 1)
        number = _("page {page} of {pages}", page=self.page_no(), pages="{nb}")
        self.cell(self.epw - 30, LINE, f"{_shortened(self.sheet.address)} · {self.sheet.date}")
        self.cell(30, LINE, number, align="R")

    def _letters(self, size: float = TEXT_SIZE, style: str = "", grey: bool = False) -> None:
        self.set_font(FONT, style, size)
        self.set_text_color(GREY if grey else BLACK)

    def _lines(self, x: float, width: float, text: str, align: str = "L") -> None:
        """Write a text below what stands there; it goes on on the next page where this one ends."""
        self.set_x(x)
        self.multi_cell(width, LINE, clean_text(text), align=align, new_x=XPos.LMARGIN, new_y=YPos.NEXT)

    def _height(self, width: float, text: str) -> float:
        height: Any = self.multi_cell(width, LINE, clean_text(text), dry_run=True, output="HEIGHT")
        return height

    def _head(self) -> None:
        """Write the head of the form: its title, the dataset, the year in boxes."""
        top = self.get_y()
        self._letters(TITLE, "B")
        self.multi_cell(self.epw - 45, 6.5, self.sheet.title, new_x=XPos.LMARGIN, new_y=YPos.NEXT, align="L")
        self._letters(TEXT_SIZE + 1)
        self.ln(1)
        self._lines(LEFT, self.epw - 45, self.sheet.dataset)
        self._letters(SMALL, grey=True)
        self._lines(LEFT, self.epw - 45, f"{self.sheet.address} · {self.sheet.date}")
        bottom = self.get_y()
        if self.sheet.year:
            self._letters(SMALL, grey=True)
            self.set_xy(self.w - LEFT - 40, top)
            self.cell(40, LINE, _("Year"), align="R")
            self._digits(self.w - LEFT, top + LINE + 0.5, self.sheet.year[:4], size=6.5)
        self.set_y(max(bottom, top + 14) + 2)

    def _digits(self, right: float, y: float, text: str, size: float = 5.0) -> None:
        """Draw a box for each sign of a code, the last one ending at `right`."""
        self._letters(TEXT_SIZE + 1, "B")
        for place, sign in enumerate(text):
            x = right - size * (len(text) - place)
            self.rect(x, y, size, size)
            self.set_xy(x, y)
            self.cell(size, size, sign, align="C")

    def _part(self, part: Mapping[str, Any]) -> None:
        title = part["title"] if part["name"] == "0" else f"{part['name']}. {part['title']}"
        if self.will_page_break(30):
            self.add_page()
        self.ln(2)
        self._letters(TEXT_SIZE + 1.5, "B")
        self.start_section(title)
        self.set_fill_color(SHADE)
        self.multi_cell(self.epw, 7, f" {title}", border=1, fill=True, new_x=XPos.LMARGIN, new_y=YPos.NEXT, align="L")
        for question in part["questions"]:
            self._question(question)

    def _question(self, question: Mapping[str, Any]) -> None:
        width = self.epw - NUMBER - CODE
        self._letters(style="B")
        # A question does not stand at the foot of a page without the beginning of its answer.
        if self.will_page_break(self._height(width, question["label"]) + 3 * LINE):
            self.add_page()
        self.ln(GAP)
        top = self.get_y()
        self._letters(grey=True)
        self.cell(NUMBER, LINE, question["number"])
        self._letters(style="B", grey=not question["applies"])
        self._lines(LEFT + NUMBER, width, question["label"])
        after = self.get_y()
        if question["code"]:
            self._digits(self.w - LEFT, top, question["code"])
        self.set_xy(LEFT, max(after, top + 5.5 if question["code"] else 0) + 0.6)
        self._answer(question)
        self.ln(GAP)
        self.set_draw_color(200)
        self.line(LEFT, self.get_y(), self.w - LEFT, self.get_y())
        self.set_draw_color(BLACK)

    def _answer(self, question: Mapping[str, Any]) -> None:
        x, width = LEFT + NUMBER, self.epw - NUMBER
        self._letters()
        if question["options"] and question["applies"]:
            self._options(question["options"], x, width)
        elif question["kind"] == "text":
            self._lines(x, width, question["text"])
        elif question["kind"] == "list":
            for item in question["items"]:
                self._lines(x, width, f"• {item}")
        elif question["kind"] == "table":
            self._rows(question["columns"], question["rows"], x, width)
        else:
            self._nothing(question["applies"], x, width)

    def _nothing(self, applies: bool, x: float, width: float) -> None:
        """Leave a line to write on where an answer is asked for."""
        self._letters(SMALL, grey=True)
        self._lines(x, width, _("no answer") if applies else _("does not apply"))
        if applies:
            self.set_dash_pattern(0.4, 0.8)
            self.line(x + 22, self.get_y() - 0.8, x + width, self.get_y() - 0.8)
            self.set_dash_pattern()

    def _options(self, options: Sequence[Mapping[str, Any]], x: float, width: float) -> None:
        """Draw the options with their codes, ticked where they were chosen."""
        columns = 2 if all(len(one["label"]) <= SHORT_OPTION for one in options) else 1
        each = width / columns
        for start in range(0, len(options), columns):
            row = options[start : start + columns]
            height = max(self._height(each - BOX - 9, one["label"]) for one in row) + 0.5
            if self.will_page_break(height):
                self.add_page()
            top = self.get_y()
            for place, one in enumerate(row):
                self._option(one, x + place * each, top, each)
            self.set_xy(LEFT, top + height)

    def _option(self, option: Mapping[str, Any], x: float, y: float, width: float) -> None:
        self.rect(x, y + 0.6, BOX, BOX)
        self._letters(style="B" if option["chosen"] else "")
        if option["chosen"]:
            self.set_xy(x, y + 0.6)
            self.cell(BOX, BOX, "✓", align="C")
        self.set_xy(x + BOX + 0.5, y)
        self.cell(6, LINE, str(option["code"]), align="R")
        self.set_xy(x + BOX + 7.5, y)
        self.multi_cell(width - BOX - 9, LINE, clean_text(option["label"]), align="L", new_x=XPos.LMARGIN)

    def _rows(self, columns: Sequence[str], rows: Sequence[Sequence[str]], x: float, width: float) -> None:
        """Draw the rows of a repeating group, their heading again on each page."""
        if any(len(cell) > LONG_CELL for row in rows for cell in row):
            self._long_rows(columns, rows, x, width)
            return
        self.set_left_margin(x)
        heading = FontFace(emphasis="BOLD", fill_color=SHADE)
        with self.table(
            width=width, align="LEFT", line_height=LINE, headings_style=heading, text_align="LEFT", padding=0.6
        ) as table:
            for cells in (columns, *rows):
                table.row([clean_text(cell) for cell in cells])
        self.set_left_margin(LEFT)
        self.set_x(LEFT)

    def _long_rows(self, columns: Sequence[str], rows: Sequence[Sequence[str]], x: float, width: float) -> None:
        for number, row in enumerate(rows, start=1):
            for column, cell in zip(columns, row, strict=True):
                if cell:
                    self._letters(SMALL, grey=True)
                    self._lines(x, width, f"{number}. {column}")
                    self._letters()
                    self._lines(x, width, cell)


def _shortened(address: str) -> str:
    return address if len(address) <= FOOT_ADDRESS else f"{address[: FOOT_ADDRESS - 1]}…"
