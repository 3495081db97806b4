"""The columns of a table as MS-Var describes them: names, meaning, types, and the rules that a machine checks.

A resource carries a list of MS-Var documents in the shape of INDAH, one a column (`ms_var`). What is understood of
`aturan_validasi`, whatever the case of its letters; every other rule stays as text for people:

    HARUS TERISI     no cell is empty
    UNIK             no value stands twice
    KUNCI            together with the other columns that say so, tells one row from all others
    MINIMAL 0        no number or date (2024-01-31) below it
    MAKSIMAL 100     none above it
    POLA [A-Z]{3}    the whole text fits the regular expression
    KODE wilayah     values are codes of a list under /kode, or _T (total), _O (other), _U (unknown)
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from ckanext.satudatapmi.schemas import form, shapes
from ckanext.satudatapmi.schemas.shapes import Reading
from ckanext.satudatapmi.text import _

FORM = "ms_var"
CHARACTER, INTEGER, FLOAT, DATE, BOOLEAN = "CHARACTER", "INTEGER", "FLOAT", "DATE", "BOOLEAN"
MAX_PATTERN = 200
MAX_REPEATS, MAX_OPTIONAL = 3, 8
_PHRASE = re.compile(
    r"(?:(?P<flag>harus terisi|unik|kunci)|(?P<limit>minimal|maksimal) (?P<bound>[-+]?\d[\d.,-]*)"
    r"|pola (?P<pattern>.+)|kode (?P<codes>[a-z_0-9]+))",
    re.IGNORECASE | re.DOTALL,
)
_THOUSANDS = re.compile(r"[-+]?\d{1,3}(\.\d{3})+")


@dataclass(frozen=True)
class Rules:
    """What aturan_validasi says; minimum and maximum as written, `texts` what no machine checks."""

    required: bool = False
    unique: bool = False
    key: bool = False
    minimum: str | None = None
    maximum: str | None = None
    pattern: str | None = None
    codes: str | None = None
    texts: tuple[str, ...] = ()


@dataclass(frozen=True)
class Variable:
    """A column.

    Attributes:
        name: heading of the column: alias, else nama.
        title: nama.
        definition: definisi, "" if not given.
        kind: CHARACTER, INTEGER, FLOAT, DATE or BOOLEAN.
        unit: satuan, "" if not given.
        concept: konsep.
        domain: code and meaning of each value that may stand; () if all may.
        rules: aturan_validasi.
    """

    name: str
    title: str
    definition: str = ""
    kind: str = CHARACTER
    unit: str = ""
    concept: tuple[str, ...] = ()
    domain: tuple[tuple[str, str], ...] = ()
    rules: Rules = field(default_factory=Rules)


@dataclass(frozen=True)
class Codes:
    """The codes of a list; in one that is not complete, a code that is not there may be right all the same."""

    name: str
    codes: tuple[str, ...]
    complete: bool


Lists = Mapping[str, Codes]


def read(document: Mapping[str, Any]) -> Reading:
    """Return the answers of a MS-Var document in the shape of INDAH."""
    return shapes.read(form.load(FORM), shapes.INDAH, document)


def variable(document: Mapping[str, Any]) -> Variable:
    """Return the column that a MS-Var document in the shape of INDAH describes; never raises."""
    answers = read(document).answers
    title = answers.get("nama") or ""
    return Variable(
        name=answers.get("alias") or title,
        title=title,
        definition=answers.get("definisi") or "",
        kind=answers.get("tipe_data") or CHARACTER,
        unit=answers.get("satuan") or "",
        concept=tuple(answers.get("konsep") or ()),
        domain=tuple(
            (row["kode"], row.get("nilai") or "") for row in answers.get("value_domain") or () if row.get("kode")
        ),
        rules=rules(answers.get("aturan_validasi") or ()),
    )


def rules(texts: Sequence[str]) -> Rules:
    """Return what validation rules say.

    >>> found = rules(["Harus terisi", "MINIMAL 0", "Tidak melebihi penduduk"])
    >>> found.required, found.minimum, found.texts
    (True, '0', ('Tidak melebihi penduduk',))
    """
    found: dict[str, Any] = {}
    others = []
    flags = {"harus terisi": "required", "unik": "unique", "kunci": "key"}
    for text in texts:
        match = _PHRASE.fullmatch(" ".join(text.split()))
        if match is None:
            others.append(text)
        elif match["flag"]:
            found[flags[match["flag"].lower()]] = True
        elif match["limit"]:
            found["minimum" if match["limit"].lower() == "minimal" else "maximum"] = match["bound"]
        elif match["pattern"]:
            found["pattern"] = match["pattern"]
        else:
            found["codes"] = match["codes"].lower()
    return Rules(**found, texts=tuple(others))


def bound(kind: str, text: str) -> int | float | str | None:
    """Return a limit as a column of this kind compares it: a number, or a date in ISO 8601; None if it is none.

    >>> bound(INTEGER, "10"), bound(FLOAT, "0.5"), bound(DATE, "2024-01-31"), bound(INTEGER, "1.000")
    (10, 0.5, '2024-01-31', None)
    """
    if kind == INTEGER and re.fullmatch(r"[-+]?\d{1,18}", text):
        return int(text)
    if kind == FLOAT and re.fullmatch(r"[-+]?\d{1,18}(\.\d{1,18})?", text) and not _THOUSANDS.fullmatch(text):
        return float(text)
    try:
        return date.fromisoformat(text).isoformat() if kind == DATE else None
    except ValueError:
        return None


def faults(one: Variable, lists: Collection[str]) -> Iterator[tuple[str, str]]:
    """Yield what is wrong with domain and rules of a column: key of the question, and words that say what to write.

    Args:
        one: the column.
        lists: names of the published code lists.
    """
    for text in (one.rules.minimum, one.rules.maximum):
        if text is not None and bound(one.kind, text) is None:
            yield "aturan_validasi", _limit_words(one.kind, text)
    if one.rules.pattern is not None and (words := pattern_fault(one)):
        yield "aturan_validasi", words
    if one.rules.codes and one.kind != CHARACTER:
        yield "aturan_validasi", _("KODE is for texts, not for the type {kind}: codes may begin with 0.", kind=one.kind)
    if one.rules.codes and one.rules.codes not in lists:
        yield (
            "aturan_validasi",
            _(
                "There is no code list {list}. Expected one of: {lists}.",
                list=one.rules.codes,
                lists=", ".join(sorted(lists)),
            ),
        )
    for code, _meaning in one.domain:
        if one.kind in (INTEGER, FLOAT, DATE) and bound(one.kind, code) is None:
            yield (
                "value_domain",
                _(
                    "The code {code} is no value of the type {kind}. Mend the code or the type.",
                    code=code,
                    kind=one.kind,
                ),
            )


def _limit_words(kind: str, text: str) -> str:
    if kind not in (INTEGER, FLOAT, DATE):
        return _("MINIMAL and MAKSIMAL are for numbers and dates, not for the type {kind}.", kind=kind)
    expected = {INTEGER: "1000", FLOAT: "1000.5", DATE: "2024-01-31"}[kind]
    return _(
        "{text} is no limit for the type {kind}. Write one such as {expected}.", text=text, kind=kind, expected=expected
    )


def pattern_fault(one: Variable) -> str:
    """Return why a pattern cannot be used, "" if it can.

    A pattern is checked on every cell of files that others upload, so one that could take ages is refused: Python's
    matching tries every way of dividing a text among its repetitions.
    """
    pattern = one.rules.pattern or ""
    if one.kind != CHARACTER:
        return _("POLA is for texts, not for the type {kind}.", kind=one.kind)
    try:
        re.compile(pattern)
    except (re.error, OverflowError, RecursionError) as error:
        return _("{pattern} is no regular expression: {error}.", pattern=pattern, error=error)
    repeats = re.findall(r"[*+]|\{\d*,\d*\}", pattern)
    slow = (
        len(pattern) > MAX_PATTERN
        or len(repeats) > MAX_REPEATS
        or pattern.count("?") > MAX_OPTIONAL
        or re.search(r"\)[*+{]", pattern) is not None
    )
    return _("{pattern} could take too long. Repeat no group, and use fewer of * + ?.", pattern=pattern) if slow else ""
