"""A folder of catalogues that holds a mixture of real ones: as many records of each body as there is room for."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from satudata_local.bench.records import read_records


def lay_out(source: Path, target: Path, size: int) -> int:
    """Write catalogues with records of those in a folder; return how many records there are in all.

    Records stay as they are, whatever their shape: faults too. Every body comes in, small ones whole.

    Args:
        source: folder of *.json catalogues.
        target: folder that is made.
        size: how many records there should be.
    """
    target.mkdir(parents=True)
    chosen = mixed({file.stem: _different(read_records(file)) for file in sorted(source.glob("*.json"))}, size)
    for name, records in chosen.items():
        text = json.dumps({"conformsTo": "https://project-open-data.cio.gov/v1.1/schema", "dataset": records})
        (target / f"{name}.json").write_text(text, encoding="utf-8")
    return sum(map(len, chosen.values()))


def mixed(catalogues: dict[str, list[Any]], size: int) -> dict[str, list[Any]]:
    """Return some records of each catalogue, spread over it: as many of each as fit, of all together `size`.

    >>> mixed({"a": [1], "b": [1, 2, 3, 4, 5, 6], "c": []}, 4)
    {'a': [1], 'b': [1, 3, 5]}
    """
    chosen: dict[str, list[Any]] = {}
    filled = sorted((name for name in catalogues if catalogues[name]), key=lambda name: len(catalogues[name]))
    for number, name in enumerate(filled):
        records, room = catalogues[name], size - sum(map(len, chosen.values()))
        share = min(len(records), room // (len(filled) - number))
        if share:
            chosen[name] = [records[place * len(records) // share] for place in range(share)]
    return chosen


def _different(records: list[Any]) -> list[Any]:
    """Return what is a record, one of each identifier: a harvester takes the last of those that share one."""
    found = {str(one.get("identifier") or number): one for number, one in enumerate(records) if isinstance(one, dict)}
    return list(found.values())
