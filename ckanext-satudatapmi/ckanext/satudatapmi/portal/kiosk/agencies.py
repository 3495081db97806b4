"""The register of placement companies (P3MI) as the kiosk asks it: is this one licensed?

aim.js asks the same of the register that a kiosk holds; tests/portal/kiosk/test_agencies.py compares the two.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from typing import Any

from ckanext.satudatapmi.catalogue.kiosk import fields
from ckanext.satudatapmi.portal.kiosk.content import Item
from ckanext.satudatapmi.portal.kiosk.tongues import Words

AGENCY = "aim-agency"
PASSED = frozenset({"pt", "cv", "tbk"})
"""Words that each company has."""
MOST = 12
"""Companies that an answer lists; who finds more is asked for another word."""
STATUS, NUMBER = "licence_status", "licence_number"


def words(text: str) -> list[str]:
    """Return the words of a name or a number: small letters and digits, without accents and legal forms."""
    plain = "".join(sign for sign in unicodedata.normalize("NFKD", text.lower()) if not unicodedata.combining(sign))
    return [word for word in re.split(r"[^a-z0-9]+", plain) if word and word not in PASSED]


def find(agencies: Sequence[Item], text: str) -> list[Item]:
    """Return the companies of whose name or licence number each word begins with one that is asked for."""
    asked = words(text)
    return [one for one in agencies if asked and _has_all(_known(one), asked)]


def statuses() -> list[tuple[str, Words]]:
    """Return what a licence may be, in words by language."""
    declared = fields.kind(AGENCY).field(STATUS) or {}
    return [(one["value"], one["label"]) for one in declared.get("choices", ())]


def register(agencies: Sequence[Item]) -> list[dict[str, Any]]:
    """Return what a kiosk holds of the register to be asked without a network."""
    return [
        {"name": one.name, "title": one.title["id"], "status": one.code(STATUS), "words": _known(one)}
        for one in agencies
    ]


def _has_all(known: Sequence[str], asked: Sequence[str]) -> bool:
    return all(any(one.startswith(word) for one in known) for word in asked)


def _known(agency: Item) -> list[str]:
    number = agency.field(NUMBER)
    return words(" ".join([agency.title["id"], *(number.value["id"] if number else ())]))
