"""Reads XML of partners: no entities, no DTD, nothing from the network, limits on depth and size, errors in words.

A catalogue that says it is UTF-8 and holds bytes of Windows-1252, as partners' do, is read as it is meant.
"""

from __future__ import annotations

import codecs
import io
import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any, BinaryIO

from lxml import etree  # pyright: ignore[reportAttributeAccessIssue] (it is compiled and has no types)

from ckanext.satudatapmi.text import _

PIECE = 65_536
HEAD = 1024
DECLARED = re.compile(rb"""^\s*<\?xml[^>]*\bencoding\s*=\s*["']([A-Za-z0-9._-]+)["']""")
UTF8_NAMES = frozenset({"utf-8", "utf8", "us-ascii", "ascii"})
UTF16_MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE, b"\x00<", b"<\x00")
REPAIR = "satudatapmi_windows_1252"


@dataclass(frozen=True)
class XmlLimits:
    """Limits of a document: bytes, and elements inside one another."""

    max_bytes: int = 200 * 1024 * 1024
    max_depth: int = 100


class XmlError(ValueError):
    """A document that is not taken; the message says what was found, where, and what to do."""


def parse(content: bytes, name: str, limits: XmlLimits | None = None) -> Any:
    """Return the root element of a document.

    Args:
        content: the document.
        name: of it, for errors; its address.
        limits: on size and depth.

    Raises:
        XmlError: it is not well-formed, too large or too deep, or declares entities.
    """
    limits = limits or XmlLimits()
    if len(content) > limits.max_bytes:
        raise _too_large(name, limits)
    file = _Sound(io.BytesIO(content), name, limits)
    try:
        root = etree.fromstring(file.read(), etree.XMLParser(encoding=file.encoding, **_safe()))
    except etree.XMLSyntaxError as error:
        raise _not_well_formed(name, error) from error
    _check(root, name, limits)
    return root


def as_meant(content: bytes) -> bytes:
    """Return a text as `parse` reads it, for parsers of others: without byte order mark, Windows-1252 mended."""
    sound = _Sound(io.BytesIO(content), "", XmlLimits(max_bytes=len(content)))
    return sound.read().removeprefix(codecs.BOM_UTF8)


def elements(file: BinaryIO, tags: Collection[str], name: str, limits: XmlLimits | None = None) -> Iterator[Any]:
    """Yield the elements of some names, one after the other, in memory only while it is their turn.

    Args:
        file: the document.
        tags: names of the elements, "{namespace}name".
        name: of the document, for errors; its address.
        limits: on size and depth.

    Raises:
        XmlError: as `parse` does; what comes before the fault is yielded.
    """
    limits = limits or XmlLimits()
    sound: Any = _Sound(file, name, limits)
    try:
        for _event, element in etree.iterparse(sound, tag=tuple(tags), encoding=sound.encoding, **_safe()):
            _check(element, name, limits)
            yield element
            _forget(element)
    except etree.XMLSyntaxError as error:
        raise _not_well_formed(name, error) from error


def _safe() -> dict[str, Any]:
    return {"resolve_entities": False, "load_dtd": False, "no_network": True, "huge_tree": False, "remove_pis": True}


def _check(element: Any, name: str, limits: XmlLimits) -> None:
    declared = element.getroottree().docinfo.internalDTD
    is_declared = declared is not None and next(declared.iterentities(), None) is not None
    if is_declared or next(element.iter(etree.Entity), None) is not None:
        raise _has_entities(name)
    above = sum(1 for _ancestor in element.iterancestors())
    if _deeper_than(max(1, limits.max_depth - above))(element):
        raise XmlError(
            _(
                "{name}, line {line}: more than {depth} elements stand inside one another, which no catalogue needs. "
                "Ask the partner what the file is.",
                name=name,
                line=element.sourceline,
                depth=limits.max_depth,
            )
        )


def _forget(element: Any) -> None:
    """Free the memory of an element and of all before it."""
    element.clear()
    parent = element.getparent()
    while parent is not None and element.getprevious() is not None:
        del parent[0]


@cache
def _deeper_than(levels: int) -> Any:
    """Return what tells whether an element has others in it, so many levels below."""
    return etree.XPath("boolean(." + "/*" * levels + ")")


def _has_entities(name: str) -> XmlError:
    return XmlError(
        _(
            "{name} has entities of its own (<!ENTITY ...>), which can do harm and are not read. Ask the partner to "
            "send the file without them.",
            name=name,
        )
    )


def _too_large(name: str, limits: XmlLimits) -> XmlError:
    size = limits.max_bytes // (1024 * 1024)
    words = _(
        "{name} holds more than {limit} MB of XML, the limit. Ask the partner to split the file.", name=name, limit=size
    )
    return XmlError(words)


def _not_well_formed(name: str, error: Any) -> XmlError:
    line, column = error.position
    return XmlError(
        _(
            "{name}, line {line}, column {column}: this is not well-formed XML ({reason}). Ask the partner to mend it.",
            name=name,
            line=line,
            column=column,
            reason=str(error.msg).split(", line ")[0],
        )
    )


class _Sound:
    """A document as it is meant: bytes that are no UTF-8, though the document says so, are read as Windows-1252.

    Attributes:
        encoding: what is to be told to the parser; None leaves it to the document.
    """

    def __init__(self, file: BinaryIO, name: str, limits: XmlLimits) -> None:
        self._file, self._name, self._limits = file, name, limits
        self._head = file.read(HEAD)
        self._size = 0
        declared = DECLARED.match(self._head.removeprefix(codecs.BOM_UTF8))
        says_utf8 = declared.group(1).decode().lower() in UTF8_NAMES if declared else True
        self.encoding = "utf-8" if says_utf8 and not self._head.startswith(UTF16_MARKS) else None
        self._decoder = codecs.getincrementaldecoder("utf-8")(REPAIR)

    def read(self, size: int = -1) -> bytes:
        """Return the next bytes, about as many as asked for; b"" at the end."""
        while True:
            raw = self._head + self._file.read(size)
            self._head = b""
            self._size += len(raw)
            if self._size > self._limits.max_bytes:
                raise _too_large(self._name, self._limits)
            if self.encoding is None:
                return raw
            text = self._decoder.decode(raw, final=not raw or size < 0)
            if text or not raw:
                return text.encode()


def _windows_1252(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeDecodeError):
        raise error
    return error.object[error.start : error.end].decode("windows-1252", "replace"), error.end


codecs.register_error(REPAIR, _windows_1252)
