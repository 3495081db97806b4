"""The web form in steps: a dataset is entered, saved as a draft at every step, and mended later."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import Any

import ckan.plugins.toolkit as tk
from flask import Blueprint, Response, jsonify, request
from werkzeug.wrappers import Response as AnyResponse

from ckanext.satudatapmi.catalogue import activities
from ckanext.satudatapmi.harvesters.mapping import NAME_MAX, slug
from ckanext.satudatapmi.portal import entry, step_page, steps
from ckanext.satudatapmi.portal.entry import Posted
from ckanext.satudatapmi.portal.steps import Step

TRIES = 4
SUGGESTIONS = 20
ERRORS_OF = {"tags": "tag_string"}
"""Fields that CKAN names otherwise in its errors than in its form."""

pages = Blueprint("satudata_entry", __name__)

Errors = dict[str, list[str]]


@pages.route("/dataset/new", methods=["GET", "POST"])
def new() -> str | AnyResponse | tuple[str, int]:
    """Show the first step of a new dataset, or make a draft of what was entered."""
    try:
        tk.check_access("package_create", {})
    except tk.NotAuthorized:
        return tk.abort(403, tk._("You are not allowed to enter datasets. Ask the walidata of your body."))
    step = step_page.all_steps()[0]
    if request.method == "GET":
        return _render(step, {}, {"owner_org": _likely_body()}, {})
    typed = _typed(step, {})
    missing = _missing(step, typed, {})
    package, errors = ({}, missing) if missing else create(typed)
    if not package:
        return _render(step, {}, typed, errors)
    return _rerender(step, package, typed, errors) if errors else _go_on(step, package)


def _likely_body() -> str:
    """Return the body whose page led here, else the one that the user belongs to if there is but one."""
    bodies = tk.h.organizations_available("create_dataset")
    return request.args.get("group") or (bodies[0]["id"] if len(bodies) == 1 else "")


@pages.route("/dataset/edit/<reference>")
@pages.route("/dataset/new/<reference>/<int:number>")
def edit(reference: str, number: int = 1) -> AnyResponse:
    """Lead to a step of the form."""
    return tk.redirect_to("satudata_entry.edit_step", reference=reference, number=number)


@pages.route("/dataset/edit/<reference>/<int:number>", methods=["GET", "POST"])
def edit_step(reference: str, number: int) -> str | AnyResponse | tuple[str, int]:
    """Show a step of a dataset, or save what was entered there."""
    try:
        package = tk.get_action("package_show")({}, {"id": reference})
        tk.check_access("package_update", {}, {"id": package["id"]})
    except tk.ObjectNotFound:
        return tk.abort(404, tk._("Dataset not found"))
    except tk.NotAuthorized:
        return tk.abort(403, tk._("You are not allowed to edit this dataset."))
    step = next((one for one in step_page.all_steps() if one.number == number), None)
    if step is None:
        return tk.abort(404, tk._("Page not found"))
    if request.method == "GET":
        errors = _wrong_answers(step, package) if request.args.get("checked") else {}
        return _render(step, package, steps.stored_texts(package), errors)
    texts = steps.stored_texts(package)
    typed = _typed(step, texts)
    missing = _missing(step, typed, texts)
    given = {name: text for name, text in typed.items() if name not in missing}
    refused: Errors = {}
    if "for_all" in request.form:
        given, refused = _changed_for_all(package, given)
        package = tk.get_action("package_show")({}, {"id": package["id"]})
    package, errors = _update(package, given)
    errors |= missing | refused
    return _rerender(step, package, typed, errors) if errors else _go_on(step, package)


@pages.route("/dataset/saran/<name>/<any(code,label):gives>.json")
def suggest(name: str, gives: str) -> Response | tuple[str, int]:
    """Return what a published code list has for what was typed: {value, label}."""
    wanted = {"list": name, "q": request.args.get("q", ""), "limit": SUGGESTIONS}
    try:
        found = tk.get_action("satudata_code_list_show")({}, wanted)
    except tk.ObjectNotFound:
        return tk.abort(404, tk._("There is no such code list."))
    return jsonify(step_page.suggestions(found["items"], gives, tk.h.satudata_language()))


def _typed(step: Step, texts: Mapping[str, str]) -> dict[str, str]:
    """Return the fields that the posted form changes, as texts to store."""
    posted: Posted = request.form.to_dict(flat=False)
    found = {asked.name: entry.changed(asked, texts.get(asked.name, ""), posted) for asked in step.asked}
    return {name: text for name, text in found.items() if text is not None}


def _missing(step: Step, typed: Mapping[str, str], texts: Mapping[str, str]) -> Errors:
    """Return what is wrong with fields without which CKAN can keep no dataset."""
    needed = [asked.name for asked in step.asked if asked.field.get("required")]
    empty = [name for name in needed if not typed.get(name, texts.get(name, ""))]
    return {name: [tk._("This is needed before a draft can be kept.")] for name in empty}


def _values(typed: Mapping[str, str]) -> dict[str, Any]:
    """Return typed texts as CKAN's actions take them."""
    values: dict[str, Any] = dict(typed)
    if "tag_string" in typed:
        words = (word.strip() for word in values.pop("tag_string").split(","))
        values["tags"] = [{"name": word} for word in dict.fromkeys(words) if word]
    return values


def create(typed: Mapping[str, str]) -> tuple[dict[str, Any], Errors]:
    """Return a new draft with what was typed, and what CKAN did not take; {} where a draft cannot be."""
    named = typed.get("name", "")
    start = {"type": "dataset", "state": "draft", "name": named or slug(typed.get("title", ""))[:NAME_MAX]}
    kept, errors = dict(typed), {}
    for _try in range(TRIES):
        try:
            context: Any = {"allow_state_change": True, "save": True}
            return tk.get_action("package_create")(context, _values(kept) | start), errors
        except tk.ValidationError as error:
            found = _errors_of(error)
        except tk.NotAuthorized:
            return {}, {"owner_org": [tk._("You may not enter datasets for this body. Choose your own.")]}
        if set(found) == {"name"} and not named:
            start["name"] = f"{start['name'][: NAME_MAX - 7]}-{secrets.token_hex(3)}".strip("-")
            continue
        errors |= found
        if not set(kept) & set(found) or set(found) & {"title", "owner_org", "name"}:
            break
        kept = {name: text for name, text in kept.items() if name not in found}
    return {}, errors


def _update(package: Mapping[str, Any], typed: Mapping[str, str]) -> tuple[dict[str, Any], Errors]:
    """Return a dataset with what was typed, all that CKAN takes of it, and why it did not take the rest."""
    kept, errors = dict(typed), {}
    for _try in range(TRIES):
        if not kept:
            break
        try:
            return tk.get_action("package_patch")({}, {"id": package["id"]} | _values(kept)), errors
        except tk.ValidationError as error:
            found = _errors_of(error)
        errors |= found
        if not set(kept) & set(found):
            # CKAN stumbles over something that stands in the dataset already; nothing typed can be kept.
            break
        kept = {name: text for name, text in kept.items() if name not in found}
    return dict(package), errors


def _changed_for_all(package: Mapping[str, Any], typed: Mapping[str, str]) -> tuple[dict[str, str], Errors]:
    """Change the MS-Keg for all datasets of the activity; return what is left to change, and what was refused."""
    shared = {name: text for name, text in typed.items() if name in activities.fields()}
    left = {name: text for name, text in typed.items() if name not in shared}
    if not shared or not package.get(activities.LINK):
        return dict(typed), {}
    try:
        tk.get_action("satudata_activity_update")({}, {"id": package[activities.LINK], **shared})
    except tk.ValidationError as error:
        return left, _errors_of(error)
    except tk.NotAuthorized:
        message = tk._("Not every dataset of this activity may be changed now: one is being checked.")
        return left, dict.fromkeys(shared, [message])
    return left, {}


def _sharing(step: Step, package: Mapping[str, Any]) -> int:
    """Return how many other datasets have the MS-Keg that this step asks for."""
    if not package.get(activities.LINK) or not {asked.name for asked in step.asked} & set(activities.fields()):
        return 0
    shown = tk.get_action("satudata_activity_show")({}, {"id": package[activities.LINK]})
    return len(shown["datasets"]) - 1


def _errors_of(error: tk.ValidationError) -> Errors:
    return {ERRORS_OF.get(name, name): _sentences(said) for name, said in error.error_dict.items()}


def _sentences(said: Any) -> list[str]:
    """Return CKAN's errors of one field, which may be nested by row, as a plain list without repetition."""
    if isinstance(said, Mapping):
        said = [one for inner in said.values() for one in _sentences(inner)]
    elif isinstance(said, list):
        said = [one for inner in said for one in _sentences(inner)]
    else:
        said = [str(said)]
    return list(dict.fromkeys(said))


def _wrong_answers(step: Step, package: Mapping[str, Any]) -> Errors:
    names = {asked.name for asked in step.asked}
    errors: Errors = {}
    for problem in steps.problems(package, tk.h.satudata_language()):
        if problem.field in names:
            errors.setdefault(problem.field, []).append(problem.message)
    return errors


def _go_on(step: Step, package: Mapping[str, Any]) -> AnyResponse:
    """Lead to the next step; stay where answers need mending, or where nothing but saving was asked for."""
    wrong = _wrong_answers(step, package)
    tk.h.flash_success(_saved(package, bool(wrong)))
    if wrong or request.form.get("save") != "next":
        return tk.redirect_to("satudata_entry.edit_step", reference=package["id"], number=step.number, checked=1)
    return tk.redirect_to(_next_url(step, package))


def _saved(package: Mapping[str, Any], wrong: bool) -> str:
    if package["state"] != "draft":
        return tk._("Saved. Some answers need mending.") if wrong else tk._("Saved.")
    return tk._("Saved as a draft. Some answers need mending.") if wrong else tk._("Saved as a draft.")


def _next_url(step: Step, package: Mapping[str, Any]) -> str:
    if step.number < len(step_page.all_steps()):
        return tk.h.url_for("satudata_entry.edit_step", reference=package["id"], number=step.number + 1)
    if package["state"] == "draft":
        return tk.h.url_for("dataset_resource.new", id=package["name"])
    return tk.h.url_for("dataset.read", id=package["name"])


def _rerender(step: Step, package: Mapping[str, Any], typed: Mapping[str, str], errors: Errors) -> str:
    """Show a step again with all that was typed; what CKAN took is saved."""
    tk.h.flash_notice(tk._("Saved as far as possible. What is marked below is not saved yet."))
    refused = {name: text for name, text in typed.items() if name in errors}
    return _render(step, package, steps.stored_texts(package) | refused, _wrong_answers(step, package) | errors)


def _render(step: Step, package: Mapping[str, Any], texts: Mapping[str, str], errors: Errors) -> str:
    values = {
        "pkg_dict": package,
        "step": step,
        "marks": step_page.marks(package, step.number),
        "questions": step_page.shown(step, texts, errors),
        "known": step_page.known_answers(step, texts),
        "sharing": _sharing(step, package),
        "next_url": _next_url(step, package) if package else "",
        "other_errors": {name: said for name, said in errors.items() if name not in {one.name for one in step.asked}},
    }
    return tk.render("satudata/entry/step.html", values)
