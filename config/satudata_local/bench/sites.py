"""The two sites of the bench: emptied, given sources, told to harvest, and asked what they hold."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from urllib.error import HTTPError
from urllib.parse import quote
from urllib.request import Request, urlopen

from ..console import SetupError
from ..programs import run
from ..servers import psql
from ..settings import Stack
from .workers import Workers

ORGANIZATION = "bench"
INSIDE = Path(__file__).parent / "inside.py"
WRITTEN = (
    "package",
    "package_relationship",
    "package_tag",
    "member",
    "resource",
    "resource_view",
    "tag",
    "activity",
)
"""CKAN's tables of which a dataset consists."""


@dataclass(frozen=True)
class Source:
    """A harvest source: its name, its type on this site, and where the partner serves it."""

    name: str
    type: str
    url: str


@dataclass
class Site:
    """One side: ours, or the rival.

    Attributes:
        name: `ours` or `rival`; also that of its Solr core and its database where it is the rival.
        stack: the servers that both sides use.
        venv: its virtual environment.
        variables: environment of its programs.
        database, redis: its database and its Redis number.
        commands: its workers by name.
    """

    name: str
    stack: Stack
    venv: Path
    variables: Mapping[str, str]
    database: str
    redis: int
    commands: Mapping[str, str]
    workers: Workers | None = field(default=None, init=False)

    def ckan(self, *words: str) -> list[str]:
        """Return a command line of this site's `ckan`."""
        return [str(self.venv / "bin" / "ckan"), "-c", self.variables["CKAN_INI"], *words]

    def start(self, commands: Mapping[str, str] | None = None) -> None:
        """Start the workers, all or those given, and wait until they wait for work."""
        self.stop()
        self.workers = Workers(commands or self.commands, self.variables, self.stack.logs / f"{self.name}-workers.log")
        self.workers.wait_until_calm()

    def stop(self) -> None:
        """End the workers, if they run."""
        if self.workers:
            self.workers.stop()
            self.workers = None

    def keep(self, name: str) -> None:
        """Keep a copy of the database under a name, for `restore`; no worker runs."""
        psql(self.stack, f"DROP DATABASE IF EXISTS {self.database}_{name} WITH (FORCE)")
        psql(self.stack, f"CREATE DATABASE {self.database}_{name} TEMPLATE {self.database} OWNER ckan")

    def restore(self, name: str) -> None:
        """Bring the database back to a kept copy; empty the search index and the queue. No worker runs."""
        psql(self.stack, f"DROP DATABASE {self.database} WITH (FORCE)")
        psql(self.stack, f"CREATE DATABASE {self.database} TEMPLATE {self.database}_{name} OWNER ckan")
        body = b"<delete><query>*:*</query></delete>"
        self._solr("update?commit=true", body)
        password = self.stack.secrets()["redis"]
        command = ["redis-cli", "-p", str(self.stack.ports.redis), "-n", str(self.redis), "flushdb"]
        run(command, self.stack.logs / "redis-flush.log", dict(self.variables) | {"REDISCLI_AUTH": password})

    def add_sources(self, sources: Sequence[Source]) -> None:
        """Make the harvest sources; none of them is there yet.

        Raises:
            SetupError: the site refuses them, for instance because it does not know their type.
        """
        file = self.stack.home / "tmp" / f"{self.name}-sources.json"
        if self.name == "ours":
            organizations = [{"name": ORGANIZATION, "title": "Bench"}]
            entries = [vars(source) | {"organization": ORGANIZATION} for source in sources]
            # JSON is YAML.
            file.write_text(json.dumps({"organizations": organizations, "sources": entries}), encoding="utf-8")
            command = self.ckan("satudata", "sources", "sync", "--file", str(file))
        else:
            file.write_text(
                json.dumps([{"name": one.name, "url": one.url, "source_type": one.type} for one in sources]),
                encoding="utf-8",
            )
            command = self._inside("sources", str(file))
        run(command, self.stack.logs / f"{self.name}-sources.log", dict(self.variables))

    def order(self, sources: Sequence[str]) -> subprocess.Popen[bytes]:
        """Give the order to harvest, as an operator does; returns the command, which may run on."""
        if self.name == "ours":
            names = [word for name in sources for word in ("--source", name)]
            command = self.ckan("satudata", "harvest", "run", *names)
        else:
            command = self.ckan("harvester", "job", sources[0])
        with (self.stack.logs / f"{self.name}-orders.log").open("ab") as log:
            return subprocess.Popen(command, env=dict(self.variables), stdout=log, stderr=log)

    def end_jobs(self) -> None:
        """Have jobs marked as finished that are: stock asks its operator to call this by cron."""
        if self.name != "ours":
            run(self.ckan("harvester", "run"), self.stack.logs / "rival-run.log", dict(self.variables))

    def ask(self, sql: str) -> list[list[str]]:
        """Return the rows of a query."""
        found = psql(self.stack, sql, database=self.database)
        return [line.split("|") for line in found.splitlines()]

    def indexed(self, words: str = "") -> int:
        """Return how many datasets the search index finds, all or those with a word in their title."""
        query = quote(f"title:{words}" if words else "*:*")
        answer = self._solr(f"select?q={query}&fq=dataset_type:dataset&fq=state:active&rows=0&wt=json")
        return json.loads(answer)["response"]["numFound"]

    def found_by_search(self) -> int:
        """Return how many datasets package_search finds."""
        done = subprocess.run(self._inside("count"), env=dict(self.variables), capture_output=True, text=True)
        if done.returncode:
            raise SetupError(f"package_search of {self.name} failed: {done.stderr.strip().splitlines()[-1]}")
        return int(done.stdout.split()[-1])

    def transaction(self) -> int:
        """Return the number of the present transaction, for `written_since`."""
        return int(self.ask("SELECT pg_current_xact_id()::text::bigint % 4294967296")[0][0])

    def rows(self) -> dict[str, int]:
        """Return how many rows each table of datasets has."""
        return {table: int(self.ask(f"SELECT count(*) FROM {table}")[0][0]) for table in self._tables()}

    def written_since(self, transaction: int) -> int:
        """Return how many rows of datasets were inserted or updated by later transactions and are there still."""
        later = f"xmin::text::bigint >= {transaction} AND xmin::text::bigint < {transaction} + 2147483648"
        return sum(
            int(self.ask(f"SELECT count(*) FROM {table} WHERE {later}{_DATASETS.get(table, '')}")[0][0])
            for table in self._tables()
        )

    def _tables(self) -> list[str]:
        names = ", ".join(f"'{name}'" for name in WRITTEN)
        return [row[0] for row in self.ask(f"SELECT tablename FROM pg_tables WHERE tablename IN ({names})")]

    def _inside(self, *words: str) -> list[str]:
        return [str(self.venv / "bin" / "python"), str(INSIDE), self.variables["CKAN_INI"], *words]

    def _solr(self, path: str, body: bytes | None = None) -> bytes:
        core = "ckan" if self.name == "ours" else self.name
        address = f"http://127.0.0.1:{self.stack.ports.solr}/solr/{core}/{path}"
        request = Request(address, data=body, headers={"Content-Type": "text/xml"})  # noqa: S310 - our own server
        try:
            with urlopen(request, timeout=60) as answer:  # noqa: S310
                return answer.read()
        except HTTPError as error:
            raise SetupError(f"Solr refused {path}: {error.read().decode(errors='replace')[:300]}") from error


# A harvest source is a package, too; what is noted of it is no dataset.
_DATASETS = {
    "package": " AND type = 'dataset'",
    "activity": " AND object_id IN (SELECT id FROM package WHERE type = 'dataset')",
}
