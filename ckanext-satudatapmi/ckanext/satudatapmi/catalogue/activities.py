"""Statistical activities (MS-Keg): stored once, and linked from the datasets that are made from them.

An activity is known by its answers. Whoever writes a dataset sends and gets its MS-Keg with it, as if it were the
dataset's own; the field `kegiatan` holds the link. A dataset that is written with other answers is linked to another
activity, so that no one dataset changes what another says. Changing an activity for all of its datasets is an action of
its own.
"""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any

import ckan.model as model
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB, insert

from ckanext.satudatapmi.schemas import wire

LINK = "kegiatan"
LINKS_BEFORE = "satudatapmi_kegiatan"
"""Key of the session's `info` for the links of datasets that are being written, as they were before."""

ACTIVITY = sa.table(
    "satudatapmi_kegiatan",
    *(sa.column(name) for name in ("id", "owner_org", "digest")),
    sa.column("answers", JSONB),
)
PACKAGE = model.package_table


@cache
def fields() -> tuple[str, ...]:
    """Return the names of the fields of a dataset that hold its MS-Keg."""
    listed = wire.dataset_schema()["dataset_fields"]
    return tuple(field["field_name"] for field in listed if field.get("group") == "ms_keg" and "blok" in field)


def note_link(package: model.Package) -> None:
    """Note the link of a dataset that is about to be written over."""
    model.Session().info.setdefault(LINKS_BEFORE, {})[package.id] = (package.extras or {}).get(LINK)


def keep(package_id: str) -> None:
    """Put the MS-Keg of a dataset that is being written where activities are kept, within the running transaction.

    Without answers of its own, or with those that it had while the link is new, it takes those of the activity that it
    names.
    """
    package = model.Session.get_one(model.Package, package_id)
    extras = dict(package.extras or {})
    answers = {name: extras.pop(name) for name in fields() if extras.get(name)}
    before, asked = model.Session().info.get(LINKS_BEFORE, {}).pop(package_id, None), extras.pop(LINK, None)
    if asked and (not answers or (asked != before and answers == _answers(before))):
        link = asked
    else:
        link = _identified(answers, package.owner_org or "") if answers else None
    package.extras = extras | ({LINK: link} if link else {})


def _identified(answers: Mapping[str, str], owner_org: str) -> str:
    """Return the id of the activity with some answers; it is made if there is none."""
    digest = hashlib.sha256(wire.canonical_json(answers).encode()).hexdigest()
    values = {"id": str(uuid.uuid4()), "owner_org": owner_org, "digest": digest, "answers": dict(answers)}
    made = insert(ACTIVITY).values(values)
    # An update that changes nothing: it gives the row back, whoever made it first.
    same = made.on_conflict_do_update(index_elements=["owner_org", "digest"], set_={"digest": made.excluded.digest})
    return model.Session.execute(same.returning(ACTIVITY.c.id)).scalar_one()


def forget_unused() -> int:
    """Delete the activities of which no dataset is made any more, and commit; return how many.

    Not while a dataset is written: another one may be about to take the same activity.
    """
    linked = sa.select(sa.literal(1)).where(PACKAGE.c.extras[LINK].astext == ACTIVITY.c.id).exists()
    unused = sa.select(ACTIVITY.c.id).where(sa.not_(linked)).with_for_update()
    # Whoever takes one of them holds its row until the commit: the second look sees what they wrote.
    ids = list(model.Session.scalars(unused))
    deleted: Any = model.Session.execute(sa.delete(ACTIVITY).where(ACTIVITY.c.id.in_(ids), sa.not_(linked)))
    model.Session.commit()
    return deleted.rowcount


def _answers(activity_id: str | None) -> Mapping[str, str]:
    return answers_of([activity_id]).get(activity_id, {}) if activity_id else {}


def answers_of(activity_ids: Iterable[str]) -> dict[str, dict[str, str]]:
    """Return the answers of activities, by id of the activity and name of the field."""
    wanted = set(activity_ids)
    if not wanted:
        return {}
    query = sa.select(ACTIVITY.c.id, ACTIVITY.c.answers).where(ACTIVITY.c.id.in_(wanted))
    return dict(model.Session.execute(query).tuples().all())


def add_answers(*packages: dict[str, Any]) -> None:
    """Give datasets the MS-Keg of their activities, in place, as if it were their own."""
    found = answers_of(package[LINK] for package in packages if package.get(LINK))
    for package in packages:
        package.update(found.get(package.get(LINK) or "", {}))


def exists(activity_id: str, owner_org: str) -> bool:
    """Tell whether an organisation has an activity."""
    query = sa.select(sa.literal(1)).where(ACTIVITY.c.id == activity_id, ACTIVITY.c.owner_org == owner_org)
    # Held until the commit, lest it is forgotten while a dataset takes it.
    query = query.with_for_update(read=True)
    return model.Session.execute(query).scalar() is not None


def owner(activity_id: str) -> str | None:
    """Return the id of the organisation that an activity belongs to; None if there is no such activity."""
    return model.Session.execute(sa.select(ACTIVITY.c.owner_org).where(ACTIVITY.c.id == activity_id)).scalar()


def of_organization(organization_id: str) -> list[dict[str, Any]]:
    """Return the activities of an organisation by title: {id, judul_kegiatan, tahun, datasets}."""
    datasets = sa.select(sa.func.count()).where(
        PACKAGE.c.extras[LINK].astext == ACTIVITY.c.id, PACKAGE.c.state != "deleted"
    )
    title, year = (ACTIVITY.c.answers[name].astext.label(name) for name in ("judul_kegiatan", "tahun"))
    query = (
        sa.select(ACTIVITY.c.id, title, year, datasets.scalar_subquery().label("datasets"))
        .where(ACTIVITY.c.owner_org == organization_id)
        .order_by(title, year)
    )
    return [dict(row) for row in model.Session.execute(query).mappings()]


def datasets_of(activity_id: str) -> list[dict[str, str]]:
    """Return the datasets that are made from an activity, by title: {id, name, title}, hidden ones included."""
    query = (
        sa.select(PACKAGE.c.id, PACKAGE.c.name, PACKAGE.c.title)
        .where(PACKAGE.c.extras[LINK].astext == activity_id, PACKAGE.c.state != "deleted")
        .order_by(PACKAGE.c.title, PACKAGE.c.name)
    )
    return [dict(row) for row in model.Session.execute(query).mappings()]
