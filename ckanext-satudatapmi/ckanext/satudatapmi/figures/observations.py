"""A tidy table to observations of the single data: which facet, which dimensions, which vintage."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pandas as pd

from ckanext.satudatapmi.figures.registry import Facet, Indicator, dimensions, facets, indicators
from ckanext.satudatapmi.reference.codelists import load
from ckanext.satudatapmi.reference.wilayah import INDONESIA
from ckanext.satudatapmi.tables.distinct import Distinct
from ckanext.satudatapmi.tables.values import Field, RowError, TidyTable
from ckanext.satudatapmi.tables.vocabulary import known_fields
from ckanext.satudatapmi.text import _

KEY = (*dimensions(), "ref_start", "ref_end")
"""The columns that tell two observations of one facet and one vintage apart."""
COLUMNS = (
    *KEY,
    "vintage",
    "vintage_assumed",
    "value",
    "obs_status",
    "definition",
    "note",
    "source_row",
    "source_column",
)
TIME_FIELDS = {"tahun", "periode_awal", "periode_akhir"}
EDITION = "tanggal_terbit"


@dataclass(frozen=True)
class Provenance:
    """Where a table came from.

    Attributes:
        file: its name, for messages.
        retrieved: the day it was fetched; no figure is taken to have been published later.
        area: code of the area whose figures it may hold.
    """

    file: str
    retrieved: date
    area: str = INDONESIA


@dataclass(frozen=True)
class Observations:
    """What a table adds to the single data.

    Attributes:
        facet: the series that they belong to.
        frame: one observation a row, with the columns `COLUMNS`: codes and texts are `object`, days `datetime.date`,
            `value` is Decimal or None, `vintage_assumed` bool, `source_row` int.
        errors: the figures that could not be taken, each with its place.
    """

    facet: Facet
    frame: pd.DataFrame
    errors: tuple[RowError, ...] = ()


def observations_of(tidy: TidyTable, facet_id: str, provenance: Provenance) -> Observations:
    """Return the observations of a tidy table.

    A figure whose name has no code, whose period is not known or whose unit is not the indicator's is left out and
    told. A figure without a publication date is taken to have come out `lag_days` after its period, marked as assumed.

    Args:
        tidy: of one facet, as `tables.tidy` gives it.
        facet_id: one of schemas/figures/facets.yaml.
        provenance: of the file.

    Raises:
        KeyError: there is no such facet.
    """
    facet = facets()[facet_id]
    reader = _Reader(tidy.frame, facet, indicators()[facet.indicator], provenance)
    reader.check_fields(tidy.fields)
    reader.check_codes()
    reader.check_area()
    reader.check_periods()
    reader.check_units()
    reader.check_repeats()
    taken = tidy.frame[~reader.refused]
    return Observations(facet, reader.frame(taken), tuple(reader.errors))


class _Reader:
    """Reads one tidy frame and collects what cannot be taken."""

    def __init__(self, frame: pd.DataFrame, facet: Facet, indicator: Indicator, provenance: Provenance) -> None:
        self.tidy = frame
        self.facet = facet
        self.indicator = indicator
        self.provenance = provenance
        self.refused = pd.Series(False, index=frame.index)
        self.errors: list[RowError] = []

    def check_fields(self, fields: Iterable[Field]) -> None:
        """Refuse rows that something tells apart which is no dimension: without it a part would pass for the whole."""
        stems = {one.field for one in dimensions().values()}
        # A district's code says its province, too.
        stems |= {one.parent for one in known_fields().values() if one.parent}
        known = {f"{kind}_{stem}" for stem in stems for kind in ("kode", "nama")} | TIME_FIELDS
        for one in fields:
            if one.indexed and one.name not in known:
                told = self.tidy[one.name].notna()
                self._refuse(told, self.tidy[one.name], _("a table that is broken down by dimensions alone"))

    def check_codes(self) -> None:
        """Refuse rows in which a dimension has no code: a blank cell is no total."""
        for dimension in dimensions().values():
            names, codes = f"nama_{dimension.field}", f"kode_{dimension.field}"
            if codes in self.tidy:
                expected = _("a name of the code list {codes}", codes=dimension.codes)
                self._refuse(self.tidy[codes].isna(), self.tidy[names], expected)

    def check_area(self) -> None:
        """Refuse rows of areas for which the publisher of the table does not speak."""
        area = self.provenance.area
        if area != INDONESIA:
            origins = self._codes(self.tidy, "origin")
            outside = ~(origins.eq(area) | origins.astype(str).str.startswith(f"{area}."))
            self._refuse(outside, origins, _("an area within {area}", area=area))

    def check_repeats(self) -> None:
        """Refuse rows that give two values of one cell: nobody knows which of them holds."""
        keys = [name for name in map(str, self.tidy) if name.startswith("kode_") or name in {*TIME_FIELDS, EDITION}]
        taken = self.tidy[~self.refused]
        values = taken.groupby(keys, dropna=False)["nilai"].transform("nunique", dropna=False)
        twice = pd.Series(False, index=self.tidy.index)
        twice.loc[taken.index] = values > 1
        self._refuse(twice, self.tidy["nilai"], _("one value for one cell; the table has several"))

    def check_periods(self) -> None:
        """Refuse rows whose period is not known."""
        unknown = self.tidy["periode_awal"].isna() | self.tidy["periode_akhir"].isna()
        self._refuse(unknown, self.tidy["tahun"], _("a period such as 2024, Mei 2024 or Triwulan I 2024"))

    def check_units(self) -> None:
        """Refuse rows whose unit is another than the indicator's."""
        units = {unit: load("satuan").match(unit).code for unit in self.tidy["satuan"].dropna().unique()}
        other = self.tidy["satuan"].map(units) != self.indicator.unit
        expected = _("the unit of the indicator, {unit}", unit=self.indicator.unit)
        self._refuse(other, self.tidy["satuan"], expected)

    def _refuse(self, rows: pd.Series, shown: pd.Series, expected: str) -> None:
        for at in rows[rows & ~self.refused].index:
            place = self.tidy.loc[at]
            text = "" if pd.isna(shown[at]) else str(shown[at])
            self.errors.append(
                RowError(self.provenance.file, int(place["baris_sumber"]), str(place["kolom_sumber"]), text, expected)
            )
        self.refused |= rows

    def frame(self, taken: pd.DataFrame) -> pd.DataFrame:
        """Return the rows that are taken, as observations."""
        columns: dict[str, Any] = {name: self._codes(taken, name) for name in dimensions()}
        columns["ref_start"] = taken["periode_awal"]
        columns["ref_end"] = taken["periode_akhir"]
        columns |= self._vintages(taken)
        columns["value"] = Distinct.of(taken["nilai"]).each(
            lambda value: value if value is None else Decimal(str(value))
        )
        columns["obs_status"] = taken["status"]
        days = Distinct.of_rows([columns["ref_start"], columns["vintage"]], taken.index)
        columns["definition"] = days.each(lambda pair: self.facet.definition(*pair))
        columns["note"] = _joined(taken, ("alasan_kosong", "catatan"))
        columns["source_row"] = taken["baris_sumber"].astype("int64")
        columns["source_column"] = taken["kolom_sumber"]
        frame = pd.DataFrame(columns, index=taken.index)[list(COLUMNS)]
        return frame.reset_index(drop=True)

    def _codes(self, taken: pd.DataFrame, name: str) -> pd.Series:
        dimension = dimensions()[name]
        column = f"kode_{dimension.field}"
        if column not in taken:
            return pd.Series(dimension.total, index=taken.index, dtype="object")
        return taken[column].astype("object")

    def _vintages(self, taken: pd.DataFrame) -> dict[str, pd.Series]:
        """Return when each figure was published and whether that is assumed; nothing is published in the future."""
        said = taken.get("tanggal_terbit", pd.Series(None, index=taken.index, dtype="object"))
        guessed = taken.get("tanggal_terbit_perkiraan", pd.Series(False, index=taken.index)).fillna(False).astype(bool)
        lag, latest = timedelta(days=self.facet.lag_days), self.provenance.retrieved
        days = Distinct.of_rows([said, taken["periode_akhir"]], taken.index)
        return {
            "vintage": days.each(lambda pair: min(pair[0] if isinstance(pair[0], date) else pair[1] + lag, latest)),
            "vintage_assumed": guessed | said.isna(),
        }


def _joined(taken: pd.DataFrame, names: tuple[str, ...]) -> pd.Series:
    texts = Distinct.of_rows([taken[name] for name in names if name in taken], taken.index)
    return texts.each(lambda row: "; ".join(text for text in row if isinstance(text, str) and text) or None)
