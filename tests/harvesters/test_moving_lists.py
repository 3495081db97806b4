"""Lists that change between two pages, and readings that another worker goes on with: nothing is mistaken for gone."""

from __future__ import annotations

import pytest

from tests.partners.every import EVERY

pytestmark = pytest.mark.slow


@pytest.fixture
def line(partner, harvest_of):
    """Return a function that makes a partner of a protocol with six datasets on pages of two, harvested once."""
    from tests.harvesters.test_protocols_end_to_end import Line

    def make(protocol):
        each = EVERY[protocol](partner)
        for number in range(1, 7):
            each.add(number)
        each.service.rows_max = each.service.page_size = 2
        made = Line(each, harvest_of(each.url, each.type, each.config))
        made.run()
        made.check()
        return made

    return make


@pytest.fixture
def dies_after(monkeypatch):
    """Have the worker lose its run after so many pages that were kept, once."""
    from ckanext.satudatapmi.harvesters.gathering import _Gatherer
    from ckanext.satudatapmi.harvesters.leases import LeaseLost

    def at(pages, meanwhile=lambda: None):
        original, calls = _Gatherer._stage_page, []

        def stage(self, page):
            calls.append(page)
            if len(calls) == pages + 1:
                meanwhile()
                raise LeaseLost("lost")
            original(self, page)

        monkeypatch.setattr(_Gatherer, "_stage_page", stage)
        return calls

    return at


def test_dataset_that_became_private_is_gone_though_another_worker_went_on(line, dies_after):
    made = line("satudata_ckan")
    each = made.each
    for number in each.there:
        each.change(number)
    first = min(each.there, key=lambda number: each.ids[number])
    each.service.change(each.ids[first], private=True)
    calls = dies_after(1)
    made.run()
    assert len(calls) > 2 and each.title(first) not in made.shown()
    assert len(made.shown()) == 5


def test_what_moves_past_the_reader_has_not_vanished(line):
    made = line("satudata_dcat")
    each, service = made.each, made.each.service
    usual, asked = service.answer, []

    def answer(handler):
        usual(handler)
        asked.append(handler.path)
        if len(asked) == 1:
            # As a list by date does it: what was changed now stands first, and all before it move on by one.
            each.change(5)
            moved = service.datasets.pop(each.ids[5])
            others = dict(service.datasets)
            service.datasets.clear()
            service.datasets.update({each.ids[5]: moved, **others})

    service.answer = answer
    report = made.harvest.run()
    assert (report["deleted"], report["held_back"], len(made.shown())) == (0, 1, 6)
    service.answer = usual
    made.run()
    made.check()


def test_what_was_skipped_between_two_workers_has_not_vanished(line, dies_after):
    made = line("satudata_dcat")
    each = made.each
    dies_after(1, meanwhile=lambda: each.remove(1))
    report = made.harvest.run()
    assert report["deleted"] == 0 and each.title(3) in made.shown()
    made.run()
    made.check()


def test_worker_whose_run_was_taken_over_forgets_nothing_of_it(line):
    import ckan.model as model

    from ckanext.satudatapmi.harvesters import gathering, ledger, staging
    from ckanext.satudatapmi.harvesters.leases import Lease, LeaseLost

    made = line("satudata_dcat")
    job_id = made.harvest.run()["job"]
    ledger.change_run(job_id, fence=7)
    staging.stage(job_id, made.harvest.source_id, [staging.Task("a", staging.Notes(action=staging.WRITE), "{}")])
    model.Session.commit()
    with pytest.raises(LeaseLost):
        gathering.forget_staged(Lease(job_id, made.harvest.source_id, 6, 1))
    model.Session.rollback()
    assert staging.count_records(job_id, (staging.TO_DO,)) == 1
