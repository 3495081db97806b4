"""Rows that are made ready in another thread while others are used."""

from __future__ import annotations

from contextvars import ContextVar

import pyarrow as pa
import pytest

from ckanext.satudatapmi.tables.batches import csv_ahead

ASKER = ContextVar("asker", default="nobody")


def batches(*counts):
    for count in counts:
        yield pa.RecordBatch.from_pydict({"nama": ["a"] * count})


def test_rows_are_numbered_through_all_batches():
    written = [(piece.read().decode(), count) for piece, count in csv_ahead(batches(2, 1))]
    assert written == [('1,"a"\n2,"a"\n', 2), ('3,"a"\n', 1)]


def test_no_batch_is_no_row():
    assert list(csv_ahead(batches())) == []


def test_what_goes_wrong_in_the_other_thread_is_raised_after_the_batches_before_it():
    def broken():
        yield from batches(1)
        raise ValueError(ASKER.get())

    ASKER.set("a reader of Indonesian")
    pieces = csv_ahead(broken())
    assert next(pieces)[1] == 1
    with pytest.raises(ValueError, match="a reader of Indonesian"):
        next(pieces)
