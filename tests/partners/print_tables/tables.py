"""The tables: what is printed in which file, and the same figures as a plain CSV.

Figures of Lombok Tengah and Jawa Timur are those of config/demo; where a table of provinces or countries is needed that
nobody publishes, names come from schemas/codelists and figures are made up by a fixed rule.
"""

from __future__ import annotations

import csv
from collections.abc import Callable
from dataclasses import dataclass, replace
from io import StringIO
from pathlib import Path

from tests.partners.print_tables.styled import Page

CHECKOUT = Path(__file__).parents[3]
DEMO, CODELISTS = CHECKOUT / "config" / "demo", CHECKOUT / "schemas" / "codelists"
SEXES, SECTORS = ("Laki-laki", "Perempuan"), ("Formal", "Informal")
SOURCE = "Sumber: BP2MI (diolah)"
Plain = list[list[str]]


@dataclass(frozen=True)
class Printed:
    """A file: its name, the page in it, and the plain rows, the first of which is their heading."""

    name: str
    page: Page
    plain: Plain
    constants: tuple[tuple[str, str], ...] = ()

    def plain_csv(self) -> str:
        """Return the plain rows as CSV."""
        text = StringIO()
        csv.writer(text, delimiter=";").writerows(self.plain)
        return text.getvalue()


def dotted(value: int | None) -> str:
    """Return a figure as Indonesians print it."""
    return "-" if value is None else f"{value:,}".replace(",", ".")


def printed_tables() -> list[Printed]:
    """Return the files, by name."""
    made = [
        *_each(_lombok_tengah, "xlsx xls ods html"),
        *_each(_jawa_timur, "xlsx ods pdf"),
        *_each(_provinces_by_sex, "xlsx xls html pdf"),
        *_each(_countries_by_sector, "xlsx ods"),
        *_each(_months, "xls html"),
        *_unruled(_jawa_timur, _provinces_by_sex, _countries_by_sector, _months),
        *_hidden(_countries_by_sector),
        *_each(_countries_over_sexes, "xlsx"),
    ]
    return sorted(made, key=lambda one: one.name)


def _each(make: Callable[[], Printed], endings: str) -> list[Printed]:
    table = make()
    return [replace(table, name=f"{table.name}.{ending}") for ending in endings.split()]


def _unruled(*makers: Callable[[], Printed]) -> list[Printed]:
    tables = [make() for make in makers]
    return [
        replace(table, name=f"{table.name}-tanpa-garis.pdf", page=replace(table.page, ruled=False)) for table in tables
    ]


def _hidden(make: Callable[[], Printed]) -> list[Printed]:
    """Return a table as XLSX with a hidden column of figures of an earlier year behind the printed ones."""
    table = make()
    page = table.page
    levels = [[*page.levels[0], "2019"], [*page.levels[1], "Formal"]]
    rows = [[*row, 7] for row in page.rows]
    hidden = replace(page, levels=levels, rows=rows, total=None, hidden=[len(page.keys) + len(page.levels[0])])
    return [replace(table, name=f"{table.name}-kolom-tersembunyi.xlsx", page=hidden)]


def _rows(path: Path, delimiter: str) -> list[list[str]]:
    return list(csv.reader(StringIO(path.read_text(encoding="utf-8-sig")), delimiter=delimiter))


def _names(name: str, count: int, column: str = "label") -> list[str]:
    path = CODELISTS / f"{name}.csv"
    return [row[column] for row in csv.DictReader(StringIO(path.read_text(encoding="utf-8")))][:count]


def _lombok_tengah() -> Printed:
    read = _rows(DEMO / "lombok-tengah" / "penempatan-negara-2022.csv", ";")
    figures = [(row[1], int(row[2].replace(".", ""))) for row in read if len(row) > 2 and row[0].isdecimal()]
    names = {"Kindom": "Inggris"}
    figures = [(names.get(name, name), value) for name, value in figures]
    page = Page(
        titles=("Penempatan Pekerja Migran Indonesia menurut negara tujuan, Tahun 2022 (orang)",),
        keys=("No", "Negara Tujuan"),
        levels=(("Jumlah 1)",),),
        rows=[[number + 1, name, dotted(value)] for number, (name, value) in enumerate(figures)],
        total=("", "JUMLAH", dotted(sum(value for _name, value in figures))),
        notes=("1) Asal Kabupaten Lombok Tengah", SOURCE),
        numbered=True,
    )
    plain = [["Negara", "Nilai"], *([name, str(value)] for name, value in figures)]
    return Printed("lombok-tengah-negara", page, plain, (("tahun", "2022"),))


def _jawa_timur() -> Printed:
    read = _rows(DEMO / "jawa-timur" / "penempatan-kabupaten-kota-2011-2025.csv", ",")
    years = read[2][1:11]
    read = [row for row in read[3:] if len(row) > 10 and any(row[1:])]
    areas = [(_district(row[0]), [_count(cell) for cell in row[1:11]]) for row in read]
    page = Page(
        titles=("Penempatan PMI menurut kabupaten/kota asal dan tahun (orang)",),
        keys=("No", "Kabupaten/Kota"),
        levels=(("Tahun",) * len(years), tuple(years)),
        rows=[[number + 1, name, *map(dotted, values)] for number, (name, values) in enumerate(areas)],
        total=("", "Jumlah", *(dotted(sum(values[place] or 0 for _n, values in areas)) for place in range(len(years)))),
        notes=(SOURCE,),
        height=22,
        landscape=True,
    )
    plain = [["Kabupaten/Kota", "Tahun", "Nilai"]]
    plain += [
        [name, year, "" if value is None else str(value)]
        for name, values in areas
        for year, value in zip(years, values, strict=True)
    ]
    return Printed("jawa-timur-tahun", page, plain)


def _district(name: str) -> str:
    return name if name.startswith(("Kota", "Kab")) else f"Kab. {name}"


def _count(cell: str) -> int | None:
    return int(float(cell)) if cell else None


def _figure(*places: int) -> int:
    """Return a figure that is made up: the same for the same places, small ones and large ones."""
    number = 7
    for place in places:
        number = (number * 31 + place * 17 + 11) % 9973
    return number * (number % 5 + 1)


def _provinces_by_sex() -> Printed:
    names, years = _names("wilayah_provinsi", 38, "nama"), ("2023", "2024")
    values = {
        (name, year, sex): _figure(one, two, three)
        for one, name in enumerate(names)
        for two, year in enumerate(years)
        for three, sex in enumerate(SEXES)
    }

    def row(name: str) -> list[int]:
        cells: list[int] = []
        for year in years:
            both = [values[name, year, sex] for sex in SEXES]
            cells += [*both, sum(both)]
        return cells

    rows = [[name, *row(name)] for name in names]
    total = ["Total", *(sum(int(one[place]) for one in rows) for place in range(1, 7))]
    page = Page(
        titles=("Tabel 5. Penempatan PMI menurut provinsi asal dan jenis kelamin (orang)", "2023-2024"),
        keys=("Provinsi",),
        levels=(
            tuple(year for year in years for _cell in range(3)),
            (*SEXES, "Jumlah") * 2,
        ),
        rows=rows,
        total=total,
        notes=(SOURCE,),
        height=34,
    )
    plain = [["Provinsi", "Tahun", "Jenis Kelamin", "Nilai"]]
    plain += [[name, year, sex, str(value)] for (name, year, sex), value in values.items()]
    return Printed("provinsi-jenis-kelamin", page, plain)


def _countries_by_sector() -> Printed:
    names, years = ("Malaysia", "Taiwan", "Hong Kong", "Singapura", "Arab Saudi", "Jepang", "Lainnya"), ("2021", "2022")
    values = {
        (name, year, sector): _figure(one + 40, two, three)
        for one, name in enumerate(names)
        for two, year in enumerate(years)
        for three, sector in enumerate(SECTORS)
    }
    columns = [(year, sector) for year in years for sector in SECTORS]
    page = Page(
        titles=("Tabel 6. Penempatan PMI menurut negara tujuan dan sektor (orang)",),
        keys=("No", "Negara Tujuan"),
        levels=(tuple(year for year, _sector in columns), tuple(sector for _year, sector in columns)),
        rows=[
            [str(one + 1), name, *(dotted(values[name, *column]) for column in columns)]
            for one, name in enumerate(names)
        ],
        total=("", "JUMLAH", *(dotted(sum(values[name, *column] for name in names)) for column in columns)),
        notes=("Catatan: data per 31 Desember", SOURCE),
    )
    plain = [["Negara", "Tahun", "Sektor", "Nilai"]]
    plain += [[name, year, sector, str(value)] for (name, year, sector), value in values.items()]
    return Printed("negara-sektor", page, plain)


def _countries_over_sexes() -> Printed:
    """Return a table whose names of countries are cells merged over a row for each sex."""
    names, years = ("Malaysia", "Taiwan", "Hong Kong", "Singapura", "Arab Saudi"), ("2022", "2023", "2024")
    values = {
        (name, sex, year): _figure(one + 90, two, three)
        for one, name in enumerate(names)
        for two, sex in enumerate(SEXES)
        for three, year in enumerate(years)
    }
    pairs = [(name, sex) for name in names for sex in SEXES]
    page = Page(
        titles=("Tabel 7. Penempatan PMI menurut negara tujuan, jenis kelamin, dan tahun (orang)",),
        keys=("Negara Tujuan", "Jenis Kelamin"),
        levels=(years,),
        rows=[[*pair, *(dotted(values[*pair, year]) for year in years)] for pair in pairs],
        total=("Jumlah", "", *(dotted(sum(values[*pair, year] for pair in pairs)) for year in years)),
        notes=(SOURCE,),
        merged_names=True,
    )
    plain = [["Negara", "Jenis Kelamin", "Tahun", "Nilai"]]
    plain += [[name, sex, year, str(value)] for (name, sex, year), value in values.items()]
    return Printed("negara-jenis-kelamin", page, plain)


def _months() -> Printed:
    months = _names("bulan", 12)
    names = ("Malaysia", "Taiwan", "Hong Kong")
    values = {
        (name, month): _figure(one + 70, two) for one, name in enumerate(names) for two, month in enumerate(months)
    }
    page = Page(
        titles=("Penempatan PMI menurut bulan dan negara tujuan, Tahun 2024 (orang)",),
        keys=("Bulan",),
        levels=((*names, "Jumlah"),),
        rows=[
            [
                month,
                *(dotted(values[name, month]) for name in names),
                dotted(sum(values[name, month] for name in names)),
            ]
            for month in months
        ],
        total=(
            "Jumlah",
            *(dotted(sum(values[name, month] for month in months)) for name in names),
            dotted(sum(values.values())),
        ),
        notes=("Sumber: BP2MI",),
    )
    plain = [["Bulan", "Negara", "Nilai"], *([month, name, str(value)] for (name, month), value in values.items())]
    return Printed("bulan-negara", page, plain, (("tahun", "2024"),))
