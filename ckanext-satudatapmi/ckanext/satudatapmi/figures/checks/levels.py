"""Which figures are parts of which: a code within its list's total, a district within its province and the nation."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from ckanext.satudatapmi.figures.checks.cells import WHOLE, Cells, hashed
from ckanext.satudatapmi.figures.registry import dimensions
from ckanext.satudatapmi.reference.codelists import TOTAL


@dataclass(frozen=True)
class Level:
    """Parts along one dimension.

    Attributes:
        name: the dimension.
        parts: the rows of the cells that are parts.
        wholes: the code of what each of them is a part of, a category.
    """

    name: str
    parts: np.ndarray
    wholes: pd.Series

    def keys_of_wholes(self, cells: Cells, keys: np.ndarray) -> np.ndarray:
        """Return for each part the key that its whole has, given the keys of all rows."""
        own = hashed(cells.frame[self.name], self.name)[self.parts]
        return keys[self.parts] - own + hashed(self.wholes, self.name)


def levels(cells: Cells, *, alone: bool) -> Iterator[Level]:
    """Yield the ways in which the cells are parts of others, one dimension at a time.

    Args:
        cells: with their dimensions.
        alone: whether they are one table, whose districts make up the nation only if it has no provinces.
    """
    for name in cells.names:
        whole = WHOLE.get(name, TOTAL)
        parts = (cells.frame[name] != whole).to_numpy()
        if not parts.any():
            continue
        if is_area(name):
            yield from _areas(name, cells.frame[name], parts, alone=alone)
        else:
            yield _level(name, parts, whole)


def is_area(name: str) -> bool:
    """Tell whether a column of cells holds codes of areas."""
    return name in WHOLE and dimensions()[name].codes == "wilayah"


def _areas(name: str, codes: pd.Series, parts: np.ndarray, *, alone: bool) -> Iterator[Level]:
    inside = {code: code.split(".")[0] for code in codes.cat.categories if code[:2].isdigit() and "." in code}
    district = codes.isin(list(inside)).to_numpy()
    province = (parts & codes.str.fullmatch(r"\d\d").to_numpy()) if parts.any() else parts
    loose = parts & ~district & ~province
    wholes = set(inside.values())
    if district.any():
        # "Lainnya" in a table of one province's districts is a part of that province.
        here = district | loose if alone and len(wholes) == 1 else district
        yield _level(name, here, codes.astype("object").map(inside).fillna(min(wholes)))
        if not alone:
            yield _level(name, district, WHOLE[name])
        elif not set(codes[province]) - wholes:
            yield _level(name, district | loose, WHOLE[name])
            return
    if province.any() or (loose.any() and not district.any()):
        yield _level(name, province | loose, WHOLE[name])


def _level(name: str, parts: np.ndarray, wholes: pd.Series | str) -> Level:
    at = np.flatnonzero(parts)
    if isinstance(wholes, str):
        codes = pd.Series([wholes] * len(at), dtype="category")
    else:
        codes = wholes.iloc[at].astype("category").reset_index(drop=True)
    return Level(name, at, codes)
