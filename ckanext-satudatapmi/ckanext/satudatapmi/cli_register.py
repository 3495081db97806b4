"""The command line on the daftar data: `ckan satudata register <verb>`."""

from __future__ import annotations

import json
from pathlib import Path

import click

FAILED, USED_WRONGLY = 1, 2


@click.group("register")
def register() -> None:
    """The daftar data with its release schedule."""


@register.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--year", type=click.IntRange(2000, 2099), help="Year of rows that name none; others are refused.")
@click.option("--update", is_flag=True, help="Bring entries that have a row's number to what it says.")
@click.option("--language", type=click.Choice(["id", "en"]), default="id", help="Language of the names of columns.")
@click.option("--dry-run", is_flag=True, help="Check every row, write nothing.")
@click.option("--json", "as_json", is_flag=True, help="Print the result for machines.")
def import_command(file: Path, year: int | None, update: bool, language: str, dry_run: bool, as_json: bool) -> None:
    """Take the rows of a CSV or a spreadsheet into the daftar data.

    The columns are headed by their names or keys: year, number, name, organization, release_days, priority, criterion,
    note. Rows that are refused are named and left out, the others land. Ends with 1 if a row was refused.

    Example: ckan satudata register import daftar-data-2027.xlsx --year 2027 --dry-run
    """
    from ckanext.satudatapmi.catalogue import import_files, register_import

    settings = register_import.Settings(file.name, year, update, dry_run, language)
    try:
        report = register_import.import_file(file.read_bytes(), settings)
    except import_files.ImportFileError as error:
        click.echo(f"satudata: {error}", err=True)
        raise SystemExit(USED_WRONGLY) from error
    if as_json:
        click.echo(json.dumps(report.plain(), ensure_ascii=False))
    else:
        for one in report.failed:
            click.echo(f"satudata: {one.message}", err=True)
        counts = f"{len(report.created)} created, {len(report.updated)} updated, {len(report.skipped)} skipped"
        click.echo(f"{report.file}: {counts}, {len({one.row for one in report.failed})} refused.")
    raise SystemExit(FAILED if report.failed else 0)


@register.command("export")
@click.option("--year", type=int, required=True, help="Of the register.")
def export_command(year: int) -> None:
    """Print the daftar data of a year as CSV, which can be imported again.

    Example: ckan satudata register export --year 2027 > daftar-data-2027.csv
    """
    from ckanext.satudatapmi.catalogue import planning, register_files

    entries = planning.calendar(year, "")["entries"]
    if not entries:
        click.echo(f"satudata: there is no register of {year}", err=True)
        raise SystemExit(FAILED)
    click.echo(register_files.to_csv(entries), nl=False)
