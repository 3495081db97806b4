"""The BPS forms of a dataset: the answers that its metadata hold, what is wrong with them, and their three shapes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ckanext.satudatapmi.schemas import answers, convert, form, shapes, wire
from ckanext.satudatapmi.schemas.form import Form
from ckanext.satudatapmi.schemas.shapes import Reading

OF_DATASETS = ("ms_keg", "ms_ind")
"""The forms whose answers a dataset carries; MS-Var is of a column."""


def reading_of(package: Mapping[str, Any], name: str) -> Reading:
    """Return what a dataset answers to a form.

    Args:
        package: in the shape of package_show.
        name: ms_keg or ms_ind.
    """
    of = form.load(name)
    entries = convert.restore(package, wire.dataset_fields(), strict=False)
    keys = {question.portal or question.key for question in of.questions}
    return shapes.read(of, shapes.FIELDS, {key: value for key, value in entries.items() if key in keys})


def described(package: Mapping[str, Any], name: str, shape: str, language: str) -> dict[str, Any]:
    """Return a form of a dataset as plain data.

    Args:
        package: in the shape of package_show.
        name: ms_keg or ms_ind.
        shape: paper, indah or portal.
        language: id or en, for the names of questions.

    Returns:
        form, shape, document (the answers in that shape), answered and asked (numbers of required questions that apply)
        and problems: {question, number, label, kind, value, message}.
    """
    of, reading = form.load(name), reading_of(package, name)
    wanted = shapes.SHAPES[shape]
    former = reading if wanted is shapes.PORTAL else None
    answered, asked = answers.completeness(of, reading.answers)
    return {
        "form": name,
        "shape": shape,
        "document": shapes.write(of, wanted, reading.answers, former),
        "answered": answered,
        "asked": asked,
        "problems": problems_of(of, reading, language),
    }


def problems_of(of: Form, reading: Reading, language: str) -> list[dict[str, str]]:
    """Return what is wrong with the answers of a dataset, in words, in the order of the form."""
    unreadable = [
        answers.Problem(
            key,
            "not_an_option" if of.by_key[key].options else "wrong_type",
            convert.short(reading.kept.get(key)),
        )
        for key in reading.unreadable
    ]
    # A value that cannot be read is no missing one; it is told once.
    found = [one for one in answers.check(of, reading.answers) if one.question not in reading.unreadable]
    order = [question.key for question in of.questions]
    return [
        {
            "question": one.question,
            "number": of.by_key[one.question].number,
            "label": of.by_key[one.question].label[language],
            "kind": one.kind,
            "value": one.value,
            "message": answers.problem_words(of, one, language),
        }
        for one in sorted((*unreadable, *found), key=lambda problem: order.index(problem.question))
    ]
