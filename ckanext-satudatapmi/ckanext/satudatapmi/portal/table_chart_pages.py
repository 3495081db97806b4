"""The charts of a resource's table, with nothing to configure: pictures of their own, and what a page says of them."""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Callable, Mapping, Sequence
from textwrap import shorten
from typing import Any

import ckan.plugins.toolkit as tk
from flask import Blueprint, Response, request
from redis import RedisError
from sqlalchemy.exc import DBAPIError
from werkzeug.exceptions import ServiceUnavailable

from ckanext.satudatapmi.catalogue import table_rows
from ckanext.satudatapmi.portal import chart_pages
from ckanext.satudatapmi.portal.chart_pages import SPECIFICATION
from ckanext.satudatapmi.portal.charts import drawing, table_charts, table_words
from ckanext.satudatapmi.portal.charts.figures import TILES
from ckanext.satudatapmi.portal.charts.table_charts import Picture

ADDRESS = "/dataset/<reference>/resource/<resource_id>/bagan"
ROWS_AT_ONCE = 100_000
"""Rows of a table whose charts are worked out while its page is made: a fraction of a second."""
ASKED_SECONDS = 3600
"""How often the charts of a large table are asked for, should a job have been lost."""
TITLE_LETTERS = 80
"""Letters of a title that have room above the map of tiles."""
Shown = Mapping[str, Any]

log = logging.getLogger(__name__)

pages = Blueprint("satudata_table_charts", __name__)


def get_helpers() -> dict[str, Callable[..., Any]]:
    """Return the helpers under the names that templates use."""
    return {"satudata_table_charts": charts_of}


@pages.get(f'{ADDRESS}.<any(svg, png, "vl.json"):ending>')
def chart(reference: str, resource_id: str, ending: str) -> Response | tuple[str, int]:
    """Return a chart of the table of a resource.

    `by` is the column of which the values are compared, or `waktu` for the chart over time; without it the first chart
    is given. `width` is in pixels; `title=0` leaves out title and source, for a page that says them.
    """
    package, resource = table_rows.seen_by_caller(reference, resource_id)
    found = _pictures(resource["id"])
    by = request.args.get("by") or (found[0].name if found else "")
    picture = next((one for one in found if one.name == by), None)
    if picture is None:
        names = ", ".join(one.name for one in found)
        told = tk._("by is one of: {names}.").format(names=names) if found else tk._("This table has no chart.")
        return tk.abort(404, told)
    try:
        content = _drawn(picture, package, resource, ending)
    except drawing.ChartsAway:
        told = tk._("Charts cannot be drawn at the moment. The table itself is on the page of the resource.")
        raise ServiceUnavailable(told, retry_after=chart_pages.RETRY_SECONDS) from None
    return chart_pages.image(content, ending)


def charts_of(package: Shown, resource: Shown) -> list[table_words.Shown]:
    """Return the charts that a page shows of a resource's table; [] where nothing draws, or no chart would be right.

    Args:
        package, resource: that the visitor may see.
    """
    if not resource.get("datastore_active") or not drawing.are_drawn():
        return []
    return [table_words.shown(one, _source(package)) for one in _pictures(resource["id"], is_page=True)]


def keep_pictures(resource_id: str) -> None:
    """Work out the charts of a table, so that its page has them; a background job."""
    _pictures(resource_id)


def _pictures(resource_id: str, *, is_page: bool = False) -> list[Picture]:
    """Return the charts of a table as it is now; what its rows give is worked out once.

    Args:
        resource_id: of the table.
        is_page: whether a page waits for them; of a large table it does without until a job has worked them out.
    """
    try:
        with table_rows.opened(resource_id) as stored:
            key = f"pictures {table_charts.VERSION} {resource_id} {stored.edition}".encode()
            found = drawing.kept_before(key)
            if found is None and is_page and stored.count > ROWS_AT_ONCE:
                drawing.kept(key + f" asked {time.time() // ASKED_SECONDS}".encode(), lambda: _ask_for(resource_id))
                return []
            if found is None:
                found = drawing.kept(key, lambda: table_charts.pictures_of(stored))
    except DBAPIError:
        return []
    return found if drawing.is_world_drawn() else [table_words.without_map(one) for one in found]


def _ask_for(resource_id: str) -> bool:
    try:
        tk.enqueue_job(keep_pictures, [resource_id], title=f"Charts of table {resource_id}")
    except RedisError as error:
        # They are asked for once more by a later visitor.
        log.warning("charts of a table not asked for: resource=%s reason=%s", resource_id, error)
    return True


def _drawn(picture: Picture, package: Shown, resource: Shown, ending: str) -> bytes:
    titles = () if request.args.get("title") == "0" else (_title(package, resource), _source(package))
    frame = table_words.frame_of(picture, titles, tk.h.satudata_language(), chart_pages.width_of(request.args))
    if picture.kind == TILES and ending != SPECIFICATION:
        return _tiles(picture, titles, ending)
    specification = table_words.specification(picture, frame, tk.config["ckanext.satudatapmi.charts.assets"])
    return json.dumps(specification).encode() if ending == SPECIFICATION else drawing.draw(specification, ending)


def _tiles(picture: Picture, titles: Sequence[str], ending: str) -> bytes:
    said, unit = table_words.title_of(picture), table_words.unit_of(picture)
    title = shorten(titles[0], TITLE_LETTERS, placeholder="…") if titles else said
    lines = [line for line in (said, unit, titles[1]) if line] if titles else []
    return chart_pages.province_picture(table_words.values_of(picture), title, lines, ending)


def _title(package: Shown, resource: Shown) -> str:
    """Return the title of a table: of its dataset, with that of the resource where there are several."""
    title = tk.h.dataset_display_name(package)
    tables = [one for one in package["resources"] if one.get("datastore_active")]
    return f"{title}: {tk.h.resource_display_name(resource)}" if len(tables) > 1 else title


def _source(package: Shown) -> str:
    body = package.get("produsen_data_name") or package.get("publisher_name")
    bodies = ", ".join(filter(None, (body, (package.get("organization") or {}).get("title"))))
    day = tk.h.satudata_date(package.get("modified") or package.get("issued") or "")
    site = tk.config["ckan.site_title"]
    if not bodies or not day:
        return tk._("Source: {bodies}").format(bodies=", ".join(filter(None, (bodies, site))))
    return tk._("Source: {bodies}, published {day}; {site}").format(bodies=bodies, day=day, site=site)
