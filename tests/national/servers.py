"""The two portals of the national test: ours behind a web server, and a stock CKAN in an environment of its own."""

from __future__ import annotations

import configparser
import hashlib
import json
import os
import secrets
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from string import Template
from typing import Any
from urllib.parse import urlsplit

import psycopg2
import redis
import requests

from tests.conftest import CHECKOUT
from tests.national.comparing import subjects
from tests.publication.csw_service import Service

HERE = Path(__file__).parent
PYTHON = Path(sys.executable)
STOCK = ("ckan[requirements]==2.12.0", "ckanext-harvest", "ckanext-dcat", "OWSLib")
SPATIAL = "ckanext-spatial==2.3.2"
"""It asks for an older OWSLib, and for libraries of its maps; its harvester does without both."""
HARVESTERS = {
    "ckan": ("", '{"remote_orgs": "create"}'),
    "dcat_json": ("/data.json?per_page=20", ""),
    "dcat_rdf": ("/catalog.ttl", ""),
    "csw": ("/csw", '{"reindex_unchanged": "False"}'),
}
"""By harvester type: path of what it is given, and its configuration."""


ROWS = 1000
"""How many datasets package_search gives at once."""


@dataclass(frozen=True)
class Stack:
    """The test servers: their folder, and our portal's configuration."""

    home: Path
    ini: Path

    @property
    def settings(self) -> configparser.SectionProxy:
        """Our portal's ini."""
        parser = configparser.RawConfigParser()
        parser.read(self.ini)
        return parser["app:main"]

    @property
    def site_url(self) -> str:
        """Address of our portal."""
        return self.settings["ckan.site_url"]

    @property
    def passwords(self) -> dict[str, str]:
        """Passwords of the test servers."""
        return json.loads((self.home / "secrets.json").read_text(encoding="utf-8"))

    def port(self, option: str) -> int:
        """Port of the server that an option of the ini names."""
        return urlsplit(self.settings[option]).port or 0


def run(command: list[str | Path], **options: Any) -> str:
    """Run a command and return what it prints; its whole output is in the error if it fails."""
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False, **options)
    assert done.returncode == 0, f"{command} ended with {done.returncode}:\n{done.stdout}"
    return done.stdout


def stock_environment(stack: Stack) -> Path:
    """Return the folder of a virtual environment with stock CKAN and nothing of ours, made if it is not there."""
    folder = stack.home.parent / "national" / "venv"
    constraints = CHECKOUT / "config" / "constraints.txt"
    wanted = hashlib.sha256(
        constraints.read_bytes() + repr((STOCK, SPATIAL)).encode() + sys.version.encode()
    ).hexdigest()
    stamp = folder / "satudata.done"
    if not stamp.exists() or stamp.read_text(encoding="utf-8") != wanted:
        shutil.rmtree(folder, ignore_errors=True)
        uv = PYTHON.parent / "uv"
        run([uv, "venv", "--quiet", "--python", sys.executable, folder])
        install = [uv, "pip", "install", "--quiet", "--python", folder / "bin/python"]
        run([*install, "-c", constraints, *STOCK])
        run([*install, "--no-deps", SPATIAL])
        stamp.write_text(wanted, encoding="utf-8")
    return folder


class StockPortal:
    """The stock CKAN: one database for each harvester type, so that each starts from nothing."""

    def __init__(self, stack: Stack) -> None:
        self.stack = stack
        self.venv = stock_environment(stack)
        self.folder = stack.home / "national"
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir()
        redis.Redis.from_url(self._redis_url).flushdb()
        self.password = secrets.token_urlsafe(16)
        self._make_solr_core()
        self._make_databases()

    def harvest(self, protocol: str) -> dict[str, Any]:
        """Harvest our portal once, and return how it went and what the stock portal then holds."""
        path, config = HARVESTERS[protocol]
        result = self.folder / f"{protocol}.json"
        address = f"{self.stack.site_url}{path}"
        script = [self.venv / "bin/python", HERE / "stock_portal.py"]
        log = run([*script, self._ini(protocol), "pmi", protocol, address, config, result])
        return json.loads(result.read_text(encoding="utf-8")) | {"log": log}

    def packages(self) -> set[str]:
        """Return the names of the Python packages in its environment."""
        listed = run([PYTHON.parent / "uv", "pip", "list", "--format", "json", "--python", self.venv / "bin/python"])
        return {item["name"] for item in json.loads(listed[listed.index("[") :])}

    @property
    def _redis_url(self) -> str:
        """A Redis number of its own, beside our portal's number 0."""
        return f"redis://:{self.stack.passwords['redis']}@127.0.0.1:{self.stack.port('ckan.redis.url')}/1"

    def _make_solr_core(self) -> None:
        home = self.stack.home / "solr-home" / "nasional"
        admin = f"http://127.0.0.1:{self.stack.port('solr_url')}/solr/admin/cores"
        (schema,) = self.venv.glob("lib/python3*/site-packages/ckan/config/solr/schema.xml")
        requests.get(admin, {"action": "UNLOAD", "core": "nasional", "deleteInstanceDir": "true"}, timeout=30)
        shutil.rmtree(home, ignore_errors=True)
        shutil.copytree(CHECKOUT / "config/solr/stock", home / "conf")
        shutil.copy(schema, home / "conf")
        made = requests.get(admin, {"action": "CREATE", "name": "nasional", "instanceDir": str(home)}, timeout=60)
        assert made.ok, made.text

    def _make_databases(self) -> None:
        """Make one database with stock tables, and a copy of it for each harvester type."""
        with self._superuser() as cursor:
            for name in (*HARVESTERS, "template"):
                cursor.execute(f"DROP DATABASE IF EXISTS nasional_{name} WITH (FORCE)")
            cursor.execute("DROP ROLE IF EXISTS nasional")
            cursor.execute("CREATE ROLE nasional LOGIN PASSWORD %s", [self.password])
            cursor.execute("CREATE DATABASE nasional_template OWNER nasional")
        for command in (["db", "init"], ["db", "pending-migrations", "--apply"]):
            run([self.venv / "bin/ckan", "-c", self._ini("template"), *command])
        with self._superuser() as cursor:
            for name in HARVESTERS:
                cursor.execute(f"CREATE DATABASE nasional_{name} TEMPLATE nasional_template OWNER nasional")

    @contextmanager
    def _superuser(self) -> Iterator[Any]:
        login = {"user": "postgres", "dbname": "postgres", "password": self.stack.passwords["postgres"]}
        connection = psycopg2.connect(host="127.0.0.1", port=self.stack.port("sqlalchemy.url"), **login)
        connection.autocommit = True
        try:
            with connection.cursor() as cursor:
                yield cursor
        finally:
            connection.close()

    def _ini(self, name: str) -> Path:
        path = self.folder / f"{name}.ini"
        template = Template((HERE / "nasional.ini.template").read_text(encoding="utf-8"))
        values = {
            "database": f"nasional_{name}",
            "password": self.password,
            "redis_url": self._redis_url,
            "storage": self.folder / "files",
            "postgres_port": self.stack.port("sqlalchemy.url"),
            "solr_port": self.stack.port("solr_url"),
        }
        path.write_text(template.substitute(values), encoding="utf-8")
        return path


class OurPortal:
    """Our portal as the stock one meets it: over HTTP, behind a production web server."""

    def __init__(self, stack: Stack, catalogues: Path | None = None) -> None:
        """Fill the portal.

        Args:
            stack: the servers.
            catalogues: a folder of data.json files to harvest; without it, what the demo partners publish and more.
        """
        self.stack = stack
        self.made = self._fill(catalogues)
        self._server: subprocess.Popen[bytes] | None = None
        self._maps = Service(stack.home, stack.home / "national", stack.settings, stack.site_url)

    def _fill(self, catalogues: Path | None) -> dict[str, Any]:
        result = self.stack.home / "our_portal.json"
        host = self.stack.settings["ckanext.satudatapmi.harvest.allowed_hosts"].split()[0]
        with _served(catalogues or CHECKOUT / "config", host) as address:
            if catalogues:
                wanted = ["catalogues", *(f"{address}/{file.name}" for file in sorted(catalogues.glob("*.json")))]
            else:
                wanted = ["demo", f"{address}/demo"]
            run([PYTHON, HERE / "our_portal.py", self.stack.ini, result, *wanted])
        return json.loads(result.read_text(encoding="utf-8"))

    def start(self) -> None:
        """Start the web server and the catalogue service for maps, and wait until they answer."""
        self._maps.start()
        environment = os.environ | {
            "CKAN_INI": str(self.stack.ini),
            "SATUDATA_BIND": urlsplit(self.stack.site_url).netloc,
            "SATUDATA_HOME": str(self.stack.home),
            "WEB_CONCURRENCY": "1",
        }
        command = [PYTHON.parent / "gunicorn", "--config", CHECKOUT / "config/gunicorn.conf.py"]
        log = (self.stack.home / "log" / "national-web.log").open("ab")
        with log:
            self._server = subprocess.Popen(command, env=environment, stdout=log, stderr=subprocess.STDOUT)
        try:
            _wait(f"{self.stack.site_url}/api/3/action/status_show", self._server)
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """Stop both."""
        self._maps.stop()
        if self._server:
            self._server.terminate()
            self._server.wait(timeout=30)
            self._server = None

    def renew(self) -> None:
        """Write ahead what the feeds say of each dataset, as the portal's background job does after each change."""
        run([PYTHON.parent / "ckan", "-c", self.stack.ini, "satudata", "publication", "renew"])

    def act(self, action: str, **values: Any) -> Any:
        """Call an action as an administrator."""
        return self._call(action, {"Authorization": self.made["token"]}, values)

    def public_datasets(self) -> list[dict[str, Any]]:
        """Return every public dataset as package_show shows it to a visitor; `page` is its address here, `subjects` its topics."""
        packages = [self._call("package_show", {}, {"id": identifier}) for identifier in self._public_ids()]
        # CKAN shows the title that an organisation had when the dataset was last indexed.
        titles = {owner: self.organization(owner)["title"] for owner in {one["owner_org"] for one in packages}}
        return [
            package
            | {
                "organization": package["organization"] | {"title": titles[package["owner_org"]]},
                "page": f"{self.stack.site_url}/dataset/{package['name']}",
                "subjects": subjects(package),
            }
            for package in packages
        ]

    def _public_ids(self) -> list[str]:
        found: list[str] = []
        while True:
            asked = {"rows": ROWS, "start": len(found), "fl": ["id"], "sort": "id asc"}
            page = self._call("package_search", {}, asked)
            found += [item["id"] for item in page["results"]]
            if not page["results"]:
                assert len(found) == page["count"]
                return found

    def organization(self, name: str) -> dict[str, Any]:
        """Return an organisation as a visitor sees it."""
        return self._call("organization_show", {}, {"id": name})

    def problem(self, path: str) -> requests.Response:
        """Return the answer to a request that must fail."""
        answer = requests.get(f"{self.stack.site_url}{path}", timeout=60)
        assert not answer.ok
        return answer

    def _call(self, action: str, headers: dict[str, str], values: dict[str, Any]) -> Any:
        address = f"{self.stack.site_url}/api/3/action/{action}"
        answer = requests.post(address, json=values, headers=headers, timeout=120)
        assert answer.ok, f"{action}: {answer.status_code} {answer.text[:2000]}"
        return answer.json()["result"]


@contextmanager
def failing_portal(site_url: str, problems: dict[str, requests.Response]) -> Iterator[None]:
    """Stand in for our portal on its own address and fail in the worst way: HEAD is well, the GET after it is not.

    Args:
        site_url: address of our portal.
        problems: by path, what our portal answers when it fails.
    """

    class Handler(BaseHTTPRequestHandler):
        def do_HEAD(self) -> None:  # noqa: N802 (the name is the library's)
            self.send_response(200)
            self.end_headers()

        def do_GET(self) -> None:  # noqa: N802
            problem = problems[urlsplit(self.path).path]
            self.send_response(503)
            self.send_header("Content-Type", problem.headers["Content-Type"])
            self.send_header("Content-Length", str(len(problem.content)))
            self.end_headers()
            self.wfile.write(problem.content)

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
            """Say nothing."""

    address = urlsplit(site_url)
    server = ThreadingHTTPServer((address.hostname or "", address.port or 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@contextmanager
def _served(folder: Path, host: str) -> Iterator[str]:
    """Serve the files of a folder at a host with its port, and yield their address."""
    server = [PYTHON, "-m", "http.server", host.rsplit(":", 1)[1], "--bind", "127.0.0.1", "--directory", folder]
    with subprocess.Popen(server, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as files:
        try:
            _wait(f"http://{host}/", files)
            yield f"http://{host}"
        finally:
            files.terminate()


def _wait(address: str, server: subprocess.Popen[bytes], seconds: float = 180.0) -> None:
    end = time.monotonic() + seconds
    while True:
        assert server.poll() is None, f"{server.args} ended with {server.returncode}"
        try:
            if requests.get(address, timeout=60).ok:
                return
        except requests.RequestException:
            pass
        assert time.monotonic() < end, f"{address} did not answer within {seconds:.0f} s"
        time.sleep(0.1)
