"""How to cite a dataset."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ckanext.satudatapmi.text import _


def citation(dataset: Mapping[str, Any], site: str, address: str, year: str, today: str) -> str:
    """Return one line that names producer, year, title, portal and address.

    Args:
        dataset: what package_show returned.
        site: name of the portal.
        address: full address of the dataset's page.
        year: year of publication, "" if unknown.
        today: the day of access, in words.
    """
    producer = dataset.get("produsen_data_name") or dataset.get("publisher_name") or ""
    body = (dataset.get("organization") or {}).get("title") or ""
    author = producer if not body or producer == body else f"{producer}, {body}".lstrip(", ")
    return _(
        "{author} ({year}). {title}. {site}. {address} (accessed {today}).",
        author=author or site,
        year=year or _("no year"),
        title=dataset.get("title") or dataset.get("name") or "",
        site=site,
        address=address,
        today=today,
    )


def year_of(dataset: Mapping[str, Any]) -> str:
    """Return the year in which a dataset was last changed or issued by its publisher, "" if it says neither."""
    for field in ("modified", "issued"):
        value = str(dataset.get(field) or "")
        if value[:4].isdigit():
            return value[:4]
    return ""
