"""The single data as files: each made once for each state of the cube, and kept until the next."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, BinaryIO

import ckan.model as model
import ckan.plugins.toolkit as tk
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from ckanext.satudatapmi.figures import words
from ckanext.satudatapmi.figures.cube import Chunks
from ckanext.satudatapmi.figures.exports import bundle, flat, ilostat, jsonstat, sdmx_data, sdmx_structure
from ckanext.satudatapmi.figures.registry import Words, indicators
from ckanext.satudatapmi.figures.store import reading, whole

FOLDER = "satudata-figures"
MOST_AT_ONCE = 200_000
"""From so many figures on the files are made by the renewal alone: nobody waits for a page that long."""
RETRY_SECONDS = 300
"""When somebody who was told to wait may ask again."""
RENEWED = "satudatapmi.figures.renewed"
"""Key in CKAN's system_info: the loads, as JSON, that were public when the files were renewed last."""

Write = Callable[[Connection, BinaryIO], Any]


class NotMadeYet(RuntimeError):
    """A file of the present cube that the renewal is still to make."""


@dataclass(frozen=True)
class FigureFile:
    """A file of the cube.

    Attributes:
        name: of the file.
        media_type: of the file.
        write: writes it, given a connection of its own.
        label: by language, which indicator or which table of ILOSTAT it holds; empty if it holds all figures.
    """

    name: str
    media_type: str
    write: Write
    label: Words = field(default_factory=dict)


def files() -> dict[str, FigureFile]:
    """Return the files that are offered, by name."""
    now = datetime.now(UTC).replace(microsecond=0)
    sdmx = "application/vnd.sdmx"
    offered = [
        FigureFile("pmi.csv", "text/csv", _of_chunks(flat.write_csv)),
        FigureFile("pmi.parquet", "application/vnd.apache.parquet", _of_chunks(flat.write_parquet)),
        FigureFile("pmi-sdmx.csv", f"{sdmx}.data+csv;version=2.0.0", _of_chunks(sdmx_data.write_sdmx_csv)),
        FigureFile(
            "pmi-sdmx.json",
            f"{sdmx}.data+json;version=2.0.0",
            _of_chunks(lambda chunks, file: sdmx_data.write_sdmx_json(chunks, file, now)),
        ),
        FigureFile(
            "pmi-structure.json",
            f"{sdmx}.structure+json;version=2.0.0",
            lambda _connection, file: sdmx_structure.write_structure_json(file, now),
        ),
        FigureFile(
            "pmi-structure.xml",
            f"{sdmx}.structure+xml;version=3.0.0",
            lambda _connection, file: sdmx_structure.write_structure_xml(file, now),
        ),
        *(_jsonstat(name) for name in indicators()),
        *(_bundle(name) for name in indicators()),
        *(_ilostat(name) for name in ilostat.tables()),
    ]
    return {one.name: one for one in offered}


def _of_chunks(write: Callable[[Chunks, BinaryIO], Any]) -> Write:
    return lambda connection, file: write(whole.chunks(connection), file)


def _jsonstat(indicator: str) -> FigureFile:
    write = _of_chunks(lambda chunks, file: jsonstat.write_jsonstat(chunks, indicator, file))
    return FigureFile(f"{indicator}-jsonstat.json", "application/json", write, indicators()[indicator].label)


def _bundle(indicator: str) -> FigureFile:
    write = _of_chunks(lambda chunks, file: bundle.write_bundle(chunks, indicator, file))
    return FigureFile(f"{indicator}.zip", "application/zip", write, indicators()[indicator].label)


def _ilostat(table: str) -> FigureFile:
    write = _of_chunks(lambda chunks, file: ilostat.write_ilostat(chunks, table, file))
    return FigureFile(f"{table}.csv", "text/csv", write, ilostat.tables()[table]["label"])


def _write_availability(connection: Connection, file: BinaryIO) -> None:
    file.write(json.dumps(words.plain_rows(reading.availability(connection))).encode())


AVAILABILITY = FigureFile("availability.json", "application/json", _write_availability)
"""What `pmi_availability` tells: it reads every figure, and is not offered as a file."""


def _write_editions(connection: Connection, file: BinaryIO) -> None:
    file.write(json.dumps(words.plain_rows(reading.editions(connection))).encode())


EDITIONS = FigureFile("editions.json", "application/json", _write_editions)
"""How many figures were published on which day: it reads every figure, too."""


def path_of(one: FigureFile) -> Path:
    """Return where a file of the cube lies: of its present state, or of the one that was renewed last.

    A former state will do as long as all that it holds may still be seen; the renewal follows within minutes
    (figure_upkeep.py). Where there is none, a small file is made here.

    Raises:
        NotMadeYet: the cube is too large for that.
    """
    with model.ensure_engine().connect() as connection:
        public = whole.public_loads(connection)
        present = _path(one, public)
        former = renewed_loads()
        # Without a single table there was nothing to renew: an empty file tells nothing of what came since.
        if former and not present.exists() and set(former) <= set(public) and _path(one, former).exists():
            return _path(one, former)
        if not present.exists() and whole.size(connection) >= MOST_AT_ONCE:
            raise NotMadeYet
    return make(one)


def make(one: FigureFile) -> Path:
    """Make a file of the present cube if it is not there, and return where it lies."""
    with model.ensure_engine().connect() as connection:
        return make_of(one, whole.public_loads(connection), connection)


def make_of(one: FigureFile, loads: Sequence[int], connection: Connection) -> Path:
    """Make a file of a state of the cube if it is not there, and return where it lies.

    Args:
        one: the file.
        loads: that are public in this state.
        connection: that sees this state.
    """
    path = _path(one, loads)
    # Who asks for the same file meanwhile waits for it.
    connection.execute(sa.select(sa.func.pg_advisory_xact_lock(sa.func.hashtext(str(path)))))
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        _write(one, path, connection)
    return path


def renewed_loads() -> list[int]:
    """Return the loads that were public when the files were renewed last.

    The session is left alone: an action that only reads asks for this, and `get_system_info` would commit for it.
    """
    info = model.system_info_table.c
    with model.ensure_engine().connect() as connection:
        return json.loads(connection.scalar(sa.select(info.value).where(info.key == RENEWED)) or "[]")


def note_renewed(loads: Sequence[int]) -> None:
    """Note that all files of a state are there, and remove those of other states."""
    model.set_system_info(RENEWED, json.dumps(list(loads)))
    for path in _folder().glob("*-*"):
        if not path.name.startswith(f"{whole.edition(loads)}-"):
            path.unlink(missing_ok=True)


def _path(one: FigureFile, loads: Sequence[int]) -> Path:
    return _folder() / f"{whole.edition(loads)}-{one.name}"


def _folder() -> Path:
    return Path(tk.config["ckan.storage_path"]) / FOLDER


def _write(one: FigureFile, path: Path, connection: Connection) -> None:
    """Write a file beside its place and move it there, so that nobody reads a half."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=".")
    try:
        with os.fdopen(handle, "wb") as file:
            one.write(connection, file)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
