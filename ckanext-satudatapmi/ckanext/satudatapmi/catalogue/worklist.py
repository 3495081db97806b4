"""What each duty has to do, and by when."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import ckan.plugins.toolkit as tk

from ckanext.satudatapmi.catalogue import activities, checking, deadlines, duties, reviews
from ckanext.satudatapmi.catalogue.workflow import DUTIES


def of_user(user: str) -> list[dict[str, Any]]:
    """Return what a user has to do, by duty; duties that the user has nowhere are left out.

    Returns:
        {duty, datasets}; a dataset is {id, name, title, organization_name, organization_title, state, published,
        submitted, release, due (ISO 8601 or None), overdue}, the first due first.
    """
    found = []
    for duty in DUTIES:
        organization_ids = duties.organizations(user, duty)
        if organization_ids != []:
            found.append({"duty": duty, "datasets": _datasets(duty, organization_ids)})
    return found


def _datasets(duty: str, organization_ids: Sequence[str] | None) -> list[dict[str, Any]]:
    rows = reviews.waiting(duty, organization_ids)
    activities.add_answers(*(row["extras"] for row in rows))
    listed = [_dataset(row, duty) for row in rows]
    # A stable sort: those without a day stay in the order in which they came.
    return sorted(listed, key=lambda dataset: dataset["due"] or "9999")


def _dataset(row: Mapping[str, Any], duty: str) -> dict[str, Any]:
    plain = {name: value for name, value in row.items() if name not in ("extras", "submitted")}
    submitted = row["submitted"]
    return plain | {"submitted": _iso(submitted)} | _days(row["extras"], duty, submitted)


def _days(package: Mapping[str, Any], duty: str | None, submitted: datetime | None) -> dict[str, Any]:
    today = datetime.now(ZoneInfo(tk.config["ckan.display_timezone"])).date()
    release = deadlines.next_release(package, today)
    due = deadlines.due(duty, release, submitted.date() if submitted else None) if duty else None
    return {"release": _iso(release), "due": _iso(due), "overdue": due is not None and due < today}


def _iso(value: date | datetime | None) -> str | None:
    if isinstance(value, datetime):
        return value.replace(tzinfo=UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
    return value.isoformat() if value else None


def described(package: Mapping[str, Any], steps: Sequence[str]) -> dict[str, Any]:
    """Return where the checking of a dataset stands, as plain data.

    Args:
        package: in the shape of package_show.
        steps: that the caller may take.
    """
    position = checking.position_of(package)
    return {
        "id": package["id"],
        "name": package["name"],
        "state": position.state,
        "turn": position.turn,
        "published": position.published,
        "priority": checking.is_priority(package),
        "steps": list(steps),
        "events": reviews.events(package["id"]),
    } | _days(package, position.turn, reviews.submitted(package["id"]))
