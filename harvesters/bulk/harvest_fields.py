"""What ckanext-harvest adds to the search index of each dataset, with one question to the database for a whole batch.

Its plugin asks for the harvest object and the source of each dataset, which takes a fifth of the time of a harvest. It
then writes the same as here: three values in the document, and in both copies of the dataset that the document holds.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

import ckan.model as model
import ckan.plugins as p
import sqlalchemy as sa
from ckanext.harvest.model import HarvestObject, HarvestSource
from ckanext.harvest.plugin import Harvest

COPIES = ("data_dict", "validated_data_dict")


class HarvestedPackages:
    """Datasets that are indexed together.

    Args:
        package_ids: of the datasets.
    """

    def __init__(self, package_ids: Sequence[str]) -> None:
        query = sa.select(HarvestObject.package_id, HarvestObject.id, HarvestSource.id, HarvestSource.title)
        query = query.join_from(HarvestObject, HarvestSource, HarvestSource.id == HarvestObject.harvest_source_id)
        query = query.where(HarvestObject.package_id.in_(package_ids), HarvestObject.current.is_(True))
        rows = model.Session.execute(query.order_by(HarvestObject.import_finished.asc().nulls_last()))
        names = ("harvest_object_id", "harvest_source_id", "harvest_source_title")
        self._fields: dict[str, dict[str, Any]] = {row[0]: dict(zip(names, row[1:], strict=True)) for row in rows}

    def plugins(self, interface: type[p.Interface]) -> Iterator[Any]:
        """Yield the plugins that implement an interface; in place of ckanext-harvest's one that asks nothing."""
        for plugin in p.PluginImplementations(interface):
            yield self if type(plugin) is Harvest else plugin

    def before_dataset_index(self, document: dict[str, Any]) -> dict[str, Any]:
        """Add to the document of a dataset from which source it is."""
        fields = self._fields.get(document["id"])
        if fields is None:
            return document
        copies = {name: json.dumps(_added(json.loads(document[name]), fields)) for name in COPIES}
        return {**fields, **document, **copies}


def _added(dataset: dict[str, Any], fields: dict[str, Any]) -> dict[str, Any]:
    """Return a dataset with fields: in place of those that it has, else as extras."""
    for name, value in fields.items():
        if name in dataset:
            dataset[name] = value
            continue
        extras = dataset["extras"] = dataset.get("extras") or []
        same = next((extra for extra in extras if extra.get("key") == name), None)
        if same is None:
            extras.append({"key": name, "value": value})
        else:
            same["value"] = value
    return dataset
