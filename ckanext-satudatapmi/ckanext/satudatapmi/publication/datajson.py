"""A dataset as an entry of a Project Open Data 1.1 catalogue, in the shape in which the national portal takes it.

Pure: a dict in the shape of package_show goes in, JSON values come out. Which field stands under which key is decided
by schemas/dataset.yaml; here is only what every entry must have, so that no reader stumbles, and what none may have.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ckanext.satudatapmi.publication import words
from ckanext.satudatapmi.schemas import convert, vocabularies, wire

CONTEXT = "https://project-open-data.cio.gov/v1.1/schema"
DEFAULT_LANGUAGE = "id"
OPEN, OPEN_LEVEL = "terbuka", "public"
NO_MAILBOX, OTHER_KEYWORD = "mailto:", "data"
MAILBOX = re.compile(r"[^\s@<>,;:]+@[^\s@<>,;:]+")
NOT_IN_TAG = re.compile(r"[^\w .-]")
LONGEST_TAG = 100
STRICT_KINDS = ("date", "url")
"""Kinds of fields whose words for nothing ("-") a strict reader refuses."""


@dataclass(frozen=True)
class Site:
    """The portal as its catalogue names it: address without a slash at the end, and title."""

    url: str
    title: str


def header(site: Site, path: str = "/data.json") -> dict[str, Any]:
    """Return the catalogue at a path of the site without its datasets, `dataset` last and empty."""
    return {
        "@context": f"{CONTEXT}/catalog.jsonld",
        "@id": f"{site.url}{path}",
        "@type": "dcat:Catalog",
        "conformsTo": CONTEXT,
        "describedBy": f"{CONTEXT}/catalog.json",
        "dataset": [],
    }


def entry(package: Mapping[str, Any], site: Site) -> dict[str, Any]:
    """Return the catalogue entry of a public dataset.

    Every key a partner gave comes out with its JSON value. Never null or absent: title, description, issued,
    modified, publisher, contactPoint, keyword, language, landingPage, accessLevel, accessRights, distribution. The
    schemas of Project Open Data want a keyword and a mailbox as well, which may be `mailto:` alone.

    Args:
        package: dataset in the shape of package_show, resources and tags included.
        site: the portal.
    """
    return filled(package, given(package), site)


def told(package: Mapping[str, Any], site: Site) -> dict[str, Any]:
    """Return the entry without what stands in for keywords that nobody gave: Project Open Data alone wants one."""
    return entry(package, site) | ({} if package.get("tags") else {"keyword": []})


def given(package: Mapping[str, Any]) -> dict[str, Any]:
    """Return the wire entries of a dataset that its publisher gave, without persons; null where one is unusable."""
    return without_persons(_given(package, wire.dataset_fields()))


def filled(package: Mapping[str, Any], given: Mapping[str, Any], site: Site) -> dict[str, Any]:
    """Return the entry of a public dataset.

    Args:
        package: dataset in the shape of package_show, resources and tags included.
        given: its wire entries.
        site: the portal.
    """
    title = _text(given.get("title")) or package["name"]
    publisher = _publisher(given.get("publisher"), package, site)
    return (
        {"@type": "dcat:Dataset", "identifier": package["id"]}
        | dict(given)
        | {
            "@type": "dcat:Dataset",
            "identifier": package["id"],
            "title": title,
            "description": _text(given.get("description")) or title,
            "issued": given.get("issued") or moment(package["metadata_created"]),
            "modified": given.get("modified") or moment(package["metadata_modified"]),
            "publisher": publisher,
            "contactPoint": _contact(given.get("contactPoint"), publisher["name"], impersonal(package.get("i_email"))),
            "keyword": given.get("keyword") or _keywords(package, publisher["name"]),
            "language": words.languages(given.get("language")) or [DEFAULT_LANGUAGE],
            "landingPage": given.get("landingPage") or f"{site.url}/dataset/{package['name']}",
            **_access(given),
            "distribution": [distribution(resource) for resource in package.get("resources") or []],
        }
    )


def distribution(resource: Mapping[str, Any]) -> dict[str, Any]:
    """Return the entry of one resource: its wire keys, and dates and media type where CKAN alone knows them."""
    given = _given(resource, wire.resource_fields())
    texts = {key: _text(given[key]) for key in ("title", "description") if given.get(key) is not None}
    changed = resource.get("last_modified") or resource.get("metadata_modified") or resource["created"]
    found = {
        "mediaType": given.get("mediaType") or _media_type(resource),
        "issued": given.get("issued") or moment(resource["created"]),
        "modified": given.get("modified") or moment(changed),
    }
    filled = {key: value for key, value in found.items() if value}
    return {"@type": "dcat:Distribution"} | given | texts | filled | {"@type": "dcat:Distribution"}


def full_entry(package: Mapping[str, Any], site: Site, *, own_identifier: bool) -> dict[str, Any]:
    """Return the entry of an approved dataset for the national portal: every key with its value as it came.

    Names of officials are in it, and whatever it says about its access. Only keys that never came are filled in, and
    `private` where it says otherwise than the portal does.

    Args:
        package: dataset in the shape of package_show, resources and tags included.
        site: the portal.
        own_identifier: whether the dataset may go by the identifier that its publisher gave it. Partners share
            identifiers; the portal's own id stands for the others.
    """
    given = convert.restore(package, wire.dataset_fields(), strict=False)
    identifier = given.pop("identifier", None)
    known = own_identifier and isinstance(identifier, str | int) and str(identifier).strip()
    publisher = _publisher(None, package, site)
    filled = {
        "@type": "dcat:Dataset",
        "title": package.get("title") or package["name"],
        "issued": moment(package["metadata_created"]),
        "modified": moment(package["metadata_modified"]),
        "publisher": publisher,
        "contactPoint": _contact(None, publisher["name"]),
        "keyword": _keywords(package, publisher["name"]),
        "landingPage": f"{site.url}/dataset/{package['name']}",
    }
    stated = {
        "identifier": identifier if known else package["id"],
        "distribution": [full_distribution(resource) for resource in package.get("resources") or []],
    }
    return filled | _stated_access(given, package) | given | _stated_private(given, package) | stated


def full_distribution(resource: Mapping[str, Any]) -> dict[str, Any]:
    """Return the entry of one resource with every key as it came."""
    given = convert.restore(resource, wire.resource_fields(), strict=False)
    return {"@type": "dcat:Distribution"} | given


def _stated_access(given: Mapping[str, Any], package: Mapping[str, Any]) -> dict[str, str]:
    """Return accessLevel and accessRights of a dataset that came without them."""
    said = given.get("accessRights") or given.get("accessLevel") or ("terbatas" if package["private"] else OPEN)
    level = vocabularies.access_level(convert.as_text(said)) or ("terbatas" if package["private"] else OPEN)
    return {"accessLevel": words.access_levels()[level], "accessRights": level}


def _stated_private(given: Mapping[str, Any], package: Mapping[str, Any]) -> dict[str, Any]:
    """Return the key `private`: as it came where it says what the portal does, else what the portal does."""
    came = given.get("private")
    said = came if isinstance(came, bool) else vocabularies.boolean(convert.as_text(came))
    return {"private": came if "private" in given and said in (None, package["private"]) else package["private"]}


def _given(package: Mapping[str, Any], fields: tuple[wire.WireField, ...]) -> dict[str, Any]:
    """Return the wire entries, with null for what a strict reader would refuse: so the key is there all the same."""
    given, verbatim = convert.restore(package, fields), wire.wire_extra(package)
    for field in fields:
        if field.key in given:
            if field.kind in STRICT_KINDS and vocabularies.is_missing(given[field.key]):
                given[field.key] = None
        elif field.key in verbatim and field.export:
            given[field.key] = None
    return given


def moment(utc: str) -> str:
    """Return a time of the database, which is UTC without a zone, with its zone and without its fraction.

    >>> moment("2024-05-31T01:02:03.456789")
    '2024-05-31T01:02:03+00:00'
    """
    return f"{utc.split('.', maxsplit=1)[0]}+00:00"


def without_persons(given: Mapping[str, Any]) -> dict[str, Any]:
    """Return wire entries with null in place of names of persons and of what reaches a person.

    Spelling variants of these keys, which stay among the verbatim entries, are emptied too. The mailbox of an office
    stays.
    """
    return {key: impersonal(value) if wire.is_personal(key) else value for key, value in given.items()}


def impersonal(value: Any) -> Any:
    """Return what the public may see of a personal field: the mailbox of an office, else None."""
    return value if isinstance(value, str) and vocabularies.is_office_mailbox(value) else None


def contact_mailbox(entry: Mapping[str, Any]) -> str:
    """Return the mailbox under which a body says that it can be reached about a dataset, "" if it names none.

    Each feed gives it, as the body published it itself.

    Args:
        entry: of the dataset, as `/data.json` has it.
    """
    stated = _text(entry["contactPoint"].get("hasEmail")).strip()
    mailbox = stated[len(NO_MAILBOX) :] if stated.lower().startswith(NO_MAILBOX) else stated
    return mailbox if MAILBOX.fullmatch(mailbox) else ""


def _text(value: Any) -> str:
    return "" if value is None else convert.as_text(value)


def _publisher(given: Any, package: Mapping[str, Any], site: Site) -> dict[str, Any]:
    """Return the unit that produced the data; without one the body that publishes them; without one the portal."""
    stated = given if isinstance(given, dict) else {}
    organization = package.get("organization") or {}
    name = stated.get("name") or organization.get("title") or organization.get("name") or site.title
    return {"@type": "org:Organization"} | stated | {"name": name}


def _contact(given: Any, publisher: str, office: str | None = None) -> dict[str, Any]:
    """Return the contact that a publisher names; where it names no mailbox, that of an office which MS-Ind names."""
    stated = given if isinstance(given, dict) else {}
    mailbox = stated.get("hasEmail") or (f"{NO_MAILBOX}{office}" if office else NO_MAILBOX)
    filled = {"fn": stated.get("fn") or publisher, "hasEmail": mailbox}
    return {"@type": "vcard:Contact"} | stated | filled


def _keywords(package: Mapping[str, Any], publisher: str) -> list[str]:
    """Return what stands in for the keywords of a dataset that has none: its category, else who publishes it.

    As a stock harvester makes a tag of it, it has no character that CKAN's tags refuse.
    """
    texts = (_text(text) for text in (package.get("kategori"), publisher))
    words = (" ".join(NOT_IN_TAG.sub(" ", text).split())[:LONGEST_TAG].strip() for text in texts)
    return [next((word for word in words if len(word) > 1), OTHER_KEYWORD)]


def access_level(given: Mapping[str, Any]) -> str:
    """Return the level of Perpres 39/2019 that the wire entries of a public dataset name; without one it is open."""
    rights = given.get("accessRights") or given.get("accessLevel") or OPEN
    return vocabularies.access_level(convert.as_text(rights)) or OPEN


def _access(given: Mapping[str, Any]) -> dict[str, Any]:
    """Return the three keys on access. What is exported is no private dataset, whatever it said when it came."""
    level = access_level(given)
    return {
        "accessLevel": words.access_levels()[level],
        "accessRights": given.get("accessRights") or level,
        "private": False,
    }


def _media_type(resource: Mapping[str, Any]) -> str | None:
    known = vocabularies.file_format(resource.get("format") or "")
    return resource.get("mimetype") or (known.media_type if known else None)
