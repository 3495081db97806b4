"""All parts of `make test` and the fault run count, and all are given time to end what they started."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from satudata_local import settings, testing
from satudata_local.console import Stopped

WAITING = """
import pathlib, signal, sys, time
signal.signal(signal.SIGINT, signal.default_int_handler)
try:
    pathlib.Path(sys.argv[1]).write_text("started")
    time.sleep(60)
except KeyboardInterrupt:
    time.sleep(0.2)
    pathlib.Path(sys.argv[1]).write_text("ended what it started")
"""


@pytest.fixture
def stack(tmp_path: Path) -> settings.Stack:
    stack = settings.Stack("probe", tmp_path, tmp_path, settings.Ports.free(), "127.0.0.1")
    stack.logs.mkdir()
    return stack


@pytest.mark.parametrize(
    ("codes", "whole"),
    [((0, 0, 0, 0), 0), ((1, 0, 0, 0), 1), ((0, 2, 0, 0), 2), ((0, 0, 5, 0), 5), ((3, 1, 1, 0), 3), ((0, 0, 0, 4), 4)],
)
def test_failure_of_any_part_fails_the_whole(stack, monkeypatch, capfd, codes, whole):
    ends = dict(zip(("first", *testing.BESIDE, "faults"), codes, strict=True))
    monkeypatch.setattr(testing, "copy_site", lambda stack, name: {})
    monkeypatch.setattr(
        testing,
        "_command",
        lambda stack, name, arguments: ["/bin/sh", "-c", f"echo the {name} part; exit {ends[name]}"],
    )
    assert testing.run_tests(stack, []) == whole
    output = capfd.readouterr().out
    places = [output.index(f"the {name} part") for name in ends]
    assert places == sorted(places)
    assert output.count("failed, pytest ended with") == sum(code > 0 for code in codes)


def test_each_test_is_in_one_part(stack, monkeypatch):
    commands = []
    monkeypatch.setattr(testing, "copy_site", lambda stack, name: {})
    monkeypatch.setattr(testing, "wait_for", lambda processes: [0] * len(processes))
    monkeypatch.setattr(testing, "_start", lambda command, *rest: commands.append(command))
    testing.run_tests(stack, [])
    first, *beside, faults = commands
    folders = [word for command in beside for word in command if word.startswith(str(testing.TESTS))]
    assert len(set(folders)) == len(folders) > len(beside) and all(Path(folder).is_dir() for folder in folders)
    assert all(str(one) in faults and one.is_file() for one in testing.FAULTS)
    ignored = [f"--ignore={one}" for one in (*folders, *testing.FAULTS)]
    assert first[first.index(str(testing.TESTS)) :] == [str(testing.TESTS), *ignored]


def test_stop_lets_all_parts_end(tmp_path):
    files = [tmp_path / "first", tmp_path / "second"]
    parts = [subprocess.Popen([sys.executable, "-c", WAITING, file], start_new_session=True) for file in files]

    def stop(_number, _frame):
        if all(file.exists() for file in files):
            signal.setitimer(signal.ITIMER_REAL, 0)
            raise Stopped

    before = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, 0.1, 0.1)
    try:
        with pytest.raises(Stopped):
            testing.wait_for(parts)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    assert [file.read_text() for file in files] == ["ended what it started"] * 2
