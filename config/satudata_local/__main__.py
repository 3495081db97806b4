"""The commands: `python3 -m satudata_local run | stop | clean | test | servers | bench | soak | verify-national`."""

from __future__ import annotations

import dataclasses
import shutil
import signal
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from types import FrameType
from typing import NoReturn

from . import checks, processes, programs, servers, system, testing, website
from .bench import command as benchmark
from .bench.rows import chosen
from .console import SetupError, Stopped, fail, say, step
from .settings import Stack, bench_stack, site_stack, test_stack


def raise_stopped(_number: int, _frame: FrameType | None) -> None:
    """Turn a signal into an exception, so that what was started is stopped in one place."""
    raise Stopped


def prepare_programs(stack: Stack, for_tests: bool) -> None:
    """Do the steps that need no server: system packages, system user, Python packages, Solr, toxiproxy."""
    system.check_machine(stack.var)
    system.install_packages(for_tests)
    stack.home.mkdir(parents=True, exist_ok=True)
    system.become_system_user(stack.var)
    stack.logs.mkdir(parents=True, exist_ok=True)
    with ThreadPoolExecutor() as beside:
        built = [beside.submit(programs.build_solr, stack)]
        if for_tests:
            built.append(beside.submit(programs.build_toxiproxy, stack))
        programs.install_python(stack, for_tests)
        programs.install_csw(stack)
        programs.build_assets(stack)
        for one in built:
            one.result()


def prepare_servers(stack: Stack, durable: bool = True) -> None:
    """Lay out the data folders of the servers and the site's configuration."""
    servers.prepare_postgres(stack, durable)
    servers.prepare_redis(stack)
    (stack.home / "tmp").mkdir(exist_ok=True)
    website.write_ini(stack)


def run(feeds: str) -> int:
    """Set the product up, start it, harvest the partners once, and stay until stopped."""
    stack = site_stack()
    if processes.running(stack):
        say(f"Satu Data PMI runs already at {stack.site_url}; `make stop` stops it.")
        return 0
    say("Satu Data PMI")
    if processes.stop(stack):
        say("  • ended the processes that an interrupted run had left")
    servers.check_ports(stack)
    prepare_programs(stack, for_tests=False)
    prepare_servers(stack)
    addresses = website.lay_out_partners(stack, feeds)
    shutil.rmtree(stack.home / "may-start", ignore_errors=True)
    started = processes.start(stack)
    try:
        start_site(stack, addresses, started)
        stay(started)
    except Stopped:
        say("\nStopping ...")
        return 0
    finally:
        processes.stop_own(stack, started)


def start_site(stack: Stack, addresses: list[str], started: processes.Started) -> None:
    """Prepare the site on its running servers, harvest, and say that it is ready."""
    try:
        servers.wait_for_servers(stack, started.check)
        website.prepare_site(stack)
        stack.let_start("web")
        website.harvest(stack, addresses, started.check)
        with step("Waiting for the web server"):
            servers.wait_for_web(stack, started.check)
    except SetupError:
        # What fails because a server has ended says less than that it has; honcho tells it a moment later.
        time.sleep(0.5)
        started.tell_end()
        raise
    stack.let_start("workers")
    say(website.summary(stack))
    say("Ready. Ctrl-C (or `make stop` in another terminal) stops everything.")


def stay(started: processes.Started) -> NoReturn:
    """Stay until the operator asks for an end.

    Raises:
        SetupError: a server ended by itself.
        Stopped: `make stop` ended them.
    """
    while True:
        started.check()
        time.sleep(0.5)


def stop() -> int:
    """Stop the running site."""
    say("Stopped." if processes.stop(site_stack()) else "Nothing is running.")
    return 0


def clean() -> int:
    """Stop every server of this checkout and remove all it made: var/, the access lists and the system user."""
    stack = site_stack()
    for home in (stack.var, *(secrets.parent for secrets in stack.var.glob("*/secrets.json"))):
        processes.stop(dataclasses.replace(stack, home=home))
    if not system.is_root() and stack.var.exists() and stack.var.stat().st_uid == 0:
        raise SetupError(f"{stack.var} was made by root: run make clean as root")
    if system.is_root():
        system.forget_system_user(stack.var)
    try:
        shutil.rmtree(stack.var)
    except FileNotFoundError:
        pass
    except PermissionError as error:
        raise SetupError(f"{error.filename} belongs to another user: run make clean as root") from error
    say("Clean.")
    return 0


def with_test_servers(action: str, arguments: list[str]) -> int:
    """Start servers for tests alone, prepare a site on them, then run the checks or (`servers`) stay."""
    stack = fresh_stack("test", durable=False)
    copies = " ".join(f"{name}=config/solr/configset" for name in servers.COPIES)
    started = processes.start(stack, cores=copies, file=servers.THAT_COME_BACK)
    with ThreadPoolExecutor() as beside:
        try:
            checked = beside.submit(checks.run_all, stack) if action == "test" else None
            servers.wait_for_servers(stack, started.check)
            website.prepare_site(stack)
            if not checked:
                say(f"Servers for tests run. Tests: {stack.program('python')} -m pytest --ckan-ini={stack.ini}")
                stay(started)
            checked.result()
            return testing.run_tests(stack, arguments)
        except Stopped:
            return 0 if action == "servers" else 130
        finally:
            processes.stop_own(stack, started)


def on_servers(name: str, work: Callable[[Stack], int], durable: bool) -> int:
    """Start servers that come back when they are killed, do some work with a prepared site on them, and stop them.

    Args:
        name: of the stack.
        work: what is done; it returns the exit code.
        durable: whether the database keeps what it has committed when it is killed.
    """
    stack = fresh_stack(name, durable)
    started = processes.start(stack, file=servers.THAT_COME_BACK)
    try:
        servers.wait_for_servers(stack, started.check)
        website.prepare_site(stack)
        return work(stack)
    except Stopped:
        return 130
    finally:
        processes.stop_own(stack, started)


def fresh_stack(name: str, durable: bool) -> Stack:
    """Prepare the programs for tests, and a stack with nothing of a former run in it.

    Args:
        name: of the stack, unless STACK gives another.
        durable: whether the database keeps what it has committed when it is killed.
    """
    say("Setting up what the tests need")
    stack = test_stack(name)
    prepare_programs(stack, for_tests=True)
    processes.stop(stack)
    shutil.rmtree(stack.home, ignore_errors=True)
    stack.logs.mkdir(parents=True)
    prepare_servers(stack, durable)
    return stack


def bench(only: list[str]) -> int:
    """Measure our harvest beside stock's, all rows or those named."""
    rows = chosen(only)
    say("Setting up what the bench needs")
    stack = bench_stack()
    prepare_programs(stack, for_tests=True)
    return benchmark.bench(stack, rows)


def main(arguments: list[str]) -> int:
    """Run one command and return its exit code."""
    signal.signal(signal.SIGINT, raise_stopped)
    signal.signal(signal.SIGTERM, raise_stopped)
    try:
        match arguments:
            case ["run", *feeds]:
                return run(" ".join(feeds))
            case ["stop"]:
                return stop()
            case ["clean"]:
                return clean()
            case ["bench", *only]:
                return bench(only)
            case ["test" | "servers" as action, *rest]:
                return with_test_servers(action, rest)
            case ["soak"]:
                return on_servers("soak", testing.run_soak, durable=True)
            case ["verify-national"]:
                verify = partial(testing.verify_national, testing.real_catalogues())
                return on_servers("verify", verify, durable=False)
            case _:
                print(
                    "usage: python3 -m satudata_local"
                    " run [FEEDS] | stop | clean | test [PYTEST ARGUMENTS] | servers | bench [ROWS] | soak"
                    " | verify-national",
                    file=sys.stderr,
                )
                return 2
    except Stopped:
        return 130
    except SetupError as error:
        return fail(error)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
