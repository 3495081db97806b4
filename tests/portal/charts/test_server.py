"""The process that draws: what it is sent wrong it refuses, and it fetches nothing."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest
from werkzeug.test import Client

from ckanext.satudatapmi.portal.charts import server

SPECIFICATION = {"data": {"values": [{"a": 1}]}, "mark": "point", "encoding": {"x": {"field": "a"}}}
client = Client(server.application)


def send(path, content):
    return client.post(path, data=content if isinstance(content, str) else json.dumps(content))


def test_specification_becomes_svg_and_png():
    drawn = send("/vega-lite.svg", SPECIFICATION)
    assert (drawn.status_code, drawn.mimetype) == (200, "image/svg+xml") and drawn.text.startswith("<svg")
    assert send("/vega-lite.png", SPECIFICATION).data.startswith(b"\x89PNG")
    assert send("/svg.png", drawn.text).data.startswith(b"\x89PNG")


@pytest.mark.parametrize(
    ("path", "content", "status"),
    [
        ("/vega-lite.svg", "{", 400),
        ("/vega-lite.svg", [1], 400),
        ("/vega-lite.svg", {"mark": {"type": "none of these"}}, 400),
        ("/svg.png", "<html", 400),
        ("/vega-lite.gif", SPECIFICATION, 404),
    ],
)
def test_what_cannot_be_drawn_is_refused(path, content, status):
    assert send(path, content).status_code == status


def test_too_much_is_refused():
    assert send("/svg.png", "x" * (server.MOST_BYTES + 1)).status_code == 413


def test_only_what_is_sent_is_drawn():
    assert client.get("/vega-lite.svg").status_code == 404


@pytest.mark.parametrize(
    ("path", "content"),
    [
        ("/vega-lite.svg", SPECIFICATION | {"data": {"url": "http://127.0.0.1:9/data.json"}}),
        ("/svg.png", '<svg xmlns="http://www.w3.org/2000/svg"><image href="http://127.0.0.1:9/x.png"/></svg>'),
        (
            "/svg.png",
            '<svg xmlns="http://www.w3.org/2000/svg" xmlns:x="http://www.w3.org/1999/xlink"><use x:href="/etc/x"/></svg>',
        ),
    ],
)
def test_what_refers_to_something_elsewhere_is_refused(path, content):
    assert send(path, content).status_code == 400


def test_picture_of_elsewhere_is_not_fetched():
    """Its server is another process: vl-convert lets no thread of this one run while it draws."""
    code = (
        "import socket; s = socket.create_server(('127.0.0.1', 0)); print(s.getsockname()[1], flush=True);"
        "s.settimeout(3); s.accept()"
    )
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as site:
        address = f"http://127.0.0.1:{int(site.stdout.readline())}/x.png"
        picture = {"data": {"values": [{"at": address}]}, "mark": "image", "encoding": {"url": {"field": "at"}}}
        for ending in ("svg", "png"):
            send(f"/vega-lite.{ending}", picture)
        assert site.wait() != 0, "somebody asked for it"
