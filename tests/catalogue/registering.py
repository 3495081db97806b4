"""Files of the daftar data, and entries that are due around today."""

from __future__ import annotations

import csv
import io
from datetime import date, timedelta
from typing import Any

import ckan.model as model

from ckanext.satudatapmi.catalogue import history, register, register_import
from ckanext.satudatapmi.catalogue.importing import Report
from ckanext.satudatapmi.catalogue.register import Planned

HEADINGS = ("Nomor daftar data", "Nama data", "Produsen data", "Jadwal rilis", "Data Prioritas", "Kriteria prioritas")


def table(rows: list[list[str]], headings: tuple[str, ...] = HEADINGS) -> bytes:
    text = io.StringIO()
    csv.writer(text).writerows([headings, *rows])
    return text.getvalue().encode()


def good(place: int, body: str, **other: str) -> list[str]:
    row = {"number": f"DD-{place}", "name": f"Data {place}", "organization": body, "days": "31-03-2027; 2027-09-30"}
    return list((row | {"priority": "tidak", "criterion": ""} | other).values())


def imported(content: bytes, **settings: Any) -> Report:
    given = {"file": "d.csv", "year": 2027, "language": "en"} | settings
    return register_import.import_file(content, register_import.Settings(**given))


def in_days(*numbers: int) -> tuple[date, ...]:
    """The days so many days from today."""
    return tuple(history.today() + timedelta(days=number) for number in numbers)


def plan(organization: dict[str, Any], number: str = "DD-1", **values: Any) -> Planned:
    """Put an entry of this year into the register."""
    given = {"year": history.today().year, "name": f"Data {number}", "release_days": in_days(10)} | values
    entry = Planned(number=number, organization_id=organization["id"], **given)
    register.save([entry])
    model.Session.commit()
    return entry
