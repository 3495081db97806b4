"""Static files are sent packed, kept by browsers, and without asking CKAN; pages load what they ask for."""

from __future__ import annotations

import gzip
from pathlib import Path

import brotli
import pytest
from ckan.lib import webassets_tools
from flask import Response
from werkzeug.test import Client

from ckanext.satudatapmi.publication.http import scripts, static

ELSEWHERE = b"asked CKAN"


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("assets")


@pytest.fixture
def files(with_plugins, folder, monkeypatch, ckan_config) -> Client:
    monkeypatch.setattr(webassets_tools.env, "directory", str(folder))
    monkeypatch.setitem(ckan_config, "ckan.webassets.path", str(folder))
    return Client(static.serve(Response(ELSEWHERE)))


def stylesheet(folder: Path) -> Path:
    [found] = folder.glob("satudatapmi/*_satudatapmi.css")
    return found


def test_bundles_are_sent_as_small_as_a_browser_takes_them(files, folder):
    path = stylesheet(folder)
    whole = path.read_bytes()
    sizes = []
    for taken, unpack in (("", bytes), ("gzip", gzip.decompress), ("gzip, br", brotli.decompress)):
        answer = files.get(f"/webassets/satudatapmi/{path.name}", headers={"Accept-Encoding": taken})
        assert answer.status_code == 200 and unpack(answer.data) == whole
        assert "Accept-Encoding" in answer.headers["Vary"] and answer.headers["X-Content-Type-Options"] == "nosniff"
        sizes.append(len(answer.data))
    assert sizes == sorted(sizes, reverse=True) and len(set(sizes)) == 3


def test_browsers_keep_bundles_for_ever_and_other_files_for_an_hour(files, folder):
    bundle = files.get(f"/webassets/satudatapmi/{stylesheet(folder).name}")
    assert "immutable" in bundle.headers["Cache-Control"]
    icon = files.get("/satudatapmi/favicon.svg")
    assert icon.status_code == 200 and "max-age=3600" in icon.headers["Cache-Control"]
    again = files.get("/satudatapmi/favicon.svg", headers={"If-None-Match": icon.headers["ETag"]})
    assert again.status_code == 304


@pytest.mark.parametrize(
    "path", ["/", "/dataset/", "/webassets/satudatapmi/00000000_other.css", "/webassets/../ckan.ini"]
)
def test_all_else_is_asked_of_ckan(files, path):
    assert files.get(path).data == ELSEWHERE


def test_what_is_packed_is_left_as_it_is(files, folder):
    packed = {path: path.stat().st_mtime_ns for path in folder.rglob("*.br")}
    assert packed
    static.serve(Response(ELSEWHERE))
    assert {path: path.stat().st_mtime_ns for path in folder.rglob("*.br")} == packed


@pytest.mark.parametrize(
    ("body", "loaded"),
    [
        ("<p>data-module without one</p>", []),
        ('<a hx-boost="true" href="/">x</a>', ["htmx.js"]),
        ('<i class="fa fa-lock"></i>', ["fontawesome.css"]),
        ('<div data-module="autocomplete"></div>', ["jquery.js", "main.js", "ckan.js", "handlers.js", "select2.css"]),
        ('<span class="automatic-local-datetime"></span>', ["jquery.js", "vendor.js", "main.js"]),
    ],
)
def test_a_page_loads_what_it_asks_for(app, body, loaded):
    with app.flask_app.test_request_context("/"):
        page = scripts.complete(Response(f"<html><body>{body}</body></html>", mimetype="text/html")).get_data(
            as_text=True
        )
    assert page.endswith("</body></html>")
    assert all(f"_{name}" in page for name in loaded)
    assert bool(loaded) == ("/webassets/" in page)


def test_what_is_no_page_stays_as_it_is(app):
    with app.flask_app.test_request_context("/"):
        for made in (
            Response('{"a": " hx-boost="}', mimetype="application/json"),
            Response(" hx-boost=", mimetype="text/html"),
        ):
            before = made.get_data()
            assert scripts.complete(made).get_data() == before
