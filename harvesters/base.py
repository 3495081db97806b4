"""What all harvesters of this extension share: a protocol, and the pipeline that runs it.

ckanext-harvest knows each as an IHarvester. Its gather stage runs the whole job, so that also stock consumers and the
stock command line can run it; no object ever waits in the queue for a fetch stage.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

import ckan.model as model
import ckan.plugins as p
import ckan.plugins.toolkit as tk
from ckanext.harvest.harvesters.base import HarvesterBase
from ckanext.harvest.interfaces import IHarvester
from ckanext.harvest.model import HarvestJob, HarvestObject, HarvestObjectError, HarvestSource

from ckanext.satudatapmi.harvesters import configuration, importer, ledger, rewriting, staging, working
from ckanext.satudatapmi.harvesters.ending import site_language
from ckanext.satudatapmi.harvesters.mapping import SourceContext
from ckanext.satudatapmi.harvesters.protocols.base import PartnerProtocol, Session, SourceSettings
from ckanext.satudatapmi.harvesters.session import configured_session
from ckanext.satudatapmi.schemas.convert import short

log = logging.getLogger(__name__)


class PartnerHarvester(HarvesterBase):
    """A harvester for one protocol."""

    protocol: PartnerProtocol

    def info(self) -> dict[str, Any]:
        """Return what ckanext-harvest shows of it in the form of a source."""
        return {
            "name": self.protocol.name,
            "title": self.protocol.title(),
            "description": self.protocol.help(),
            "form_config_interface": "Text",
        }

    def validate_config(self, config: str | None) -> str | None:
        """Check the configuration of a source.

        Raises:
            ConfigurationError: it is wrong; the message says what is.
        """
        configuration.check(config, self.protocol.options)
        return config

    def harvester(self) -> working.Harvester:
        """Return what the pipeline needs to know."""
        return working.Harvester(self.protocol, self._get_user_name(), self.session, self.settings)

    def settings(self, source: HarvestSource) -> SourceSettings:
        """Return name, address and configuration of a source.

        Raises:
            ConfigurationError: its configuration is wrong.
        """
        name = model.Session.get_one(model.Package, source.id).name
        keys = tk.aslist(tk.config.get(configuration.KEYS))
        values = configuration.values(source.config, self.protocol.options, source.url, keys)
        return SourceSettings(name, source.url, values, source.title or name)

    def session(self, heartbeat: Callable[[], None], patient: bool) -> Session:
        """Return the session of a run."""
        return configured_session(heartbeat, patience=None if patient else working.PATIENCE_SECONDS)

    def gather_stage(self, harvest_job: HarvestJob) -> list[str]:
        """Run the whole job; nothing is left for the queue."""
        working.run_job(harvest_job.id, "gather", self.harvester())
        return []

    def fetch_stage(self, harvest_object: HarvestObject) -> bool:
        """Do nothing: the record came with the catalogue."""
        return True

    def import_stage(self, harvest_object: HarvestObject) -> bool | str:
        """Write the dataset of one record again; never raises, or the queue's consumer would end."""
        object_id = harvest_object.id
        try:
            with site_language():
                return self._write_again(harvest_object)
        except Exception as error:
            log.exception("harvest object failed while importing: object=%s", object_id)
            model.Session.rollback()
            message = f"{type(error).__name__}: {short(str(error), 200)}"
            obj = model.Session.get_one(HarvestObject, object_id)
            model.Session.add(HarvestObjectError(message=message, object=obj, stage="Import"))
            model.Session.commit()
            return False

    def _write_again(self, obj: HarvestObject) -> bool | str:
        (one,) = staging.whole([obj.id])
        stored = model.Session.get(model.Package, one.guid)
        is_deleted = stored.state == "deleted" if stored else ledger.deleted_here(obj.source.id, [one.guid])
        if is_deleted:
            return "unchanged"
        if self.harvester().write is not None:
            # Its file is not kept with the record: the next harvest fetches and writes it.
            ledger.compare_anew([one.guid])
            model.Session.commit()
            return "unchanged"
        package = model.Session.get_one(model.Package, obj.source.id)
        source = SourceContext(package.name, package.owner_org or "")
        outcome = rewriting.write_again(one, source, self._get_user_name(), is_latest=bool(obj.current))
        return "unchanged" if outcome == importer.NOT_MODIFIED else True

    def get_original_url(self, harvest_object_id: str) -> str | None:
        """Return the address of the catalogue or table that an object came from."""
        obj = model.Session.get(HarvestObject, harvest_object_id)
        return obj.source.url if obj else None


def known_harvester(source_type: str) -> PartnerHarvester | None:
    """Return the harvester of a type of source, if the pipeline runs it; None for any other's."""
    return next((one for one in _harvesters() if one.protocol.name == source_type), None)


def pipeline_types() -> list[str]:
    """Return the types of sources that the pipeline runs."""
    return [one.protocol.name for one in _harvesters()]


def protocols() -> list[PartnerProtocol]:
    """Return the protocols that the pipeline runs."""
    return [one.protocol for one in _harvesters()]


def _harvesters() -> list[PartnerHarvester]:
    return [one for one in p.PluginImplementations(IHarvester) if isinstance(one, PartnerHarvester)]
