"""What the page of a dataset says besides its fields: what it is in a sentence, what is akin, whom to tell."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import quote

import ckan.plugins.toolkit as tk
from ckan.lib.search import SearchError

from ckanext.satudatapmi.schemas import vocabularies

LONGEST = 300
SENTENCE = re.compile(rf"(.{{20,{LONGEST}}}?[.!?])(?=\s|$)", re.DOTALL)
WORD = re.compile(r"[^\W\d_]{4,}")
RELATED = 5
Dataset = Mapping[str, Any]


def get_helpers() -> dict[str, Callable[..., Any]]:
    """Return the helpers under the names that templates use."""
    return {"satudata_sentence": sentence, "satudata_related": related, "satudata_report_mail": report_mail}


def sentence(package: Dataset) -> tuple[str, str]:
    """Return what a dataset is in one sentence, and what its description says besides (Markdown).

    The publisher's own first sentence counts; without one, what the fields say.
    """
    notes = str(tk.h.get_translated(package, "notes") or "").strip()
    plain = " ".join(str(tk.h.markdown_extract(notes, extract_length=0)).split()) if notes else ""
    found = SENTENCE.match(plain)
    text = found[1] if found else plain if len(plain) <= LONGEST else ""
    if not text:
        return _from_fields(package), notes
    return text, notes.removeprefix(text).strip()


def _from_fields(package: Dataset) -> str:
    body = (package.get("organization") or {}).get("title") or package.get("publisher_name") or ""
    frequency = tk.h.satudata_choice(package, "accrualPeriodicity") if package.get("accrualPeriodicity") else ""
    parts = [
        tk._("Unit: {unit}").format(unit=package["satuan"]) if package.get("satuan") else "",
        tk._("Updated: {frequency}").format(frequency=frequency) if frequency else "",
        tk._("Published by {publisher}").format(publisher=body) if body else "",
    ]
    said = "; ".join(part for part in parts if part)
    return f"{said}." if said else ""


def related(package: Dataset) -> list[dict[str, Any]]:
    """Return datasets that the visitor may see and whose words are like those of a dataset's title and tags."""
    tags = [tag["name"] for tag in package.get("tags") or ()]
    words = list(dict.fromkeys(WORD.findall(" ".join([package.get("title") or "", *tags]).casefold())))
    if not words:
        return []
    wanted = {
        "q": " OR ".join(words),
        "fq": f'dataset_type:dataset -id:"{package["id"]}"',
        "defType": "edismax",
        "qf": "title^3 tags^2",
        "sort": "score desc, title_string asc",
        "rows": RELATED,
        "facet": "false",
    }
    try:
        return tk.get_action("package_search")({}, wanted)["results"]
    except SearchError:
        return []


def report_mail(package: Dataset) -> str:
    """Return the address of a mail to the office that answers for a dataset, "" where no office's mailbox is known.

    A person's address is never given.
    """
    mailbox = str(package.get("maintainer_email") or package.get("i_email") or "").strip()
    if not vocabularies.is_office_mailbox(mailbox):
        return ""
    address = tk.h.url_for(f"{package['type']}.read", id=package["name"], locale="default", _external=True)
    subject = tk._("Problem with the dataset {title}").format(title=package.get("title") or package["name"])
    return f"mailto:{mailbox}?subject={quote(subject)}&body={quote(address)}"
