"""The steps of the web form: which fields each asks for, when a question applies, and how far a dataset has come."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from ckanext.satudatapmi.catalogue import forms
from ckanext.satudatapmi.portal.entry import Asked
from ckanext.satudatapmi.schemas import answers, form, wire
from ckanext.satudatapmi.schemas.form import Form, Question

DONE, BEGUN, UNTOUCHED = "done", "begun", "untouched"


@dataclass(frozen=True)
class Step:
    """One page of the form: its number from 1, what it is called by language, what it asks for."""

    number: int
    title: Mapping[str, str]
    description: Mapping[str, str]
    asked: tuple[Asked, ...]


@dataclass(frozen=True)
class Problem:
    """What is wrong with a field, in words that name the question and say what would be right."""

    field: str
    message: str


@cache
def _questions() -> Mapping[str, tuple[Form, Question]]:
    """Return the questions that fields answer, by wire key."""
    found: dict[str, tuple[Form, Question]] = {}
    for name in forms.OF_DATASETS:
        of = form.load(name)
        for question in of.questions:
            found.setdefault(question.portal or question.key, (of, question))
    return found


@cache
def _fields() -> Mapping[str, str]:
    """Return the names of fields by wire key."""
    return {field.key: field.field for field in wire.dataset_fields()}


def steps(pages: Sequence[Mapping[str, Any]]) -> list[Step]:
    """Return the steps of the form.

    Args:
        pages: as scheming_get_dataset_form_pages gives them: title, description and fields; a field without a form
            snippet is no business of people.
    """
    return [
        Step(number, page["title"], page["description"], tuple(_asked(page["fields"])))
        for number, page in enumerate(pages, 1)
    ]


def _asked(fields: Sequence[Mapping[str, Any]]) -> Iterator[Asked]:
    visibility = wire.dataset_schema()["visibility"]
    for field in fields:
        if field.get("form_snippet", "") is None:
            continue
        _form, question = _questions().get(field.get("wire_key", ""), (None, None))
        yield Asked(field, question)
        if field["field_name"] == visibility["after"]:
            yield Asked(visibility)


def stored_texts(package: Mapping[str, Any]) -> dict[str, str]:
    """Return what a dataset holds as the texts that the form shows, by field."""
    texts = {name: value for name, value in package.items() if isinstance(value, str)}
    tags = ", ".join(tag["name"] for tag in package.get("tags") or [])
    return texts | {"private": str(bool(package.get("private")))} | ({"tag_string": tags} if tags else {})


def rule(asked: Asked, language: str) -> str:
    """Return in words when a field is asked; "" if always."""
    of, question = _questions().get(asked.field.get("wire_key", ""), (None, None))
    return answers.rule_words(of, question, language) if of and question else ""


def is_required(asked: Asked) -> bool:
    """Tell whether an answer is needed, where the question applies."""
    return bool(asked.field.get("required") or (asked.question and asked.question.required))


def conditions(asked: Asked) -> list[dict[str, Any]]:
    """Return what must be answered for a field to be asked: {field, values}, all of them, values as they are posted.

    A condition on a question that no field answers stands for the conditions of that question.
    """
    of, question = _questions().get(asked.field.get("wire_key", ""), (None, None))
    return list(_conditions(of, question)) if of and question else []


def _conditions(of: Form, question: Question) -> Iterator[dict[str, Any]]:
    for condition in question.conditions:
        other = of.by_key[condition.question]
        field = _fields().get(other.portal or other.key)
        if field:
            yield {"field": field, "values": [_posted_value(value) for value in condition.values]}
        yield from _conditions(of, other)


def _posted_value(value: Any) -> str:
    if isinstance(value, bool):
        return "Ya" if value else "Tidak"
    return str(value)


def problems(package: Mapping[str, Any], language: str) -> list[Problem]:
    """Return what the BPS forms find wrong with the answers of a dataset, field by field."""
    found: dict[tuple[str, str], Problem] = {}
    for name in forms.OF_DATASETS:
        of = form.load(name)
        for one in forms.problems_of(of, forms.reading_of(package, name), language):
            question = of.by_key[one["question"]]
            field = _fields().get(question.portal or question.key)
            if field:
                found.setdefault((field, one["kind"]), Problem(field, one["message"]))
    return list(found.values())


def state(step: Step, package: Mapping[str, Any], found: Sequence[Problem]) -> tuple[str, int]:
    """Return how far a step has come (done, begun or untouched), and how many of its answers need mending."""
    names = {asked.name for asked in step.asked}
    wrong = sum(problem.field in names for problem in found)
    texts = stored_texts(package)
    if not any(texts.get(name) for name in names - {"private"}):
        return UNTOUCHED, wrong
    return (BEGUN if wrong else DONE), wrong
