"""A session: fetches that wait for their turn, try again, give up, and say what they did."""

from __future__ import annotations

import contextvars
import threading
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from functools import partial

import pytest

from ckanext.satudatapmi.harvesters.addresses import AllowedHosts
from ckanext.satudatapmi.harvesters.fetch import Fetched, Fetcher, FetchError, FetchLimits
from ckanext.satudatapmi.harvesters.hosts import LocalHosts
from ckanext.satudatapmi.harvesters.politeness import Manners
from ckanext.satudatapmi.harvesters.session import PartnerSession, configured_session
from tests.harvesters import servers

MANNERS = Manners(pause=0.0, at_once=2, longest_wait=3.0, retries=2, back_off=0.02, failures=4, rest=0.4)


class Ended(Exception):
    """What a heartbeat raises when its job was stopped."""


@pytest.fixture
def fetcher(partner):
    return Fetcher(AllowedHosts.of([partner.name]), FetchLimits(connect=1.0, read=0.3, total=2.0))


@pytest.fixture
def session(fetcher):
    return PartnerSession(fetcher, manners=MANNERS)


def error_of(ask):
    with pytest.raises(FetchError) as caught:
        ask()
    return caught.value


def many(session, urls, in_flight=4):
    """Fetch several addresses at once: answers, and errors between."""
    for outcome in session.several((partial(session.get, url) for url in urls), in_flight):
        try:
            yield outcome()
        except FetchError as error:
            yield error


@pytest.mark.parametrize(
    "fault", [servers.status(500), servers.status(503), servers.status(429), servers.silence(1), servers.cut_off]
)
def test_fault_that_passes_is_not_noticed(partner, session, fault):
    url = partner.do("/a", servers.in_turn(fault, servers.ok))
    assert session.get(url).content == b"ok"
    assert len(partner.requests) == 2


def test_request_is_repeated_twice_at_most(partner, session):
    url = partner.do("/a", servers.status(502))
    assert error_of(lambda: session.get(url)).status == 502
    assert len(partner.requests) == 3


@pytest.mark.parametrize("code", [403, 404, 410])
def test_answer_that_stays_is_not_asked_for_again(partner, session, code):
    url = partner.do("/a", servers.status(code))
    for _ in range(6):
        assert error_of(lambda: session.get(url)).status == code
    assert len(partner.requests) == 6


def test_post_waits_and_tries_again_too(partner, session):
    url = partner.do("/a", servers.in_turn(servers.asks_to_wait("0"), servers.ok))
    assert session.post(url, {"q": 1}).content == b"ok"
    assert partner.posted == [b'{"q": 1}'] * 2


@pytest.mark.parametrize("code", [429, 503])
def test_short_wait_that_a_server_asks_for_is_kept(partner, session, code):
    url = partner.do("/a", servers.in_turn(servers.asks_to_wait("1", code), servers.ok))
    start = time.monotonic()
    assert session.get(url).content == b"ok"
    assert time.monotonic() - start >= 1 and session.traffic.waited >= 0.9


def test_long_wait_is_told_and_kept_by_all_sessions(partner, fetcher):
    known = LocalHosts()
    until = format_datetime(datetime.now(UTC) + timedelta(hours=2), usegmt=True)
    partner.do("/a", servers.asks_to_wait(until, 503))
    asked = []
    for _ in range(2):
        error = error_of(lambda: PartnerSession(fetcher, known, MANNERS).get(partner.url + "/a"))
        assert error.kind == "busy" and "2 h" in str(error)
        asked.append(len(partner.requests))
    # A busy machine may answer the first too late, so that it asks again.
    assert asked[0] == asked[1]


def test_host_that_fails_rests_and_comes_back(partner, session):
    url = partner.do("/a", servers.status(502))
    assert error_of(lambda: session.get(url)).status == 502
    assert error_of(lambda: session.get(url)).status == 502  # the fourth failure, and no further request
    assert len(partner.requests) == 4
    error = error_of(lambda: session.get(partner.url + "/b"))
    assert error.kind == "resting" and "4 times" in str(error) and len(partner.requests) == 4
    partner.do("/a", servers.ok)
    time.sleep(0.45)
    assert session.get(url).content == session.get(url).content == b"ok"


def test_broken_address_counts_once_however_often_it_is_tried(partner, session):
    urls = [partner.do(f"/{number}", servers.status(500)) for number in range(4)]
    assert [error_of(lambda url=url: session.get(url)).status for url in urls] == [500] * 4
    assert len(partner.requests) == 12
    assert error_of(lambda: session.get(urls[0])).kind == "resting"


def test_slow_host_does_not_make_others_rest(partner, fetcher):
    with servers.partner_server() as other:
        session = PartnerSession(
            replace(fetcher, allowed=AllowedHosts.of(["127.0.0.1"])), manners=replace(MANNERS, retries=0, failures=1)
        )
        error_of(lambda: session.get(partner.do("/a", servers.status(500))))
        assert session.get(other.do("/a", servers.ok)).content == b"ok"


def test_no_more_requests_at_once_than_allowed(partner, fetcher):
    counted = servers.Counted(servers.ok)
    partner.do("/a", counted)
    session = PartnerSession(fetcher, manners=MANNERS)
    answers = list(many(session, [f"{partner.url}/a?{number}" for number in range(8)], in_flight=6))
    assert len(answers) == 8 and counted.most == 2


@pytest.mark.parametrize(("takes", "least"), [(0.05, 0.1), (0.3, 0.2)])
def test_server_rests_as_long_as_it_worked_but_no_longer_than_the_pause(partner, fetcher, takes, least):
    times = []
    partner.do("/a", lambda handler: (times.append(time.monotonic()), time.sleep(takes), servers.ok(handler)))
    session = PartnerSession(fetcher, manners=replace(MANNERS, pause=0.2))
    list(many(session, [partner.url + "/a"] * 4))
    # From the first to the last: on a busy machine one request may arrive late, and the next one soon after it. An
    # answer that comes too late is asked for again.
    assert times[-1] - times[0] > (len(times) - 1) * least - 0.1 and len(times) >= 4 and session.traffic.waits >= 3


def test_many_answers_come_in_order_with_the_errors_between(partner, session):
    partner.do("/slow", lambda handler: (time.sleep(0.2), servers.ok(handler)))
    partner.do("/fast", servers.ok)
    urls = [partner.url + path for path in ("/slow", "/gone", "/fast")]
    answers = list(many(session, urls))
    assert [getattr(answer, "status", "") or answer.content for answer in answers] == [b"ok", 404, b"ok"]


def test_many_are_fetched_no_faster_than_they_are_taken(partner, session):
    partner.do("/a", servers.ok)
    taken = []
    urls = (taken.append(number) or f"{partner.url}/a?{number}" for number in range(100))
    answers = many(session, urls, in_flight=3)
    for _ in range(2):
        next(answers)
    time.sleep(0.1)
    assert len(taken) <= 5 and len(partner.requests) <= 5
    answers.close()


def test_threads_speak_the_language_of_the_one_who_asks(fetcher, monkeypatch):
    language = contextvars.ContextVar("language", default="en")
    language.set("id")
    monkeypatch.setattr(Fetcher, "fetch", lambda self, url, *_more: Fetched(url, language.get().encode()))
    session = PartnerSession(fetcher, manners=MANNERS)
    assert [answer.content for answer in many(session, ["http://a.example/"])] == [b"id"]


def test_heartbeat_is_heard_while_waiting_and_may_end_it(partner, fetcher):
    beats = []

    def heartbeat():
        beats.append(threading.current_thread())
        if len(beats) > 3:
            raise Ended

    session = PartnerSession(fetcher, manners=replace(MANNERS, longest_wait=60), heartbeat=heartbeat)
    partner.do("/a", servers.asks_to_wait("30"))
    start = time.monotonic()
    with pytest.raises(Ended):
        session.get(partner.url + "/a")
    assert time.monotonic() - start < 4 and len(partner.requests) == 1


def test_heartbeat_is_heard_no_more_than_each_second_while_others_have_their_turn(partner, fetcher):
    partner.do("/a", lambda handler: (time.sleep(0.5), servers.ok(handler)))
    known, beats = LocalHosts(), []
    manners = replace(MANNERS, at_once=1)
    slow = replace(fetcher, limits=FetchLimits())
    other = threading.Thread(target=PartnerSession(slow, known, manners).get, args=[partner.url + "/a"])
    other.start()
    time.sleep(0.1)
    session = PartnerSession(slow, known, manners, lambda: beats.append(1))
    assert session.get(partner.url + "/a").content == b"ok"
    other.join()
    assert len(beats) <= 2 and session.traffic.waits == 1 and 0.1 < session.traffic.waited < 5


def test_heartbeat_ends_many_in_its_own_thread(partner, fetcher):
    beats = []

    def heartbeat():
        beats.append(threading.current_thread())
        if len(beats) > 1:
            raise Ended

    partner.do("/a", servers.asks_to_wait("30"))
    session = PartnerSession(fetcher, manners=replace(MANNERS, longest_wait=60), heartbeat=heartbeat)
    start = time.monotonic()
    with pytest.raises(Ended):
        list(many(session, [partner.url + "/a"] * 5))
    assert time.monotonic() - start < 3 and set(beats) == {threading.current_thread()}


def test_what_was_done_is_counted(partner, session):
    partner.do("/a", servers.in_turn(servers.status(500), servers.ok))
    partner.do("/same", servers.status(304))
    session.get(partner.url + "/a")
    session.get(partner.url + "/same", etag='"v1"')
    error_of(lambda: session.get(partner.url + "/gone"))
    done = session.traffic.as_dict()
    assert (done["requests"], done["bytes"], done["not_modified"], done["failed"], done["waits"]) == (4, 2, 1, 2, 1)
    assert done["seconds"] > 0 and done["waited"] > 0


def test_error_quotes_no_secret(partner, fetcher):
    session = PartnerSession(fetcher, manners=MANNERS, secrets=["k3y", ""])
    error = error_of(lambda: session.get(partner.url + "/list/key/k3y/"))
    assert (
        error.status == 404
        and "k3y" not in f"{error} {error.url} {error.message} {error!r}"
        and "/list/key/…/" in str(error)
    )


def test_address_that_is_none_is_told(session):
    assert error_of(lambda: session.get("file:///etc/passwd")).kind == "bad_url"


def test_site_says_how_polite_we_are(with_plugins, partner, monkeypatch):
    import ckan.plugins.toolkit as tk

    for name, value in {
        "allowed_hosts": ["127.0.0.1"],
        "contact": "data@example.go.id",
        "longest_wait_seconds": 1,
    }.items():
        monkeypatch.setitem(tk.config, f"ckanext.satudatapmi.harvest.{name}", value)
    session = configured_session()
    partner.do("/a", servers.for_robots_with_a_name)
    assert session.get(partner.url + "/a").content == b"ok"
    assert partner.requests[0][1]["From"] == "data@example.go.id"
    partner.do("/b", servers.asks_to_wait("5"))
    assert error_of(lambda: session.get(partner.url + "/b")).kind == "busy"
    assert error_of(lambda: configured_session().get(partner.url + "/a")).kind == "busy"
