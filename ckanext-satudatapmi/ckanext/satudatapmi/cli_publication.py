"""`ckan satudata publication`: what leaves the portal."""

from __future__ import annotations

import json
import tarfile
from dataclasses import asdict
from pathlib import Path

import ckan.plugins.toolkit as tk
import click
import requests
from requests.adapters import HTTPAdapter
from urllib3.util import Retry

TIMEOUT_SECONDS, TOO_MANY, WAITS = 300, 429, 10


@click.group()
def publication() -> None:
    """What leaves the portal: feeds as their consumers get them."""


@publication.command()
@click.option("--url", help="Address of the site. Default: ckan.site_url.")
@click.option("--json", "as_json", is_flag=True, help="Print the result for machines.")
def verify(url: str | None, as_json: bool) -> None:
    """Read our own feeds as the national portal does, and say what differs from the database.

    /data.json page by page until one is missing, /catalog.ttl by its links to the next page, the API until a page is
    empty, /csw (if the site has it) until no record follows. Ends with 1 if anything differs.

    Example: ckan satudata publication verify --url https://satudata.example.go.id
    """
    from ckanext.satudatapmi.publication import verifying

    base, session = (url or tk.config["ckan.site_url"]).rstrip("/"), patient_session()
    session.headers["User-Agent"] = "satudata-verify/1"

    def get(path: str) -> verifying.Fetched:
        answer = session.get(f"{base}{path}", timeout=TIMEOUT_SECONDS)
        return verifying.Fetched(answer.status_code, answer.content)

    try:
        found = verifying.verify(get)
    except requests.RequestException as error:
        click.echo(f"satudata: {base} cannot be read: {error}. Is the site running? --url names another.", err=True)
        raise SystemExit(2) from error
    if as_json:
        click.echo(json.dumps([asdict(one) for one in found], ensure_ascii=False))
    else:
        for one in found:
            click.echo(f"{one.feed}: {one.pages} pages, {one.datasets} datasets, {len(one.differences)} differences")
            for difference in one.differences:
                click.echo(f"    {difference.kind} {difference.dataset or ''} {difference.told}")
    raise SystemExit(1 if any(one.differences for one in found) else 0)


def patient_session() -> requests.Session:
    """Return a session that waits as long as a site asks for (`Retry-After`): its limits hold for us as well."""
    session = requests.Session()
    waiting = Retry(total=None, connect=0, read=0, other=0, status=WAITS, status_forcelist=[TOO_MANY])
    for scheme in ("http://", "https://"):
        session.mount(scheme, HTTPAdapter(max_retries=waiting))
    return session


@publication.command()
def renew() -> None:
    """Write what the feeds say of each dataset, as far as it is missing; the schedule has it done after each change.

    Example: ckan satudata publication renew
    """
    from ckanext.satudatapmi.publication import upkeep

    upkeep.renew()


@publication.command()
def dump() -> None:
    """Make a dump of the whole catalogue now; the schedule has it done every night.

    Example: ckan satudata publication dump
    """
    from ckanext.satudatapmi.publication import dumps

    made = dumps.make()
    click.echo(f"{made.folder}: {len(made.manifest['files'])} files, {len(made.manifest['datasets'])} datasets")


@publication.command("verify-dump")
@click.argument("archive", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--key", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="Public key (PEM).")
def verify_dump(archive: Path, key: Path | None) -> None:
    """Check a dump that came as one archive: signature, checksums, what is missing or was added.

    Without --key, by the key of this site. Ends with 1 if anything is wrong.

    Example: ckan satudata publication verify-dump satudata-pmi.tar --key kunci.pem
    """
    from ckanext.satudatapmi import signing
    from ckanext.satudatapmi.publication import dumps

    try:
        found = list(dumps.problems(archive, key.read_bytes() if key else signing.public_key()))
    except (ValueError, tarfile.TarError) as error:
        found = [str(error)]
    for problem in found:
        click.echo(f"satudata: {archive}: {problem}", err=True)
    if found:
        raise SystemExit(1)
    click.echo(f"{archive}: signature and checksums are right")
