"""What a worksheet's file says besides its values: hidden rows and columns, merged cells, formulas without a value.

Office Open XML is searched by patterns, for a sheet of a million cells takes seconds to follow tag by tag; the files
are written by programs, and a prefix of names is allowed for. OpenDocument tells of repeated rows and is followed.
"""

from __future__ import annotations

import io
import posixpath
import re
import zipfile
from dataclasses import dataclass, field
from xml.parsers import expat

import xlrd

from ckanext.satudatapmi.tables.spreadsheets import OLE

Place = tuple[int, int]
Merge = tuple[Place, Place]
MAX_REPEATED = 100_000
_PREFIX = rb"(?:\w+:)?"
_TRUE = rb'\shidden="(?:1|true)"'
_ROW = re.compile(rb"<" + _PREFIX + rb'row\b[^>]*?\sr="(\d+)"[^>]*>')
_COLUMN = re.compile(rb"<" + _PREFIX + rb"col\s[^>]*>")
_UNVALUED = re.compile(
    rb"<"
    + _PREFIX
    + rb'c\b[^>]*?\sr="([A-Z]+)(\d+)"[^>]*>\s*<'
    + _PREFIX
    + rb"f\b(?:[^>]*/>|[^>]*>[^<]*</"
    + _PREFIX
    + rb"f>)\s*(?:<"
    + _PREFIX
    + rb"v\s*/>|<"
    + _PREFIX
    + rb"v>\s*</"
    + _PREFIX
    + rb"v>)?\s*</"
    + _PREFIX
    + rb"c>"
)
_SHEET = re.compile(r"<(?:\w+:)?sheet\b[^>]*>")
_RELATION = re.compile(r"<(?:\w+:)?Relationship\b[^>]*>")


@dataclass(frozen=True)
class SheetFacts:
    """Facts of one worksheet; rows and columns are counted from 0.

    Attributes:
        rows: hidden rows.
        columns: hidden columns.
        merges: merged cells, where the file's reader does not give them.
        unvalued: cells with a formula and no value.
        yes_or_no: whether cells may hold yes or no, which equal 1 and 0 in Python.
    """

    rows: frozenset[int] = frozenset()
    columns: frozenset[int] = frozenset()
    merges: tuple[Merge, ...] = ()
    unvalued: tuple[Place, ...] = ()
    yes_or_no: bool = True


def sheet_facts(content: bytes, sheet: str) -> SheetFacts:
    """Return what a workbook's file says of a worksheet.

    Args:
        content: an XLSX, XLS or ODS file that was found harmless.
        sheet: name of the worksheet.

    Raises:
        KeyError, ValueError, zipfile.BadZipFile, expat.ExpatError, xlrd.XLRDError: the file is damaged.
    """
    if content.startswith(OLE):
        return _binary_facts(content, sheet)
    archive = zipfile.ZipFile(io.BytesIO(content))
    if "content.xml" in archive.namelist():
        return _open_document_facts(archive, sheet)
    return _open_xml_facts(archive, sheet)


def _binary_facts(content: bytes, sheet: str) -> SheetFacts:
    book = xlrd.open_workbook(file_contents=content, formatting_info=True, logfile=io.StringIO())
    found = book.sheet_by_name(sheet)
    return SheetFacts(
        frozenset(row for row, about in found.rowinfo_map.items() if about.hidden),
        frozenset(column for column, about in found.colinfo_map.items() if about.hidden and column < found.ncols),
    )


def _open_xml_facts(archive: zipfile.ZipFile, sheet: str) -> SheetFacts:
    xml = archive.read(_path_of(archive, sheet))
    head = xml[: xml.find(b"sheetData")]
    columns: set[int] = set()
    for tag in (found.group() for found in _COLUMN.finditer(head) if re.search(_TRUE, found.group())):
        first, last = (int(_attribute(tag.decode(), name)) for name in ("min", "max"))
        columns.update(range(first - 1, min(last, MAX_REPEATED)))
    # Most sheets hide nothing and hold no formula: that is seen at once, and the patterns are not tried on every cell.
    rows = _ROW.finditer(xml) if b"hidden=" in xml else ()
    formulas = _UNVALUED.finditer(xml) if b"<f" in xml or b":f" in xml else ()
    return SheetFacts(
        frozenset(int(found[1]) - 1 for found in rows if re.search(_TRUE, found.group())),
        frozenset(columns),
        unvalued=tuple((int(found[2]) - 1, _column_number(found[1].decode())) for found in formulas),
        # The type of such a cell is b (Office Open XML, part 1, 18.18.11).
        yes_or_no=any(mark in xml for mark in (b'"b"', b"'b'")),
    )


def _path_of(archive: zipfile.ZipFile, sheet: str) -> str:
    """Return the archive's entry that holds a worksheet, by its name."""
    from html import unescape

    book = archive.read("xl/workbook.xml").decode()
    tag = next(tag for tag in _SHEET.findall(book) if unescape(_attribute(tag, "name")) == sheet)
    relation = re.search(r'\s\w+:id="([^"]*)"', tag)
    known = archive.read("xl/_rels/workbook.xml.rels").decode()
    target = next(
        _attribute(tag, "Target")
        for tag in _RELATION.findall(known)
        if relation is not None and _attribute(tag, "Id") == relation[1]
    )
    return target.lstrip("/") if target.startswith("/") else posixpath.normpath(posixpath.join("xl", target))


def _attribute(tag: str, name: str) -> str:
    found = re.search(rf'\s{name}="([^"]*)"', tag)
    if found is None:
        raise ValueError(f"{tag} has no {name}")
    return found[1]


def _column_number(letters: str) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - ord("A") + 1
    return number - 1


def _open_document_facts(archive: zipfile.ZipFile, sheet: str) -> SheetFacts:
    reading = _OpenDocument(sheet)
    parser = expat.ParserCreate()
    parser.StartElementHandler = reading.start
    parser.EndElementHandler = reading.end
    parser.Parse(archive.read("content.xml"), True)
    return SheetFacts(
        frozenset(reading.rows), frozenset(reading.columns), tuple(reading.merges), tuple(reading.unvalued)
    )


@dataclass
class _OpenDocument:
    """Follows one table of an OpenDocument file."""

    sheet: str
    rows: set[int] = field(default_factory=set)
    columns: set[int] = field(default_factory=set)
    merges: list[Merge] = field(default_factory=list)
    unvalued: list[Place] = field(default_factory=list)
    _inside: bool = False
    _row: int = -1
    _next_row: int = 0
    _column: int = 0
    _next_column: int = 0

    def start(self, name: str, attributes: dict[str, str]) -> None:
        local = name.rpartition(":")[2]
        if local == "table":
            self._inside = attributes.get("table:name") == self.sheet
            self._row, self._next_row, self._next_column = -1, 0, 0
        elif self._inside and local == "table-column":
            self._take_column(attributes)
        elif self._inside and local == "table-row":
            self._take_row(attributes)
        elif self._inside and local in ("table-cell", "covered-table-cell"):
            self._take_cell(attributes)

    def end(self, name: str) -> None:
        if name.rpartition(":")[2] == "table":
            self._inside = False

    def _take_column(self, attributes: dict[str, str]) -> None:
        count = _repeated(attributes, "table:number-columns-repeated")
        if attributes.get("table:visibility") in ("collapse", "filter"):
            self.columns.update(range(self._next_column, self._next_column + min(count, MAX_REPEATED)))
        self._next_column += count

    def _take_row(self, attributes: dict[str, str]) -> None:
        count = _repeated(attributes, "table:number-rows-repeated")
        self._row, self._column = self._next_row, 0
        if attributes.get("table:visibility") in ("collapse", "filter"):
            self.rows.update(range(self._row, self._row + min(count, MAX_REPEATED)))
        self._next_row += count

    def _take_cell(self, attributes: dict[str, str]) -> None:
        wide = _repeated(attributes, "table:number-columns-spanned")
        high = _repeated(attributes, "table:number-rows-spanned")
        if wide * high > 1:
            last = (self._row + high - 1, self._column + wide - 1)
            self.merges.append(((self._row, self._column), last))
        if "table:formula" in attributes and not any(name.startswith("office:") for name in attributes):
            self.unvalued.append((self._row, self._column))
        self._column += _repeated(attributes, "table:number-columns-repeated")


def _repeated(attributes: dict[str, str], name: str) -> int:
    text = attributes.get(name, "1")
    return max(int(text), 1) if text.isdecimal() else 1
