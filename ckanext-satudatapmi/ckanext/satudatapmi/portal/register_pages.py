"""The release calendar under /daftar-data, as a page and as files."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

import ckan.plugins.toolkit as tk
from flask import Blueprint, Response, request

from ckanext.satudatapmi.catalogue import register_files
from ckanext.satudatapmi.portal import icalendar

pages = Blueprint("satudata_register", __name__)


@pages.get("/daftar-data")
def show() -> str:
    """Show the release calendar of a year."""
    values = {"found": _found(), "organization": request.args.get("organization", "")}
    return tk.render("satudata/register.html", values)


@pages.get("/daftar-data.csv")
def as_csv() -> Response:
    """Return the register of a year as CSV (RFC 4180, UTF-8), which can be imported again."""
    found = _found()
    return _file(register_files.to_csv(found["entries"]), "text/csv", f"daftar-data-{found['year'] or ''}.csv")


@pages.get("/daftar-data.json")
def as_json() -> Response:
    """Return the release calendar as JSON, as the action satudata_register_list gives it."""
    return _file(json.dumps(_found(), ensure_ascii=False), "application/json")


@pages.get("/daftar-data.ics")
def as_calendar() -> Response:
    """Return the release days as iCalendar (RFC 5545), for calendars to subscribe to."""
    host = urlsplit(tk.config["ckan.site_url"]).hostname or "localhost"
    text = icalendar.calendar(_found()["entries"], host, tk._("Release calendar"), datetime.now(UTC))
    return _file(text, "text/calendar")


def _found() -> dict[str, Any]:
    """Return the calendar that the address asks for; what is no year means the present one."""
    year = request.args.get("year", "")
    wanted = {"organization": request.args.get("organization", "")}
    try:
        return tk.get_action("satudata_register_list")({}, wanted | {"year": year})
    except tk.ValidationError:
        return tk.get_action("satudata_register_list")({}, wanted)


def _file(text: str, kind: str, name: str = "") -> Response:
    headers = {"Access-Control-Allow-Origin": "*"}
    if name:
        headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return Response(text, mimetype=kind, headers=headers)
