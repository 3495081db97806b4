"""What a page of the web form shows: the progress through the steps, and every question with its control."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import ckan.plugins.toolkit as tk

from ckanext.satudatapmi.portal import entry, steps
from ckanext.satudatapmi.portal.entry import Asked, Control, Offer
from ckanext.satudatapmi.portal.steps import Step
from ckanext.satudatapmi.reference.published import concepts, published_lists

SHOWN_AT_ONCE = 60
"""Code lists of up to so many codes come with the page; of longer ones the browser asks for what is typed."""


@dataclass(frozen=True)
class Suggestion:
    """Where what is typed may be chosen from: the address to ask, "" if all offers are here."""

    url: str
    offers: tuple[Offer, ...] = ()


@dataclass(frozen=True)
class Shown:
    """A question as the page shows it."""

    name: str
    label: str
    help_text: str
    number: str
    rule: str
    required: bool
    control: Control
    conditions: tuple[dict[str, Any], ...]
    suggestion: Suggestion | None
    errors: tuple[str, ...]
    placeholder: str


@dataclass(frozen=True)
class Mark:
    """A step in the progress mark; `url` is "" where one cannot go yet."""

    number: int
    title: str
    url: str
    state: str
    wrong: int
    is_current: bool


def all_steps() -> list[Step]:
    """Return the steps that dataset.yaml declares."""
    return steps.steps(tk.h.scheming_get_dataset_form_pages("dataset"))


def marks(package: Mapping[str, Any], current: int) -> list[Mark]:
    """Return the progress through the form, the step of the files last.

    Args:
        package: in the shape of package_show; {} before there is one.
        current: number of the step that is shown.
    """
    language = tk.h.satudata_language()
    found = steps.problems(package, language) if package.get("id") else []
    result = []
    for step in all_steps():
        state, wrong = steps.state(step, package, found)
        url = tk.h.url_for("satudata_entry.edit_step", reference=package["id"], number=step.number) if package else ""
        # What is wrong is told once somebody has begun the step; an untouched one is simply still to come.
        url += "?checked=1" if url and state == steps.BEGUN else ""
        wrong = wrong if state == steps.BEGUN else 0
        result.append(Mark(step.number, step.title[language], url, state, wrong, step.number == current))
    return [*result, _files_mark(package, len(result) + 1, current)]


def _files_mark(package: Mapping[str, Any], number: int, current: int) -> Mark:
    url = tk.h.url_for("dataset_resource.new", id=package["id"]) if package else ""
    state = steps.DONE if package.get("resources") else steps.UNTOUCHED
    return Mark(number, tk._("Files"), url, state, 0, number == current)


def shown(step: Step, texts: Mapping[str, str], errors: Mapping[str, Sequence[str]]) -> list[Shown]:
    """Return the questions of a step.

    Args:
        step: the step.
        texts: what the dataset holds, or what was typed, by field.
        errors: what is wrong, by field.
    """
    return [_shown(asked, texts, tuple(errors.get(asked.name, ()))) for asked in step.asked]


def _shown(asked: Asked, texts: Mapping[str, str], errors: tuple[str, ...]) -> Shown:
    language, field = tk.h.satudata_language(), asked.field
    return Shown(
        name=asked.name,
        label=field["label"][language],
        help_text=(field.get("help_text") or {}).get(language, ""),
        number=asked.question.number if asked.question and field.get("blok") else "",
        rule=steps.rule(asked, language),
        required=steps.is_required(asked),
        control=entry.control(asked, texts.get(asked.name, ""), language, _offers(asked, texts.get("owner_org", ""))),
        conditions=tuple(steps.conditions(asked)),
        suggestion=_suggestion(field.get("codelist"), language),
        errors=errors,
        placeholder=str(field.get("form_placeholder", "")),
    )


def _offers(asked: Asked, owner_org: str = "") -> list[Offer]:
    if asked.kind == "organization":
        bodies = tk.h.organizations_available("create_dataset")
        return [Offer(body["id"], body["display_name"]) for body in bodies]
    if asked.kind == "licence":
        return [Offer(one["id"], one["title"]) for one in tk.get_action("license_list")({}, {})]
    return _activities(owner_org) if asked.kind == "activity" and owner_org else []


def _activities(organization: str) -> list[Offer]:
    """Return the statistical activities of a body: title, year, how many datasets are made from each."""
    words = tk._("{title} ({year}), datasets: {datasets}")
    return [
        Offer(
            one["id"],
            words.format(title=one["judul_kegiatan"] or "?", year=one["tahun"] or "?", datasets=one["datasets"]),
        )
        for one in tk.get_action("satudata_activity_list")({}, {"organization": organization})
    ]


def all_offers() -> dict[str, list[Offer]]:
    """Return the answers to choose from of every field that has some, by field, in the visitor's language."""
    found = {asked.name: _offers(asked) or entry.offers_of(asked, tk.h.satudata_language()) for asked in _everything()}
    return {name: offers for name, offers in found.items() if offers}


def _everything() -> list[Asked]:
    return [asked for step in all_steps() for asked in step.asked]


def _suggestion(declared: Mapping[str, str] | None, language: str) -> Suggestion | None:
    if declared is None:
        return None
    if declared["list"] == "kode":
        lists = published_lists().values()
        return Suggestion("", tuple(Offer(one.title["id"], one.name) for one in lists))
    codes = [one for one in concepts(declared["list"]) if not one.valid_to]
    if len(codes) > SHOWN_AT_ONCE:
        return Suggestion(tk.h.url_for("satudata_entry.suggest", name=declared["list"], gives=declared["gives"]))
    return Suggestion("", tuple(_offer(one.code, one.label, declared["gives"], language) for one in codes))


def _offer(code: str, label: Mapping[str, str], gives: str, language: str) -> Offer:
    name = label.get(language) or label["id"]
    return Offer(name, code) if gives == "label" else Offer(code, name)


def suggestions(items: Sequence[Mapping[str, Any]], gives: str, language: str) -> list[dict[str, str]]:
    """Return codes, as satudata_code_list_show gives them, as a list of suggestions: {value, label}."""
    offers = [_offer(one["code"], one["label"], gives, language) for one in items if not one["valid_to"]]
    return [{"value": offer.value, "label": offer.label} for offer in offers]


def known_answers(step: Step, texts: Mapping[str, str]) -> dict[str, list[str]]:
    """Return the answers on other pages that questions of this one depend on, as they would be posted."""
    here = {asked.name for asked in step.asked}
    everything = {asked.name: asked for asked in _everything()}
    wanted = {one["field"] for asked in step.asked for one in steps.conditions(asked)} - here
    found = {name: entry.control(everything[name], texts.get(name, ""), "id").posted() for name in wanted}
    return {name: posted.get(name, []) for name, posted in found.items()}
