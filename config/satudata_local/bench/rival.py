"""The rival: stock CKAN with ckanext-harvest and ckanext-dcat in a virtual environment of its own, nothing of ours."""

from __future__ import annotations

import dataclasses
import sys
from pathlib import Path
from string import Template

from ..console import step
from ..processes import environment
from ..programs import CONFIG, digest, done_before, private_environment, run
from ..servers import psql
from ..settings import Stack, write_private

STOCK = ("ckan[requirements]==2.12.0", "ckanext-harvest==1.6.3", "ckanext-dcat==2.4.4", "ckanext-scheming")
FOLDER = "rival-venv"
HERE = Path(__file__).parent


def install(stack: Stack) -> Path:
    """Make the virtual environment if it is not there, and return its folder."""
    folder = stack.home / FOLDER
    stamp = folder / "satudata.done"
    wanted = digest(CONFIG / "constraints.txt") + repr(STOCK) + sys.version
    if not done_before(stamp, wanted):
        with step(f"Installing stock CKAN into {folder}"):
            uv, variables = stack.program("uv"), private_environment(stack)
            run([uv, "venv", "--clear", "--python", sys.executable, str(folder)], stack.logs / "venv.log", variables)
            packages = ["--python", str(folder / "bin" / "python"), "-c", str(CONFIG / "constraints.txt"), *STOCK]
            run([uv, "pip", "install", *packages], stack.logs / "install-rival.log", variables)
            stamp.write_text(wanted, encoding="utf-8")
    return folder


def solr_core(folder: Path) -> str:
    """Return the Solr core of the rival: CKAN's own schema with the settings of a stock core."""
    (schema,) = folder.glob("lib/python3*/site-packages/ckan/config/solr/schema.xml")
    return f"rival={CONFIG / 'solr' / 'stock'}:{schema}"


def variables(stack: Stack, folder: Path) -> dict[str, str]:
    """Return the environment of the rival's programs."""
    own = environment(stack)
    return own | {"CKAN_INI": str(stack.home / "rival.ini"), "PATH": own["PATH"].replace(str(stack.venv), str(folder))}


def prepare(stack: Stack, folder: Path) -> None:
    """Write the rival's configuration and make its database; PostgreSQL runs."""
    ports = {f"{name}_port": str(port) for name, port in dataclasses.asdict(stack.ports).items()}
    text = Template((HERE / "rival.ini.template").read_text(encoding="utf-8"))
    values = stack.secrets() | ports | {"home": str(stack.home)}
    write_private(stack.home / "rival.ini", text.substitute(values))
    with step("Preparing the stock CKAN"):
        psql(stack, "CREATE DATABASE rival OWNER ckan")
        for words in (["db", "init"], ["db", "pending-migrations", "--apply"]):
            command = [str(folder / "bin" / "ckan"), "-c", str(stack.home / "rival.ini"), *words]
            run(command, stack.logs / f"rival-{words[1]}.log", variables(stack, folder))
