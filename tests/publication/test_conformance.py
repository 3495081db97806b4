"""Schemathesis asks all reads of the OpenAPI document what nobody would think of: answers are as it says, none fails."""

from __future__ import annotations

import os
import subprocess
import sys
import threading

import pytest
from werkzeug.serving import make_server

from ckanext.satudatapmi.catalogue import figure_files
from tests.one_portal import portal  # noqa: F401
from tests.publication.datasets import FULL, act, make, make_hidden

pytestmark = [pytest.mark.usefixtures("portal"), pytest.mark.slow]
CHECKS = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
)
"""Parameters that nobody knows are ignored, as everywhere on the web: wrong questions may well be answered."""
OPTIONS = ("--seed=7", "--generation-deterministic", "--max-examples=5", "--phases=examples,coverage,fuzzing")


@pytest.fixture(autouse=True)
def own_files(monkeypatch, tmp_path):
    """Files of the single data that are made here are of a portal without any: no other test may find them."""
    monkeypatch.setattr(figure_files, "_folder", lambda: tmp_path)


@pytest.fixture
def filled(create_with_upload):
    """A dataset that has a file and a table, and others that nobody may see."""
    dataset = make(**FULL)
    make_hidden(dataset["owner_org"])
    user = {"user": act("get_site_user")["name"]}
    upload = create_with_upload("negara,jumlah\nMYS,1\n", "negara.csv", user, package_id=dataset["id"])
    fields, records = [{"id": "negara"}, {"id": "jumlah", "type": "numeric"}], [{"negara": "MYS", "jumlah": 1}]
    act("datastore_create", resource_id=upload["id"], fields=fields, records=records, force=True)


@pytest.fixture
def address(app, filled):
    """Where the site answers."""
    server = make_server("127.0.0.1", 0, app.flask_app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.port}"
    server.shutdown()
    thread.join()


def test_answers_are_as_the_document_says(address, tmp_path):
    asked = [f"{address}/api/pmi/openapi.json?lang=en", f"--url={address}", f"--checks={','.join(CHECKS)}", *OPTIONS]
    command = [sys.executable, "-m", "schemathesis.cli", "run", *asked, "--no-color"]
    done = subprocess.run(command, cwd=tmp_path, env=os.environ | {"COLUMNS": "120"}, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout[-20000:] + done.stderr
