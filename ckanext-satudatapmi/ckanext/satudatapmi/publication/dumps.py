"""The whole catalogue as files: metadata, tables and the single data with a signed manifest, and all in one archive.

What a dump says of the datasets and the single data in it are of one moment; each table is of the moment at which it
was read, little later. A dump is given as long as all that is in it is still public.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import logging
import shutil
import tarfile
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import Any

import ckan.model as model
import ckan.plugins.toolkit as tk
import sqlalchemy as sa
from ckanext.datastore.backend.postgres import get_read_engine
from psycopg2.errors import UndefinedTable
from sqlalchemy.exc import ProgrammingError
from werkzeug.security import safe_join

from ckanext.satudatapmi import signing
from ckanext.satudatapmi.catalogue import figure_files, table_rows
from ckanext.satudatapmi.figures.store import whole
from ckanext.satudatapmi.publication import fragments, moments, published, rendering, store
from ckanext.satudatapmi.publication.moments import Moment
from ckanext.satudatapmi.tables.exports.parquet_file import write_parquet
from ckanext.satudatapmi.tables.exports.table import About, Table

log = logging.getLogger(__name__)

FOLDER = "satudata-dumps"
MANIFEST, SIGNATURE, SUMS, ARCHIVE = "manifest.json", "manifest.json.sig", "SHA256SUMS", "satudata-pmi.tar"
TABLES = "tables"
ENTRIES, TRIPLES = "datasets.jsonl.gz", "catalogue.nt.gz"
METADATA = {ENTRIES: "application/jsonl+gzip", TRIPLES: "application/n-triples+gzip"}
"""The files that tell of all datasets, with their media types."""
KEPT_FOR_US = ".contents.json"
"""The file, given to nobody, by which we see whether a dump may still be given."""
KEPT = 2
"""How many dumps are kept: who began to fetch one can end it while the next is there."""
PARQUET = "application/vnd.apache.parquet"
RESOURCE = model.resource_table
PACKAGE = model.package_table


@dataclass(frozen=True)
class Dump:
    """A dump that was made.

    Attributes:
        name: of its folder.
        folder: where its files lie.
    """

    name: str
    folder: Path

    @cached_property
    def manifest(self) -> Mapping[str, Any]:
        """What it holds: long, where the catalogue is."""
        return json.loads((self.folder / MANIFEST).read_text(encoding="utf-8"))

    def file(self, name: str) -> Path | None:
        """Return a file that is given of it; None if there is none of this name."""
        path = safe_join(str(self.folder), name)
        found = Path(path) if path else None
        return found if found and found.is_file() and found.name != KEPT_FOR_US else None

    @cached_property
    def contents(self) -> Contents | None:
        """What it was made of; None for one that an earlier edition of this program made."""
        try:
            said = json.loads((self.folder / KEPT_FOR_US).read_text(encoding="utf-8"))
        except FileNotFoundError:
            return None
        return Contents(Moment(said["database"], said["snapshot"]), said["loads"])

    def datasets_in(self, name: str) -> Sequence[str] | None:
        """Return the ids of the datasets that a file of it tells of; None for all that were public."""
        if name in (ARCHIVE, *METADATA):
            return None
        resource = model.Resource.get(Path(name).stem) if Path(name).parent.name == TABLES else None
        return [str(resource.package_id)] if resource else []


@dataclass(frozen=True)
class Contents:
    """What a dump was made of.

    Attributes:
        moment: of its datasets and figures.
        loads: of the single data that are in it.
    """

    moment: Moment
    loads: Sequence[int]


def state() -> str:
    """Return what tells apart two states of all that a dump holds."""
    with store.snapshot() as connection:
        catalogue = published.version(connection)
    with model.ensure_engine().connect() as connection:
        figures = whole.edition(whole.public_loads(connection))
    return hashlib.sha256(f"{catalogue} {figures} {fragments.edition()}".encode()).hexdigest()[:12]


def make() -> Dump:
    """Make a dump of what is public now, remove the oldest, and return it; nobody sees a half of it."""
    now, folder = datetime.now(UTC), _folder()
    folder.mkdir(parents=True, exist_ok=True)
    name = f"{now:%Y%m%dT%H%M%S.%fZ}-{state()}"
    beside = Path(tempfile.mkdtemp(dir=folder, prefix="."))
    try:
        _fill(beside, name, now)
        beside.rename(folder / name)
    except BaseException:
        shutil.rmtree(beside, ignore_errors=True)
        raise
    for old in _made()[KEPT:]:
        shutil.rmtree(folder / old, ignore_errors=True)
    dump = open_dump(name)
    log.info("dump made: name=%s files=%d bytes=%d", name, len(dump.manifest["files"]), _size(dump.folder / ARCHIVE))
    return dump


def latest() -> Dump | None:
    """Return the dump that was made last and may be given; None if there is none."""
    return next((dump for dump in map(open_dump, _made()) if may_be_given(dump)), None)


def open_dump(name: str) -> Dump:
    """Return a dump by its name.

    Raises:
        FileNotFoundError: there is none of this name.
    """
    if name not in _made():
        raise FileNotFoundError(name)
    return Dump(name, _folder() / name)


def newest() -> Dump | None:
    """Return the dump that was made last, whether it may be given or not; None if there is none."""
    return next(map(open_dump, _made()), None)


def may_be_given(dump: Dump) -> bool:
    """Tell whether all that is in a dump is still public: datasets, the resources of its tables, figures.

    Only what changed since it was made is looked at.
    """
    contents = dump.contents
    with model.ensure_engine().connect() as connection:
        return (
            contents is not None
            and moments.is_of(connection, contents.moment)
            and not _hidden_since(connection, contents.moment)
            and not _has_table(dump, _deleted_since(connection, contents.moment))
            and set(contents.loads) <= set(whole.public_loads(connection))
        )


def _hidden_since(connection: sa.Connection, moment: Moment) -> bool:
    """Tell whether a dataset went that had been public at a moment, or before it."""
    known = published.PUBLICATION.c
    went = (
        sa.not_(known.is_public),
        moments.came_after(known.xid, moment),
        moments.was_in(known.first_xid, moment.snapshot),
    )
    return connection.execute(sa.select(sa.exists().where(*went))).scalar_one()


def _deleted_since(connection: sa.Connection, moment: Moment) -> Sequence[str]:
    """Return the deleted resources of public datasets that changed since a moment."""
    known = published.PUBLICATION.c
    deleted = (
        sa.select(RESOURCE.c.id)
        .join(published.PUBLICATION, known.package_id == RESOURCE.c.package_id)
        .where(moments.came_after(known.xid, moment), RESOURCE.c.state != "active")
    )
    return connection.scalars(deleted).all()


def _has_table(dump: Dump, resources: Iterable[str]) -> bool:
    return any((dump.folder / _path_of_table(one)).exists() for one in resources)


def _made() -> list[str]:
    """Return the names of the dumps, the latest first: they begin with their moment."""
    folder = _folder()
    names = [path.name for path in folder.iterdir() if not path.name.startswith(".")] if folder.is_dir() else []
    return sorted(names, reverse=True)


def _folder() -> Path:
    return Path(tk.config["ckan.storage_path"]) / FOLDER


def _fill(folder: Path, name: str, now: datetime) -> None:
    with store.snapshot() as connection:
        moment = moments.now(connection)
        ids = _write_metadata(connection, folder)
        tables = _public_tables(connection)
        loads = whole.public_loads(connection)
        figures = _write_figures(folder, loads, connection)
    files = [
        *(_told(folder, path, media_type) for path, media_type in METADATA.items()),
        *(told for one in tables if (told := _write_table(folder, one))),
        figures,
    ]
    (folder / KEPT_FOR_US).write_text(json.dumps(asdict(moment) | {"loads": loads}), encoding="utf-8")
    manifest = {
        "name": name,
        "created": now.isoformat(),
        "site": tk.config["ckan.site_url"],
        "title": tk.config["ckan.site_title"],
        "datasets": ids,
        "files": files,
    }
    text = json.dumps(manifest, ensure_ascii=False, indent=1).encode()
    (folder / MANIFEST).write_bytes(text)
    (folder / SIGNATURE).write_bytes(signing.sign(text))
    (folder / "public-key.pem").write_bytes(signing.public_key())
    sums = "".join(f"{one['sha256']}  {one['path']}\n" for one in files)
    (folder / SUMS).write_text(sums, encoding="utf-8")
    _pack(folder, [MANIFEST, SIGNATURE, "public-key.pem", SUMS, *(one["path"] for one in files)])


def _write_metadata(connection: sa.Connection, folder: Path) -> list[str]:
    """Write the entry of each dataset, one a line, and the catalogue as N-Triples; return the ids of the datasets."""
    ids: list[str] = []
    with (
        _packed(folder / ENTRIES) as entries,
        _packed(folder / TRIPLES) as triples,
    ):
        for batch in published.read_all(connection):
            ids += [one.package_id for one in batch]
            entries.writelines(
                body.replace(b"\n", b" ") + b"\n" for body in fragments.bodies(connection, batch, rendering.DATA_JSON)
            )
            triples.writelines(fragments.bodies(connection, batch, rendering.TRIPLES))
    return ids


def _packed(path: Path) -> gzip.GzipFile:
    return gzip.GzipFile(path, "wb", compresslevel=6)


@dataclass(frozen=True)
class _PublicTable:
    resource_id: str
    name: str
    package_id: str
    title: str


def _public_tables(connection: sa.Connection) -> list[_PublicTable]:
    """Return the resources of public datasets that have a table in the DataStore."""
    with get_read_engine().connect() as datastore:
        there = set(sa.inspect(datastore).get_table_names())
    statement = (
        sa.select(RESOURCE.c.id, RESOURCE.c.name, PACKAGE.c.id.label("package_id"), PACKAGE.c.title)
        .join_from(RESOURCE, PACKAGE, PACKAGE.c.id == RESOURCE.c.package_id)
        .join(published.PUBLICATION, published.PUBLICATION.c.package_id == PACKAGE.c.id)
        .where(published.PUBLICATION.c.is_public, RESOURCE.c.state == "active")
        .order_by(RESOURCE.c.id)
    )
    rows = connection.execute(statement)
    return [_PublicTable(row.id, row.name or "", row.package_id, row.title or "") for row in rows if row.id in there]


def _write_table(folder: Path, one: _PublicTable) -> dict[str, Any] | None:
    """Write a table and return what the manifest says of it; None if it has gone since the datasets were read."""
    path = folder / _path_of_table(one.resource_id)
    path.parent.mkdir(exist_ok=True)
    try:
        with table_rows.opened(one.resource_id) as stored, path.open("wb") as file:
            about = About(title=one.title, table=one.name)
            write_parquet(Table(stored.measured(), stored.count, about, stored.rows), file)
            rows = stored.count
    except ProgrammingError as error:
        if not isinstance(error.orig, UndefinedTable):
            raise
        log.info("table left out of the dump, it has gone: resource=%s", one.resource_id)
        return None
    more = {"dataset": one.package_id, "resource": one.resource_id, "title": one.title, "table": one.name, "rows": rows}
    return _told(folder, _path_of_table(one.resource_id), PARQUET) | more


def _path_of_table(resource_id: str) -> str:
    return f"{TABLES}/{resource_id}.parquet"


def _write_figures(folder: Path, loads: Sequence[int], connection: sa.Connection) -> dict[str, Any]:
    made = figure_files.make_of(figure_files.files()["pmi.parquet"], loads, connection)
    shutil.copyfile(made, folder / "figures.parquet")
    return _told(folder, "figures.parquet", PARQUET)


def _told(folder: Path, path: str, media_type: str) -> dict[str, Any]:
    with (folder / path).open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return {"path": path, "media_type": media_type, "bytes": _size(folder / path), "sha256": digest}


def _pack(folder: Path, paths: Sequence[str]) -> None:
    """Put files into one archive; they are packed already."""
    with tarfile.open(folder / ARCHIVE, "w", format=tarfile.PAX_FORMAT) as archive:
        for path in paths:
            archive.add(folder / path, path, filter=_anonymous)


def _anonymous(info: tarfile.TarInfo) -> tarfile.TarInfo:
    info.uid = info.gid = 0
    info.uname = info.gname = ""
    return info


def _size(path: Path) -> int:
    return path.stat().st_size


def problems(archive: Path, key: bytes) -> Iterator[str]:
    """Yield what is wrong with a dump that came as one archive: signature, checksums, what is missing or was added.

    Args:
        archive: the file.
        key: the portal's public key, as PEM, that the reader has from elsewhere.

    Raises:
        ValueError: the key is none of Ed25519.
        tarfile.TarError: the file is no archive.
    """
    with tarfile.open(archive) as opened:
        read = _reader(opened)
        manifest, signature = read(MANIFEST), read(SIGNATURE)
        if manifest is None or signature is None:
            yield f"{MANIFEST} or {SIGNATURE} is missing"
            return
        if not signing.is_signed(manifest, signature, key):
            yield f"{MANIFEST} was not signed by the owner of this key"
            return
        listed = {one["path"]: one for one in json.loads(manifest)["files"]}
        names = {member.name for member in opened.getmembers() if member.isfile()}
        for name in sorted(names - listed.keys() - {MANIFEST, SIGNATURE, SUMS, "public-key.pem"}):
            yield f"{name}: not in the manifest"
        for path, one in sorted(listed.items()):
            content = read(path)
            if content is None:
                yield f"{path}: missing"
            elif hashlib.sha256(content).hexdigest() != one["sha256"]:
                yield f"{path}: its sha256 is not the one of the manifest"


def _reader(opened: tarfile.TarFile) -> Callable[[str], bytes | None]:
    def read(name: str) -> bytes | None:
        try:
            file = opened.extractfile(name)
        except KeyError:
            return None
        return file.read() if file else None

    return read
