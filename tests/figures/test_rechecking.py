"""Findings that quote another table: gone when it is hidden, there when it is shown."""

from __future__ import annotations

import pytest

from tests.figures.conftest import dated

pytestmark = pytest.mark.usefixtures("with_plugins")


@pytest.fixture
def rules_found(grow):
    """A function that checks anew what the public loads say since it was called last, and returns the rules found."""
    import ckan.model as model

    from ckanext.satudatapmi.figures.store import rechecking, whole

    connection, former = model.Session.connection(), []

    def recheck():
        public = whole.public_loads(connection)
        rechecking.recheck(connection, former, public)
        former[:] = public
        return told()

    return recheck


def told():
    """The rules of the findings that everybody may see."""
    import ckan.model as model

    from ckanext.satudatapmi.figures.store import findings

    connection = model.Session.connection()
    return {row["finding"].finding.rule for row in findings.all_findings(connection, None, 0, 100)}


def test_finding_that_quotes_a_hidden_table_is_gone_and_comes_back_with_it(grow, rules_found, review, show):
    grow("Tahun;Jumlah\n2022;100", place="seluruhnya", unpivot=None, **dated("2023-02-01"))
    grow("Negara;2022\nTaiwan;500", place="negara", **dated("2023-02-01"))
    assert "R12" in rules_found()
    review("seluruhnya")
    assert "R12" not in told()
    assert "R12" not in rules_found()
    show("seluruhnya")
    assert "R12" in rules_found()


def test_table_that_was_hidden_when_it_came_is_checked_when_it_is_shown(grow, rules_found, review, show):
    grow("Tahun;Jumlah\n2022;100", place="seluruhnya", unpivot=None, **dated("2023-02-01"))
    review("seluruhnya")
    grow("Negara;2022\nTaiwan;500", place="negara", **dated("2023-02-01"))
    assert "R12" not in rules_found()
    show("seluruhnya")
    assert rules_found()
