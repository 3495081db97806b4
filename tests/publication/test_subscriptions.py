"""Subscriptions by e-mail: confirmed by a button, told what is new through a real mail server, ended by one click."""

from __future__ import annotations

import json
import logging
import re
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

import ckan.lib.jobs as jobs
import ckan.model as model
import ckan.plugins.toolkit as tk
import pytest
import sqlalchemy as sa
from bs4 import BeautifulSoup
from ckan.lib.redis import connect_to_redis
from ckan.tests import factories

from ckanext.satudatapmi.publication.subscriptions import limits, mails, store, subjects, tokens
from tests.mailbox import mail_server, text_of
from tests.publication.datasets import make

pytestmark = pytest.mark.usefixtures("portal")
READER = "pembaca@example.go.id"
INDICATOR = {"kind": "indicator", "target": "placement"}


@pytest.fixture(autouse=True)
def mailbox(portal, monkeypatch):
    """A real mail server, and nobody who was mailed before."""
    redis = connect_to_redis()
    for name in redis.scan_iter("satudatapmi:*:subscription:*"):
        redis.delete(name)
    jobs.get_queue().empty()
    model.Session.execute(sa.delete(store.TABLE))
    model.Session.commit()
    with mail_server(monkeypatch, tk.config, mails.OPTION) as box:
        yield box


@pytest.fixture
def client(app):
    return app.flask_app.test_client()


@pytest.fixture
def work(site):
    """A function that does the jobs that wait, as a worker does: with the application, and without a request."""

    def run():
        for job in jobs.get_queue().jobs:
            with site.app_context():
                job.func(*job.args)
            job.delete()

    return run


@pytest.fixture
def tell(site):
    """A function that mails what is new, as a worker does; it returns how many mails went out."""

    def run():
        with site.app_context():
            return mails.send_due()

    return run


def ask(client, work, email=READER, prefix="", **asked):
    answer = client.post(f"{prefix}/langganan", data={"email": email, "frequency": "daily", **INDICATOR, **asked})
    assert (answer.status_code, urlsplit(answer.location).path) == (302, f"{prefix}/langganan/terkirim")
    work()


def link_in(mail, step):
    found = re.search(rf"http\S+/{step}/\S+", text_of(mail))
    assert found
    return urlsplit(found[0]).path


def subscribe(client, work, mailbox, **asked):
    ask(client, work, **asked)
    ((recipients, mail),) = mailbox.mails
    mailbox.mails.clear()
    assert recipients == [asked.get("email", READER)]
    assert client.post(link_in(mail, "konfirmasi")).status_code == 200


def rows():
    model.Session.rollback()
    return [dict(row) for row in model.Session.execute(sa.select(store.TABLE)).mappings()]


def long_ago(days=2):
    """Have all subscriptions be told the last time some days ago."""
    model.Session.execute(sa.update(store.TABLE).values(told=store.TABLE.c.told - timedelta(days=days)))
    model.Session.commit()


def test_nothing_is_kept_until_the_button_is_pressed(client, mailbox, work):
    ask(client, work)
    ((_recipients, mail),) = mailbox.mails
    link = link_in(mail, "konfirmasi")
    assert READER not in text_of(mail)
    for _scanner in range(2):
        shown = client.get(link)
        assert shown.status_code == 200 and "Penempatan PMI" in shown.text
        assert READER not in shown.text
    assert rows() == []
    assert client.post(link).status_code == 200
    [row] = rows()
    assert (row["address"], row["kind"], row["target"], row["weekly"]) == (READER, "indicator", "placement", False)
    assert client.post(link).status_code == 200 and len(rows()) == 1


def test_link_that_is_too_old_or_not_ours_confirms_nothing(client):
    wanted = {"address": READER, **INDICATOR, "language": "id", "weekly": False}
    made = int((datetime.now(UTC) - timedelta(days=tokens.CONFIRM_DAYS, minutes=1)).timestamp())
    old = tokens._fernet().encrypt_at_time(json.dumps({"confirm": wanted}).encode(), made).decode()
    for token in (old, "x", tokens.ending(1)):
        answer = client.post(f"/langganan/konfirmasi/{token}")
        assert answer.status_code == 410 and "7 hari" in answer.text
    assert rows() == []


def test_answer_is_the_same_whether_an_address_is_known_or_not(client, mailbox, work):
    subscribe(client, work, mailbox)
    answers = [client.post("/langganan", data={"email": who, **INDICATOR}) for who in (READER, "lain@example.go.id")]
    assert len({(one.status_code, one.location, one.data) for one in answers}) == 1
    work()
    texts = [re.sub(r"konfirmasi/\S+", "", text_of(mail)) for _recipients, mail in mailbox.mails]
    assert len(texts) == 2 and texts[0] == texts[1]


def test_address_is_asked_a_few_times_a_day(client, mailbox, work):
    for _time in range(limits.TO_AN_ADDRESS + 2):
        ask(client, work)
    assert len(mailbox.mails) == limits.TO_AN_ADDRESS


def test_client_has_few_addresses_asked(client, mailbox, monkeypatch, work):
    monkeypatch.setattr(limits, "FROM_A_CLIENT", 2)
    for number in range(4):
        ask(client, work, f"pembaca{number}@example.go.id")
    assert len(mailbox.mails) == 2


@pytest.mark.parametrize("email", ["", "tanpa", "a@b@c.id", "x@y.id\nBcc: z@y.id", f"{'x' * 250}@y.id"])
def test_what_is_no_address_is_told(client, mailbox, email, work):
    answer = client.post("/langganan", data={"email": email, **INDICATOR})
    assert answer.status_code == 422
    assert BeautifulSoup(answer.data, "html.parser").find(id="email-error").get_text().strip()
    work()
    assert mailbox.mails == []


@pytest.mark.parametrize(
    "asked",
    [
        {"kind": "indicator", "target": "tidak-ada"},
        {"kind": "publisher", "target": "tidak-ada"},
        {"kind": "theme", "target": "Tidak ada"},
        {"kind": "search", "target": "fl=*"},
        {"kind": "search", "target": "x" * 600},
        {"kind": "lain", "target": "placement"},
    ],
)
def test_nobody_subscribes_to_what_is_not_there(client, asked):
    assert client.get("/langganan", query_string=asked).status_code == 404


def test_new_and_changed_datasets_are_mailed_once(client, mailbox, work, tell):
    body = factories.Organization(name="badan-contoh", title="Badan Contoh")
    make(owner_org=body["id"], title="Sudah lama ada")
    subscribe(client, work, mailbox, kind="publisher", target="badan-contoh")
    model.Session.execute(sa.text("UPDATE package SET metadata_created = metadata_created - interval '9 days'"))
    model.Session.commit()
    long_ago()
    make(owner_org=body["id"], title="Penempatan baru")
    make(title="Dari badan lain")
    assert tell() == 1
    ((recipients, mail),) = mailbox.mails
    said = text_of(mail)
    assert recipients == [READER] and "Baru: Penempatan baru" in said and "/dataset/" in said
    assert "Dari badan lain" not in said
    assert (tell(), len(mailbox.mails)) == (0, 1)


def test_search_and_theme_find_their_datasets(client, mailbox, work, tell):
    make(title="Pengaduan di Malaysia", kategori="Ketenagakerjaan", tags=[{"name": "malaysia"}])
    subscribe(client, work, mailbox, kind="search", target="q=pengaduan&tags=malaysia")
    subscribe(client, work, mailbox, kind="theme", target="Ketenagakerjaan")
    long_ago()
    make(title="Remitansi dari Hong Kong", kategori="Ketenagakerjaan")
    assert tell() == 1
    ((_recipients, mail),) = mailbox.mails
    first, second = text_of(mail).split("Ketenagakerjaan\n===")
    assert "Pengaduan di Malaysia" in first and "Remitansi" not in first
    assert "Remitansi dari Hong Kong" in second


def test_nothing_new_is_no_mail(client, mailbox, work, tell):
    subscribe(client, work, mailbox)
    long_ago()
    assert tell() == 0 and mailbox.mails == []


def test_weekly_reader_is_mailed_once_a_week(client, mailbox, work, tell):
    body = factories.Organization(name="badan-contoh")
    subscribe(client, work, mailbox, kind="publisher", target="badan-contoh", frequency="weekly")
    long_ago(3)
    make(owner_org=body["id"])
    assert tell() == 0
    long_ago(4)
    assert tell() == 1


def test_mail_that_cannot_be_sent_is_tried_again(client, mailbox, monkeypatch, work, tell):
    body = factories.Organization(name="badan-contoh")
    subscribe(client, work, mailbox, kind="publisher", target="badan-contoh")
    long_ago()
    make(owner_org=body["id"])
    with monkeypatch.context() as away:
        away.setitem(tk.config, "smtp.server", "127.0.0.1:1")
        assert tell() == 0
    assert tell() == 1 and len(mailbox.mails) == 1


def test_reader_is_mailed_in_the_language_of_the_form(client, mailbox, work, tell):
    body = factories.Organization(name="badan-contoh")
    subscribe(client, work, mailbox, prefix="/en", kind="publisher", target="badan-contoh")
    long_ago()
    make(owner_org=body["id"], title="Penempatan")
    tell()
    ((_recipients, mail),) = mailbox.mails
    assert "New: Penempatan" in text_of(mail) and "/en/henti/" in text_of(mail)


def test_one_click_of_the_mail_program_deletes_the_address(client, app, mailbox, monkeypatch, work, tell):
    monkeypatch.setitem(app.flask_app.config, "WTF_CSRF_ENABLED", True)
    body = factories.Organization(name="badan-contoh")
    subscribe(client, work, mailbox, kind="publisher", target="badan-contoh")
    subscribe(client, work, mailbox)
    long_ago()
    make(owner_org=body["id"])
    tell()
    ((_recipients, mail),) = mailbox.mails
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    link = urlsplit(mail["List-Unsubscribe"].strip().strip("<>"))
    assert link.scheme and link.netloc
    assert client.get(link.path).status_code == 200 and len(rows()) == 2
    answer = client.post(link.path, data={"List-Unsubscribe": "One-Click"})
    assert answer.status_code == 200 and rows() == []
    assert client.post(link.path).status_code == 200


def test_one_of_two_subscriptions_is_ended(client, mailbox, work, tell):
    body = factories.Organization(name="badan-contoh")
    subscribe(client, work, mailbox, kind="publisher", target="badan-contoh")
    subscribe(client, work, mailbox)
    long_ago()
    make(owner_org=body["id"])
    tell()
    assert client.post(link_in(mailbox.mails[0][1], "henti")).status_code == 200
    assert [row["kind"] for row in rows()] == ["indicator"]


def test_no_log_and_no_answer_of_the_api_has_an_address(client, mailbox, caplog, work):
    caplog.set_level(logging.DEBUG)
    subscribe(client, work, mailbox)
    [row] = rows()
    link = tokens.ending(row["id"])
    told = client.get(f"/api/3/action/satudata_subscription_show?token={link}&purpose=end").text
    assert "Penempatan PMI" in told and READER not in told
    refused = logging.getLogger("ckan.lib.mailer")
    try:
        raise OSError(f"{{'{READER}': (550, b'no')}}")
    except OSError as error:
        refused.exception(error)
    logged = "\n".join(one.getMessage() for one in caplog.records if one.name != "mail.log")
    assert "[…@…]" in logged and READER not in logged and READER not in str([job.args for job in jobs.get_queue().jobs])


def test_site_that_sends_no_mails_has_no_form(client, monkeypatch):
    monkeypatch.setitem(tk.config, mails.OPTION, False)
    assert client.get("/langganan", query_string=INDICATOR).status_code == 404
    assert client.post("/langganan", data={"email": READER, **INDICATOR}).status_code == 404
    assert "langganan" not in client.get("/indikator/placement").text


def test_pages_lead_to_feeds_and_form(client):
    body = factories.Organization(name="badan-contoh")
    make(owner_org=body["id"], kategori="Ketenagakerjaan")
    for page, form in (
        ("/indikator/placement", "kind=indicator&target=placement"),
        ("/organization/badan-contoh", "kind=publisher&target=badan-contoh"),
        ("/dataset/?kategori=Ketenagakerjaan", "kind=theme&target=Ketenagakerjaan"),
        ("/dataset/?q=hong+kong&tags=x", "kind=search&target=q%3Dhong%2Bkong%26tags%3Dx"),
    ):
        links = [one["href"] for one in BeautifulSoup(client.get(page).data, "html.parser").find("main").find_all("a")]
        assert f"/langganan?{form}" in links, page
        assert any(".atom" in link for link in links), page
        shown = client.get(f"/langganan?{form}")
        assert shown.status_code == 200
        feed = BeautifulSoup(shown.data, "html.parser").find("a", string="Umpan Atom")["href"]
        answer = client.get(feed)
        assert answer.status_code == 200 and b"<feed" in answer.data


def test_every_kind_has_its_subject():
    assert tuple(subjects.SUBJECTS) == subjects.KINDS
