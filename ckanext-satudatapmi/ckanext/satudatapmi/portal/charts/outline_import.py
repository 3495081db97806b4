"""Official outlines of areas: a GeoJSON is checked against our list of areas and made light enough for pages.

Nothing is mended or made up: what is wrong with the file is told, feature by feature, and the file is refused.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ckanext.satudatapmi.reference import wilayah

LEVELS = ("provinsi", "kabupaten_kota")
WEST, SOUTH, EAST, NORTH = 94.0, -12.0, 142.5, 7.5
"""Degrees within which all of Indonesia lies, its sea included."""
PLAIN_CRS = re.compile(r"(CRS:?84|EPSG:{1,2}4326)$", re.IGNORECASE)
UNDOTTED = re.compile(r"\d{4}")
MOST_BYTES: Mapping[str, int] = {"provinsi": 120_000, "kabupaten_kota": 900_000}
"""Of the outlines of a level; a page draws the provinces, or the districts of one."""
TOLERANCES = (0.002, 0.005, 0.01, 0.02, 0.04, 0.08)
"""Degrees by which a simpler line may lie beside the official one; the first that is light enough is taken."""
STEPS = 100_000
"""Of the grid on which corners lie, in each direction."""
TOLD = 20
OBJECT = "areas"


class OutlineError(ValueError):
    """A file that is refused.

    Attributes:
        faults: what is wrong with it, in sentences.
    """

    def __init__(self, faults: Sequence[str]) -> None:
        super().__init__(faults[0])
        self.faults = list(faults)


@dataclass(frozen=True)
class Imported:
    """Outlines that were taken.

    Attributes:
        level: provinsi or kabupaten_kota.
        property: in which the codes stand.
        areas: how many there are.
        missing: codes of areas that the file leaves out, as it was said that it does.
        tolerance: degrees by which lines were made simpler.
        topology: as TopoJSON, with `source` and `level`.
    """

    level: str
    property: str
    areas: int
    missing: Sequence[str]
    tolerance: float
    topology: Mapping[str, Any]


def import_outlines(content: bytes, source: str, name: str = "", missing: Iterable[str] = ()) -> Imported:
    """Return the outlines of a file.

    Args:
        content: of a GeoJSON (RFC 7946).
        source: who published it, for the line below each map.
        name: of the property in which the codes stand; "" finds it.
        missing: codes of areas that the file may leave out.

    Raises:
        OutlineError: something is wrong with the file.
    """
    features = _features(content)
    found = name or _property_of(features)
    codes = _codes(features, found)
    level = _level(codes)
    left_out = _left_out(codes, level, set(missing))
    shapes = _shapes(features, codes)
    tolerance, topology = _light(shapes, level)
    return Imported(
        level, found, len(shapes), left_out, tolerance, {**topology, "source": source.strip(), "level": level}
    )


def _features(content: bytes) -> list[Mapping[str, Any]]:
    try:
        document = json.loads(content)
    except ValueError as error:
        raise OutlineError([f"This is no JSON ({error}). A GeoJSON file is expected (RFC 7946)."]) from None
    if not isinstance(document, dict) or document.get("type") != "FeatureCollection":
        raise OutlineError(["A GeoJSON file with a FeatureCollection is expected, each feature an area."])
    _check_crs(document)
    features = document.get("features")
    if not isinstance(features, list) or not features:
        raise OutlineError(["The FeatureCollection has no features."])
    faults = [fault for number, one in enumerate(features, 1) for fault in _faults_of(number, one)]
    if faults:
        raise OutlineError(faults[:TOLD])
    return features


def _check_crs(document: Mapping[str, Any]) -> None:
    crs = document.get("crs")
    properties = crs.get("properties") if isinstance(crs, dict) else None
    name = str(properties.get("name", "")) if isinstance(properties, dict) else str(crs)
    if crs is not None and not PLAIN_CRS.search(name):
        message = (
            f"crs: the file is in {name}. Longitude and latitude (WGS 84) are expected; convert it, for example by "
        )
        raise OutlineError([f"{message}ogr2ogr -t_srs EPSG:4326 -f GeoJSON out.json FILE."])


def _faults_of(number: int, feature: Any) -> list[str]:
    if not isinstance(feature, dict) or feature.get("type") != "Feature":
        return [f"feature {number}: it is no Feature."]
    if not isinstance(feature.get("properties"), dict):
        return [f"feature {number}, properties: an object is expected, in which the code of the area stands."]
    geometry = feature.get("geometry")
    kind = geometry.get("type") if isinstance(geometry, dict) else None
    if kind not in ("Polygon", "MultiPolygon"):
        return [f"feature {number}, geometry: a Polygon or MultiPolygon is expected; this is {kind or 'none'}."]
    return []


def _property_of(features: Sequence[Mapping[str, Any]]) -> str:
    """Return the property that holds a code of ours in every feature.

    Raises:
        OutlineError: there is none; the best one is named with the first value that is no code.
    """
    names = list(dict.fromkeys(name for one in features for name in one["properties"]))
    counts = {name: sum(_code(one["properties"].get(name)) is not None for one in features) for name in names}
    best = max(names, key=counts.__getitem__, default="")
    if not counts.get(best):
        known = ", ".join(names) or "none at all"
        message = f"No property holds codes of Kemendagri such as 35 or 35.06. Properties are: {known}. Name one with "
        raise OutlineError([f"{message}--property, or join the codes to the file first."])
    return best


def _codes(features: Sequence[Mapping[str, Any]], name: str) -> list[str]:
    """Return the code of each feature.

    Raises:
        OutlineError: a feature has none, or one that is not in our list.
    """
    values = [one["properties"].get(name) for one in features]
    faults = [
        f"feature {number}, property {name}: {value!r} is no code of a province or district (Kemendagri)."
        for number, value in enumerate(values, 1)
        if _code(value) is None
    ]
    if faults:
        raise OutlineError(faults[:TOLD])
    return [_code(value) or "" for value in values]


def _code(value: Any) -> str | None:
    """Return the code of an area as we write it, None for what is none: `3506` and 3506 are 35.06."""
    text = str(value).strip() if isinstance(value, str | int) and not isinstance(value, bool) else ""
    text = f"{text[:2]}.{text[2:]}" if UNDOTTED.fullmatch(text) else text
    area = wilayah.areas().get(text)
    return text if area and area.level in LEVELS else None


def _level(codes: Sequence[str]) -> str:
    levels: dict[str, int] = {}
    for number, code in enumerate(codes, 1):
        levels.setdefault(wilayah.areas()[code].level, number)
    if len(levels) > 1:
        told = " and ".join(f"feature {number} is a {level}" for level, number in levels.items())
        raise OutlineError([f"Provinces and districts are mixed: {told}. Import a file for each."])
    return next(iter(levels))


def _left_out(codes: Sequence[str], level: str, named: set[str]) -> list[str]:
    """Return the areas of a level that are left out.

    Raises:
        OutlineError: others than those that were named are.
    """
    wanted = {one.code for one in wilayah.areas().values() if one.level == level}
    absent = sorted(wanted - set(codes))
    unnamed = [code for code in absent if code not in named]
    if unnamed:
        told = ", ".join(f"{code} {wilayah.areas()[code].name}" for code in unnamed[:TOLD])
        more = f" and {len(unnamed) - TOLD} more" if len(unnamed) > TOLD else ""
        hint = f"If the file is whole without them, say so: --without {','.join(unnamed[:TOLD])}"
        raise OutlineError([f"{len(unnamed)} of {len(wanted)} areas are missing: {told}{more}. {hint}"])
    return absent


def _shapes(features: Sequence[Mapping[str, Any]], codes: Sequence[str]) -> dict[str, Any]:
    """Return the shape of each area; several features of one code are its parts.

    Raises:
        OutlineError: a shape crosses itself, or lies elsewhere.
    """
    import shapely

    parts: dict[str, list[Any]] = {}
    faults: list[str] = []
    for number, (feature, code) in enumerate(zip(features, codes, strict=True), 1):
        fault, shape = _shape(feature["geometry"])
        if fault:
            faults.append(f"feature {number} ({code} {wilayah.areas()[code].name}), geometry: {fault}")
        else:
            parts.setdefault(code, []).append(shape)
    if faults:
        raise OutlineError(faults[:TOLD])
    return {code: shapely.union_all(shapes) for code, shapes in sorted(parts.items())}


def _shape(geometry: Mapping[str, Any]) -> tuple[str, Any]:
    import shapely
    from shapely.geometry import shape

    try:
        made = shapely.force_2d(shape(dict(geometry)))
    except (shapely.errors.ShapelyError, ValueError, TypeError, AttributeError, IndexError) as error:
        return f"it cannot be read ({error}).", None
    if made.is_empty or not made.is_valid:
        return f"it is not valid ({shapely.is_valid_reason(made) if not made.is_empty else 'it is empty'}).", None
    west, south, east, north = made.bounds
    if not (west >= WEST and south >= SOUTH and east <= EAST and north <= NORTH):
        told = f"it lies between {west:.1f}, {south:.1f} and {east:.1f}, {north:.1f}, not within Indonesia"
        return f"{told}; are longitude and latitude swapped, or is it in another projection?", None
    return "", made


def _light(shapes: Mapping[str, Any], level: str) -> tuple[float, Mapping[str, Any]]:
    """Return TopoJSON that is light enough, and by how much lines were made simpler for it.

    Raises:
        OutlineError: even the simplest one is too heavy, or an area vanished.
    """
    from topojson.core.topology import Topology

    features = [
        {"type": "Feature", "properties": {"code": code}, "geometry": shape.__geo_interface__}
        for code, shape in shapes.items()
    ]
    collection = {"type": "FeatureCollection", "features": features}
    whole = Topology(collection, object_name=OBJECT, prequantize=False, prevent_oversimplify=True)
    made: dict[str, Any] = {}
    for tolerance in TOLERANCES:
        made = whole.toposimplify(tolerance).topoquantize(STEPS).to_dict()
        if len(json.dumps(made)) <= MOST_BYTES[level]:
            gone = [one["properties"]["code"] for one in made["objects"][OBJECT]["geometries"] if not one.get("arcs")]
            if gone:
                raise OutlineError([f"Nothing is left of {', '.join(gone)} once the outlines are light enough."])
            return tolerance, made
    raise OutlineError(
        [f"The outlines weigh {len(json.dumps(made))} bytes even when simple; leave out the smallest isles."]
    )
