"""The pages of those who are responsible for the kiosk's content: all of it under /aim-isi, and a form for each item.

An item is entered on one page, as its kind declares its fields; who may do so CKAN decides by organisation.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Mapping
from typing import Any

import ckan.plugins.toolkit as tk
from flask import Blueprint, request
from werkzeug.wrappers import Response

from ckanext.satudatapmi.catalogue import history
from ckanext.satudatapmi.catalogue.kiosk import fields
from ckanext.satudatapmi.catalogue.kiosk.fields import ENGLISH, Kind
from ckanext.satudatapmi.harvesters.mapping import NAME_MAX, slug
from ckanext.satudatapmi.harvesters.words import flat_errors
from ckanext.satudatapmi.portal import entry, step_page, steps
from ckanext.satudatapmi.portal.entry import Asked
from ckanext.satudatapmi.portal.kiosk import content
from ckanext.satudatapmi.portal.steps import Step

SUFFIX_BYTES = 3
UNPROCESSABLE = 422

Answer = str | Response | tuple[str, int]
Errors = dict[str, list[str]]

pages = Blueprint("satudata_kiosk_items", __name__)


def new(kind_name: str) -> Answer:
    """Show the empty form of a kind, or make an item of what was entered."""
    kind = fields.kind(kind_name)
    try:
        tk.check_access("package_create", {}, {"type": kind.name})
    except tk.NotAuthorized:
        return _refused()
    if request.method == "GET":
        return _form(kind, {}, _beginning(), {})
    typed = _typed(kind, {})
    name = typed.get("name") or slug(typed.get("title", ""))[:NAME_MAX].strip("-")
    # A title may be used twice; an address that somebody chose stays theirs to change.
    names = [name] if typed.get("name") else [name, f"{name[: NAME_MAX - 7]}-{secrets.token_hex(SUFFIX_BYTES)}"]
    errors: Errors = {}
    for one in names:
        made, errors = _write("package_create", typed | {"type": kind.name, "name": one})
        if made:
            return _saved(made)
        if set(errors) != {"name"}:
            break
    return _form(kind, {}, typed, errors), UNPROCESSABLE


def edit(kind_name: str, reference: str) -> Answer:
    """Show the form of an item, or change what was entered."""
    kind, package = fields.kind(kind_name), _package(kind_name, reference)
    try:
        tk.check_access("package_update", {}, {"id": package["id"]})
    except tk.NotAuthorized:
        return tk.abort(403, tk._("You are not allowed to change this item: it belongs to another body."))
    stored = steps.stored_texts(package)
    if request.method == "GET":
        return _form(kind, package, stored, {})
    typed = _typed(kind, stored)
    changed, errors = _write("package_patch", typed | {"id": package["id"]})
    return _saved(changed) if changed else (_form(kind, package, stored | typed, errors), UNPROCESSABLE)


def show(kind_name: str, reference: str) -> Answer:
    """Show an item in both languages, with what those responsible have to know of it."""
    package = _package(kind_name, reference)
    organization = (package.get("organization") or {}).get("title", "")
    shown = content.item(kind_name, package, organization, history.today())
    values = {"pkg_dict": package, "item": shown, "kind": fields.kind(kind_name), "day": history.today()}
    return tk.render("satudata/kiosk/item.html", values)


def listed(kind_name: str) -> Response:
    """Lead to the kind on the page of all content."""
    return tk.redirect_to("satudata_kiosk_items.index", _anchor=kind_name)


@pages.get("/aim-isi")
def index() -> Answer:
    """Show all items to those who enter them: what is shown, stale, expired or hidden, and what is missing."""
    try:
        found = tk.get_action("satudata_kiosk_item_list")({}, {})
    except tk.NotAuthorized:
        if not tk.current_user.is_authenticated:
            return tk.redirect_to("user.login", came_from=tk.h.url_for("satudata_kiosk_items.index"))
        return _refused()
    return tk.render("satudata/kiosk/items.html", {"found": found})


def _refused() -> Response:
    return tk.abort(403, tk._("You are not allowed to enter content of the kiosk. Ask an administrator of your body."))


def _package(kind_name: str, reference: str) -> dict[str, Any]:
    try:
        package = tk.get_action("package_show")({}, {"id": reference})
    except (tk.ObjectNotFound, tk.NotAuthorized):
        package = {}
    if package.get("type") != kind_name:
        tk.abort(404, tk._("There is no such item."))
    return package


def _step(kind: Kind) -> Step:
    return Step(1, kind.label, {}, tuple(_asked(kind)))


def _asked(kind: Kind) -> Iterator[Asked]:
    """Yield what the form asks for; a text that has an English one says which of the two it is."""
    names = {field["field_name"] for field in kind.fields}
    for field in kind.fields:
        name = field["field_name"]
        if field.get("form_snippet", "") is None:
            continue
        if name.endswith(ENGLISH):
            yield Asked({**field, "label": _labelled(field["label"], tk._("English"))})
        elif name + ENGLISH in names:
            yield Asked({**field, "label": _labelled(field["label"], tk._("Indonesian"))})
        else:
            yield Asked(field)
        if name == "owner_org":
            yield Asked(fields.document()["visibility"])


def _labelled(label: Mapping[str, str], language: str) -> dict[str, str]:
    return {key: f"{text} ({language})" for key, text in label.items()}


def _beginning() -> dict[str, str]:
    """Return what a new item begins with: shown, of the only body that the user enters for."""
    bodies = tk.h.organizations_available("create_dataset")
    return {"private": "False"} | ({"owner_org": bodies[0]["id"]} if len(bodies) == 1 else {})


def _typed(kind: Kind, stored: Mapping[str, str]) -> dict[str, str]:
    """Return the fields that the posted form changes, as texts to store."""
    posted = request.form.to_dict(flat=False)
    found = {one.name: entry.changed(one, stored.get(one.name, ""), posted) for one in _step(kind).asked}
    return {name: text for name, text in found.items() if text is not None}


def _write(action: str, values: Mapping[str, Any]) -> tuple[dict[str, Any], Errors]:
    """Return the item as it was written, or {} and what is wrong."""
    try:
        return tk.get_action(action)({}, dict(values)), {}
    except tk.ValidationError as error:
        found: Errors = {}
        for name, said in flat_errors(error.error_dict):
            found.setdefault(name, []).append(said)
        return {}, found
    except tk.NotAuthorized:
        return {}, {"owner_org": [tk._("You may not enter content for this body. Choose your own.")]}


def _saved(package: Mapping[str, Any]) -> Response:
    tk.h.flash_success(tk._("Saved."))
    return tk.redirect_to(f"{package['type']}.read", id=package["name"])


def _form(kind: Kind, package: Mapping[str, Any], texts: Mapping[str, str], errors: Errors) -> str:
    step = _step(kind)
    values = {
        "pkg_dict": package,
        "kind": kind,
        "questions": step_page.shown(step, texts, errors),
        "other_errors": {name: said for name, said in errors.items() if name not in {one.name for one in step.asked}},
    }
    return tk.render("satudata/kiosk/form.html", values)


for _name in fields.types():
    _given, _both = {"kind_name": _name}, ["GET", "POST"]
    pages.add_url_rule(f"/{_name}/", f"listed_{_name}", listed, defaults=_given)
    pages.add_url_rule(f"/{_name}/new", f"new_{_name}", new, defaults=_given, methods=_both)
    pages.add_url_rule(f"/{_name}/edit/<reference>", f"edit_{_name}", edit, defaults=_given, methods=_both)
    pages.add_url_rule(f"/{_name}/<reference>", f"show_{_name}", show, defaults=_given)
