"""The command line of harvesting: `ckan satudata harvest <verb>`."""

from __future__ import annotations

import gc
import json
import sys
import time
from typing import Any, NoReturn

import ckan.plugins.toolkit as tk
import click

from ckanext.satudatapmi.harvesters import runs
from ckanext.satudatapmi.harvesters.working import PRIORITY


@click.group()
def harvest() -> None:
    """Harvest jobs."""


@harvest.command()
def first() -> None:
    """Harvest every source that was never harvested, and wait for the end; workers have to run."""
    waiting = runs.sources_never_harvested()
    if waiting:
        runs.run_to_end(waiting, ProgressLine().show)


@harvest.command("run")
@click.argument("sources", nargs=-1)
@click.option("--source", "names", multiple=True, help="Name of a source; may be given again. Default: all.")
@click.option("--priority", is_flag=True, help="Before all other jobs that wait.")
def run_command(sources: tuple[str, ...], names: tuple[str, ...], priority: bool) -> None:
    """Harvest sources now, and wait for the end; workers have to run.

    Example: ckan satudata harvest run bp2mi-katalog --priority
    """
    wanted = (*sources, *names)
    source_ids = runs.active_sources(wanted)
    if len(source_ids) < len(set(wanted)):
        _fail(f"not every source is known and active: {', '.join(wanted)}")
    runs.run_to_end(source_ids, ProgressLine().show, PRIORITY if priority else None)


@harvest.command()
@click.option("--name", help="Name of this worker, which no other running one has. Default: host and process number.")
@click.pass_context
def work(context: click.Context, name: str | None) -> None:
    """Run harvest jobs, for ever. As many workers as you like, on as many machines; each takes one source at a time.

    Example: ckan satudata harvest work --name harvest_2
    """
    from ckanext.satudatapmi.harvesters import worker_names, workers

    name = name or worker_names.default_name()
    # Addresses and translations need a request.
    with context.meta["flask_app"].test_request_context():
        # What is loaded now stays; the garbage collector need not go through it again and again.
        gc.collect()
        gc.freeze()
        try:
            workers.work(name)
        except worker_names.NameTaken:
            _fail(f"another worker that runs is named {name}; give this one another name with --name")


@harvest.command()
@click.argument("source")
def stop(source: str) -> None:
    """End the running job of a source; what it has done stays.

    Example: ckan satudata harvest stop bp2mi-katalog
    """
    _act("satudata_harvest_stop", source)
    click.echo(f"The harvest of {source} ends.")


@harvest.command("dry-run")
@click.argument("source")
@click.option("--json", "as_json", is_flag=True, help="Print the result for machines.")
@click.option("--limit", default=20, show_default=True, help="How many datasets are shown.")
def dry_run(source: str, as_json: bool, limit: int) -> None:
    """Read a source and say what would be added, changed (field by field) and deleted; change nothing.

    Example: ckan satudata harvest dry-run kulonprogo
    """
    job = _act("satudata_harvest_dry_run", source)
    runs.wait_for([job["job"]], ProgressLine().show)
    _show(_act("satudata_harvest_difference", source, limit=limit), as_json)


@harvest.command()
@click.argument("source")
@click.option("--json", "as_json", is_flag=True, help="Print the result for machines.")
@click.option("--limit", default=20, show_default=True, help="How many datasets are shown.")
def difference(source: str, as_json: bool, limit: int) -> None:
    """Show what the run of a source that waits for a decision would do.

    Example: ckan satudata harvest difference kulonprogo --json
    """
    _show(_act("satudata_harvest_difference", source, limit=limit), as_json)


@harvest.command()
@click.argument("source")
@click.option("--reason", default="", help="Why; it is kept.")
def accept(source: str, reason: str) -> None:
    """Have done what the run that waits would do; a proposed source is harvested on schedule from now on.

    Example: ckan satudata harvest accept kulonprogo --reason "asked the partner"
    """
    _act("satudata_harvest_decide", source, accept=True, reason=reason)
    click.echo(f"The difference of {source} is being taken over.")


@harvest.command()
@click.argument("source")
@click.option("--reason", default="", help="Why; it is kept.")
def reject(source: str, reason: str) -> None:
    """Refuse what the run that waits would do; the same difference is not asked about again.

    Example: ckan satudata harvest reject kulonprogo --reason "half of the catalogue is missing"
    """
    _act("satudata_harvest_decide", source, accept=False, reason=reason)
    click.echo(f"The difference of {source} was refused.")


@harvest.command("report")
@click.argument("reference")
@click.option("--csv", "as_csv", is_flag=True, help="One line for each fault, as CSV.")
def report_command(reference: str, as_csv: bool) -> None:
    """Print the report of a job, or of the latest job of a source, as JSON.

    Example: ckan satudata harvest report bp2mi-katalog --csv
    """
    found = _act("satudata_harvest_report", reference)
    if as_csv:
        from ckanext.satudatapmi.harvesters.report_files import report_csv

        click.echo(report_csv(found), nl=False)
    else:
        click.echo(json.dumps(found, ensure_ascii=False, indent=2))


def _act(action: str, reference: str, **values: Any) -> Any:
    try:
        return tk.get_action(action)(runs.site_context(), {"id": reference, **values})
    except tk.ObjectNotFound as error:
        _fail(str(error))
    except tk.ValidationError as error:
        _fail("; ".join(f"{field}: {value}" for field, value in error.error_summary.items()))


def _show(found: dict[str, Any], as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps(found, ensure_ascii=False, indent=2))
        return
    for reason in found["reasons"]:
        click.echo(reason)
    for name, count in found["counts"].items():
        click.echo(f"{name:10} {count:>7,}")
    for one in found["datasets"]:
        click.echo(f"{one['action']:9} {one['title']}")
        for field, values in one.get("fields", {}).items():
            click.echo(f"          {field}: {values['before']!r} -> {values['after']!r}")


def _fail(message: str) -> NoReturn:
    click.echo(f"satudata: {message}", err=True)
    raise SystemExit(1)


class ProgressLine:
    """One line that is drawn over on a terminal; in a log a new line every ten seconds."""

    LOG_SECONDS = 10.0

    def __init__(self) -> None:
        self._next = 0.0

    def show(self, progress: runs.Progress) -> None:
        """Draw how far the jobs are."""
        share = progress.objects_ended / progress.objects if progress.objects else 0.0
        datasets = f"{progress.objects_ended:,}/{progress.objects:,} datasets"
        done = f"{datasets}, {progress.jobs_ended}/{progress.jobs} sources"
        line = f"    [{'#' * round(share * 30):30}] {done}"
        if sys.stdout.isatty():
            click.echo(f"\r{line}", nl=progress.done)
        elif progress.done or time.monotonic() >= self._next:
            self._next = time.monotonic() + self.LOG_SECONDS
            click.echo(line)
