"""The BPS forms MS-Keg, MS-Var and MS-Ind (Peraturan BPS 5/2020) as data: questions, options, skip rules.

The forms themselves stand in forms/*.yaml; nothing here knows a single question. An answer is

- None where a question has no answer, whatever its type;
- a text for text, long_text, year and email, the value of an option for choice;
- an int for integer, a bool for yes_no, a `Selection` for choices;
- a list of texts for texts and dates (ISO 8601), a list of objects by column for rows.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import yaml

from ckanext.satudatapmi.schemas.vocabularies import HERE

FORMS = ("ms_keg", "ms_var", "ms_ind")
TYPES = frozenset(
    {
        "text",
        "long_text",
        "year",
        "email",
        "integer",
        "yes_no",
        "choice",
        "choices",
        "dates",
        "texts",
        "rows",
    }
)
OTHER = "lainnya"
"""The option of a question of several answers that wants words."""

Answers = Mapping[str, Any]


@dataclass(frozen=True)
class Selection:
    """The answer to a question of several answers: values of options in the order of the form, words for `lainnya`."""

    values: tuple[str, ...]
    other: str | None = None


@dataclass(frozen=True)
class Condition:
    """What must hold for a question to apply: another question has one of these answers."""

    question: str
    values: tuple[Any, ...]

    def holds(self, answer: Any) -> bool:
        """Tell whether an answer is one of those asked for; one of several is enough."""
        if isinstance(answer, Selection):
            return any(value in self.values for value in answer.values)
        return answer is not None and answer in self.values


@dataclass(frozen=True)
class Option:
    """An answer to choose: its value (enumeration of INDAH), code on paper, words on the portal, label by language."""

    value: str
    label: Mapping[str, str]
    code: int | str | None = None
    portal: str = ""
    conditions: tuple[Condition, ...] = ()


@dataclass(frozen=True)
class Column:
    """A column of a repeating group: key, type (text, texts or date), label by language."""

    key: str
    type: str
    label: Mapping[str, str]


@dataclass(frozen=True)
class Question:
    """A question of a form; forms/ms_keg.yaml tells what each attribute means."""

    key: str
    number: str
    label: Mapping[str, str]
    type: str
    part: str
    indah: str | None = None
    portal: str | None = None
    required: bool = False
    default: Any = None
    personal: bool = False
    other: str | None = None
    conditions: tuple[Condition, ...] = ()
    options: tuple[Option, ...] = ()
    columns: tuple[Column, ...] = ()

    def option(self, value: str) -> Option | None:
        """Return the option of a value, or None."""
        return next((option for option in self.options if option.value == value), None)


@dataclass(frozen=True)
class Part:
    """A block of a form."""

    name: str
    title: Mapping[str, str]
    questions: tuple[Question, ...]


@dataclass(frozen=True)
class Form:
    """A form: its parts, and its questions by key."""

    name: str
    title: Mapping[str, str]
    parts: tuple[Part, ...]
    by_key: Mapping[str, Question] = field(compare=False, repr=False, default_factory=dict)

    @property
    def questions(self) -> tuple[Question, ...]:
        """Every question in the order of the form."""
        return tuple(self.by_key.values())

    def applies(self, question: Question, answers: Answers) -> bool:
        """Tell whether a question applies: all its conditions hold, and the questions they ask of apply themselves."""
        return self.hold(question.conditions, answers)

    def hold(self, conditions: tuple[Condition, ...], answers: Answers) -> bool:
        """Tell whether conditions hold for some answers; the answer to a question that does not apply counts not."""
        return all(
            condition.holds(answers.get(condition.question)) and self.applies(self.by_key[condition.question], answers)
            for condition in conditions
        )


@cache
def load(name: str) -> Form:
    """Return a form.

    Args:
        name: ms_keg, ms_var or ms_ind.

    Raises:
        KeyError: there is no such form, or one of its questions lacks something.
        ValueError: a question has an unknown type, or a condition names an unknown question.
    """
    if name not in FORMS:
        raise KeyError(name)
    document = yaml.safe_load((HERE / "forms" / f"{name}.yaml").read_text(encoding="utf-8"))
    parts = tuple(_part(entry) for entry in document["parts"])
    by_key = {question.key: question for part in parts for question in part.questions}
    form = Form(document["form"], document["title"], parts, by_key)
    _refuse_faults(form)
    return form


def _part(entry: Mapping[str, Any]) -> Part:
    shared = _conditions(entry)
    questions = tuple(_question(question, entry["part"], shared) for question in entry["questions"])
    return Part(entry["part"], entry["title"], questions)


def _question(entry: Mapping[str, Any], part: str, shared: tuple[Condition, ...]) -> Question:
    simple = ("key", "number", "label", "type", "indah", "portal", "required", "default", "personal", "other")
    return Question(
        **{name: entry[name] for name in simple if name in entry},
        part=part,
        conditions=(*shared, *_conditions(entry)),
        options=tuple(_option(option) for option in entry.get("options", ())),
        columns=tuple(Column(**column) for column in entry.get("columns", ())),
    )


def _option(entry: Mapping[str, Any]) -> Option:
    return Option(
        value=entry["value"],
        label=entry["label"],
        code=entry.get("code"),
        portal=entry.get("portal", entry["label"]["id"]),
        conditions=_conditions(entry),
    )


def _conditions(entry: Mapping[str, Any]) -> tuple[Condition, ...]:
    return tuple(Condition(one["question"], tuple(one["is"])) for one in entry.get("applies_if", ()))


def _refuse_faults(form: Form) -> None:
    for question in form.questions:
        if question.type not in TYPES:
            raise ValueError(f"{form.name}.yaml, question {question.key}: type {question.type} is none of {TYPES}")
        options = (condition for option in question.options for condition in option.conditions)
        for condition in (*question.conditions, *options):
            if condition.question not in form.by_key:
                raise ValueError(f"{form.name}.yaml, question {question.key}: no question {condition.question}")
