"""A live portal with a small catalogue, and a browser that reports what it should not do."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from tests.browser.visiting import Misdeeds, Portal, watched

CHECKOUT = Path(__file__).resolve().parents[2]
CHROMIUM = os.environ.get("SATUDATA_CHROMIUM", "/usr/bin/chromium")
QUIET = "--no-sandbox --disable-gpu --no-first-run --disable-background-networking --disable-component-update --disable-sync"
START_SECONDS = 60.0


ALONE = ("test_approval", "test_entry", "test_harvest", "test_signals")
"""Modules that change what others look at: each has the portal filled anew. The others share one."""
LAST = "test_kiosk"
"""Of those that share: it adds to the portal."""


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Have the modules that share a portal run after each other, and know the last of them.

    It ends with them, not with the session: other tests start servers of their own at the same address.
    """
    here = [item for item in items if item.path.parent == Path(__file__).parent]
    sharing = [item for item in here if item.path.stem not in ALONE]
    sharing.sort(key=lambda item: item.path.stem == LAST)
    rest = [item for item in here if item.path.stem in ALONE]
    start = items.index(here[0]) if here else 0
    others = [item for item in items if item not in set(here)]
    items[:] = [*others[:start], *sharing, *rest, *others[start:]]
    config.stash[LAST_SHARING] = sharing[-1].path.stem if sharing else ""


LAST_SHARING = pytest.StashKey[str]()
_shared = ExitStack()
_shared_portals: list[Portal] = []


@pytest.fixture(scope="module")
def portal(request: pytest.FixtureRequest) -> Iterator[Portal]:
    """The portal under gunicorn, at the address that its configuration names."""
    ini = Path(request.config.getoption("--ckan-ini")).resolve()
    name = request.path.stem
    if name in ALONE:
        with running(ini) as portal:
            yield portal
        return
    if not _shared_portals:
        _shared_portals.append(_shared.enter_context(running(ini)))
    yield _shared_portals[0]
    if name == request.config.stash[LAST_SHARING]:
        _shared_portals.clear()
        _shared.close()


@contextmanager
def running(ini: Path) -> Iterator[Portal]:
    """Fill the site and start its web server, until what looks at it has ended."""
    names = _fill(ini)
    url = next(
        line.split("=", 1)[1].strip() for line in ini.read_text().splitlines() if line.startswith("ckan.site_url")
    )
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        (home / "log").mkdir()
        offering = home / "ckan.ini"
        offering.write_text(f"[app:main]\nuse = config:{ini}\nckanext.satudatapmi.subscriptions.mail = true\n")
        environment = os.environ | {
            "CKAN_INI": str(offering),
            "SATUDATA_BIND": urlsplit(url).netloc,
            "SATUDATA_HOME": str(home),
            "WEB_CONCURRENCY": "1",
        }
        log = home / "web.log"
        command = [sys.executable, "-m", "gunicorn", "--config", str(CHECKOUT / "config" / "gunicorn.conf.py")]
        with log.open("w") as output:
            server = subprocess.Popen(command, env=environment, stdout=output, stderr=output, cwd=CHECKOUT)
        try:
            _wait_for(url, server, log)
            yield Portal(url, names)
        finally:
            server.terminate()
            server.wait(timeout=20)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Debian's Chromium."""
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET.split())
        yield chromium
        chromium.close()


@pytest.fixture
def misdeeds() -> Misdeeds:
    """What the page of this test did wrong so far."""
    return Misdeeds()


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    """A visitor on a desktop."""
    context = browser.new_context(viewport={"width": 1280, "height": 900}, accept_downloads=True)
    yield context
    context.close()


@pytest.fixture
def page(context: BrowserContext, portal: Portal, misdeeds: Misdeeds) -> Page:
    """A page of that visitor whose misdeeds are written down."""
    return watched(context.new_page(), portal, misdeeds)


def _fill(ini: Path) -> dict[str, Any]:
    """Fill the site in a process of its own, so that nothing of this one's state gets into it."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.browser.filling"],
        env=os.environ | {"CKAN_INI": str(ini), "PYTHONPATH": str(CHECKOUT)},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return json.loads(done.stdout.splitlines()[-1])


def _wait_for(url: str, server: subprocess.Popen[bytes], log: Path) -> None:
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end:
        assert server.poll() is None, f"the web server ended: {log.read_text()[-3000:]}"
        try:
            urllib.request.urlopen(f"{url}/api/3", timeout=5).close()
            return
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            time.sleep(0.5)
    raise AssertionError(f"the web server did not answer within {START_SECONDS:.0f} s: {log.read_text()[-3000:]}")
