"""The tests of `make test`: three pytests at the same moment, for two cores and what waits; then faults."""

from __future__ import annotations

import os
import secrets
import signal
import subprocess
from pathlib import Path

from .bench.command import data_folder
from .console import SetupError, say
from .processes import STOP_SECONDS, environment
from .servers import COPIES
from .settings import CHECKOUT, Stack
from .website import copy_site

TESTS = CHECKOUT / "tests"
FAULTS = (TESTS / "faults" / "test_feeds.py", TESTS / "faults" / "test_faults.py")
SOAK_MOMENTS = "200"
NATIONAL_SIZE = "2000"
BESIDE = {
    # Most of these start servers of their own, at the addresses that the ini names: no two of them can run at once.
    "second": ("browser", "national", "packaging"),
    # The first two have servers of their own for all they do; the others take a share of the first pytest's work.
    "third": ("local", "search", "catalogue", "portal", "publication"),
}
"""The folders of tests that run beside all others, by the pytest that runs them."""


def run_tests(stack: Stack, arguments: list[str]) -> int:
    """Run all tests, or one pytest with the arguments given, and return the exit code.

    No two pytests touch the same data: the second has the databases, the index and the queue that the ini names, the
    first, which runs all other tests, and the third have copies on the same servers. The first writes to the terminal;
    what the others wrote follows when all have ended. The fault run, which kills the servers themselves, comes last,
    when nobody else needs them.
    """
    if arguments:
        return subprocess.run(_command(stack, "one", arguments), cwd=CHECKOUT, env=_environment(stack)).returncode
    folders = {name: [str(TESTS / one) for one in ones] for name, ones in BESIDE.items()}
    left_out = [f"--ignore={path}" for path in (*(path for paths in folders.values() for path in paths), *FAULTS)]
    logs = {name: stack.logs / f"{name}-tests.log" for name in BESIDE}
    for name, ones in BESIDE.items():
        say(f"The tests of {', '.join(ones)} run beside the others and write to {logs[name]}")
    environments = {name: _environment(stack) | copy_site(stack, name) for name in COPIES}
    first = _start(_command(stack, "first", [str(TESTS), *left_out]), environments["first"])
    beside = (
        _start_beside(_command(stack, name, folders[name]), environments.get(name) or _environment(stack), logs[name])
        for name in BESIDE
    )
    codes = wait_for([first, *beside])
    for name, log in logs.items():
        say(f"\nThe tests of {', '.join(BESIDE[name])}:\n{log.read_text(encoding='utf-8', errors='replace')}")
    codes.append(_run_faults(stack, {}))
    names = ("All other tests", *(f"The tests of {', '.join(ones)}" for ones in BESIDE.values()), "The fault run")
    for name, code in zip(names, codes, strict=True):
        say(f"{name}: {'passed' if code == 0 else f'failed, pytest ended with {code}'}")
    return next((code for code in codes if code), 0)


def _start_beside(command: list[str], variables: dict[str, str], log: Path) -> subprocess.Popen[bytes]:
    with log.open("wb") as output:
        return _start(command, variables, output.fileno())


def run_soak(stack: Stack) -> int:
    """Do the fault run and return the exit code. SATUDATA_MOMENTS says how long it is, SATUDATA_SEED repeats one."""
    seed = os.environ.get("SATUDATA_SEED") or str(secrets.randbelow(1_000_000))
    moments = os.environ.get("SATUDATA_MOMENTS") or SOAK_MOMENTS
    say(f"The fault run: {moments} moments. `make soak SEED={seed} MOMENTS={moments}` repeats it.")
    return _run_faults(stack, {"SATUDATA_SEED": seed, "SATUDATA_MOMENTS": moments})


def real_catalogues() -> Path:
    """Return the folder of real catalogues that `make verify-national` takes.

    Raises:
        SetupError: there is none.
    """
    folder = data_folder()
    if folder is None:
        raise SetupError("there are no real catalogues; BENCH_DATA=<folder> names a folder of *.json files (data.json)")
    return folder


def verify_national(catalogues: Path, stack: Stack) -> int:
    """Have a stock CKAN harvest a portal of real datasets, and return 1 if one came otherwise than it left.

    NATIONAL_SIZE says how many datasets.

    Args:
        catalogues: folder of them.
        stack: the servers.
    """
    size = os.environ.get("NATIONAL_SIZE") or NATIONAL_SIZE
    command = [stack.program("python"), "-m", "tests.national.verifying", str(stack.ini), str(catalogues), size]
    variables = _environment(stack) | {"PYTHONPATH": f"{CHECKOUT / 'config'}:{CHECKOUT}"}
    process = subprocess.Popen(command, cwd=CHECKOUT, env=variables, start_new_session=True)
    return wait_for([process])[0]


def _run_faults(stack: Stack, chosen: dict[str, str]) -> int:
    command = _command(stack, "faults", [*map(str, FAULTS), "--show-capture=no", "--quiet"])
    return wait_for([_start(command, _environment(stack) | chosen | {"SATUDATA_RESTARTS": "1"})])[0]


def wait_for(processes: list[subprocess.Popen[bytes]]) -> list[int]:
    """Return the processes' exit codes; when this script is told to stop, let them end what they started, and go on."""
    try:
        return [process.wait() for process in processes]
    finally:
        for process in processes:
            if process.poll() is None:
                process.send_signal(signal.SIGINT)
        for process in processes:
            try:
                process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()


def _start(command: list[str], variables: dict[str, str], output: int | None = None) -> subprocess.Popen[bytes]:
    # In a session of its own, so that Ctrl-C reaches it through `wait_for` alone: a second one would cut its end short.
    return subprocess.Popen(command, cwd=CHECKOUT, env=variables, stdout=output, stderr=output, start_new_session=True)


def _command(stack: Stack, name: str, arguments: list[str]) -> list[str]:
    settings = ["-c", str(CHECKOUT / "pyproject.toml"), "-o", f"cache_dir={stack.var / 'cache' / 'pytest' / name}"]
    settings.append("--durations=20")
    if name != "one" and not os.environ.get("SATUDATA_THOROUGH"):
        settings += ["-m", "not thorough"]
    return [stack.program("python"), "-m", "pytest", f"--ckan-ini={stack.ini}", *settings, *arguments]


def _environment(stack: Stack) -> dict[str, str]:
    folder: Path = stack.home / "tmp"
    folder.mkdir(exist_ok=True)
    return environment(stack) | {"SATUDATA_TEST_HOME": str(stack.home), "TMPDIR": os.fspath(folder)}
