"""Official outlines: what is wrong with a file is told, what is right becomes a light map. The shapes are made up."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner

from ckanext.satudatapmi.portal.charts import outline_import, outlines
from ckanext.satudatapmi.portal.charts.outline_import import OutlineError, import_outlines
from ckanext.satudatapmi.reference import wilayah
from ckanext.satudatapmi.schemas import vocabularies

SOURCE = "Bidang buatan untuk pengujian"
TILES = vocabularies.read_yaml("province_tiles.yaml")["tiles"]


def square(west, south, side=2.0, corners=1):
    """A square whose sides have many corners that lie almost on a line."""
    step = side / corners
    south_side = [[west + step * i, south + (0.0001 if i % 2 else 0)] for i in range(corners)]
    rest = [[west + side, south], [west + side, south + side], [west, south + side], [west, south]]
    return {"type": "Polygon", "coordinates": [[*south_side, *rest]]}


def feature(code, geometry, **properties):
    return {"type": "Feature", "properties": {"KDPPUM": code, **properties}, "geometry": geometry}


def provinces(corners=1):
    """All provinces as squares, about where they lie."""
    places = ((one["code"], 95 + one["at"][0] * 2, 5 - one["at"][1] * 2) for one in TILES)
    return [
        feature(code, square(west, south, corners=corners), NAMOBJ=str(n))
        for n, (code, west, south) in enumerate(places)
    ]


def districts():
    """All districts as small squares in rows."""
    codes = [one.code for one in wilayah.areas().values() if one.level == "kabupaten_kota"]
    return [feature(code.replace(".", ""), square(95 + n % 40, 5 - n // 40, 0.9)) for n, code in enumerate(codes)]


def collection(features, **about):
    return json.dumps({"type": "FeatureCollection", "features": features, **about}).encode()


def faults(content, **about):
    with pytest.raises(OutlineError) as refused:
        import_outlines(content, SOURCE, **about)
    return " ".join(refused.value.faults)


def changed(number, **about):
    features = provinces()
    features[number] |= about
    return collection(features)


def test_codes_are_found_and_all_provinces_taken():
    found = import_outlines(collection(provinces()), SOURCE)
    assert (found.level, found.property, found.areas, found.missing) == ("provinsi", "KDPPUM", 38, [])
    assert found.topology["source"] == SOURCE


def test_codes_of_districts_may_be_written_without_a_dot():
    found = import_outlines(collection(districts()), SOURCE, "KDPPUM")
    assert found.level == "kabupaten_kota" and found.areas == 514
    assert "35.06" in {one["properties"]["code"] for one in found.topology["objects"]["areas"]["geometries"]}


def test_lines_are_made_simpler_until_they_are_light():
    heavy = collection(provinces(corners=4000))
    found = import_outlines(heavy, SOURCE)
    size = len(json.dumps(found.topology))
    assert len(heavy) > 2_000_000 > outline_import.MOST_BYTES["provinsi"] >= size
    assert len(found.topology["objects"]["areas"]["geometries"]) == 38


def test_parts_of_one_area_in_several_features_are_one_shape():
    parts = [*provinces(), feature("51", square(120, -11, 0.5))]
    found = import_outlines(collection(parts), SOURCE)
    [bali] = [one for one in found.topology["objects"]["areas"]["geometries"] if one["properties"]["code"] == "51"]
    assert found.areas == 38 and bali["type"] == "MultiPolygon"


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"no json", "This is no JSON"),
        (b"[]", "FeatureCollection"),
        (collection([]), "no features"),
        (collection(["x"]), "feature 1: it is no Feature"),
        (changed(4, properties=None), "feature 5, properties"),
        (changed(4, geometry={"type": "Point", "coordinates": [100, 0]}), "feature 5, geometry: a Polygon"),
        (changed(4, geometry=None), "this is none"),
        (
            collection(provinces(), crs={"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::23830"}}),
            "ogr2ogr",
        ),
        (changed(4, properties={"KDPPUM": "99"}), "feature 5, property KDPPUM: '99' is no code"),
        (changed(4, properties={"KDPPUM": "35.06"}), "feature 5 is a kabupaten_kota"),
        (changed(4, geometry=square(5, 105)), "longitude and latitude swapped"),
        (changed(4, geometry=square(500000, 9000000)), "another projection"),
        (
            changed(
                4, geometry={"type": "Polygon", "coordinates": [[[100, 0], [101, 1], [101, 0], [100, 1], [100, 0]]]}
            ),
            "not valid",
        ),
        (changed(4, geometry={"type": "Polygon", "coordinates": [[[100, 0]]]}), "feature 5"),
        (changed(4, geometry={"type": "Polygon", "coordinates": "x"}), "feature 5"),
        (collection([one | {"properties": {"name": "x"}} for one in provinces()]), "No property holds codes"),
    ],
)
def test_what_is_wrong_is_told_with_its_feature(content, words):
    assert words in faults(content)


@pytest.mark.parametrize("name", ["urn:ogc:def:crs:OGC:1.3:CRS84", "EPSG:4326", "urn:ogc:def:crs:EPSG::4326"])
def test_plain_longitude_and_latitude_may_be_named(name):
    crs = {"type": "name", "properties": {"name": name}}
    assert import_outlines(collection(provinces(), crs=crs), SOURCE).areas == 38


def test_areas_are_left_out_only_by_name():
    content = collection([one for one in provinces() if one["properties"]["KDPPUM"] not in ("95", "96")])
    told = faults(content)
    assert "2 of 38 areas are missing: 95 " in told and "--without 95,96" in told
    assert "96" in faults(content, missing=["95"])
    assert import_outlines(content, SOURCE, missing=["95", "96"]).missing == ["95", "96"]


def test_property_that_was_named_is_the_one_that_is_read():
    assert "property NAMOBJ" in faults(collection(provinces()), name="NAMOBJ")


@pytest.fixture
def held(ckan_config, monkeypatch, tmp_path):
    """A place for outlines of this test alone."""
    monkeypatch.setitem(ckan_config, "ckan.storage_path", str(tmp_path))


@pytest.fixture
def run(held, tmp_path):
    """A function that runs `ckan satudata maps` on a file."""
    from ckanext.satudatapmi.cli_maps import maps

    def command(verb, content=b"", *options):
        file = tmp_path / "batas.geojson"
        file.write_bytes(content)
        arguments = [verb, str(file), "--source", SOURCE, *options] if content else [verb, *options]
        return CliRunner().invoke(maps, arguments)

    return command


def test_map_draws_each_area_where_it_lies(held):
    found = import_outlines(collection(provinces()), SOURCE)
    outlines.keep(found.level, found.topology)
    drawn = outlines.provinces({"35": 10.0, "52": 20.0})
    assert drawn and len(drawn.shapes) == 38 and (drawn.width, drawn.source) == (1000, SOURCE)
    grounds = {one.code: one.ground for one in drawn.shapes}
    assert len({grounds["35"], grounds["52"], grounds["11"]}) == 3
    west = {one.code: float(one.path[1:].split(",")[0]) for one in drawn.shapes}
    assert west["11"] < west["35"] < west["91"]


def test_command_takes_a_file_once_it_is_right(run):
    refused = run("import", changed(4, properties={"KDPPUM": "99"}))
    assert refused.exit_code == 1 and "feature 5, property KDPPUM" in refused.output
    tried = run("import", collection(provinces()), "--dry-run", "--json")
    assert json.loads(tried.output)["kept"] is False and outlines.provinces({}) is None
    assert "38 outlines (provinsi) kept" in run("import", collection(provinces())).output
    assert outlines.provinces({})
    assert run("remove", b"", "provinsi").exit_code == 0 and outlines.provinces({}) is None
    assert run("remove", b"", "provinsi").exit_code == 1
    assert run("import", collection(provinces()), "--without").exit_code == 2
