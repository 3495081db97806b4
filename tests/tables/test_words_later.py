"""A large table can be read at once; its words follow, and are those of the rows that are there then."""

from __future__ import annotations

import ckan.plugins.toolkit as tk
import pandas as pd
import pytest
import sqlalchemy as sa
from ckan.tests import factories
from ckan.tests.helpers import call_action
from ckanext.datastore.backend.postgres import get_write_engine, identifier
from redis.exceptions import RedisError
from stored import indexes, search

from ckanext.satudatapmi import daily
from ckanext.satudatapmi.tables import fulltext, loader
from ckanext.satudatapmi.tables.loader import load_table
from ckanext.satudatapmi.tables.values import Field, TidyTable

NAMES = ("Malaysia", "Taiwan", "Hong Kong", "Jepang", "Korea")


@pytest.fixture(autouse=True)
def large_from_four_rows(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(loader, "WORDS_AT_ONCE", 3)
    monkeypatch.setattr(fulltext, "ROWS_AT_ONCE", 2)


@pytest.fixture
def jobs(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """What was put on the queue: the arguments of each job."""
    asked: list[list[str]] = []
    monkeypatch.setattr(tk, "enqueue_job", lambda function, arguments, **_: asked.append(arguments))
    return asked


def table(*names: str, column: str = "negara") -> TidyTable:
    return TidyTable(
        pd.DataFrame({column: pd.Series(names, dtype=object)}), (Field(column, "text", "Negara", indexed=True),)
    )


def found(resource: str, words: str) -> int:
    return search(resource, q=words)["total"]


def without_words(resource: str) -> int:
    with get_write_engine().connect() as connection:
        query = sa.text(f"SELECT count(*) FROM {identifier(resource)} WHERE _full_text IS NULL")
        return connection.execute(query).scalar_one()


def test_rows_can_be_filtered_before_their_words_are_there(resource, jobs):
    load_table(resource, table(*NAMES))
    assert len(jobs) == 1 and without_words(resource) == 5
    assert search(resource, filters={"negara": "Taiwan"}, sort="negara")["total"] == 1
    assert "btree (negara)" in indexes(resource)


def has_statistics(resource: str) -> bool:
    with get_write_engine().connect() as connection:
        query = sa.text("SELECT count(*) FROM pg_stats WHERE tablename = :table AND attname = 'negara'")
        return connection.execute(query, {"table": resource}).scalar_one() > 0


def test_statistics_of_a_large_table_come_with_its_words(resource, jobs):
    load_table(resource, table(*NAMES))
    assert not has_statistics(resource)
    loader.bring_words(*jobs[0])
    assert has_statistics(resource)


def test_a_small_table_has_its_statistics_at_once(resource):
    load_table(resource, table(*NAMES[:3]))
    assert has_statistics(resource)


@pytest.mark.parametrize("asked", [{"q": "taiwan"}, {"q": {"negara": "taiwan"}}, {"full_text": "taiwan"}])
def test_search_by_words_says_that_they_are_still_to_come(resource, jobs, asked):
    load_table(resource, table(*NAMES))
    with pytest.raises(tk.ValidationError, match="still being made ready"):
        search(resource, **asked)


def test_nobody_is_told_of_a_table_that_they_may_not_see(resource, jobs):
    load_table(resource, table(*NAMES))
    package = call_action("resource_show", id=resource)["package_id"]
    call_action("package_patch", {"user": factories.Sysadmin()["name"]}, id=package, private=True)
    with pytest.raises(tk.NotAuthorized):
        search(resource, q="taiwan")


def test_alias_of_a_table_says_so_too(resource, jobs):
    load_table(resource, table(*NAMES))
    call_action("datastore_create", resource_id=resource, force=True, aliases="penempatan")
    with pytest.raises(tk.ValidationError, match="still being made ready"):
        search("penempatan", q="taiwan")


def test_table_is_there_though_the_queue_is_away(resource, monkeypatch):
    def fail(*_args, **_values):
        raise RedisError("away")

    monkeypatch.setattr(tk, "enqueue_job", fail)
    assert load_table(resource, table(*NAMES)) == 5


def test_words_follow_in_the_background(resource, jobs):
    load_table(resource, table(*NAMES))
    loader.bring_words(*jobs[0])
    assert [found(resource, name) for name in ("taiwan", "kong", "korea", "malta")] == [1, 1, 1, 0]
    assert without_words(resource) == 0
    assert {"gin (_full_text)", "btree (negara)"} <= indexes(resource)


def test_job_of_a_former_load_leaves_the_newer_one_alone(resource, jobs):
    load_table(resource, table(*NAMES))
    load_table(resource, table("Brunei", "Oman", "Qatar", "Kuwait", column="tujuan"))
    loader.bring_words(*jobs[0])
    assert without_words(resource) == 4
    loader.bring_words(*jobs[1])
    assert (found(resource, "oman"), found(resource, "taiwan")) == (1, 0)


def test_load_that_comes_between_two_steps_of_a_job_gets_its_own_words(resource, jobs, monkeypatch):
    load_table(resource, table(*NAMES))
    is_awaited, steps = fulltext._is_awaited, []

    def loaded_before_the_third_step(*given):
        steps.append(given)
        if len(steps) == 3:
            load_table(resource, table(*reversed(NAMES)))
        return is_awaited(*given)

    monkeypatch.setattr(fulltext, "_is_awaited", loaded_before_the_third_step)
    loader.bring_words(*jobs[0])
    assert len(steps) == 3 and without_words(resource) == 5
    loader.bring_words(*jobs[1])
    assert without_words(resource) == 0 and found(resource, "malaysia") == 1


def test_small_table_after_a_large_one_has_its_words_at_once(resource, jobs):
    load_table(resource, table(*NAMES))
    load_table(resource, table("Brunei", "Oman"))
    assert found(resource, "oman") == 1
    loader.bring_words(*jobs[0])
    assert len(jobs) == 1 and found(resource, "oman") == 1


def test_job_of_a_table_that_is_gone_does_nothing(resource, jobs):
    load_table(resource, table(*NAMES))
    call_action("datastore_delete", {"user": factories.Sysadmin()["name"]}, resource_id=resource, force=True)
    loader.bring_words(*jobs[0])


def test_rows_added_and_a_dictionary_changed_meanwhile_are_kept(resource, jobs):
    load_table(resource, table(*NAMES))
    call_action(
        "datastore_upsert", resource_id=resource, method="insert", force=True, records=[{"negara": "Selandia Baru"}]
    )
    fields = [{"id": "negara", "type": "text", "info": {"label": "Tujuan"}}]
    call_action("datastore_create", resource_id=resource, force=True, fields=fields)
    with pytest.raises(tk.ValidationError, match="still being made ready"):
        search(resource, q="baru")
    loader.bring_words(*jobs[0])
    assert (found(resource, "baru"), found(resource, "jepang")) == (1, 1)
    assert search(resource, sort="_id desc")["records"][0]["_id"] == 6


def test_words_of_a_lost_job_are_asked_for_again_the_next_day(resource, jobs, monkeypatch):
    load_table(resource, table(*NAMES))
    lost = jobs.pop()
    loader.ask_for_words()
    assert jobs == [lost]
    loader.bring_words(*jobs.pop())
    loader.ask_for_words()
    assert jobs == [] and daily.ask_for_words is loader.ask_for_words


def test_portal_without_large_tables_asks_for_nothing(portal, jobs):
    loader.ask_for_words()
    assert jobs == []


def test_words_are_those_that_the_database_makes_itself(resource, jobs):
    load_table(resource, table(*NAMES))
    loader.bring_words(*jobs[0])
    query = sa.text(f"SELECT _full_text::text FROM {identifier(resource)} ORDER BY _id")
    with get_write_engine().begin() as connection:
        made = connection.execute(query).scalars().all()
        connection.execute(sa.text(f"UPDATE {identifier(resource)} SET _full_text = NULL"))
        assert connection.execute(query).scalars().all() == made
