"""The words for what happens to a dataset on its way to the public."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from ckanext.satudatapmi.text import _

STATES: Mapping[str, Callable[[], str]] = {
    "draft": lambda: _("Draft"),
    "in_review": lambda: _("In review"),
    "approved": lambda: _("Approved"),
    "rejected": lambda: _("Returned"),
}
DUTIES: Mapping[str, Callable[[], str]] = {
    "produsen": lambda: _("Produsen data"),
    "walidata": lambda: _("Walidata"),
    "pembina": lambda: _("Pembina data"),
}
PRINCIPLES: Mapping[str, Callable[[], str]] = {
    "standar_data": lambda: _("Standar Data"),
    "metadata": lambda: _("Metadata"),
    "interoperabilitas": lambda: _("Interoperabilitas Data"),
    "kode_referensi": lambda: _("Kode Referensi and Data Induk"),
}
BUTTONS: Mapping[str, Callable[[], str]] = {
    "submit": lambda: _("Submit for review"),
    "recall": lambda: _("Take back from review"),
    "return": lambda: _("Return"),
    "approve": lambda: _("Approve"),
    "unpublish": lambda: _("Take out of publication"),
}
STEPS: Mapping[str, Callable[[], str]] = {
    "begin": lambda: _("Draft begun"),
    "submit": lambda: _("Submitted for review"),
    "recall": lambda: _("Taken back from review"),
    "return": lambda: _("Returned"),
    "approve": lambda: _("Approved"),
    "unpublish": lambda: _("Taken out of publication"),
    "change": lambda: _("Changed after its approval"),
}


def turn_words(turn: str | None) -> str:
    """Return whose turn it is, in words; "" if nobody's."""
    return _("Next: {duty}", duty=DUTIES[turn]()) if turn else ""
