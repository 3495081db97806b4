"""The single data as files: each made once for each state of the cube, and kept."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, BinaryIO

import ckan.model as model
import ckan.plugins.toolkit as tk

from ckanext.satudatapmi.figures.cube import Chunks
from ckanext.satudatapmi.figures.exports import flat, ilostat, jsonstat, sdmx_data, sdmx_structure
from ckanext.satudatapmi.figures.registry import indicators
from ckanext.satudatapmi.figures.store import whole

FOLDER = "satudata-figures"

Write = Callable[[Chunks, BinaryIO], Any]


@dataclass(frozen=True)
class FigureFile:
    """A file of the cube: its name, media type, and how it is written."""

    name: str
    media_type: str
    write: Write


def files() -> dict[str, FigureFile]:
    """Return the files that are offered, by name."""
    now = datetime.now(UTC).replace(microsecond=0)
    sdmx = "application/vnd.sdmx"
    offered = [
        FigureFile("pmi.csv", "text/csv", flat.write_csv),
        FigureFile("pmi.parquet", "application/vnd.apache.parquet", flat.write_parquet),
        FigureFile("pmi-sdmx.csv", f"{sdmx}.data+csv;version=2.0.0", sdmx_data.write_sdmx_csv),
        FigureFile(
            "pmi-sdmx.json",
            f"{sdmx}.data+json;version=2.0.0",
            lambda chunks, file: sdmx_data.write_sdmx_json(chunks, file, now),
        ),
        FigureFile(
            "pmi-structure.json",
            f"{sdmx}.structure+json;version=2.0.0",
            lambda _chunks, file: sdmx_structure.write_structure_json(file, now),
        ),
        FigureFile(
            "pmi-structure.xml",
            f"{sdmx}.structure+xml;version=3.0.0",
            lambda _chunks, file: sdmx_structure.write_structure_xml(file, now),
        ),
        *(_jsonstat(name) for name in indicators()),
        *(_ilostat(name) for name in ilostat.tables()),
    ]
    return {one.name: one for one in offered}


def _jsonstat(indicator: str) -> FigureFile:
    return FigureFile(
        f"{indicator}-jsonstat.json",
        "application/json",
        lambda chunks, file: jsonstat.write_jsonstat(chunks, indicator, file),
    )


def _ilostat(table: str) -> FigureFile:
    return FigureFile(f"{table}.csv", "text/csv", lambda chunks, file: ilostat.write_ilostat(chunks, table, file))


def path_of(one: FigureFile) -> Path:
    """Return where a file of the present cube lies, made first if it is not there; older states of it are removed."""
    folder = Path(tk.config["ckan.storage_path"]) / FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    with model.ensure_engine().connect() as connection:
        path = folder / f"{whole.edition(connection)}-{one.name}"
        if not path.exists():
            _make(one, path, whole.chunks(connection))
            for old in folder.glob(f"*-{one.name}"):
                if old != path:
                    old.unlink(missing_ok=True)
    return path


def _make(one: FigureFile, path: Path, chunks: Chunks) -> None:
    """Write a file beside its place and move it there, so that nobody reads a half."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=".")
    try:
        with os.fdopen(handle, "wb") as file:
            one.write(chunks, file)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
