"""System packages and the system user: the only steps that need root."""

from __future__ import annotations

import os
import pwd
import shutil
import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from .console import SetupError, say, step
from .settings import CHECKOUT, SYSTEM_USER

# program or header that proves the package is there -> Debian package
PACKAGES = {
    "/usr/lib/postgresql/15/bin/postgres": "postgresql-15",
    "redis-server": "redis-server",
    "java": "openjdk-17-jre-headless",
    "javac": "openjdk-17-jdk-headless",
    "mvn": "maven",
    "/usr/lib/*/libmagic.so.1": "libmagic1",
    "/usr/lib/python3*/ensurepip": "python3-venv",
    "/usr/include/python3*/Python.h": "python3-dev",
    "gcc": "gcc",
    "pg_config": "libpq-dev",
    "/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf": "fonts-dejavu-core",
    "espeak-ng": "espeak-ng",
    "opusenc": "opus-tools",
}
ROOT_PACKAGES = {"setfacl": "acl"}
TEST_PACKAGES = {"chromium": "chromium", "go": "golang-go"}
MINIMUM_FREE_BYTES = 4 * 1024**3
POLICY = Path("/usr/sbin/policy-rc.d")
NO_CLUSTER = Path("/etc/postgresql-common/createcluster.d/satudata.conf")


def is_root() -> bool:
    """Tell whether this process runs as root."""
    return os.geteuid() == 0


def missing_packages(for_tests: bool) -> list[str]:
    """Return the Debian packages whose programs are not on this machine."""
    wanted = PACKAGES | (TEST_PACKAGES if for_tests else {}) | (ROOT_PACKAGES if is_root() else {})
    return [package for proof, package in wanted.items() if not _is_there(proof)]


def _is_there(proof: str) -> bool:
    if "/" in proof:
        return any(Path("/").glob(proof.lstrip("/")))
    return shutil.which(proof) is not None


def check_machine(var: Path) -> None:
    """Refuse an old Python or a full disk before anything is changed.

    Raises:
        SetupError: names what is short and how much is needed.
    """
    if sys.version_info < (3, 11):
        raise SetupError(
            f"Python {sys.version.split()[0]} is too old; Python 3.11 is needed (make PYTHON=/path/to/python3.11 run)"
        )
    existing = next(folder for folder in (var, *var.parents) if folder.exists())
    free = shutil.disk_usage(existing).free
    if free < MINIMUM_FREE_BYTES and not (var / "venv").exists():
        raise SetupError(
            f"{existing} has {free / 1024**3:.1f} GiB free; 4 GiB are needed (SATUDATA_VAR=/another/folder moves var/)"
        )


def install_packages(for_tests: bool) -> None:
    """Install the missing system packages, or say in one message which are missing.

    Raises:
        SetupError: not root and something is missing, or apt-get failed.
    """
    missing = missing_packages(for_tests)
    if not missing:
        return
    if not is_root():
        names = " ".join(missing)
        raise SetupError(f"these system packages are missing: {names} (ask root for: apt-get install {names})")
    with step(f"Installing system packages: {' '.join(missing)}"), no_services_started():
        environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
        for command in (["update", "-q"], ["install", "-q", "-y", "--no-install-recommends", *missing]):
            done = subprocess.run(["apt-get", *command], env=environment, capture_output=True, text=True)
            if done.returncode:
                last_line = (done.stderr.strip() or done.stdout.strip()).splitlines()[-1:]
                raise SetupError(f"apt-get {command[0]} failed: {' '.join(last_line)}")


@contextmanager
def no_services_started() -> Iterator[None]:
    """Keep Debian from starting its own PostgreSQL and Redis: ours are private to the checkout."""
    made = []
    for path, text in ((POLICY, "#!/bin/sh\nexit 101\n"), (NO_CLUSTER, "create_main_cluster = false\n")):
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
            path.chmod(0o755 if path == POLICY else 0o644)
            made.append(path)
    try:
        yield
    finally:
        for path in made:
            path.unlink(missing_ok=True)


def become_system_user(var: Path) -> None:
    """As root: make the system user, give it `var`, let it read the checkout, and turn into it for good."""
    if not is_root():
        return
    try:
        user = pwd.getpwnam(SYSTEM_USER)
    except KeyError:
        command = [
            "useradd",
            "--system",
            "--user-group",
            "--home-dir",
            str(var / "home"),
            "--shell",
            "/usr/sbin/nologin",
            SYSTEM_USER,
        ]
        subprocess.run(command, check=True)
        user = pwd.getpwnam(SYSTEM_USER)
        say(f"  • system user {SYSTEM_USER} made: it owns {var} and runs every server")
    (var / "home").mkdir(parents=True, exist_ok=True)
    _give(var, user)
    for folder in {CHECKOUT, var, Path(sys.executable).resolve().parent}:
        _let_pass(folder, user, var)
    _let_read(user, var)
    os.initgroups(SYSTEM_USER, user.pw_gid)
    os.setgid(user.pw_gid)
    os.setuid(user.pw_uid)
    os.environ.update(HOME=str(var / "home"), USER=SYSTEM_USER, LOGNAME=SYSTEM_USER)


def _give(var: Path, user: pwd.struct_passwd) -> None:
    """Give the whole folder to the system user; a second run finds it done and changes nothing."""
    strangers = subprocess.run(
        ["find", str(var), "-not", "-user", user.pw_name, "-print", "-quit"], capture_output=True, text=True, check=True
    )
    if strangers.stdout.strip():
        subprocess.run(["chown", "-R", "--no-dereference", f"{user.pw_uid}:{user.pw_gid}", str(var)], check=True)


def _let_pass(folder: Path, user: pwd.struct_passwd, var: Path) -> None:
    """Let the system user walk through folders closed to others (such as /root); what was granted is written down."""
    granted = var / "access-granted"
    for parent in (folder, *folder.parents):
        if parent.stat().st_uid != user.pw_uid and not parent.stat().st_mode & stat.S_IXOTH:
            subprocess.run(["setfacl", "-m", f"u:{user.pw_name}:--x", str(parent)], check=True)
            with granted.open("a", encoding="utf-8") as file:
                file.write(f"{parent}\n")


def _let_read(user: pwd.struct_passwd, var: Path) -> None:
    """Let the system user read the checkout where the umask of its owner forbids it."""
    if not (CHECKOUT / "setup.py").stat().st_mode & stat.S_IROTH:
        parts = [str(path) for path in CHECKOUT.iterdir() if path.name != ".git" and path.resolve() != var]
        subprocess.run(["setfacl", "-m", f"u:{user.pw_name}:rx", str(CHECKOUT)], check=True)
        subprocess.run(["setfacl", "-R", "-m", f"u:{user.pw_name}:rX", *parts], check=True)


def forget_system_user(var: Path) -> None:
    """Undo what `become_system_user` did: access lists and, if this checkout made it, the user."""
    granted = var / "access-granted"
    if granted.exists():
        for folder in granted.read_text(encoding="utf-8").splitlines():
            subprocess.run(["setfacl", "-x", f"u:{SYSTEM_USER}", folder], check=False)
    try:
        user = pwd.getpwnam(SYSTEM_USER)
    except KeyError:
        return
    if user.pw_dir == str(var / "home"):
        if shutil.which("setfacl"):
            subprocess.run(["setfacl", "-R", "-x", f"u:{SYSTEM_USER}", str(CHECKOUT)], check=False)
        subprocess.run(["userdel", SYSTEM_USER], check=False)
