"""Reads a page of the web form as a browser does, and posts what it holds."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from bs4 import BeautifulSoup, Tag

from ckanext.satudatapmi.harvesters import datajson
from ckanext.satudatapmi.harvesters.identity import identify
from ckanext.satudatapmi.harvesters.mapping import SourceContext, to_package

STEPS = range(1, 9)


def posted(page: str) -> dict[str, list[str]]:
    """Return what a browser posts of the form of a page if nobody touches it, the button aside."""
    form = BeautifulSoup(page, "html.parser").select_one("form[data-entry-form]")
    assert form is not None
    values: dict[str, list[str]] = {}
    for at in form.select("[name]"):
        for value in _values(at):
            values.setdefault(str(at["name"]), []).append(value.replace("\r\n", "\n").replace("\n", "\r\n"))
    return values


def _values(at: Tag) -> list[str]:
    if at.name == "textarea":
        return [at.text.removeprefix("\n")]
    if at.name == "select":
        chosen = at.select_one("option[selected]") or at.select_one("option")
        return [str(chosen["value"])] if chosen else []
    if at.name != "input" or (at["type"] in ("radio", "checkbox") and not at.has_attr("checked")):
        return []
    return [str(at.get("value", ""))]


def real_records(shared: Path) -> list[Any]:
    """Return the example of our own and the two records of Badan Pangan Nasional."""
    files = (shared / "sdi" / "example_pmi_data.json", shared / "data" / "datajson" / "bapanas01.json")
    return [entry for file in files for entry in datajson.read_catalogue(file.read_bytes()).entries]


def package_of(record: Any, owner_org: str) -> dict[str, Any]:
    """Return the dataset that a harvester makes of a record."""
    (item,) = identify([datajson.normalise(record, 1, "uji")]).items
    return to_package(item, SourceContext("uji", owner_org)).package
