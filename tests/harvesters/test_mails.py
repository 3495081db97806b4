"""Mails about harvests: publishers are told what to mend, operators that a source is frozen."""

from __future__ import annotations

import csv
import io
import json

import ckan.model as model
import ckan.plugins.toolkit as tk
import pytest
from ckan.tests import factories
from redis.exceptions import RedisError

from ckanext.satudatapmi.harvesters import ledger, mails
from tests.harvesters.conftest import site_context
from tests.mailbox import mail_server, text_of

pytestmark = [pytest.mark.usefixtures("portal", "with_request_context"), pytest.mark.slow]
BAD = [{"identifier": "b", "title": "B", "issued": "kemarin dulu"}]
GOOD = [{"identifier": str(number), "title": f"Data {number}"} for number in range(3)]


@pytest.fixture
def mailbox(monkeypatch, with_plugins):
    monkeypatch.setattr(mails.tk, "enqueue_job", lambda function, args, **_more: function(*args))
    with mail_server(monkeypatch, tk.config, "ckanext.satudatapmi.harvest.mail") as box:
        yield box


@pytest.fixture
def source(partner, harvest_of):
    """A source with an admin, whose partner's answer is set by `serve`."""
    serve(partner, *GOOD)
    harvest = harvest_of(partner.url + "/data.json")
    harvest.admin = factories.User()
    member = {"id": harvest.organization, "username": harvest.admin["name"], "role": "admin"}
    tk.get_action("organization_member_create")(site_context(), member)
    return harvest


def serve(partner, *entries):
    partner.serve("/data.json", json.dumps({"dataset": list(entries)}).encode())


def test_publisher_is_mailed_once_a_day_what_to_mend(partner, source, mailbox, monkeypatch):
    serve(partner, *GOOD, *BAD)
    job = source.run()["job"]
    ((recipients, mail),) = mailbox.mails
    assert recipients == [model.User.get(source.admin["name"]).email]
    text = text_of(mail)
    assert text.count(f"/sumber/{source.name}/laporan/{job}") == 2
    first, second = text.split("\n---\n")
    assert "kemarin dulu" in first and "kemarin dulu" in second and "record 4" in second
    (line,) = csv.DictReader(io.StringIO(text_of(mail, "text/csv")))
    assert (line["record"], line["field"], line["value"]) == ("4", "issued", "kemarin dulu")
    serve(partner, *GOOD, *BAD, {"identifier": "c", "title": "C", "issued": "lusa"})
    source.run()
    assert len(mailbox.mails) == 1
    tomorrow = ledger.now().replace(year=2099)
    monkeypatch.setattr(ledger, "now", lambda: tomorrow)
    serve(partner, *GOOD, *BAD, {"identifier": "c", "title": "C", "issued": "besok"})
    source.run()
    assert len(mailbox.mails) == 2


def test_good_harvest_and_dry_run_send_nothing(partner, source, mailbox):
    source.run()
    serve(partner, *GOOD, *BAD)
    job = tk.get_action("satudata_harvest_dry_run")(site_context(), {"id": source.name})["job"]
    source.work(job)
    assert mailbox.mails == []


def test_publisher_is_mailed_what_the_portal_refused(partner, source, mailbox, monkeypatch):
    from ckanext.satudatapmi.harvesters import importer

    original = importer.mapped_record

    def refuse(content, *arguments):
        if '"2"' in content:
            raise tk.ValidationError({"title": ["Tidak boleh"]})
        return original(content, *arguments)

    monkeypatch.setattr(importer, "mapped_record", refuse)
    assert source.run()["failed"] == 1
    ((_recipients, mail),) = mailbox.mails
    assert "Tidak boleh" in text_of(mail)


def test_mail_that_could_not_be_queued_goes_out_after_the_next_harvest(partner, source, mailbox, monkeypatch):
    def away(*_arguments, **_more):
        raise RedisError

    serve(partner, *GOOD, *BAD)
    with monkeypatch.context() as patch:
        patch.setattr(mails.tk, "enqueue_job", away)
        source.run()
    serve(partner, *GOOD, *BAD, {"identifier": "c", "title": "C", "issued": "lusa"})
    source.run()
    assert len(mailbox.mails) == 1


def test_operators_are_mailed_that_a_source_is_frozen(partner, source, mailbox):
    source.run()
    sysadmin = factories.Sysadmin()
    serve(partner)
    source.run()
    told = {address for recipients, _mail in mailbox.mails for address in recipients}
    assert model.User.get(sysadmin["name"]).email in told
    assert model.User.get(source.admin["name"]).email not in told
    text = text_of(mailbox.mails[0][1])
    assert text.count(f"/sumber/{source.name}/perbedaan") == 2 and "3" in text
    source.run()
    assert {address for recipients, _mail in mailbox.mails[1:] for address in recipients} <= told


def test_site_that_sends_no_mail_queues_none(partner, source, monkeypatch):
    monkeypatch.setattr(mails.tk, "enqueue_job", lambda *_arguments, **_more: pytest.fail("queued"))
    serve(partner, *GOOD, *BAD)
    assert source.run()["created"] == 4
