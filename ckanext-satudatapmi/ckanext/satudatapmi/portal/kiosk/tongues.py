"""The languages of the kiosk: Indonesian and English, and those of regions, which fall back to Indonesian."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from types import MappingProxyType

from markupsafe import Markup, escape

from ckanext.satudatapmi.schemas import vocabularies

Words = Mapping[str, str]
"""A text by language: `id`, and `en` where there is one."""
INDONESIAN, ENGLISH = "id", "en"
FOLDER = "kiosk/tongues"


@dataclass(frozen=True)
class Tongue:
    """A language in which the kiosk speaks.

    Attributes:
        code: of BCP 47.
        name: in itself.
        provinces: codes of those where it is offered first.
        is_reviewed: whether speakers have read its texts.
        texts: from the Indonesian text to its own; of Indonesian and English none, gettext has theirs.
    """

    code: str
    name: str
    provinces: tuple[str, ...] = ()
    is_reviewed: bool = True
    texts: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))

    @property
    def locale(self) -> str:
        """Return the language of gettext that stands behind it, and speaks where it has no text."""
        return ENGLISH if self.code == ENGLISH else INDONESIAN

    @property
    def is_of_region(self) -> bool:
        """Tell whether what it lacks is shown in Indonesian."""
        return self.code not in (INDONESIAN, ENGLISH)

    def plain(self, text: str) -> str:
        """Return an Indonesian or English text of the interface as this language says it.

        Args:
            text: in the language of `locale`, as gettext gives it.
        """
        return self.texts.get(text, text)

    def said(self, text: str) -> Markup:
        """Return a text of the interface for a page; what is shown in Indonesian instead says so (WCAG 3.1.2)."""
        return self._marked(self.plain(text), not self.is_of_region or text in self.texts)

    def told(self, words: Words) -> Markup:
        """Return a text of the content for a page, in Indonesian where this language has none."""
        if self.code in words:
            return escape(words[self.code])
        text = words.get(self.locale) or words[INDONESIAN]
        if self.locale not in words:
            return Markup('<span lang="{}">{}</span>').format(INDONESIAN, text)
        return self.said(text)

    def _marked(self, text: str, is_its_own: bool) -> Markup:
        return escape(text) if is_its_own else Markup('<span lang="{}">{}</span>').format(INDONESIAN, text)


@cache
def tongues() -> Mapping[str, Tongue]:
    """Return all languages by code: Indonesian, English, then those of `schemas/kiosk/tongues`."""
    found = [Tongue(INDONESIAN, "Bahasa Indonesia"), Tongue(ENGLISH, "English")]
    for path in sorted((vocabularies.HERE / FOLDER).glob("*.yaml")):
        said = vocabularies.read_yaml(f"{FOLDER}/{path.name}")
        found.append(
            Tongue(said["code"], said["name"], tuple(said["provinces"]), bool(said["reviewed_by"]), said["texts"])
        )
    return MappingProxyType({one.code: one for one in found})
