"""What BPS lists, as records of a data.json."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ckanext.satudatapmi.harvesters.protocols.answers import picked, text_in
from ckanext.satudatapmi.text import _

PUBLISHER = "Badan Pusat Statistik"
NUMBERS = {"var": "var_id", "statictable": "table_id", "publication": "pub_id", "pressrelease": "brs_id"}
"""The key of the number of an entry, by its kind."""


def variable(item: Mapping[str, Any], domain: str, address: str) -> dict[str, Any]:
    """Return the record of a dynamic table."""
    record = _record(item, "var", domain, text_in(item, "sub_name"))
    record["description"] = "\n\n".join(filter(None, (text_in(item, "def"), text_in(item, "notes"))))
    file = {"title": record["title"], "downloadURL": address, "format": "JSON", "mediaType": "application/json"}
    return record | {"satuan": text_in(item, "unit"), "distribution": [file]}


def static_table(item: Mapping[str, Any], domain: str, address: str) -> dict[str, Any]:
    """Return the record of a table that is made once; its figures come from its page."""
    record = _record(item, "statictable", domain, text_in(item, "subj"))
    files = [{"title": record["title"], "downloadURL": address, "format": "JSON", "mediaType": "application/json"}]
    if sheet := text_in(item, "excel"):
        files.append({"title": _("The table as a spreadsheet"), "downloadURL": sheet, "format": "XLS"})
    return record | {"modified": text_in(item, "updt_date"), "distribution": files}


def publication(item: Mapping[str, Any], domain: str, address: str) -> dict[str, Any]:
    """Return the record of a publication."""
    return _document(item, "publication", domain, "", address)


def press_release(item: Mapping[str, Any], domain: str, address: str) -> dict[str, Any]:
    """Return the record of a press release."""
    return _document(item, "pressrelease", domain, text_in(item, "subj"), address)


RECORDS: Mapping[str, Callable[[Mapping[str, Any], str, str], dict[str, Any]]] = {
    "var": variable,
    "statictable": static_table,
    "publication": publication,
    "pressrelease": press_release,
}
KINDS = tuple(RECORDS)


def identifier(item: Mapping[str, Any], kind: str, domain: str) -> str:
    """Return what a dataset is known by; "" if its entry has no number."""
    number = text_in(item, NUMBERS[kind])
    return f"bps-{domain}-{kind}-{number}" if number else ""


def _record(item: Mapping[str, Any], kind: str, domain: str, subject: str) -> dict[str, Any]:
    name = identifier(item, kind, domain)
    if not name:
        raise ValueError(_("The entry has no {key}. Ask BPS to mend the list.", key=NUMBERS[kind]))
    return {
        **item,
        "identifier": name,
        "title": text_in(item, "title"),
        "keyword": [subject] if subject else [],
        "publisher": {"name": PUBLISHER},
    }


def _document(item: Mapping[str, Any], kind: str, domain: str, subject: str, address: str) -> dict[str, Any]:
    record = _record(item, kind, domain, subject)
    address = text_in(item, "pdf") or address
    return record | {
        "description": text_in(item, "abstract"),
        "issued": picked(item, "rl_date"),
        "modified": picked(item, "updt_date", "rl_date"),
        "distribution": [{"title": record["title"], "downloadURL": address, "format": "PDF"}],
    }
