"""Release days as an iCalendar file (RFC 5545), for the calendars of those who wait for the data."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any

LINE_BYTES = 75
ESCAPED = str.maketrans({"\\": "\\\\", ";": "\\;", ",": "\\,", "\n": "\\n", "\r": None})


def calendar(entries: Iterable[Mapping[str, Any]], site: str, title: str, now: datetime) -> str:
    """Return a calendar with a whole day for each release.

    Args:
        entries: as satudata_register_list gives them.
        site: host name of the portal, for the identifiers of events.
        title: of the calendar.
        now: the moment at which it is written.
    """
    stamp = now.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//ckanext-satudatapmi//daftar data//ID"]
    lines.append(f"X-WR-CALNAME:{_text(title)}")
    for entry in entries:
        lines += _events(entry, site, stamp)
    lines.append("END:VCALENDAR")
    return "".join(f"{_folded(line)}\r\n" for line in lines)


def _events(entry: Mapping[str, Any], site: str, stamp: str) -> Iterator[str]:
    for one in entry["release_days"]:
        day = date.fromisoformat(one["day"])
        yield "BEGIN:VEVENT"
        yield _text(f"UID:{entry['year']}/{entry['number']}/{day:%Y%m%d}@{site}")
        yield f"DTSTAMP:{stamp}"
        yield f"DTSTART;VALUE=DATE:{day:%Y%m%d}"
        yield f"DTEND;VALUE=DATE:{day + timedelta(days=1):%Y%m%d}"
        yield f"SUMMARY:{_text(entry['name'])}"
        yield f"DESCRIPTION:{_text(entry['organization']['title'])}"
        yield "TRANSP:TRANSPARENT"
        yield "END:VEVENT"


def _text(value: str) -> str:
    return value.translate(ESCAPED)


def _folded(line: str) -> str:
    """Return a line in pieces of 75 octets at most, each but the first behind a blank; no character is cut."""
    pieces, size = [""], 0
    for character in line:
        octets = len(character.encode())
        if size + octets > LINE_BYTES:
            pieces.append("")
            size = 1
        pieces[-1] += character
        size += octets
    return "\r\n ".join(pieces)
