"""The pages of the single data under /angka: ask for a figure, which number is right, what is published, revisions."""

from __future__ import annotations

import csv
import io
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

import ckan.plugins.toolkit as tk
from flask import Blueprint, Response, request, send_file
from werkzeug.exceptions import ServiceUnavailable
from werkzeug.wrappers import Response as AnyResponse

from ckanext.satudatapmi.catalogue import figure_files
from ckanext.satudatapmi.figures import asking
from ckanext.satudatapmi.figures.checks import rules
from ckanext.satudatapmi.figures.registry import Dimension, dimensions, facets, indicators
from ckanext.satudatapmi.figures.words import label
from ckanext.satudatapmi.portal import breakdowns
from ckanext.satudatapmi.portal.charts import drawing
from ckanext.satudatapmi.portal.harvest_pages import page_number
from ckanext.satudatapmi.reference.matchers import codes_of
from ckanext.satudatapmi.tables.formulas import kept_as_text

TYPED = ("origin", "service_point", "destination")
"""Dimensions with hundreds of codes: their names are typed; of the others one is chosen."""
FOLLOWING = ("fbclid", "gclid", "utm_")
"""How parameters begin that other sites add to a link, to follow who comes by it; they ask nothing."""
WORDS = "q"
COLUMNS = ("ref_start", "ref_end", "value", "unit", "obs_status", "facet", "vintage", "vintage_assumed", "definition")
SOURCE_COLUMNS = ("file", "sheet", "row", "column", "package_id", "resource_id", "sha256", "url")
CHANGES_OF_DAYS = 90
FINDINGS_A_PAGE = 50
LINES_SHOWN = 500
LEAST = 2
"""Figures in a chart."""

pages = Blueprint("satudata_figures", __name__)


@dataclass(frozen=True)
class Chip:
    """A part of a question: what it is about, what was meant, and the address of the question without it."""

    about: str
    meant: str
    without: str


@pages.route("/angka")
def query() -> str | tuple[str, int]:
    """Show the form, and the answer to what the address asks."""
    asked, doubts = asked_without(())
    values: dict[str, Any] = {"asked": asked, **_choices(asked)}
    if doubts:
        return tk.render("satudata/figures.html", values | {"errors": doubts}), 409
    if not asked:
        return tk.render("satudata/figures.html", values)
    try:
        found = _answer(asked)
    except tk.ValidationError as error:
        return tk.render("satudata/figures.html", values | {"errors": sentences(error.error_dict)}), 409
    answer = {
        "answer": found,
        "files": _files(asked),
        "title": breakdowns.about(found["question"]),
        "most": LINES_SHOWN,
    }
    answer["chips"] = _chips(asked, found["question"])
    answer["chart"] = _chart(asked, found)
    answer["published"] = _matrix(found["availability"] or [])
    return tk.render("satudata/figures.html", values | answer)


@pages.route("/angka.csv")
def query_csv() -> Response | tuple[str, int]:
    """Return an answer as CSV (RFC 4180, UTF-8), one figure a row, with the row of the file that each stands in."""
    asked, doubts = asked_without(())
    if doubts:
        return tk.abort(409, " ".join(doubts))
    try:
        found = tk.get_action("pmi_query")({}, dict(asked))
    except tk.ValidationError as error:
        return tk.abort(409, " ".join(sentences(error.error_dict)))
    figures = [figure for cell in found["cells"] for figure in cell["figures"]]
    names = list(dict.fromkeys(name for figure in figures for name in figure["codes"]))
    rows = [_row(figure, names) for figure in figures]
    header = [*(part for name in names for part in (name, f"{name}_label")), *COLUMNS, *SOURCE_COLUMNS]
    return _csv(header, rows, f"angka-{found['question']['indicator']}.csv")


@pages.route("/angka/berapa")
def which_number() -> str:
    """Show all claims and figures on how many PMI there are, by what they count."""
    return tk.render("satudata/which_number.html", {"found": tk.get_action("pmi_claim_list")({}, {})})


@pages.route("/angka/ketersediaan")
def availability() -> str | tuple[str, int]:
    """Show what is published: each indicator by breakdown, level and year."""
    try:
        rows = tk.get_action("pmi_availability")({}, {"indicator": request.args.get("indicator", "")})
    except tk.ValidationError as error:
        told: Any = error.error_dict.get("figures")
        if told:
            raise ServiceUnavailable(told[0], retry_after=figure_files.RETRY_SECONDS) from None
        return tk.abort(404, tk._("There is no indicator of this name."))
    years = sorted({int(row["year"]) for row in rows})
    return tk.render("satudata/availability.html", {"matrix": _matrix(rows), "years": years})


@pages.route("/angka/revisi")
def revisions() -> str | tuple[str, int]:
    """Show the figures that were restated since a day, each with what it was before."""
    since, indicator = _since(), request.args.get("indicator", "")
    if indicator not in ("", *indicators()):
        return tk.abort(404, tk._("There is no indicator of this name."))
    changes = tk.get_action("pmi_change_list")({}, {"since": since, "indicator": indicator})
    return tk.render("satudata/revisions.html", {"changes": changes, "since": since, "indicator": indicator})


@pages.route("/angka/pemeriksaan")
def findings() -> str | tuple[str, int]:
    """Show what the checks found of published figures."""
    rule, page = request.args.get("rule", ""), page_number()
    try:
        found = tk.get_action("pmi_finding_list")(
            {}, {"rule": rule, "offset": (page - 1) * FINDINGS_A_PAGE, "limit": FINDINGS_A_PAGE}
        )
    except tk.ValidationError:
        return tk.abort(404, tk._("There is no check of this name, or no such page of what it found."))
    total = found["count"].get(rule, 0) if rule else sum(found["count"].values())
    values = {"found": found, "rules": rules(), "rule": rule, "page": page, "pages": -(-total // FINDINGS_A_PAGE)}
    return tk.render("satudata/findings.html", values | {"address": tk.url_for("satudata_figures.findings", rule=rule)})


@pages.route("/angka/unduh")
def downloads() -> str:
    """Show in which formats the whole single data is to be had."""
    return tk.render("satudata/figure_downloads.html", {"files": figure_files.files()})


@pages.route("/angka/unduh/<name>")
def download(name: str) -> AnyResponse | tuple[str, int]:
    """Return the whole single data as a file."""
    one = figure_files.files().get(name)
    if one is None:
        return tk.abort(404, tk._("There is no file of this name."))
    try:
        made = figure_files.path_of(one)
    except figure_files.NotMadeYet:
        told = tk._("The figures have changed and this file is being made anew. Try again in some minutes.")
        raise ServiceUnavailable(told, retry_after=figure_files.RETRY_SECONDS) from None
    answer = send_file(made, one.media_type, as_attachment=True, download_name=name)
    answer.headers["Access-Control-Allow-Origin"] = "*"
    return answer


def asked_without(others: Collection[str]) -> tuple[dict[str, str], list[str]]:
    """Return the parameters of the address, those of its question in words among them, and what is in doubt.

    Args:
        others: parameters that are not of the question.
    """
    given = {name: value.strip() for name, value in request.args.items() if not name.startswith(FOLLOWING)}
    given = {name: value for name, value in given.items() if name not in others}
    words = given.pop(WORDS, "")
    given = {name: value for name, value in given.items() if value}
    understood = asking.understand(words)
    return dict(understood.parameters) | given, list(understood.doubts)


def _answer(asked: dict[str, str]) -> dict[str, Any]:
    if asked.keys() == {"aggregate"}:
        # An average of nothing named is the one of all that is claimed, how many PMI there are: it is refused.
        tk.get_action("pmi_claim_list")({}, dict(asked))
    return tk.get_action("pmi_query")({}, dict(asked))


def _choices(asked: Mapping[str, str]) -> dict[str, Any]:
    indicator = indicators().get(asked.get("indicator", ""), next(iter(indicators().values())))
    return {
        "words": request.args.get(WORDS, ""),
        "indicators": list(indicators().values()),
        "indicator": indicator,
        "typed": [dimensions()[name] for name in indicator.breakdowns if name in TYPED],
        "chosen": [_choice(dimensions()[name]) for name in indicator.breakdowns if name not in TYPED],
        "breakdowns": [dimensions()[name] for name in indicator.breakdowns],
    }


def _choice(dimension: Dimension) -> tuple[Dimension, dict[str, Mapping[str, str]]]:
    return dimension, {code: label(dimension.name, code) for code in codes_of(dimension.codes)}


def _chips(asked: Mapping[str, str], question: Mapping[str, Any]) -> list[Chip]:
    """Return what a question was read as, part by part, each with the address of the question without it."""
    named = {"indicator": tk._("Indicator"), "time": tk._("Period"), "vintage": tk._("As known on")}
    named |= {"by": tk._("Broken down by"), "facet": tk._("Series"), "aggregate": tk._("Brought together by")}
    chips = []
    for name, value in asked.items():
        dimension = dimensions().get(name)
        left = {other: given for other, given in asked.items() if other != name}
        chips.append(
            Chip(
                tk.h.satudata_in_language(dimension.label) if dimension else named[name],
                tk.h.satudata_in_language(_meaning(name, value, question)),
                tk.url_for("satudata_figures.query", **left),
            )
        )
    return chips


def _meaning(name: str, value: str, question: Mapping[str, Any]) -> Mapping[str, str]:
    """Return what a part of a question was taken to mean, by language."""
    if name in question["codes"]:
        return question["codes"][name]["label"]
    if name == "indicator":
        return question["label"]
    if name == "facet" and value in facets():
        return facets()[value].title
    if name == "by":
        labels = [dimensions()[one].label for one in question["by"]]
        return {language: ", ".join(label[language] for label in labels) for language in ("id", "en")}
    return {"id": value}


def _chart(asked: Mapping[str, str], found: Mapping[str, Any]) -> dict[str, str] | None:
    """Return the parameters of the chart of an answer, None where there is nothing to compare in one."""
    by = found["question"]["by"]
    if not drawing.are_drawn() or len(by) > 1 or len(breakdowns.in_order(found) if by else found["preferred"]) < LEAST:
        return None
    return {name: value for name, value in asked.items() if name != "aggregate"}


def _files(asked: Mapping[str, str]) -> dict[str, str]:
    """Return the addresses under which an answer is to be had for machines."""
    query = urlencode(asked)
    api = tk.url_for("api.action", logic_function="pmi_query", ver=3, locale="default")
    return {
        "CSV": f"{tk.url_for('satudata_figures.query_csv', locale='default')}?{query}",
        "JSON": f"{api}?{query}",
    }


def sentences(errors: Mapping[str, Any]) -> list[str]:
    """Return what is wrong with a question, in sentences."""
    if "aggregate" in errors:
        return list(errors["aggregate"])
    return [sentence for sentences in errors.values() for sentence in sentences]


def _matrix(rows: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return a line for each indicator, facet, breakdown and level: by year how many cells and when last published."""
    lines: dict[tuple[Any, ...], dict[str, Any]] = {}
    for row in rows:
        key = (row["indicator"], row["facet"], tuple(row["broken_down"]), row["origin_level"])
        line = lines.setdefault(
            key,
            {
                "indicator": indicators()[row["indicator"]],
                "facet": facets()[row["facet"]],
                "breakdowns": [dimensions()[name] for name in row["broken_down"]],
                "level": row["origin_level"],
                "years": {},
            },
        )
        line["years"][int(row["year"])] = row
    return list(lines.values())


def _since() -> str:
    try:
        return date.fromisoformat(request.args.get("since", "")).isoformat()
    except ValueError:
        return (datetime.now(UTC).date() - timedelta(days=CHANGES_OF_DAYS)).isoformat()


def _row(figure: Mapping[str, Any], names: Iterable[str]) -> list[Any]:
    codes = [figure["codes"].get(name, {"code": "", "label": {"id": ""}}) for name in names]
    named = [part for one in codes for part in (one["code"], one["label"]["id"])]
    return [*named, *(figure[name] for name in COLUMNS), *(figure["source"][name] for name in SOURCE_COLUMNS)]


def _csv(header: list[str], rows: Iterable[list[Any]], name: str) -> Response:
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(header)
    writer.writerows([kept_as_text(cell) if isinstance(cell, str) else cell for cell in row] for row in rows)
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Access-Control-Allow-Origin": "*"}
    return Response(text.getvalue(), mimetype="text/csv", headers=headers)
