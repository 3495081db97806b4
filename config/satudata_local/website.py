"""The CKAN site of a stack: its configuration, its databases, its first contents."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from string import Template
from typing import Any, BinaryIO
from urllib.parse import urlsplit
from urllib.request import urlopen

from .console import SetupError, say, step
from .processes import environment
from .programs import CONFIG, digest, done_before, run
from .servers import COPIES, copy_databases, prepare_databases, psql
from .settings import CHECKOUT, Stack, write_private

PLUGINS = (
    "satudatapmi satudatapmi_datajson satudatapmi_table satudatapmi_ckan satudatapmi_dcat satudatapmi_csw "
    "satudatapmi_bps satudatapmi_jabar satudatapmi_jatim satudatapmi_jakarta satudatapmi_files satudatapmi_sdmx "
    "activity datastore dcat harvest scheming_datasets scheming_organizations datatables_view text_view image_view"
)


def write_ini(stack: Stack, partners: Iterable[str] = ()) -> None:
    """Write the configuration of the site and of its catalogue service; they hold passwords, so they are private.

    Args:
        stack: the site.
        partners: hosts on this machine that are harvested beside the demo partners.
    """
    values = stack.secrets() | {
        "home": str(stack.home),
        "site_url": stack.site_url,
        "plugins": PLUGINS,
        "postgres_port": str(stack.ports.postgres),
        "redis_port": str(stack.ports.redis),
        "solr_port": str(stack.ports.solr),
        "csw_port": str(stack.ports.csw),
        "charts_port": str(stack.ports.charts),
        "assets": str(stack.assets),
        "solr_commit": "false" if stack.name in ("run", "bench") else "true",
        # Tests and the bench ask more than visitors may.
        "unlimited_networks": "" if stack.name == "run" else "127.0.0.0/8 ::1",
        "allowed_hosts": " ".join([urlsplit(stack.partners_url).netloc, *partners]),
    }
    for path, template in ((stack.ini, "ckan.ini.template"), (stack.home / "pycsw.cfg", "csw/pycsw.cfg.template")):
        write_private(path, Template((CONFIG / template).read_text(encoding="utf-8")).substitute(values))


def ckan(stack: Stack, *arguments: str) -> None:
    """Run a CKAN command with its output in a log."""
    log = stack.logs / f"ckan-{'-'.join(argument for argument in arguments[:3] if argument[0].isalpha())}.log"
    run([stack.program("ckan"), "-c", str(stack.ini), *arguments], log, environment(stack))


def prepare_site(stack: Stack) -> None:
    """Bring databases, search index and administrator to what this checkout needs; nothing is done twice."""
    stamp = stack.home / "site.done"
    package = CHECKOUT / "ckanext-satudatapmi" / "ckanext" / "satudatapmi"
    stored = (package / "migration", package / "indexing.py", CHECKOUT / "schemas")
    wanted = digest(*stored, CONFIG / "constraints.txt", CONFIG / "solr" / "configset")
    if done_before(stamp, wanted):
        return
    with step("Preparing databases"):
        prepare_databases(stack)
        ckan(stack, "db", "init")
        ckan(stack, "db", "pending-migrations", "--apply")
        allow_datastore(stack, [stack.program("ckan"), "-c", str(stack.ini)], environment(stack), "datastore")
    with step("Preparing search index and administrator"):
        ckan(stack, "search-index", "rebuild")
        ckan(stack, "satudata", "site", "prepare", "--admin-file", str(stack.home / "admin.json"))
    stamp.write_text(wanted, encoding="utf-8")


def allow_datastore(stack: Stack, ckan: Sequence[str], variables: Mapping[str, str], database: str) -> None:
    """Give the two users of a DataStore their rights, with the SQL that CKAN prints for the purpose.

    Args:
        stack: its servers.
        ckan: a site's command line of `ckan`.
        variables: environment of that site's programs.
        database: the DataStore's.
    """
    done = subprocess.run([*ckan, "datastore", "set-permissions"], env=variables, capture_output=True, text=True)
    if done.returncode:
        raise SetupError(f"ckan datastore set-permissions failed: {done.stderr.strip().splitlines()[-1]}")
    psql(stack, done.stdout.replace("\\connect", "--"), database=database)


def copy_site(stack: Stack, name: str) -> dict[str, str]:
    """Copy the prepared site under a name of COPIES, and return what makes CKAN use the copy.

    It is on the same servers: databases, a Solr core that `make test` has started, a Redis number and a folder.
    """
    copy_databases(stack, name)
    words, ports = stack.secrets(), stack.ports
    owner, reader = (
        f"postgresql://{role}:{words[role]}@127.0.0.1:{ports.postgres}" for role in ("ckan", "datastore_read")
    )
    return {
        "CKAN_SQLALCHEMY_URL": f"{owner}/ckan_{name}",
        "CKAN_DATASTORE_WRITE_URL": f"{owner}/datastore_{name}",
        "CKAN_DATASTORE_READ_URL": f"{reader}/datastore_{name}",
        "CKAN_SOLR_URL": f"http://127.0.0.1:{ports.solr}/solr/{name}",
        "CKAN_REDIS_URL": f"redis://:{words['redis']}@127.0.0.1:{ports.redis}/{COPIES[name]}?socket_timeout=31536000",
        "CKAN_STORAGE_PATH": str(stack.home / f"files-{name}"),
    }


def lay_out_partners(stack: Stack, feeds: str) -> list[str]:
    """Put the demo partners' files, and a folder of feeds if one is given, where the static server finds them.

    Returns:
        What `ckan satudata sources sync --feeds` is given: addresses of the feeds' catalogues.

    Raises:
        SetupError: the folder is missing, unreadable or holds no catalogue.
    """
    partners = stack.home / "partners"
    shutil.rmtree(partners, ignore_errors=True)
    partners.mkdir(parents=True)
    (partners / "demo").symlink_to(CONFIG / "demo")
    addresses = []
    for number, item in enumerate(feeds.split(), start=1):
        if item.startswith(("http://", "https://")):
            addresses.append(item)
        else:
            addresses += _lay_out_feeds(stack, partners, Path(item), f"feeds{number}")
    return addresses


def _lay_out_feeds(stack: Stack, partners: Path, folder: Path, name: str) -> list[str]:
    folder = folder if folder.is_absolute() else CHECKOUT / folder
    if not folder.is_dir() or not os.access(folder, os.R_OK | os.X_OK):
        raise SetupError(
            f"FEEDS={folder} is not a folder that this user can read; give a folder of *.json files, or URLs"
        )
    files = sorted(folder.resolve().glob("*.json"))
    if not files:
        raise SetupError(f"FEEDS={folder} holds no *.json file; give a folder of data.json catalogues, or URLs")
    (partners / name).symlink_to(folder.resolve())
    return [f"{stack.partners_url}/{name}/{file.name}" for file in files]


def harvest(stack: Stack, feeds: list[str], check: Callable[[], None]) -> None:
    """Register the partners and harvest those that were never harvested; progress goes to the terminal.

    Args:
        stack: the site.
        feeds: addresses of further catalogues.
        check: called while the harvest runs; raises when a server it needs has ended.
    """
    command = [stack.program("ckan"), "-c", str(stack.ini), "satudata"]
    feed_options = [option for address in feeds for option in ("--feed", address)]
    demo = ["--demo", f"{stack.partners_url}/demo"]
    stamp = stack.home / "sources.done"
    files = sorted((CHECKOUT / "harvesters").glob("*.yaml"))
    wanted = digest(*files) + " ".join(feed_options + demo)
    if done_before(stamp, wanted):
        publish_codes(stack)
        seed_kiosk(stack)
        return
    with step("Registering partner organisations and harvest sources"):
        ckan(stack, "satudata", "sources", "sync", *demo, *feed_options)
    # Before the harvest, so that partners' data are the newest of the catalogue.
    publish_codes(stack)
    seed_kiosk(stack)
    stack.let_start("workers")
    with step("Harvesting the partners for the first time"), (stack.logs / "first-harvest.log").open("wb") as log:
        if _run_checked([*command, "harvest", "first"], stack, log, check):
            raise SetupError(f"the first harvest did not end; see {log.name} and {stack.logs / 'processes.log'}")
    with step("Measuring the quality of the metadata"):
        ckan(stack, "satudata", "quality", "measure")
    stamp.write_text(wanted, encoding="utf-8")


def publish_codes(stack: Stack) -> None:
    """Publish the code lists as datasets of the agency where they changed since the last start."""
    stamp = stack.home / "codes.done"
    package = CHECKOUT / "ckanext-satudatapmi" / "ckanext" / "satudatapmi"
    lists = (CHECKOUT / "schemas" / "codelists", CHECKOUT / "schemas" / "code_datasets.yaml")
    wanted = digest(*lists, package / "publication", package / "reference") + stack.site_url
    if done_before(stamp, wanted):
        return
    with step("Publishing the code lists"):
        ckan(stack, "satudata", "codes", "publish")
    stamp.write_text(wanted, encoding="utf-8")


def seed_kiosk(stack: Stack) -> None:
    """Load the kiosk's content where what is shipped changed since the last start."""
    stamp, wanted = stack.home / "kiosk.done", digest(CHECKOUT / "schemas" / "kiosk")
    if done_before(stamp, wanted):
        return
    with step("Loading the content of the kiosk"):
        ckan(stack, "satudata", "kiosk", "seed")
    stamp.write_text(wanted, encoding="utf-8")


def _run_checked(command: list[str], stack: Stack, log: BinaryIO, check: Callable[[], None]) -> int:
    """Run a command that writes to the terminal, end it when a check raises, and return its exit code."""
    process = subprocess.Popen(command, env=environment(stack), stderr=log)
    try:
        while process.poll() is None:
            check()
            time.sleep(0.2)
    except SetupError:
        say()  # below the line of progress
        raise
    finally:
        process.kill()
        process.wait()
    return process.returncode


def summary(stack: Stack) -> str:
    """Return the closing lines of `make run`."""
    admin = json.loads((stack.home / "admin.json").read_text(encoding="utf-8"))
    (stack.home / "site.url").write_text(stack.site_url + "\n", encoding="utf-8")
    return (
        f"\n{_harvested(stack)}\n\n"
        f"  Portal     {stack.site_url}\n"
        f"  Catalogue  {stack.site_url}/data.json   {stack.site_url}/catalog.ttl   {stack.site_url}/api/3\n"
        f"  Log in     {stack.site_url}/user/login as {admin['name']}, password {admin['password']}\n"
        f"             (also in {stack.home / 'admin.json'}, with an API token)\n"
        f"  Logs       {stack.logs}\n"
    )


def _harvested(stack: Stack) -> str:
    """Return what each source holds, as the site itself tells it."""
    address = f"http://{stack.site_address}/api/3/action/satudata_source_list"
    with urlopen(address, timeout=60) as answer:  # noqa: S310 - our own server
        sources = json.load(answer)["result"]
    width = max(len(source["title"]) for source in sources)
    lines = [
        f"  {source['title']:{width}}  {source['datasets']:>7,} datasets{_remarks(stack, source)}" for source in sources
    ]
    total = sum(source["datasets"] for source in sources)
    return "\n".join([*lines, f"  {'':{width}}  {total:>7,} datasets from {len(sources)} sources"])


def _remarks(stack: Stack, source: dict[str, Any]) -> str:
    errors = (source["last_harvest"] or {}).get("errors", 0)
    return f"  {errors:,} remarks: {stack.site_url}/sumber/{source['name']}" if errors else ""
