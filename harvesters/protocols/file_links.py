"""Links to files on a page: an index page of bulletins, or the listing of a folder by Apache or nginx."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import PurePosixPath
from urllib.parse import unquote, urldefrag, urljoin, urlsplit

from ckanext.satudatapmi.reference.periode import Period, parse_period
from ckanext.satudatapmi.schemas.convert import clean_text
from ckanext.satudatapmi.tables.webtables import parsed

SAYS_NOTHING = frozenset(
    {"unduh", "download", "lihat", "klik", "klik di sini", "di sini", "disini", "here", "lampiran", "selengkapnya"}
)
SHORTENED = ("..>", "...", "…")
"""How listings of folders end the names that are too long for them."""
SORTING = re.compile(r"\?C=[A-Z][;&]O=[AD]")
"""How listings of folders link to themselves in another order."""
LONGEST_PERIOD = 7


@dataclass(frozen=True, order=True)
class Link:
    """A link: the address without fragment, and its text."""

    address: str
    text: str = ""

    @property
    def file_name(self) -> str:
        """The last part of the address, as people read it."""
        return clean_text(PurePosixPath(unquote(urlsplit(self.address).path)).name)

    @property
    def extension(self) -> str:
        """What the name of the file ends with, lower case, without the dot."""
        return PurePosixPath(self.file_name).suffix.lower().lstrip(".")

    def title(self, pattern: str) -> str:
        """Return a title: what the pattern finds in text or name, else the text if it says something, else the name."""
        for text in (self.text, self.file_name):
            found = re.search(pattern, text, re.IGNORECASE) if pattern else None
            if found:
                return clean_text(found[1] if found.re.groups and found[1] else found[0])
        kind = self.extension
        plain = re.sub(rf"\(?\b{re.escape(kind)}\b\)?", "", self.text, flags=re.IGNORECASE) if kind else self.text
        plain = plain.strip(" .:-–[]()")
        if len(plain) > 3 and plain.casefold() not in SAYS_NOTHING and not self.text.endswith(SHORTENED):
            return " ".join(self.text.split()) if self.text.casefold() != self.file_name.casefold() else self._name()
        return self._name()

    def _name(self) -> str:
        stem = PurePosixPath(self.file_name).stem or self.file_name
        return " ".join(re.sub(r"[_\-+.]+", " ", stem).split()) or self.address


def links_in(text: str, base: str) -> list[Link]:
    """Return the links of a page, each address once, in its order; those that only sort or go up are left out.

    Args:
        text: of the page.
        base: its address; the page may name another one for its links (`<base href>`).
    """
    page = parsed(text)
    if page is None:
        return []
    named = next((element.get("href") or "" for element in page.iter("base")), "")
    found: dict[str, Link] = {}
    for element in page.iter("a"):
        target = (element.get("href") or "").strip()
        if not target or target.startswith(("#", "javascript:", "mailto:")) or SORTING.fullmatch(target):
            continue
        try:
            address = urldefrag(urljoin(urljoin(base, named.strip()), target)).url
        except ValueError:
            continue
        if address.startswith(("http://", "https://")) and not base.startswith(address):
            words = " ".join(clean_text(str(element.text_content())).split()) or (element.get("title") or "")
            if not found.get(address) or not found[address].text:
                found[address] = Link(address, words)
    return list(found.values())


def period_in(text: str) -> Period | None:
    """Return the period that a title names, the longest words first: `Penempatan PMI Januari 2024` is January.

    >>> period_in("Data Penempatan PMI Januari - Maret 2024 (final)").end
    datetime.date(2024, 3, 31)
    >>> period_in("Buletin")
    """
    words = re.sub(r"[_,()\[\]]|(?<=[a-z])-(?=\d)|(?<=\d)-(?=[a-z])", " ", text.casefold()).split()
    for length in range(min(LONGEST_PERIOD, len(words)), 0, -1):
        for begin in range(len(words) - length + 1):
            period = parse_period(" ".join(words[begin : begin + length]))
            if period is not None:
                return period
    return None
