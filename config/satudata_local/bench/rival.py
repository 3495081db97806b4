"""The rivals: stock CKANs, each with its extensions in a virtual environment of its own, nothing of ours."""

from __future__ import annotations

import dataclasses
import sys
from dataclasses import dataclass
from pathlib import Path
from string import Template

from ..console import step
from ..processes import environment
from ..programs import CONFIG, digest, done_before, private_environment, run
from ..servers import psql
from ..settings import Stack, write_private
from ..website import allow_datastore

HERE = Path(__file__).parent


@dataclass(frozen=True)
class Rival:
    """A stock CKAN.

    Attributes:
        name: of its database, its Solr core and its configuration.
        packages: what is installed, pinned as ours is.
        later: what is installed after them, because it wants other versions than CKAN pins.
        plugins: those of its site.
    """

    name: str
    packages: tuple[str, ...]
    plugins: str
    later: tuple[str, ...] = ()

    @property
    def folder(self) -> str:
        """The name of its virtual environment."""
        return f"{self.name}-venv"


HARVESTER = Rival(
    "rival",
    ("ckan[requirements]==2.12.0", "ckanext-harvest==1.6.3", "ckanext-dcat==2.4.4", "ckanext-scheming", "gunicorn"),
    "harvest ckan_harvester dcat dcat_json_harvester dcat_rdf_harvester",
)
LOADER = Rival("xloader", ("ckan[requirements]==2.12.0",), "datastore xloader", ("ckanext-xloader==2.6.0",))


def install(stack: Stack, rival: Rival) -> Path:
    """Make the virtual environment if it is not there, and return its folder."""
    folder = stack.home / rival.folder
    stamp = folder / "satudata.done"
    wanted = digest(CONFIG / "constraints.txt") + repr(rival.packages + rival.later) + sys.version
    if not done_before(stamp, wanted):
        with step(f"Installing stock CKAN into {folder}"):
            uv, variables = stack.program("uv"), private_environment(stack)
            run([uv, "venv", "--clear", "--python", sys.executable, str(folder)], stack.logs / "venv.log", variables)
            install = [uv, "pip", "install", "--python", str(folder / "bin" / "python")]
            log = stack.logs / f"install-{rival.name}.log"
            run([*install, "-c", str(CONFIG / "constraints.txt"), *rival.packages], log, variables)
            if rival.later:
                run([*install, *rival.later], log, variables)
            stamp.write_text(wanted, encoding="utf-8")
    return folder


def solr_core(rival: Rival, folder: Path) -> str:
    """Return the Solr core of a rival: CKAN's own schema with the settings of a stock core."""
    (schema,) = folder.glob("lib/python3*/site-packages/ckan/config/solr/schema.xml")
    return f"{rival.name}={CONFIG / 'solr' / 'stock'}:{schema}"


def variables(stack: Stack, rival: Rival) -> dict[str, str]:
    """Return the environment of a rival's programs."""
    own, folder = environment(stack), stack.home / rival.folder
    path = own["PATH"].replace(str(stack.venv), str(folder))
    return own | {"CKAN_INI": str(stack.home / f"{rival.name}.ini"), "PATH": path}


def prepare(stack: Stack, rival: Rival) -> None:
    """Write a rival's configuration and make its databases; PostgreSQL runs."""
    ports = {f"{name}_port": str(port) for name, port in dataclasses.asdict(stack.ports).items()}
    text = Template((HERE / "rival.ini.template").read_text(encoding="utf-8"))
    about = {"home": str(stack.home), "name": rival.name, "plugins": rival.plugins}
    own = variables(stack, rival)
    write_private(Path(own["CKAN_INI"]), text.substitute(stack.secrets() | ports | about))
    ckan = [str(stack.home / rival.folder / "bin" / "ckan"), "-c", own["CKAN_INI"]]
    with step("Preparing the stock CKAN"):
        psql(stack, f"CREATE DATABASE {rival.name} OWNER ckan")
        psql(stack, f"CREATE DATABASE {rival.name}_datastore OWNER ckan")
        for words in (["db", "init"], ["db", "pending-migrations", "--apply"]):
            run([*ckan, *words], stack.logs / f"{rival.name}-{words[1]}.log", own)
        if "datastore" in rival.plugins.split():
            allow_datastore(stack, ckan, own, f"{rival.name}_datastore")
