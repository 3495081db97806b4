"""The command line on data dictionaries: `ckan satudata dictionary <verb>`."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import ckan.plugins.toolkit as tk
import click

FAILED, USED_WRONGLY = 1, 2


@click.group("dictionary")
def dictionary() -> None:
    """Data dictionaries, and tables checked against them."""


@dictionary.command("check")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--schema",
    "schema_file",
    required=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A Table Schema, or a list of MS-Var documents (JSON).",
)
@click.option("--show", default=20, show_default=True, help="How many faults are told one by one.")
@click.option("--json", "as_json", is_flag=True, help="Print what was found for machines.")
def check_command(file: Path, schema_file: Path, show: int, as_json: bool) -> None:
    """Check a CSV or a spreadsheet against a data dictionary.

    Ends with 0 if the file complies, 1 if it does not, 2 if the dictionary or the file cannot be used.

    Example: ckan satudata dictionary check penempatan.csv --schema kamus.json
    """
    from ckanext.satudatapmi.catalogue import table_files
    from ckanext.satudatapmi.tables import contract
    from ckanext.satudatapmi.tables.values import TableError

    schema = _schema(schema_file)
    limits = replace(table_files.limits(), shown=show)
    try:
        outcome = contract.check(file.read_bytes(), schema, file.name, limits)
    except TableError as error:
        raise SystemExit(_refused(str(error))) from error
    if as_json:
        click.echo(json.dumps(outcome.plain(), ensure_ascii=False))
    else:
        for words in (*outcome.messages(), *outcome.warnings):
            click.echo(words, err=True)
        click.echo(f"{file.name}: {outcome.rows} rows checked, {outcome.total} faults.")
    if not outcome.complies:
        raise SystemExit(FAILED)


@dictionary.command("show")
@click.argument("resource")
@click.option(
    "--shape",
    type=click.Choice(["indah", "datastore", "table_schema", "csvw"]),
    default="table_schema",
    help="How it is written.",
)
def show_command(resource: str, shape: str) -> None:
    """Print the data dictionary of a resource (its id) as JSON.

    Example: ckan satudata dictionary show 6f7c... --shape csvw
    """
    from ckanext.satudatapmi.harvesters import runs

    try:
        found = tk.get_action("satudata_dictionary_show")(runs.site_context(), {"id": resource, "shape": shape})
    except tk.ObjectNotFound as error:
        click.echo(f"satudata: there is no data dictionary of a resource {resource}", err=True)
        raise SystemExit(FAILED) from error
    click.echo(json.dumps(found, ensure_ascii=False, indent=1))


@dictionary.command("load")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--resource", required=True, help="The id of the resource whose table the rows become.")
def load_command(file: Path, resource: str) -> None:
    """Load a CSV into the DataStore with the columns and types that the MS-Var of its resource declares.

    It may have millions of rows. Rows that were there are replaced, or stay if the file cannot be taken; the other
    rules of MS-Var are not looked at (see `check`). The words of many rows can be searched some time after.

    Example: ckan satudata dictionary load penempatan.csv --resource 6f7c...
    """
    from ckanext.satudatapmi.catalogue import declared_tables
    from ckanext.satudatapmi.harvesters import runs
    from ckanext.satudatapmi.tables.loader import LoadError
    from ckanext.satudatapmi.tables.values import TableError

    try:
        rows = declared_tables.load_file(resource, file, runs.site_context())
    except tk.ObjectNotFound as error:
        raise SystemExit(_refused(f"there is no resource {resource}")) from error
    except tk.ValidationError as error:
        words = [one for told in error.error_dict.values() for one in (told if isinstance(told, list) else [told])]
        raise SystemExit(_refused("\n".join(map(str, words)))) from error
    except (TableError, LoadError) as error:
        click.echo(f"satudata: {error}", err=True)
        raise SystemExit(FAILED) from error
    click.echo(f"{file.name}: {rows} rows loaded.")


def _schema(path: Path) -> dict[str, Any]:
    """Return the Table Schema of a file that holds one, or MS-Var documents; end with 2 if it holds neither."""
    from ckanext.satudatapmi.catalogue import dictionaries

    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except (ValueError, RecursionError) as error:
        raise SystemExit(_refused(f"{path.name} is no JSON: {error}")) from error
    if isinstance(document, list):
        if found := dictionaries.problems(document, "id"):
            raise SystemExit(_refused("\n".join(f"{path.name}: {words}" for words in found)))
        return dictionaries.described({}, document, "table_schema")
    fields = document.get("fields") if isinstance(document, dict) else None
    if not isinstance(fields, list) or not all(isinstance(one, dict) and one.get("name") for one in fields):
        raise SystemExit(_refused(f"{path.name} is neither a Table Schema nor a list of MS-Var documents"))
    return document


def _refused(message: str) -> int:
    click.echo(f"satudata: {message}", err=True)
    return USED_WRONGLY
