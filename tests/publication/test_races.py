"""Two transactions on one dataset: whichever ends last, what is public is what the rule says, with what is told of it."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor

import pytest
import sqlalchemy as sa
from ckan import model
from ckan.tests import factories

from tests.publication.datasets import make
from tests.publication.test_published import public_by_the_rule, public_by_the_triggers, rows

pytestmark = pytest.mark.usefixtures("portal")
WAITING = sa.text(
    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
)
HIDE = "UPDATE package SET private = true WHERE id = :dataset"
SHOW = "UPDATE package SET private = false WHERE id = :dataset"
REFUSE = "INSERT INTO satudatapmi_review (package_id, state, published) VALUES (:dataset, 'draft', false)"
RENAME = "UPDATE \"group\" SET title = 'Nama lain' WHERE id = :owner"
CREATE = (
    "INSERT INTO package (id, name, title, state, type, private, owner_org, metadata_created, metadata_modified) "
    "VALUES ('baru', 'baru', 'Baru', 'active', 'dataset', false, :owner, now(), now())"
)
TOLD_OTHERWISE = {
    "publisher": RENAME,
    "resource": "UPDATE resource SET description = 'lain' WHERE package_id = :dataset",
    "quality": "INSERT INTO satudatapmi_quality (dataset_id, profile, day) VALUES (:dataset, 'mqa', now())",
    "review": "INSERT INTO satudatapmi_review (package_id, state, published) VALUES (:dataset, 'draft', true)",
}


@pytest.fixture
def ours():
    dataset = make(owner_org=factories.Organization()["id"], resources=[{"url": "https://x.example/a.csv"}])
    return {"dataset": dataset["id"], "owner": dataset["owner_org"]}


def overlap(first, second, values):
    """Run two statements in a transaction each; the first ends once the second waits for it, which it tells, or is done."""
    with ThreadPoolExecutor(1) as other, model.ensure_engine().connect() as slow:
        slow.execute(sa.text(first), values)
        running = other.submit(_run, second, values)
        while not running.done() and not _is_waiting():
            time.sleep(0.02)
        has_waited = not running.done()
        slow.commit()
        running.result(timeout=20)
    return has_waited


def _run(statement, values):
    with model.ensure_engine().begin() as connection:
        connection.execute(sa.text(statement), values)


def _is_waiting():
    with model.ensure_engine().connect() as connection:
        return connection.execute(WAITING).scalar_one() > 0


@pytest.mark.parametrize("change", TOLD_OTHERWISE.values(), ids=TOLD_OTHERWISE)
@pytest.mark.parametrize("hidden_first", [True, False])
def test_dataset_that_is_hidden_stays_so_whatever_changes_meanwhile(ours, change, hidden_first):
    overlap(*((HIDE, change) if hidden_first else (change, HIDE)), ours)
    assert public_by_the_triggers() == public_by_the_rule() == set()


@pytest.mark.parametrize("refused_first", [True, False])
def test_dataset_that_is_shown_and_refused_at_once_is_not_public(ours, refused_first):
    _run(HIDE, ours)
    _run("DELETE FROM satudatapmi_publication", {})
    overlap(*((REFUSE, SHOW) if refused_first else (SHOW, REFUSE)), ours)
    assert public_by_the_triggers() == public_by_the_rule() == set()


@pytest.mark.parametrize(("first", "second"), [(CREATE, RENAME), (RENAME, CREATE)])
def test_nothing_is_written_of_a_new_dataset_with_the_former_name_of_its_publisher(ours, first, second):
    assert overlap(first, second, ours)
    known = rows()
    # A fragment that was written before the second one ended belongs to a smaller number than the dataset has now.
    assert known["baru"].xid >= known[ours["dataset"]].xid


def test_rename_while_datasets_of_the_organisation_are_edited_ends_in_no_deadlock(ours):
    edit = "UPDATE package SET notes = 'x' WHERE id = :dataset"
    for first, second in ((edit, RENAME), (RENAME, edit)):
        overlap(first, second, ours)
    assert public_by_the_triggers() == {ours["dataset"]}
