"""A web process asks its servers before its first visitor does."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

START = """
from ckanext.satudatapmi import wsgi
from ckan.model import ensure_engine
from sqlalchemy import event

asked = []
event.listen(ensure_engine(), "before_cursor_execute", lambda *told: asked.append(told[2]))
wsgi.answer_ahead()
assert any("satudatapmi_publication" in statement for statement in asked), asked
flask = wsgi.application.application
assert "home/index.html" in {template for _loader, template in flask.jinja_env.cache.keys()}
"""


@pytest.mark.slow
def test_a_process_has_asked_the_database_before_a_visitor_comes(portal, ckan_config):
    environment = os.environ | {"CKAN_INI": ckan_config["__file__"]}
    done = subprocess.run([sys.executable, "-c", START], env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-3000:]
