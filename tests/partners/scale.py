"""Generated organisations and sources, to measure a portal with as many partners as it is meant for.

None of them is a real body: each says in its title and its description that it is a generated example.
"""

from __future__ import annotations

from collections.abc import Iterator

from ckanext.satudatapmi.harvesters.registry import DATA_JSON, OrganizationEntry, Registry, SourceEntry
from ckanext.satudatapmi.reference import wilayah

GENERATED = "contoh buatan"
DESCRIPTION = "Contoh buatan untuk pengukuran; bukan lembaga yang sebenarnya."
KINDS = ("p3mi", "lembaga_pelatihan", "perguruan_tinggi", "masyarakat")


def generated(count: int, address: str, frequency: str = "MANUAL") -> Registry:
    """Return a registry of generated organisations, each with a data.json source.

    Args:
        count: how many.
        address: of the server that answers for them; the catalogue of the first is `<address>/1/data.json`.
        frequency: of each source, in the words of ckanext-harvest.
    """
    bodies = tuple(_organizations(count))
    return Registry(
        bodies,
        tuple(
            SourceEntry(
                name=f"{body.name}-katalog",
                title=f"Katalog {body.title}",
                type=DATA_JSON,
                url=f"{address.rstrip('/')}/{number}/data.json",
                organization=body.name,
                frequency=frequency,
                description=DESCRIPTION,
            )
            for number, body in enumerate(bodies, start=1)
        ),
    )


def _organizations(count: int) -> Iterator[OrganizationEntry]:
    districts = wilayah.within_area(level="kabupaten_kota")
    for number in range(1, count + 1):
        yield OrganizationEntry(
            name=f"buatan-{number:05}",
            title=f"Lembaga {number:05} ({GENERATED})",
            description=DESCRIPTION,
            kind=KINDS[number % len(KINDS)],
            kode_wilayah=districts[number % len(districts)].code,
        )
