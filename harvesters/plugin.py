"""The harvesters, as plugins of ckanext-harvest."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import ckan.plugins as p
import ckan.plugins.toolkit as tk
from ckanext.harvest.model import HarvestJob, HarvestObject

from ckanext.satudatapmi.harvesters import actions, catalogue, configuration, published, report, state
from ckanext.satudatapmi.harvesters.base import SatuDataHarvester, configured_fetcher, harvester_info
from ckanext.satudatapmi.harvesters.mapping import SourceContext


class DataJsonHarvester(SatuDataHarvester):
    """Harvests a data.json (Project Open Data 1.1, as Satu Data Indonesia uses it). Brings the actions, too."""

    p.implements(p.IActions)
    p.implements(p.IAuthFunctions)

    def get_actions(self) -> dict[str, Any]:
        """Return the actions by name."""
        return actions.get_actions()

    def get_auth_functions(self) -> dict[str, Any]:
        """Return who may call them."""
        return actions.get_auth_functions()

    def info(self) -> dict[str, Any]:
        """Return name, title and description."""
        return harvester_info(
            "data_json",
            "Satu Data: data.json",
            tk._("A catalogue in Project Open Data 1.1 (DCAT-US), as the national portal takes it."),
        )

    def validate_config(self, config: str | None) -> str | None:
        """Check base_url, mirror and paged."""
        configuration.check_data_json(config)
        return config

    def gather(self, job: HarvestJob, source: SourceContext) -> list[str]:
        """Fetch and read the catalogue; store one object for each record that is new or changed, or vanished."""
        known = state.known_notes(job.source_id)
        fetcher = configured_fetcher()
        accept = "application/json, application/ld+json;q=0.9, */*;q=0.5"
        result = catalogue.gather(
            job.source.url,
            source,
            configuration.parse(job.source.config),
            known,
            lambda url: fetcher.fetch(url, accept=accept),
        )
        self.store_errors(job.id, result.errors)
        ids = state.create_objects(job, result.plan.tasks, result.base_url)
        report.save(job.id, result.gathered)
        return ids


class PublishedTableHarvester(SatuDataHarvester):
    """Harvests a table that a partner publishes as a file: CSV, XLSX, XLS, ODS."""

    def info(self) -> dict[str, Any]:
        """Return name, title and description."""
        return harvester_info(
            "published_table",
            "Satu Data: published table",
            tk._("A CSV or spreadsheet file at an address, described by a few lines."),
        )

    def validate_config(self, config: str | None) -> str | None:
        """Check table and dataset."""
        configuration.check_table(config)
        return config

    def gather(self, job: HarvestJob, source: SourceContext) -> list[str]:
        """Fetch the file; store one object if it, or its description, changed."""
        return published.gather(job, source, configured_fetcher())

    def import_objects(self, objects: Sequence[HarvestObject], source: SourceContext) -> dict[str, str]:
        """Bring the files in as datasets with their raw file and a tidy table."""
        user, fetcher = self._get_user_name(), configured_fetcher()
        return {obj.id: published.import_object(obj, source, user, fetcher) for obj in objects}
