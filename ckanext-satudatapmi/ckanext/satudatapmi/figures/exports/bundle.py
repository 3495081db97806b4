"""An indicator as one ZIP: its figures in every vintage, what they count and by whom, and a checksum of each file."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from collections.abc import Iterator
from dataclasses import asdict
from typing import Any, BinaryIO

import pandas as pd

from ckanext.satudatapmi.figures.cube import Chunks
from ckanext.satudatapmi.figures.exports import flat
from ckanext.satudatapmi.figures.registry import definitions_of, facets_of, indicators

FIGURES, METADATA, CHECKSUMS = "figures.csv", "metadata.json", "SHA256SUMS"
SAME_MOMENT = (1980, 1, 1, 0, 0, 0)
"""Of each file in the archive: the same figures give the same bytes."""


class _Counted(io.RawIOBase):
    """A file that is written on to another, and hashed on the way."""

    def __init__(self, target: Any) -> None:
        self.target, self.sha256 = target, hashlib.sha256()

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        self.sha256.update(data)
        return self.target.write(data)


def write_bundle(chunks: Chunks, indicator: str, file: BinaryIO) -> None:
    """Write an indicator as a ZIP: `figures.csv` as `flat.write_csv` has it, `metadata.json`, and `SHA256SUMS`.

    Args:
        chunks: of the whole cube.
        indicator: its id.
        file: open for writing bytes; it stays open.
    """
    metadata = json.dumps(_metadata(indicator), ensure_ascii=False, indent=2, default=str).encode()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        with archive.open(_entry(FIGURES), "w", force_zip64=True) as target:
            counted = _Counted(target)
            flat.write_csv(_of(chunks, indicator), counted)  # pyright: ignore[reportArgumentType] (it only writes)
        archive.writestr(_entry(METADATA), metadata)
        sums = {FIGURES: counted.sha256.hexdigest(), METADATA: hashlib.sha256(metadata).hexdigest()}
        # As `sha256sum --check` reads it.
        archive.writestr(_entry(CHECKSUMS), "".join(f"{digest}  {name}\n" for name, digest in sums.items()))


def _entry(name: str) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name, SAME_MOMENT)
    entry.compress_type, entry.external_attr = zipfile.ZIP_DEFLATED, 0o644 << 16
    return entry


def _of(chunks: Chunks, indicator: str) -> Iterator[pd.DataFrame]:
    for chunk in chunks:
        yield chunk[chunk["indicator"] == indicator]


def _metadata(indicator: str) -> dict[str, Any]:
    """Return what the registry says of an indicator: itself, its series, what these count."""
    mine = facets_of(indicator)
    return {
        "indicator": asdict(indicators()[indicator]),
        "series": [asdict(one) for one in mine],
        "definitions": [asdict(one) for one in definitions_of(mine)],
    }
