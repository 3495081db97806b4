"""The command line on the content of the kiosk: `ckan satudata kiosk <verb>`."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import asdict

import ckan.plugins.toolkit as tk
import click

FAILED, USED_WRONGLY = 1, 2


@click.group("kiosk")
def kiosk() -> None:
    """Content of the kiosk (AIM)."""


@kiosk.command("seed")
@click.option("--organization", default="bp2mi", show_default=True, help="Name of the organisation that is responsible.")
@click.option("--dry-run", is_flag=True, help="Say what would change, change nothing.")
@click.option("--json", "as_json", is_flag=True, help="Print the result for machines.")
def seed_command(organization: str, dry_run: bool, as_json: bool) -> None:
    """Load the items that the portal ships with; what was changed or deleted in the portal is left alone.

    Example: ckan satudata kiosk seed --dry-run
    """
    from ckanext.satudatapmi.catalogue.kiosk import seeds
    from ckanext.satudatapmi.harvesters import runs

    try:
        owner = tk.get_action("organization_show")(runs.site_context(), {"id": organization, "include_datasets": False})
        changes = seeds.load(owner["id"], runs.site_context()["user"], dry_run=dry_run)
    except tk.ObjectNotFound as error:
        click.echo(f"satudata: there is no organisation {organization}", err=True)
        raise SystemExit(USED_WRONGLY) from error
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
