"""Template helpers; each reads through actions and returns plain values."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import ckan.plugins.toolkit as tk

from ckanext.satudatapmi.catalogue import dictionaries
from ckanext.satudatapmi.portal import (
    access_pages,
    brief_pages,
    citation,
    dataset_page,
    fields,
    figure_helpers,
    form_pages,
    formats,
    harvest_pages,
    harvested_pages,
    home,
    key_figures,
    place_pages,
    provenance,
    review_helpers,
    search_pages,
    source_form,
    step_page,
    subscription_pages,
    table_chart_pages,
    table_files,
    values,
)
from ckanext.satudatapmi.portal.charts import drawing
from ckanext.satudatapmi.portal.command import reconciliation_pages
from ckanext.satudatapmi.portal.memory import ask_as_anybody, remembered
from ckanext.satudatapmi.publication import paging, schemaorg, table_samples
from ckanext.satudatapmi.reference.published import published_lists
from ckanext.satudatapmi.schemas import variables

PREVIEW_ROWS = 10
LANGUAGES = ("id", "en")
NUMBER_TYPES = frozenset({"numeric", "float4", "float8", "int2", "int4", "int8"})
COUNTS_NOTHING = re.compile(r"tahun|year|kode|code|no$|nomor|bulan$|baris", re.IGNORECASE)
"""Columns of numbers that are names: 2024 is a year, and no thousands separator belongs into it."""


def get_helpers() -> dict[str, Callable[..., Any]]:
    """Return the helpers under the names that templates use."""
    return {
        "satudata_language": language,
        "satudata_number": number,
        "satudata_signed": signed,
        "satudata_date": date,
        "satudata_moment": moment,
        "satudata_period": period,
        "satudata_home": home_page,
        "satudata_compared": compared_datasets,
        "satudata_key_figures": key_figures_of_home,
        "satudata_maps": maps_of_home,
        "satudata_newest_brief": brief_pages.newest,
        "satudata_sources": harvest_sources,
        "satudata_field_groups": field_groups,
        "satudata_choice": choice,
        "satudata_provenance": dataset_provenance,
        "satudata_shown": values.laid_out,
        "satudata_label": values.label_of,
        "satudata_table": table_preview,
        "satudata_table_cell": _cell,
        "satudata_citation": cite,
        "satudata_table_samples": samples_of_table,
        "satudata_organization": organization_facts,
        "satudata_source_code_url": source_code_url,
        "satudata_in_language": in_language,
        "satudata_page_in": page_in,
        "satudata_structured_data": structured_data,
        "satudata_catalogue_data": schemaorg.catalogue,
        "satudata_assessment": dataset_assessment,
        "satudata_series": dataset_series,
        "satudata_form_parts": form_pages.parts,
        **review_helpers.get_helpers(),
        **figure_helpers.get_helpers(),
        **reconciliation_pages.get_helpers(),
        "satudata_entry_marks_of": entry_marks_of,
        **search_pages.get_helpers(),
        **access_pages.get_helpers(),
        **harvest_pages.get_helpers(),
        **source_form.get_helpers(),
        **harvested_pages.get_helpers(),
        **table_files.get_helpers(),
        **subscription_pages.get_helpers(),
        **table_chart_pages.get_helpers(),
        **dataset_page.get_helpers(),
    }


def language() -> str:
    """Return `id` or `en`: the language the page is in."""
    current = str(tk.h.lang())[:2]
    return current if current in LANGUAGES else LANGUAGES[0]


def in_language(texts: Mapping[str, str]) -> str:
    """Return the text in the page's language, else in Indonesian: {"id": ..., "en": ...}."""
    return texts.get(language()) or texts["id"]


def page_in(name: str) -> str:
    """Return the address of this page in a language; that of the default language names none, as in the sitemap."""
    locale = "default" if name == tk.config["ckan.locale_default"] else name
    return tk.h.url_for(tk.h.current_url(), locale=locale, _external=True)


def structured_data(package: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the page of a public dataset says of it in the words of schema.org."""
    resources = package.get("resources") or []
    columns = [variables.variable(one) for resource in resources for one in dictionaries.documents_of(resource, {})]
    return schemaorg.dataset(package, columns)


def dataset_assessment(package: Mapping[str, Any]) -> dict[str, Any]:
    """Return score and marks of a dataset, as satudata_assessment_show gives them, {} where there are none."""
    try:
        return tk.get_action("satudata_assessment_show")({}, {"id": package["id"], "language": language()})
    except (tk.ObjectNotFound, tk.NotAuthorized):
        return {}


def dataset_series(package: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the series that a dataset belongs to, as satudata_series_list gives them."""
    return tk.get_action("satudata_series_list")({}, {"id": package["id"]})


def entry_marks_of(reference: str) -> list[step_page.Mark]:
    """Return the progress of a dataset through the web form, on the page of its files."""
    package = tk.get_action("package_show")({}, {"id": reference})
    return step_page.marks(package, len(step_page.all_steps()) + 1)


def source_code_url() -> str:
    """Return where the software's source code is offered, "" if the site does not say."""
    return tk.config["ckanext.satudatapmi.source_code_url"]


def number(value: Any) -> str:
    """Return a number with the separators of the page's language."""
    return formats.number(value, language())


def signed(value: float) -> str:
    """Return a number as `number` does, with its sign also where it is more than nothing."""
    return f"+{number(value)}" if value > 0 else number(value)


def date(value: Any) -> str:
    """Return a date in the page's language, as exactly as it is known."""
    return formats.date(value, language())


def period(start: str, end: str) -> str:
    """Return a period in the words of the page's language; both ends are ISO 8601."""
    return formats.period(start, end, language())


def moment(value: Any) -> str:
    """Return date and time in the site's time zone and the page's language."""
    zone = tk.config.get("ckan.display_timezone") or "UTC"
    return formats.moment(value, language(), "UTC" if zone == "server" else zone)


def home_page() -> home.Home:
    """Return what the home page shows to everyone; read from the search index at most once a minute."""
    return remembered("home", _read_home)


def _read_home() -> home.Home:
    found = ask_as_anybody("package_search", home.search_for_home())
    return home.home(found, ask_as_anybody("satudata_statistics", {}))


def compared_datasets() -> list[home.Compared]:
    """Return datasets of different bodies on the same question with their latest figure; read at most once a minute."""
    return remembered("compared", _read_compared)


def key_figures_of_home() -> list[key_figures.KeyFigure]:
    """Return the figures that people come for, as everyone may see them; asked for at most once a minute."""
    return remembered("key figures", lambda: key_figures.key_figures(partial(ask_as_anybody, "pmi_query")))


def maps_of_home() -> dict[str, Any]:
    """Return the placements by province and by country, the map of the provinces, and whether the world is drawn."""
    found = {name: place_pages.placements(name) for name in ("origin", "destination")}
    return {
        "origins": found["origin"],
        "tiles": place_pages.province_map(found["origin"]),
        "destinations": found["destination"],
        "drawn": drawing.is_world_drawn(),
    }


def _read_compared() -> list[home.Compared]:
    found = ask_as_anybody("package_search", home.search_for_compared())
    return home.one_of_each_body(home.compared(dataset, _latest_rows(dataset)) for dataset in found["results"])


def _latest_rows(dataset: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the two latest rows of a dataset's first table; none where it has no table of the usual columns."""
    for resource in dataset["resources"]:
        if resource.get("datastore_active"):
            try:
                return ask_as_anybody("datastore_search", home.search_for_latest(resource))["records"]
            except (tk.ObjectNotFound, tk.NotAuthorized, tk.ValidationError):
                return []
    return []


def harvest_sources() -> dict[str, Mapping[str, Any]]:
    """Return the public harvest sources by name; read at most once a minute."""
    return remembered("sources", _read_sources)


def _read_sources() -> dict[str, Mapping[str, Any]]:
    return {source["name"]: source for source in ask_as_anybody("satudata_source_list", {})}


def field_groups(dataset: Mapping[str, Any]) -> list[fields.Group]:
    """Return a dataset's SDI fields in their groups, for its page."""
    schema = tk.h.scheming_get_dataset_schema(dataset.get("type") or "dataset")
    reader = fields.Reader(language(), _choice_label, lambda data: data.get("license_title") or data["license_id"])
    return fields.groups(schema, dataset, reader) if schema else []


def _choice_label(field: Mapping[str, Any], value: str) -> str:
    choices = tk.h.scheming_field_choices(field)
    return tk.h.scheming_choices_label(choices, value) if choices else value


def choice(dataset: Mapping[str, Any], name: str) -> str:
    """Return the label of the choice that a field holds."""
    schema = tk.h.scheming_get_dataset_schema(dataset.get("type") or "dataset")
    field = tk.h.scheming_field_by_name(schema["dataset_fields"], name)
    return _choice_label(field, str(dataset.get(name) or ""))


def dataset_provenance(dataset: Mapping[str, Any]) -> provenance.Provenance:
    """Return where a dataset came from."""
    return provenance.provenance(dataset, harvest_sources())


def table_preview(resource: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return the columns, the number of rows and the first rows of a resource's DataStore table, or None.

    Returns:
        {columns: [{id, type, label, notes, unit, codes, kind, figure}], total, rows}; a row is a list of texts in the
        page's number format, in the order of the columns.
    """
    if not resource.get("datastore_active"):
        return None
    try:
        found = tk.get_action("datastore_search")({}, {"resource_id": resource["id"], "limit": PREVIEW_ROWS})
    except (tk.ObjectNotFound, tk.NotAuthorized):
        return None
    columns = [_column(field) for field in found["fields"] if field["id"] != "_id"]
    rows = [[_cell(record[column["id"]], column) for column in columns] for record in found["records"]]
    return {"columns": columns, "total": found["total"], "rows": rows}


def _column(field: Mapping[str, Any]) -> dict[str, Any]:
    info = field.get("info") or {}
    label = info.get(f"label_{language()}") or info.get("label") or field["id"]
    notes = info.get(f"notes_{language()}") or info.get("notes") or ""
    return {
        "id": field["id"],
        "type": field["type"],
        "label": label,
        "notes": notes,
        "unit": info.get("unit") or "",
        "codes": info["codes"] if info.get("codes") in published_lists() else "",
        "kind": _kind(field["type"]),
        "figure": field["type"] in NUMBER_TYPES and not COUNTS_NOTHING.match(field["id"]),
    }


def _kind(column_type: str) -> str:
    """Return in words what a column of the DataStore holds."""
    if column_type in NUMBER_TYPES:
        return tk._("number")
    if column_type == "date":
        return tk._("date")
    if column_type.startswith("timestamp"):
        return tk._("date and time")
    return tk._("yes or no") if column_type == "bool" else tk._("text")


def _cell(value: Any, column: Mapping[str, Any]) -> str:
    if value is None:
        return ""
    if column["figure"]:
        return number(value)
    return date(value) if column["type"] == "date" else str(value)


def cite(dataset: Mapping[str, Any]) -> str:
    """Return how to cite a dataset, in the page's language."""
    address = tk.h.url_for(f"{dataset['type']}.read", id=dataset["name"], locale="default", _external=True)
    today = date(dt.datetime.now(dt.UTC).date())
    return citation.citation(dataset, tk.config["ckan.site_title"], address, citation.year_of(dataset), today)


def samples_of_table(package: Mapping[str, Any], resource: Mapping[str, Any]) -> dict[str, str]:
    """Return code by language that reads the table of a resource."""
    csv = tk.h.url_for(
        "satudata_table_downloads.download",
        reference=package["name"],
        resource_id=resource["id"],
        name="tabel.csv",
        locale="default",
        qualified=True,
    )
    return table_samples.samples(resource["id"], csv, paging.site().url)


def organization_facts(organization: Mapping[str, Any]) -> list[tuple[str, values.Shown]]:
    """Return label and value of an organisation's filled fields, for its page."""
    schema = tk.h.scheming_get_organization_schema(organization.get("type") or "organization")
    shown_elsewhere = {"title", "name", "description", "image_url"}
    facts = []
    for field in schema["fields"] if schema else []:
        value = organization.get(field["field_name"])
        if value and field["field_name"] == "parent":
            value = _organization_title(value)
        shown = values.laid_out(_choice_label(field, str(value))) if value else None
        if shown and field["field_name"] not in shown_elsewhere:
            facts.append((tk.h.scheming_language_text(field["label"]), shown))
    return facts


def _organization_title(name: str) -> str:
    """Return the title of an organisation, its name where there is none."""
    left_out = dict.fromkeys(("include_datasets", "include_dataset_count", "include_users", "include_groups"), False)
    try:
        return ask_as_anybody("organization_show", {"id": name, **left_out})["title"]
    except tk.ObjectNotFound:
        return name
