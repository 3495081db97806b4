"""Pages on which a new dataset begins with something: a former dataset, a data.json, a filled spreadsheet."""

from __future__ import annotations

import secrets
from typing import Any

import ckan.plugins.toolkit as tk
from flask import Blueprint, Response, request
from werkzeug.wrappers import Response as AnyResponse

from ckanext.satudatapmi.harvesters.mapping import NAME_MAX, slug
from ckanext.satudatapmi.logic.validators import HARVEST_CONTEXT
from ckanext.satudatapmi.portal import beginnings, entry_pages, step_page, workbook
from ckanext.satudatapmi.portal.beginnings import Unusable

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

pages = Blueprint("satudata_beginnings", __name__)


@pages.before_request
def for_those_who_may_enter() -> Any:
    """Let those in who may enter datasets."""
    try:
        tk.check_access("package_create", {})
    except tk.NotAuthorized:
        return tk.abort(403, tk._("You are not allowed to enter datasets. Ask the walidata of your body."))
    return None


@pages.route("/dataset/<reference>/salin", methods=["POST"])
def copy(reference: str) -> AnyResponse | tuple[str, int]:
    """Begin a new dataset with the metadata of a former one."""
    try:
        former = tk.get_action("package_show")({}, {"id": reference})
    except (tk.ObjectNotFound, tk.NotAuthorized):
        return tk.abort(404, tk._("Dataset not found"))
    draft = beginnings.copy_of(former)
    bodies = [body["id"] for body in tk.h.organizations_available("create_dataset")]
    if draft.get("owner_org") not in bodies:
        draft["owner_org"] = bodies[0] if bodies else None
    return _opened(_created(draft))


@pages.route("/dataset/new/awal", methods=["GET", "POST"])
def begin() -> str | AnyResponse:
    """Offer to begin with a file; show the records of a data.json to choose from."""
    if request.method == "GET":
        return _render()
    try:
        return _begun(request.form.get("owner_org", ""))
    except Unusable as error:
        return _render(error=str(error), pasted=request.form.get("text", ""))
    except tk.ValidationError as error:
        return _render(error="; ".join(f"{key}: {said}" for key, said in error.error_summary.items()))
    except tk.NotAuthorized:
        return _render(error=tk._("You may not enter datasets for this body. Choose your own."))


@pages.route("/dataset/new/templat.xlsx")
def template() -> Response:
    """Return the form as a spreadsheet to fill in."""
    content = workbook.template(step_page.all_steps(), step_page.all_offers(), tk.h.satudata_language())
    headers = {"Content-Disposition": 'attachment; filename="templat-dataset.xlsx"'}
    return Response(content, mimetype=XLSX, headers=headers)


def _begun(owner_org: str) -> str | AnyResponse:
    if "record" in request.form:
        return _opened(_created(beginnings.draft_of(request.form["record"], owner_org)))
    upload = request.files.get("file")
    # One byte more than is taken tells that a file is too large; the rest is not read.
    content = upload.stream.read(beginnings.MAX_BYTES + 1) if upload else b""
    if upload and (upload.filename or "").lower().endswith(".xlsx"):
        return _from_workbook(content, upload.filename or "", owner_org)
    records = beginnings.records_in(content or request.form.get("text", "").encode())
    if len(records) == 1:
        return _opened(_created(beginnings.draft_of(records[0].text, owner_org)))
    return _render(records=records)


def _from_workbook(content: bytes, file: str, owner_org: str) -> str | AnyResponse:
    filled = workbook.read(content, file, step_page.all_steps(), step_page.all_offers())
    texts = {"owner_org": owner_org} | filled.texts
    faults = [error.words() for error in filled.errors]
    if not texts.get("title"):
        raise Unusable(tk._("{file}: the title is missing. It is needed before a draft can be kept.").format(file=file))
    draft, refused = entry_pages.create(texts)
    labels = {asked.name: asked.field["label"] for step in step_page.all_steps() for asked in step.asked}
    faults += [f"{tk.h.satudata_in_language(labels[name])}: {' '.join(said)}" for name, said in refused.items()]
    return _render(faults=faults, draft=draft) if faults else _opened(draft)


def _created(draft: dict[str, Any]) -> dict[str, Any]:
    """Return a new draft; values that are on no list stay, as they do when they are harvested."""
    name = f"{slug(draft['title'])[: NAME_MAX - 7]}-{secrets.token_hex(3)}".strip("-")
    values = draft | {"name": name, "type": "dataset", "state": "draft"}
    context: Any = {HARVEST_CONTEXT: True, "allow_state_change": True}
    return tk.get_action("package_create")(context, values)


def _opened(draft: dict[str, Any]) -> AnyResponse:
    tk.h.flash_success(tk._("A draft is made. Look through its steps."))
    return tk.redirect_to("satudata_entry.edit_step", reference=draft["id"], number=1)


def _render(**values: Any) -> str:
    shown = {"error": "", "pasted": "", "records": [], "faults": [], "draft": None} | values
    bodies = tk.h.organizations_available("create_dataset")
    chosen = request.form.get("owner_org", "")
    return tk.render("satudata/entry/begin.html", shown | {"bodies": bodies, "chosen": chosen, "pkg_dict": {}})
