"""Asks questions inside the site and prints how long the database took to answer each, all its statements together.

python answering.py INI FILE    FILE holds a list of questions; prints {cold, warm}, lists of seconds, as JSON

Cold is the first time that each question is asked, warm the second.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import Any

import ckan.model as model
import ckan.plugins.toolkit as tk
from ckan.cli import load_config
from ckan.config.middleware import make_app
from sqlalchemy import event


class Clock:
    """Adds up how long the statements of an engine take."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self._began = 0.0

    def watch(self, engine: Any) -> None:
        """Have the clock run while a statement of the engine is executed."""
        event.listen(engine, "before_cursor_execute", self._start)
        event.listen(engine, "after_cursor_execute", self._stop)

    def _start(self, *_: Any) -> None:
        self._began = time.perf_counter()

    def _stop(self, *_: Any) -> None:
        self.seconds += time.perf_counter() - self._began


def ask(question: dict[str, Any], clock: Clock) -> float:
    """Ask a question as a visitor and return how long the database took."""
    clock.seconds = 0.0
    answer = tk.get_action("pmi_query")({"user": "", "ignore_auth": False}, question)
    model.Session.rollback()
    if not answer["cells"] and not answer["nearest"]:
        raise ValueError(f"nothing is known of {question}")
    return clock.seconds


def main(ini: str, file: str) -> None:
    """Ask all questions twice."""
    questions = json.loads(Path(file).read_text(encoding="utf-8"))
    app: Any = make_app(load_config(ini))
    with app._wsgi_app.test_request_context():
        clock = Clock()
        clock.watch(model.ensure_engine())
        print(json.dumps({turn: [ask(question, clock) for question in questions] for turn in ("cold", "warm")}))


if __name__ == "__main__":
    main(*sys.argv[1:])
