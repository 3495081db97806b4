"""The change feed: complete and in order for whoever follows it, whatever happens meanwhile."""

from __future__ import annotations

import json
import time
from contextlib import ExitStack
from datetime import UTC
from urllib.parse import urlsplit

import pytest
import sqlalchemy as sa
from ckan import model
from ckan.tests import factories
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import etree

from ckanext.satudatapmi.publication import change_atom, change_feed, changes, published, store
from ckanext.satudatapmi.publication.datajson import Site
from tests.publication.datasets import act, make

pytestmark = pytest.mark.usefixtures("portal")
PATH, ATOM = "/api/pmi/changes", "/api/pmi/changes.atom"
SITE = Site("https://x.example", "X")
WRITERS, DATASETS = 2, 3
SHOW = """
INSERT INTO package (id, name, title, state, type, private) VALUES (:id, :id, 'Judul', 'active', 'dataset', false)
ON CONFLICT (id) DO UPDATE SET private = false"""
WRITES = {
    "show": SHOW,
    "change": "UPDATE package SET notes = notes || 'x' WHERE id = :id",
    "hide": "UPDATE package SET private = true WHERE id = :id",
    "purge": "DELETE FROM package WHERE id = :id",
    "begin": "SELECT pg_current_xact_id(), :id",
}


@pytest.fixture
def client(app):
    return app.flask_app.test_client()


def ask_site(client):
    """Return how to ask the site for the changes since a token."""

    def ask(since, limit):
        response = client.get(PATH, query_string={"since": since or "", "limit": limit})
        assert response.status_code == 200, response.data
        return response.json["changes"], response.json["token"], response.json["more"]

    return ask


def ask_database(since, limit):
    with store.snapshot() as connection:
        found = changes.read(connection, since or changes.BEGINNING, limit)
    return [change_feed.entry(change, SITE) for change in found.changes], found.position, found.more


class Reader:
    """Somebody who follows the changes and holds what is told."""

    def __init__(self, ask):
        self.ask, self.since, self.held, self.told = ask, None, {}, []

    def turn(self, limit=1000):
        """Read a page, and return whether there are more."""
        found, self.since, more = self.ask(self.since, limit)
        for change in found:
            self.take(change)
        return more

    def take(self, change):
        self.told.append((change["kind"], change["id"]))
        if change["kind"] == "deleted":
            assert set(change) == {"id", "kind", "changed"}
            self.held.pop(change["id"], None)
        else:
            assert change["kind"] == "created" or change["id"] in self.held
            self.held[change["id"]] = change["changed"]

    def follow(self, limit=1000):
        """Read all that is there, and return what was told."""
        self.told = []
        while self.turn(limit):
            pass
        return self.told

    def catch_up(self, limit=1000):
        """Read all that happened, and return what was told.

        What ended in another database after the reader's moment began holds its changes back once more.
        """
        told = []
        for _time in range(TIMES):
            settle()
            told += self.follow(limit)
        return told


TIMES = 3


def settle():
    """Wait until all that happened can be told: what ran beside it in another database may hold it back for a moment."""
    end = time.monotonic() + 60
    while time.monotonic() < end:
        with store.snapshot() as connection:
            last = connection.execute(sa.select(changes.LAST)).scalar_one()
            if last < connection.execute(changes.OLDEST_RUNNING).scalar_one():
                return
        time.sleep(0.05)
    raise TimeoutError


def public():
    with model.ensure_engine().connect() as connection:
        rows = connection.execute(sa.select(published.PUBLICATION).where(published.PUBLICATION.c.is_public))
        return {row.package_id: row.changed.astimezone(UTC).isoformat() for row in rows}


def execute(statement):
    with model.ensure_engine().begin() as connection:
        connection.execute(sa.text(statement))


WRITE = st.tuples(st.sampled_from(sorted(WRITES)), st.integers(1, WRITERS), st.integers(1, DATASETS))
END = st.tuples(st.sampled_from(["commit", "commit", "rollback"]), st.integers(1, WRITERS), st.none())
READ = st.tuples(st.just("read"), st.integers(1, DATASETS), st.none())


@pytest.mark.slow
@settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(is_read=st.booleans(), steps=st.lists(st.one_of(WRITE, WRITE, END, READ), min_size=15, max_size=40))
def test_reader_ends_with_what_is_public_however_transactions_end(portal, is_read, steps):
    execute("DELETE FROM package")
    execute("DELETE FROM satudatapmi_publication")
    for number in range(1, DATASETS + 1):
        execute(SHOW.replace(":id", f"'dataset-{number}'"))
    reader, claims = Reader(ask_database), {}
    if is_read:
        reader.catch_up()
    with ExitStack() as stack:
        writers = {who: stack.enter_context(model.ensure_engine().connect()) for who in range(1, WRITERS + 1)}
        for step, number, dataset in steps:
            if step == "read":
                reader.turn(limit=number)
            elif dataset is None:
                getattr(writers[number], step)()
                claims = {one: writer for one, writer in claims.items() if writer != number}
            # Two transactions that change one dataset would wait for each other.
            elif step == "begin" or claims.setdefault(dataset, number) == number:
                writers[number].execute(sa.text(WRITES[step]), {"id": f"dataset-{dataset}"})
        for writer in writers.values():
            writer.commit()
    reader.catch_up(limit=2)
    assert reader.held == public()
    assert reader.catch_up() == []


def test_created_updated_and_deleted(client):
    owner = factories.Organization()["id"]
    reader = Reader(ask_site(client))
    first, second, third = (make(owner_org=owner)["id"] for _ in range(3))
    make(owner_org=owner, private=True)
    make(owner_org=owner, state="draft")
    assert reader.catch_up() == [("created", one) for one in (first, second, third)]
    act("package_patch", id=first, satuan="jiwa")
    act("package_patch", id=second, private=True)
    act("dataset_purge", id=third)
    assert reader.catch_up() == [("updated", first), ("deleted", second), ("deleted", third)]
    act("package_patch", id=second, private=False)
    act("package_patch", id=second, satuan="jiwa")
    assert reader.catch_up() == [("created", second)]
    assert reader.catch_up() == []


def test_change_leads_to_the_dataset(client):
    dataset = make()
    settle()
    (change,) = client.get(PATH).json["changes"]
    assert urlsplit(change["url"]).path == f"/dataset/{dataset['name']}"
    answer = client.get(change["api"].partition("/api/")[1] + change["api"].partition("/api/")[2])
    assert answer.json["result"]["id"] == dataset["id"]


def test_a_dataset_that_changes_before_its_page_is_read_is_new_to_the_reader(client):
    owner = factories.Organization()["id"]
    early, late = (make(owner_org=owner)["id"] for _ in range(2))
    act("package_patch", id=early, satuan="jiwa")
    reader = Reader(ask_site(client))
    assert reader.catch_up(limit=1) == [("created", late), ("created", early)]


def test_a_dataset_that_changed_while_a_transaction_ran_is_new_to_the_reader(client):
    owner = factories.Organization()["id"]
    early, late = (make(owner_org=owner)["id"] for _ in range(2))
    reader = Reader(ask_site(client))
    settle()
    with model.ensure_engine().connect() as slow:
        slow.execute(sa.text("SELECT pg_current_xact_id()"))
        act("package_patch", id=early, satuan="jiwa")
        assert reader.follow() == [("created", late)]
    assert reader.catch_up() == [("created", early)]


def test_changes_of_one_transaction_may_stand_on_several_pages(client):
    owner = factories.Organization()["id"]
    made = [make(owner_org=owner)["id"] for _ in range(4)]
    reader = Reader(ask_site(client))
    reader.catch_up()
    act("organization_patch", id=owner, title="Nama lain")
    assert sorted(reader.catch_up(limit=1)) == sorted(("updated", one) for one in made)


def test_nothing_is_told_that_a_running_transaction_may_precede(client):
    make()
    reader = Reader(ask_site(client))
    with model.ensure_engine().connect() as slow:
        slow.execute(sa.text(WRITES["show"]), {"id": "slow"})
        reader.follow()
        execute(SHOW.replace(":id", "'quick'"))
        assert reader.follow() == []
        slow.commit()
    assert reader.catch_up() == [("created", "slow"), ("created", "quick")]


def walk(client, address):
    """Turn pages by their links; return whom they told of, and the last page."""
    seen = []
    while address:
        response = client.get(address)
        seen += [change["id"] for change in response.json["changes"]]
        following = response.json["next"]
        if response.json["more"]:
            assert response.headers["Link"] == f'<{following}>; rel="next"'
        address = response.json["more"] and PATH + following.partition(PATH)[2]
    return seen, response


def test_pages_follow_each_other_by_their_links(client):
    owner = factories.Organization()["id"]
    made = [make(owner_org=owner)["id"] for _ in range(5)]
    for _time in range(TIMES):
        settle()
        seen, response = walk(client, f"{PATH}?limit=2")
        if seen == made:
            break
    assert seen == made
    assert "Link" not in response.headers
    following = response.json["next"]
    assert client.get(PATH + following.partition(PATH)[2]).json["changes"] == []


def test_queries_do_not_grow_with_the_changes(client):
    owner = factories.Organization()["id"]

    def count():
        statements = []

        def note(connection, cursor, statement, *rest):
            statements.append(statement)

        sa.event.listen(model.ensure_engine(), "before_cursor_execute", note)
        try:
            assert client.get(PATH).status_code == 200
        finally:
            sa.event.remove(model.ensure_engine(), "before_cursor_execute", note)
        assert not any("OFFSET" in statement.upper() for statement in statements)
        return len(statements)

    make(owner_org=owner)
    few = count()
    for _ in range(4):
        make(owner_org=owner)
    assert count() == few


@pytest.mark.parametrize("path", [PATH, ATOM])
def test_unchanged_page_is_not_sent_twice(client, path):
    def again():
        answer = client.get(path, headers={"If-None-Match": client.get(path).headers["ETag"]})
        return answer.status_code, answer.data

    dataset = make()
    settle()
    # What another database holds back between two questions makes the second answer another one.
    assert (304, b"") in (again() for _question in range(5))
    first = client.get(path)
    act("package_patch", id=dataset["id"], satuan="jiwa")
    settle()
    assert client.get(path, headers={"If-None-Match": first.headers["ETag"]}).status_code == 200


@pytest.mark.parametrize("path", [PATH, ATOM])
@pytest.mark.parametrize("query", ["since=x", "since=MSAy", "limit=0", "limit=x", "limit=999999"])
def test_bad_question_is_refused_with_what_was_expected(client, path, query):
    problem = client.get(f"{path}?{query}", headers={"Accept": "application/json"})
    assert problem.status_code == 400
    assert problem.json["detail"].startswith(query.partition("=")[0])


def restore_in_place():
    execute(
        "CREATE TEMP TABLE dump ON COMMIT DROP AS TABLE satudatapmi_publication; TRUNCATE satudatapmi_publication CASCADE;"
        "INSERT INTO satudatapmi_publication TABLE dump"
    )


def test_token_from_before_a_restore_is_gone(client):
    make()
    settle()
    token = client.get(PATH).json["token"]
    assert client.get(f"{PATH}?since={token}").status_code == 200
    restore_in_place()
    for path in (PATH, ATOM):
        problem = client.get(f"{path}?since={token}", headers={"Accept": "application/json"})
        assert (problem.status_code, problem.content_type) == (410, "application/problem+json")
    assert client.get(PATH).json["changes"]


def test_token_of_a_transaction_yet_to_come_is_gone(client):
    with store.snapshot() as connection:
        token = changes.token(changes.Position(2**60, 1, 1), changes.database(connection))
    assert client.get(f"{PATH}?since={token}").status_code == 410


def test_changes_restored_from_a_database_with_more_transactions_are_told(client):
    owner = factories.Organization()["id"]
    made = [make(owner_org=owner)["id"] for _ in range(2)]
    execute("UPDATE satudatapmi_publication SET xid = xid + 1000000, born_xid = born_xid + 1000000")
    reader = Reader(ask_site(client))
    assert reader.follow() == [("created", one) for one in made]
    act("package_patch", id=made[0], satuan="jiwa")
    third = make(owner_org=owner)["id"]
    assert reader.catch_up() == [("updated", made[0]), ("created", third)]


def away(*args, **values):
    raise sa.exc.OperationalError("SELECT", {}, Exception("connection refused"))


def broken(*args, **values):
    raise ZeroDivisionError


@pytest.mark.parametrize(("fault", "status"), [(broken, 500), (away, 503)])
@pytest.mark.parametrize("place", ["read", "database", "is_restored"])
def test_a_fault_ends_in_a_problem_that_nobody_takes_for_a_feed(client, monkeypatch, fault, status, place):
    make()
    monkeypatch.setattr(changes, place, fault)
    for path, refusal in ((PATH, ValueError), (ATOM, etree.XMLSyntaxError)):
        problem = client.get(path)
        assert problem.status_code == status
        with pytest.raises(refusal):
            (json.loads if path == PATH else etree.fromstring)(problem.data)


def test_other_sites_may_read_and_nobody_writes(client):
    for path in (PATH, ATOM):
        assert client.get(path).headers["Access-Control-Allow-Origin"] == "*"
        assert client.post(path).status_code == 405


def test_atom_tells_the_same_changes(client):
    owner = factories.Organization()["id"]
    made = [make(owner_org=owner, title=f"Judul & <{number}>\x0b") for number in range(3)]
    act("package_delete", id=made[0]["id"])
    settle()
    tree = etree.fromstring(client.get(ATOM).data)
    told = {change["id"]: change for change in client.get(PATH).json["changes"]}
    (gone,) = tree.findall(f"{{{change_atom.TOMBSTONES}}}deleted-entry")
    assert gone.get("ref").rpartition("/")[2] == made[0]["id"]
    assert gone.get("when") == told[made[0]["id"]]["changed"]
    entries = tree.findall("{*}entry")
    for entry, dataset in zip(entries, made[1:], strict=True):
        assert entry.findtext("{*}id").rpartition("/")[2] == dataset["id"]
        assert entry.findtext("{*}title") == dataset["title"].strip("\x0b")
        assert entry.findtext("{*}updated") == told[dataset["id"]]["changed"]
        assert entry.find("{*}category").get("term") == "created"
        assert {link.get("href") for link in entry.findall("{*}link")} == {
            told[dataset["id"]][key] for key in ("url", "api")
        }
    # What RFC 4287 wants of every feed.
    assert all(tree.findtext(f"{{*}}{name}") for name in ("id", "title", "updated", "author/{*}name"))
    assert all(entry.findtext("{*}title") for entry in entries)


def test_atom_is_paged_and_resumed(client):
    owner = factories.Organization()["id"]
    made = [make(owner_org=owner)["id"] for _ in range(5)]
    settle()
    seen, address = [], f"{ATOM}?limit=2"
    while address:
        tree = etree.fromstring(client.get(address).data)
        links = {link.get("rel"): link.get("href") for link in tree.findall("{*}link")}
        seen += [one.text.rpartition("/")[2] for one in tree.findall("{*}entry/{*}id")]
        address = links.get("next") and ATOM + links["next"].partition(ATOM)[2]
    assert seen == made
    act("package_delete", id=made[0])
    settle()
    later = etree.fromstring(client.get(ATOM + links["current"].partition(ATOM)[2]).data)
    assert [one.get("ref").rpartition("/")[2] for one in later.findall("{*}deleted-entry")] == [made[0]]
    assert not later.findall("{*}entry")


def test_transaction_of_another_database_holds_nothing_back(client):
    from ckanext.datastore.backend.postgres import get_write_engine

    with get_write_engine().connect() as elsewhere:
        elsewhere.execute(sa.text("SELECT pg_current_xact_id()"))
        dataset = make(owner_org=factories.Organization()["id"])
        assert dataset["id"] in [one["id"] for one in client.get(PATH).json["changes"]]
