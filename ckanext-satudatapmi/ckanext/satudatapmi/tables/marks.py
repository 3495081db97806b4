"""Footnote marks, as printed behind a figure, a name or a heading: `274.965 1)`, `142*)`, `Tahun 2023 \u00b2\u207e`."""

from __future__ import annotations

import re

SUPERSCRIPTS = str.maketrans("\u2070\u00b9\u00b2\u00b3\u2074\u2075\u2076\u2077\u2078\u2079\u207e", "0123456789)")
RAISED = "[\u2070\u00b9\u00b2\u00b3\u2074-\u2079]"
# A letter or number before a bracket is a mark only after a space: "Uni Emirat Arab (UEA)" and "(2023)" bear none.
TRAILING = re.compile(rf"(?:(?:\*+\)?|{RAISED}+[\u207e)]?)|(?<=\s)(?:\d{{1,2}}|[a-z])\))[\s,;]*$")
AFTER_FIGURE = re.compile(r"(?<=\d)[a-z]\)[\s,;]*$")
LEADING = re.compile(rf"^\s*(\*+\)?|{RAISED}+[\u207e)]?|(?:\d{{1,2}}|[a-z])\))\s*(?=\S)")


def split_marks(text: str) -> tuple[str, tuple[str, ...]]:
    """Return a text without its footnote marks, and the marks, each without its bracket.

    >>> split_marks("274.965 1) *)")
    ('274.965', ('1', '*'))
    """
    marks: list[str] = []
    while found := TRAILING.search(text) or AFTER_FIGURE.search(text):
        marks.insert(0, plain_mark(found.group()))
        text = text[: found.start()].rstrip(" ,;")
    return text.strip(), tuple(marks)


def plain_mark(mark: str) -> str:
    """Return a mark as descriptions write it: no bracket, no raised digits."""
    return mark.translate(SUPERSCRIPTS).strip(" ,;)")


def footnote(line: str) -> tuple[str, str] | None:
    """Return mark and text of a footnote line, or None for a line that is none."""
    found = LEADING.match(line)
    return (plain_mark(found[1]), line[found.end() :].strip()) if found else None
