"""Whether the answers to a BPS form comply: nothing missing, nothing that is not asked, no value out of its range."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from typing import Any

from ckanext.satudatapmi.schemas.convert import EMAIL, short
from ckanext.satudatapmi.schemas.form import OTHER, Answers, Form, Question, Selection
from ckanext.satudatapmi.text import _

YEAR = re.compile(r"^(19|20)\d\d$")
LANGUAGES = ("id", "en")
MISSING, NOT_ASKED = "missing", "not_asked"


@dataclass(frozen=True)
class Problem:
    """What is wrong with one answer.

    Attributes:
        question: key of the question.
        kind: missing, not_asked, not_an_option, option_excluded, words_missing, wrong_type, not_a_year, not_an_email,
            not_a_date, period_reversed or negative.
        value: the answer, shortened; "" where there is none.
        row: for a repeating group, the number of the row, from 1; else 0.
    """

    question: str
    kind: str
    value: str = ""
    row: int = 0


def check(form: Form, answers: Answers) -> list[Problem]:
    """Return what is wrong with the answers to a form, in the order of its questions; [] if they comply.

    Args:
        form: the form.
        answers: by key of the question; keys that the form does not know are not looked at.
    """
    problems: list[Problem] = []
    for question in form.questions:
        answer = answers.get(question.key)
        if not form.applies(question, answers):
            problems += _not_asked(question, answer)
        elif _is_unanswered(answer):
            problems += [Problem(question.key, MISSING)] if question.required else []
        else:
            problems += _CHECKS[question.type](form, question, answers)
    return problems


def completeness(form: Form, answers: Answers) -> tuple[int, int]:
    """Return how many of the required questions that apply have an answer, and how many there are."""
    asked = [question for question in form.questions if question.required and form.applies(question, answers)]
    answered = [question for question in asked if not _is_unanswered(answers.get(question.key))]
    return len(answered), len(asked)


def _is_unanswered(answer: Any) -> bool:
    return answer in (None, "", [])


def _not_asked(question: Question, answer: Any) -> list[Problem]:
    """Return that an answer stands where the form says to skip; the default of the form may stand there."""
    if _is_unanswered(answer) or (question.default is not None and answer == question.default):
        return []
    return [Problem(question.key, NOT_ASKED, _short(answer))]


def _check_text(form: Form, question: Question, answers: Answers) -> list[Problem]:
    answer = answers[question.key]
    if not isinstance(answer, str):
        return [Problem(question.key, "wrong_type", _short(answer))]
    wrong = {
        "year": ("not_a_year", lambda: YEAR.match(answer)),
        "email": ("not_an_email", lambda: answer == "-" or EMAIL.match(answer)),
    }.get(question.type)
    return [Problem(question.key, wrong[0], short(answer))] if wrong and not wrong[1]() else []


def _check_integer(form: Form, question: Question, answers: Answers) -> list[Problem]:
    answer = answers[question.key]
    if not isinstance(answer, int) or isinstance(answer, bool):
        return [Problem(question.key, "wrong_type", _short(answer))]
    return [Problem(question.key, "negative", str(answer))] if answer < 0 else []


def _check_yes_no(form: Form, question: Question, answers: Answers) -> list[Problem]:
    answer = answers[question.key]
    return [] if isinstance(answer, bool) else [Problem(question.key, "wrong_type", _short(answer))]


def _check_choice(form: Form, question: Question, answers: Answers) -> list[Problem]:
    return _check_options(form, question, answers, (answers[question.key],))


def _check_choices(form: Form, question: Question, answers: Answers) -> list[Problem]:
    answer = answers[question.key]
    if not isinstance(answer, Selection):
        return [Problem(question.key, "wrong_type", _short(answer))]
    problems = _check_options(form, question, answers, answer.values)
    if OTHER in answer.values and question.other and not answer.other:
        problems.append(Problem(question.key, "words_missing", OTHER))
    return problems


def _check_options(form: Form, question: Question, answers: Answers, values: tuple[Any, ...]) -> list[Problem]:
    problems = []
    for value in values:
        option = question.option(value)
        if option is None:
            problems.append(Problem(question.key, "not_an_option", _short(value)))
        elif not form.hold(option.conditions, answers):
            problems.append(Problem(question.key, "option_excluded", _short(value)))
    return problems


def _check_list(form: Form, question: Question, answers: Answers) -> list[Problem]:
    answer = answers[question.key]
    if not isinstance(answer, list) or not all(isinstance(item, str) for item in answer):
        return [Problem(question.key, "wrong_type", _short(answer))]
    if question.type != "dates":
        return []
    return [
        Problem(question.key, "not_a_date", short(item), number)
        for number, item in enumerate(answer, 1)
        if _date(item) is None
    ]


def _check_rows(form: Form, question: Question, answers: Answers) -> list[Problem]:
    answer = answers[question.key]
    if not isinstance(answer, list) or not all(isinstance(row, Mapping) for row in answer):
        return [Problem(question.key, "wrong_type", _short(answer))]
    problems = []
    for number, row in enumerate(answer, 1):
        if not any(row.get(column.key) for column in question.columns):
            problems.append(Problem(question.key, MISSING, row=number))
        problems += _check_dates_of_row(question, row, number)
    return problems


def _check_dates_of_row(question: Question, row: Mapping[str, Any], number: int) -> Iterator[Problem]:
    values = [row.get(column.key) for column in question.columns if column.type == "date"]
    for value in values:
        if value and _date(value) is None:
            yield Problem(question.key, "not_a_date", _short(value), number)
    dates = [parsed for value in values if (parsed := _date(value))]
    for first, second in pairwise(dates):
        if second < first:
            yield Problem(question.key, "period_reversed", f"{first} – {second}", number)


def _date(value: Any) -> date | None:
    try:
        return date.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None


def _short(answer: Any) -> str:
    if isinstance(answer, Selection):
        return short(", ".join((*answer.values, *([answer.other] if answer.other else []))))
    return short(answer)


_CHECKS: Mapping[str, Callable[[Form, Question, Answers], list[Problem]]] = {
    "text": _check_text,
    "long_text": _check_text,
    "year": _check_text,
    "email": _check_text,
    "integer": _check_integer,
    "yes_no": _check_yes_no,
    "choice": _check_choice,
    "choices": _check_choices,
    "texts": _check_list,
    "dates": _check_list,
    "rows": _check_rows,
}


def problem_words(form: Form, problem: Problem, language: str) -> str:
    """Return what is wrong in words: number and name of the question, what it holds, what would be right.

    Args:
        form: the form.
        problem: as `check` found it.
        language: id or en, for the names of questions and options; the sentence is in the visitor's language.
    """
    question = form.by_key[problem.question]
    place = f"{question.number} {question.label[language]}"
    if problem.row:
        place = _("{question}, row {row}", question=place, row=problem.row)
    return f"{place}: {_words(form, question, problem, language)}"


def _words(form: Form, question: Question, problem: Problem, language: str) -> str:
    told = {
        "value": problem.value,
        "options": "; ".join(option.label[language] for option in question.options),
        "rule": rule_words(form, question, language),
    }
    words: Mapping[str, Callable[[], str]] = {
        "missing": lambda: _("an answer is needed. {rule}", **told).strip(),
        "not_asked": lambda: _("{value} cannot stand here. {rule} Take the answer out.", **told),
        "not_an_option": lambda: _("{value} is none of the answers. Expected: {options}.", **told),
        "option_excluded": lambda: _("{value} contradicts another answer. Choose the one that fits.", **told),
        "words_missing": lambda: _("“Other” is ticked. Say what it is."),
        "wrong_type": lambda: _("{value} is not of the kind that this question asks for.", **told),
        "not_a_year": lambda: _("{value} is no year. Write four digits, such as 2026.", **told),
        "not_an_email": lambda: _("{value} is no e-mail address. Write one such as unit@agency.go.id.", **told),
        "not_a_date": lambda: _("{value} is no date. Write year-month-day, such as 2026-01-31.", **told),
        "period_reversed": lambda: _("{value} ends before it begins. Exchange the two dates.", **told),
        "negative": lambda: _("{value} is less than nothing. Write 0 or more.", **told),
    }
    return words[problem.kind]()


def rule_words(form: Form, question: Question, language: str) -> str:
    """Return when a question applies, in words; "" for one that always does."""
    told = []
    for condition in question.conditions:
        other = form.by_key[condition.question]
        values = [_value_words(other, value, language) for value in condition.values]
        told.append(f"{other.number} {other.label[language]} = {_(' or ').join(values)}")
    return _("It is asked where {rule}.", rule="; ".join(told)) if told else ""


def _value_words(question: Question, value: Any, language: str) -> str:
    if isinstance(value, bool):
        return _("Yes") if value else _("No")
    option = question.option(value)
    return option.label[language] if option else str(value)
