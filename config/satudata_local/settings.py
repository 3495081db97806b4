"""Where things lie and on which ports they listen, read once from the environment."""

from __future__ import annotations

import json
import os
import secrets
import socket
from dataclasses import dataclass
from pathlib import Path

from .console import SetupError

CHECKOUT = Path(__file__).resolve().parents[2]
SYSTEM_USER = "satudata"
EVERYWHERE = "0.0.0.0"  # noqa: S104 - only compared with what the operator asked for
SECRET_NAMES = ("postgres", "ckan", "datastore_write", "datastore_read", "csw_read", "redis", "session", "token")


@dataclass(frozen=True)
class Ports:
    """One port a server. They follow each other, so that PORT moves them all."""

    web: int
    partners: int
    postgres: int
    redis: int
    solr: int
    csw: int
    charts: int

    @classmethod
    def following(cls, first: int) -> Ports:
        """Return the ports that start at `first`."""
        return cls(*range(first, first + len(cls.__dataclass_fields__)))

    @classmethod
    def free(cls) -> Ports:
        """Return ports that nobody listens on right now."""
        listeners = [socket.create_server(("127.0.0.1", 0)) for _ in cls.__dataclass_fields__]
        ports = cls(*(listener.getsockname()[1] for listener in listeners))
        for listener in listeners:
            listener.close()
        return ports

    def named(self) -> dict[str, int]:
        """Return the ports by the name of their server."""
        return dict(vars(self))


@dataclass(frozen=True)
class Stack:
    """One running set of servers: `run` for the site, `test` for the tests, `bench` for the bench.

    `var` holds what every stack shares (programs, caches); `home` holds what belongs to this one (data, logs, ini).
    """

    name: str
    var: Path
    home: Path
    ports: Ports
    host: str

    @property
    def venv(self) -> Path:
        """The virtual environment, shared by all stacks."""
        return self.var / "venv"

    @property
    def csw_venv(self) -> Path:
        """The virtual environment of the catalogue service for maps."""
        return self.var / "csw-venv"

    @property
    def assets(self) -> Path:
        """What the portal takes from npm, shared by all stacks."""
        return self.var / "assets" / "out"

    @property
    def ini(self) -> Path:
        """CKAN's configuration file."""
        return self.home / "ckan.ini"

    @property
    def logs(self) -> Path:
        """The folder of logs."""
        return self.home / "log"

    def let_start(self, name: str) -> None:
        """Let `web` or `workers` start: their processes wait for a file of that name."""
        (self.home / "may-start").mkdir(exist_ok=True)
        (self.home / "may-start" / name).touch()

    @property
    def pid_file(self) -> Path:
        """The file that holds honcho's process id."""
        return self.home / "honcho.pid"

    @property
    def site_address(self) -> str:
        """Host and port at which the web server answers on this machine."""
        return f"{'127.0.0.1' if self.host == EVERYWHERE else self.host}:{self.ports.web}"

    @property
    def site_url(self) -> str:
        """The address that visitors use; SITE_URL gives it where a proxy stands in front."""
        return os.environ.get("SITE_URL") or f"http://{self.site_address}"

    @property
    def partners_url(self) -> str:
        """Where the demo partners' files are served."""
        return f"http://127.0.0.1:{self.ports.partners}"

    def program(self, name: str) -> str:
        """Return the path of a program of the virtual environment."""
        return str(self.venv / "bin" / name)

    def secrets(self) -> dict[str, str]:
        """Return this stack's passwords, made at random on first use and kept readable for the owner alone."""
        path = self.home / "secrets.json"
        known = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
        missing = {name: secrets.token_urlsafe(24) for name in SECRET_NAMES if name not in known}
        if missing:
            write_private(path, json.dumps(known | missing))
        return known | missing


def write_private(path: Path, text: str) -> None:
    """Write a file that nobody but its owner can read, whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(path.name + ".new")
    with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
        file.write(text)
    draft.replace(path)


def var_folder() -> Path:
    """Return the folder that holds everything the product makes."""
    return Path(os.environ.get("SATUDATA_VAR") or CHECKOUT / "var").resolve()


def site_stack() -> Stack:
    """Return the stack of `make run`; PORT and HOST move it."""
    var = var_folder()
    try:
        first = int(os.environ.get("PORT") or 5000)
    except ValueError as error:
        raise SetupError(f"PORT is {os.environ['PORT']!r}; give a number between 1024 and 65000") from error
    if not 1024 <= first <= 65000:
        raise SetupError(f"PORT is {first}; give a number between 1024 and 65000")
    return Stack("run", var, var, Ports.following(first), os.environ.get("HOST") or "127.0.0.1")


def test_stack(name: str = "test") -> Stack:
    """Return a stack for tests, on ports that are free now. STACK names another one beside it."""
    var = var_folder()
    name = os.environ.get("STACK") or name
    return Stack(name, var, var / name, Ports.free(), "127.0.0.1")


def bench_stack() -> Stack:
    """Return the stack of `make bench`, on ports that are free now."""
    var = var_folder()
    return Stack("bench", var, var / "bench", Ports.free(), "127.0.0.1")
