"""Schemathesis asks all reads of the OpenAPI document what nobody would think of: answers are as it says, none fails."""

from __future__ import annotations

import os
import subprocess
import sys
import threading

import pytest
from werkzeug.serving import make_server

from tests.one_portal import portal  # noqa: F401
from tests.publication.datasets import make_hidden

pytestmark = [pytest.mark.usefixtures("portal"), pytest.mark.slow]
CHECKS = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
)
"""Parameters that nobody knows are ignored, as everywhere on the web: wrong questions may well be answered."""
OPTIONS = ("--seed=7", "--generation-deterministic", "--max-examples=5")
USUAL, EVERY = "--phases=examples", "--phases=examples,coverage,fuzzing"


@pytest.fixture
def address(app, furnished):
    """Where the site answers; it has datasets that nobody may see, too."""
    make_hidden(furnished[0]["owner_org"])
    server = make_server("127.0.0.1", 0, app.flask_app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.port}"
    server.shutdown()
    thread.join()


@pytest.mark.parametrize("phases", [USUAL, pytest.param(EVERY, marks=pytest.mark.thorough)])
def test_answers_are_as_the_document_says(address, tmp_path, phases):
    checks = f"--checks={','.join(CHECKS)}"
    asked = [f"{address}/api/pmi/openapi.json?lang=en", f"--url={address}", checks, phases, *OPTIONS]
    command = [sys.executable, "-m", "schemathesis.cli", "run", *asked, "--no-color"]
    done = subprocess.run(command, cwd=tmp_path, env=os.environ | {"COLUMNS": "120"}, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout[-20000:] + done.stderr
