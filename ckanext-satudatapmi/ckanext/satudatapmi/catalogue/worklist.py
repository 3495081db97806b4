"""What each duty has to do, and by when."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any

from ckanext.satudatapmi.catalogue import (
    activities,
    checking,
    deadlines,
    duties,
    history,
    planning,
    register,
    reviews,
    table_descriptions,
)
from ckanext.satudatapmi.catalogue.register import Planned
from ckanext.satudatapmi.catalogue.workflow import DUTIES, PRODUSEN


def of_user(user: str) -> list[dict[str, Any]]:
    """Return what a user has to do, by duty; duties that the user has nowhere are left out.

    Returns:
        {duty, datasets, planned, tables}; a dataset is {id, name, title, organization_name, organization_title, state,
        published, submitted, release, due (ISO 8601 or None), overdue}; what is planned in the daftar data and not
        begun, for produsen data, is {year, number, title, organization_id, organization_name, organization_title,
        release, due, overdue}. The first due stands first. A table whose new file is not loaded, for produsen data, is
        {resource_id, resource, dataset, title, organization_id, organization_title}.
    """
    today = history.today()
    found = []
    for duty in DUTIES:
        organization_ids = duties.organizations(user, duty)
        if organization_ids != []:
            work = {"duty": duty, "datasets": _datasets(duty, organization_ids, today), "planned": [], "tables": []}
            if duty == PRODUSEN:
                work |= {"planned": _planned(organization_ids, today), "tables": _tables(organization_ids)}
            found.append(work)
    return found


def _datasets(duty: str, organization_ids: Sequence[str] | None, today: date) -> list[dict[str, Any]]:
    rows = reviews.waiting(duty, organization_ids)
    activities.add_answers(*(row["extras"] for row in rows))
    entries = register.named_by(*(row["extras"] | {"owner_org": row["owner_org"]} for row in rows))
    listed = [_dataset(row, duty, named, today) for row, named in zip(rows, entries, strict=True)]
    # A stable sort: those without a day stay in the order in which they came.
    return sorted(listed, key=lambda dataset: dataset["due"] or "9999")


def _dataset(row: Mapping[str, Any], duty: str, entries: Sequence[Planned], today: date) -> dict[str, Any]:
    plain = {name: value for name, value in row.items() if name not in ("extras", "owner_org", "submitted")}
    submitted = row["submitted"]
    release = deadlines.next_release(row["extras"], today, _days_of(entries))
    return plain | {"submitted": _iso(submitted)} | _days(release, duty, submitted, today)


def _planned(organization_ids: Sequence[str] | None, today: date) -> list[dict[str, Any]]:
    bodies = history.organizations()
    listed = [
        _not_begun(entry, bodies.get(entry.organization_id, {})) | _days(release, PRODUSEN, None, today)
        for entry, release in planning.not_begun(organization_ids, today)
    ]
    return sorted(listed, key=lambda entry: entry["due"])


def _tables(organization_ids: Sequence[str] | None) -> list[dict[str, Any]]:
    bodies = history.organizations()
    return [
        {name: row[name] for name in ("resource_id", "resource", "dataset", "title")}
        | {
            "organization_id": row["owner_org"],
            "organization_title": bodies.get(row["owner_org"], {}).get("title", ""),
        }
        for row in table_descriptions.with_refused_file(organization_ids)
    ]


def _not_begun(entry: Planned, body: Mapping[str, str]) -> dict[str, Any]:
    return {
        "year": entry.year,
        "number": entry.number,
        "title": entry.name,
        "organization_id": entry.organization_id,
        "organization_name": body.get("name", ""),
        "organization_title": body.get("title", ""),
    }


def _days_of(entries: Sequence[Planned]) -> list[date]:
    return [day for entry in entries for day in entry.release_days]


def _days(release: date | None, duty: str | None, submitted: datetime | None, today: date) -> dict[str, Any]:
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
    position, today = checking.position_of(package), history.today()
    (entries,) = register.named_by(package)
    release = deadlines.next_release(package, today, _days_of(entries))
    return {
        "id": package["id"],
        "name": package["name"],
        "state": position.state,
        "turn": position.turn,
        "published": position.published,
        "priority": checking.is_priority(package),
        "steps": list(steps),
        "events": reviews.events(package["id"]),
    } | _days(release, position.turn, reviews.submitted(package["id"]), today)
