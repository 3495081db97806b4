"""What the partner of the bench publishes: real records of data.json catalogues, or generated ones that say so."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..console import SetupError

GENERATED = 1_000
CHANGED_EACH = 100
"""One record of so many changes when the partner is told to change: 1 %."""
TAG = re.compile(r"[\w .-]{2,100}")


@dataclass(frozen=True)
class Pool:
    """The records that differ; catalogues longer than the pool go on with copies of it, marked as such."""

    records: tuple[Mapping[str, Any], ...]
    origin: str

    def record(self, number: int, revision: int = 0) -> dict[str, Any]:
        """Return a record of an endless catalogue.

        Args:
            number: its place, from 0.
            revision: how often the partner has changed; only each hundredth record shows it.
        """
        copy, place = divmod(number, len(self.records))
        record = dict(self.records[place])
        if copy:
            record["identifier"] = f"{record['identifier']}-{copy}"
            record["title"] = f"{record['title']} (generated copy {copy})"
        if revision and number % CHANGED_EACH == 0:
            record["title"] = f"{record['title']} {mark(revision)}"
            record["modified"] = f"2026-01-{revision % 28 + 1:02}"
        return record


def mark(revision: int) -> str:
    """Return the word that titles end with after a change: letters alone, so that a search takes it for one word.

    >>> mark(1), mark(27)
    ('zqxb', 'zqxbb')
    """
    letters = ""
    while revision:
        revision, letter = divmod(revision, 26)
        letters = chr(ord("a") + letter) + letters
    return f"zqx{letters}"


def read_pool(folder: Path | None) -> Pool:
    """Return the records of all catalogues in a folder, or generated ones if there is no folder.

    Raises:
        SetupError: the folder holds no record that can be used.
    """
    if folder is None:
        return Pool(tuple(_generated(number) for number in range(GENERATED)), "generated records")
    found: dict[str, Mapping[str, Any]] = {}
    for file in sorted(folder.glob("*.json")):
        for record in read_records(file):
            if is_sound(record):
                found.setdefault(record["identifier"], record)
    if not found:
        raise SetupError(f"BENCH_DATA={folder} holds no data.json with records; give a folder of catalogues")
    return Pool(tuple(found.values()), f"{len(found):,} real records of {folder.name}")


def is_sound(record: Any) -> bool:
    """Tell whether stock CKAN can take a record: both sides are to do the same work, faults are tested elsewhere."""
    if not isinstance(record, dict):
        return False
    texts = all(isinstance(record.get(key), str) and record[key].strip() for key in ("identifier", "title"))
    return (
        texts
        and all(isinstance(record.get(key, ""), str) for key in ("description", "landingPage", "issued", "modified"))
        and all(isinstance(record.get(key, {}), dict) for key in ("publisher", "contactPoint"))
        and record.get("accessLevel", "public") == "public"
        and str(record.get("accessRights", "")).lower() in ("", "terbuka", "public")
        and "language" not in record
        and _are_tags(record.get("keyword", []))
        and _are_distributions(record.get("distribution"))
    )


def _are_tags(keywords: Any) -> bool:
    if not isinstance(keywords, list) or not all(isinstance(one, str) and TAG.fullmatch(one) for one in keywords):
        return False
    return len({one.strip().lower() for one in keywords}) == len(keywords)


def _are_distributions(distributions: Any) -> bool:
    if not isinstance(distributions, list) or not distributions:
        return False
    return all(isinstance(one, dict) and _address(one).startswith("http") for one in distributions)


def _address(distribution: Mapping[str, Any]) -> str:
    return str(distribution.get("downloadURL") or distribution.get("accessURL") or "")


def read_records(file: Path) -> list[Any]:
    """Return the records of a catalogue as they are; nothing where the file is none."""
    try:
        catalogue = json.loads(file.read_bytes().decode("utf-8-sig"))
    except ValueError:
        return []
    records = catalogue.get("dataset") if isinstance(catalogue, dict) else catalogue
    return records if isinstance(records, list) else []


def _generated(number: int) -> dict[str, Any]:
    return {
        "@type": "dcat:Dataset",
        "identifier": f"generated-{number}",
        "title": f"Generated dataset {number}",
        "description": f"Generated for the bench: dataset {number} of {GENERATED}. " + "It describes nothing. " * 20,
        "keyword": ["generated", f"subject {number % 20}"],
        "issued": "2025-01-01",
        "modified": "2025-06-01",
        "accessLevel": "public",
        "publisher": {"@type": "org:Organization", "name": f"Generated body {number % 10}"},
        "distribution": [
            {
                "@type": "dcat:Distribution",
                "title": f"Generated file {kind}",
                "downloadURL": f"https://generated.example/{number}.{kind}",
                "format": kind.upper(),
            }
            for kind in ("csv", "xlsx")
        ],
    }
