"""The command line on organisations: `ckan satudata organizations <verb>`."""

from __future__ import annotations

import json
from pathlib import Path

import click

from ckanext.satudatapmi.cli_reports import tell

FAILED, USED_WRONGLY = 1, 2


@click.group("organizations")
def organizations() -> None:
    """Organisations."""


@organizations.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--kind", required=True, help="Of all bodies in the file: p3mi, lembaga_pelatihan, perguruan_tinggi, ...")
@click.option("--user", help="Name of the user who writes. Default: the site's own.")
@click.option("--language", type=click.Choice(["id", "en"]), default="id", help="Language of the names of columns.")
@click.option("--dry-run", is_flag=True, help="Check every row, write nothing.")
@click.option("--json", "as_json", is_flag=True, help="Print the result for machines.")
def import_command(file: Path, kind: str, user: str | None, language: str, dry_run: bool, as_json: bool) -> None:
    """Make an organisation of each row of a register of companies, training centres, universities and the like.

    Columns: nama, nomor_izin, kode_wilayah or kabupaten and provinsi, situs, induk, status; others are left. Rows that
    are refused are named and left out, the others land. Bodies that are not in the register any more are named, never
    deleted. Ends with 1 if a row was refused.

    Example: ckan satudata organizations import p3mi-2026.csv --kind p3mi --dry-run
    """
    from ckanext.satudatapmi.catalogue import import_files, organization_import
    from ckanext.satudatapmi.harvesters import runs

    if kind not in organization_import.kinds():
        click.echo(
            f"satudata: {kind} is no kind of body; expected one of: {', '.join(organization_import.kinds())}", err=True
        )
        raise SystemExit(USED_WRONGLY)
    writer = user or runs.site_context().get("user", "")
    settings = organization_import.Settings(file.name, kind, writer, dry_run, language)
    try:
        report = organization_import.import_file(file.read_bytes(), settings)
    except import_files.ImportFileError as error:
        click.echo(f"satudata: {error}", err=True)
        raise SystemExit(USED_WRONGLY) from error
    if as_json:
        click.echo(json.dumps(report.plain(), ensure_ascii=False))
    else:
        tell(report, "not in the register any more")
    raise SystemExit(FAILED if report.failed else 0)
