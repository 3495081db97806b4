"""The reads of an OpenAPI document as a page shows them, and the addresses that they lead to."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlencode


@dataclass(frozen=True)
class Parameter:
    """A parameter of a read.

    Attributes:
        name, description: as the document has them.
        place: path, query or header.
        is_required: whether the read needs it.
        values: that it may have, where they are counted.
        example: a value, or "".
    """

    name: str
    description: str
    place: str
    is_required: bool
    values: tuple[str, ...]
    example: str


@dataclass(frozen=True)
class Read:
    """A read.

    Attributes:
        name: its operationId.
        path: with its parameters in braces.
        group: name of the tag.
        summary, description: as the document has them.
        parameters: in their order.
        media_types: of its answer.
        answers: what each status means.
    """

    name: str
    path: str
    group: str
    summary: str
    description: str
    parameters: tuple[Parameter, ...]
    media_types: tuple[str, ...]
    answers: Mapping[str, str] = field(default_factory=dict)

    def address(self, values: Mapping[str, str]) -> str:
        """Return the address, from the root of the site, that asks with some values; empty ones are left out."""
        path = self.path
        query: dict[str, str] = {}
        for one in self.parameters:
            value = values.get(one.name, "")
            if one.place == "path":
                path = path.replace(f"{{{one.name}}}", quote(value, safe=""))
            elif one.place == "query" and value:
                query[one.name] = value
        return f"{path}?{urlencode(query)}" if query else path

    @property
    def examples(self) -> dict[str, str]:
        """The values of the example by parameter."""
        return {one.name: one.example for one in self.parameters if one.example}

    @property
    def example_headers(self) -> dict[str, str]:
        """The request headers of the example."""
        return {one.name: one.example for one in self.parameters if one.place == "header" and one.example}


def reads(document: Mapping[str, Any]) -> list[Read]:
    """Return the reads of a document in one language."""
    return [_read(document, path, item["get"]) for path, item in document["paths"].items()]


def _read(document: Mapping[str, Any], path: str, operation: Mapping[str, Any]) -> Read:
    answers = {status: _target(document, one) for status, one in operation["responses"].items()}
    return Read(
        operation["operationId"],
        path,
        operation["tags"][0],
        operation["summary"],
        operation["description"],
        tuple(_parameters(document, operation.get("parameters", ()))),
        tuple(answers["200"]["content"]),
        {status: one["description"] for status, one in answers.items()},
    )


def _parameters(document: Mapping[str, Any], parameters: Iterable[Mapping[str, Any]]) -> Iterable[Parameter]:
    for one in (_target(document, parameter) for parameter in parameters):
        yield Parameter(
            one["name"],
            one["description"],
            one["in"],
            one.get("required", False),
            tuple(one["schema"].get("enum", ())),
            str(one.get("example", "")),
        )


def _target(document: Mapping[str, Any], node: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return what a reference leads to, or the node itself."""
    found: Any = node
    if "$ref" in node:
        found = document
        for step in node["$ref"].removeprefix("#/").split("/"):
            found = found[step]
    return found
