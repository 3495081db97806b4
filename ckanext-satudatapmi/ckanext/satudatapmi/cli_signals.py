"""`ckan satudata signals`: what somebody should look at in the loaded figures."""

from __future__ import annotations

import json
from dataclasses import asdict

import click

from ckanext.satudatapmi.catalogue import signals as kept


@click.group()
def signals() -> None:
    """Signals in the loaded figures."""


@signals.command()
@click.option("--json", "as_json", is_flag=True, help="Print the result for machines.")
def scan(as_json: bool) -> None:
    """Look for signals now, and keep those that are new.

    The site does it by itself once a day. A signal that is known stays one, with its owner and its log.

    Example: ckan satudata signals scan --json
    """
    found = kept.scan()
    if as_json:
        click.echo(json.dumps(asdict(found)))
        return
    click.echo(f"{found.found} signals, {found.new} of them new.")
