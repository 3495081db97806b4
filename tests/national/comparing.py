"""Compares what the stock portal holds with what we hold, field by field, after expected.yaml."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote

import yaml

from ckanext.satudatapmi.publication import coverage, words
from ckanext.satudatapmi.reference import wilayah
from ckanext.satudatapmi.schemas import wire

Package = Mapping[str, Any]


@dataclass(frozen=True)
class Difference:
    """A field that did not arrive as it left."""

    dataset: str
    field: str
    ours: Any
    theirs: Any


@cache
def expected() -> Mapping[str, Any]:
    """Return expected.yaml."""
    return yaml.safe_load((Path(__file__).parent / "expected.yaml").read_text(encoding="utf-8"))


def look(package: Package, place: str) -> Any:
    """Return what stands at a place such as `title`, `organization.title` or `extras.guid`; None if nothing does."""
    value: Any = package
    for step in place.split("."):
        if step == "extras":
            value = {extra["key"]: extra["value"] for extra in value.get("extras") or []}
        else:
            value = (value or {}).get(step)
    return value


def matched(
    protocol: str, ours: list[Package], theirs: list[Package]
) -> tuple[dict[str, Package], list[str], list[str]]:
    """Return their datasets by the id of ours, the ids of ours they lack, and the titles of theirs we do not have."""
    rule = expected()[protocol]["match"]
    by_key: dict[Any, Package] = {}
    surplus = []
    wanted = {look(package, rule["ours"]) for package in ours}
    for package in theirs:
        key = look(package, rule["theirs"])
        if key in wanted and key not in by_key:
            by_key[key] = package
        else:
            surplus.append(package["title"])
    found = {package["id"]: by_key[key] for package in ours if (key := look(package, rule["ours"])) in by_key}
    return found, [package["id"] for package in ours if package["id"] not in found], surplus


def differences(protocol: str, ours: Package, theirs: Package) -> Iterator[Difference]:
    """Yield every field of a dataset and its resources that differs."""
    rules = expected()[protocol]
    yield from _compared(rules["dataset"], ours, theirs, ours["name"])
    yield from _others(rules, "others", rules["dataset"], ours, theirs, ours["name"])
    yield from _resources(rules, ours, theirs)


def _resources(rules: Mapping[str, Any], ours: Package, theirs: Package) -> Iterator[Difference]:
    left = list(theirs["resources"])
    for resource in ours["resources"]:
        where = f"{ours['name']}: {resource.get('name') or resource['url']}"
        twin = next((item for item in left if _twins(resource, item, rules.get("unnamed", ""))), None)
        if twin is None:
            yield Difference(where, "resource", resource["url"], [item.get("url") for item in left])
            continue
        left.remove(twin)
        yield from _compared(rules["resource"], {**resource, "dataset": ours}, twin, where)
        yield from _others(rules, "others_of_resource", rules["resource"], resource, twin, where)
    for item in left:
        yield Difference(ours["name"], "resource", None, item.get("url"))


def _twins(ours: Package, theirs: Package, unnamed: str) -> bool:
    same_name = (ours.get("name") or unnamed) == (theirs.get("name") or "")
    return same_name and _address(ours["url"]) == _address(theirs["url"])


def _compared(rules: list[Mapping[str, Any]], ours: Package, theirs: Package, where: str) -> Iterator[Difference]:
    for rule in rules:
        mine = look(ours, rule.get("ours", rule["theirs"]))
        places = iter(rule.get("otherwise", []))
        while _empty(mine) and (place := next(places, None)):
            mine = look(ours, place)
        if _empty(mine) or any(_empty(ours.get(field)) for field in rule.get("needs", [])):
            continue
        same = COMPARABLE[rule.get("as", "equal")]
        there = look(theirs, rule["theirs"])
        if same(mine) is not None and same(mine) != (same(there) if rule.get("as") not in ONE_SIDED else there):
            yield Difference(where, rule["theirs"], mine, there)


def unavoidable(protocol: str, difference: Difference, harvest: int) -> str:
    """Return why a stock harvester cannot carry what differs, as expected.yaml has it; "" if it could.

    Args:
        protocol: its type.
        difference: what differs.
        harvest: after the first harvest, or after a later one.
    """
    for one in expected()[protocol].get("cannot", []):
        applies = harvest >= one.get("since", 1) and CASES[one.get("when", "always")](difference)
        if one["field"] == difference.field and applies:
            return one["reason"]
    return ""


def _others(
    rules: Mapping[str, Any], part: str, named: list[Mapping[str, Any]], ours: Package, theirs: Package, where: str
) -> Iterator[Difference]:
    """Yield the filled fields of ours that no rule names, that name no person, and that are not the same there."""
    if part not in rules:
        return
    persons = {field.field for field in wire.dataset_fields() if field.personal}
    left_out = persons | {*rules[part]["left_out"], *(rule.get("ours", rule["theirs"]).split(".")[0] for rule in named)}
    for name, value in ours.items():
        if name in left_out or _empty(value):
            continue
        there = look(theirs, f"{rules[part]['at']}.{name}".strip("."))
        if there != value:
            yield Difference(where, name, value, there)


def _empty(value: Any) -> bool:
    return value is None or value in ("", [], {})


def _names(value: Any) -> list[str]:
    return sorted({tag["name"].strip() for tag in value or []})


def subjects(package: Package) -> list[dict[str, str]]:
    """Return what a dataset is about, as tags: its own, kategori, and themes in words."""
    theme = wire.decode_json(package.get("theme") or "")
    themes = [package.get("kategori"), *(theme if isinstance(theme, list) else [theme])]
    words_of = [str(one) for one in themes if one and "://" not in str(one)]
    names = [tag["name"] for tag in package["tags"]] + words_of
    return [{"name": name} for name in dict.fromkeys(names)]


def _moment(value: Any) -> str | None:
    """Return a time in UTC to the second; a year, month or day stays as precise as it is."""
    text = str(value or "")
    if "T" not in text:
        return text
    moment = datetime.fromisoformat(text)
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return moment.astimezone(UTC).isoformat(timespec="seconds")


def _address(value: Any) -> str:
    return quote(unquote(str(value or "")), safe="/:?&=#%+@~;,")


def _area(value: Any) -> str | None:
    """Return the name of the only area that our field names; None where it names none or several."""
    places = list(words.places(wire.decode_json(value)))
    if len(places) != 1:
        return None
    area = wilayah.areas().get(places[0].code or "")
    return area.name if area else places[0].name


def _is_geometry(value: Any) -> bool:
    shape = wire.decode_json(value)
    return isinstance(shape, dict) and shape.get("type") in words.GEOJSON_TYPES


def _start(value: Any) -> str | None:
    period = words.period(wire.decode_json(value))
    return period.start if period else None


def _end(value: Any) -> str | None:
    period = words.period(wire.decode_json(value))
    return period.end if period else None


def _name(value: Any) -> str:
    """Return a dataset's name as the stock harvester cuts it (ckan.lib.munge leaves room for a number)."""
    return str(value)[:95]


def _first_day(value: Any) -> str | None:
    day = coverage.first_day(_start(value))
    return day.isoformat() if day else None


def _last_day(value: Any) -> str | None:
    day = coverage.last_day(_end(value))
    return day.isoformat() if day else None


ONE_SIDED = frozenset({"area", "party", "geometry", "place", "start", "end", "first_day", "last_day"})
COMPARABLE: Mapping[str, Callable[[Any], Any]] = {
    "equal": lambda value: value,
    "names": _names,
    "name": _name,
    "moment": _moment,
    "address": _address,
    "trimmed": lambda value: str(value or "").strip(),
    "geometry": lambda value: value if _is_geometry(value) else None,
    "place": lambda value: None if _is_geometry(value) else value,
    "word": lambda value: str(value or "").casefold(),
    "area": _area,
    "party": lambda value: json.dumps([{"name": value, "roles": ["publisher"]}]),
    "uri": lambda value: value if str(value).startswith(("http://", "https://")) else None,
    "start": _start,
    "end": _end,
    "first_day": _first_day,
    "last_day": _last_day,
}


CASES: Mapping[str, Callable[[Difference], bool]] = {
    "always": lambda _difference: True,
    "surplus": lambda difference: difference.ours is None,
}


def errors(protocol: str, result: Mapping[str, Any]) -> list[str]:
    """Return what a stock harvester could not do, without its remarks that stand among its errors."""
    remarks = expected()[protocol].get("remarks", [])
    found = [*result["gather_errors"], *result["object_errors"]]
    return [one for one in found if not any(remark in one for remark in remarks)]


def shown(found: list[Difference]) -> str:
    """Return differences as a message, a line each."""
    return "\n".join(
        f"{one.dataset}: {one.field}: ours {json.dumps(one.ours)}, theirs {json.dumps(one.theirs)}" for one in found
    )
