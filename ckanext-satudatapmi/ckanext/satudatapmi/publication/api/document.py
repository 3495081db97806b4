"""The OpenAPI document of all public reads, put together from the files of `schemas/openapi/`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache, lru_cache
from importlib.resources import files
from typing import Any

import yaml

from ckanext.satudatapmi.figures.registry import dimensions
from ckanext.satudatapmi.publication.api.values import ENUMERATIONS, LANGUAGES

BASE = "base.yaml"
DIMENSIONS = "x-dimensions"
Node = Mapping[str, Any]


def document(language: str, site_url: str, examples: Mapping[str, str]) -> dict[str, Any]:
    """Return the document.

    Args:
        language: of its texts, `id` or `en`.
        site_url: of this portal.
        examples: by the names that the files give to what a site holds (`values.examples`).
    """
    made = _resolved(_merged(), language, examples)
    return made | {"servers": [{"url": site_url}]}


@lru_cache(maxsize=1000)
def numbers_of(name: str) -> tuple[str, ...]:
    """Return the parameters of a read that are whole numbers; none if there is no such read.

    Args:
        name: its operationId.
    """
    operations = (item["get"] for item in _merged()["paths"].values())
    parameters = next((one.get("parameters", ()) for one in operations if one["operationId"] == name), ())
    return tuple(one["name"] for one in parameters if one.get("schema", {}).get("type") == "integer")


@cache
def _merged() -> dict[str, Any]:
    """Return all files as one document, its texts still in every language."""
    folder = files("ckanext.satudatapmi.schemas").joinpath("openapi")
    read = {one.name: yaml.safe_load(one.read_text(encoding="utf-8")) for one in folder.iterdir()}
    base = read.pop(BASE)
    groups = sorted(read.values(), key=lambda group: group["order"])
    return {
        **{name: value for name, value in base.items() if name != "components"},
        "tags": [group["tag"] for group in groups],
        "paths": {path: item for group in groups for path, item in group["paths"].items()},
        "components": _merged_components([base, *groups]),
    }


def _merged_components(groups: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    made: dict[str, dict[str, Any]] = {}
    for group in groups:
        for kind, named in group.get("components", {}).items():
            made.setdefault(kind, {}).update(named)
    dimension = made["parameters"].pop("Dimension")
    made["parameters"] |= {f"Dimension-{name}": _of_dimension(dimension, name) for name in dimensions()}
    return made


def _of_dimension(parameter: Node, name: str) -> dict[str, Any]:
    words = {
        language: text.format(label=dimensions()[name].label[language])
        for language, text in parameter["description"].items()
    }
    return {key: value for key, value in parameter.items() if key != DIMENSIONS} | {"name": name, "description": words}


def _resolved(node: Any, language: str, examples: Mapping[str, str]) -> Any:
    """Return a part of the document in one language, with what stands elsewhere filled in."""
    if isinstance(node, list):
        return [_resolved(one, language, examples) for item in node for one in _each(item)]
    if not isinstance(node, dict):
        return node
    if node.keys() == set(LANGUAGES):
        return node[language]
    made = {key: _resolved(value, language, examples) for key, value in node.items()}
    if enumeration := made.pop("x-values", None):
        made["enum"] = list(ENUMERATIONS[enumeration]())
    if (live := made.pop("x-live", None)) in examples:
        made["example"] = examples[live]
    return made


def _each(item: Any) -> Iterator[Any]:
    """Yield an item of a list, or in place of the parameter of dimensions one for each dimension."""
    if isinstance(item, dict) and item.get("$ref") == "#/components/parameters/Dimension":
        yield from ({"$ref": f"#/components/parameters/Dimension-{name}"} for name in dimensions())
    else:
        yield item
