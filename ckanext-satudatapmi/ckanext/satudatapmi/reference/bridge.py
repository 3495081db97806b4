"""The official bridge between the district codes of Kemendagri and BPS: the one storage module of this room.

Neither code can be computed from the other (Bone is 73.08 and 7311), so a BPS code is held only where a row of the
bridge proves it. The bridge is an answer of sig.bps.go.id/rest-bridging/getwilayah, saved as JSON, or a CSV with the
same columns.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import ckan.model as model
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from ckanext.satudatapmi.reference import wilayah
from ckanext.satudatapmi.text import _

COLUMNS = ("kode_bps", "nama_bps", "kode_dagri", "nama_dagri")
BPS_DISTRICT = re.compile(r"^\d{4}$")
TABLE = sa.table(
    "satudatapmi_wilayah_bps",
    *(sa.column(name) for name in ("kode_kemendagri", "kode_bps", "nama_bps", "source", "imported")),
)


class BridgeError(ValueError):
    """A file that is no bridge at all."""


@dataclass(frozen=True)
class Row:
    """A district in both systems."""

    kode_kemendagri: str
    kode_bps: str
    nama_bps: str


@dataclass(frozen=True)
class Bridge:
    """What a file holds: the rows that prove a pair of codes, and a sentence for each that does not."""

    rows: tuple[Row, ...]
    errors: tuple[str, ...]


def read(content: bytes, name: str) -> Bridge:
    """Return the pairs of codes that a file holds; rows of other levels than districts are passed over.

    Args:
        content: of the file, JSON (a list of objects) or CSV, UTF-8.
        name: of the file, for the errors.

    Raises:
        BridgeError: it is neither, or lacks a column.
    """
    good: list[Row] = []
    errors: list[str] = []
    for number, entry in enumerate(_entries(content, name), 1):
        found = _row(entry, f"{name}, {_('row {number}', number=number)}")
        if isinstance(found, str):
            errors.append(found)
        elif found is not None:
            good.append(found)
    return _without_repeats(good, errors, name)


def _entries(content: bytes, name: str) -> Sequence[Mapping[str, Any]]:
    try:
        text = content.decode("utf-8-sig")
        entries = json.loads(text) if text.lstrip().startswith(("[", "{")) else list(csv.DictReader(io.StringIO(text)))
    except (UnicodeDecodeError, ValueError, csv.Error) as error:
        raise BridgeError(_("{name} is no JSON and no CSV in UTF-8: {error}", name=name, error=str(error))) from error
    if not isinstance(entries, list) or not entries or not all(isinstance(entry, dict) for entry in entries):
        raise BridgeError(_("{name} holds no list of areas.", name=name))
    missing = [column for column in COLUMNS if column not in entries[0]]
    if missing:
        raise BridgeError(
            _("{name} lacks {columns}. Expected: {all}.", name=name, columns=", ".join(missing), all=", ".join(COLUMNS))
        )
    return entries


def _row(entry: Mapping[str, Any], place: str) -> Row | str | None:
    bps, own = str(entry.get("kode_bps") or "").strip(), str(entry.get("kode_dagri") or "").strip()
    own = f"{own[:2]}.{own[2:]}" if re.fullmatch(r"\d{4}", own) else own
    if len(bps) == 2 and len(own) == 2:
        return None
    area = wilayah.areas().get(own)
    if area is None or area.level != "kabupaten_kota":
        return _("{place}: kode_dagri {code} is no district. Expected a code such as 35.06.", place=place, code=own)
    if not BPS_DISTRICT.match(bps):
        return _("{place}: kode_bps {code} is no district. Expected four digits such as 3506.", place=place, code=bps)
    named = str(entry.get("nama_dagri") or "")
    meant = wilayah.match(named, level="kabupaten_kota", within=own[:2])
    if named and own not in (meant.code, *(one.code for one in meant.candidates if not meant.found)):
        return _(
            "{place}: {code} is {known}, not {named}. The row was left out; check the edition of the file.",
            place=place,
            code=own,
            known=area.name,
            named=named,
        )
    return Row(own, bps, str(entry.get("nama_bps") or "").strip())


def _without_repeats(rows: list[Row], errors: list[str], name: str) -> Bridge:
    """Leave out districts and BPS codes that stand in several rows and do not agree."""
    rows = list(dict.fromkeys(rows))
    by_own, by_bps = Counter(row.kode_kemendagri for row in rows), Counter(row.kode_bps for row in rows)
    clear = [row for row in rows if by_own[row.kode_kemendagri] == by_bps[row.kode_bps] == 1]
    contradictions = (
        _(
            "{name}: {own} and {bps} occur in several rows that contradict each other. They were left out.",
            name=name,
            own=row.kode_kemendagri,
            bps=row.kode_bps,
        )
        for row in rows
        if row not in clear
    )
    return Bridge(tuple(clear), (*errors, *contradictions))


def save(bridge: Bridge, source: str) -> None:
    """Put the pairs of a bridge in place of what was stored of the same codes, and commit.

    Args:
        bridge: as read.
        source: where it comes from.
    """
    if not bridge.rows:
        return
    now = datetime.now(UTC).replace(tzinfo=None)
    own, bps = [row.kode_kemendagri for row in bridge.rows], [row.kode_bps for row in bridge.rows]
    model.Session.execute(sa.delete(TABLE).where(sa.or_(TABLE.c.kode_kemendagri.in_(own), TABLE.c.kode_bps.in_(bps))))
    values = [vars(row) | {"source": source, "imported": now} for row in bridge.rows]
    model.Session.execute(insert(TABLE), values)
    model.Session.commit()


def districts() -> dict[str, str]:
    """Return the BPS code of every district that the stored bridge proves, by Kemendagri code."""
    return dict(model.Session.execute(sa.select(TABLE.c.kode_kemendagri, TABLE.c.kode_bps)).tuples().all())


def coverage() -> tuple[int, int]:
    """Return of how many districts the BPS code is held, and how many districts there are."""
    return len(districts()), len(list(_districts()))


def _districts() -> Iterator[wilayah.Wilayah]:
    return (area for area in wilayah.areas().values() if area.level == "kabupaten_kota")
