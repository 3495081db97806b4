"""The harvesters, as plugins of ckanext-harvest: one for each protocol."""

from __future__ import annotations

from typing import Any

import ckan.plugins as p

from ckanext.satudatapmi.harvesters import actions, configuration, published, working
from ckanext.satudatapmi.harvesters.base import PartnerHarvester
from ckanext.satudatapmi.harvesters.protocols.datajson import DataJson
from ckanext.satudatapmi.harvesters.protocols.table import PublishedTable


class DataJsonHarvester(PartnerHarvester):
    """Harvests a data.json (Project Open Data 1.1, as Satu Data Indonesia uses it). Brings the actions, too."""

    protocol = DataJson()

    p.implements(p.IActions)
    p.implements(p.IAuthFunctions)

    def get_actions(self) -> dict[str, Any]:
        """Return the actions by name."""
        return actions.get_actions()

    def get_auth_functions(self) -> dict[str, Any]:
        """Return who may call them."""
        return actions.get_auth_functions()


class PublishedTableHarvester(PartnerHarvester):
    """Harvests a table that a partner publishes as a file: CSV, XLSX, XLS, ODS."""

    protocol = PublishedTable()

    def validate_config(self, config: str | None) -> str | None:
        """Check the description of the table, too."""
        configuration.check_table(config, self.protocol.options)
        return config

    def harvester(self) -> working.Harvester:
        """Return what the pipeline needs to know: files come in one by one."""
        return working.Harvester(
            self.protocol, self._get_user_name(), self.session, self.settings, write=self._write_tables
        )

    def _write_tables(self, writer: Any, ids: Any) -> Any:
        return published.write_tables(writer, ids, self.session(writer.lease.check, True))
