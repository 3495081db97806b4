"""Spreadsheets that would take all memory are refused in words, before anything of them is laid out."""

from __future__ import annotations

import pickle
import subprocess
import sys
import zipfile
from io import BytesIO

import pytest
import xlsxwriter

from ckanext.satudatapmi.tables import spreadsheets
from ckanext.satudatapmi.tables.values import TableError

MEGABYTE = 1024**2
READ = """
import pickle, resource, sys
contents = pickle.load(sys.stdin.buffer)
from ckanext.satudatapmi.harvesters.protocols import file_tables
from ckanext.satudatapmi.tables import cells, grids, kinds
from ckanext.satudatapmi.tables.description import TableDescription
used = int(open("/proc/self/statm").read().split()[0]) * resource.getpagesize()
resource.setrlimit(resource.RLIMIT_AS, (used + 300 * 1024**2,) * 2)
for content in contents:
    for read in (
        lambda: file_tables.parts_of(content, "XLSX", "b.xlsx", False),
        lambda: grids.read_grid(content, TableDescription(), "b.xlsx"),
        lambda: next(cells.sheets(content, "XLSX", "b.xlsx")),
    ):
        try:
            read()
        except ValueError as error:
            print(error)
"""


def sparse_workbook() -> bytes:
    """Two cells, as far from each other as can be."""
    target = BytesIO()
    with xlsxwriter.Workbook(target) as book:
        sheet = book.add_worksheet("Tabel")
        sheet.write(0, 0, "Negara")
        sheet.write(1_048_575, 16_383, 5)
    return target.getvalue()


def bursting_workbook() -> bytes:
    """A workbook with an entry of zeros."""
    target = BytesIO(sparse_workbook())
    with (
        zipfile.ZipFile(target, "a", zipfile.ZIP_DEFLATED, compresslevel=1) as archive,
        archive.open("xl/x.bin", "w") as entry,
    ):
        for _piece in range(600):
            entry.write(b"0" * MEGABYTE)
    return target.getvalue()


def open_document(*rows: str) -> bytes:
    target = BytesIO()
    name = "urn:oasis:names:tc:opendocument:xmlns"
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet", zipfile.ZIP_STORED)
        archive.writestr("META-INF/manifest.xml", "<manifest/>")
        archive.writestr(
            "content.xml",
            f'<office:document-content xmlns:office="{name}:office:1.0" xmlns:table="{name}:table:1.0" '
            f'xmlns:text="{name}:text:1.0"><office:body><office:spreadsheet><table:table table:name="Tabel">'
            f"{''.join(rows)}</table:table></office:spreadsheet></office:body></office:document-content>",
        )
    return target.getvalue()


def cell(text: str, repeated: int = 1) -> str:
    said = f'office:value-type="string"><text:p>{text}</text:p>' if text else ">"
    return f'<table:table-cell table:number-columns-repeated="{repeated}" {said}</table:table-cell>'


def row(*cells: str, repeated: int = 1) -> str:
    return f'<table:table-row table:number-rows-repeated="{repeated}">{"".join(cells)}</table:table-row>'


def test_small_file_that_would_fill_the_memory_is_refused_in_words():
    repeated = open_document(row(cell("a")), row(cell("", 16_383), cell("b"), repeated=1_048_575))
    contents = pickle.dumps([sparse_workbook(), bursting_workbook(), repeated])
    done = subprocess.run([sys.executable, "-c", READ], input=contents, capture_output=True, check=False)
    said = done.stdout.decode().splitlines()
    assert (done.returncode, len(said)) == (0, 9), done.stderr.decode()[-500:]
    for place, words in enumerate(("spans more than 30000000 cells", "unpacks to more than 512 MB", "spans more than")):
        harvested, read, uploaded = said[place * 3 : place * 3 + 3]
        assert words in harvested and words in read and uploaded.startswith("b.xlsx")


def test_empty_cells_far_away_refuse_nothing():
    target = BytesIO()
    with xlsxwriter.Workbook(target) as book:
        sheet = book.add_worksheet("Tabel")
        sheet.write(0, 0, "Negara")
        sheet.write_blank(1_048_575, 16_383, None, book.add_format({"bold": True}))
    assert spreadsheets.open_workbook(target.getvalue(), "a.xlsx").get_sheet_by_index(0).height == 1
    plain = open_document(row(cell("a"), cell("", 16_383)), row(cell("b")), row(cell("", 16_384), repeated=1_048_574))
    assert spreadsheets.open_workbook(plain, "a.ods").get_sheet_by_index(0).height == 2


def test_worksheet_that_cannot_be_followed_is_refused():
    source, target = zipfile.ZipFile(BytesIO(sparse_workbook())), BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        for name in source.namelist():
            archive.writestr(name, (b"\n" if "sheet1" in name else b"") + source.read(name))
    with pytest.raises(TableError, match="damaged"):
        spreadsheets.open_workbook(target.getvalue(), "a.xlsx")
