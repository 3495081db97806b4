"""Items of the kiosk's content as an editor enters them."""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk
from ckan.tests import factories

COMMON = {
    "title": "Uji",
    "title_en": "Test",
    "verified_on": "2026-01-05",
    "verified_by": "Direktorat Pelindungan",
    "source_title": "UU 18/2017",
    "source_url": "https://peraturan.example.go.id/uu-18-2017",
    "source_kind": "official",
}
NEEDED: dict[str, dict[str, Any]] = {
    "aim-right": {},
    "aim-agency": {"licence_number": "SIP3MI 1/2026", "licence_status": "active"},
    "aim-country": {"country": "MYS", "status": "open", "decree": "Kepdirjen 1/2026"},
    "aim-cost": {"payer": "employer"},
    "aim-guide": {"topics": ["complaint"]},
    "aim-job-order": {
        "order_number": "JO-1",
        "country": "HKG",
        "employer": "Contoh Limited",
        "attested_by": "KJRI Hong Kong",
        "attested_on": "2026-01-02",
    },
    "aim-training": {},
    "aim-contact": {"kind": "hotline"},
}
"""What each kind needs besides."""


def item(kind: str, owner_org: str, /, user: str = "", **values: Any) -> dict[str, Any]:
    """Make an item, as somebody if a name is given."""
    writer = user or tk.get_action("get_site_user")({"ignore_auth": True}, {})["name"]
    context: Any = {"user": writer, "ignore_auth": not user}
    given = COMMON | NEEDED[kind] | {"name": factories.Dataset.stub().name, "owner_org": owner_org} | values
    return tk.get_action("package_create")(context, given | {"type": kind})
