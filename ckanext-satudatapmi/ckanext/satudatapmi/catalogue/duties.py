"""Who has which duty, from the memberships that CKAN keeps: they are given on its own pages.

- produsen data: editors (and admins) of the organisation that publishes the dataset;
- walidata: admins of that organisation, or of one above it where `ckan.auth.roles_that_cascade_to_sub_groups` says so;
- pembina data: editors and admins of the organisations that `ckanext.satudatapmi.pembina_data` names.

System administrators have every duty.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import ckan.authz as authz
import ckan.model as model
import ckan.plugins.toolkit as tk
import sqlalchemy as sa

from ckanext.satudatapmi.catalogue.workflow import DUTIES, PEMBINA, PRODUSEN, WALIDATA

ROLES = {PRODUSEN: ("editor", "admin"), WALIDATA: ("admin",), PEMBINA: ("editor", "admin")}
EDITS, ADMINISTERS = "update_dataset", "admin"
"""Permissions that CKAN gives to editors and admins, and to admins alone."""


def of_user(user: str | None, organization_id: str | None) -> frozenset[str]:
    """Return the duties of a user for the datasets of an organisation.

    Args:
        user: name of the user; None or "" for a visitor.
        organization_id: id or name.
    """
    if not user:
        return frozenset()
    if authz.is_sysadmin(user):
        return frozenset(DUTIES)
    found = {PEMBINA} if is_pembina(user) else set()
    for duty, permission in ((PRODUSEN, EDITS), (WALIDATA, ADMINISTERS)):
        if authz.has_user_permission_for_group_or_org(organization_id, user, permission):
            found.add(duty)
    return frozenset(found)


def is_pembina(user: str) -> bool:
    """Tell whether a user is one of the pembina data."""
    return any(authz.has_user_permission_for_group_or_org(name, user, EDITS) for name in _pembina_organizations())


def is_member(user: str | None, organization_id: str | None) -> bool:
    """Tell whether a user belongs to an organisation, in whatever capacity."""
    return bool(user) and authz.has_user_permission_for_group_or_org(organization_id, user, "read")


def is_operator(context: Mapping[str, Any]) -> bool:
    """Tell whether the site itself or a system administrator acts.

    `ignore_auth` alone does not say so: CKAN sets it for what an action does on behalf of an editor.
    """
    user = model.User.get(context["user"]) if context.get("user") else None
    return bool(user.sysadmin) if user else bool(context.get("ignore_auth"))


def holders(duty: str, organization_id: str) -> list[str]:
    """Return the ids of the users who have a duty for the datasets of an organisation."""
    group = model.Group.get(organization_id)
    groups = [group.id] if group else []
    if duty == PEMBINA:
        groups = [found.id for name in _pembina_organizations() if (found := model.Group.get(name))]
    member = model.member_table
    wanted = (
        sa.select(member.c.table_id)
        .join(model.User, model.User.id == member.c.table_id)
        .where(member.c.group_id.in_(groups), member.c.table_name == "user", member.c.state == "active")
        .where(member.c.capacity.in_(ROLES[duty]), model.User.state == "active")
    )
    return sorted(model.Session.scalars(wanted.distinct()))


def organizations(user: str, duty: str) -> list[str] | None:
    """Return the ids of the organisations for whose datasets a user has a duty; None for all."""
    if authz.is_sysadmin(user) or (duty == PEMBINA and is_pembina(user)):
        return None
    if duty == PEMBINA:
        return []
    permission = EDITS if duty == PRODUSEN else ADMINISTERS
    found = tk.get_action("organization_list_for_user")({"user": user}, {"permission": permission})
    return [organization["id"] for organization in found]


def _pembina_organizations() -> list[str]:
    return tk.config["ckanext.satudatapmi.pembina_data"]
