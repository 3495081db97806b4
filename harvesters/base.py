"""What all harvesters of this extension share: they never stop the queue, and say in words what went wrong."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from contextlib import AbstractContextManager
from typing import Any

import ckan.model as model
import ckan.plugins.toolkit as tk
from ckanext.harvest.harvesters.base import HarvesterBase
from ckanext.harvest.model import HarvestGatherError, HarvestJob, HarvestObject, HarvestObjectError, HarvestSource
from flask_babel import force_locale

from ckanext.satudatapmi.harvesters import importer, report, state
from ckanext.satudatapmi.harvesters.addresses import AllowedHosts
from ckanext.satudatapmi.harvesters.configuration import ConfigurationError
from ckanext.satudatapmi.harvesters.datajson import CatalogueError
from ckanext.satudatapmi.harvesters.fetch import Fetcher, FetchError, FetchLimits
from ckanext.satudatapmi.harvesters.mapping import SourceContext
from ckanext.satudatapmi.harvesters.report import Gathered
from ckanext.satudatapmi.schemas.convert import short

log = logging.getLogger(__name__)


def configured_fetcher() -> Fetcher:
    """Return a fetcher with the limits of the site's configuration."""
    return Fetcher(
        allowed=AllowedHosts.of(tk.aslist(tk.config.get("ckanext.satudatapmi.harvest.allowed_hosts"))),
        limits=FetchLimits(
            total=float(tk.config.get("ckanext.satudatapmi.harvest.timeout_seconds")),
            max_bytes=int(tk.config.get("ckanext.satudatapmi.harvest.max_bytes")),
        ),
        user_agent=f"ckanext-satudatapmi (+{tk.config.get('ckan.site_url')})",
    )


def site_language() -> AbstractContextManager[None]:
    """Return a context in which texts are in the site's own language: what a harvest stores has no one visitor."""
    return force_locale(tk.config["ckan.locale_default"])


class SatuDataHarvester(HarvesterBase):
    """A harvester whose gather stage tells what is to be done, and whose import stage does it in batches."""

    def gather_stage(self, harvest_job: HarvestJob) -> list[str]:
        """Return the ids of the objects that belong in the queue; never raises, or the queue's consumer would end."""
        with site_language():
            return self._gather(harvest_job)

    def _gather(self, harvest_job: HarvestJob) -> list[str]:
        job_id = harvest_job.id
        name = ""
        try:
            name = state.source_name(harvest_job.source_id)
            return self.gather(harvest_job, self.source_context(harvest_job.source))
        except (FetchError, CatalogueError, ConfigurationError) as error:
            return self._failed(job_id, name, str(error))
        except Exception as error:
            log.exception("harvest job failed while gathering: job=%s source=%s", job_id, name)
            return self._failed(job_id, name, f"{type(error).__name__}: {short(str(error), 200)}")

    def gather(self, job: HarvestJob, source: SourceContext) -> list[str]:
        """Store what is to be done and return the ids that belong in the queue.

        Raises:
            FetchError, CatalogueError, ConfigurationError: the source cannot be used; nothing was changed.
        """
        raise NotImplementedError

    def fetch_stage(self, harvest_object: HarvestObject) -> bool:
        """Do nothing: the record came with the catalogue."""
        return True

    def import_stage(self, harvest_object: HarvestObject) -> bool | str:
        """Import an object and the rest of its batch; never raises, or the queue's consumer would end."""
        object_id = harvest_object.id
        try:
            with site_language():
                return self._import(harvest_object)
        except Exception as error:
            log.exception("harvest object failed while importing: object=%s", object_id)
            model.Session.rollback()
            self._give_up(object_id, f"{type(error).__name__}: {short(str(error), 200)}")
            return False

    def _import(self, obj: HarvestObject) -> bool | str:
        # An object that was done before is imported again by itself: by hand, or because the queue brought it twice.
        others = state.open_members(obj) if obj.report_status is None and state.job_is_open(obj) else []
        ids = [obj.id, *(one.id for one in others)]
        outcomes = self.import_objects([obj, *others], self.source_context(obj.source))
        for object_id in ids[1:]:
            importer.finish(model.Session.get_one(HarvestObject, object_id), outcomes[object_id])
        model.Session.commit()
        return _stage_result(outcomes[ids[0]])

    def _give_up(self, object_id: str, message: str) -> None:
        """Mark what is left of a batch as failed, so that the job can end; the next harvest tries again."""
        obj = model.Session.get_one(HarvestObject, object_id)
        others = state.open_members(obj) if obj.report_status is None else []
        for one in (obj, *others):
            model.Session.add(HarvestObjectError(message=message, object=one, stage="Import"))
        for one in others:
            importer.finish(one, importer.ERRORED)
        model.Session.commit()

    def import_objects(self, objects: Sequence[HarvestObject], source: SourceContext) -> dict[str, str]:
        """Do what objects say and commit; returns what became of each by its id."""
        return importer.import_objects(objects, source, self._get_user_name())

    def get_original_url(self, harvest_object_id: str) -> str | None:
        """Return the address of the catalogue or table that an object came from."""
        obj = model.Session.get(HarvestObject, harvest_object_id)
        return obj.source.url if obj else None

    def source_context(self, source: HarvestSource) -> SourceContext:
        """Return what the mapping needs to know of a source.

        Raises:
            ConfigurationError: no organisation owns it.
        """
        package = model.Session.get_one(model.Package, source.id)
        if not package.owner_org:
            raise ConfigurationError(
                tk._(
                    "The harvest source {name} belongs to no organisation. Give it one: its datasets go there."
                ).format(name=package.name)
            )
        return SourceContext(package.name, package.owner_org)

    def store_errors(self, job_id: str, messages: Sequence[str]) -> None:
        """Store errors of the gather stage; the caller commits."""
        job = model.Session.get_one(HarvestJob, job_id)
        model.Session.add_all([HarvestGatherError(message=message, job=job) for message in messages])

    def _failed(self, job_id: str, name: str, message: str) -> list[str]:
        model.Session.rollback()
        words = tk._("Source {name}: {message}").format(name=name, message=message)
        self.store_errors(job_id, [words])
        report.save(job_id, Gathered(source=name, error=words))
        return []


def _stage_result(outcome: str) -> bool | str:
    """Return an outcome as ckanext-harvest's import stage tells it."""
    return {importer.ERRORED: False, importer.NOT_MODIFIED: "unchanged"}.get(outcome, True)


def harvester_info(name: str, title: str, description: str) -> dict[str, Any]:
    """Return what ckanext-harvest shows of a harvester in the form of a source."""
    return {"name": name, "title": title, "description": description, "form_config_interface": "Text"}
