"""Who finds and sees a dataset (CKAN's permission labels)."""

from __future__ import annotations

import ckan.model as model
from ckan.lib.plugins import DefaultPermissionLabels

from ckanext.satudatapmi.catalogue import access_requests, checking, duties
from ckanext.satudatapmi.catalogue.workflow import PEMBINA

PEMBINA_LABEL = "satudata-pembina"


class PermissionLabels(DefaultPermissionLabels):
    """CKAN's labels, with the workflow's and those of limited data.

    What waits for its approval is not public, and pembina data see what they have to check. A private dataset that is
    approved carries a label of its own, which those have whom walidata let see it, as long as they do: nothing has to
    be indexed anew when access begins or ends.
    """

    def get_dataset_labels(self, dataset_obj: model.Package) -> list[str]:
        """Return the labels of a dataset; whoever has one of them sees it."""
        labels = super().get_dataset_labels(dataset_obj)
        limited = [granted_label(dataset_obj.id)] if dataset_obj.private and dataset_obj.state == "active" else []
        position = checking.position_of({"id": dataset_obj.id})
        if not position.published:
            labels = [label for label in labels if label != "public"] or [f"member-{dataset_obj.owner_org}"]
            limited = []
        return [*labels, *limited, PEMBINA_LABEL] if position.turn == PEMBINA else [*labels, *limited]

    def get_user_dataset_labels(self, user_obj: model.User | None) -> list[str]:
        """Return the labels that a user has."""
        labels = super().get_user_dataset_labels(user_obj)  # pyright: ignore[reportArgumentType]
        if not user_obj or user_obj.is_anonymous:
            return labels
        granted = [granted_label(package_id) for package_id in access_requests.granted_to(user_obj.id)]
        return [*labels, *granted, *([PEMBINA_LABEL] if duties.is_pembina(user_obj.name) else [])]


def granted_label(package_id: str) -> str:
    """Return the label of those whom walidata let see a dataset."""
    return f"satudata-granted-{package_id}"
