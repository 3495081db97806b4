"""The command line: `ckan satudata <noun> <verb>`."""

from __future__ import annotations

import json
import os
import secrets
from dataclasses import asdict, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import ckan.model as model
import ckan.plugins.toolkit as tk
import click
import sqlalchemy as sa

from ckanext.satudatapmi.cli_dictionary import dictionary
from ckanext.satudatapmi.cli_harvest import harvest
from ckanext.satudatapmi.cli_kiosk import kiosk
from ckanext.satudatapmi.cli_maps import maps
from ckanext.satudatapmi.cli_organizations import organizations
from ckanext.satudatapmi.cli_publication import publication
from ckanext.satudatapmi.cli_register import register
from ckanext.satudatapmi.cli_signals import signals
from ckanext.satudatapmi.harvesters import runs

ADMIN = "admin"
LINK_SECONDS, LINK_BYTES = 20.0, 65_536


def get_commands() -> list[click.Command]:
    """Return the commands that CKAN adds to `ckan`."""
    return [satudata]


@click.group(short_help="Satu Data PMI: site, partners, codes, metadata, quality, harvest.")
def satudata() -> None:
    """Satu Data PMI: site, partners, codes, metadata, quality, harvest."""


satudata.add_command(dictionary)
satudata.add_command(harvest)
satudata.add_command(kiosk)
satudata.add_command(register)
satudata.add_command(maps)
satudata.add_command(organizations)
satudata.add_command(publication)
satudata.add_command(signals)


@satudata.group()
def site() -> None:
    """The site as a whole."""


@site.command()
@click.option(
    "--admin-file", required=True, type=click.Path(path_type=Path), help="Where the login is written (mode 600)."
)
def prepare(admin_file: Path) -> None:
    """Make the administrator with a random password and an API token.

    Does nothing when the file exists.

    Example: ckan satudata site prepare --admin-file var/admin.json
    """
    if admin_file.exists():
        click.echo(f"{admin_file} exists; nothing to do.")
        return
    password = secrets.token_urlsafe(16)
    context = runs.site_context()
    account = {"name": ADMIN, "password": password, "email": f"{ADMIN}@localhost.localdomain"}
    known = model.User.get(ADMIN)
    action = "user_update" if known else "user_create"
    tk.get_action(action)(context.copy(), account | ({"id": known.id} if known else {}))
    model.Session.scalars(sa.select(model.User).where(model.User.name == ADMIN)).one().sysadmin = True
    model.Session.commit()
    token = tk.get_action("api_token_create")(context.copy(), {"user": ADMIN, "name": "make run"})["token"]
    login = {"name": ADMIN, "password": password, "token": token}
    with open(os.open(admin_file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        json.dump(login, file, indent=2)


@satudata.group()
def sources() -> None:
    """Partner organisations and harvest sources."""


@sources.command("sync")
@click.option(
    "--file",
    "path",
    type=click.Path(exists=True, path_type=Path),
    help="Another registry than the product's own.",
)
@click.option("--demo", default="", help="Address at which the demo partners' files are served.")
@click.option(
    "--feed", "feeds", multiple=True, help="Address of a data.json catalogue to harvest as well; may be given again."
)
@click.option("--dry-run", is_flag=True, help="Say what would change, change nothing.")
@click.option("--json", "as_json", is_flag=True, help="Print the result for machines.")
def sync_command(path: Path | None, demo: str, feeds: tuple[str, ...], dry_run: bool, as_json: bool) -> None:
    """Bring organisations and harvest sources to what the registry says.

    Example: ckan satudata sources sync --dry-run
    """
    from ckanext.satudatapmi.harvesters import registry, sync

    try:
        entries = registry.load(path, {"demo": demo} if demo else {})
    except registry.RegistryError as error:
        raise SystemExit(_failed(str(error))) from error
    try:
        changes = sync.sync_sources(sync.with_feeds(entries, feeds), dry_run=dry_run)
    except tk.ValidationError as error:
        raise SystemExit(_failed(f"CKAN refuses an entry: {error}")) from error
    if as_json:
        click.echo(json.dumps([asdict(change) for change in changes], ensure_ascii=False))
        return
    for change in changes:
        click.echo(f"{change.action:9} {change.kind:12} {change.name}")


@satudata.group()
def codes() -> None:
    """Code lists."""


@codes.command("import-bps")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--source", default="sig.bps.go.id/rest-bridging/getwilayah", help="Where the file comes from.")
@click.option("--dry-run", is_flag=True, help="Read and check the file, change nothing.")
@click.option("--json", "as_json", is_flag=True, help="Print the result for machines.")
def import_bps(file: Path, source: str, dry_run: bool, as_json: bool) -> None:
    """Load the official bridge from the district codes of Kemendagri to those of BPS (JSON or CSV).

    Rows that prove no pair of codes are named and left out; the others land.

    Example: ckan satudata codes import-bps getwilayah.json
    """
    from ckanext.satudatapmi.reference import bridge

    try:
        found = bridge.read(file.read_bytes(), file.name)
    except bridge.BridgeError as error:
        raise SystemExit(_failed(str(error))) from error
    if not dry_run:
        bridge.save(found, source)
    held, of = bridge.coverage()
    for error in found.errors:
        click.echo(f"satudata: {error}", err=True)
    if as_json:
        click.echo(json.dumps({"rows": len(found.rows), "errors": list(found.errors), "held": held, "of": of}))
    else:
        click.echo(f"{len(found.rows)} districts read, {len(found.errors)} rows left out; BPS codes: {held} of {of}.")


@codes.command("publish")
@click.option("--organization", default="bp2mi", show_default=True, help="Name of the organisation that owns them.")
@click.option("--dry-run", is_flag=True, help="Say what would change, change nothing.")
@click.option("--json", "as_json", is_flag=True, help="Print the result for machines.")
def publish_codes(organization: str, dry_run: bool, as_json: bool) -> None:
    """Make a dataset of each published code list, or bring it to what the list is; a second run changes nothing.

    Example: ckan satudata codes publish --organization bp2mi --dry-run
    """
    from ckanext.satudatapmi.publication import code_datasets

    owner = _organization(organization)
    try:
        changes = code_datasets.publish(owner, dry_run)
    except tk.ValidationError as error:
        raise SystemExit(_failed(f"CKAN refuses a dataset: {error}")) from error
    if as_json:
        click.echo(json.dumps([asdict(change) for change in changes], ensure_ascii=False))
        return
    for change in changes:
        click.echo(f"{change.action:9} {change.list:20} {change.dataset}")


def _organization(name: str) -> dict[str, Any]:
    wanted = {"id": name, "include_datasets": False}
    try:
        return tk.get_action("organization_show")(runs.site_context(), wanted)
    except tk.ObjectNotFound as error:
        raise SystemExit(_misused(f"there is no organisation {name}")) from error


@satudata.group()
def metadata() -> None:
    """BPS forms and principles of Satu Data Indonesia."""


@metadata.command("check")
@click.argument("datasets", nargs=-1)
@click.option("--language", type=click.Choice(["id", "en"]), default="id", help="Language of the names of questions.")
@click.option("--json", "as_json", is_flag=True, help="Print the result for machines.")
def check_metadata(datasets: tuple[str, ...], language: str, as_json: bool) -> None:
    """Say of datasets (ids or names; without any, of all public ones) which principles they keep and what is missing.

    Ends with 1 if something is missing.

    Example: ckan satudata metadata check penempatan-2024 --json
    """
    from ckanext.satudatapmi.publication import store

    names = datasets or tuple(package["name"] for package in store.read_all())
    found = {name: _asked("satudata_principles_show", name, language=language) for name in names}
    if as_json:
        click.echo(json.dumps(found, ensure_ascii=False))
    else:
        for name, marks in found.items():
            for mark in marks:
                click.echo(f"{name}: {mark['principle']}: {'✓' if mark['kept'] else len(mark['missing'])}")
                for words in mark["missing"]:
                    click.echo(f"    {words}")
    if not all(mark["kept"] for marks in found.values() for mark in marks):
        raise SystemExit(1)


@metadata.command("export")
@click.argument("dataset")
@click.option("--form", type=click.Choice(["ms_keg", "ms_ind"]), default="ms_keg", help="Which BPS form.")
@click.option("--shape", type=click.Choice(["indah", "paper", "portal"]), default="indah", help="How it is written.")
def export_metadata(dataset: str, form: str, shape: str) -> None:
    """Print the answers of a dataset to a BPS form as JSON, names of officials included.

    Example: ckan satudata metadata export penempatan-2024 --shape indah
    """
    found = _asked("satudata_form_show", dataset, form=form, shape=shape)
    click.echo(json.dumps(found["document"], ensure_ascii=False, indent=1))


@metadata.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--organization", required=True, help="Name of the organisation that owns the datasets.")
@click.option("--update", is_flag=True, help="Bring datasets that bear a record's identifier to what it says.")
@click.option("--user", help="Name of the user who writes. Default: the site's own.")
@click.option("--language", type=click.Choice(["id", "en"]), default="id", help="Language of the names of fields.")
@click.option("--dry-run", is_flag=True, help="Check every record, write nothing.")
@click.option("--json", "as_json", is_flag=True, help="Print the result for machines.")
def import_metadata(
    file: Path, organization: str, update: bool, user: str | None, language: str, dry_run: bool, as_json: bool
) -> None:
    """Make a dataset of each record of a file: data.json, MS-Keg as INDAH has it, CSV, XLSX, XLS or ODS.

    Columns of a table are headed by keys of data.json or by the names of the fields. Records that are refused are
    named and left out, the others land; a dataset that is there already is left as it is, unless --update is given and
    the identifiers agree. Ends with 1 if a record was refused.

    Example: ckan satudata metadata import datasets.xlsx --organization bp2mi --dry-run
    """
    from ckanext.satudatapmi.catalogue import importing

    writer = user or runs.site_context().get("user", "")
    owner = _organization(organization)
    try:
        tk.check_access("package_create", {"user": writer}, {"owner_org": owner["id"]})
        settings = importing.Settings(file.name, organization, writer, update, dry_run, language)
        report = importing.import_file(file.read_bytes(), settings).plain()
    except tk.NotAuthorized as error:
        raise SystemExit(_misused(f"{writer} may not create datasets of {organization}")) from error
    except importing.ImportFileError as error:
        raise SystemExit(_misused(str(error))) from error
    if as_json:
        click.echo(json.dumps(report, ensure_ascii=False))
    else:
        _tell_import(report)
    raise SystemExit(1 if report["failed"] else 0)


def _tell_import(report: dict[str, Any]) -> None:
    for one in report["failed"]:
        click.echo(f"satudata: {one['message']}", err=True)
    for one in report["skipped"]:
        click.echo(f"{one['row']:6} left as it is: {one['name']}")
    refused = len({one["row"] for one in report["failed"]})
    counts = ", ".join(f"{len(report[name])} {name}" for name in ("created", "updated", "skipped"))
    click.echo(f"{report['file']}: {counts}, {refused} refused.")


def _asked(action: str, dataset: str, **values: str) -> Any:
    try:
        return tk.get_action(action)(runs.site_context(), {"id": dataset, **values})
    except tk.ObjectNotFound as error:
        raise SystemExit(_failed(f"there is no dataset {dataset}")) from error


@satudata.group("quality")
def quality_group() -> None:
    """Quality of the metadata."""


@quality_group.command("check-links")
@click.option("--days", default=7.0, help="Check addresses again that were checked so many days ago.")
@click.option("--limit", default=5000, help="How many addresses at most.")
@click.option("--json", "as_json", is_flag=True, help="Print the status of each address for machines.")
def check_links(days: float, limit: int, as_json: bool) -> None:
    """Ask the addresses of public resources elsewhere whether they answer; the quality score counts it.

    Example: ckan satudata quality check-links --days 30
    """
    from ckanext.satudatapmi.catalogue import links
    from ckanext.satudatapmi.harvesters.session import configured_fetcher

    fetcher = configured_fetcher()
    fetcher.limits = replace(fetcher.limits, total=LINK_SECONDS, max_bytes=LINK_BYTES)
    found = links.check(links.addresses_to_check(timedelta(days=days))[:limit], fetcher)
    answering = sum(links.answers(status) for status in found.values())
    click.echo(json.dumps(found) if as_json else f"{len(found)} addresses checked, {answering} answer.")


@quality_group.command("measure")
@click.option("--json", "as_json", is_flag=True, help="Print the counts for machines.")
def measure_quality(as_json: bool) -> None:
    """Score every public dataset and keep what changed, for the pages under /mutu and for the catalogue in DCAT.

    The schedule has it done once a day.

    Example: ckan satudata quality measure
    """
    from ckanext.satudatapmi import daily

    found = daily.measure_quality()
    if as_json:
        click.echo(json.dumps(asdict(found)))
    else:
        click.echo(
            f"{found.datasets} datasets measured; {found.changed} score otherwise than before, {found.left} left."
        )


@satudata.group("csw")
def csw_group() -> None:
    """Catalogue service for maps (CSW 2.0.2)."""


@csw_group.command("renew")
@click.option("--json", "as_json", is_flag=True, help="Print the count for machines.")
def renew_records(as_json: bool) -> None:
    """Make the records in ISO 19139 that are missing or out of date; the schedule has it done once a minute.

    Example: ckan satudata csw renew
    """
    from ckanext.satudatapmi.publication import iso_records

    count = iso_records.renew()
    click.echo(json.dumps({"made": count}) if as_json else f"{count} records made.")


def _failed(message: str) -> int:
    click.echo(f"satudata: {message}", err=True)
    return 1


def _misused(message: str) -> int:
    _failed(message)
    return 2
