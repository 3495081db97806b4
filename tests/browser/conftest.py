"""A live portal with a small catalogue, and a browser that reports what it should not do."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
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


# One a module, not one a session: other tests start servers of their own at the same address.
@pytest.fixture(scope="module")
def portal(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Portal]:
    """The portal under gunicorn, at the address that its configuration names."""
    ini = Path(request.config.getoption("--ckan-ini")).resolve()
    names = _fill(ini)
    url = next(
        line.split("=", 1)[1].strip() for line in ini.read_text().splitlines() if line.startswith("ckan.site_url")
    )
    home = tmp_path_factory.mktemp("portal")
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
