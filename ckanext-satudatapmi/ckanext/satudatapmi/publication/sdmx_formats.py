"""The formats of the SDMX service, and which of them a client gets."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, BinaryIO, Literal

import ckan.plugins.toolkit as tk
from werkzeug.datastructures import MIMEAccept
from werkzeug.http import parse_options_header

from ckanext.satudatapmi.figures.exports import sdmx_data, sdmx_ml, sdmx_structure
from ckanext.satudatapmi.figures.exports.layout import Layout
from ckanext.satudatapmi.figures.sdmx.errors import SdmxError
from ckanext.satudatapmi.publication import feed
from ckanext.satudatapmi.publication.sdmx_errors import NOT_ACCEPTABLE

Api = Literal["2.1", "3.0"]
"""The version of SDMX whose service is asked: REST 1.5 for 2.1, REST 2.0 for 3.0."""
ANY = {"*/*": ("xml", "json", "csv"), "application/*": ("xml", "json", "csv"), "text/*": ("csv",)}
PLAIN = {"application/xml": ("xml",), "text/xml": ("xml",), "application/json": ("json",), "text/csv": ("csv",)}
NOTATIONS = ANY | PLAIN
"""The notations that a media type stands for which is none of SDMX's."""
OF_ERRORS: dict[Api, feed.Notation] = {"2.1": "xml", "3.0": "json"}
"""In which notation errors are told to a client that names none."""
ONLY = {"labels": "id", "timeFormat": "original", "keys": "none"}
"""The parameters of SDMX-CSV, each with the only value that there is here, its default."""


@dataclass(frozen=True)
class Message:
    """What a message says beside its content.

    Attributes:
        prepared: when it was made, with its time zone.
        language: of plain names, id or en.
        layout: of data.
    """

    prepared: datetime
    language: str
    layout: Layout = Layout()


@dataclass(frozen=True)
class Format:
    """A format.

    Attributes:
        api: the version of SDMX that it belongs to.
        media_type: without its version.
        version: of the format.
        name: what the parameter `format` calls it.
        write: writes chunks of the cube, or artefacts, into a file.
    """

    api: Api
    media_type: str
    version: str
    name: str
    write: Callable[[Any, BinaryIO, Message], None]

    @property
    def content_type(self) -> str:
        """The media type with its version."""
        return f"{self.media_type};version={self.version}"

    @property
    def notation(self) -> str:
        """What a message is written in: xml, json or csv."""
        return self.media_type.rpartition("+")[2]


SDMX = "application/vnd.sdmx"
DATA = (
    Format(
        "2.1",
        f"{SDMX}.genericdata+xml",
        "2.1",
        "genericdata",
        lambda chunks, file, message: sdmx_ml.write_generic(chunks, file, message.prepared, message.layout),
    ),
    Format(
        "2.1",
        f"{SDMX}.structurespecificdata+xml",
        "2.1",
        "structurespecificdata",
        lambda chunks, file, message: sdmx_ml.write_structure_specific_2_1(
            chunks, file, message.prepared, message.layout
        ),
    ),
    Format(
        "2.1",
        f"{SDMX}.data+csv",
        "1.0.0",
        "csvdata",
        lambda chunks, file, message: sdmx_data.write_sdmx_csv(chunks, file, message.layout, "1.0.0"),
    ),
    Format(
        "3.0",
        f"{SDMX}.data+json",
        "2.0.0",
        "jsondata",
        lambda chunks, file, message: sdmx_data.write_sdmx_json(
            chunks, file, message.prepared, message.language, message.layout
        ),
    ),
    Format(
        "3.0",
        f"{SDMX}.data+xml",
        "3.0.0",
        "structurespecificdata",
        lambda chunks, file, message: sdmx_ml.write_structure_specific_3_0(
            chunks, file, message.prepared, message.layout
        ),
    ),
    Format(
        "3.0",
        f"{SDMX}.data+csv",
        "2.0.0",
        "csvdata",
        lambda chunks, file, message: sdmx_data.write_sdmx_csv(chunks, file, message.layout, "2.0.0"),
    ),
)
"""The formats of data. The first of an API is its default."""
STRUCTURES = (
    Format(
        "2.1",
        f"{SDMX}.structure+xml",
        "2.1",
        "structure",
        lambda wanted, file, message: sdmx_structure.write_structure_xml(file, message.prepared, wanted, "2.1"),
    ),
    Format(
        "3.0",
        f"{SDMX}.structure+json",
        "2.0.0",
        "jsonstructure",
        lambda wanted, file, message: sdmx_structure.write_structure_json(
            file, message.prepared, message.language, wanted
        ),
    ),
    Format(
        "3.0",
        f"{SDMX}.structure+xml",
        "3.0.0",
        "structure",
        lambda wanted, file, message: sdmx_structure.write_structure_xml(file, message.prepared, wanted, "3.0"),
    ),
)
"""The formats of structures, likewise."""


def choose(formats: Sequence[Format], api: Api, accepted: MIMEAccept, name: str, version: str) -> Format:
    """Return the format that a client gets.

    Args:
        formats: those that there are.
        api: that is asked; of several formats that would do, its own come first.
        accepted: the header Accept, the best first.
        name: the parameter `format`, which counts before the header: xml, json, csv, or the name of a format; "" if it
            is not given.
        version: the parameter `formatVersion`, "" if it is not given.

    Raises:
        SdmxError: there is none that the client takes.
    """
    ordered = sorted(formats, key=lambda one: one.api != api)
    if name:
        found = [one for one in ordered if name in (one.name, one.notation) and version in ("", one.version)]
    else:
        wanted = [media_type for media_type, quality in accepted if quality > 0] if accepted else ["*/*"]
        found = [one for media_type in wanted for one in ordered if _fits(one, media_type)]
    if found:
        return found[0]
    message = tk._("There are these formats alone: {formats}. Name one in Accept, or by the parameter format: {names}.")
    there = ", ".join(one.content_type for one in ordered)
    names = ", ".join(dict.fromkeys(one.name for one in ordered))
    raise SdmxError(NOT_ACCEPTABLE, message.format(formats=there, names=names))


def notation_of_errors(api: Api, accepted: MIMEAccept, name: str) -> feed.Notation:
    """Return in which notation errors are told to a client; see `choose`."""
    wanted = name or next((media_type for media_type, quality in accepted if quality > 0), "")
    if "xml" in wanted or name in ("genericdata", "structurespecificdata", "structure"):
        return "xml"
    return "json" if "json" in wanted or "csv" in wanted else OF_ERRORS[api]


def _fits(one: Format, wanted: str) -> bool:
    media_type, parameters = parse_options_header(wanted)
    if media_type in NOTATIONS:
        return one.notation in NOTATIONS[media_type]
    # A version may say with + that later ones are welcome, too.
    version = parameters.get("version", one.version).replace("+", "")
    plain = all(parameters.get(name, value) == value for name, value in ONLY.items())
    return media_type == one.media_type and version == one.version and plain
