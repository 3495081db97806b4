"""What the lines above a table fix for all of it: the unit, the period, a place, a sex, a sector."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from ckanext.satudatapmi.reference.codelists import load
from ckanext.satudatapmi.reference.matchers import matcher
from ckanext.satudatapmi.reference.periode import Period, parse_period
from ckanext.satudatapmi.tables.proposals import Decision
from ckanext.satudatapmi.text import _

SCALES = {
    "ribu": 1000,
    "ribuan": 1000,
    "000": 1000,
    "juta": 10**6,
    "jutaan": 10**6,
    "miliar": 10**9,
    "milyar": 10**9,
}
SCALE_WORD = re.compile(r"\b(ribuan|ribu|jutaan|juta|miliar|milyar|000)\b", re.IGNORECASE)
BRACKETS = re.compile(r"[(\[]([^()\[\]]{1,40})[)\]]")
SAID_UNIT = re.compile(r"\b(?:satuan|unit)\s*[:=]\s*([^;,()]{1,40})", re.IGNORECASE)
FROM_THE_START = re.compile(r"(?:sejak|s\.?\s?/?d\.?|sampai|sampai dengan|hingga|kumulatif)\s*$", re.IGNORECASE)
PRINTED_ON = re.compile(r"(?:dicetak|cetak|diterbitkan|terbit|diunduh|diakses|diolah|edisi|no|nomor)\b", re.IGNORECASE)
SELECTION = re.compile(r"\b(ter(?:besar|banyak|tinggi|atas)|besar|top)\b", re.IGNORECASE)
NAME_BEFORE = frozenset({"asal", "dari", "di", "ke", "tujuan", "provinsi", "kabupaten", "kota", "kab", "negara"})
SUGGESTED_UNITS = (("pengaduan", "pengaduan"), ("remitansi", "juta US$"), ("perusahaan", "perusahaan"))
PEOPLE = re.compile(r"\b(pekerja|pmi|tki|penempatan|warga|wni|orang)\b", re.IGNORECASE)
MAX_WORDS = 7
FIXED = (("jenis_kelamin", "jenis_kelamin", {}), ("sektor", "sektor", {}))
PLACES = (
    ("kabupaten_kota", "wilayah", {"level": "kabupaten_kota"}),
    ("provinsi", "wilayah", {"level": "provinsi"}),
    ("negara", "negara", {}),
)


@dataclass(frozen=True)
class Unit:
    """A unit as titles name it: text of the unit, what printed figures are multiplied by, and how sure that is."""

    satuan: str | None
    scale: Decimal
    decisions: tuple[Decision, ...]

    @property
    def integer(self) -> bool:
        """Say whether things of this unit are counted."""
        code = load("satuan").match(self.satuan).code if self.satuan else None
        entry = load("satuan").get(code) if code else None
        return entry is not None and entry.extra["tipe"] == "integer"


def guess_unit(lines: Sequence[str]) -> Unit:
    """Return the unit that titles or headings name, with its scale."""
    found = list(dict.fromkeys(unit for line in lines for text in _unit_texts(line) if (unit := _unit(text))))
    if len(found) > 1:
        names = ", ".join(name for name, _scale in found)
        why = _("several units are named: {names}", names=names)
        return Unit(found[0][0], found[0][1], (Decision("satuan", found[0][0], 0.4, why),))
    if found:
        return _named_unit(found[0], lines)
    text = " ".join(lines)
    suggested = next((unit for word, unit in SUGGESTED_UNITS if word in text.casefold()), None)
    suggested = suggested or ("orang" if PEOPLE.search(text) else None)
    decisions = [Decision("satuan", suggested, 0.7 if suggested else 0.2, _("no title names the unit"))]
    if SCALE_WORD.search(text):
        decisions.append(Decision("scale", 1, 0.4, _("a title speaks of thousands or millions")))
    return Unit(suggested, Decimal(1), tuple(decisions))


def _named_unit(found: tuple[str, Decimal], lines: Sequence[str]) -> Unit:
    satuan, scale = found
    rest = " ".join(lines)
    for text in (text for line in lines for text in _unit_texts(line)):
        rest = rest.replace(text, " ")
    decisions = [Decision("satuan", satuan, 0.97, _("a title names the unit"))]
    if scale != 1:
        decisions.append(Decision("scale", int(scale), 0.95, _("the title says in what the figures are counted")))
    elif SCALE_WORD.search(rest):
        decisions.append(Decision("scale", 1, 0.4, _("a title speaks of thousands or millions")))
    return Unit(satuan, scale, tuple(decisions))


def _unit_texts(line: str) -> Iterator[str]:
    for pattern in (BRACKETS, SAID_UNIT):
        yield from (found[1] for found in pattern.finditer(line))
    if found := re.search(r"\bdalam\s+([a-z$ .]{3,30})$", line, re.IGNORECASE):
        yield found[1]


def _unit(text: str) -> tuple[str, Decimal] | None:
    """Return unit and scale of a text such as `dalam ribu orang`, or None if it names no unit."""
    plain = re.sub(r"^(?:dalam|satuan|unit)\s*:?\s*", "", text.strip(), flags=re.IGNORECASE)
    if load("satuan").match(plain).found:
        return plain, Decimal(1)
    first, _space, rest = plain.partition(" ")
    if first.casefold() in SCALES and load("satuan").match(rest).found:
        return rest, Decimal(SCALES[first.casefold()])
    return None


@dataclass(frozen=True)
class Named:
    """A period in a line: the words, what they mean, and what stands before them."""

    text: str
    period: Period
    before: str


def periods_in(line: str) -> Iterator[Named]:
    """Yield the periods that a line names, the longest at each place; only those that name their year."""
    words = re.sub(r"[(),;:]", " ", line).split()
    start = 0
    while start < len(words):
        for length in range(min(MAX_WORDS, len(words) - start), 0, -1):
            text = " ".join(words[start : start + length]).strip(".")
            if re.search(r"(?:19|20)\d\d", text) and (period := parse_period(text)):
                yield Named(text, period, " ".join(words[:start]))
                start += length - 1
                break
        start += 1


def guess_period(lines: Sequence[str], *, year_only: bool) -> Decision:
    """Return the period that titles fix.

    Args:
        lines: titles, from top to bottom.
        year_only: whether months or quarters stand in the table, so that only their year is looked for.
    """
    named = [one for line in lines for one in periods_in(line)]
    distinct = list({(one.period.start, one.period.end): one for one in named}.values())
    key = "constants.tahun" if year_only else "constants.periode"
    if not distinct:
        return Decision(key, None, 0.2, _("nothing says which period the figures are of"))
    first = distinct[0]
    text = re.sub(r"^(?:tahun|periode|per|akhir)\s+", "", first.text, flags=re.IGNORECASE)
    key = "constants.tahun" if re.fullmatch(r"\d{4}", text) else key
    if len(distinct) > 1:
        shown = ", ".join(one.text for one in distinct)
        return Decision(key, text, 0.4, _("titles name several periods: {periods}", periods=shown))
    doubtful = FROM_THE_START.search(first.before) or PRINTED_ON.search(first.before.rpartition(" ")[2])
    if doubtful or (year_only and key != "constants.tahun"):
        return Decision(key, text, 0.5, _("the title does not say clearly which period is meant: {text}", text=text))
    if first.period.start.year != first.period.end.year:
        return Decision(key, text, 0.6, _("one figure over several years: {text}", text=text))
    return Decision(key, text, 0.95, _("a title names one period: {text}", text=text))


def guess_fixed(lines: Sequence[str], taken: frozenset[str]) -> Iterator[Decision]:
    """Yield what titles fix besides the period; a person always confirms it.

    Args:
        lines: titles.
        taken: fields that the table has itself.
    """
    seen = set(taken)
    for line in lines:
        for name, text in _fixed_names(line):
            if name not in seen:
                seen.add(name)
                why = _("the title speaks of {text} only, it seems", text=text)
                yield Decision(f"constants.{name}", text, 0.8, why)


def _fixed_names(line: str) -> Iterator[tuple[str, str]]:
    words = re.sub(r"[(),;:.\"]", " ", line).split()
    for start, word in enumerate(words):
        for name, codes, options in FIXED:
            if len(word) > 2 and _matches(codes, options, word):
                yield name, word
        if start and words[start - 1].casefold() in NAME_BEFORE:
            yield from _place(words, start)


def _place(words: Sequence[str], start: int) -> Iterator[tuple[str, str]]:
    """Yield the place whose name begins at a word; with `Kabupaten` or `Kota` before it, if it has that."""
    kind = words[start - 1] if words[start - 1].casefold() in ("kabupaten", "kota", "kab") else ""
    for length in range(min(4, len(words) - start), 0, -1):
        text = " ".join(words[start : start + length])
        if text.casefold() == "indonesia":
            return
        for name, codes, options in PLACES:
            full = f"{kind} {text}".strip() if name == "kabupaten_kota" else text
            if _matches(codes, options, full):
                yield name, full
                return


def _matches(codes: str, options: Mapping[str, str], text: str) -> bool:
    return matcher(codes, options)(text).found


def is_selection(lines: Sequence[str]) -> bool:
    """Say whether titles speak of the largest few only, so that parts do not add up to a total."""
    return any(SELECTION.search(line) for line in lines)
