"""Published tables: every file in a folder, an archive or a list of bulletins, with every table in it."""

from __future__ import annotations

import doctest
import json
import zipfile
from io import BytesIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ckanext.satudatapmi.harvesters.datajson import CatalogueError
from ckanext.satudatapmi.harvesters.failures import FetchError
from ckanext.satudatapmi.harvesters.protocols import file_links, file_records, file_tables, rows
from ckanext.satudatapmi.harvesters.protocols.files import PublishedFiles
from ckanext.satudatapmi.harvesters.protocols.rows import table_of_grid
from ckanext.satudatapmi.tables import webtables
from ckanext.satudatapmi.tables.values import TableError
from tests.harvesters import servers
from tests.partners.api_sessions import ApiSession, read_all, settings_of
from tests.partners.files_partner import TABLE, FilesPartner, as_csv, as_html, as_merged_xlsx, as_pdf, as_xlsx, as_zip

FILES = PublishedFiles()
PLAIN = [("Malaysia", "72.260", "51.723"), ("Taiwan", "-", "68.435")]


@pytest.fixture
def office(partner):
    return FilesPartner(partner)


@pytest.fixture
def session(partner):
    return ApiSession(partner.name)


def read(url, session, memory=None, token=None, **config):
    return read_all(FILES, settings_of(FILES, url, **config), session, memory, token)


def tables(url, session, record, **config):
    return list(FILES.tables(settings_of(FILES, url, **config), session, record))


def test_examples_in_docstrings_hold():
    assert [doctest.testmod(module).failed for module in (file_links, file_records, rows)] == [0, 0, 0]


@pytest.mark.parametrize(
    ("name", "content", "kind"),
    [
        ("a.csv", as_csv(TABLE), "CSV"),
        ("a.xlsx", as_xlsx(Tabel=TABLE), "XLSX"),
        ("a.pdf", as_pdf(("Tabel 1", TABLE)), "PDF"),
        ("a.zip", as_zip(dalam__a_csv=as_csv(TABLE)), "CSV"),
    ],
)
def test_file_of_each_format_gives_its_table(office, session, name, content, kind):
    office.add(name, content)
    found = read(office.folder, session)
    (record,) = found.records.values()
    (item,) = record["distribution"]
    assert (item["format"], record["modified"], found.reading.announced) == (kind, "2024-03-05", 1)
    (table,) = tables(office.folder, session, record)
    assert (table.place, table.columns, table.rows) == (0, ("Negara", "2023", "2024"), PLAIN)
    assert table.content == (content if name != "a.zip" else as_csv(TABLE))


def test_bulletins_of_an_index_page_have_titles_and_periods(office, session):
    office.add("jan.pdf", as_pdf(("Tabel 1", TABLE)), "Penempatan PMI Januari 2024 – final")
    office.add("data_penempatan_februari_2024.csv", as_csv(TABLE), "Unduh (CSV)")
    office.add("panduan.pdf", as_pdf(("x", TABLE)), "Panduan pengguna")
    found = read(office.index, session, link_pattern="penempatan")
    assert {name: (record["title"], record["temporal"]) for name, record in found.records.items()} == {
        "tabel/jan.pdf": ("Penempatan PMI Januari 2024 – final", "2024-01-01/2024-01-31"),
        "tabel/data_penempatan_februari_2024.csv": ("data penempatan februari 2024", "2024-02-01/2024-02-29"),
    }
    titles = {r["title"] for r in read(office.index, session, title_pattern=r"(\w+ 2024)").records.values()}
    assert titles == {"Januari 2024", "data penempatan februari 2024", "Panduan pengguna"}


def test_bulletin_with_many_tables_has_a_distribution_for_each(office, session):
    other = [["Provinsi", "Jumlah"], ["Jawa Timur", "68.069"]]
    office.add(
        "b.pdf", as_pdf(("Tabel 1", TABLE), ("lanjutan", [TABLE[0], ["Hong Kong", "1", "2"]]), ("Tabel 2", other))
    )
    (record,) = read(office.folder, session).records.values()
    assert [item["downloadURL"].partition("#")[2] for item in record["distribution"]] == ["page=1", "page=3"]
    first, second = tables(office.folder, session, record)
    assert first.rows == [*PLAIN, ("Hong Kong", "1", "2")]
    assert (second.place, second.columns, second.rows) == (1, ("Provinsi", "Jumlah"), [("Jawa Timur", "68.069")])


@pytest.mark.parametrize("together", [True, False])
def test_tables_with_the_same_heading_and_titles_of_their_own_stay_two(together):
    women = [TABLE[0], ["Malaysia", "1", "2"]]
    content = as_pdf(("Tabel 1 Laki-laki", TABLE), ("Tabel 2 Perempuan", women), together=together)
    parts = file_tables.parts_of(content, "PDF", "b.pdf", False)
    assert [(part.page, part.cells) for part in parts] == [(1, TABLE), (1 if together else 2, women)]


def test_table_that_goes_on_overleaf_without_its_heading_is_one():
    rest = [["Jepang", "1.000", "2"], ["Kuwait", "3", "4"]]
    content = as_pdf(("Tabel 1", TABLE), ("Halaman 2", rest), ("Tabel 1 (sambungan)", [["Oman", "5", "6"]]))
    (part,) = file_tables.parts_of(content, "PDF", "b.pdf", False)
    assert part.cells == [*TABLE, *rest, ["Oman", "5", "6"]]


def test_merged_cells_of_a_worksheet_stand_in_all_their_places(office, session):
    rows = [
        ["Tabel 1", "", ""],
        ["Provinsi", "Tahun", "Jumlah"],
        ["", "2023", "1"],
        ["", "2024", "2"],
        ["NTB", "2024", "3"],
    ]
    office.add("a.xlsx", as_merged_xlsx(rows, (0, 0, 0, 2, "Tabel 1"), (2, 0, 3, 0, "Aceh"), (5, 0, 5, 1, "Jumlah")))
    (record,) = read(office.folder, session).records.values()
    (table,) = tables(office.folder, session, record)
    assert table.columns == ("Provinsi", "Tahun", "Jumlah")
    assert table.rows[:3] == [("Aceh", "2023", "1"), ("Aceh", "2024", "2"), ("NTB", "2024", "3")]


def test_each_worksheet_that_holds_something_comes(office, session):
    office.add("b.xlsx", as_xlsx(Negara=TABLE, Kosong=[], Provinsi=[["Provinsi", "Jumlah"], ["NTB", "5"]]))
    (record,) = read(office.folder, session).records.values()
    assert [item["title"] for item in record["distribution"]] == ["b: Negara", "b: Provinsi"]
    assert [table.rows for table in tables(office.folder, session, record)] == [PLAIN, [("NTB", "5")]]


def test_page_with_tables_is_a_file_itself(office, session, partner):
    office.pages["/angka.html"] = as_html(("Penempatan 2024", TABLE), ("Kasus", [["Kasus", "Jumlah"], ["Gaji", "3"]]))
    url = f"{partner.url}/angka.html"
    ((name, record),) = read(url, session).records.items()
    assert name == "angka.html"
    assert [item["title"] for item in record["distribution"]] == ["Contoh: Penempatan 2024", "Contoh: Kasus"]
    assert [table.rows for table in tables(url, session, record)] == [PLAIN, [("Gaji", "3")]]


def test_page_that_is_a_table_and_an_index_keeps_its_links_when_it_did_not_change(office, session, partner):
    office.add("a.csv", as_csv(TABLE))
    office.add(
        "angka.html", as_html(("Penempatan", TABLE)).replace("</body>", '<a href="a.csv">Unduh</a></body>').encode()
    )
    url = office.folder + "angka.html"
    first = read(url, session, types=["html", "csv"])
    again = read(url, session, first.reading.memory, types=["html", "csv"])
    assert again.digests == first.digests and sorted(first.records) == ["a.csv", "angka.html"]
    assert list(read(url, session, first.reading.memory, types=["html"]).records) == ["angka.html"]


def test_table_that_is_described_anew_is_read_anew(office, session):
    office.add("a.csv", as_csv(TABLE))
    first = read(office.folder, session, table={"unpivot": "tahun"})
    mended = {"unpivot": "tahun", "satuan": "orang"}
    again = read(office.folder, session, first.reading.memory, table=mended)
    assert again.changed_since(first) == {"a.csv": "changed"}
    assert read(office.folder, session, again.reading.memory, table=mended).digests == again.digests


def test_web_page_in_place_of_a_file_is_refused(office, session):
    ended = b"<html>Sesi habis</html>"
    office.add("a.xlsx", as_xlsx(T=TABLE))
    office.add("b.xls", as_html(("Ekspor", TABLE)).encode())
    first = read(office.folder, session)
    assert [one["distribution"][0]["format"] for one in first.records.values()] == ["XLSX", "HTML"]
    office.change("a.xlsx", ended)
    for url, memory, rest in (
        (office.folder, first.reading.memory, ["b.xls"]),
        (office.folder, None, ["b.xls"]),
        (office.folder + "a.xlsx", None, []),
    ):
        found = read(url, session, memory)
        assert list(found.records) == rest and found.reading.whole
        ((_place, words, identifier),) = found.rejections
        assert "a.xlsx answers with a web page in place of a file" in words and identifier == "a.xlsx"
    assert found.reading.memory["files"] == {}
    with pytest.raises(CatalogueError, match="web page in place of a file"):
        tables(office.folder, session, first.records["a.xlsx"])


def test_described_tables_come_tidy(office, session):
    office.add("a.csv", as_csv(TABLE))
    office.add("b.pdf", as_pdf(("Tabel 1", TABLE)))
    config = {"table": {"unpivot": "tahun", "satuan": "orang"}}
    for record in read(office.folder, session, **config).records.values():
        (table,) = tables(office.folder, session, record, **config)
        assert figures_of(table) == {("MYS", 2023): 72260, ("MYS", 2024): 51723, ("TWN", 2024): 68435}


def figures_of(table):
    frame = table.described.tidy.frame.dropna(subset=["nilai"])
    return {(row.kode_negara, row.tahun): row.nilai for row in frame.itertuples()}


def test_files_are_described_by_their_addresses_the_first_pattern_that_fits(office, session):
    office.add("Negara 2024.csv", as_csv(TABLE))
    office.add("lampiran-negara.csv", as_csv(TABLE))
    office.add("buletin.zip", as_zip(negara_csv=as_csv(TABLE), lain_csv=as_csv(TABLE)))
    office.add("lain.csv", as_csv(TABLE))
    config = {"tables": {"LAMPIRAN": {}, "negara 20|#negara": {"unpivot": "tahun"}}, "table": {"value": "2024"}}
    described = {}
    for name, record in read(office.folder, session, **config).records.items():
        (table,) = tables(office.folder, session, record, **config)
        described[name] = table.described and ("unpivot" if table.described.description.unpivot else "value")
        assert not table.is_empty and bool(table.columns) == (table.described is None)
    assert described == {
        "Negara%202024.csv": "unpivot",
        "lampiran-negara.csv": None,
        "buletin.zip#negara.csv": "unpivot",
        "buletin.zip#lain.csv": "value",
        "lain.csv": "value",
    }


def test_workbook_that_is_described_by_its_address_holds_one_table_and_is_read_anew_when_that_changes(office, session):
    office.add("negara.xlsx", as_xlsx(Judul=[["x"], ["y"]], Angka=TABLE))
    plain = read(office.folder, session)
    assert len(plain.records["negara.xlsx"]["distribution"]) == 2
    config = {"tables": {"negara": {"unpivot": "tahun", "sheet": "Angka"}}}
    found = read(office.folder, session, plain.reading.memory, **config)
    assert found.changed_since(plain) == {"negara.xlsx": "changed"}
    (table,) = tables(office.folder, session, found.records["negara.xlsx"], **config)
    assert figures_of(table)["MYS", 2024] == 51723
    again = read(office.folder, session, json.loads(json.dumps(found.reading.memory)), **config)
    assert again.digests == found.digests and session.fetched[-1][1]


@pytest.mark.parametrize("validators", [True, False])
def test_second_reading_tells_what_is_new_changed_and_gone(office, session, validators):
    office.validators = validators
    for name in ("a.csv", "b.xlsx", "c.zip"):
        office.add(name, {"a": as_csv(TABLE), "b": as_xlsx(T=TABLE), "c": as_zip(x_csv=as_csv(TABLE))}[name[0]])
    first = read(office.folder, session)
    memory = json.loads(json.dumps(first.reading.memory))
    session.fetched.clear()
    same = read(office.folder, session, memory)
    assert (same.digests, same.records) == (first.digests, first.records)
    assert [not_modified for _url, not_modified in session.fetched[1:]] == [validators] * 3
    office.change("a.csv", as_csv([*TABLE, ["Jepang", "1", "2"]]))
    office.remove("b.xlsx")
    office.add("d.csv", as_csv(TABLE))
    second = read(office.folder, session, memory)
    assert second.changed_since(first) == {"a.csv": "changed", "b.xlsx": "gone", "d.csv": "new"}
    office.restore("b.xlsx")
    assert read(office.folder, session, memory).digests["b.xlsx"] == first.digests["b.xlsx"]


def test_single_file_is_not_fetched_again(office, session):
    office.add("a.csv", as_csv(TABLE))
    url = office.folder + "a.csv"
    first = read(url, session)
    assert list(first.records) == ["a.csv"] and first.records["a.csv"]["title"] == "Contoh"
    again = read(url, session, first.reading.memory)
    assert again.records == first.records and session.fetched[-1] == (url, True)


@pytest.mark.parametrize("index", ["/tabel/", "/buletin.html"])
def test_identifiers_outlive_a_redirect_to_another_host(office, partner, index):
    office.add("a.csv", as_csv(TABLE))
    session = ApiSession(partner.name, f"localhost:{partner.port}")
    first = read(partner.url + index, session)
    plain = partner.otherwise

    def redirecting(handler):
        elsewhere = f"http://localhost:{partner.port}{handler.path}"
        (plain if "localhost" in handler.headers["Host"] else servers.redirect(elsewhere, 301))(handler)

    partner.otherwise = redirecting
    moved = read(partner.url + index, session)
    assert moved.records.keys() == first.records.keys()
    assert "localhost" in moved.records.popitem()[1]["distribution"][0]["downloadURL"]


def test_series_is_one_dataset_and_waits_for_all_its_files(office, session):
    office.add("jan.csv", as_csv(TABLE), "Januari 2024")
    office.add("feb.csv", as_csv(TABLE), "Februari 2024")
    (record,) = read(office.index, session, series=True).records.values()
    assert (record["title"], record["temporal"]) == ("Contoh", "2024-01-01/2024-02-29")
    assert [item["title"] for item in record["distribution"]] == ["Februari 2024", "Januari 2024"]
    assert [table.place for table in tables(office.index, session, record, series=True)] == [0, 1]
    office.fail("jan.csv", servers.status(404))
    broken = read(office.index, session, series=True)
    assert not broken.records and [one.identifier for one in broken.rejections] == [record["identifier"]]


def test_links_to_other_folders_and_by_question_are_found(office, session, partner):
    office.add("januari.csv", as_csv(TABLE))
    office.pages["/publikasi/buletin.html"] = (
        '<a href="../tabel/januari.csv">Januari</a> <a href="?halaman=2">berikutnya</a> <a href="../">naik</a>'
        '<a href="?C=M;O=A">urutkan</a>'
    )
    url = f"{partner.url}/publikasi/buletin.html"
    assert list(read(url, session).records) == [f"{partner.url}/tabel/januari.csv"]
    base = '<html><head><base href="/tabel/"></head><a href="2.csv">Dua</a>'
    assert [link.address for link in file_links.links_in(base, url)] == [f"{partner.url}/tabel/2.csv"]
    links = file_links.links_in(office.pages["/publikasi/buletin.html"], url)
    assert [link.text for link in links] == ["Januari", "berikutnya"]


def test_pages_are_followed_one_step(office, session, partner):
    office.add("a.csv", as_csv(TABLE))
    office.pages["/arsip"] = '<a href="/arsip/2023">Tahun 2023</a> <a href="/arsip/2022">Tahun 2022</a>'
    office.pages["/arsip/2023"] = '<a href="/tabel/a.csv">A</a><a href="/arsip">kembali</a>'
    url = f"{partner.url}/arsip"
    with pytest.raises(CatalogueError, match="neither holds a table nor links"):
        read(url, session)
    assert list(read(url, session, follow="tahun 2023").records) == ["tabel/a.csv"]
    both = read(url, session, follow="tahun")
    assert list(both.records) == ["tabel/a.csv"] and not both.reading.whole and "/arsip/2022" in both.rejections[0][1]


def test_folder_of_many_files_is_resumed(office, session):
    for number in range(45):
        office.add(f"{number:02}.csv", as_csv([*TABLE, ["x", "1", str(number)]]))
    first = read(office.folder, session)
    assert [len(page.entries) for page in first.pages] == [20, 20, 5]
    rest = read(office.folder, session, token=first.pages[1].token)
    assert sorted(rest.records) == [f"{number}.csv" for number in range(40, 45)]
    office.fail("/30.csv", servers.cut_off)
    broken = read(office.folder, session)
    assert len(broken.records) == 20 and "broke off" in broken.reading.problem


def test_file_that_is_gone_or_broken_takes_nothing_of_the_rest(office, session):
    office.add("a.csv", as_csv(TABLE))
    office.add("b.csv", as_csv(TABLE))
    office.add("c.pdf", b"%PDF-1.7 rusak")
    office.fail("a.csv", servers.status(404))
    found = read(office.folder, session)
    assert sorted(found.records) == ["b.csv", "c.pdf"]
    assert [(one.place, one.identifier) for one in found.rejections] == [(1, "a.csv")] and found.reading.whole
    with pytest.raises(TableError, match="c.pdf: the PDF cannot be read"):
        tables(office.folder, session, found.records["c.pdf"])


def test_bulletin_without_a_table_is_a_dataset_and_is_told(office, session):
    office.add("a.pdf", as_pdf(("Hanya kata", [])))
    found = read(office.folder, session)
    (record,) = found.records.values()
    (table,) = tables(office.folder, session, record)
    assert len(record["distribution"]) == 1 and list(table.rows) == []
    assert [(remark.kind, remark.value) for remark in found.remarks] == [("table_not_found", "a.pdf")]


def test_archive_that_bursts_or_climbs_is_refused(office, session):
    office.add("a.zip", as_zip(x_csv=b"0;0\n" * 6_000_000))
    climbing = BytesIO()
    with zipfile.ZipFile(climbing, "w") as archive:
        archive.writestr("../../x.csv", as_csv(TABLE))
    office.add("b.zip", climbing.getvalue())
    found = read(office.folder, session)
    assert not found.records and [one.place for one in found.rejections] == [1, 2]


@pytest.mark.parametrize("answer", [servers.status(403), servers.status(429), servers.silence(2.5), servers.cut_off])
def test_address_that_does_not_answer_is_told(office, session, answer):
    office.fail("/tabel/", answer)
    with pytest.raises(FetchError):
        read(office.folder, session)


def test_bad_pattern_is_told(office, session):
    office.add("a.csv", as_csv(TABLE))
    with pytest.raises(CatalogueError, match="is no pattern"):
        read(office.folder, session, link_pattern="(")


def test_merged_cells_stand_in_all_their_places_and_huge_ones_end():
    page = "<table><tr><td rowspan=2>a<td colspan=2>b</tr><tr><td>c<td>d</tr></table>"
    assert webtables.web_tables(page)[0].cells == [["a", "b", "b"], ["a", "c", "d"]]
    bomb = "<table>" + "<tr><td colspan=1000 rowspan=1000>x</td></tr>" * 1000 + "</table>"
    assert webtables.web_tables(bomb) == []


@given(st.lists(st.lists(st.sampled_from(["", "a", "b", "1"]), min_size=1, max_size=4), max_size=6))
def test_any_grid_is_a_table_with_different_headings(cells):
    columns, rows = table_of_grid(cells)
    assert len(set(columns)) == len(columns)
    assert all(len(row) == len(columns) and any(row) for row in rows)
