"""Who finds and sees a dataset (CKAN's permission labels)."""

from __future__ import annotations

import ckan.model as model
from ckan.lib.plugins import DefaultPermissionLabels

from ckanext.satudatapmi.catalogue import checking, duties
from ckanext.satudatapmi.catalogue.reviews import STATUS_FIELD
from ckanext.satudatapmi.catalogue.workflow import PEMBINA

PEMBINA_LABEL = "satudata-pembina"


class PermissionLabels(DefaultPermissionLabels):
    """CKAN's labels, but what waits for its approval is not public, and pembina data see what they have to check."""

    def get_dataset_labels(self, dataset_obj: model.Package) -> list[str]:
        """Return the labels of a dataset; whoever has one of them sees it."""
        labels = super().get_dataset_labels(dataset_obj)
        # Only a dataset that is not approved can be waiting: for all others nothing has to be looked up.
        if (dataset_obj.extras or {}).get(STATUS_FIELD) not in checking.STARTS:
            return labels
        position = checking.position_of({"id": dataset_obj.id})
        if not position.published:
            labels = [label for label in labels if label != "public"] or [f"member-{dataset_obj.owner_org}"]
        return [*labels, PEMBINA_LABEL] if position.turn == PEMBINA else labels

    def get_user_dataset_labels(self, user_obj: model.User | None) -> list[str]:
        """Return the labels that a user has."""
        labels = super().get_user_dataset_labels(user_obj)  # pyright: ignore[reportArgumentType]
        return [*labels, PEMBINA_LABEL] if user_obj and duties.is_pembina(user_obj.name) else labels
