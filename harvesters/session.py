"""Fetches for one reading of a source: within limits, politely, and with a sign of life while it waits."""

from __future__ import annotations

import contextvars
import threading
import time
import uuid
from collections import deque
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import asdict, dataclass, replace
from functools import cache, partial
from typing import Any, TypeVar

from ckanext.satudatapmi.harvesters import failures, politeness
from ckanext.satudatapmi.harvesters.addresses import AllowedHosts
from ckanext.satudatapmi.harvesters.fetch import Fetched, Fetcher, FetchError, FetchLimits
from ckanext.satudatapmi.harvesters.hosts import Hosts, LocalHosts, SharedHosts
from ckanext.satudatapmi.harvesters.politeness import LONGEST_WAIT_ASKED, Manners, Verdict
from ckanext.satudatapmi.harvesters.requests import host_of

STEP = 1.0
"""Seconds between two signs of life while waiting, at most."""
PASSING = frozenset({"connect", "timeout", "cut_off"})
PASSING_STATUSES = frozenset({500, 502, 503, 504})
SLOW = frozenset({"timeout", "busy"})
"""Failures that are a matter of patience."""
TOO_MANY = 429
BROKEN = 500
IN_FLIGHT = 3
"""How many items of a page are made or held ready at once: each may hold a whole table."""

T = TypeVar("T")


class Stopped(Exception):
    """The reading was ended while a request of it waited."""


@dataclass
class Traffic:
    """What a reading cost, for the report of its job.

    Attributes:
        requests: requests made, retries included.
        bytes: of what was received, unpacked.
        seconds: that requests took, added up.
        not_modified: answers that said that nothing changed.
        failed: requests that brought no answer, or an error.
        waits: how often a request waited for its turn, for a server that asked us to, or before a retry.
        waited: seconds of that.
    """

    requests: int = 0
    bytes: int = 0
    seconds: float = 0.0
    not_modified: int = 0
    failed: int = 0
    waits: int = 0
    waited: float = 0.0

    def as_dict(self) -> dict[str, int | float]:
        """Return the counts by name, times rounded to milliseconds."""
        return {name: round(value, 3) for name, value in asdict(self).items()}


class PartnerSession:
    """Fetches for one reading (see protocols.base.Session); may be used by several threads.

    Args:
        fetcher: fetches within limits.
        hosts: what is known of hosts; of this process alone if not given.
        manners: how polite we are.
        heartbeat: called before each request and about each second of waiting, in the thread of the caller; what it
            raises ends the reading. It is not called while an answer is received, for which `fetcher.limits.total` is
            the limit.
        secrets: texts that no error may quote, as keys that are part of an address.
        patient: whether a request that took too long is repeated.

    Attributes:
        traffic: what was done so far.
        gave_up: whether a patient session might have had an answer that this one has not.
    """

    def __init__(
        self,
        fetcher: Fetcher,
        hosts: Hosts | None = None,
        manners: Manners | None = None,
        heartbeat: Callable[[], None] = lambda: None,
        secrets: Collection[str] = (),
        patient: bool = True,
    ) -> None:
        self.traffic = Traffic()
        self.gave_up = False
        self._patient = patient
        self._fetcher = fetcher
        self._hosts = hosts or LocalHosts()
        self._manners = manners or Manners()
        self._heartbeat = heartbeat
        self._secrets = [secret for secret in secrets if secret]
        self._lock = threading.Lock()
        self._thread = threading.local()

    def get(
        self,
        url: str,
        accept: str = "*/*",
        headers: Mapping[str, str] | None = None,
        etag: str | None = None,
        last_modified: str | None = None,
    ) -> Fetched:
        """Return what an address answers, `not_modified` if it is as `etag` or `last_modified` say.

        Args:
            url: http or https address.
            accept: media types wanted.
            headers: further ones, sent to the server of this address alone.
            etag, last_modified: what the server gave last time.

        Raises:
            FetchError: it does not answer, or with an error.
        """
        return self._polite(url, lambda: self._fetcher.fetch(url, etag, last_modified, accept, headers), self._alive)

    def post(
        self, url: str, body: Any, accept: str = "application/json", headers: Mapping[str, str] | None = None
    ) -> Fetched:
        """Send a JSON value, a question that may be asked again, and return the answer; FetchError if there is none."""
        return self._polite(url, partial(self._fetcher.post, url, body, accept, headers), self._alive)

    def several(self, calls: Iterable[Callable[[], T]], in_flight: int = IN_FLIGHT) -> Iterator[Callable[[], T]]:
        """Make calls that fetch by this session, the next ones in threads while the caller is at one.

        Args:
            calls: taken as they are needed.
            in_flight: how many are made or held ready at once, at most.

        Yields:
            For each call, in order, a function that gives what it returned or raises what it raised.
        """
        ended = threading.Event()

        def alive() -> None:
            if ended.is_set():
                raise Stopped

        def made(call: Callable[[], T]) -> T:
            self._thread.alive = alive
            return call()

        pool = ThreadPoolExecutor(in_flight, "partner")
        waiting: deque[Future[T]] = deque()
        try:
            for call in calls:
                # The copied context lets a thread speak the language of the site in its errors.
                waiting.append(pool.submit(contextvars.copy_context().run, made, call))
                if len(waiting) == in_flight:
                    yield self._first(waiting)
            while waiting:
                yield self._first(waiting)
        finally:
            ended.set()
            pool.shutdown(wait=False, cancel_futures=True)

    def _first(self, waiting: deque[Future[T]]) -> Callable[[], T]:
        future = waiting.popleft()
        self._alive()
        while not wait([future], STEP).done:
            self._alive()
        return future.result

    def _alive(self) -> None:
        """Give a sign of life in the thread of the caller; in another thread see whether the work goes on at all."""
        getattr(self._thread, "alive", self._heartbeat)()

    def _polite(self, url: str, fetch: Callable[[], Fetched], alive: Callable[[], None]) -> Fetched:
        """Fetch when it is our turn, and again after failures that may pass."""
        last: FetchError | None = None
        try:
            host = host_of(url)
            for retry in range(self._manners.retries):
                try:
                    return self._once(url, host, fetch, alive, again=True)
                except FetchError as error:
                    if not _may_pass(error) or (error.kind in SLOW and not self._patient):
                        raise
                    last = error
                if last.retry_after is None:
                    self._wait(self._manners.back_off_before(retry), alive)
            return self._once(url, host, fetch, alive)
        except FetchError as error:
            self.gave_up |= error.kind in SLOW and not self._patient
            # That the host rests now says less than why.
            raise self._without_secrets(last if last and error.kind == "resting" else error) from None

    def _once(
        self, url: str, host: str, fetch: Callable[[], Fetched], alive: Callable[[], None], again: bool = False
    ) -> Fetched:
        """Fetch when it is our turn; `again` if it is tried again after a failure that may pass."""
        turn = self._turn(url, host, alive)
        failed: bool | None = None
        asked: float | None = None
        start = time.monotonic()
        try:
            answer = fetch()
            failed = False
        except FetchError as error:
            asked = error.retry_after
            failed = _host_failed(error, again)
            self._count(requests=1, failed=1, seconds=time.monotonic() - start)
            raise
        finally:
            self._hosts.change(
                host, lambda state, now: (politeness.ended(state, self._manners, now, turn, failed, asked), None)
            )
        self._count(
            requests=1,
            bytes=answer.size,
            not_modified=int(answer.not_modified),
            seconds=time.monotonic() - start,
        )
        return answer

    def _turn(self, url: str, host: str, alive: Callable[[], None]) -> str:
        """Wait until a request may begin, and return its name."""
        turn = uuid.uuid4().hex
        alive()
        beaten, waits = time.monotonic(), 0
        while (verdict := self._ask(host, turn)).answer != "go":
            if verdict.answer == "resting":
                raise failures.resting(url, host, verdict.failures, verdict.seconds)
            if verdict.answer == "asked_to_wait" and verdict.seconds > self._manners.longest_wait:
                raise failures.busy(url, verdict.seconds)
            self._wait(verdict.seconds, alive, waits=int(not waits))
            waits += 1
            if time.monotonic() - beaten >= STEP:
                alive()
                beaten = time.monotonic()
        return turn

    def _ask(self, host: str, turn: str) -> Verdict:
        return self._hosts.change(host, lambda state, now: politeness.ask(state, self._manners, now, turn))

    def _wait(self, seconds: float, alive: Callable[[], None], waits: int = 1) -> None:
        start = time.monotonic()
        while (left := start + seconds - time.monotonic()) > 0:
            time.sleep(min(left, STEP))
            if left > STEP:
                alive()
        self._count(waits=waits, waited=time.monotonic() - start)

    def _count(self, **counts: float) -> None:
        with self._lock:
            for name, count in counts.items():
                setattr(self.traffic, name, getattr(self.traffic, name) + count)

    def _without_secrets(self, error: FetchError) -> FetchError:
        for secret in self._secrets:
            error.message, error.url = error.message.replace(secret, "…"), error.url.replace(secret, "…")
        error.args = (error.message,)
        return error


def _host_failed(error: FetchError, again: bool) -> bool | None:
    """Tell whether an error says that the host is not well; None if it says nothing of that."""
    if error.status == BROKEN and again:
        # Mostly one table is broken: its tries count as one failure, or two such tables would end a whole reading.
        return None
    if error.kind == "http_status":
        return error.status in PASSING_STATUSES and error.retry_after is None
    return True if error.kind in PASSING else None


def _may_pass(error: FetchError) -> bool:
    """Tell whether the same request may have an answer in a moment."""
    return error.kind in PASSING or error.status in (TOO_MANY, *PASSING_STATUSES)


def configured_fetcher() -> Fetcher:
    """Return a fetcher with the limits of the site's configuration."""
    import ckan.plugins.toolkit as tk

    def option(name: str) -> Any:
        return tk.config.get(f"ckanext.satudatapmi.harvest.{name}")

    return Fetcher(
        allowed=AllowedHosts.of(tk.aslist(option("allowed_hosts"))),
        limits=FetchLimits(
            total=option("timeout_seconds"),
            max_bytes=option("max_bytes"),
            max_ratio=option("max_ratio"),
        ),
        user_agent=f"ckanext-satudatapmi (+{tk.config.get('ckan.site_url')})",
        contact=option("contact"),
    )


def configured_session(
    heartbeat: Callable[[], None] = lambda: None, secrets: Collection[str] = (), patience: float | None = None
) -> PartnerSession:
    """Return a session with the limits and manners of the site's configuration.

    Args:
        heartbeat, secrets: as those of PartnerSession.
        patience: seconds that a server may be silent, or ask us to wait, if these are fewer than usual; a request that
            took longer is not repeated then.
    """
    import ckan.plugins.toolkit as tk

    def option(name: str) -> Any:
        return tk.config.get(f"ckanext.satudatapmi.harvest.{name}")

    fetcher = configured_fetcher()
    if patience is not None:
        limits = fetcher.limits
        silence = replace(limits, connect=min(limits.connect, patience), read=min(limits.read, patience))
        fetcher = replace(fetcher, limits=silence)
    manners = Manners(
        pause=option("pause_seconds"),
        at_once=option("host_concurrency"),
        longest_wait=min(option("longest_wait_seconds"), patience or LONGEST_WAIT_ASKED),
        retries=option("retries"),
        back_off=option("back_off_seconds"),
        failures=option("failures_before_rest"),
        rest=option("rest_seconds"),
        turn=2 * fetcher.limits.total,
    )
    hosts = _shared_hosts(tk.config["ckan.redis.url"])
    return PartnerSession(fetcher, hosts, manners, heartbeat, secrets, patient=patience is None)


@cache  # what is known while Redis is away has to outlive a session
def _shared_hosts(url: str) -> SharedHosts:
    return SharedHosts(url)
