"""How a field is asked in the web form, and what an answer says: stored text -> control -> posted form -> stored text.

A control that is posted as it was shown changes nothing, whatever the stored text is: only a field whose answer differs
is written. What no control can show exactly is shown raw, as the text that is stored.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from ckanext.satudatapmi.schemas import shapes, wire
from ckanext.satudatapmi.schemas.form import OTHER, Column, Question, Selection
from ckanext.satudatapmi.text import _

RAW = "__raw"
WORDS = "__other"
SPARE_ROWS = 2
DAY = re.compile(r"^\d{4}-\d\d-\d\d$")
SHORT_CHOICE = 4
"""Up to so many answers stand side by side as radio buttons."""

Posted = Mapping[str, list[str]]
LISTS = frozenset({"texts", "dates"})
CHOSEN_ELSEWHERE = ("organization", "licence", "activity")
"""Kinds of fields whose choices stand in no file: bodies, licences, the statistical activities of a body."""


@dataclass(frozen=True)
class Offer:
    """An answer to choose: what is posted, what is read, whether it is chosen."""

    value: str
    label: str
    chosen: bool = False


@dataclass(frozen=True)
class Asked:
    """A field of the form: its declaration in dataset.yaml, and the question of a BPS form that it answers, if any."""

    field: Mapping[str, Any]
    question: Question | None = None

    @property
    def name(self) -> str:
        """Name of the field."""
        return self.field["field_name"]

    @property
    def bps_question(self) -> Question:
        """The question, of a field whose kind only the BPS forms have."""
        if self.question is None:
            raise TypeError(f"{self.name} answers no question")
        return self.question

    @property
    def is_json(self) -> bool:
        """Whether the field holds JSON text."""
        return self.field.get("wire_type") == "json"

    @property
    def kind(self) -> str:
        """What is asked for: the type of the question, else the `entry` of the field."""
        return self.question.type if self.question else str(self.field.get("entry", "text"))


@dataclass(frozen=True)
class Control:
    """What a page shows for a field.

    Attributes:
        kind: text, long_text, date, number, radio, select, choices, list, rows or raw.
        name: of the field.
        value: of a control that is one text.
        offers: answers to choose.
        words: the words behind the option `lainnya`; None where the question wants none.
        items: of a list, spare ones included.
        dates: whether the items are dates.
        columns, rows: of a table, spare rows included.
    """

    kind: str
    name: str
    value: str = ""
    offers: tuple[Offer, ...] = ()
    words: str | None = None
    items: tuple[str, ...] = ()
    dates: bool = False
    columns: tuple[Column, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()

    @staticmethod
    def input_type(text: str) -> str:
        """Return the type of the input for a date; a browser would drop what is no date from its own."""
        return "date" if not text or DAY.match(text) else "text"

    def posted(self) -> dict[str, list[str]]:
        """Return what a browser posts of the control if nobody touches it."""
        if self.kind == "rows":
            return {
                f"{self.name}__{number}__{column.key}": [cell]
                for number, row in enumerate(self.rows)
                for column, cell in zip(self.columns, row, strict=True)
            }
        if self.kind == "list":
            return {self.name: list(self.items)}
        if self.kind == "choices":
            chosen = [offer.value for offer in self.offers if offer.chosen]
            words = {} if self.words is None else {self.name + WORDS: [self.words]}
            return {self.name: ["", *chosen]} | words
        if self.kind in ("radio", "select"):
            return {self.name: [offer.value for offer in self.offers if offer.chosen]}
        return {self.name + (RAW if self.kind == "raw" else ""): [self.value]}


class NotShowable(ValueError):
    """A stored text that the control of its question cannot show exactly."""


def control(asked: Asked, stored: str, language: str, offers: Sequence[Offer] = ()) -> Control:
    """Return the control of a field.

    Args:
        asked: the field.
        stored: what the dataset holds; "" for nothing.
        language: id or en, for the labels.
        offers: the choices of a field whose choices stand in no file.
    """
    try:
        return _control(asked, stored, language, offers)
    except (NotShowable, shapes.Unreadable):
        return Control("raw", asked.name, stored)


def _control(asked: Asked, stored: str, language: str, offers: Sequence[Offer]) -> Control:
    kind, name = asked.kind, asked.name
    if kind == "rows":
        return _table(asked, stored)
    if kind in LISTS:
        return Control("list", name, items=(*_items(asked, stored), *[""] * SPARE_ROWS), dates=kind == "dates")
    if kind == "choices":
        return _choices(asked, stored, language)
    if kind in ("yes_no", "choice", *CHOSEN_ELSEWHERE):
        return _choice(name, stored, list(offers) or offers_of(asked, language))
    if kind == "long_text" or "\n" in stored or "\r" in stored:
        return Control("long_text", name, stored)
    if kind == "date" and Control.input_type(stored) == "date":
        return Control("date", name, stored)
    return Control("number" if kind in ("integer", "year") else "text", name, stored)


def _wire_value(asked: Asked, stored: str) -> Any:
    if not stored:
        return None
    return wire.decode_json(stored) if asked.is_json else stored


def offers_of(asked: Asked, language: str) -> list[Offer]:
    """Return the answers that a field or its question offers; [] where it offers none."""
    if asked.question is None:
        return [Offer(str(one["value"]), one["label"][language]) for one in asked.field.get("choices", ())]
    if asked.question.type == "yes_no":
        return [Offer("Ya", _("Yes")), Offer("Tidak", _("No"))]
    return [Offer(one.value, one.label[language]) for one in asked.question.options]


def _choice(name: str, stored: str, offers: Sequence[Offer]) -> Control:
    """Return a choice of one; a stored value that is on no list stays to be chosen."""
    offers = [replace(one, chosen=one.value == stored) for one in offers]
    if stored and not any(one.chosen for one in offers):
        offers.append(Offer(stored, stored, chosen=True))
    if not any(one.value == "" for one in offers):
        offers = [Offer("", _("– not filled in –"), chosen=not stored), *offers]
    return Control("radio" if len(offers) <= SHORT_CHOICE else "select", name, offers=tuple(offers))


def _choices(asked: Asked, stored: str, language: str) -> Control:
    if asked.question is None:
        return _own_choices(asked, stored, language)
    question = asked.question
    value = _wire_value(asked, stored)
    selection = shapes.PORTAL.decode(question, value) or Selection(())
    offers = tuple(Offer(one.value, one.label[language], one.value in selection.values) for one in question.options)
    wants_words = question.other is not None and question.option(OTHER) is not None
    if selection.other and (not wants_words or _breaks(selection.other)):
        raise NotShowable
    return Control("choices", asked.name, offers=offers, words=(selection.other or "") if wants_words else None)


def _own_choices(asked: Asked, stored: str, language: str) -> Control:
    """Return the choices of a field that answers no question; it keeps those that are chosen as a list."""
    chosen, offers = _items(asked, stored), offers_of(asked, language)
    if not set(chosen) <= {one.value for one in offers}:
        raise NotShowable
    return Control("choices", asked.name, offers=tuple(replace(one, chosen=one.value in chosen) for one in offers))


def _items(asked: Asked, stored: str) -> list[str]:
    value = _wire_value(asked, stored)
    if isinstance(value, str) and asked.question is None:
        value = [value]
    if value is None:
        return []
    if not isinstance(value, list) or not all(isinstance(one, str) and not _breaks(one) for one in value):
        raise NotShowable
    return value


def _table(asked: Asked, stored: str) -> Control:
    question = asked.bps_question
    rows = shapes.PORTAL.decode(question, _wire_value(asked, stored)) or []
    shown = [tuple(_cell(row.get(column.key)) for column in question.columns) for row in rows]
    spare = [("",) * len(question.columns)] * SPARE_ROWS
    return Control("rows", asked.name, columns=question.columns, rows=(*shown, *spare))


def _cell(value: Any) -> str:
    items = value if isinstance(value, list) else [value or ""]
    if any(_breaks(one) for one in items):
        raise NotShowable
    return "\n".join(items)


def _breaks(text: str) -> bool:
    return "\n" in text or "\r" in text


def answer(asked: Asked, posted: Posted) -> Any:
    """Return what a posted form says of a field, in a shape that can be compared; None if it says nothing.

    Two answers are equal if nothing but blank rows and ends of lines tells them apart.
    """
    name = asked.name
    if name + RAW in posted:
        return _lines(posted[name + RAW][-1])
    if asked.kind == "rows":
        return _posted_rows(asked, posted)
    if name not in posted:
        return None
    if asked.kind in LISTS:
        return tuple(one for one in posted[name] if one.strip())
    if asked.kind == "choices":
        words = posted.get(name + WORDS, [""])[-1]
        return frozenset(one for one in posted[name] if one), words
    return _lines(posted[name][-1])


def _lines(text: str) -> str:
    """Return a text with the line ends it had before a browser posted it."""
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _posted_rows(asked: Asked, posted: Posted) -> tuple[tuple[int, tuple[str, ...]], ...] | None:
    pattern = re.compile(rf"{re.escape(asked.name)}__(\d{{1,4}})__")
    numbers = sorted({int(found[1]) for key in posted if (found := pattern.match(key))})
    if not numbers:
        return None
    keys = [column.key for column in asked.bps_question.columns]
    rows = (
        (number, tuple(_lines(posted.get(f"{asked.name}__{number}__{key}", [""])[-1]) for key in keys))
        for number in numbers
    )
    return tuple((number, row) for number, row in rows if any(cell.strip() for cell in row))


def changed(asked: Asked, stored: str, posted: Posted) -> str | None:
    """Return the text to store, or None if the form says nothing new about the field.

    Args:
        asked: the field.
        stored: what the dataset holds; "" for nothing.
        posted: values by name, as the browser sent them.
    """
    given = answer(asked, posted)
    shown = control(asked, stored, "id", [Offer(stored, stored)] if asked.kind in CHOSEN_ELSEWHERE else ())
    if given is None or given == answer(asked, shown.posted()):
        return None
    return _text_of(asked, given, stored, shown)


def _text_of(asked: Asked, given: Any, stored: str, shown: Control) -> str:
    if isinstance(given, str):
        return given.strip()
    if asked.kind == "rows":
        return _rows_text(asked, given, stored, shown)
    if asked.kind == "choices":
        return _selection_text(asked, *given)
    items = [one.strip() for one in given]
    was_list = isinstance(_wire_value(asked, stored), list)
    if len(items) == 1 and asked.question is None and not was_list:
        return wire.encode_json(items[0])
    return wire.json_text(items) if items else ""


def _selection_text(asked: Asked, chosen: frozenset[str], words: str) -> str:
    """Return the chosen answers as the portal writes them; words for `lainnya` tick it."""
    if asked.question is None:
        values = [one.value for one in offers_of(asked, "id") if one.value in chosen]
        return wire.json_text(values) if values else ""
    question, words = asked.question, words.strip()
    values = tuple(one.value for one in question.options if one.value in chosen or (words and one.value == OTHER))
    return shapes.PORTAL.encode(question, Selection(values, words or None)) if values else ""


def _rows_text(asked: Asked, given: Sequence[tuple[int, tuple[str, ...]]], stored: str, shown: Control) -> str:
    """Return rows as JSON; a row that nobody touched stays as it was, with all that it holds."""
    question = asked.bps_question
    former = _wire_value(asked, stored) if shown.kind == "rows" else None
    rows = []
    for number, cells in given:
        if former and number < len(former) and cells == shown.rows[number]:
            rows.append(former[number])
        else:
            rows.append(
                {column.key: _value(column, cell) for column, cell in zip(question.columns, cells, strict=True)}
            )
    return wire.json_text(rows) if rows else ""


def _value(column: Column, cell: str) -> Any:
    if column.type == "texts":
        return [line.strip() for line in cell.split("\n") if line.strip()]
    return cell.strip()
