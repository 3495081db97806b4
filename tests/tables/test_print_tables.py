"""Files as agencies print them give the same observations as their plain CSV."""

from __future__ import annotations

import pytest
from building import tidy
from test_generated_layouts import observations

from ckanext.satudatapmi.tables.guessing import propose
from ckanext.satudatapmi.tables.reader import read_table
from ckanext.satudatapmi.tables.tidy import tidy_table
from tests.partners.print_tables.make import FILES
from tests.partners.print_tables.tables import Printed, printed_tables

TABLES = {table.name: table for table in printed_tables()}
WAITING = {"negara-sektor-kolom-tersembunyi.xlsx": {"hidden"}}
"""What a person is asked about: by file, the keys."""


@pytest.mark.parametrize("table", TABLES.values(), ids=list(TABLES))
def test_a_printed_table_gives_the_same_observations_as_its_plain_csv(table: Printed):
    content = (FILES / table.name).read_bytes()
    proposal = propose(content, table.name)
    assert {one.key for one in proposal.questions} == WAITING.get(table.name, set())
    description = proposal.parsed()
    found = tidy_table(read_table(content, description, table.name), description)
    plain = {"delimiter": ";", "header": [1], "satuan": "orang", "constants": dict(table.constants)}
    assert observations(found) == observations(tidy(table.plain_csv(), plain))
    assert found.errors == ()


def test_there_are_twenty_files_of_five_kinds_at_least():
    assert sorted(path.name for path in FILES.iterdir()) == sorted(TABLES)
    assert len(TABLES) >= 20
    assert {name.rpartition(".")[2] for name in TABLES} == {"xlsx", "xls", "ods", "html", "pdf"}


@pytest.mark.parametrize("name", ["provinsi-jenis-kelamin.pdf", "provinsi-jenis-kelamin-tanpa-garis.pdf"])
def test_a_figure_of_a_pdf_is_found_on_its_page(name: str):
    content = (FILES / name).read_bytes()
    description = propose(content, name).parsed()
    frame = tidy_table(read_table(content, description, name), description).frame
    pages = frame.drop_duplicates("nama_wilayah").set_index("nama_wilayah")["halaman_sumber"]
    assert (pages["Aceh"], pages["Papua Barat Daya"]) == (1, 2)
