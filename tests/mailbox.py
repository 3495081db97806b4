"""A mail server that keeps what it takes."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes
from email.message import Message
from typing import Any

from aiosmtpd.controller import Controller


class Mailbox:
    """Keeps what the server takes."""

    def __init__(self) -> None:
        self.mails: list[tuple[list[str], Message]] = []

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802 - aiosmtpd calls it so
        self.mails.append((envelope.rcpt_tos, message_from_bytes(envelope.content)))
        return "250 OK"


@contextmanager
def mail_server(monkeypatch: Any, config: Any, switch: str) -> Iterator[Mailbox]:
    """Run a mail server, and have the site send mail through it.

    Args:
        monkeypatch: pytest's.
        config: of the site.
        switch: the option that has the mails in question sent.
    """
    box = Mailbox()
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    server = Controller(box, hostname="127.0.0.1", port=port)
    server.start()
    settings = {"smtp.server": f"127.0.0.1:{port}", "smtp.mail_from": "satudata@example.go.id", switch: True}
    for name, value in settings.items():
        monkeypatch.setitem(config, name, value)
    try:
        yield box
    finally:
        server.stop()


def text_of(mail: Message, kind: str = "text/plain") -> str:
    """Return the text of the first part of a kind."""
    part = next(one for one in mail.walk() if one.get_content_type() == kind)
    payload = part.get_payload(decode=True)
    assert isinstance(payload, bytes)
    return payload.decode()
