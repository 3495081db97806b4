"""What the kiosk reads aloud: clips that espeak-ng speaks and opusenc packs while an edition is made."""

from __future__ import annotations

import hashlib
import re
import shutil
import subprocess
from collections.abc import Sequence

from lxml import html

VOICES = {"id": "id", "en": "en-gb"}
"""Voices of espeak-ng by language; other languages have none, and are not read by that of another."""
WORDS_A_MINUTE = 140
BITRATE_KB = 20
SECONDS = 60
MEDIA_TYPE = "audio/ogg"
PROGRAMS = ("espeak-ng", "opusenc")
UNSPOKEN = "unspoken"
"""Class of what is seen and not read."""
LINES = ("h1", "h2", "h3", "p", "li", "summary", "label")
BLOCKS = ("ul", "div", "svg")
THOUSANDS = re.compile(r"(?<=\d)[.,](?=\d{3}(?!\d))")


class SpeechAway(Exception):
    """Nothing can be read aloud here: a program is missing, or failed."""


def is_possible(language: str) -> bool:
    """Tell whether this machine speaks a language."""
    return language in VOICES and all(shutil.which(program) for program in PROGRAMS)


def text_of(page: str) -> str:
    """Return what is read of a page: the lines of its main part that are seen without opening anything.

    Args:
        page: HTML.
    """
    (main,) = html.fromstring(page).iter("main")
    lines = [_line(one) for one in main.iter(*LINES) if not _is_unspoken(one)]
    return "\n".join(line if line[-1] in ".!?:" else f"{line}." for line in lines if line)


def name_of(text: str, language: str) -> str:
    """Return by what the clip of a text is known: another text, voice or speed is another clip."""
    told = f"{VOICES[language]} {WORDS_A_MINUTE} {BITRATE_KB}\n{text}"
    return hashlib.sha256(told.encode()).hexdigest()[:32]


def clip(text: str, language: str) -> bytes:
    """Return a text as Ogg Opus (RFC 7845).

    Raises:
        SpeechAway: it cannot be spoken here.
    """
    spoken = THOUSANDS.sub("", text)
    speak = ["espeak-ng", "-v", VOICES[language], "-s", str(WORDS_A_MINUTE), "--stdin", "--stdout"]
    # The serial number of a stream is random otherwise, and the same text another file each time.
    pack = ["opusenc", "--quiet", "--bitrate", str(BITRATE_KB), "--serial", "1", "-", "-"]
    return _run(pack, _run(speak, spoken.encode()))


def _run(command: list[str], content: bytes) -> bytes:
    try:
        done = subprocess.run(command, input=content, capture_output=True, timeout=SECONDS, check=True)
    except (OSError, subprocess.SubprocessError) as error:
        raise SpeechAway(command[0]) from error
    return done.stdout


def _line(element: html.HtmlElement) -> str:
    """Return the text of an element without that of lines within it, which are read by themselves."""
    parts = [element.text or ""]
    for child in element:
        if child.tag not in (*LINES, *BLOCKS) and not _is_unspoken(child):
            parts.append(_line(child))
        parts.append(child.tail or "")
    return " ".join(" ".join(parts).split())


def _is_unspoken(element: html.HtmlElement) -> bool:
    around = (element, *element.iterancestors())
    return _is_folded(around) or any(UNSPOKEN in (one.get("class") or "").split() for one in around)


def _is_folded(around: Sequence[html.HtmlElement]) -> bool:
    """Tell whether something has to be opened before an element is seen; the title of what is opened is seen.

    Args:
        around: the element and all that it stands in.
    """
    titled = next((one.getparent() for one in around if one.tag == "summary"), None)
    return any(one.tag == "details" and one.get("open") is None and one is not titled for one in around)
