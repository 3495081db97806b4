"""The BPS forms of a dataset as pages that print as the paper form, as PDF, and as JSON in the three shapes."""

from __future__ import annotations

import datetime as dt
import json
import logging
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import ckan.plugins.toolkit as tk
from flask import Blueprint, Response

from ckanext.satudatapmi.catalogue import forms
from ckanext.satudatapmi.portal import formats
from ckanext.satudatapmi.schemas import form, shapes
from ckanext.satudatapmi.schemas.form import Question, Selection

if TYPE_CHECKING:
    from ckanext.satudatapmi.portal import form_pdf

log = logging.getLogger(__name__)
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


@pages.route("/dataset/<reference>/formulir/<any(ms_keg,ms_ind):name>.pdf")
def pdf(reference: str, name: str) -> Response | tuple[str, int]:
    """Return a form of a dataset as it stands on paper."""
    # It takes 30 MB of memory, which only those processes shall need that print a form.
    from ckanext.satudatapmi.portal import form_pdf

    try:
        package = tk.get_action("package_show")({}, {"id": reference})
    except (tk.ObjectNotFound, tk.NotAuthorized):
        return tk.abort(404, tk._("Dataset not found"))
    try:
        content = form_pdf.render(_sheet(package, name), Path(tk.config["ckanext.satudatapmi.pdf.font_folder"]))
    except form_pdf.FontsMissing as error:
        log.error("form not printed: %s", error)
        return tk.abort(503, tk._("This site cannot make PDF files now. Print the page instead."))
    headers = {"Content-Disposition": f'inline; filename="{package["name"]}-{name}.pdf"'}
    return Response(content, mimetype="application/pdf", headers=headers)


def _sheet(package: Mapping[str, Any], name: str) -> form_pdf.FormSheet:
    from ckanext.satudatapmi.portal import form_pdf

    language = tk.h.satudata_language()
    changed = dt.datetime.fromisoformat(package["metadata_modified"]).replace(tzinfo=dt.UTC)
    return form_pdf.FormSheet(
        title=form.load(name).title[language],
        dataset=package["title"],
        year=str(forms.reading_of(package, name).answers.get("tahun") or ""),
        address=tk.h.url_for("dataset.read", id=package["name"], qualified=True, locale="default"),
        date=formats.date(changed.date().isoformat(), language),
        changed=changed,
        language=language,
        parts=parts(package, name),
    )


def parts(package: Mapping[str, Any], name: str) -> list[dict[str, Any]]:
    """Return the parts of a form with the answers of a dataset, as the page shows them.

    Returns:
        {name, title, questions}; a question is {key, number, label, applies, kind, text, items, columns, rows, options,
        code}: kind is text, list, table or nothing; options are {code, label, chosen}; code is what the paper form has
        in its box, "" where it has none.
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
                    "options": _options(question, answers.get(question.key), language),
                    "code": _code(question, answers.get(question.key)),
                }
                | _shown(question, answers.get(question.key), language)
                for question in part.questions
            ],
        }
        for part in of.parts
    ]


def _options(question: Question, answer: Any, language: str) -> list[dict[str, Any]]:
    """Return what there is to choose from, with the codes of the paper form."""
    if question.type == "yes_no":
        both = ((shapes.YES, tk._("Yes"), True), (shapes.NO, tk._("No"), False))
        return [{"code": code, "label": label, "chosen": answer is value} for code, label, value in both]
    values = answer.values if isinstance(answer, Selection) else (answer,)
    chosen = answer if isinstance(answer, Selection) else None
    return [
        {
            "code": "" if option.code is None else option.code,
            "label": _label(question, option.value, language, chosen),
            "chosen": option.value in values,
        }
        for option in question.options
    ]


def _code(question: Question, answer: Any) -> str:
    """Return the code of the paper form for an answer that has one: an option's, or the sum of several."""
    if answer is None or question.type not in ("yes_no", "choice", "choices"):
        return ""
    code = shapes.PAPER.encode(question, answer)
    code = code.get("kode") if isinstance(code, dict) else code
    return str(code) if isinstance(code, int) else ""


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
