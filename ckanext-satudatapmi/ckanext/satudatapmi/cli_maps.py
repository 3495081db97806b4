"""The command line on maps: `ckan satudata maps <verb>`."""

from __future__ import annotations

import json
from pathlib import Path

import click

FAILED = 1
LEVELS = ("provinsi", "kabupaten_kota")


@click.group("maps")
def maps() -> None:
    """The outlines of provinces and districts on maps."""


@maps.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--source", required=True, help="Who published the file, for the line below each map.")
@click.option("--property", "name", default="", help="In which the codes of Kemendagri stand; found if not named.")
@click.option("--without", default="", help="Codes of areas that the file leaves out, with commas between.")
@click.option("--dry-run", is_flag=True, help="Check the file, keep nothing.")
@click.option("--json", "as_json", is_flag=True, help="Print the result for machines.")
def import_command(file: Path, source: str, name: str, without: str, dry_run: bool, as_json: bool) -> None:
    """Take the official outlines of all provinces, or of all districts, from a GeoJSON.

    Maps of provinces then show outlines in place of tiles, and a province has a map of its districts. Ends with 1 if
    the file is refused; what is wrong with it is told feature by feature.

    Example: ckan satudata maps import batas-provinsi.geojson --source "BIG, Batas Wilayah 2024" --dry-run
    """
    from ckanext.satudatapmi.portal.charts import outline_import, outlines

    missing = [code.strip() for code in without.split(",") if code.strip()]
    try:
        found = outline_import.import_outlines(file.read_bytes(), source, name, missing)
    except outline_import.OutlineError as error:
        for fault in error.faults:
            click.echo(f"satudata: {file}: {fault}", err=True)
        raise SystemExit(FAILED) from error
    if not dry_run:
        outlines.keep(found.level, found.topology)
    size = len(json.dumps(found.topology))
    told = {
        "level": found.level,
        "property": found.property,
        "areas": found.areas,
        "missing": list(found.missing),
        "tolerance_degrees": found.tolerance,
        "bytes": size,
        "kept": not dry_run,
    }
    if as_json:
        click.echo(json.dumps(told))
    else:
        done = "could be kept" if dry_run else "kept"
        about = f"codes in {found.property}, lines simpler by {found.tolerance}°, {size} bytes"
        click.echo(f"{file}: {found.areas} outlines ({found.level}) {done}; {about}; left out: {len(found.missing)}.")


@maps.command("remove")
@click.argument("level", type=click.Choice(LEVELS))
def remove_command(level: str) -> None:
    """Remove the outlines of provinces (provinsi) or districts (kabupaten_kota); maps are tiles and lists again.

    Example: ckan satudata maps remove kabupaten_kota
    """
    from ckanext.satudatapmi.portal.charts import outlines

    if not outlines.remove(level):
        click.echo(f"satudata: there are no outlines of {level}", err=True)
        raise SystemExit(FAILED)
    click.echo(f"Outlines of {level} removed.")
