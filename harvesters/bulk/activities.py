"""Activities of many datasets, in one statement, as CKAN's activity stream keeps them one by one.

An activity holds the dataset as it then was, so the activity before a change holds what was changed. A dataset that was
never in the stream gets its former state put there first: its history begins with what it was.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

import ckan.model as model
import ckan.plugins as p
import sqlalchemy as sa
from ckan.lib import plugins as lib_plugins

from ckanext.satudatapmi.harvesters import ledger

Kind = Literal["new", "changed", "deleted"]


@dataclass(frozen=True)
class Event:
    """What happened to a dataset.

    Attributes:
        kind: new, changed or deleted.
        package: the dataset.
        shown: what `package_show` gives of it.
        happened: when, in UTC without a zone; None for now.
    """

    kind: Kind
    package: model.Package
    shown: Mapping[str, Any]
    happened: datetime | None = None


def store_activities(events: Sequence[Event], user: model.User | None) -> None:
    """Put events into the activity stream within the running transaction, where the site has one."""
    if not events or user is None or not p.plugin_loaded("activity"):
        return
    from ckanext.activity.model import Activity

    labels = lib_plugins.get_permission_labels()
    now = ledger.now()
    rows = [
        {
            "id": str(uuid.uuid4()),
            "timestamp": event.happened or now,
            "user_id": user.id,
            "object_id": event.package.id,
            "activity_type": f"{event.kind} package",
            "data": {"package": dict(event.shown), "actor": user.name},
            "permission_labels": labels.get_dataset_labels(event.package),
        }
        for event in events
    ]
    model.Session.execute(sa.insert(Activity.__table__), rows)


def without_history(package_ids: Iterable[str]) -> set[str]:
    """Return those datasets that the activity stream holds nothing of; none where the site has no stream."""
    wanted = set(package_ids)
    if not wanted or not p.plugin_loaded("activity"):
        return set()
    from ckanext.activity.model import Activity

    # Activities of its views are none of the dataset.
    own = Activity.activity_type.like("% package")
    return wanted - set(model.Session.scalars(sa.select(Activity.object_id).where(Activity.object_id.in_(wanted), own)))


def lacks_beginning(package_id: str) -> bool:
    """Tell whether the activity stream, where there is one, does not say that a dataset is new."""
    if not p.plugin_loaded("activity"):
        return False
    from ckanext.activity.model import Activity

    beginning = sa.exists().where(Activity.object_id == package_id, Activity.activity_type == "new package")
    return not model.Session.scalar(sa.select(beginning))


def ends_with_deletion(package_id: str) -> bool:
    """Tell whether the last that the activity stream holds of a dataset is that it was deleted."""
    if not p.plugin_loaded("activity"):
        return False
    from ckanext.activity.model import Activity

    query = sa.select(Activity.activity_type).where(Activity.object_id == package_id)
    return model.Session.scalars(query.order_by(Activity.timestamp.desc()).limit(1)).first() == "deleted package"
