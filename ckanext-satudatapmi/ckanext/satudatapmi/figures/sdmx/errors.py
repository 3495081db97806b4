"""Queries that get no answer, with the codes by which SDMX tells errors apart (SDMX 2.1, section 7)."""

from __future__ import annotations

NO_RESULTS = 100
SYNTAX = 140
SEMANTIC = 150
INTERNAL = 500
NOT_IMPLEMENTED = 501
UNAVAILABLE = 503
TOO_LARGE = 510


class SdmxError(Exception):
    """A query that gets no answer.

    Attributes:
        code: SDMX's code for the kind of error.
        detail: what is the matter and what to do.
    """

    def __init__(self, code: int, detail: str) -> None:
        super().__init__(detail)
        self.code, self.detail = code, detail
