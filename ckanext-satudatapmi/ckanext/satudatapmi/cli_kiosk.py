"""The command line on the content of the kiosk: `ckan satudata kiosk <verb>`."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import asdict
from pathlib import Path
from typing import Any

import ckan.plugins.toolkit as tk
import click

from ckanext.satudatapmi.cli_reports import tell

FAILED, USED_WRONGLY = 1, 2


@click.group("kiosk")
def kiosk() -> None:
    """Content of the kiosk (AIM)."""


@kiosk.command("seed")
@click.option(
    "--organization", default="bp2mi", show_default=True, help="Name of the organisation that is responsible."
)
@click.option("--dry-run", is_flag=True, help="Say what would change, change nothing.")
@click.option("--json", "as_json", is_flag=True, help="Print the result for machines.")
def seed_command(organization: str, dry_run: bool, as_json: bool) -> None:
    """Load the items that the portal ships with; what was changed or deleted in the portal is left alone.

    Example: ckan satudata kiosk seed --dry-run
    """
    from ckanext.satudatapmi.catalogue.kiosk import seeds
    from ckanext.satudatapmi.harvesters import runs

    owner = _organization(organization)
    try:
        changes = seeds.load(owner["id"], runs.site_context().get("user", ""), dry_run=dry_run)
    except tk.ValidationError as error:
        click.echo(f"satudata: an item is refused: {error}", err=True)
        raise SystemExit(FAILED) from error
    if as_json:
        click.echo(json.dumps([asdict(change) for change in changes], ensure_ascii=False))
        return
    for change in changes:
        if change.action != seeds.KEPT:
            click.echo(f"{change.action:7} {change.type:14} {change.name}")
    counts = Counter(change.action for change in changes)
    click.echo(", ".join(f"{counts[action]} {action}" for action in sorted(counts)))


@kiosk.command("import")
@click.argument("kind")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--organization", required=True, help="Name of the organisation that is responsible for new items.")
@click.option("--verified-on", default="", help="Day of the verification of rows that do not say it: 2026-01-31.")
@click.option("--verified-by", default="", help="Office that verified them.")
@click.option("--source-title", default="", help="Their source.")
@click.option("--source-url", default="", help="Its address.")
@click.option("--user", help="Name of the user who writes. Default: the site's own.")
@click.option("--language", type=click.Choice(["id", "en"]), default="id", help="Language of the names of columns.")
@click.option("--dry-run", is_flag=True, help="Check every row, write nothing.")
@click.option("--json", "as_json", is_flag=True, help="Print the result for machines.")
def import_command(
    kind: str, file: Path, organization: str, user: str | None, language: str, dry_run: bool, as_json: bool, **said: str
) -> None:
    """Take a table of items: a register of companies (aim-agency), training centres (aim-training), job orders ...

    The columns are headed by the names of the fields or their labels. Rows that are refused are named and left out, the
    others land; a row of an item that is there changes it. Items that the table does not have are named, never
    deleted. Ends with 1 if a row was refused.

    Example: ckan satudata kiosk import aim-agency p3mi.csv --organization bp2mi --verified-on 2026-01-31
        --verified-by "Direktorat Penempatan" --source-title "Daftar P3MI" --dry-run
    """
    from ckanext.satudatapmi.catalogue import import_files
    from ckanext.satudatapmi.catalogue.kiosk import fields, importing
    from ckanext.satudatapmi.harvesters import runs

    if kind not in fields.types():
        click.echo(f"satudata: {kind} is no kind of items; expected one of: {', '.join(fields.types())}", err=True)
        raise SystemExit(USED_WRONGLY)
    writer = user or runs.site_context().get("user", "")
    owner = _organization(organization)["id"]
    try:
        tk.check_access("package_create", {"user": writer}, {"owner_org": owner, "type": kind})
        settings = importing.Settings(file.name, kind, owner, writer, said, dry_run, language)
        report = importing.import_file(file.read_bytes(), settings)
    except tk.NotAuthorized as error:
        click.echo(f"satudata: {writer} may not enter content for {organization}", err=True)
        raise SystemExit(USED_WRONGLY) from error
    except import_files.ImportFileError as error:
        click.echo(f"satudata: {error}", err=True)
        raise SystemExit(USED_WRONGLY) from error
    if as_json:
        click.echo(json.dumps(report.plain(), ensure_ascii=False))
    else:
        tell(report, "not in the table")
    raise SystemExit(FAILED if report.failed else 0)


@kiosk.command("add")
@click.argument("name")
@click.option("--place", required=True, help="Where it stands.")
@click.option("--wilayah", required=True, help="Code of its province or district: 52.02.")
@click.option("--tongue", "tongues", multiple=True, default=("id", "en"), show_default=True, help="Code of a language.")
@click.option("--slip", default="none", show_default=True, help="Paper of its printer: none, 58, 80 or a6.")
def add_command(name: str, place: str, wilayah: str, tongues: tuple[str, ...], slip: str) -> None:
    """Add a kiosk, and print the address that makes a device this kiosk; it holds a secret and is told this once.

    Example: ckan satudata kiosk add lombok-tengah-1 --place "Disnaker Lombok Tengah" --wilayah 52.02 --slip 80
    """
    from ckanext.satudatapmi.harvesters import runs

    said = {"id": name, "place": place, "wilayah": wilayah, "tongues": list(tongues), "slip": slip}
    try:
        made = tk.get_action("satudata_kiosk_create")(runs.site_context(), said)
    except tk.ValidationError as error:
        for field, message in error.error_summary.items():
            click.echo(f"satudata: {field}: {message}", err=True)
        raise SystemExit(USED_WRONGLY) from error
    address = tk.url_for("satudata_kiosk_devices.set_up", qualified=True, locale="default")
    click.echo(f"{address}#{made['secret']}")


@kiosk.command("edition")
@click.pass_context
def edition_command(context: click.Context) -> None:
    """Make an edition for the kiosks of what is valid today, and print its number; it takes a minute or two.

    The portal makes one each day and after changes: this is for who does not want to wait.
    """
    from ckanext.satudatapmi.portal.kiosk import making

    # Screens are rendered with addresses and translations, which need a request.
    with context.meta["flask_app"].test_request_context():
        click.echo(making.make())


def _organization(name: str) -> dict[str, Any]:
    from ckanext.satudatapmi.harvesters import runs

    try:
        return tk.get_action("organization_show")(runs.site_context(), {"id": name, "include_datasets": False})
    except tk.ObjectNotFound as error:
        click.echo(f"satudata: there is no organisation {name}", err=True)
        raise SystemExit(USED_WRONGLY) from error
