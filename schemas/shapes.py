"""The three shapes in which the BPS forms travel: codes of the paper form, JSON of INDAH, flat keys of the portal.

`read` and `write` are each other's inverse: what a shape can say of an answer comes back as it was, and what a
document holds that is no answer (an unknown key, a value that cannot be read, another way of writing) is kept and
written again, as long as nobody has changed that answer.

The sole exception: INDAH and the portal do not ask whether BPS has recommended a survey (H7). There the answer is read
from the number of the recommendation.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from ckanext.satudatapmi.schemas.form import OTHER, Answers, Form, Question, Selection
from ckanext.satudatapmi.schemas.wire import canonical_json

MISSING: Final = object()
PORTAL_OTHER = "Lainnya : "
"""How the portal writes the words of the option `lainnya` (bapanas01.json)."""

RECOMMENDED = ("mendapat_rekomendasi", "identitas_rekomendasi")
LISTS = frozenset({"texts", "dates", "rows"})
YES, NO = 1, 2


class Unreadable(ValueError):
    """A value that is no answer to its question."""


@dataclass(frozen=True)
class Shape:
    """One way of writing answers.

    Attributes:
        name: paper, indah or portal.
        path: gives the keys under which a question's answer stands, from the outermost; None if it is not carried.
        encode: an answer (None included) as a JSON value.
        decode: the answer that a JSON value is; raises Unreadable.
    """

    name: str
    path: Callable[[Question], tuple[str, ...] | None]
    encode: Callable[[Question, Any], Any]
    decode: Callable[[Question, Any], Any]


@dataclass(frozen=True)
class Reading:
    """What a document says.

    Attributes:
        answers: by key of the question; questions without an answer are left out.
        kept: values by key of the question that the answer alone would not give back as they came.
        rest: all of the document that no question stands for.
        unreadable: keys of the questions whose value is no answer to them.
    """

    answers: dict[str, Any]
    kept: dict[str, Any] = field(default_factory=dict)
    rest: dict[str, Any] = field(default_factory=dict)
    unreadable: tuple[str, ...] = ()


def read(form: Form, shape: Shape, document: Mapping[str, Any]) -> Reading:
    """Return the answers that a document holds; never raises, whatever JSON it is."""
    reading = Reading({}, rest=copy.deepcopy(dict(document)))
    unreadable = []
    for question in form.questions:
        value = _take(reading.rest, shape.path(question))
        if value is MISSING:
            continue
        answer = _answer(shape, question, value)
        if answer is MISSING:
            unreadable.append(question.key)
            answer = None
        if answer is not None:
            reading.answers[question.key] = answer
        if not _same(shape.encode(question, answer), value):
            reading.kept[question.key] = value
    _infer_recommendation(form, shape, reading.answers)
    return Reading(reading.answers, reading.kept, reading.rest, tuple(unreadable))


def write(form: Form, shape: Shape, answers: Answers, former: Reading | None = None) -> dict[str, Any]:
    """Return the document of some answers.

    Args:
        form: whose answers they are.
        shape: the shape of the document.
        answers: by key; questions without an answer are written as unanswered.
        former: what was read from the document that these answers once came from; what it kept is written again.
    """
    former = former or Reading({})
    document = copy.deepcopy(former.rest)
    for question in form.questions:
        path = shape.path(question)
        if path is None:
            continue
        answer = answers.get(question.key)
        value = shape.encode(question, answer)
        if question.key in former.kept and former.answers.get(question.key) == answer:
            value = former.kept[question.key]
        _put(document, path, value)
    return document


def _answer(shape: Shape, question: Question, value: Any) -> Any:
    try:
        return shape.decode(question, value)
    except Unreadable:
        return MISSING


def _infer_recommendation(form: Form, shape: Shape, answers: dict[str, Any]) -> None:
    asked, number = RECOMMENDED
    if asked in form.by_key and shape is not PAPER and answers.get(number):
        answers.setdefault(asked, True)


def _same(first: Any, second: Any) -> bool:
    return canonical_json(first) == canonical_json(second)


def _take(document: dict[str, Any], path: tuple[str, ...] | None) -> Any:
    """Take a value out of a nested object, and the objects that this leaves empty."""
    if path is None or not isinstance(document, dict) or path[0] not in document:
        return MISSING
    if len(path) == 1:
        return document.pop(path[0])
    inner = document[path[0]]
    value = _take(inner, path[1:]) if isinstance(inner, dict) else MISSING
    if value is not MISSING and not inner:
        del document[path[0]]
    return value


def _put(document: dict[str, Any], path: tuple[str, ...], value: Any) -> None:
    for key in path[:-1]:
        inner = document.setdefault(key, {})
        if not isinstance(inner, dict):
            # The document held something else where an object belongs; there is no place for the answer.
            return
        document = inner
    document[path[-1]] = value


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise Unreadable
    return value


def _integer(value: Any) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise Unreadable
    return value


def _boolean(value: Any) -> bool:
    if not isinstance(value, bool):
        raise Unreadable
    return value


def _choice(question: Question, value: Any) -> str:
    if not isinstance(value, str) or question.option(value) is None:
        raise Unreadable
    return value


def _list(question: Question, value: Any) -> list[Any] | None:
    if not isinstance(value, list):
        raise Unreadable
    for item in value:
        if question.type == "rows":
            _row(question, item)
        else:
            _text(item)
    return value or None


def _row(question: Question, item: Any) -> None:
    if not isinstance(item, dict) or set(item) - {column.key for column in question.columns}:
        raise Unreadable
    for column in question.columns:
        cell = item.get(column.key)
        is_list = isinstance(cell, list) and all(isinstance(one, str) for one in cell)
        if cell is not None and not (is_list if column.type == "texts" else isinstance(cell, str)):
            raise Unreadable


def _selection(question: Question, chosen: set[str], other: Any = None) -> Selection | None:
    if other is not None and (not isinstance(other, str) or OTHER not in chosen or other == ""):
        raise Unreadable
    values = tuple(option.value for option in question.options if option.value in chosen)
    return Selection(values, other) if values else None


def _encode_plain(question: Question, answer: Any) -> Any:
    return [] if answer is None and question.type in LISTS else answer


def _decode_plain(question: Question, value: Any) -> Any:
    """Return the answer of a type that every shape writes alike."""
    if value is None:
        return None
    if question.type in LISTS:
        return _list(question, value)
    return _integer(value) if question.type == "integer" else _text(value)


# INDAH: enumerations, true and false, an object of booleans.


def _indah_path(question: Question) -> tuple[str, ...] | None:
    return tuple(question.indah.split(".")) if question.indah else None


def _encode_indah(question: Question, answer: Any) -> Any:
    if question.type != "choices":
        return _encode_plain(question, answer)
    selection = answer or Selection(())
    flags: dict[str, Any] = {option.value: option.value in selection.values for option in question.options}
    return flags | ({question.other: selection.other} if question.other else {})


def _decode_indah(question: Question, value: Any) -> Any:
    if value is None:
        return None
    if question.type == "yes_no":
        return _boolean(value)
    if question.type == "choice":
        return _choice(question, value)
    if question.type != "choices":
        return _decode_plain(question, value)
    if not isinstance(value, dict):
        raise Unreadable
    flags = {key: item for key, item in value.items() if key != question.other}
    if any(question.option(key) is None or not isinstance(item, bool | None) for key, item in flags.items()):
        raise Unreadable
    return _selection(question, {key for key, item in flags.items() if item}, value.get(question.other))


# The portal: enumerations, Ya and Tidak, labels joined by commas.


def _portal_path(question: Question) -> tuple[str, ...] | None:
    return (question.portal,) if question.portal else None


def _field_path(question: Question) -> tuple[str, ...]:
    return (question.portal or question.key,)


def _encode_portal(question: Question, answer: Any) -> Any:
    if question.type == "yes_no" and answer is not None:
        return "Ya" if answer else "Tidak"
    if question.type != "choices" or answer is None:
        return _encode_plain(question, answer)
    chosen = [option for option in question.options if option.value in answer.values]
    return ", ".join(
        PORTAL_OTHER + answer.other if option.value == OTHER and answer.other else option.portal for option in chosen
    )


def _decode_portal(question: Question, value: Any) -> Any:
    if value is None:
        return None
    if question.type == "yes_no":
        if value not in ("Ya", "Tidak"):
            raise Unreadable
        return value == "Ya"
    if question.type == "choice":
        return _choice(question, value)
    if question.type != "choices":
        return _decode_plain(question, value)
    return _decode_labels(question, _text(value))


def _decode_labels(question: Question, text: str) -> Selection | None:
    """Return the options whose labels are joined by commas; all behind `Lainnya : ` are the words of that option."""
    labels, mark, other = text.partition(PORTAL_OTHER)
    by_label = {option.portal: option.value for option in question.options}
    chosen = {by_label.get(label.strip()) for label in labels.split(",") if label.strip()}
    if mark:
        chosen.add(OTHER)
    values = {value for value in chosen if value is not None}
    if len(values) < len(chosen):
        raise Unreadable
    return _selection(question, values, other if mark else None)


# The paper form: codes, 1 and 2, sums of powers of two.


def _paper_path(question: Question) -> tuple[str, ...] | None:
    return (question.key,)


def _is_sum(question: Question) -> bool:
    return all(isinstance(option.code, int) for option in question.options)


def _encode_paper(question: Question, answer: Any) -> Any:
    if answer is None or question.type not in ("yes_no", "choice", "choices"):
        return _encode_plain(question, answer)
    if question.type == "yes_no":
        return YES if answer else NO
    if question.type == "choice":
        option = question.option(answer)
        return answer if option is None or option.code is None else option.code
    chosen = [option for option in question.options if option.value in answer.values]
    if not _is_sum(question):
        return {str(option.code): YES if option in chosen else NO for option in question.options}
    total = sum(int(option.code or 0) for option in chosen)
    return {"kode": total, "lainnya": answer.other} if answer.other else total


def _decode_paper(question: Question, value: Any) -> Any:
    if value is None:
        return None
    if question.type == "yes_no":
        if value not in (YES, NO) or isinstance(value, bool):
            raise Unreadable
        return value == YES
    if question.type == "choice":
        return _decode_code(question, value)
    if question.type != "choices":
        return _decode_plain(question, value)
    return _decode_sum(question, value) if _is_sum(question) else _decode_ticks(question, value)


def _decode_code(question: Question, value: Any) -> str:
    for option in question.options:
        written = option.value if option.code is None else option.code
        if written == value and not isinstance(value, bool):
            return option.value
    raise Unreadable


def _decode_sum(question: Question, value: Any) -> Selection | None:
    other = None
    if isinstance(value, dict):
        if set(value) != {"kode", "lainnya"}:
            raise Unreadable
        value, other = value["kode"], value["lainnya"]
    total = _integer(value)
    codes = {option.value: int(option.code or 0) for option in question.options}
    if not 0 <= total <= sum(codes.values()):
        raise Unreadable
    return _selection(question, {name for name, code in codes.items() if total & code}, other)


def _decode_ticks(question: Question, value: Any) -> Selection | None:
    codes = {str(option.code): option.value for option in question.options}
    if not isinstance(value, dict) or set(value) != set(codes) or any(tick not in (YES, NO) for tick in value.values()):
        raise Unreadable
    return _selection(question, {codes[code] for code, tick in value.items() if tick == YES})


PAPER = Shape("paper", _paper_path, _encode_paper, _decode_paper)
INDAH = Shape("indah", _indah_path, _encode_indah, _decode_indah)
PORTAL = Shape("portal", _portal_path, _encode_portal, _decode_portal)
FIELDS = Shape("fields", _field_path, _encode_portal, _decode_portal)
"""As the fields of a dataset hold the answers: like the portal, and what the portal does not carry by its own key."""

SHAPES: Mapping[str, Shape] = {shape.name: shape for shape in (PAPER, INDAH, PORTAL)}
