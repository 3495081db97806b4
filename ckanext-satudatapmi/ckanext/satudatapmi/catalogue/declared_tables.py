"""A CSV into the DataStore as the MS-Var of its resource declares its columns, however many rows it has."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import ckan.plugins.toolkit as tk

from ckanext.satudatapmi.catalogue import dictionaries
from ckanext.satudatapmi.schemas.variables import BOOLEAN, CHARACTER, DATE, FLOAT, INTEGER, Variable, variable
from ckanext.satudatapmi.tables.loader import load_csv
from ckanext.satudatapmi.tables.values import Field
from ckanext.satudatapmi.text import _, language

FIELD_TYPES = {CHARACTER: "text", INTEGER: "integer", FLOAT: "number", DATE: "date", BOOLEAN: "boolean"}


def load_file(resource_id: str, path: Path, context: Any) -> int:
    """Load a CSV in place of what the DataStore holds of a resource, and return the number of rows.

    Args:
        resource_id: of a resource with MS-Var of its own.
        path: of the CSV; its cells are read in the declared types and not held against the other rules.
        context: of the caller, who may update the resource.

    Raises:
        ckan.logic.ObjectNotFound, ckan.logic.NotAuthorized: there is no such resource for the caller.
        ckan.logic.ValidationError: the resource has no MS-Var that can be used.
        TableError, LoadError: the file does not hold what is declared, or the database refuses it.
    """
    resource = tk.get_action("resource_show")(tk.fresh_context(context), {"id": resource_id})
    return load_csv(resource_id, path, _fields(resource), tk.fresh_context(context))


def _fields(resource: Mapping[str, Any]) -> list[Field]:
    documents = dictionaries.own_documents(resource)
    problems = [_("The resource has no MS-Var of its own. Describe its columns first.")]
    if documents:
        problems = dictionaries.problems(documents, language())
    if problems:
        raise tk.ValidationError({dictionaries.FIELD: problems})
    return [_field(variable(document)) for document in documents]


def _field(one: Variable) -> Field:
    """Return a column; readers filter by what tells rows apart, and by codes."""
    by_it = one.rules.key or bool(one.rules.codes)
    return Field(one.name, FIELD_TYPES[one.kind], one.title, one.definition, one.rules.codes, indexed=by_it)
