"""The daily report of the Command Center as a PDF for printing (A4)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from pathlib import Path

from fpdf import FPDF, FontFace, ViewerPreferences
from fpdf.enums import XPos, YPos

from ckanext.satudatapmi.portal.command.report import Section
from ckanext.satudatapmi.portal.form_pdf import FONT, FONT_FILES, fonts_in
from ckanext.satudatapmi.text import _

LEFT, TOP, BOTTOM = 15.0, 14.0, 18.0
LINE = 4.8
TEXT, SMALL, TITLE, HEADING = 9.0, 7.5, 16.0, 11.5
GREY, SHADE, BLACK = 90, 232, 0


def render(title: str, address: str, made: dt.datetime, shown: str, sections: Sequence[Section], fonts: Path) -> bytes:
    """Return the PDF.

    Args:
        title: of the report.
        address: of the wall, printed at the foot of each page.
        made: the time that the file bears.
        shown: the same in words.
        sections: its tables.
        fonts: folder of the DejaVu fonts.

    Raises:
        FontsMissing: they are not there.
    """
    pdf = _Report(title, f"{address} · {shown}", fonts_in(fonts))
    pdf.set_creation_date(made)
    for one in sections:
        pdf.section(one)
    return bytes(pdf.output())


class _Report(FPDF):
    def __init__(self, title: str, foot: str, fonts: Path) -> None:
        super().__init__(format="A4")
        self._foot = foot
        for style, file in FONT_FILES.items():
            self.add_font(FONT, style, fonts / file)
        self.set_margins(LEFT, TOP)
        self.set_auto_page_break(True, BOTTOM)
        self.set_title(title)
        self.viewer_preferences = ViewerPreferences(display_doc_title=True)
        self.add_page()
        self._line(title, TITLE, "B")

    def footer(self) -> None:
        """Write where the report comes from, when it was made, and the page's number."""
        self.set_y(-BOTTOM + 5)
        self._letters(SMALL, grey=True)
        self.cell(self.epw - 30, LINE, self._foot)
        self.cell(30, LINE, _("page {page} of {pages}", page=self.page_no(), pages="{nb}"), align="R")

    def section(self, one: Section) -> None:
        """Write a table with its title and its note."""
        self.ln(3)
        self._line(one.title, HEADING, "B")
        if one.rows:
            self._letters(TEXT)
            bold = FontFace(emphasis="BOLD", fill_color=SHADE)
            with self.table(headings_style=bold, line_height=LINE, text_align="LEFT") as table:
                for texts in (one.head, *one.rows):
                    row = table.row()
                    for text in texts:
                        row.cell(text)
        else:
            self._line(_("Nothing is published on this yet. That is no zero."), TEXT)
        if one.note:
            self._line(one.note, SMALL, grey=True)

    def _line(self, text: str, size: float, style: str = "", *, grey: bool = False) -> None:
        self._letters(size, style, grey=grey)
        self.multi_cell(self.epw, size * 0.5, text, align="L", new_x=XPos.LMARGIN, new_y=YPos.NEXT)
        self.ln(0.8)

    def _letters(self, size: float, style: str = "", *, grey: bool = False) -> None:
        self.set_font(FONT, style, size)
        self.set_text_color(GREY if grey else BLACK)
