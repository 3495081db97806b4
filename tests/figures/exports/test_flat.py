import csv
import io
from datetime import date
from decimal import Decimal

import duckdb
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings

from ckanext.satudatapmi.figures.cube import COLUMNS
from ckanext.satudatapmi.figures.exports import flat
from ckanext.satudatapmi.figures.exports.periods import time_period
from ckanext.satudatapmi.tables.formulas import FORMULA
from tests.figures.exports.cubes import cube, cubes, row, written


def from_duckdb(content: bytes, path, reader: str) -> list[dict]:
    path.write_bytes(content)
    with duckdb.connect() as database:
        found = database.sql(f"SELECT * FROM {reader}")
        return [dict(zip(found.columns, cells, strict=True)) for cells in found.fetchall()]


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    return tmp_path_factory.mktemp("exports") / "cube"


def kept(note: str | None) -> str | None:
    return f"'{note}" if note and note.startswith(FORMULA) else note


@given(cubes())
@settings(max_examples=12)
def test_duckdb_reads_the_same_cube_from_parquet(path, told):
    found = from_duckdb(written(flat.write_parquet, cube(*told)), path, f"read_parquet('{path}')")
    assert [{name: one[name] for name in COLUMNS} for one in found] == told
    periods = [time_period(one["ref_start"], one["ref_end"]) for one in told]
    assert [(one["time_period"], one["freq"]) for one in found] == [(one.value, one.freq) for one in periods]


@given(cubes())
@settings(max_examples=12)
def test_duckdb_reads_the_same_cube_from_csv(path, told):
    reader = f"read_csv('{path}', all_varchar=true, header=true, quote='\"', escape='\"', delim=',', new_line='\\r\\n')"
    found = from_duckdb(written(flat.write_csv, cube(*told)), path, reader)
    assert [{name: one[name] for name in COLUMNS} for one in found] == [
        {name: printed(cell) for name, cell in one.items()} | {"note": kept(one["note"])} for one in told
    ]


def printed(cell) -> str | None:
    if isinstance(cell, bool):
        return "true" if cell else "false"
    return None if cell is None else str(cell)


def test_a_formula_stays_text_in_every_text_cell():
    content = written(flat.write_csv, cube(row(note="=1+1", source_column="@x", package_id="-p")))
    (line,) = csv.DictReader(io.StringIO(content.decode()))
    assert (line["note"], line["source_column"], line["package_id"]) == ("'=1+1", "'@x", "'-p")


def test_codes_have_their_label_in_the_language_asked_for():
    told = row(origin="52.02", destination="MYS", sex="P", age="_Z")
    (line,) = csv.DictReader(io.StringIO(written(flat.write_csv, cube(told), "en").decode()))
    assert (line["origin_label"], line["destination_label"]) == ("Kabupaten Lombok Tengah", "Malaysia")
    assert (line["sex_label"], line["age_label"], line["sector_label"]) == ("Female", "Not applicable", "Total")


def test_no_value_is_written_with_an_exponent():
    (line,) = csv.DictReader(io.StringIO(written(flat.write_csv, cube(row(value=Decimal("4.7E+6")))).decode()))
    assert line["value"] == "4700000"


def test_parquet_rounds_beyond_nine_decimals(path):
    told = row(value=Decimal("2259.98000000000047"))
    (found,) = from_duckdb(written(flat.write_parquet, cube(told)), path, f"read_parquet('{path}')")
    assert found["value"] == Decimal("2259.98")


def test_small_chunks_are_joined_into_row_groups(monkeypatch):
    monkeypatch.setattr(flat, "ROW_GROUP", 4)
    told = [row(ref_start=date(2000 + at, 1, 1), ref_end=date(2000 + at, 12, 31)) for at in range(9)]
    found = pq.ParquetFile(io.BytesIO(written(flat.write_parquet, cube(*told, chunk=2))))
    assert [found.metadata.row_group(at).num_rows for at in range(found.num_row_groups)] == [4, 4, 1]
    assert found.metadata.row_group(0).column(0).compression == "ZSTD"
