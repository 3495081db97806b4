"""Makes answers to any form, for hypothesis: every question, of every type, answered or not."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from ckanext.satudatapmi.schemas.form import OTHER, Form, Question, Selection

TEXTS = st.text(min_size=1, max_size=30)
DATES = st.dates().map(str)


def cell(kind: str) -> st.SearchStrategy[Any]:
    return {"text": TEXTS, "date": DATES, "texts": st.lists(TEXTS, max_size=2)}[kind]


@st.composite
def selections(draw: st.DrawFn, question: Question) -> Selection:
    chosen = draw(st.sets(st.sampled_from([option.value for option in question.options]), min_size=1))
    values = tuple(option.value for option in question.options if option.value in chosen)
    other = draw(st.none() | TEXTS) if OTHER in chosen and question.other else None
    return Selection(values, other)


def answers_to(question: Question) -> st.SearchStrategy[Any]:
    rows = st.fixed_dictionaries({column.key: st.none() | cell(column.type) for column in question.columns})
    return {
        "text": TEXTS,
        "long_text": TEXTS,
        "year": TEXTS,
        "email": TEXTS,
        "integer": st.integers(),
        "yes_no": st.booleans(),
        "choice": st.sampled_from([option.value for option in question.options] or [""]),
        "choices": selections(question) if question.options else st.nothing(),
        "dates": st.lists(DATES, min_size=1, max_size=3),
        "texts": st.lists(TEXTS, min_size=1, max_size=3),
        "rows": st.lists(rows, min_size=1, max_size=3),
    }[question.type]


def answers(form: Form) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries({}, optional={one.key: answers_to(one) for one in form.questions})
