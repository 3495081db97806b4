from __future__ import annotations

import codecs
import zipfile
from io import BytesIO

import pytest
from building import raw, workbook
from hypothesis import given
from hypothesis import strategies as st

from ckanext.satudatapmi.tables import spreadsheets
from ckanext.satudatapmi.tables.description import parse_description
from ckanext.satudatapmi.tables.reader import read_table
from ckanext.satudatapmi.tables.values import TableError

PLAIN = "Negara Tujuan;Jumlah\nHong Kong;1.234\nTürkiye – baru;5\n"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
@pytest.mark.parametrize("delimiter", [";", ",", "\t", "|"])
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_encoding_and_delimiter_are_found_out(encoding: str, delimiter: str, newline: str):
    content = PLAIN.replace(";", delimiter).replace("\n", newline).encode(encoding)
    table = raw(content)
    assert [column.name for column in table.columns] == ["Negara Tujuan", "Jumlah"]
    assert table.frame.to_numpy().tolist() == [["Hong Kong", "1.234"], ["Türkiye – baru", "5"]]
    assert list(table.frame.index) == [2, 3]


def test_a_decimal_comma_does_not_pass_for_a_delimiter():
    table = raw("Tahun;Nilai\n2018;10,97\n2019;11,44\n2020;9,43\n")
    assert table.frame.iloc[0].tolist() == ["2018", "10,97"]


def test_excels_delimiter_line_is_obeyed_and_counted():
    table = raw("sep=|\nTahun|Nilai\n2018|10;97\n")
    assert table.frame.index.tolist() == [3]
    assert table.frame.iloc[0].tolist() == ["2018", "10;97"]


def test_titles_gaps_notes_and_column_numbers_are_taken_off():
    table = raw(
        "Tabel 1. Penempatan;;\nBP2MI;;\n;;\nNo;Negara;Jumlah\n(1);(2);(3)\n1;Malaysia;10\n;;\n2;Taiwan;20\n;;\n"
        "*) sementara;;\nSumber: BP2MI, 2024;;\n"
    )
    assert table.titles == ("Tabel 1. Penempatan", "BP2MI")
    assert table.frame["Negara"].to_dict() == {6: "Malaysia", 8: "Taiwan"}
    assert table.notes == ("*) sementara", "Sumber: BP2MI, 2024")


def test_a_row_with_a_name_and_no_figure_is_data():
    table = raw("Negara;2023;2024\nMalaysia;1;2\nTaiwan;;\nSumber: BP2MI;;\n")
    assert table.frame["Negara"].tolist() == ["Malaysia", "Taiwan"]


def test_merged_headings_and_merged_names_are_spread():
    content = workbook(
        (
            "Tabel 2",
            [
                ["Tabel 2. Penempatan", None, None, None],
                ["Provinsi", "Kabupaten/Kota", "Tahun", None],
                [None, None, 2023, 2024.0],
                ["Jawa Timur", "Kab. Kediri", 10, 20],
                [None, "Kota Kediri", 1.5, None],
                ["Sumber: BP2MI"],
            ],
            [(0, 0, 0, 3), (1, 0, 2, 0), (1, 1, 2, 1), (1, 2, 1, 3), (3, 0, 4, 0)],
        )
    )
    table = raw(content, name="tabel.xlsx")
    assert [column.parts for column in table.columns] == [
        ("Provinsi",),
        ("Kabupaten/Kota",),
        ("Tahun", "2023"),
        ("Tahun", "2024"),
    ]
    assert table.frame.to_numpy().tolist() == [
        ["Jawa Timur", "Kab. Kediri", "10", "20"],
        ["Jawa Timur", "Kota Kediri", "1,5", ""],
    ]
    assert (table.sheet, table.titles, table.notes) == ("Tabel 2", ("Tabel 2. Penempatan",), ("Sumber: BP2MI",))


def test_an_upper_heading_of_a_text_file_holds_up_to_the_next():
    table = raw("Negara;2023;;2024;\n;L;P;L;P\nMalaysia;1;2;3;4\n", {"header": [1, 2]})
    assert [column.parts for column in table.columns][1:] == [
        ("2023", "L"),
        ("2023", "P"),
        ("2024", "L"),
        ("2024", "P"),
    ]


def test_columns_of_one_heading_stay_apart():
    table = raw("Negara;2023;2023\nMalaysia;1;2\n")
    assert [column.name for column in table.columns] == ["Negara", "2023", "2023 (2)"]


def test_a_worksheet_is_found_by_name_and_by_number():
    content = workbook(("Satu", [["a", "b"], [1, 2]], []), ("Dua", [["c", "d"], [3, 4]], []))
    assert raw(content, {"sheet": "dua"}).sheet == "Dua"
    assert raw(content, {"sheet": 2}).sheet == "Dua"
    assert raw(content).sheet == "Satu"
    with pytest.raises(TableError, match="Satu, Dua"):
        raw(content, {"sheet": "Tiga"})
    with pytest.raises(TableError, match="Satu, Dua"):
        raw(content, {"sheet": 3})


def test_dates_of_a_spreadsheet_are_written_as_days():
    import datetime as dt

    import xlsxwriter

    buffer = BytesIO()
    book = xlsxwriter.Workbook(buffer)
    sheet = book.add_worksheet()
    sheet.write_row(0, 0, ["Tanggal", "Jumlah"])
    sheet.write_datetime(1, 0, dt.datetime(2024, 4, 30), book.add_format({"num_format": "dd/mm/yyyy"}))  # noqa: DTZ001
    sheet.write_number(1, 1, 0.1 + 0.2)
    book.close()
    assert raw(buffer.getvalue()).frame.iloc[0].tolist() == ["2024-04-30", "0,3"]


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "empty"),
        (b"\xef\xbb\xbf \n", "empty"),
        (b"%PDF-1.7 ...", "PDF"),
        (b"<!DOCTYPE html><html></html>", "no table"),
        (b"<html><body><p>Tidak ditemukan</p></body></html>", "no table"),
        (b'{"dataset": []}', "JSON"),
        (b"PK\x03\x04 not really", "damaged"),
        (b"\xd0\xcf\x11\xe0 not really", "cannot be read"),
        (b"a;b\n1;\x00\n", "binary"),
        (b"satu kolom\nsaja\n", "heading"),
        (b"Negara;Jumlah\n", "no row of data"),
    ],
)
def test_what_is_no_table_is_refused_with_a_reason(content: bytes, says: str):
    with pytest.raises(TableError, match=says) as caught:
        raw(content)
    assert str(caught.value).startswith("tabel.csv: ")


def test_a_described_encoding_that_does_not_fit_is_said():
    with pytest.raises(TableError, match="utf-8"):
        raw("Türkei;1\n".encode("cp1252"), {"encoding": "utf-8"})


def test_a_heading_beyond_the_file_is_said():
    with pytest.raises(TableError, match="row 9"):
        raw(PLAIN, {"header": 9})


def test_a_spreadsheet_that_unpacks_to_too_much_is_refused(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(spreadsheets, "MAX_UNPACKED_BYTES", 1000)
    buffer = BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", "0" * 100_000)
    with pytest.raises(TableError, match="unpacks"):
        raw(buffer.getvalue())


def test_a_worksheet_that_spans_too_many_cells_is_refused(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(spreadsheets, "MAX_CELLS", 10)
    with pytest.raises(TableError, match="cells"):
        raw(workbook(("Satu", [["a", "b"]] + [[1, 2]] * 20, [])))


def test_a_second_table_below_the_notes_is_reported():
    table = raw("Negara;2023;2024\nMalaysia;1;2\nSumber: BP2MI;;\nNegara;2021;2022\nTaiwan;3;4\n")
    assert table.frame["Negara"].tolist() == ["Malaysia"]
    assert [warning.row for warning in table.warnings] == [4]


@given(
    st.binary(max_size=300),
    st.sampled_from([b"", b"PK\x03\x04", b"\xd0\xcf\x11\xe0", codecs.BOM_UTF16_LE, b"a;b\n1;2\n"]),
)
def test_any_bytes_give_a_table_or_a_reason(content: bytes, start: bytes):
    try:
        table = read_table(start + content, parse_description(None), "berkas")
    except TableError as error:
        assert error.file == "berkas"
    else:
        assert len(table.frame) > 0
        assert table.frame.columns.is_unique


def test_an_opendocument_spreadsheet_is_read_like_any_other():
    row = "<table:table-row>{}</table:table-row>"
    text = '<table:table-cell office:value-type="string"><text:p>{}</text:p></table:table-cell>'
    number = '<table:table-cell office:value-type="float" office:value="{0}"><text:p>{0}</text:p></table:table-cell>'
    rows = row.format(text.format("Negara") + text.format("2024")) + row.format(
        text.format("Taiwan") + number.format("12.5")
    )
    spaces = " ".join(
        f'xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"' for name in ("office", "table", "text")
    )
    buffer = BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr(
            "META-INF/manifest.xml",
            '<?xml version="1.0"?>'
            '<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"/>',
        )
        archive.writestr(
            "content.xml",
            f'<?xml version="1.0"?><office:document-content {spaces}><office:body><office:spreadsheet>'
            f'<table:table table:name="Tabel">{rows}</table:table>'
            "</office:spreadsheet></office:body></office:document-content>",
        )
    table = raw(buffer.getvalue(), name="tabel.ods")
    assert (table.sheet, table.frame.to_numpy().tolist()) == ("Tabel", [["Taiwan", "12,5"]])
