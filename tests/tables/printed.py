"""Tables laid out at random, as agencies print them, each with the plain list of the figures that stand in it."""

from __future__ import annotations

import csv
import random
from dataclasses import dataclass, field
from io import StringIO
from typing import Any

from building import workbook

COUNTRIES = (
    "Malaysia", "Taiwan", "Hong Kong", "Singapura", "Arab Saudi", "Korea Selatan", "Jepang", "Brunei Darussalam",
    "Qatar", "Kuwait", "Italia", "Turki", "Polandia", "Oman", "Bahrain",
)  # fmt: skip
PROVINCES = (
    "Jawa Timur", "Jawa Tengah", "Jawa Barat", "Nusa Tenggara Barat", "Lampung", "Sumatera Utara", "Bali", "Banten",
    "DKI Jakarta", "Sumatera Selatan", "Sulawesi Selatan", "Kalimantan Barat",
)  # fmt: skip
MONTHS = ("Januari", "Februari", "Maret", "April", "Mei", "Juni")
SEXES, SECTORS = ("Laki-laki", "Perempuan"), ("Formal", "Informal")
FIELDS = {"negara": COUNTRIES, "provinsi": PROVINCES}
HEADINGS = {"negara": ("Negara Tujuan", "Negara", "NEGARA PENEMPATAN"), "provinsi": ("Provinsi", "Provinsi Asal")}
ACROSS: tuple[tuple[tuple[str, tuple[str, ...]], ...], ...] = (
    (),
    (("tahun", ("2021", "2022", "2023")),),
    (("tahun", ("2022", "2023", "2024", "2025")),),
    (("jenis_kelamin", SEXES),),
    (("sektor", SECTORS),),
    (("bulan", MONTHS),),
    (("tahun", ("2023", "2024")), ("jenis_kelamin", SEXES)),
    (("tahun", ("2022", "2023")), ("sektor", SECTORS)),
    (("sektor", SECTORS), ("jenis_kelamin", SEXES)),
)  # fmt: skip
TRAPS = (
    "none", "none", "none", "none", "none", "wrong total", "hidden column", "percent column", "second table",
    "thousands as fractions", "small figures", "no unit", "thousand persons", "total without its word", "two years",
    "names twice", "section rows", "a place in the title", "columns nobody knows", "marks without a bracket",
)  # fmt: skip


@dataclass(frozen=True)
class Printed:
    """A table file and the same figures as a plain CSV with the description that reads it."""

    name: str
    content: bytes
    plain: str
    description: dict[str, Any]
    about: str


@dataclass
class _Sheet:
    rows: list[list[Any]] = field(default_factory=list)
    merges: list[tuple[int, int, int, int]] = field(default_factory=list)


class Layout:
    """One layout, drawn from a source of chance."""

    def __init__(self, chance: random.Random, trap: str | None = None) -> None:
        self.chance = chance
        self.trap = trap or chance.choice(TRAPS)
        self.kind = chance.choice(("csv", "xlsx"))
        self.key = chance.choice(tuple(FIELDS))
        self.names = chance.sample(FIELDS[self.key], chance.randint(3, 9))
        self.across = chance.choice(ACROSS)
        self.style = chance.choice(("id", "en", "plain", "typed" if self.kind == "xlsx" else "id", "id"))
        self.scale = 1000 if self.trap == "thousand persons" else 1
        self.marked = chance.random() < 0.3
        self.numbered = chance.random() < 0.5
        self.year = chance.choice(("2022", "2023", "2024"))
        self.total_row = chance.choice(("JUMLAH", "Total", "Jumlah", "Grand Total", None))
        self.total_first = chance.random() < 0.2
        self.total_column = bool(self.across) and chance.random() < 0.5
        top = 2099 if self.trap == "small figures" else chance.choice((900, 9000, 250_000))
        self.figures = [
            [chance.randint(1900 if self.trap == "small figures" else 0, top) for _cell in self._columns()]
            for _name in self.names
        ]
        if self.trap == "names twice":
            self.names[-1] = self.names[0]

    def _columns(self) -> list[tuple[str, ...]]:
        columns: list[tuple[str, ...]] = [()]
        for _name, values in self.across:
            columns = [(*column, value) for column in columns for value in values]
        return columns

    def printed(self) -> Printed:
        sheet = _Sheet()
        titles = self._titles()
        for title in titles:
            sheet.rows.append([title])
        if self.chance.random() < 0.6:
            sheet.rows.append([])
        self._head(sheet)
        self._body(sheet)
        self._notes(sheet)
        self._spoil(sheet)
        name = f"tabel.{self.kind}"
        return Printed(name, self._bytes(sheet), self._plain(), self._description(), f"{self.trap}, {sheet.rows}")

    def _titles(self) -> list[str]:
        unit = {"no unit": "", "thousand persons": " (ribu orang)"}.get(self.trap, " (orang)")
        by = "negara tujuan" if self.key == "negara" else "provinsi asal"
        timed = any(name == "tahun" for name, _values in self.across)
        year = "" if timed else self.chance.choice((f", Tahun {self.year}", f" {self.year}", f", {self.year}"))
        place = " ke Jepang" if self.trap == "a place in the title" and self.key == "provinsi" else ""
        titles = [
            f"Tabel {self.chance.randint(1, 30)}. Penempatan Pekerja Migran Indonesia{place} menurut {by}{year}{unit}"
        ]
        if self.chance.random() < 0.4:
            titles.append("Badan Pelindungan Pekerja Migran Indonesia")
        if self.trap == "two years":
            titles.append("Buletin 2019 dan 2020")
        return titles

    def _before(self) -> list[str]:
        return (["No"] if self.numbered else []) + [self.chance.choice(HEADINGS[self.key])]

    def _figure_headings(self) -> list[list[str]]:
        """Return the levels of the headings of the columns of figures, from top to bottom."""
        columns = self._columns()
        if not self.across:
            return [["Jumlah"]]
        levels = [[column[depth] for column in columns] for depth in range(len(self.across))]
        if self.trap == "columns nobody knows":
            levels[-1] = [f"Kelompok {number}" for number in range(len(columns))]
        if self.total_column:
            word = self.chance.choice(("Jumlah", "Total"))
            levels = [[*levels[0], word], *([*level, ""] for level in levels[1:])]
        if self.marked:
            levels[-1][0] += self.chance.choice((" 1)", "¹⁾"))
        if self.chance.random() < 0.25:
            levels.insert(0, [self.chance.choice(("Jumlah PMI", "Penempatan"))] * len(levels[0]))
        return levels

    def _head(self, sheet: _Sheet) -> None:
        before, levels = self._before(), self._figure_headings()
        top, merged = len(sheet.rows), self.kind == "xlsx" and self.chance.random() < 0.7
        for depth, level in enumerate(levels):
            keys = (
                before if depth == (0 if merged else self.chance.choice((0, len(levels) - 1))) else [""] * len(before)
            )
            shown = [
                text if not place or level[place - 1] != text or depth == len(levels) - 1 else ""
                for place, text in enumerate(level)
            ]
            sheet.rows.append([*keys, *shown])
        if len({sheet.rows[top + depth][0] for depth in range(len(levels))} - {""}) == 0:
            sheet.rows[top][: len(before)] = before
        self.heading = [list(row) for row in sheet.rows[top:]]
        if merged:
            self._merge(sheet, top, len(before), levels)
        if self.chance.random() < 0.25:
            width = len(before) + len(levels[0])
            bare = self.chance.random() < 0.4
            sheet.rows.append([str(n + 1) if bare else f"({n + 1})" for n in range(width)])

    def _merge(self, sheet: _Sheet, top: int, keys: int, levels: list[list[str]]) -> None:
        bottom = top + len(levels) - 1
        if bottom > top:
            sheet.merges += [(top, column, bottom, column) for column in range(keys)]
        for depth, level in enumerate(levels[:-1]):
            start = 0
            while start < len(level):
                end = start
                while end + 1 < len(level) and level[end + 1] == level[start]:
                    end += 1
                below = [levels[row][start] for row in range(depth + 1, len(levels))]
                last = bottom if end == start and not any(below) else top + depth
                if level[start] and (end > start or last > top + depth):
                    sheet.merges.append((top + depth, keys + start, last, keys + end))
                start = end + 1

    def _rows(self) -> list[tuple[str, list[int | None]]]:
        rows: list[tuple[str, list[int | None]]] = []
        for name, figures in zip(self.names, self.figures, strict=True):
            rows.append((name, [*figures, *([sum(figures)] if self.total_column else [])]))
        if self.total_row:
            word = "Seluruh Indonesia" if self.trap == "total without its word" else self.total_row
            sums: list[int | None] = [
                sum(int(row[place] or 0) for _name, row in rows) for place in range(len(rows[0][1]))
            ]
            if self.trap == "wrong total":
                sums[-1] = int(sums[-1] or 0) + 7
            rows.insert(0 if self.total_first else len(rows), (word, sums))
        return rows

    def _body(self, sheet: _Sheet) -> None:
        again = self.chance.random() < 0.1
        for number, (name, figures) in enumerate(self._rows()):
            if again and number == 2:
                sheet.rows += [list(row) for row in self.heading]
            if self.trap == "section rows" and number in (0, 2):
                sheet.rows.append([*([""] if self.numbered else []), "ASIA" if number else "TIMUR TENGAH"])
            shown = [self._cell(figure) for figure in figures]
            if self.trap == "marks without a bracket" and number == 0:
                shown[0] = f"{shown[0]} 1"
            elif self.marked and number == 1 and isinstance(shown[0], str):
                shown[0] += self.chance.choice((" 1)", " *)", "*"))
            sheet.rows.append([*([number + 1] if self.numbered else []), name, *shown])

    def _cell(self, figure: int | None) -> Any:
        value = int(figure or 0)
        if self.trap == "thousands as fractions" and self.kind == "xlsx":
            return value / 1000
        if self.style == "typed":
            return value
        if value == 0:
            return "0"
        grouped = f"{value:,}"
        return {"id": grouped.replace(",", "."), "en": grouped}.get(self.style, str(value))

    def _notes(self, sheet: _Sheet) -> None:
        notes = []
        if self.marked:
            notes += ["1) Angka sementara", "*) Angka diperbaiki"]
        if self.chance.random() < 0.6:
            notes.append(f"Sumber: BP2MI, {self.chance.choice(('diolah', 'Sisko P2MI'))}")
        if notes and self.chance.random() < 0.5:
            sheet.rows.append([])
        sheet.rows += [[note] for note in notes]

    def _spoil(self, sheet: _Sheet) -> None:
        width = max(len(row) for row in sheet.rows)
        body = [row for row in sheet.rows if len(row) == width]
        if self.trap == "percent column":
            for row in body:
                row.append("%" if row is body[0] else f"{self.chance.randint(0, 99)},5")
        if self.trap == "hidden column" and self.kind == "xlsx":
            for row in body:
                row.append("2020" if row is body[0] else self.chance.randint(0, 900))
        if self.trap == "second table":
            sheet.rows += [[], ["Tabel lain"], *[list(row) for row in self.heading], *[list(row) for row in body[-2:]]]

    def _bytes(self, sheet: _Sheet) -> bytes:
        if self.kind == "csv":
            text = StringIO()
            csv.writer(text, delimiter=self.chance.choice(";,\t")).writerows(sheet.rows)
            return text.getvalue().encode(self.chance.choice(("utf-8", "utf-8-sig")))
        rows = [[None if cell == "" else cell for cell in row] for row in sheet.rows]
        width = max(len(row) for row in rows)
        rows = [[*row, *[None] * (width - len(row))] for row in rows]
        hidden = [width - 1] if self.trap == "hidden column" else []
        return workbook(("Tabel", rows, sheet.merges), hidden_columns=hidden)

    def _plain(self) -> str:
        names = [name for name, _values in self.across]
        text = StringIO()
        writer = csv.writer(text, delimiter=";")
        writer.writerow([self.key, *names, "Nilai"])
        for name, figures in zip(self.names, self.figures, strict=True):
            for column, figure in zip(self._columns(), figures, strict=True):
                writer.writerow([name, *column, figure])
        return text.getvalue()

    def _description(self) -> dict[str, Any]:
        constants = {} if any(name == "tahun" for name, _values in self.across) else {"tahun": self.year}
        return {"delimiter": ";", "header": [1], "satuan": "orang", "constants": constants, "scale": self.scale}
