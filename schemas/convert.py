"""How a JSON value of a data.json becomes the fields of a dataset or a resource, with a remark on all that was mended.

`read_field` is total: it takes any JSON value and never raises. What it could not keep exactly is found by comparing
with `wire.field_to_wire`, and `restore` brings it back.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote, urljoin, urlsplit

from ckanext.satudatapmi.schemas import dates, vocabularies, wire

TAG_MAX = 100
TAG_MIN = 2
TITLE_MAX = 1000
URL_MAX = 4000
SAFE_SCHEMES = frozenset({"http", "https", "ftp"})
EMAIL = re.compile(
    r"^(?!\.)(?!.*\.$)(?!.*?\.\.)[a-zA-Z0-9.!#$%&'*+/=?^_`{|}~-]+@[a-zA-Z0-9]"
    r"(?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?(?:\.[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?)*$"
)
"""What CKAN's email_validator accepts (ckan/logic/validators.py), so that an address we keep is never refused."""

_SCHEME = re.compile(r"^([A-Za-z][A-Za-z0-9+.\-]*):")
_NOT_IN_TAG = re.compile(r"[^\w \-.]+")


@dataclass(frozen=True)
class Remark:
    """What was mended or doubted in one record: the kind (see remarks.py), the wire key and the value, shortened."""

    kind: str
    field: str
    value: str = ""


@dataclass(frozen=True)
class Reading:
    """What one wire value says: the CKAN fields it fills and the remarks it deserves."""

    fields: Mapping[str, Any]
    remarks: tuple[Remark, ...] = ()


def clean_text(value: str) -> str:
    """Return the text without the characters that databases and XML refuse, and without blanks at its ends."""
    return wire.NOT_IN_XML.sub("", value).strip()


def short(value: Any, limit: int = 80) -> str:
    """Return a value as a message may quote it: on one line, not too long."""
    text = " ".join(clean_text(value if isinstance(value, str) else wire.json_text(value)).split())
    return text if len(text) <= limit else text[: limit - 1] + "…"


def as_text(value: Any) -> str:
    """Return any JSON value as text: scalars as written, the usual language or value key of an object, else JSON."""
    if isinstance(value, str):
        return clean_text(value)
    if isinstance(value, dict):
        for key in ("id", "@value", "value", "name", "en"):
            if isinstance(value.get(key), str):
                return clean_text(value[key])
    return clean_text(wire.json_text(value))


def _read_text(field: wire.WireField, value: Any, base: str) -> Reading:
    if value is None or value in ("", [], {}):
        return Reading({})
    text = as_text(value)
    remarks = []
    if isinstance(value, (dict, list)):
        remarks.append(Remark("wrong_type", field.key, short(value)))
    elif isinstance(value, str) and wire.NOT_IN_XML.search(value):
        remarks.append(Remark("text_cleaned", field.key, short(value)))
    if field.field == "title" and len(text) > TITLE_MAX:
        text = text[: TITLE_MAX - 1] + "…"
        remarks.append(Remark("title_cut", field.key, short(value)))
    return Reading({field.field: text} if text else {}, tuple(remarks))


def _read_json(field: wire.WireField, value: Any, base: str) -> Reading:
    if value is None or value == "":
        return Reading({})
    return Reading({field.field: wire.encode_json(value)})


def _read_date(field: wire.WireField, value: Any, base: str) -> Reading:
    if vocabularies.is_missing(value):
        return Reading({})
    text = dates.iso_date(value)
    if text is None:
        return Reading({}, (Remark("date_unreadable", field.key, short(value)),))
    return Reading({field.field: text})


def safe_url(value: str, base: str) -> tuple[str | None, str | None]:
    """Return an absolute address that is safe to link to, and the kind of remark it deserves, either None.

    Args:
        value: the address as a catalogue has it.
        base: address of the catalogue, for relative ones; "" if there is none.
    """
    text, remark = _tidy_url(value), None
    if not _SCHEME.match(text):
        if not base:
            return None, "url_without_base"
        try:
            text, remark = urljoin(base, text), "url_relative"
        except ValueError:
            return None, "url_unusable"
    try:
        parts = urlsplit(text)
    except ValueError:
        return None, "url_unusable"
    if parts.scheme.lower() not in SAFE_SCHEMES or not parts.netloc or len(text) > URL_MAX:
        return None, "url_unusable"
    return text, remark


def _tidy_url(value: str) -> str:
    text = clean_text(re.sub(r"[\t\r\n]", "", value)).replace(" ", "%20")
    return f"http://{text}" if text.lower().startswith("www.") else text


def _ends_like(url: str, relative: str) -> bool:
    """Tell whether an address is what a relative one may have been resolved to, whatever the base."""
    nowhere = "http://base.invalid/"
    try:
        resolved = urljoin(nowhere, _tidy_url(relative))
    except ValueError:
        return False
    return url.endswith(resolved.removeprefix(nowhere).partition("://")[2] or resolved.removeprefix(nowhere))


def _read_url(field: wire.WireField, value: Any, base: str) -> Reading:
    if vocabularies.is_missing(value):
        return Reading({})
    url, remark = safe_url(value, base) if isinstance(value, str) else (None, "wrong_type")
    return Reading({field.field: url} if url else {}, (Remark(remark, field.key, short(value)),) if remark else ())


def clean_tag(value: str) -> str | None:
    """Return a keyword as every CKAN accepts it (2 to 100 of letters, digits, blank, - _ .), or None if none is left.

    >>> clean_tag("Kelautan & Perikanan"), clean_tag("I"), clean_tag("Jalan/Lingkungan (km)")
    ('Kelautan dan Perikanan', None, 'Jalan Lingkungan km')
    """
    text = unicodedata.normalize("NFC", clean_text(value)).replace("&", " dan ")
    text = " ".join(_NOT_IN_TAG.sub(" ", text).split())
    if len(text) > TAG_MAX:
        text = text[:TAG_MAX].rsplit(" ", 1)[0] if " " in text[:TAG_MAX] else text[:TAG_MAX]
    return text if len(text) >= TAG_MIN else None


def _words(value: Any) -> list[Any]:
    if isinstance(value, str):
        return [word for word in re.split(r"[,;\n]", value) if word.strip()]
    return value if isinstance(value, list) else [value]


def _read_keywords(field: wire.WireField, value: Any, base: str) -> Reading:
    if vocabularies.is_missing(value):
        return Reading({})
    remarks = [] if isinstance(value, list) else [Remark("not_a_list", field.key, short(value))]
    tags: dict[str, None] = {}
    for word in _words(value):
        text = as_text(word) if word is not None else ""
        tag = clean_tag(text)
        if tag != text and not vocabularies.is_missing(text):
            remarks.append(Remark("keyword_changed" if tag else "keyword_left_out", field.key, short(text)))
        if tag:
            tags[tag] = None
    return Reading({"tags": [{"name": tag} for tag in tags]} if tags else {}, tuple(remarks))


def canonical_keys(value: Mapping[str, Any], part: str, known: frozenset[str]) -> tuple[dict[str, Any], list[Remark]]:
    """Return a record with its misspelt keys put right, and a remark for each.

    A key is put right by the list of aliases, else by letter case; never onto a key the record has as well.
    """
    aliases = vocabularies.key_aliases(part)
    by_case = {key.casefold(): key for key in known}
    result: dict[str, Any] = {}
    remarks = []
    for key, item in value.items():
        name = key if key in known else aliases.get(key) or by_case.get(key.casefold()) or key
        if name != key and (name in value or name in result):
            name = key
        if name != key:
            remarks.append(Remark("key_alias", name, short(key)))
        result[name] = item
    return result, remarks


def _read_publisher(field: wire.WireField, value: Any, base: str) -> Reading:
    if vocabularies.is_missing(value):
        return Reading({})
    if isinstance(value, dict):
        name = canonical_keys(value, "publisher", frozenset({"name"}))[0].get("name")
        return Reading({} if vocabularies.is_missing(name) else {field.field: as_text(name)})
    remark = Remark("publisher_no_object", field.key, short(value))
    return Reading({field.field: as_text(value)}, (remark,))


def _email(value: Any) -> str:
    text = clean_text(value) if isinstance(value, str) else ""
    return text.removeprefix("mailto:").removeprefix("MAILTO:").strip()


def _read_contact(field: wire.WireField, value: Any, base: str) -> Reading:
    if vocabularies.is_missing(value):
        return Reading({})
    remarks = []
    if isinstance(value, dict):
        contact, remarks = canonical_keys(value, "contactPoint", frozenset({"fn", "hasEmail"}))
        name, email = contact.get("fn"), _email(contact.get("hasEmail"))
    else:
        text = as_text(value)
        name, email = (None, _email(text)) if EMAIL.match(_email(text)) else (text, "")
        remarks = [Remark("contact_no_object", field.key)]
    fields = {} if vocabularies.is_missing(name) else {field.field: as_text(name)}
    if EMAIL.match(email):
        fields["maintainer_email"] = email
    elif not vocabularies.is_missing(email):
        remarks = [*remarks, Remark("email_unusable", "contactPoint.hasEmail")]
    return Reading(fields, tuple(remarks))


def _read_license(field: wire.WireField, value: Any, base: str) -> Reading:
    if vocabularies.is_missing(value):
        return Reading({})
    text = as_text(value)
    known = vocabularies.licence(text)
    remarks = () if known else (Remark("licence_unknown", field.key, short(value)),)
    return Reading({field.field: known.id if known else text[:URL_MAX]}, remarks)


def _read_format(field: wire.WireField, value: Any, base: str) -> Reading:
    if vocabularies.is_missing(value):
        return Reading({})
    text = as_text(value)[:TAG_MAX]
    known = vocabularies.file_format(text)
    return Reading({field.field: known.format if known else text})


_FROM_WIRE = {
    "text": _read_text,
    "json": _read_json,
    "date": _read_date,
    "url": _read_url,
    "keywords": _read_keywords,
    "publisher": _read_publisher,
    "contact": _read_contact,
    "license": _read_license,
    "format": _read_format,
}


def read_field(field: wire.WireField, value: Any, base: str = "") -> Reading:
    """Return what a wire value says in CKAN's fields.

    Args:
        field: the line of the table for its key.
        value: any JSON value.
        base: address of the catalogue, against which relative addresses are resolved; "" if there is none.
    """
    reading = _FROM_WIRE[field.kind](field, value, base)
    return Reading({name: item for name, item in reading.fields.items() if item}, reading.remarks)


def same_json(first: Any, second: Any) -> bool:
    """Tell whether two JSON values are the same, types included (1 is not true, 1 is not 1.0)."""
    return first is second or wire.canonical_json(first) == wire.canonical_json(second)


def _conforms(field: wire.WireField, value: Any) -> bool:
    """Tell whether a verbatim value may stand in a public catalogue: nothing a strict reader would stumble over."""
    if value is None or field.kind == "json":
        return True
    if field.kind in ("date", "url"):
        reading = read_field(field, value)
        return reading.fields.get(field.field) == value and not reading.remarks
    if field.kind == "keywords":
        return isinstance(value, list) and all(isinstance(word, str) and clean_tag(word) == word for word in value)
    if field.kind == "publisher":
        return isinstance(value, dict) and isinstance(value.get("name"), str)
    if field.kind == "contact":
        texts = isinstance(value, dict) and all(
            isinstance(value.get(key, ""), str | None) for key in ("fn", "hasEmail")
        )
        return texts and not read_field(field, value).remarks
    return not isinstance(value, (dict, list)) and not read_field(field, value).remarks


def restore(package: Mapping[str, Any], fields: tuple[wire.WireField, ...], strict: bool = True) -> dict[str, Any]:
    """Return the wire entries of a dataset or a resource: its fields, and the verbatim values that still stand.

    Args:
        package: a dataset (package_show) or one of its resources.
        fields: `wire.dataset_fields()` or `wire.resource_fields()`.
        strict: True leaves out verbatim values that a strict reader would refuse (a date that is none, a keyword CKAN
            does not take), so that the mended value stands; False gives back every value as it came.

    Returns:
        JSON values by wire key, in the order of the form, unknown keys last. Identifier, `@type` and the distributions
        are for the caller to add.
    """
    verbatim = wire.wire_extra(package)
    result: dict[str, Any] = {}
    for field in fields:
        if field.key not in verbatim and wire.is_empty(field, package):
            continue
        value = wire.field_to_wire(field, package)
        if field.key in verbatim and _stands(field, verbatim[field.key], package, strict):
            value = verbatim[field.key]
        if value is not wire.MISSING and field.export:
            result[field.key] = value
    known = {field.key for field in fields} if verbatim else set()
    return result | {key: value for key, value in verbatim.items() if key not in known}


def _stands(field: wire.WireField, raw: Any, package: Mapping[str, Any], strict: bool) -> bool:
    if strict and not _conforms(field, raw):
        return False
    reading = read_field(field, raw)
    if field.kind == "keywords":
        return _tag_names(reading.fields) == _tag_names(package)
    if field.kind == "url" and not reading.fields and package.get(field.field):
        return isinstance(raw, str) and _ends_like(str(package[field.field]), raw)
    if field.key == "title" and not reading.fields:
        return _is_substitute(package)
    names = ("maintainer", "maintainer_email") if field.kind == "contact" else (field.field,)
    return all((reading.fields.get(name) or "") == (package.get(name) or "") for name in names)


def substitute_name(resource: Mapping[str, Any]) -> str:
    """Return a name for a resource that has none: the file's name in its address, else its format."""
    path = urlsplit(str(resource.get("url") or "")).path
    return clean_text(unquote(path.rsplit("/", 1)[-1]))[:200] or str(resource.get("format") or "")


def _is_substitute(package: Mapping[str, Any]) -> bool:
    """Tell whether a title still is the one that the harvester put in place of a missing one."""
    if "title" not in package:
        return package.get("name") == substitute_name(package)
    flags = wire.decode_json(package.get("harvest_flags") or "[]")
    mark = {"kind": "title_missing", "field": "title", "value": short(package.get("title"))}
    return isinstance(flags, list) and mark in flags


def _tag_names(fields: Mapping[str, Any]) -> list[str]:
    return sorted(tag["name"] for tag in fields.get("tags") or [])
