"""What commands say of a table whose rows were taken."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from ckanext.satudatapmi.catalogue.organization_import import RegisterReport


def tell(report: RegisterReport, missing: str) -> None:
    """Say which rows were refused and what became of the others.

    Args:
        report: of the import.
        missing: what is said of each that is known and stands in no row.
    """
    for one in report.failed:
        click.echo(f"satudata: {one.message}", err=True)
    for gone in report.missing:
        click.echo(f"{missing}: {gone.name} ({gone.title})")
    if report.left_columns:
        click.echo(f"columns that are not taken: {', '.join(report.left_columns)}")
    counts = f"{len(report.created)} created, {len(report.updated)} updated, {len(report.skipped)} unchanged"
    click.echo(f"{report.file}: {counts}, {len({one.row for one in report.failed})} refused.")
