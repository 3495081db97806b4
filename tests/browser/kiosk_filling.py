"""What the browser tests of the kiosk look at: a little of each kind of content, an edition of it, and an operator.

Run as a program after filling.py, with CKAN_INI in the environment; it prints the names of what is in it.
"""

from __future__ import annotations

import json
import os

import ckan.plugins.toolkit as tk
from ckan.cli import CKANConfigLoader
from ckan.config.middleware import make_app

from ckanext.satudatapmi.portal.kiosk import making, screens, speech
from tests.portal.kiosk.items import item

SPOKEN = ("id",)
"""Speaking takes long: one language is heard."""
AREAS = ("angka/35", "angka/52")


def fill() -> dict[str, str]:
    """Fill the site and return the name and the password of an operator."""
    user = tk.get_action("get_site_user")({"ignore_auth": True}, {})["name"]
    context = {"user": user, "ignore_auth": True}
    operator = {"name": "petugas-anjungan", "password": "sandi-petugas", "email": "anjungan@example.go.id"}
    tk.get_action("user_create")(dict(context), dict(operator))
    body = tk.get_action("organization_create")(dict(context), {"name": "bp2mi", "title": "BP2MI"})
    member = {"id": body["id"], "username": operator["name"], "role": "admin"}
    tk.get_action("organization_member_create")(dict(context), member)
    for kiosk in tk.get_action("satudata_kiosk_list")(dict(context), {}):
        tk.get_action("satudata_kiosk_delete")(dict(context), {"id": kiosk["id"]})
    _items(body["id"])
    every = screens.paths
    making.paths = lambda known: [one for one in every(known) if not one.startswith("angka/") or one in AREAS]
    is_possible = speech.is_possible
    speech.is_possible = lambda language: language in SPOKEN and is_possible(language)
    making.make()
    return {"operator": operator["name"], "password": operator["password"]}


def _items(owner: str) -> None:
    paper = {"title": "Paspor milik Anda", "title_en": "The passport is yours"}
    item("aim-right", owner, **paper, notes="Tidak boleh ditahan.\nMintalah kembali.", notes_en="Nobody may keep it.")
    item("aim-right", owner, title="Upah di Hong Kong", title_en="Wage in Hong Kong", country="HKG")
    item("aim-agency", owner, title="PT Karya Abadi", title_en="", licence_number="SIP3MI 401/2025")
    item("aim-agency", owner, title="PT Maju Mundur", title_en="", licence_status="revoked")
    item("aim-country", owner, title="Malaysia", title_en="Malaysia", country="MYS")
    item("aim-cost", owner, title="Tiket berangkat", title_en="Ticket", valid_to="2027-06-30")
    item("aim-guide", owner, title="Cara mengadu", title_en="How to complain", topics=["complaint", "trafficking"])
    item("aim-contact", owner, title="Layanan contoh", title_en="Example service", phone="+62 21 5550100")


if __name__ == "__main__":
    application = make_app(CKANConfigLoader(os.environ["CKAN_INI"]).get_config())
    with application._wsgi_app.test_request_context():
        print(json.dumps(fill()))
