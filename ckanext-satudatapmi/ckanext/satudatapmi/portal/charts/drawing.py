"""Charts drawn by the process that does that, and kept: the same chart is drawn once."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any, TypeVar

import ckan.plugins.toolkit as tk
import requests
from cachelib import FileSystemCache

MEDIA_TYPES = {"svg": "image/svg+xml", "png": "image/png"}
FOLDER = "satudatapmi-charts"
KEPT = 5000
KEPT_SECONDS = 7 * 86400
SECONDS = 10
CONNECT_SECONDS = 2
T = TypeVar("T")


class ChartsAway(Exception):
    """No chart can be drawn now: the process that draws does not answer, or is not there."""


def draw(specification: Mapping[str, Any], ending: str) -> bytes:
    """Return the chart of a Vega-Lite specification.

    Args:
        specification: its data stand in it.
        ending: `svg` or `png`.

    Raises:
        ChartsAway: it cannot be drawn now.
        ValueError: the specification is wrong.
    """
    return _drawn(f"vega-lite.{ending}", json.dumps(specification, sort_keys=True, default=str).encode())


def as_png(svg: str) -> bytes:
    """Return an SVG as PNG.

    Raises:
        ChartsAway, ValueError: as `draw`.
    """
    return _drawn("svg.png", svg.encode())


def are_drawn() -> bool:
    """Tell whether this site draws charts at all."""
    return bool(tk.config["ckanext.satudatapmi.charts.url"])


def has_assets() -> bool:
    """Tell whether this site has outlines of the world, and charts that answer to the pointer."""
    return bool(tk.config["ckanext.satudatapmi.charts.assets"])


def is_world_drawn() -> bool:
    """Tell whether this site draws maps of the world."""
    return are_drawn() and has_assets()


def _drawn(path: str, content: bytes) -> bytes:
    if not are_drawn():
        raise ChartsAway
    key = f"{version('vl-convert-python')} {path} ".encode() + content
    return kept(key, lambda: _asked(f"{tk.config['ckanext.satudatapmi.charts.url']}{path}", content))


def kept(key: bytes, make: Callable[[], T]) -> T:
    """Return what `make` returned for a key before, else call it. What it returns can be pickled, and is not None."""
    found = kept_before(key)
    if found is None:
        found = make()
        _cache().set(_digest(key), found)
    return found


def kept_before(key: bytes) -> Any:
    """Return what is kept for a key, None if nothing is."""
    return _cache().get(_digest(key))


def _digest(key: bytes) -> str:
    return hashlib.sha256(key).hexdigest()


def _asked(address: str, content: bytes) -> bytes:
    try:
        answer = requests.post(address, data=content, timeout=(CONNECT_SECONDS, SECONDS))
    except requests.RequestException as error:
        raise ChartsAway from error
    if answer.status_code == 400:
        raise ValueError(answer.text)
    if not answer.ok:
        raise ChartsAway
    return answer.content


def _cache() -> FileSystemCache:
    return _cache_in(str(Path(tk.config["ckan.storage_path"]) / FOLDER))


@cache
def _cache_in(folder: str) -> FileSystemCache:
    return FileSystemCache(folder, KEPT, KEPT_SECONDS)
