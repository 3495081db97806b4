"""The data dictionary of a resource as a page, and as Table Schema, CSVW and MS-Var for machines."""

from __future__ import annotations

import json
from typing import Any

import ckan.plugins.toolkit as tk
from flask import Blueprint, Response, request

from ckanext.satudatapmi.reference.published import published_lists
from ckanext.satudatapmi.schemas import csvw, form, variables
from ckanext.satudatapmi.schemas.form import Question
from ckanext.satudatapmi.schemas.variables import Rules, Variable

FILES = {
    "table-schema": ("table_schema", "application/json"),
    "csvw": ("csvw", csvw.MEDIA_TYPE),
    "ms-var": ("indah", "application/json"),
}
"""Shape and media type by the name of the file."""
DESCRIBED = frozenset({"dataset_resource.read", "dataset_resource.download"})
ADDRESS = "/dataset/<reference>/resource/<resource_id>/kamus"

pages = Blueprint("satudata_dictionary", __name__)


@pages.route(ADDRESS)
def show(reference: str, resource_id: str) -> Response | tuple[str, int]:
    """Show the columns of a table: what each means, its unit, type, codes and rules."""
    try:
        resource = tk.get_action("resource_show")({}, {"id": resource_id})
        package = tk.get_action("package_show")({}, {"id": reference})
        if resource["package_id"] != package["id"]:
            raise tk.ObjectNotFound
        documents = tk.get_action("satudata_dictionary_show")({}, {"id": resource_id})
    except (tk.ObjectNotFound, tk.NotAuthorized):
        return tk.abort(404, tk._("The resource has no data dictionary"))
    names = csvw.column_names([variables.variable(document) for document in documents])
    columns = [_column(document, names) for document in documents]
    values = {"pkg_dict": package, "pkg": package, "resource": resource, "columns": columns}
    response = Response(tk.render("satudata/dictionary.html", values))
    return _linked(response, package["name"], resource_id)


@pages.route(f"{ADDRESS}/<any('table-schema',csvw,'ms-var'):name>.json")
def document(reference: str, resource_id: str, name: str) -> Response | tuple[str, int]:
    """Return the data dictionary for machines."""
    shape, media_type = FILES[name]
    try:
        found = tk.get_action("satudata_dictionary_show")({}, {"id": resource_id, "shape": shape})
    except (tk.ObjectNotFound, tk.NotAuthorized):
        return tk.abort(404, tk._("The resource has no data dictionary"))
    response = Response(json.dumps(found, ensure_ascii=False, indent=1), content_type=f"{media_type}; charset=utf-8")
    response.headers["Access-Control-Allow-Origin"] = "*"
    return response


@pages.after_app_request
def link_to_dictionary(response: Response) -> Response:
    """Lead machines from a file, and from its page, to what describes it (CSVW, section 5.2)."""
    values = request.view_args or {}
    if request.endpoint not in DESCRIBED or response.status_code != 200 or "resource_id" not in values:
        return response
    try:
        resource = tk.get_action("resource_show")({}, {"id": values["resource_id"]})
    except (tk.ObjectNotFound, tk.NotAuthorized):
        return response
    has_dictionary = resource.get("ms_var") or resource.get("datastore_active")
    return _linked(response, resource["package_id"], resource["id"]) if has_dictionary else response


def _linked(response: Response, reference: str, resource_id: str) -> Response:
    address = tk.h.url_for(
        "satudata_dictionary.document", reference=reference, resource_id=resource_id, name="csvw", locale="default"
    )
    response.headers.add("Link", f'<{address}>; rel="describedby"; type="{csvw.MEDIA_TYPE}"')
    return response


def _column(document: dict[str, Any], names: Any) -> dict[str, Any]:
    """Return a column as the page shows it; `more` holds the answers that have no place of their own."""
    one, of = variables.variable(document), form.load(variables.FORM)
    answers = variables.read(document).answers
    language = tk.h.satudata_language()
    more = ("referensi_pemilihan", "referensi_waktu", "ukuran", "kalimat_pertanyaan", "id_sds")
    openness = "apakah_variabel_bisa_diakses_umum"
    told = [(of.by_key[key].label[language], _words(answers[key])) for key in more if answers.get(key)]
    if answers.get(openness) is not None:
        told.append((of.by_key[openness].label[language], tk._("Yes") if answers[openness] else tk._("No")))
    return {
        "name": one.name,
        "anchor": names[one.name],
        "title": one.title if one.title != one.name else "",
        "definition": one.definition if one.definition != one.title else "",
        "concept": list(one.concept),
        "unit": one.unit,
        "kind": _kind(of.by_key["tipe_data"], one, language),
        "codes": one.rules.codes if one.rules.codes in published_lists() else "",
        "domain": list(one.domain),
        "rules": _rules(one.rules),
        "texts": list(one.rules.texts),
        "more": told,
    }


def _kind(question: Question, one: Variable, language: str) -> str:
    option = question.option(one.kind)
    return option.label[language] if option else one.kind


def _words(answer: Any) -> str:
    return "; ".join(answer) if isinstance(answer, list) else str(answer)


def _rules(rules: Rules) -> list[str]:
    """Return the rules that are checked on upload, in words."""
    told = [
        (rules.required, tk._("always filled")),
        (rules.unique, tk._("each value once")),
        (rules.key, tk._("tells rows apart")),
        (rules.minimum is not None, tk._("at least {limit}").format(limit=rules.minimum)),
        (rules.maximum is not None, tk._("at most {limit}").format(limit=rules.maximum)),
        (rules.pattern, tk._("of the form {pattern}").format(pattern=rules.pattern)),
    ]
    return [words for holds, words in told if holds]
