"""Two harvest sources with one address and configuration are refused, however many sources there are."""

from __future__ import annotations

import doctest
import uuid

import ckan.model as model
import ckan.plugins.toolkit as tk
import pytest
import sqlalchemy as sa
from ckan.tests import factories

from ckanext.satudatapmi.harvesters import source_addresses
from tests.harvesters.conftest import site_context

HOST = "https://data-{}.example.go.id"


def make(url, config=""):
    owner = factories.Organization()["id"]
    values = {"name": f"sumber-{uuid.uuid4().hex[:10]}", "title": "Sumber", "url": url, "config": config}
    values |= {"source_type": "data_json", "owner_org": owner, "frequency": "MANUAL"}
    return tk.get_action("harvest_source_create")(site_context(), values)


def test_examples_in_docstrings_hold():
    assert doctest.testmod(source_addresses).failed == 0


@pytest.mark.usefixtures("with_plugins")
class TestSources:
    @pytest.mark.parametrize("other", ["/data.json/", ":443/data.json", "/data.json#atas"])
    def test_same_address_in_other_words_is_refused_by_the_name_of_its_source(self, other):
        host = HOST.format(uuid.uuid4().hex)
        first = make(f"{host}/data.json")
        with pytest.raises(tk.ValidationError, match=first["name"]):
            make(host.upper().replace("HTTPS", "https") + other)

    def test_another_configuration_or_query_makes_another_source(self):
        host = HOST.format(uuid.uuid4().hex)
        make(f"{host}/data.json")
        make(f"{host}/data.json", '{"paged": false}')
        make(f"{host}/data.json?kata=pmi")

    def test_address_that_cannot_be_read_is_refused_in_words(self):
        with pytest.raises(tk.ValidationError, match="http://"):
            make("https://[data.example.go.id/data.json")

    def test_source_that_is_changed_is_not_held_against_itself(self):
        source = make(HOST.format(uuid.uuid4().hex))
        changed = tk.get_action("harvest_source_patch")(site_context(), {"id": source["id"], "title": "Judul lain"})
        assert changed["title"] == "Judul lain"

    def test_questions_to_the_database_do_not_grow_with_the_number_of_sources(self):
        source = make(HOST.format(uuid.uuid4().hex))
        before = questions(source["id"])
        for _number in range(5):
            make(HOST.format(uuid.uuid4().hex))
        assert questions(source["id"]) == before


def questions(source_id):
    """Count the questions that showing a source costs."""
    asked = []
    engine = model.ensure_engine()

    def count(_connection, _cursor, statement, *_more):
        asked.append(statement)

    sa.event.listen(engine, "before_cursor_execute", count)
    try:
        context = {"ignore_auth": True, "use_cache": False}
        tk.get_action("package_show")(context, {"id": source_id})
    finally:
        sa.event.remove(engine, "before_cursor_execute", count)
    return len(asked)
