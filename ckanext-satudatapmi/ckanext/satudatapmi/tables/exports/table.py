"""What is written of a table, whatever the form of the file."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Literal

Kind = Literal["text", "integer", "number", "float", "date", "datetime", "boolean"]
Batches = Iterable[Sequence[Sequence[Any]]]
MOST_DIGITS = 15
"""A spreadsheet program rounds a number that has more of them."""


class Unwritable(ValueError):
    """A form of file cannot hold a table. The message says why, and what to take in its place."""


@dataclass(frozen=True)
class Column:
    """A column as the data dictionary explains it.

    Attributes:
        name: of the column.
        kind: of its values: str, int, Decimal (number), float, date, datetime or bool; None is missing.
        label, notes: heading and explanation for people; may be empty.
        unit: of its figures, or empty.
        codes: the published code list that its values belong to, or empty.
        digits: the most digits that any of its numbers has, and how many of them stand behind the point; None if they
            were not counted.
    """

    name: str
    kind: Kind
    label: str = ""
    notes: str = ""
    unit: str = ""
    codes: str = ""
    digits: tuple[int, int] | None = None

    @property
    def dictionary(self) -> dict[str, str]:
        """What the data dictionary says of it, as plain data; what it does not say is left out."""
        said = {"name": self.name, "type": "number" if self.kind == "float" else self.kind}
        more = {"label": self.label, "notes": self.notes, "unit": self.unit, "codes": self.codes}
        return said | {name: text for name, text in more.items() if text}


@dataclass(frozen=True)
class About:
    """What is said of a table; every text but the title may be empty.

    Attributes:
        title: of the dataset; table: of the table in it.
        publisher: who answers for it; source: the file that it was read from.
        license, license_url: under which it is open.
        address: of the dataset's page.
        citation: how to cite it.
    """

    title: str
    table: str = ""
    publisher: str = ""
    source: str = ""
    license: str = ""
    license_url: str = ""
    address: str = ""
    citation: str = ""


@dataclass(frozen=True)
class Table:
    """A table to be written.

    Attributes:
        columns: in their order.
        count: of its rows.
        about: what is said of it.
        batches: reads the rows, some at a time; a row has a value for each column.
    """

    columns: tuple[Column, ...]
    count: int
    about: About
    batches: Callable[[], Batches]


def text_or_number(value: int | Decimal) -> float | str:
    """Return a number as a spreadsheet program keeps it, as text if it would be rounded there.

    >>> text_or_number(Decimal("0.5")), text_or_number(12345678901234567)
    (0.5, '12345678901234567')
    """
    exact = Decimal(value)
    rounded = len(exact.as_tuple().digits) > MOST_DIGITS and len(exact.normalize().as_tuple().digits) > MOST_DIGITS
    return format(exact, "f") if rounded else float(value)
