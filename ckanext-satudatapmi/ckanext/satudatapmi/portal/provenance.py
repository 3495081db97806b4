"""Where a dataset came from, in words: source, identifier there, remarks of the harvest."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ckanext.satudatapmi.harvesters.remarks import remark_words
from ckanext.satudatapmi.portal.values import is_address
from ckanext.satudatapmi.schemas import convert, wire


@dataclass(frozen=True)
class HarvestRemark:
    """One thing that the harvester mended or doubted: the field, its value there, and what it means."""

    field: str
    value: str
    words: str


@dataclass(frozen=True)
class Provenance:
    """The origin of a dataset.

    Attributes:
        source: name of the harvest source, "" for a dataset that was entered here.
        title: the source's title, its name where the title is unknown.
        checked: when the source was last harvested (ISO 8601, UTC), or None.
        identifier: the identifier as the partner wrote it, or "".
        landing_page: the dataset's page at the partner's, or "".
        remarks: what was mended or doubted.
        other_entries: entries of the source that no field holds, key -> JSON value.
    """

    source: str
    title: str
    checked: str | None
    identifier: str
    landing_page: str
    remarks: tuple[HarvestRemark, ...]
    other_entries: Mapping[str, Any]


def provenance(dataset: Mapping[str, Any], sources: Mapping[str, Mapping[str, Any]]) -> Provenance:
    """Return where a dataset came from.

    Args:
        dataset: what package_show returned.
        sources: the harvest sources by name, as satudata_source_list gives them.
    """
    name = dataset.get("source_name") or ""
    source = sources.get(name, {})
    identifier = wire.decode_json(dataset.get("source_identifier") or '""')
    return Provenance(
        source=name,
        title=source.get("title") or name,
        checked=(source.get("last_harvest") or {}).get("finished"),
        identifier=convert.as_text(identifier),
        landing_page=dataset["url"] if is_address(dataset.get("url") or "") else "",
        remarks=remarks(dataset.get("harvest_flags")),
        other_entries={key: value for key, value in wire.wire_extra(dataset).items() if key not in _known_keys()},
    )


def remarks(flags: Any) -> tuple[HarvestRemark, ...]:
    """Return the remarks of `harvest_flags`, a JSON list of {kind, field, value}, in words.

    A list that is broken or of another shape says nothing rather than breaking the page.
    """
    listed = wire.decode_json(flags) if isinstance(flags, str) else flags
    if not isinstance(listed, list):
        return ()
    return tuple(
        HarvestRemark(str(flag.get("field") or ""), str(flag.get("value") or ""), remark_words(str(flag["kind"])))
        for flag in listed
        if isinstance(flag, Mapping) and flag.get("kind")
    )


def _known_keys() -> frozenset[str]:
    return frozenset(field.key for field in wire.dataset_fields())
