"""PostgreSQL, Redis and Solr of one stack: their data folders and settings, all private to the checkout."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from urllib.request import urlopen

from .console import SetupError, step
from .programs import run
from .settings import Stack, write_private

POSTGRES_BIN = Path("/usr/lib/postgresql/15/bin")
DATABASES = {"ckan": "ckan", "datastore": "ckan"}  # database -> owner
COPIES = {"first": 2, "third": 3}
"""The copies of a prepared site, for tests that run at the same moment: name, and number of their Redis database."""
THAT_COME_BACK = "Procfile.tests"
"""The servers alone, each started again when it is killed: the fault run does that."""


def check_ports(stack: Stack) -> None:
    """Refuse to start on a port that somebody else listens on.

    Raises:
        SetupError: names the server, the port and the way out.
    """
    for server, port in stack.ports.named().items():
        address = stack.host if server == "web" else "127.0.0.1"
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((address, port))
            except OSError as error:
                raise SetupError(
                    f"port {port} ({server}) on {address} cannot be used: {error.strerror}; "
                    f"stop what listens there or give another first port: PORT={stack.ports.web + 100} make run"
                ) from error


def prepare_postgres(stack: Stack, durable: bool = True) -> None:
    """Make the private cluster. It listens on loopback alone and asks every user for a password."""
    data = stack.home / "postgres"
    if not (data / "satudata.done").exists():
        shutil.rmtree(data, ignore_errors=True)
        password = stack.home / "postgres.password"
        write_private(password, stack.secrets()["postgres"] + "\n")
        command = [str(POSTGRES_BIN / "initdb"), "-D", str(data), "-U", "postgres", "--auth=scram-sha-256"]
        run(
            [*command, "--encoding=UTF8", "--locale=C.UTF-8", f"--pwfile={password}", "--no-sync"],
            stack.logs / "initdb.log",
        )
        password.unlink()
        (data / "satudata.done").touch()
    settings = {
        "listen_addresses": "'127.0.0.1'",
        "port": stack.ports.postgres,
        "unix_socket_directories": "''",
        "shared_buffers": "'256MB'",
        "max_connections": 120,
        # Without it the database survives its own end all the same, not that of the machine.
        "fsync": "on" if durable else "off",
    }
    text = "".join(f"{name} = {value}\n" for name, value in settings.items())
    (data / "postgresql.auto.conf").write_text(text, encoding="utf-8")


def prepare_redis(stack: Stack) -> None:
    """Write Redis' settings: loopback, a password, and an append-only file so that a queue outlives a restart."""
    data = stack.home / "redis"
    data.mkdir(parents=True, exist_ok=True)
    write_private(
        data / "redis.conf",
        f"bind 127.0.0.1\nport {stack.ports.redis}\ndir {data}\nrequirepass {stack.secrets()['redis']}\n"
        "appendonly yes\ndaemonize no\nsave 300 1\n",
    )


def psql(stack: Stack, sql: str, database: str = "postgres") -> str:
    """Run SQL as the cluster's superuser and return what it prints, one row a line."""
    environment = os.environ | {"PGPASSWORD": stack.secrets()["postgres"]}
    command = [
        str(POSTGRES_BIN / "psql"),
        "-h",
        "127.0.0.1",
        "-p",
        str(stack.ports.postgres),
        "-U",
        "postgres",
        "-d",
        database,
    ]
    done = subprocess.run(
        [*command, "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1"],
        input=sql,
        env=environment,
        capture_output=True,
        text=True,
    )
    if done.returncode:
        raise SetupError(f"PostgreSQL refused: {done.stderr.strip()}")
    return done.stdout.strip()


def prepare_databases(stack: Stack) -> None:
    """Make the roles and the databases that are missing."""
    words = stack.secrets()
    for role in ("ckan", "datastore_read", "csw_read"):
        attributes = f"LOGIN PASSWORD '{words[role]}' NOSUPERUSER NOCREATEDB NOCREATEROLE"
        exists = psql(stack, f"SELECT 1 FROM pg_roles WHERE rolname = '{role}'")
        psql(stack, f"{'ALTER' if exists else 'CREATE'} ROLE {role} {attributes}")
    for database, owner in DATABASES.items():
        if not psql(stack, f"SELECT 1 FROM pg_database WHERE datname = '{database}'"):
            psql(stack, f"CREATE DATABASE {database} OWNER {owner}")


def copy_databases(stack: Stack, name: str) -> None:
    """Copy the databases, which nobody may use at that moment."""
    for database, owner in DATABASES.items():
        psql(stack, f"CREATE DATABASE {database}_{name} TEMPLATE {database} OWNER {owner}")


def wait_for_servers(stack: Stack, check: Callable[[], None], seconds: float = 60.0) -> None:
    """Wait until PostgreSQL, Redis and Solr answer.

    Args:
        check: called while waiting; raises when one of them has ended.

    Raises:
        SetupError: one of them did not answer in time; the message names its log.
    """
    with step("Starting PostgreSQL, Redis and Solr"):
        for server in ("postgres", "redis", "solr"):
            _wait_for_port(stack, server, check, seconds)
        wait_for_postgres(stack, check, seconds)
        _wait_for_solr(stack, check, seconds)


def wait_for_web(stack: Stack, check: Callable[[], None], seconds: float = 120.0) -> None:
    """Wait until the web server answers.

    Args:
        check: called while waiting; raises when it has ended.

    Raises:
        SetupError: it did not answer in time; the message names its log.
    """
    _wait_for_address(stack, "web", f"http://{stack.site_address}/api/3/action/status_show", check, seconds)


def wait_for_partner(stack: Stack, check: Callable[[], None], seconds: float = 60.0) -> None:
    """Wait until the partners' server listens.

    Args:
        check: called while waiting; raises when it has ended.

    Raises:
        SetupError: it does not listen in time.
    """
    _wait_for_port(stack, "partners", check, seconds)


def _wait_for_port(stack: Stack, server: str, check: Callable[[], None], seconds: float) -> None:
    port = stack.ports.named()[server]
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        check()
        with socket.socket() as probe:
            probe.settimeout(1)
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise SetupError(
        f"{server} did not answer on port {port} within {seconds:.0f} s; see {stack.logs / 'processes.log'}"
    )


def wait_for_postgres(stack: Stack, check: Callable[[], None], seconds: float = 60.0) -> None:
    """Wait until PostgreSQL takes connections.

    Args:
        check: called while waiting; raises when it has ended for good.

    Raises:
        SetupError: it does not in time.
    """
    command = [str(POSTGRES_BIN / "pg_isready"), "-q", "-h", "127.0.0.1", "-p", str(stack.ports.postgres)]
    end = time.monotonic() + seconds
    while subprocess.run(command, check=False).returncode:
        check()
        if time.monotonic() > end:
            raise SetupError(f"postgres is not ready after {seconds:.0f} s; see {stack.logs / 'processes.log'}")
        time.sleep(0.1)


def _wait_for_solr(stack: Stack, check: Callable[[], None], seconds: float) -> None:
    address = f"http://127.0.0.1:{stack.ports.solr}/solr/ckan/select?q=*:*&rows=0"
    _wait_for_address(stack, "solr", address, check, seconds)


def _wait_for_address(stack: Stack, server: str, address: str, check: Callable[[], None], seconds: float) -> None:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        check()
        try:
            with urlopen(address, timeout=30) as answer:  # noqa: S310 - our own servers
                if answer.status == 200:
                    return
        except OSError:
            time.sleep(0.2)
    raise SetupError(f"{server} is not ready after {seconds:.0f} s; see {stack.logs / 'processes.log'}")
