"""What an uploaded file is, archives that burst, and numbers of persons: told by content, never by name."""

from __future__ import annotations

import doctest
import io
import json
import zipfile

import pytest
import xlsxwriter
from hypothesis import given, settings
from hypothesis import strategies as st

from ckanext.satudatapmi.reference.wilayah import areas
from ckanext.satudatapmi.tables import archives, cells, kinds, personal
from ckanext.satudatapmi.tables.kinds import Limits, Refused, kind_of
from ckanext.satudatapmi.tables.personal import has_nik

CSV = b"negara;tahun;jumlah\nMalaysia;2024;51723\nTaiwan;2024;84581\n"
LIMITS = Limits(unpacked=2_000_000, ratio=50, ratio_from=100_000, files=20)
DISTRICTS = sorted(code.replace(".", "") for code, area in areas().items() if area.level == "kabupaten_kota")


def packed(files: dict[str, bytes]) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return stream.getvalue()


def stored(name: str, content: bytes = b"a,b\n1,2\n") -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr(name, content)
    return stream.getvalue()


def office(name: str) -> bytes:
    return packed({"[Content_Types].xml": b"<a/>", name: b"<a/>"})


def workbook(*sheets: tuple[str, list[list]], hidden: str = "") -> bytes:
    stream = io.BytesIO()
    book = xlsxwriter.Workbook(stream)
    for name, rows in sheets:
        sheet = book.add_worksheet(name)
        for number, row in enumerate(rows):
            sheet.write_row(number, 0, row)
        if name == hidden:
            sheet.hide()
    book.close()
    return stream.getvalue()


def found(content: bytes, kind: str) -> list[personal.Finding]:
    return [one for sheet in cells.sheets(content, kind, "x") for one in personal.findings(sheet)]


def test_examples_in_docstrings_hold():
    assert doctest.testmod(personal).failed == 0


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (CSV, "CSV"),
        (b"kode\n35.06\n35.07\n", "CSV"),
        (CSV.decode().encode("utf-16"), "CSV"),
        (b'[{"negara": "Malaysia"}]', "JSON"),
        (b'<?xml version="1.0"?><data><baris/></data>', "XML"),
        (b"%PDF-1.7\n", "PDF"),
        (b"\x89PNG\r\n\x1a\n", "PNG"),
        (b"\xff\xd8\xff\xe0", "JPG"),
        (b"GIF89a", "GIF"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "DOC, XLS or PPT"),
        (b"<!DOCTYPE html><p>a,b</p>", "HTML"),
        (b"<?xml version='1.0'?><svg onload='x'/>", "SVG"),
        (b"<?php echo 1, 2; ?>", "PHP"),
        (b"a,b\n<?php system($_GET[1]), 2\n", "PHP"),
        (b"-- cadangan\nINSERT INTO pmi VALUES (1, 2);\n", "SQL"),
        (b"CREATE TABLE pmi (id int, nama text);\nDROP TABLE x, y;", "SQL"),
        (b"// kode\nconst a = [1, 2];\nconst b = [3, 4];", "JavaScript"),
        (b"(function(a, b) { return 1 })(2, 3)", "JavaScript"),
        (b"MZ\x90\x00\x03", "?"),
        (b"SQLite format 3\x00", "?"),
        (b"", "?"),
        (b"Sebuah surat.\nTanpa tabel; dengan <tanda>.\nSelesai.", "?"),
        (packed({"data.csv": CSV}), "ZIP"),
        (office("word/document.xml"), "DOCX"),
        (office("ppt/presentation.xml"), "PPTX"),
        (office("xl/vbaProject.bin"), "XLSM"),
        (workbook(("Data", [["a", 1]])), "XLSX"),
        (stored("mimetype", b"application/vnd.oasis.opendocument.spreadsheet"), "ODS"),
        (stored("mimetype", b"application/vnd.oasis.opendocument.text"), "ODT"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_file_is_known_by_its_content(content, kind):
    assert kind_of(content) == kind


@pytest.mark.parametrize(
    ("kind", "name", "words"),
    [
        ("PDF", "laporan.csv", "CSV, XLSX"),
        ("?", "berkas.csv", "no table"),
        ("CSV", "tabel.php", ".csv"),
        ("XLSX", "tabel.csv", ".xlsx"),
        ("CSV", "tabel", ".csv"),
    ],
)
def test_what_is_refused_says_what_to_upload_instead(kind, name, words):
    with pytest.raises(Refused, match=words):
        kinds.refuse_unless_accepted(kind, 10, name)


def test_each_kind_has_its_own_limit():
    kinds.refuse_unless_accepted("CSV", 90 * kinds.MEGABYTE, "a.csv")
    with pytest.raises(Refused, match="30 MB"):
        kinds.refuse_unless_accepted("XLSX", 31 * kinds.MEGABYTE, "a.xlsx")


@pytest.mark.parametrize(
    "content",
    [
        packed({"a.csv": b"0" * 5_000_000}),
        packed({f"f{number}.csv": b"0" * 150_000 for number in range(19)}),
        packed({f"f{number}.csv": b"" for number in range(21)}),
        stored("../../etc/passwd"),
        stored("/etc/passwd"),
        stored("C:\\x.csv"),
        stored("a/..\\..\\b.csv"),
        packed({"a.csv": CSV})[:-30],
        b"PK\x03\x04" + b"\x00" * 50,
    ],
    ids=["ratio", "total", "files", "climbs", "absolute", "drive", "backslash", "cut", "empty"],
)
def test_harmful_archives_are_refused(content):
    with pytest.raises(Refused):
        archives.refuse_bombs(content, "x.zip", LIMITS)


def test_an_archive_that_lies_about_its_size_is_refused():
    content = packed({"a.csv": b"0" * 5_000_000})
    true, lie = (5_000_000).to_bytes(4, "little"), (50_000).to_bytes(4, "little")
    with pytest.raises(Refused):
        archives.refuse_bombs(content.replace(true, lie), "x.zip", LIMITS)


def test_a_link_in_an_archive_is_refused():
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        entry = zipfile.ZipInfo("a.csv")
        entry.external_attr = 0o120777 << 16
        archive.writestr(entry, "/etc/passwd")
    with pytest.raises(Refused, match="outside"):
        archives.refuse_bombs(stream.getvalue(), "x.zip", LIMITS)


def test_real_workbooks_pass():
    rows = [["negara", "jumlah"], *([f"Negara {number}", number] for number in range(5000))]
    archives.refuse_bombs(workbook(("Data", rows)), "x.xlsx", kinds.limits())


@st.composite
def niks(draw):
    """The six digits of a place, six of a birthday, four that count."""
    place = f"{draw(st.sampled_from(DISTRICTS))}{draw(st.integers(1, 99)):02}"
    day = draw(st.integers(1, 28)) + 40 * draw(st.booleans())
    return (
        place,
        f"{day:02}{draw(st.integers(1, 12)):02}{draw(st.integers(0, 99)):02}",
        f"{draw(st.integers(0, 9999)):04}",
    )


@settings(max_examples=50)
@given(niks(), st.sampled_from(["{}", "'{}", "NIK {}", "a {} b", "{}.0"]), st.sampled_from(["", " ", ".", "-"]))
def test_every_nik_is_found_however_it_is_written(nik, pattern, separator):
    assert has_nik(pattern.format(separator.join(nik)))


@settings(max_examples=50)
@given(st.integers(0, 10**15 - 1) | st.integers(10**16, 10**30), st.floats(0, 1e12))
def test_other_numbers_are_none(number, fraction):
    assert not has_nik(f"{number}")
    assert not has_nik(f"{fraction:.2f}")


@pytest.mark.parametrize(
    "text", ["3506013507900001", "9999010101900001", "3506010113900001", "3506000101900001", "2024013112345678"]
)
def test_sixteen_digits_that_are_no_nik(text):
    assert not has_nik(text)


def test_place_is_told_and_the_number_is_not():
    content = workbook(
        ("Rekap", [["negara", "jumlah"], ["Malaysia", 3]]),
        ("3506014107900001", [["Laporan"], ["nama", "NIK", "No. Paspor"], ["A", 3506014107900001, "B1234567"]]),
    )
    nik, passport = found(content, "XLSX")
    assert (nik.kind, nik.column, nik.row, nik.count) == ("nik", "B", 3, 1)
    assert (passport.kind, passport.column, passport.row) == ("paspor", "C", 3)
    assert not any("35060" in str(one) or "1234567" in str(one) for one in (nik, passport))


def test_hidden_sheets_are_looked_at():
    content = workbook(("Data", [["x"]]), ("Rahasia", [["a"], ["b", "c", "3506014107900001"]]), hidden="Rahasia")
    assert [(one.sheet, one.column, one.row) for one in found(content, "XLSX")] == [("Rahasia", "C", 2)]


@pytest.mark.parametrize(
    ("content", "kind", "places"),
    [
        ("a,b\n1,3506014107900001\n2,3506014107900002\n", "CSV", [("nik", "B", 2, 2)]),
        ("no_ktp;x\n9999999999999999;1\n", "CSV", [("nik", "A", 2, 1)]),
        (json.dumps({"baris": [{"x": 1}, {"id": 3506014107900001}]}), "JSON", [("nik", "id", 2, 1)]),
        (json.dumps([{"3506014107900001": {"a": 1}}]), "JSON", [("nik", "", 1, 1)]),
        ("<a>\n<b>3506014107900001</b></a>", "XML", [("nik", "A", 2, 1)]),
        ("x,ket\n1,Paspor no. C1234567 hilang\n", "CSV", [("paspor", "B", 2, 1)]),
        ("a,b\n" + "".join(f"{n},B123456{n}\n" for n in range(8)), "CSV", [("paspor", "B", 2, 8)]),
        ("kode,jumlah\nKBJI 123456,5\nB1234567,6\nlain,7\n", "CSV", []),
        (CSV.decode(), "CSV", []),
    ],
    ids=["nik", "ktp", "json", "key", "xml", "words", "alike", "codes", "none"],
)
def test_numbers_of_persons_are_found_in_every_kind_of_file(content, kind, places):
    assert [(one.kind, one.column, one.row, one.count) for one in found(content.encode(), kind)] == places


def test_demo_files_are_accepted_and_hold_no_numbers_of_persons(demo):
    for path in sorted(demo.rglob("*.*")):
        if path.suffix in (".csv", ".xlsx", ".json"):
            content = path.read_bytes()
            kind = kind_of(content)
            kinds.refuse_unless_accepted(kind, len(content), path.name)
            assert found(content, kind) == [], path
