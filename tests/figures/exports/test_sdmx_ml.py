"""SDMX-ML data, read back by sdmx1 and pysdmx, which checks it against the standard's schemas as well.

The reader of SDMX-ML 3.0 is imported before sdmx1 2.28 reads structure-specific data of 2.1, after which it cannot be.
"""

import io
from datetime import UTC, datetime
from decimal import Decimal

import pytest
import sdmx
import sdmx.reader.xml.v30
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree
from pysdmx.io import read_sdmx

from ckanext.satudatapmi.figures.exports import sdmx_ml, sdmx_structure
from ckanext.satudatapmi.figures.exports.layout import ALL_DIMENSIONS, Layout, dimension_ids
from ckanext.satudatapmi.schemas.wire import NOT_IN_XML
from tests.figures.exports.cubes import by_series, components_of, cube, cubes, row, written, year

PREPARED = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)
WRITERS = [sdmx_ml.write_generic, sdmx_ml.write_structure_specific_2_1, sdmx_ml.write_structure_specific_3_0]
READ_BY_SDMX1 = WRITERS[:2]
SERIES = Layout("TIME_PERIOD")
NOTE = "baris\nbaru \\ 'kutip' \"dua\" <&> \x0b akhir"


def expected(told: dict) -> dict[str, str | None]:
    """Return an observation by component, as text; XML takes no control characters."""
    return components_of(told) | {"COMMENT_OBS": told["note"] and NOT_IN_XML.sub("", told["note"])}


@pytest.fixture(scope="module")
def definition():
    """The data structure as sdmx1 reads it."""
    file = io.BytesIO()
    sdmx_structure.write_structure_xml(file, PREPARED, version="2.1")
    return sdmx.read_sdmx(io.BytesIO(file.getvalue())).structure["DSD_PMI"]


def read_by_sdmx1(content: bytes, definition) -> list[dict]:
    (data,) = sdmx.read_sdmx(io.BytesIO(content), structure=definition).data
    return [
        {name: str(part.value) for name, part in one.key.values.items()}
        | {"OBS_VALUE": one.value}
        | {name: str(part.value) for name, part in one.attrib.items()}
        for one in data.obs
    ]


def plain(one: dict) -> dict:
    """Return an observation without what is missing, its value as a number."""
    value = one.get("OBS_VALUE")
    there = {name: cell for name, cell in one.items() if cell not in (None, "") and name != "OBS_VALUE"}
    return there | ({} if value in (None, "", "nan") else {"OBS_VALUE": Decimal(str(value))})


@pytest.mark.parametrize("write", READ_BY_SDMX1)
@pytest.mark.parametrize("at", ["TIME_PERIOD", "SEX", ALL_DIMENSIONS])
@given(data=st.data())
@settings(max_examples=6)
def test_sdmx1_reads_the_same_cube(write, at, data, definition):
    layout = Layout(at)
    told = by_series(data.draw(cubes(min_size=1)), layout)
    content = written(write, cube(*told, chunk=5), PREPARED, layout)
    found = read_by_sdmx1(content, definition)
    assert sorted(map(repr, (sorted(plain(one).items()) for one in found))) == sorted(
        map(repr, (sorted(plain(expected(one)).items()) for one in told))
    )


@pytest.mark.parametrize("write", WRITERS)
@pytest.mark.parametrize("at", ["TIME_PERIOD", "SEX", ALL_DIMENSIONS])
def test_pysdmx_finds_it_valid_and_reads_the_same(write, at):
    layout = Layout(at)
    told = by_series([row(note=NOTE), row(**year(2022)), row(sex="L", value=None, obs_status="M")], layout)
    content = written(write, cube(*told), PREPARED, layout)
    frame = read_sdmx(io.BytesIO(content), validate=True).data[0].data.astype(object)
    found = [plain(one) for one in frame.where(frame.notna(), None).to_dict("records")]
    assert found == [plain(expected(one)) for one in told]


@pytest.mark.parametrize("write", WRITERS)
def test_a_series_that_goes_on_in_the_next_chunk_is_one(write):
    told = [row(**year(number)) for number in range(2019, 2024)]
    content = written(write, cube(*told, chunk=2), PREPARED, SERIES)
    (series,) = etree.fromstring(content).iter("{*}Series")
    assert len(series.findall("{*}Obs")) == 5


@pytest.mark.parametrize("write", WRITERS)
def test_what_is_not_asked_for_is_not_told(write):
    told = [row(), row(sex="L")]
    only_status = written(write, cube(*told), PREPARED, Layout("TIME_PERIOD", ("OBS_STATUS",), measure=False))
    frame = read_sdmx(io.BytesIO(only_status), validate=True).data[0].data
    # pysdmx adds a column for the value itself.
    assert {*frame.columns} - {"OBS_VALUE"} == {*dimension_ids(), "OBS_STATUS"}
    assert b"274965" not in only_status
    keys = written(write, cube(*told), PREPARED, Layout("TIME_PERIOD", (), measure=False, observations=False))
    frame = read_sdmx(io.BytesIO(keys), validate=True).data[0].data
    assert {*frame.columns} == {*dimension_ids()[:-1]}
    assert list(frame["SEX"]) == ["_T", "L"]


def test_a_value_keeps_every_digit():
    content = written(sdmx_ml.write_generic, cube(row(value="9164.0400000001")), PREPARED, SERIES)
    assert b'value="9164.0400000001"' in content


@pytest.mark.parametrize("write", WRITERS)
def test_an_update_says_that_it_replaces(write):
    content = etree.fromstring(written(write, cube(row()), PREPARED, Layout("TIME_PERIOD", action="Replace")))
    data_set = content.find("{*}DataSet")
    assert content.find(".//{*}DataSetAction").text == "Replace"
    assert [value for name, value in data_set.items() if name.endswith("action")] == ["Replace"]
