"""The pages on the quality of the metadata under /mutu: the portal, a publisher, what each metric is."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

import ckan.plugins.toolkit as tk
from flask import Blueprint, Response, request

from ckanext.satudatapmi.catalogue import quality
from ckanext.satudatapmi.portal import chart
from ckanext.satudatapmi.portal.harvest_pages import page_number

DATASETS_A_PAGE = 50
ORDERS = ("score", "name", "datasets")
PUBLISHER_COLUMNS = ("name", "title", "datasets", "mean", "median", "band")
HISTORY_COLUMNS = ("day", "mean", "datasets")
SHOWN_DAYS = 366
"""How many days of history a page shows; the CSV file has them all."""

pages = Blueprint("satudata_quality", __name__)


@pages.route("/mutu")
def portal() -> str:
    """Show how good the metadata of the whole portal is."""
    found = _summary("")
    order = request.args.get("sort", "")
    order = order if order in ORDERS else ORDERS[0]
    found["publishers"] = sorted(found["publishers"], key=lambda one: _place(one, order))
    return _page(found, order)


@pages.route("/mutu/<organization>")
def publisher(organization: str) -> str | tuple[str, int]:
    """Show how good the metadata of a publisher is."""
    try:
        return _page(_summary(organization), "")
    except tk.ObjectNotFound as error:
        return tk.abort(404, str(error))


@pages.route("/mutu/penerbit.csv")
def publishers_csv() -> Response:
    """Return the publishers with their figures as CSV (RFC 4180, UTF-8)."""
    return _csv(PUBLISHER_COLUMNS, _summary("")["publishers"], "mutu-penerbit.csv")


@pages.route("/mutu/riwayat.csv", defaults={"organization": ""})
@pages.route("/mutu/<organization>/riwayat.csv")
def history_csv(organization: str) -> Response | tuple[str, int]:
    """Return the history of the portal or a publisher as CSV (RFC 4180, UTF-8)."""
    try:
        return _csv(HISTORY_COLUMNS, _summary(organization)["history"], "mutu-riwayat.csv")
    except tk.ObjectNotFound as error:
        return tk.abort(404, str(error))


@pages.route("/mutu/metrik/<profile>")
def metrics(profile: str) -> str | tuple[str, int]:
    """Show what a profile measures; the dimensions are places on this page."""
    if profile not in quality.PROFILES:
        return tk.abort(404, tk._("There is no metric named {name}").format(name=profile))
    return tk.render("satudata/quality_metrics.html", {"profile": quality.profile(profile)})


@pages.route("/mutu/metrik/<profile>/<name>")
def metric(profile: str, name: str) -> str | tuple[str, int]:
    """Show what a metric is and who misses it; this address is the metric's URI."""
    page = page_number()
    wanted = {"profile": profile, "metric": name, "organization": request.args.get("organization", "")}
    try:
        found = tk.get_action("satudata_quality_metric_show")(
            {}, wanted | {"offset": (page - 1) * DATASETS_A_PAGE, "limit": DATASETS_A_PAGE}
        )
    except (tk.ObjectNotFound, tk.ValidationError):
        return tk.abort(404, tk._("There is no metric named {name}").format(name=f"{profile}/{name}"))
    if page > 1 and not found.get("datasets"):
        return tk.abort(404, tk._("No such page"))
    pages_of_datasets = -(-found.get("count", 0) // DATASETS_A_PAGE)
    return tk.render("satudata/quality_metric.html", {"metric": found, "page": page, "pages": pages_of_datasets})


def _page(found: Mapping[str, Any], order: str) -> str:
    shown = found["history"][-SHOWN_DAYS:]
    days = [(date.fromisoformat(one["day"]), one["mean"]) for one in shown]
    levels = [(band["name"], band["from"]) for band in found["bands"]]
    values = {"found": found, "order": order, "chart": chart.steps(days, found["of"], levels), "days": shown}
    return tk.render("satudata/quality.html", values)


def _summary(organization: str) -> dict[str, Any]:
    """Return the summary by the profile that the address names, the first one if it names none that there is."""
    profile = request.args.get("profile", "")
    profile = profile if profile in quality.PROFILES else quality.PROFILES[0]
    return tk.get_action("satudata_quality_summary")({}, {"organization": organization, "profile": profile})


def _place(body: Mapping[str, Any], order: str) -> tuple[float, str]:
    """Return the place of a publisher in the table: names from A, scores and numbers of datasets from the highest."""
    figure = {"score": -body["mean"], "datasets": -body["datasets"]}
    return figure.get(order, 0), body["title"].casefold()


def _csv(columns: tuple[str, ...], rows: Iterable[Mapping[str, Any]], name: str) -> Response:
    text = io.StringIO()
    writer: csv.DictWriter[str] = csv.DictWriter(text, columns)
    writer.writeheader()
    writer.writerows(rows)
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Access-Control-Allow-Origin": "*"}
    return Response(text.getvalue(), mimetype="text/csv", headers=headers)
