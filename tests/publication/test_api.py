"""The description of all reads: valid, whole, in both languages, and what it shows runs."""

from __future__ import annotations

import json
import re
import shlex
import shutil
import subprocess
from importlib.resources import files

import pytest
import requests
import yaml
from ckan.plugins import toolkit as tk
from openapi_spec_validator import OpenAPIV31SpecValidator

from ckanext.satudatapmi.figures.question import PARAMETERS
from ckanext.satudatapmi.figures.registry import dimensions
from ckanext.satudatapmi.publication.api.reads import reads
from ckanext.satudatapmi.publication.api.samples import samples
from tests.one_portal import portal  # noqa: F401
from tests.publication.datasets import FULL, make

pytestmark = pytest.mark.usefixtures("portal")
SITE = "http://localhost"


@pytest.fixture
def client(app):
    return app.flask_app.test_client(use_cookies=False)


@pytest.fixture(scope="module")
def filled(portal):  # noqa: F811
    return make(**FULL)


@pytest.fixture
def table(furnished):
    """A file that is a table as well, on a portal that has something for every read."""
    return furnished[1]


def document(client, language="en"):
    return client.get(f"/api/pmi/openapi.json?lang={language}").json


@pytest.mark.parametrize("language", ["id", "en"])
def test_the_document_is_openapi_and_leaves_nothing_open(client, filled, language):
    found = document(client, language)
    assert found["openapi"].startswith("3.1.")
    assert [error.message for error in OpenAPIV31SpecValidator(found).iter_errors()] == []
    text = json.dumps(found)
    assert not any(name in text for name in ("x-values", "x-live", "x-dimensions"))
    assert yaml.safe_load(client.get(f"/api/pmi/openapi.yaml?lang={language}").data) == found


def test_every_text_is_in_both_languages():
    def texts(node, path=()):
        if isinstance(node, dict):
            for key, value in node.items():
                if key in ("description", "summary", "x-displayName") or (key == "title" and path[-1:] == ("info",)):
                    yield (*path, key), value
                yield from texts(value, (*path, key))
        elif isinstance(node, list):
            for number, value in enumerate(node):
                yield from texts(value, (*path, str(number)))

    for file in files("ckanext.satudatapmi.schemas").joinpath("openapi").iterdir():
        for path, words in texts(yaml.safe_load(file.read_text(encoding="utf-8"))):
            assert isinstance(words, dict) and words.keys() == {"en", "id"}, (file.name, path)
            assert all(words.values()) and words["en"] != words["id"], (file.name, path)


def test_every_read_is_a_view_of_the_site(app, client, filled):
    adapter = app.flask_app.url_map.bind("localhost")
    for read in reads(document(client)):
        endpoint, values = adapter.match(read.address(read.examples).partition("?")[0])
        if endpoint == "api.action":
            action = tk.get_action(values["logic_function"])
            assert getattr(action, "side_effect_free", False), read.name


def test_a_question_has_the_parameters_that_its_page_has(client, filled):
    named = {read.name: {one.name for one in read.parameters} for read in reads(document(client))}
    assert named["pmi_query"] == named["angka_csv"] == {*PARAMETERS, *dimensions()}


def test_every_example_is_answered(client, table):
    found = document(client)
    for read in reads(found):
        answer = client.get(read.address(read.examples), headers=read.example_headers, follow_redirects=True)
        assert answer.status_code == 200, (read.name, answer.text)
        known = {one.partition(";")[0] for one in read.media_types}
        assert answer.mimetype in known or "*/*" in known, read.name
        promised = found["paths"][read.path]["get"]["responses"]["200"].get("headers", {})
        assert all(name in answer.headers for name in promised), read.name


@pytest.mark.parametrize(
    ("address", "accepted", "language"),
    [
        ("/api/pmi/openapi.json", "en", "en"),
        ("/api/pmi/openapi.json", "id,en;q=0.5", "id"),
        ("/api/pmi/openapi.json", "fr", "id"),
        ("/api/pmi/openapi.json?lang=en", "id", "en"),
        ("/en/api/pmi/openapi.json", "id", "en"),
    ],
)
def test_the_document_speaks_the_language_that_is_asked_for(client, filled, address, accepted, language):
    answer = client.get(address, headers={"Accept-Language": accepted})
    assert answer.headers["Content-Language"] == language
    assert "accept-language" in answer.headers["Vary"].lower()
    title = "Satu Data PMI: reads" if language == "en" else "Satu Data PMI: pembacaan"
    assert answer.json["info"]["title"] == title


def test_a_language_that_is_none_is_refused(client, filled):
    assert client.get("/api/pmi/openapi.json?lang=xx").status_code == 400


def test_the_document_is_sent_once(client, filled):
    first = client.get("/api/pmi/openapi.json", headers={"Accept-Encoding": "gzip"})
    assert first.headers["Content-Encoding"] == "gzip" and first.headers["Access-Control-Allow-Origin"] == "*"
    again = client.get("/api/pmi/openapi.json", headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")


def shown(client, table):
    return [(read, samples(read, SITE)) for read in reads(document(client))]


def test_examples_in_python_run(client, table, monkeypatch, capsys, tmp_path):
    class Answer:
        def __init__(self, answer):
            self.answer, self.content, self.status = answer, answer.data, answer.status_code
            self.json = lambda: answer.json

        @property
        def text(self):
            return self.answer.text

        def raise_for_status(self):
            assert self.status == 200

    def get(address, headers=None, timeout=None):
        return Answer(client.get(address.removeprefix(SITE), headers=headers, follow_redirects=True))

    monkeypatch.setattr(requests, "get", get)
    monkeypatch.chdir(tmp_path)
    for read, code in shown(client, table):
        (tmp_path / "data").unlink(missing_ok=True)
        exec(compile(code["Python"], read.name, "exec"), {})
        assert capsys.readouterr().out.strip() or (tmp_path / "data").exists(), read.name


def test_examples_for_the_shell_ask_for_the_same(client, table):
    for read, code in shown(client, table):
        words = shlex.split(code["curl"])
        assert words[0] == "curl" and words[-1] == SITE + read.address(read.examples)
        assert [word for word in words if ": " in word] == [f"{k}: {v}" for k, v in read.example_headers.items()]


def test_examples_in_javascript_are_javascript(client, table, tmp_path):
    node = shutil.which("node")
    if node is None:
        pytest.skip("there is no node here")
    modules = tmp_path / "all.mjs"
    blocks = [f"async () => {{\n{code['JavaScript']}\n}};" for _read, code in shown(client, table)]
    modules.write_text("\n".join(blocks), encoding="utf-8")
    done = subprocess.run([node, "--check", str(modules)], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("prefix", ["", "/en"])
def test_the_page_shows_every_read(client, table, prefix):
    page = client.get(f"{prefix}/api/pmi").text
    for read in reads(document(client, prefix.strip("/") or "id")):
        assert f'id="{read.name}"' in page and read.summary in page and read.path in page
    assert not re.search(r'(?:src|href)="https?://(?!localhost|[\d.:]+/)', page.partition("<footer")[0])
    assert "{read}" not in page and "{language}" not in page


def test_the_form_of_a_read_leads_to_its_answer(client, table):
    for read in reads(document(client)):
        asked = {"operation": read.name, **read.examples}
        answer = client.get("/api/pmi/coba", query_string=asked)
        assert (answer.status_code, answer.headers["Location"]) == (303, read.address(read.examples)), read.name


@pytest.mark.parametrize(("query", "status"), [("operation=none", 404), ("", 404), ("operation=package_show", 400)])
def test_a_form_that_asks_for_nothing_is_told_so(client, filled, query, status):
    answer = client.get(f"/api/pmi/coba?{query}")
    assert (answer.status_code, answer.content_type) == (status, "application/problem+json")


def test_a_form_leads_to_no_other_site(client, filled):
    asked = {"operation": "dataset_read", "id": "//evil.example/x"}
    assert client.get("/api/pmi/coba", query_string=asked).headers["Location"] == "/dataset/%2F%2Fevil.example%2Fx"


@pytest.mark.parametrize("query", ["package_search?rows=1&rows=2", "datastore_search?resource_id=x&limit=a&limit=b"])
def test_a_number_that_is_given_twice_is_refused(client, filled, query):
    answer = client.get(f"/api/3/action/{query}")
    assert answer.status_code == 409 and answer.json["success"] is False


def test_lists_that_an_action_takes_are_given_to_it(client, table):
    answer = client.get(f"/api/3/action/datastore_search?resource_id={table['id']}&fields=negara&fields=_id")
    assert [field["id"] for field in answer.json["result"]["fields"]] == ["negara", "_id"]
