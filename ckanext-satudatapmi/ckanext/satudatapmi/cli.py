"""The command line: `ckan satudata <noun> <verb>`."""

from __future__ import annotations

import json
import os
import secrets
import sys
from dataclasses import asdict
from pathlib import Path

import ckan.model as model
import ckan.plugins.toolkit as tk
import click

from ckanext.satudatapmi.harvesters import runs

ADMIN = "admin"


def get_commands() -> list[click.Command]:
    """Return the commands that CKAN adds to `ckan`."""
    return [satudata]


@click.group(short_help="Satu Data PMI: site, partners, harvest.")
def satudata() -> None:
    """Satu Data PMI: site, partners, harvest."""


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
    context = {"ignore_auth": True, "user": tk.get_action("get_site_user")({"ignore_auth": True}, {})["name"]}
    account = {"name": ADMIN, "password": password, "email": f"{ADMIN}@localhost.localdomain"}
    known = model.User.get(ADMIN)
    action = "user_update" if known else "user_create"
    tk.get_action(action)(dict(context), account | ({"id": known.id} if known else {}))
    user = model.User.get(ADMIN)
    user.sysadmin = True
    model.Session.commit()
    token = tk.get_action("api_token_create")(dict(context), {"user": ADMIN, "name": "make run"})["token"]
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
    help="Another registry than the product's sources.yaml.",
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
    changes = sync.sync_sources(sync.with_feeds(entries, feeds), dry_run=dry_run)
    if as_json:
        click.echo(json.dumps([asdict(change) for change in changes], ensure_ascii=False))
        return
    for change in changes:
        click.echo(f"{change.action:9} {change.kind:12} {change.name}")


@satudata.group()
def harvest() -> None:
    """Harvest jobs."""


@harvest.command()
def first() -> None:
    """Harvest every source that was never harvested, and wait for the end.

    The queue's consumers have to run: `ckan harvester gather-consumer` and `fetch-consumer`.
    """
    waiting = runs.sources_never_harvested()
    if waiting:
        runs.run_to_end(waiting, _show_progress)
        click.echo()


def _show_progress(progress: runs.Progress) -> None:
    """Draw one line that is drawn over on a terminal, and a line only now and then in a log."""
    share = progress.objects_ended / progress.objects if progress.objects else 0.0
    bar = "#" * round(share * 30)
    line = (
        f"    [{bar:30}] {progress.objects_ended:,}/{progress.objects:,} datasets, "
        f"{progress.jobs_ended}/{progress.jobs} sources"
    )
    if sys.stdout.isatty():
        click.echo(f"\r{line}", nl=False)
    elif progress.done or progress.objects_ended % 500 == 0:
        click.echo(line)


@harvest.command()
def clock() -> None:
    """Start due jobs and end finished ones, for ever. One such process is enough for a site."""
    runs.clock()


@harvest.command()
@click.option("--json", "as_json", is_flag=True, help="Print the result for machines.")
def summary(as_json: bool) -> None:
    """Print what each source holds and how many errors its last job met."""
    rows = runs.summarise()
    if as_json:
        click.echo(json.dumps([asdict(row) for row in rows], ensure_ascii=False))
        return
    width = max((len(row.title) for row in rows), default=0)
    for row in rows:
        errors = f"{row.errors:>6,} errors" if row.errors else ""
        click.echo(f"  {row.title:{width}}  {row.datasets:>7,} datasets {errors}")
    click.echo(f"  {'':{width}}  {sum(row.datasets for row in rows):>7,} datasets from {len(rows)} sources")


def _failed(message: str) -> int:
    click.echo(f"satudata: {message}", err=True)
    return 1
