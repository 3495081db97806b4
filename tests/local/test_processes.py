"""Ends that nobody asked for: what is left is found and ended, and the operator reads what ended first."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from satudata_local import proc, processes, settings
from satudata_local.console import SetupError, Stopped

Start = Callable[..., subprocess.Popen[bytes]]


@pytest.fixture
def stack(tmp_path: Path) -> settings.Stack:
    return settings.Stack("probe", settings.var_folder(), tmp_path / "home", settings.Ports.free(), "127.0.0.1")


@pytest.fixture
def start(stack) -> Iterator[Start]:
    """Start a process in a session of its own; without more words it belongs to the stack."""
    started = []

    def start(*command: str, cwd: Path | None = None, **environment: str) -> subprocess.Popen[bytes]:
        folder = cwd or stack.home
        folder.mkdir(parents=True, exist_ok=True)
        environment = environment or {"SATUDATA_HOME": str(stack.home)}
        process = subprocess.Popen(command, cwd=folder, env=environment, start_new_session=True)
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()
        process.wait()


def until(true: Callable[[], object], seconds: float = 10) -> None:
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end
        time.sleep(0.05)


def test_processes_are_found_by_their_environment_and_their_parent(stack, start):
    parent = start("/bin/sh", "-c", "env -i sleep 60; true")
    until(lambda: len(proc.belonging_to(stack.home)) == 2)
    assert parent.pid in proc.belonging_to(stack.home)


def test_processes_of_others_are_left_alone(stack, start, monkeypatch):
    nested = start("/bin/sleep", "60", SATUDATA_HOME=str(stack.home / "dev"))
    shell = start("/bin/sleep", "60", cwd=stack.home / "redis", USER="operator")
    assert proc.belonging_to(stack.home) == []
    assert processes.stop(stack) is False
    assert nested.poll() is None and shell.poll() is None
    assert os.getpid() not in proc.belonging_to(Path(os.environ.get("SATUDATA_HOME", "/")))


@pytest.mark.parametrize(
    ("name", "folder", "number"), [("postgres", "postgres", signal.SIGINT), ("redis-server", "redis", signal.SIGTERM)]
)
def test_servers_that_hide_their_environment_are_found_and_ended_cleanly(stack, start, tmp_path, name, folder, number):
    shutil.copy("/bin/sleep", tmp_path / name)
    server = start(str(tmp_path / name), "60", cwd=stack.home / folder, TITLE="overwritten")
    until(lambda: proc.belonging_to(stack.home) == [server.pid])
    assert processes.stop(stack) is True
    assert server.wait(timeout=5) == -number


def test_what_does_not_answer_is_killed(stack, start, monkeypatch):
    monkeypatch.setattr(processes, "STOP_SECONDS", 0.5)
    deaf = start("/bin/sh", "-c", "trap '' TERM; touch ready; while :; do sleep 0.1; done")
    until((stack.home / "ready").exists)
    assert processes.stop(stack) is True
    assert deaf.wait(timeout=5) == -signal.SIGKILL
    assert processes.stop(stack) is False


@pytest.fixture
def procfile(tmp_path, monkeypatch) -> Path:
    """What honcho is to start, in place of config/Procfile."""
    monkeypatch.setattr(processes, "CONFIG", tmp_path)
    return tmp_path / "Procfile"


def ended(started: processes.Started) -> None:
    for _ in range(200):
        started.check()
        time.sleep(0.1)


def test_server_that_ended_is_named_with_its_exit_code_and_the_log(stack, procfile):
    procfile.write_text("redis: exec sleep 60\nweb: sleep 0.3; exit 3\n", encoding="utf-8")
    stack.logs.mkdir(parents=True)
    (stack.logs / "processes.log").write_text("07:00:00 system  | solr.1 stopped (rc=1)\n", encoding="utf-8")
    with pytest.raises(SetupError, match="^web ended with exit code 3, so everything was stopped; see ") as told:
        ended(processes.start(stack))
    assert str(stack.logs / "processes.log") in str(told.value)
    assert processes.stop(stack) is False


def test_stop_of_another_terminal_is_no_failure(stack, procfile):
    procfile.write_text("redis: exec sleep 60\nweb: exec sleep 60\n", encoding="utf-8")
    started = processes.start(stack)
    until(lambda: started.log.read_text(encoding="utf-8").count("started (pid=") == 2)
    assert processes.stop(stack) is True
    with pytest.raises(Stopped):
        ended(started)


def test_processes_that_a_killed_honcho_left_are_stopped(stack, procfile):
    procfile.write_text("redis: exec sleep 60\nweb: exec sleep 60\n", encoding="utf-8")
    started = processes.start(stack)
    until(lambda: started.log.read_text(encoding="utf-8").count("started (pid=") == 2)
    started.process.kill()
    with pytest.raises(SetupError, match=r"honcho, .* ended with exit code 137 \(SIGKILL\)"):
        ended(started)
    assert processes.running(stack) is None
    assert len(proc.belonging_to(stack.home)) >= 2
    assert processes.stop(stack) is True
    assert proc.belonging_to(stack.home) == []


@pytest.mark.parametrize(
    ("code", "words"),
    [(0, "exit code 0"), (1, "exit code 1"), (-9, "exit code 137 (SIGKILL)"), (143, "exit code 143 (SIGTERM)")],
)
def test_exit_code_in_words(code, words):
    assert processes.exit_code(code) == words


@pytest.mark.slow
def test_worker_is_started_again_until_it_is_told_to_end(tmp_path):
    again = settings.CHECKOUT / "config" / "bin" / "again"
    process = subprocess.Popen(
        [str(again), "sh", "-c", "echo $$ >> pids; exec sleep 60"], cwd=tmp_path, stdout=subprocess.PIPE
    )
    pids = tmp_path / "pids"
    until(pids.exists)
    os.kill(int(pids.read_text().split()[0]), signal.SIGKILL)
    until(lambda: len(pids.read_text().split()) == 2)
    process.terminate()
    output, _errors = process.communicate(timeout=5)
    assert process.returncode == 128 + signal.SIGTERM
    assert output.decode().count("ended with exit code 137; it is started again in 3 s") == 1
    assert not proc.is_alive(int(pids.read_text().split()[1]))


def test_run_that_ends_late_leaves_the_next_run_alone(stack, procfile):
    procfile.write_text("redis: exec sleep 60\nweb: exec sleep 60\n", encoding="utf-8")
    first = processes.start(stack)
    until(lambda: first.log.read_text(encoding="utf-8").count("started (pid=") == 2)
    assert processes.stop(stack) is True
    second = processes.start(stack)
    until(lambda: second.log.read_text(encoding="utf-8").count("started (pid=") == 4)
    processes.stop_own(stack, first)
    assert processes.running(stack) == second.process.pid
    processes.stop_own(stack, second)
    assert proc.belonging_to(stack.home) == []


def test_what_works_in_the_background_is_nice_and_keeps_its_exit_code(tmp_path):
    background = settings.CHECKOUT / "config" / "bin" / "background"
    done = subprocess.run([background, "sh", "-c", "nice; exit 7"], capture_output=True, text=True)
    assert (done.stdout.strip(), done.returncode, done.stderr) == ("10", 7, "")


@pytest.mark.skipif(not os.access("/proc/self/autogroup", os.W_OK), reason="the kernel shares time by process alone")
def test_its_session_gives_way_to_those_of_visitors():
    background = settings.CHECKOUT / "config" / "bin" / "background"
    command = [background, "cat", "/proc/self/autogroup"]
    done = subprocess.run(command, capture_output=True, text=True, start_new_session=True)
    assert done.stdout.strip().endswith("nice 10")
