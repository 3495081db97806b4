"""Has a stock CKAN harvest a portal of real datasets by each protocol, before and after changes, and reports what did
not arrive: `make verify-national`.

    python -m tests.national.verifying <ini> <folder of catalogues> <how many datasets>

The exit code is 1 if something differs that expected.yaml does not say a stock harvester cannot carry.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.national import catalogues
from tests.national.comparing import Difference, differences, errors, matched, unavoidable
from tests.national.servers import HARVESTERS, OurPortal, Stack, StockPortal

EACH = 100
WANTED = "NATIONAL_HARVESTERS"
"""Variable of the environment with the types of harvesters that are wanted; without it all."""
EXAMPLES = 3
LONGEST = 300


@dataclass(frozen=True)
class Verified:
    """What one harvester brought.

    Attributes:
        protocol: its type.
        harvest: the first, or one after changes.
        brought: how many of our datasets.
        seconds: how long it took.
        reported: how many objects, by what ckanext-harvest says became of them.
        found: every difference; a dataset that is missing or too many is one, too.
        errors: what the harvester could not do.
    """

    protocol: str
    harvest: int
    brought: int
    seconds: float
    reported: Mapping[str, int]
    found: Sequence[Difference]
    errors: Sequence[str]

    def kinds(self) -> dict[tuple[str, str], list[Difference]]:
        """Return the differences by field, and by the reason why none can be avoided; the reason may be empty."""
        kinds: dict[tuple[str, str], list[Difference]] = {}
        for one in self.found:
            kinds.setdefault((one.field, unavoidable(self.protocol, one, self.harvest)), []).append(one)
        return kinds

    @property
    def passed(self) -> bool:
        """Whether nothing differs that could have arrived."""
        return all(reason for _field, reason in self.kinds())


def verify(protocol: str, harvest: int, ours: list[dict[str, Any]], stock: StockPortal) -> Verified:
    """Harvest once, and compare.

    Args:
        protocol: type of the harvester.
        harvest: which one it is.
        ours: what we have.
        stock: the portal that harvests.
    """
    start = time.monotonic()
    result = stock.harvest(protocol)
    seconds = time.monotonic() - start
    found, missing, surplus = matched(protocol, ours, result["packages"])
    names = {package["id"]: package["name"] for package in ours}
    return Verified(
        protocol,
        harvest,
        len(found),
        seconds,
        result["reported"],
        [
            *(Difference(names[one], "dataset", names[one], None) for one in missing),
            *(Difference(title, "dataset", None, title) for title in surplus),
            *(
                one
                for package in ours
                if package["id"] in found
                for one in differences(protocol, package, found[package["id"]])
            ),
        ],
        errors(protocol, result),
    )


def told(verified: Verified, total: int) -> str:
    """Return what was found as lines."""
    lines = [
        f"{verified.protocol}, harvest {verified.harvest}: {verified.brought} of {total} datasets in {verified.seconds:.0f} s "
        f"({json.dumps(verified.reported)}), {len(verified.found)} differences, {len(verified.errors)} errors"
    ]
    for (field, reason), found in sorted(verified.kinds().items(), key=lambda item: (bool(item[0][1]), -len(item[1]))):
        lines.append(f"  {field}: {len(found)} {f'cannot arrive: {reason}' if reason else 'DIFFER'}")
        lines += [f"    {_shown(one)}" for one in found[:EXAMPLES]]
    lines += [f"  error: {one[:LONGEST]}" for one in verified.errors[: EXAMPLES * 3]]
    return "\n".join(lines)


def _shown(one: Difference) -> str:
    ours, theirs = (json.dumps(value, ensure_ascii=False, default=str)[:LONGEST] for value in (one.ours, one.theirs))
    return f"{one.dataset}: ours {ours}, theirs {theirs}"


def change(ours: OurPortal, packages: Sequence[Mapping[str, Any]]) -> None:
    """Edit, rename, delete, withdraw and move datasets of ours, one in a hundred each."""
    owner = ours.act("organization_create", name="verify-national", title="Penerbit lain")["id"]
    for number, package in enumerate(packages):
        changes = {
            0: {"title": f"{package['title']} (diubah)", "notes": "Uraian yang diubah"},
            1: {"name": f"verify-national-{number}", "title": f"Judul baru {number}"},
            2: {"state": "deleted"},
            3: {"accessRights": "terbatas"},
            4: {"owner_org": owner},
        }
        if values := changes.get(number % EACH):
            ours.act("package_patch", id=package["id"], **values)


def main(ini: str, source: str, size: str) -> int:
    """Fill our portal, harvest it by each protocol, change it, harvest it again; return the exit code."""
    stack = Stack(Path(ini).parent, Path(ini))
    folder = stack.home / "catalogues"
    shutil.rmtree(folder, ignore_errors=True)
    count = catalogues.lay_out(Path(source), folder, int(size))
    stock = StockPortal(stack)
    start = time.monotonic()
    ours = OurPortal(stack, folder)
    reported = json.dumps(ours.made["harvest"]["reported"])
    print(f"Our portal harvested {count} records in {time.monotonic() - start:.0f} s: {reported}", flush=True)
    ours.start()
    try:
        first = list(_harvested(1, ours, stock))
        change(ours, ours.public_datasets())
        results = [*first, *_harvested(2, ours, stock)]
    finally:
        ours.stop()
    return 0 if all(one.passed for one in results) else 1


def _harvested(number: int, ours: OurPortal, stock: StockPortal) -> Iterator[Verified]:
    """Harvest by each protocol, and tell and yield what was found."""
    ours.renew()
    packages = ours.public_datasets()
    bodies = {package["owner_org"] for package in packages}
    print(f"Harvest {number}: {len(packages)} datasets of {len(bodies)} bodies are public", flush=True)
    for protocol in os.environ.get(WANTED, "").split() or HARVESTERS:
        verified = verify(protocol, number, packages, stock)
        print(told(verified, len(packages)), flush=True)
        yield verified


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
