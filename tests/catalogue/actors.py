"""One person for each duty, in a portal with an organisation and pembina data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import ckan.plugins.toolkit as tk
from ckan.tests import factories

from tests.catalogue.complete import COMPLETE, CSV

ROLES = ("anonymous", "outsider", "member", "produsen", "walidata", "pembina", "sysadmin")
PEMBINA_ORGANIZATION = "bps"


@dataclass(frozen=True)
class Cast:
    """The organisation, and the names of the people by role; "" is a visitor."""

    organization: dict[str, Any]
    people: dict[str, str]

    def act(self, role: str, action: str, **values: Any) -> Any:
        """Call an action as somebody would by the API."""
        name = self.people[role]
        return tk.get_action(action)({"user": name, "ignore_auth": False}, values)

    def dataset(self, role: str = "produsen", **values: Any) -> dict[str, Any]:
        """Make a complete dataset."""
        name = factories.Dataset.stub().name
        given = COMPLETE | {"name": name, "owner_org": self.organization["id"], "resources": [CSV]} | values
        return self.act(role, "package_create", **given)

    def at(self, *steps: str, **values: Any) -> dict[str, Any]:
        """Make a dataset and take steps with it: `walidata:return` is a step of walidata."""
        dataset = self.dataset(**values)
        for taken in steps:
            role, step = taken.split(":")
            self.act(role, f"satudata_dataset_{step}", id=dataset["id"], reason="Alasan")
        return dataset

    def headers(self, role: str) -> dict[str, str]:
        """Return what a request of somebody carries."""
        return {"Authorization": factories.APIToken(user=self.people[role])["token"]}


def cast() -> Cast:
    """Make the organisation and the people."""
    people = {role: factories.User()["name"] for role in ("outsider", "member", "produsen", "walidata", "pembina")}
    people |= {"anonymous": "", "sysadmin": factories.Sysadmin()["name"]}
    capacities = {"member": "member", "produsen": "editor", "walidata": "admin"}
    users = [{"name": people[role], "capacity": capacity} for role, capacity in capacities.items()]
    organization = factories.Organization(users=users)
    factories.Organization(name=PEMBINA_ORGANIZATION, users=[{"name": people["pembina"], "capacity": "editor"}])
    return Cast(organization, people)
