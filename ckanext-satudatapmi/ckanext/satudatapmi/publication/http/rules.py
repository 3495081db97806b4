"""What is said of answers on HTTP in `schemas/http.yaml`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from functools import cache, lru_cache
from importlib.resources import files
from typing import Any, Literal

import yaml
from flask import request

from ckanext.satudatapmi.publication import paging

Cost = Literal["free", "cheap", "expensive"]
ACTION = "api.action"
CATALOGUES = "satudatapmi_feeds."
"""How the endpoints of catalogues begin."""
WHOLE_WITHOUT_SIZE = "satudatapmi_feeds.data_json"
"""The catalogue that is told as a whole, unless pages of some size are asked for."""


@dataclass(frozen=True)
class Rule:
    """How an address answers.

    Attributes:
        lifetime: directives of Cache-Control; without any, no cache keeps the answer.
        everyone: whether whoever asks is told the same.
        vary: request headers on which the answer depends besides.
        cost: what it costs us.
        is_open: whether scripts of other sites may read it.
    """

    lifetime: Mapping[str, int | bool] = field(default_factory=dict)
    everyone: bool = False
    vary: tuple[str, ...] = ()
    cost: Cost = "cheap"
    is_open: bool = False


@cache
def _document() -> Mapping[str, Any]:
    return yaml.safe_load(files("ckanext.satudatapmi.schemas").joinpath("http.yaml").read_text(encoding="utf-8"))


@lru_cache(maxsize=1000)
def rule_of(endpoint: str) -> Rule:
    """Return how an endpoint answers; schemas/http.yaml says how it names them."""
    line = next(
        one for one in _document()["answers"] if any(fnmatchcase(endpoint, pattern) for pattern in one["endpoints"])
    )
    return Rule(
        _document()["lifetimes"][line["lifetime"]] if "lifetime" in line else {},
        line.get("everyone", False),
        tuple(line.get("vary", ())),
        line.get("cost", "cheap"),
        line.get("open", False),
    )


def of_request() -> Rule:
    """Return how the address that is asked answers."""
    endpoint = request.endpoint or ""
    if endpoint == ACTION:
        endpoint = f"{ACTION}:{(request.view_args or {})['logic_function']}"
    without_size = endpoint == WHOLE_WITHOUT_SIZE and "per_page" not in request.args
    if endpoint.startswith(CATALOGUES) and (without_size or paging.ALL in request.args.getlist("page")):
        endpoint = f"{endpoint}:{paging.ALL}"
    return rule_of(endpoint)


def is_for_programs(path: str) -> bool:
    """Tell whether programs read what is at an address."""
    return any(fnmatchcase(path, pattern) for pattern in _document()["problems"])
