"""What an uploaded file is, by its content alone, and whether it may be uploaded (schemas/uploads.yaml)."""

from __future__ import annotations

import csv
import json
import re
import zipfile
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from io import BytesIO, StringIO
from typing import Any

import yaml

from ckanext.satudatapmi.schemas import vocabularies
from ckanext.satudatapmi.tables.grids import find_delimiter
from ckanext.satudatapmi.tables.spreadsheets import ENCRYPTED, OLE, ZIP
from ckanext.satudatapmi.text import _

MEGABYTE = 1024**2
SAMPLE = 64 * 1024
UNKNOWN, LOCKED = "?", "locked"
SIGNATURES = (
    (b"%PDF", "PDF"),
    (OLE, "DOC, XLS or PPT"),
    (b"\x89PNG", "PNG"),
    (b"\xff\xd8\xff", "JPG"),
    (b"GIF8", "GIF"),
)
OFFICE_FOLDERS = {"xl": "XLSX", "word": "DOCX", "ppt": "PPTX"}
OPEN_DOCUMENT = b"mimetypeapplication/vnd.oasis.opendocument."
NOT_IN_A_LIST = re.compile(r"[{}<>;]|=>|\(\)")
PROGRAMS = (
    ("PHP", re.compile(r"<\?(php|=)", re.IGNORECASE)),
    (
        "SQL",
        re.compile(
            r"^\s*(--.*\n\s*|/\*.*?\*/\s*)*(create\s|insert\s+into\s|drop\s|alter\s|select\s.+\sfrom\s"
            r"|update\s.+\sset\s|delete\s+from\s|set\s+\w+\s*=|begin\s*;|use\s+\w+\s*;)",
            re.IGNORECASE,
        ),
    ),
    ("HTML", re.compile(r"<(!doctype\s+html|html|head|body|script|iframe)\b", re.IGNORECASE)),
    ("SVG", re.compile(r"<svg\b", re.IGNORECASE)),
    (
        "JavaScript",
        re.compile(
            r"^\s*(//.*\n\s*|/\*.*?\*/\s*)*(['\"]use strict['\"]|function\b.*\(|(var|let|const)\s+\w+\s*="
            r"|import\s.*['\"]|export\s|\(\s*function\b|\(\(\)\s*=>)",
        ),
    ),
)
"""Texts that do something. SQL and JavaScript are known by how they begin."""


class Refused(ValueError):
    """A file that may not be uploaded; says why and what to do."""


@dataclass(frozen=True)
class Limits:
    """How far archives may unpack: bytes in all, times their size (from so many bytes on), number of files."""

    unpacked: int
    ratio: int
    ratio_from: int
    files: int


@cache
def rules() -> Mapping[str, Any]:
    """Return uploads.yaml."""
    return yaml.safe_load((vocabularies.HERE / "uploads.yaml").read_text(encoding="utf-8"))


@cache
def limits() -> Limits:
    """Return how far archives may unpack."""
    said = rules()["unpacked"]
    return Limits(said["megabytes"] * MEGABYTE, said["ratio"], said["ratio_from_megabytes"] * MEGABYTE, said["files"])


def kind_of(content: bytes) -> str:
    """Return what a file is: one of the kinds of uploads.yaml, or a word for what is not accepted."""
    if content.startswith(OLE) and ENCRYPTED in content:
        return LOCKED
    for signature, kind in SIGNATURES:
        if content.startswith(signature):
            return kind
    if content.startswith((ZIP, b"PK\x05\x06")):
        return _archive_kind(content)
    text = as_text(content)
    return UNKNOWN if text is None else _text_kind(text)


def _archive_kind(content: bytes) -> str:
    if content[30 : 30 + len(OPEN_DOCUMENT)] == OPEN_DOCUMENT:
        return "ODS" if content[30 + len(OPEN_DOCUMENT) :].startswith(b"spreadsheet") else "ODT"
    try:
        names = set(zipfile.ZipFile(BytesIO(content)).namelist())
    except (zipfile.BadZipFile, ValueError, OSError):
        return UNKNOWN
    if "[Content_Types].xml" not in names:
        return "ZIP"
    if any(name.lower().endswith("vbaproject.bin") for name in names):
        return "XLSM"
    folders = {name.split("/", 1)[0] for name in names}
    return next((kind for folder, kind in OFFICE_FOLDERS.items() if folder in folders), UNKNOWN)


def as_text(content: bytes) -> str | None:
    """Return the text of a file in any usual encoding; None if it is binary."""
    encodings = ("utf-16",) if content.startswith((b"\xff\xfe", b"\xfe\xff")) else ("utf-8-sig", "cp1252", "latin-1")
    for encoding in encodings:
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        return None if "\x00" in text else text
    return None


def _text_kind(text: str) -> str:
    start = text[:SAMPLE]
    stripped = start.lstrip()
    if not stripped:
        return UNKNOWN
    if stripped.startswith(("{", "[")) and _is_json(text):
        return "JSON"
    program = next((kind for kind, pattern in PROGRAMS if pattern.search(start)), None)
    if program:
        return program
    if stripped.startswith("<"):
        return "XML" if stripped.startswith("<?xml") or re.match(r"<[A-Za-z_][\w:.-]*[\s>]", stripped) else UNKNOWN
    return "CSV" if _is_table(start, whole=len(text) <= SAMPLE) else UNKNOWN


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True


def _is_table(text: str, *, whole: bool) -> bool:
    """Tell whether a text has rows of as many cells, below and above lines of words perhaps, or is a plain list."""
    lines = text if whole else text.rpartition("\n")[0]
    try:
        read = list(csv.reader(StringIO(lines, newline=""), delimiter=find_delimiter(lines)))
    except csv.Error:
        return False
    widths = Counter(len(row) for row in read if any(cell.strip() for cell in row))
    if max(widths, default=0) < 2:
        return bool(widths) and not NOT_IN_A_LIST.search(lines)
    return max(count for width, count in widths.items() if width > 1) >= 2


def refuse_unless_accepted(kind: str, size: int, name: str) -> None:
    """Raise unless a file of this kind and size may have this name.

    Args:
        kind: as `kind_of` gives it.
        size: in bytes.
        name: of the file.

    Raises:
        Refused: it is no open format, or larger than such files may be, or is named as something else.
    """
    accepted = next((one for one in rules()["accepted"] if one["kind"] == kind), None)
    if accepted is None:
        raise Refused(_not_accepted(kind, name))
    limit = accepted["megabytes"]
    if size > limit * MEGABYTE:
        message = _(
            "{name} is larger than {limit} MB, the most for {kind}. Split it.", name=name, limit=limit, kind=kind
        )
        raise Refused(message)
    extensions = accepted["extensions"]
    if "." not in name or name.rpartition(".")[2].lower() not in extensions:
        endings = ", ".join(f".{one}" for one in extensions)
        raise Refused(_("{name} holds {kind}: end its name with {endings}.", name=name, kind=kind, endings=endings))


def _not_accepted(kind: str, name: str) -> str:
    if kind == LOCKED:
        return _("{name} is locked with a password. Save it without one and upload that.", name=name)
    instead = rules()["instead"]
    formats = ", ".join(instead.get(kind, instead["default"]))
    if kind == UNKNOWN:
        message = _("{name} holds no table and no data that machines can read.", name=name)
    else:
        message = _("{name} is {kind}, which is no open format for data.", name=name, kind=kind)
    todo = _("Upload one of these instead: {formats}.", formats=formats)
    return f"{message} {todo}"


def largest() -> int:
    """Return how many bytes the largest file of any kind may have."""
    return max(one["megabytes"] for one in rules()["accepted"]) * MEGABYTE


def damaged(name: str) -> str:
    """Return what is said of a file that cannot be opened."""
    return _("{name} is damaged or locked with a password. Save it again and upload that.", name=name)
