"""The BPS forms of a dataset as pages that print as the paper form, and as JSON in the three shapes."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import ckan.plugins.toolkit as tk
from flask import Blueprint, Response

from ckanext.satudatapmi.catalogue import forms
from ckanext.satudatapmi.schemas import form
from ckanext.satudatapmi.schemas.form import Question, Selection

pages = Blueprint("satudata_forms", __name__)


@pages.route("/dataset/<reference>/formulir/<any(ms_keg,ms_ind):name>")
def show(reference: str, name: str) -> str | tuple[str, int]:
    """Show a form of a dataset with its answers."""
    try:
        package = tk.get_action("package_show")({}, {"id": reference})
        wanted = {"id": reference, "form": name, "language": tk.h.satudata_language()}
        found = tk.get_action("satudata_form_show")({}, wanted)
    except (tk.ObjectNotFound, tk.NotAuthorized):
        return tk.abort(404, tk._("Dataset not found"))
    return tk.render("satudata/form.html", {"pkg_dict": package, "pkg": package, "found": found})


@pages.route("/dataset/<reference>/formulir/<any(ms_keg,ms_ind):name>/<any(indah,paper,portal):shape>.json")
def document(reference: str, name: str, shape: str) -> Response | tuple[str, int]:
    """Return the answers to a form in one of the shapes."""
    try:
        found = tk.get_action("satudata_form_show")({}, {"id": reference, "form": name, "shape": shape})
    except (tk.ObjectNotFound, tk.NotAuthorized):
        return tk.abort(404, tk._("Dataset not found"))
    text = json.dumps(found["document"], ensure_ascii=False, indent=1)
    return Response(text, mimetype="application/json")


def parts(package: Mapping[str, Any], name: str) -> list[dict[str, Any]]:
    """Return the parts of a form with the answers of a dataset, as the page shows them.

    Returns:
        {name, title, questions}; a question is {key, number, label, applies, kind, text, items, columns, rows}: kind is
        text, list, table or nothing.
    """
    of, answers = form.load(name), forms.reading_of(package, name).answers
    language = tk.h.satudata_language()
    return [
        {
            "name": part.name,
            "title": part.title[language],
            "questions": [
                {
                    "key": question.key,
                    "number": question.number,
                    "label": question.label[language],
                    "applies": of.applies(question, answers),
                }
                | _shown(question, answers.get(question.key), language)
                for question in part.questions
            ],
        }
        for part in of.parts
    ]


def _shown(question: Question, answer: Any, language: str) -> dict[str, Any]:
    if answer is None or answer == "":
        return {"kind": "nothing"}
    if question.type == "rows":
        rows = [[_cell(row.get(column.key)) for column in question.columns] for row in answer]
        return {"kind": "table", "columns": [column.label[language] for column in question.columns], "rows": rows}
    if isinstance(answer, Selection):
        return {"kind": "list", "items": [_label(question, value, language, answer) for value in answer.values]}
    if isinstance(answer, list):
        return {"kind": "list", "items": answer}
    if isinstance(answer, bool):
        return {"kind": "text", "text": tk._("Yes") if answer else tk._("No")}
    return {"kind": "text", "text": _label(question, str(answer), language)}


def _label(question: Question, value: str, language: str, chosen: Selection | None = None) -> str:
    option = question.option(value)
    label = option.label[language] if option else value
    return f"{label}: {chosen.other}" if chosen and chosen.other and value == form.OTHER else label


def _cell(value: Any) -> str:
    return "; ".join(value) if isinstance(value, list) else str(value or "")
