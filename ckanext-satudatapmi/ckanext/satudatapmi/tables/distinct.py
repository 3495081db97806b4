"""What is done once for each distinct value of a column: published tables have many rows and few distinct texts."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np
import pandas as pd


@dataclass(frozen=True)
class Distinct:
    """The distinct values of some rows.

    Attributes:
        values: them, in the order in which they come first.
        places: for each row the place of its value among them.
        index: of the rows.
    """

    values: list[Any]
    places: np.ndarray
    index: pd.Index

    @classmethod
    def of(cls, column: pd.Series) -> Self:
        """Return the distinct values of a column; None stands for what is missing."""
        places, values = pd.factorize(column)
        if (places < 0).any():
            # Which values are missing takes as long to find out as the rest; most columns have none.
            places, values = pd.factorize(column, use_na_sentinel=False)
        return cls([None if pd.isna(value) is True else value for value in values], places, column.index)

    @classmethod
    def of_rows(cls, columns: Sequence[pd.Series], index: pd.Index) -> Self:
        """Return the distinct rows of some columns that have one index, as tuples."""
        rows: list[tuple[Any, ...]] = [()]
        places = np.zeros(len(index), dtype=np.int64)
        for column in columns:
            one = cls.of(column)
            places, keys = pd.factorize(places * len(one.values) + one.places)
            rows = [(*rows[key // len(one.values)], one.values[key % len(one.values)]) for key in keys]
        return cls(rows, places, index)

    def each(self, make: Callable[[Any], Any]) -> pd.Series:
        """Return for each row what is made of its value, as objects."""
        return self.spread(make(value) for value in self.values)

    def spread(self, made: Iterable[Any]) -> pd.Series:
        """Return for each row what was made of its value, given in the order of the values."""
        return pd.Series(_objects(made)[self.places], index=self.index, dtype="object")

    def made(self, made: Iterable[Any]) -> Self:
        """Return the distinct things that were made of the values, given in their order; two may be made alike."""
        of_values = self.of(pd.Series(_objects(made), dtype="object"))
        return replace(self, values=of_values.values, places=of_values.places[self.places])

    def rows(self) -> pd.Series:
        """Return for each row its value, as objects."""
        return self.spread(self.values)

    def where(self, judge: Callable[[Any], bool]) -> pd.Series:
        """Return which rows have a value of which something is true."""
        judged = np.fromiter((judge(value) for value in self.values), dtype=bool, count=len(self.values))
        return pd.Series(judged[self.places], index=self.index)

    def first_rows(self) -> np.ndarray:
        """Return for each value the number of the row in which it comes first, from 0."""
        return np.flatnonzero(~pd.Series(self.places).duplicated().to_numpy())

    def counts(self) -> np.ndarray:
        """Return for each value how many rows have it."""
        return np.bincount(self.places, minlength=len(self.values))


def _objects(made: Iterable[Any]) -> np.ndarray:
    """Return an array of objects; one made at once would take tuples for rows of its own."""
    listed = list(made)
    found = np.empty(len(listed), dtype=object)
    for at, one in enumerate(listed):
        found[at] = one
    return found
