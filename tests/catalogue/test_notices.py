"""Notices go out by mail, through a server that speaks SMTP."""

from __future__ import annotations

from email.header import decode_header, make_header

import ckan.model as model
import ckan.plugins.toolkit as tk
import pytest
import sqlalchemy as sa

from ckanext.satudatapmi.catalogue import notices, reviews
from tests.catalogue.actors import Cast, cast
from tests.mailbox import mail_server

pytestmark = pytest.mark.usefixtures("pembina_data", "with_request_context")


@pytest.fixture
def mailbox(monkeypatch):
    with mail_server(monkeypatch, tk.config, "ckanext.satudatapmi.mail") as box:
        yield box


def last_event(dataset: dict) -> int:
    query = sa.select(sa.func.max(reviews.EVENT.c.id)).where(reviews.EVENT.c.package_id == dataset["id"])
    return model.Session.scalar(query)


def addresses(actors: Cast, *roles: str) -> list[str]:
    return sorted(model.User.get(actors.people[role]).email for role in roles)


def test_walidata_are_told_of_what_is_handed_over_by_mail(mailbox):
    actors = cast()
    dataset = actors.at("produsen:submit", title="Judul\nBcc: x@example.go.id")
    notices.send(last_event(dataset))
    ((recipients, mail),) = mailbox.mails
    assert recipients == addresses(actors, "walidata")
    assert mail["Bcc"] is None
    assert "Bcc: x@example.go.id" in str(make_header(decode_header(mail["Subject"])))
    (part,) = [one for one in mail.walk() if one.get_content_type() == "text/plain"]
    text = part.get_payload(decode=True).decode()
    assert f"/dataset/{dataset['name']}/pemeriksaan" in text
    assert "Alasan" in text


def test_user_without_an_address_keeps_nobody_else_from_being_told(mailbox):
    actors = cast()
    model.User.get(actors.people["walidata"]).email = None
    model.Session.commit()
    dataset = actors.at("produsen:submit")
    notices.send(last_event(dataset))
    assert mailbox.mails == []
    assert actors.act("walidata", "satudata_notice_list")["unseen"] == 1
