"""The data dictionary of a resource: its MS-Var, or what the DataStore says of its table, in four shapes."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import Any

import ckan.plugins.toolkit as tk
from ckan.types import Context

from ckanext.satudatapmi.catalogue import forms
from ckanext.satudatapmi.reference.codelists import load
from ckanext.satudatapmi.reference.published import concepts, published_lists
from ckanext.satudatapmi.schemas import csvw, datastore_dictionary, form, table_schema, variables, wire
from ckanext.satudatapmi.schemas.variables import Codes, Lists
from ckanext.satudatapmi.text import _

log = logging.getLogger(__name__)

FIELD = "ms_var"
SHAPES = ("indah", "datastore", "table_schema", "csvw")
PAGE, FILE = "satudata_dictionary.show", "satudata_dictionary.document"


@cache
def lists() -> Lists:
    """Return the published code lists; total, other and unknown may stand in a column of any of them."""
    groups = tuple(code.code for code in load("kelompok_khusus"))
    found = {}
    for name, info in published_lists().items():
        codes = tuple(concept.code for concept in concepts(name))
        found[name] = Codes(name, tuple(dict.fromkeys((*codes, *groups))), info.complete)
    return found


def own_documents(resource: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the MS-Var documents that a resource carries, [] if it carries none that can be read."""
    value = resource.get(FIELD)
    value = wire.decode_json(value) if isinstance(value, str) else value
    return value if isinstance(value, list) and all(isinstance(one, dict) for one in value) else []


def documents_of(resource: Mapping[str, Any], context: Any) -> list[dict[str, Any]]:
    """Return the MS-Var documents of a resource: its own, else those of its DataStore table; [] if it has neither.

    Args:
        resource: in the shape of resource_show.
        context: of the caller, who may see it.
    """
    if own := own_documents(resource):
        return own
    if not resource.get("datastore_active"):
        return []
    wanted = {"resource_id": resource["id"], "limit": 0, "include_total": False}
    try:
        found = tk.get_action("datastore_search")(tk.fresh_context(context), wanted)
    except (tk.ObjectNotFound, tk.NotAuthorized):
        return []
    return datastore_dictionary.documents(found["fields"])


def described(resource: Mapping[str, Any], documents: Sequence[Mapping[str, Any]], shape: str) -> Any:
    """Return a data dictionary in one of the shapes.

    Args:
        resource: in the shape of resource_show.
        documents: MS-Var documents in the shape of INDAH.
        shape: indah, datastore, table_schema or csvw.
    """
    if shape == "indah":
        return list(documents)
    if shape == "datastore":
        return datastore_dictionary.entries(documents)
    columns = [variables.variable(document) for document in documents]
    site_url = tk.config["ckan.site_url"].rstrip("/")
    if shape == "table_schema":
        return table_schema.table_schema(columns, lists(), site_url)
    return csvw.metadata(columns, lists(), _file(resource), site_url)


def _file(resource: Mapping[str, Any]) -> csvw.Csv:
    """Return the CSV of a resource: the DataStore's where it has a table there, as every cell of it has its type."""
    url = resource.get("url") or ""
    if resource.get("datastore_active"):
        url = tk.h.url_for("datastore.dump", resource_id=resource["id"], qualified=True, locale="default")
    page = tk.h.url_for(
        PAGE, reference=resource["package_id"], resource_id=resource["id"], qualified=True, locale="default"
    )
    return csvw.Csv(url, resource.get("name") or "", page)


def problems(documents: Any, language: str) -> list[str]:
    """Return what is wrong with MS-Var documents in words, column by column; [] if they comply.

    Args:
        documents: any JSON value.
        language: id or en, for the names of questions.
    """
    if not isinstance(documents, list) or not documents:
        return [_("The data dictionary is no list. Write a JSON list with one MS-Var object a column.")]
    found = []
    for number, document in enumerate(documents, 1):
        if isinstance(document, dict):
            place = _("Column {number} ({name})", number=number, name=_name(document))
            found += [f"{place}: {words}" for words in _problems_of(document, language)]
        else:
            found.append(_("Column {number} is no object. Write the answers to MS-Var as one.", number=number))
    return found or [
        _("{count} columns are called {name}. Give each an alias of its own.", count=count, name=name)
        for name, count in Counter(_name(document) for document in documents).items()
        if count > 1
    ]


def _name(document: Mapping[str, Any]) -> str:
    return variables.variable(document).name or "?"


def _problems_of(document: Mapping[str, Any], language: str) -> Iterator[str]:
    of = form.load(variables.FORM)
    if wrong := forms.problems_of(of, variables.read(document), language):
        yield from (problem["message"] for problem in wrong)
        return
    # Rules and domain are judged by the type, so once all answers are ones.
    for key, words in variables.faults(variables.variable(document), lists()):
        yield f"{of.by_key[key].number} {of.by_key[key].label[language]}: {words}"


def code_lists(documents: Sequence[Mapping[str, Any]]) -> set[str]:
    """Return the published code lists that columns are bound to."""
    named = {variables.variable(document).rules.codes or "" for document in documents}
    return named & set(lists())


def write_to_datastore(resource: Mapping[str, Any]) -> None:
    """Write the MS-Var of a resource into the data dictionary of its DataStore table, where it differs.

    What the table's dictionary says beside stays, and so do columns that MS-Var does not describe.
    """
    documents = own_documents(resource)
    if not documents or not resource.get("datastore_active"):
        return
    described = {entry["id"]: entry["info"] for entry in datastore_dictionary.entries(documents)}
    try:
        found = tk.get_action("datastore_search")(_site(), {"resource_id": resource["id"], "limit": 0})
        former = {one["id"]: one.get("info") or {} for one in found["fields"] if one["id"] != "_id"}
        wanted = {name: info | described.get(name, {}) for name, info in former.items()}
        if wanted != former:
            types = {one["id"]: one["type"] for one in found["fields"]}
            fields = [{"id": name, "type": types[name], "info": info} for name, info in wanted.items()]
            request = {"resource_id": resource["id"], "force": True, "fields": fields}
            tk.get_action("datastore_create")(_site(), request)
    except (tk.ObjectNotFound, tk.ValidationError) as error:
        # The resource keeps its MS-Var; the table says less than it could until the next change.
        log.warning("data dictionary not written: resource=%s reason=%s", resource["id"], error)


def _site() -> Context:
    return {"ignore_auth": True, "user": ""}
