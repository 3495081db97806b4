"""Spreadsheets that may be opened: one is laid out in memory with every cell from A1 to its last, empty ones as well.

So a file of a few kilobytes with a value in A1 and one in XFD1048576 would take all memory. How far a file reaches is
found out while it is unpacked, a piece at a time, before anything is laid out.
"""

from __future__ import annotations

import re
import zipfile
import zlib
from io import BytesIO
from xml.parsers import expat

from python_calamine import CalamineError, CalamineWorkbook, PasswordError

from ckanext.satudatapmi.tables.values import TableError
from ckanext.satudatapmi.text import _

MAX_UNPACKED_BYTES = 512 * 1024 * 1024
MAX_CELLS = 30_000_000
CHUNK = 256 * 1024
ZIP, OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"
# A workbook with a password is packed whole into a compound file's stream of this name (MS-OFFCRYPTO 2.3.4.4).
ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
SHEET_MARKS = (b"sheetData", b"table-row")
BINARY_BOOK = "workbook.bin"
WORKSHEETS = "xl/worksheets/"
# Not as programs write cells: named by their place first, in columns A to Z and below row 1,000,000. Such a worksheet
# spans 26 million cells at most.
_ODD_CELLS = (re.compile(rb'<c(?! r="[A-Z]\d{1,6}"(?![^>]*\br=))[\s/>]'), re.compile(rb":c[\s/>]"))
_REFERENCE = re.compile(r"([A-Za-z]+)(\d+)")
_DAMAGED = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError)


class TooManyCells(TableError):
    """A worksheet that spans more cells than fit into memory."""


def open_workbook(content: bytes, file: str) -> CalamineWorkbook:
    """Return a spreadsheet (XLSX, XLS, ODS) that fits into memory.

    Args:
        content: the file.
        file: its name, for messages.

    Raises:
        TableError: it is damaged, unpacks to too much, or reaches too far.
    """
    try:
        if content.startswith(ZIP):
            _refuse_bombs(content, file)
        elif ENCRYPTED in content:
            raise TableError(file, _("the spreadsheet is locked with a password; save it without one"))
        return CalamineWorkbook.from_filelike(BytesIO(content))
    except _DAMAGED as error:
        raise TableError(file, _("the spreadsheet is damaged: {error}", error=error)) from None
    except PasswordError:
        raise TableError(file, _("the spreadsheet is locked with a password; save it without one")) from None
    except (CalamineError, OSError, ValueError) as error:
        if isinstance(error, TableError):
            raise
        raise TableError(file, _("the spreadsheet cannot be read: {error}", error=error)) from None


def refuse_too_many_cells(cells: int, file: str) -> None:
    """Raise TooManyCells for a worksheet that spans more of them than fit into memory."""
    if cells > MAX_CELLS:
        raise TooManyCells(file, _("the worksheet spans more than {limit} cells", limit=MAX_CELLS))


def _refuse_bombs(content: bytes, file: str) -> None:
    archive = zipfile.ZipFile(BytesIO(content))
    entries = archive.infolist()
    # An entry that is longer than it says is damaged to `zipfile`; so the sum of what they say is what they hold.
    if sum(entry.file_size for entry in entries) > MAX_UNPACKED_BYTES:
        limit = MAX_UNPACKED_BYTES // 1024**2
        raise TableError(file, _("the spreadsheet unpacks to more than {limit} MB", limit=limit))
    for entry in entries:
        if entry.filename.lower().endswith(BINARY_BOOK):
            raise TableError(file, _("the file is a binary workbook (XLSB), expected XLSX; save it as XLSX"))
        _look_through(archive, entry, file)


def _look_through(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, file: str) -> None:
    """Read an entry to its end; raise where it is a worksheet that reaches too far or cannot be followed."""
    if entry.filename.startswith(WORKSHEETS) and _is_narrow(archive, entry):
        return
    extent: _Extent | None = _Extent(file)
    problem, is_sheet, end = "", False, b""
    with archive.open(entry) as stream:
        while piece := stream.read(CHUNK):
            is_sheet = is_sheet or any(mark in end + piece for mark in SHEET_MARKS)
            end = piece[-max(map(len, SHEET_MARKS)) :]
            if extent is not None:
                try:
                    extent.feed(piece)
                except expat.ExpatError as error:
                    extent, problem = None, str(error)
    if is_sheet and problem:
        raise TableError(file, _("the spreadsheet is damaged: {error}", error=problem))


def _is_narrow(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> bool:
    """Tell whether a worksheet has no odd cell: to search it takes a fraction of the time that following it takes."""
    rest, is_sheet = b"", False
    with archive.open(entry) as stream:
        while piece := stream.read(CHUNK):
            piece = rest + piece
            end = piece.rfind(b"<")
            is_sheet = is_sheet or b"<sheetData" in piece
            if any(odd.search(piece, 0, max(end, 0)) for odd in _ODD_CELLS):
                return False
            rest = piece[end:] if end > 0 else piece
    return is_sheet and not any(odd.search(rest) for odd in _ODD_CELLS)


class _Extent:
    """Follows the cells that hold something: `c` in a `row` (Office Open XML), or repeated ones (OpenDocument)."""

    def __init__(self, file: str) -> None:
        self._file = file
        self._rows = self._columns = 0
        self._row = self._column = self._next_row = 0
        self._tables = 0
        self._parser = expat.ParserCreate()
        self._parser.StartElementHandler = self._start

    def feed(self, piece: bytes) -> None:
        """Take a piece of the file."""
        self._parser.Parse(piece)

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        local = name.rpartition(":")[2]
        if local == "row":
            given = attributes.get("r", "")
            self._row = int(given) if given.isdecimal() else self._row + 1
            self._column = 0
        elif local == "c":
            self._turn_to(attributes.get("r", ""))
        elif local in ("v", "is"):
            self._filled()
        else:
            self._start_open_document(local, attributes)

    def _turn_to(self, reference: str) -> None:
        found = _REFERENCE.fullmatch(reference)
        if found is None:
            self._column += 1
            return
        self._column = 0
        for letter in found[1].upper():
            self._column = self._column * 26 + ord(letter) - ord("A") + 1
        self._row = int(found[2])

    def _start_open_document(self, local: str, attributes: dict[str, str]) -> None:
        own = {name.rpartition(":")[2]: value for name, value in attributes.items()}
        if local == "table":
            self._begin_table()
        elif local == "table-row":
            self._column = 0
            self._next_row += _count(own.get("number-rows-repeated"))
            self._row = self._next_row
        elif local in ("table-cell", "covered-table-cell"):
            self._column += _count(own.get("number-columns-repeated"))
            if any(name.startswith("office:") for name in attributes):
                self._filled()
        elif local == "p" and self._row:
            self._filled()

    def _begin_table(self) -> None:
        """Begin a worksheet; a table within one counts as more of it."""
        if not self._tables:
            self._rows = self._columns = self._row = self._next_row = 0
        self._tables += 1
        self._parser.EndElementHandler = self._end

    def _end(self, name: str) -> None:
        if name.rpartition(":")[2] == "table":
            self._tables -= 1

    def _filled(self) -> None:
        self._rows, self._columns = max(self._rows, self._row), max(self._columns, self._column)
        refuse_too_many_cells(self._rows * self._columns, self._file)


def _count(text: str | None) -> int:
    return max(int(text), 1) if text and text.isdecimal() else 1
