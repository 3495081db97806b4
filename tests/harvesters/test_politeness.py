"""How often a host is asked: the rules, and what processes know of a host together."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import threading
import time
import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ckanext.satudatapmi.harvesters import hosts, politeness
from ckanext.satudatapmi.harvesters.hosts import LocalHosts, SharedHosts
from ckanext.satudatapmi.harvesters.politeness import HostState, Manners, ask, ended

MANNERS = Manners(pause=1.0, at_once=2, failures=3, rest=60.0, turn=30.0)
ASKER = """
import sys, time
from ckanext.satudatapmi.harvesters import politeness
from ckanext.satudatapmi.harvesters.hosts import SharedHosts

url, host, pause, name = sys.argv[1:]
manners, known = politeness.Manners(pause=float(pause), at_once=99), SharedHosts(url)

def step(state, now):
    after, verdict = politeness.ask(state, manners, now, turn)
    return after, (verdict, now)

print("ready", flush=True)
sys.stdin.readline()
for number in range(5):
    turn = f"{name}-{number}"
    while (answer := known.change(host, step))[0].answer != "go":
        time.sleep(answer[0].seconds)
    print(answer[1], flush=True)
"""


@pytest.fixture
def redis_url(ckan_config):
    return ckan_config["ckan.redis.url"]


@pytest.fixture
def host():
    return f"{uuid.uuid4().hex}.example"


@given(
    st.lists(
        st.tuples(
            st.floats(0, 2), st.sampled_from(["ask", "good", "bad", "nothing"]), st.sampled_from([None, None, 3.0])
        ),
        max_size=60,
    )
)
def test_rules_hold_whatever_happens(events):
    state, now, under_way, next_at, failures, asked, rests = HostState(), 1000.0, {}, 0.0, 0, 0.0, 0.0
    for number, (passes, event, wait) in enumerate(events):
        now += passes
        if event == "ask":
            state, verdict = ask(state, MANNERS, now, str(number))
            if verdict.answer == "go":
                assert now >= max(next_at, asked, rests)
                under_way[str(number)] = now
                next_at = now + MANNERS.pause
                assert len(under_way) <= (1 if failures >= MANNERS.failures else MANNERS.at_once)
            else:
                assert verdict.seconds > 0
        elif under_way:
            failed = {"good": False, "bad": True, "nothing": None}[event]
            turn = next(iter(under_way))
            state = ended(state, MANNERS, now, turn, failed, wait)
            worked = now - under_way.pop(turn)
            next_at = min(next_at, now + worked) if failed is False else next_at
            asked = max(asked, now + wait) if wait else asked
            failures = failures if failed is None else (failures + 1) * failed
            rests = now + MANNERS.rest if failed and failures >= MANNERS.failures else rests * (failed is not False)


def test_server_that_answers_soon_rests_as_long_as_it_worked():
    begun, _ = ask(HostState(), MANNERS, 100, "a")
    good = ended(begun, MANNERS, 100.2, "a", failed=False)
    assert [ask(good, MANNERS, now, "b")[1].answer for now in (100.39, 100.41)] == ["wait", "go"]
    slow = ended(begun, MANNERS, 100.8, "a", failed=False)
    assert [ask(slow, MANNERS, now, "b")[1].answer for now in (100.99, 101.01)] == ["wait", "go"]
    bad = ended(begun, MANNERS, 100.2, "a", failed=True)
    assert [ask(bad, MANNERS, now, "b")[1].answer for now in (100.99, 101.01)] == ["wait", "go"]


def test_request_of_a_process_that_died_ends_by_itself():
    manners = Manners(pause=0, at_once=1, turn=30)
    state, _ = ask(HostState(), manners, 100, "dead")
    assert ask(state, manners, 129, "next")[1].answer == "wait"
    assert ask(state, manners, 131, "next")[1].answer == "go"


def test_host_that_failed_rests_and_then_one_request_tries():
    state = HostState()
    for number in range(3):
        state, verdict = ask(state, MANNERS, 100 + 10 * number, "a")
        state = ended(state, MANNERS, 100 + 10 * number, "a", failed=True)
    assert ask(state, MANNERS, 179, "b")[1] == politeness.Verdict("resting", 1, 3)
    trial, verdict = ask(state, MANNERS, 181, "b")
    assert verdict.answer == "go" and ask(trial, MANNERS, 183, "c")[1].answer == "wait"
    assert ask(ended(trial, MANNERS, 184, "b", failed=True), MANNERS, 243, "c")[1].answer == "resting"
    well = ended(trial, MANNERS, 184, "b", failed=False)
    one, verdict = ask(well, MANNERS, 185, "c")
    assert verdict.answer == "go" and ask(one, MANNERS, 187, "d")[1].answer == "go"


def test_no_server_keeps_us_away_for_ever():
    state = ended(HostState(), MANNERS, 0, "a", failed=False, wait=1e9)
    assert ask(state, MANNERS, politeness.LONGEST_WAIT_ASKED + 1, "b")[1].answer == "go"


def test_back_off_grows_and_is_spread():
    waits = [[Manners(back_off=1).back_off_before(retry) for _ in range(50)] for retry in range(3)]
    assert all(0.5 * 2**retry <= wait <= 1.5 * 2**retry for retry, some in enumerate(waits) for wait in some)
    assert len(set(waits[0])) > 1


def test_two_processes_share_the_pause_of_a_host(redis_url, host):
    pause = 0.1
    commands = [[sys.executable, "-c", ASKER, redis_url, host, str(pause), name] for name in "ab"]
    askers = [subprocess.Popen(one, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) for one in commands]
    assert [asker.stdout.readline() for asker in askers] == ["ready\n"] * 2
    for asker in askers:
        asker.stdin.write("go\n")
        asker.stdin.flush()
    told = [[float(line) for line in asker.communicate(timeout=60)[0].split()] for asker in askers]
    assert [len(one) for one in told] == [5, 5]
    times = sorted(told[0] + told[1])
    assert all(later - earlier >= pause - 0.001 for earlier, later in zip(times, times[1:], strict=False))


@pytest.mark.parametrize("kind", ["local", "shared"])
def test_threads_change_a_host_one_after_the_other(redis_url, host, kind):
    known = LocalHosts() if kind == "local" else SharedHosts(redis_url)

    def add_one(state, _now):
        return politeness.replace(state, failures=state.failures + 1), None

    threads = [threading.Thread(target=lambda: [known.change(host, add_one) for _ in range(10)]) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert known.change(host, lambda state, _now: (state, state.failures)) == 40


def test_what_another_version_wrote_is_forgotten(redis_url, host):
    known = SharedHosts(redis_url)
    for written in (b"nonsense", json.dumps({"other": 1}).encode(), b"[]"):
        known._redis.set(hosts.KEY + host, written, ex=60)
        assert known.change(host, lambda state, _now: (state, state)) == HostState()


def test_redis_that_is_away_is_not_waited_for(monkeypatch, host):
    monkeypatch.setattr(hosts, "PATIENCE", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        for port in (1, silent.getsockname()[1]):
            known = SharedHosts(f"redis://127.0.0.1:{port}/0?socket_timeout=31536000")
            start = time.monotonic()
            for turn, answer in (("a", "go"), ("b", "wait")):
                assert known.change(host, lambda state, now, turn=turn: ask(state, MANNERS, now, turn)).answer == answer
            assert time.monotonic() - start < 1


def test_redis_that_is_back_is_used(monkeypatch, redis_url, host):
    known = SharedHosts(redis_url)
    known._away_until = time.monotonic() + 0.1
    known.change(host, lambda state, _now: (politeness.replace(state, failures=7), None))
    time.sleep(0.15)
    assert known.change(host, lambda state, _now: (state, state.failures)) == 0
