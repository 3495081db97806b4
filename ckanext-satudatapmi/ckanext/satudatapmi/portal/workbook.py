"""The web form as a spreadsheet: a template with one row a field, and what a filled one says, cell by cell."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ckanext.satudatapmi.portal import steps
from ckanext.satudatapmi.portal.beginnings import Unusable
from ckanext.satudatapmi.portal.entry import LISTS, Asked, Offer
from ckanext.satudatapmi.portal.steps import Step
from ckanext.satudatapmi.schemas import dates, shapes, wire
from ckanext.satudatapmi.schemas.form import OTHER, Selection
from ckanext.satudatapmi.tables.description import TableDescription
from ckanext.satudatapmi.tables.grids import read_grid
from ckanext.satudatapmi.tables.values import TableError
from ckanext.satudatapmi.text import _

if TYPE_CHECKING:
    from xlsxwriter import Workbook

SHEET, CHOICES = "Isian", "Pilihan"
KEY_COLUMN, ANSWER_COLUMN, ANSWER_LETTER = 2, 3, "D"
WIDTHS = (8, 40, 34, 48, 60, 60)
MAX_BYTES = 2 * 1024 * 1024
MAX_UNPACKED = 32 * 1024 * 1024
MAX_ROWS = 2_000
MAX_CELL = 32_767
"""What Excel puts into a cell at most."""

Offers = Mapping[str, Sequence[Offer]]
_SEPARATORS = re.compile(r"[;\n]")
_OTHER_WORDS = re.compile(r"^(?:lainnya|other)\s*[:,]\s*(.+)$", re.IGNORECASE | re.DOTALL)


@dataclass(frozen=True)
class CellError:
    """A cell that was not taken: where it stands, what it holds, what would be right."""

    row: int
    label: str
    value: str
    expected: str

    def words(self) -> str:
        """Return the fault as one sentence."""
        return _(
            "Sheet {sheet}, row {row}, column {column} ({label}): {value} cannot be used. Expected: {expected}.",
            sheet=SHEET,
            row=self.row,
            column=ANSWER_LETTER,
            label=self.label,
            value=self.value[:80],
            expected=self.expected,
        )


@dataclass(frozen=True)
class Filled:
    """What a filled template says: texts to store by field, and the cells that were not taken."""

    texts: dict[str, str]
    errors: tuple[CellError, ...]


class _Wrong(ValueError):
    """A cell does not hold what its question asks for; says what would be right."""


def template(form_steps: Sequence[Step], offers: Offers, language: str) -> bytes:
    """Return the template as XLSX.

    Args:
        form_steps: the steps of the form.
        offers: the answers to choose from, by field.
        language: id or en.
    """
    content = io.BytesIO()
    # It takes 12 MB of memory, which only those processes shall need that write a workbook.
    from xlsxwriter import Workbook

    with Workbook(content, {"in_memory": True, "strings_to_formulas": False}) as book:
        _write(book, form_steps, offers, language)
    return content.getvalue()


def _write(book: Workbook, form_steps: Sequence[Step], offers: Offers, language: str) -> None:
    sheet, choices = book.add_worksheet(SHEET), book.add_worksheet(CHOICES)
    head = book.add_format({"bold": True, "bg_color": "#dfe4f5", "text_wrap": True, "valign": "top"})
    wrap = book.add_format({"text_wrap": True, "valign": "top"})
    answer = book.add_format({"text_wrap": True, "valign": "top", "num_format": "@", "border": 1})
    headings = [_("No."), _("Question"), _("Key"), _("Answer"), _("Help"), _("Allowed values")]
    for column, (heading, width) in enumerate(zip(headings, WIDTHS, strict=True)):
        sheet.set_column(column, column, width)
        sheet.write_string(0, column, heading, head)
    sheet.freeze_panes(1, 0)
    row = 0
    for step in form_steps:
        row += 1
        sheet.write_string(row, 1, f"{step.number}. {step.title[language]}", head)
        for asked in step.asked:
            row += 1
            for column, text in enumerate(_described(asked, offers.get(asked.name, ()), language)):
                sheet.write_string(row, column, text, answer if column == ANSWER_COLUMN else wrap)
            if asked.name in offers and asked.kind != "choices":
                source = _list_choices(choices, asked.name, offers[asked.name])
                sheet.data_validation(row, ANSWER_COLUMN, row, ANSWER_COLUMN, {"validate": "list", "source": source})


def _list_choices(sheet: Any, name: str, offers: Sequence[Offer]) -> str:
    """Write the answers to choose from into the next free column; return where they stand, as a formula."""
    from xlsxwriter.utility import xl_col_to_name

    column = 0 if sheet.dim_colmax is None else sheet.dim_colmax + 1
    sheet.write_column(0, column, [name, *(offer.label for offer in offers)])
    letters = xl_col_to_name(column, col_abs=True)
    return f"={CHOICES}!{letters}$2:{letters}${len(offers) + 1}"


def _described(asked: Asked, offers: Sequence[Offer], language: str) -> list[str]:
    """Return the cells of a question: number, name, key, an empty answer, help, allowed values."""
    field = asked.field
    label = field["label"][language] + (" *" if steps.is_required(asked) else "")
    helping = " ".join(filter(None, ((field.get("help_text") or {}).get(language, ""), steps.rule(asked, language))))
    number = asked.question.number if asked.question and field.get("blok") else ""
    return [number, label, asked.name, "", helping, _allowed(asked, offers, language)]


def _allowed(asked: Asked, offers: Sequence[Offer], language: str) -> str:
    if asked.kind == "rows":
        columns = " | ".join(column.label[language] for column in asked.bps_question.columns)
        return _("One row a line: {columns}. Several in one column: separated by semicolons.", columns=columns)
    if asked.kind in LISTS:
        return _("One a line, or separated by semicolons.")
    if asked.kind == "date":
        return _("A date such as 2024-05-31.")
    listed = "; ".join(offer.label for offer in offers)
    return _("Several, separated by semicolons: {values}", values=listed) if asked.kind == "choices" else listed


def read(content: bytes, file: str, form_steps: Sequence[Step], offers: Offers) -> Filled:
    """Return what a filled template says; a cell that cannot be used leaves the others as they are.

    Args:
        content: the file as it was uploaded.
        file: its name, for messages.
        form_steps: the steps of the form.
        offers: the answers to choose from, by field; what they are called in any language is understood.

    Raises:
        Unusable: the file is too large, no workbook, or not our template.
    """
    _refuse_large(content, file)
    try:
        cells = read_grid(content, TableDescription(sheet=SHEET), file).cells[:MAX_ROWS]
    except TableError as error:
        raise Unusable(str(error)) from None
    asked = {one.name: one for step in form_steps for one in step.asked}
    numbered = [(number, row) for number, row in enumerate(cells, 1) if len(row) > ANSWER_COLUMN]
    rows = [(number, row) for number, row in numbered if row[KEY_COLUMN] in asked]
    if not rows:
        told = {"file": file, "sheet": SHEET}
        raise Unusable(_("{file}: no known key stands in column C of the sheet {sheet}. Fill in the template.", **told))
    texts: dict[str, str] = {}
    errors = []
    for number, row in rows:
        name, given = row[KEY_COLUMN], row[ANSWER_COLUMN].strip()
        if not given:
            continue
        try:
            texts[name] = _text(asked[name], given[:MAX_CELL], offers.get(name, ()))
        except _Wrong as wrong:
            errors.append(CellError(number, row[1].removesuffix(" *"), given, str(wrong)))
    return Filled(texts, tuple(errors))


def _refuse_large(content: bytes, file: str) -> None:
    if len(content) > MAX_BYTES:
        told = {"file": file, "limit": MAX_BYTES >> 20}
        raise Unusable(_("{file}: larger than {limit} MB. Fill in the template alone.", **told))
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            unpacked = sum(entry.file_size for entry in archive.infolist())
    except (zipfile.BadZipFile, ValueError, OSError):
        raise Unusable(_("{file}: no XLSX workbook. Fill in the template and save it as XLSX.", file=file)) from None
    if unpacked > MAX_UNPACKED:
        raise Unusable(_("{file}: unpacks to more than {limit} MB.", file=file, limit=MAX_UNPACKED >> 20))


def _text(asked: Asked, given: str, offers: Sequence[Offer]) -> str:
    """Return a cell as the text that its field stores."""
    if asked.kind == "choices":
        return _choices(asked, given, offers)
    if offers:
        return _chosen(given, offers)
    if asked.kind == "rows":
        return _rows(asked, given)
    if asked.kind == "date" and dates.iso_date(given) is None:
        raise _Wrong(_("a date such as 2024-05-31"))
    if asked.kind in LISTS:
        return wire.json_text([part.strip() for part in _SEPARATORS.split(given) if part.strip()])
    return given


def _chosen(given: str, offers: Sequence[Offer]) -> str:
    for offer in offers:
        if given.casefold() in (offer.value.casefold(), offer.label.casefold()):
            return offer.value
    raise _Wrong(_("one of {values}", values="; ".join(dict.fromkeys(offer.label for offer in offers))))


def _choices(asked: Asked, given: str, offers: Sequence[Offer]) -> str:
    question = asked.bps_question
    chosen, words = set(), None
    for part in (part.strip() for part in _SEPARATORS.split(given)):
        other = _OTHER_WORDS.match(part)
        if other and question.other:
            chosen, words = chosen | {OTHER}, other[1].strip()
        elif part:
            chosen.add(_chosen(part, offers))
    values = tuple(option.value for option in question.options if option.value in chosen)
    return shapes.PORTAL.encode(question, Selection(values, words)) if values else ""


def _rows(asked: Asked, given: str) -> str:
    columns = asked.bps_question.columns
    rows: list[dict[str, Any]] = []
    for line in filter(None, (line.strip() for line in given.split("\n"))):
        cells = [cell.strip() for cell in line.split("|")]
        if len(cells) > len(columns):
            raise _Wrong(_("at most {count} columns a line, separated by |", count=len(columns)))
        cells += [""] * (len(columns) - len(cells))
        rows.append(
            {
                column.key: [one.strip() for one in cell.split(";") if one.strip()] if column.type == "texts" else cell
                for column, cell in zip(columns, cells, strict=True)
            }
        )
    return wire.json_text(rows)
