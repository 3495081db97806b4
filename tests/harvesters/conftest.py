"""A portal with one partner, its web server and a harvest source, and harvests run without the queue."""

from __future__ import annotations

import json
import uuid
from dataclasses import dataclass

import pytest

from tests.harvesters import servers


@pytest.fixture
def partner():
    with servers.partner_server() as server:
        yield server


@dataclass
class Harvest:
    """A harvest source and what its jobs did."""

    source_id: str
    name: str
    organization: str

    def run(self):
        """Harvest once, all stages, and return the report."""
        import ckan.plugins.toolkit as tk
        from ckanext.harvest.model import HarvestJob

        job = tk.get_action("harvest_job_create")(site_context(), {"source_id": self.source_id, "run": False})
        job = HarvestJob.get(job["id"])
        job.status = "Running"
        job.save()
        return self.work(job.id)

    def work(self, job_id):
        """Do a job as a worker does, which puts one with a slow partner off once; returns the report."""
        import ckan.model as model
        from ckanext.harvest.model import HarvestJob

        from ckanext.satudatapmi.harvesters import base, working
        from ckanext.satudatapmi.harvesters.report import harvest_report

        harvester = base.known_harvester(HarvestJob.get(job_id).source.type).harvester()
        if not working.run_job(job_id, "test", harvester):
            working.run_job(job_id, "test", harvester)
        model.Session.expire_all()
        return harvest_report(job_id)

    def errors(self):
        """Return the messages of the latest job, gathering's first."""
        import ckan.model as model
        import sqlalchemy as sa
        from ckanext.harvest.model import HarvestGatherError, HarvestJob, HarvestObject, HarvestObjectError

        job = model.Session.scalars(
            sa.select(HarvestJob).where(HarvestJob.source_id == self.source_id).order_by(HarvestJob.created.desc())
        ).first()
        gather = sa.select(HarvestGatherError.message).where(HarvestGatherError.harvest_job_id == job.id)
        imports = (
            sa.select(HarvestObjectError.message)
            .join(HarvestObject, HarvestObject.id == HarvestObjectError.harvest_object_id)
            .where(HarvestObject.harvest_job_id == job.id)
        )
        return [*model.Session.scalars(gather), *model.Session.scalars(imports)]

    def datasets(self):
        """Return every active dataset of the source by its identifier there."""
        import ckan.model as model
        import ckan.plugins.toolkit as tk
        import sqlalchemy as sa

        model.Session.expire_all()
        ids = model.Session.scalars(
            sa.select(model.Package.id).where(
                model.Package.owner_org == self.organization,
                model.Package.type == "dataset",
                model.Package.state == "active",
            )
        )
        shown = [tk.get_action("package_show")(site_context(), {"id": one}) for one in ids]
        return {dataset.get("source_identifier", dataset["title"]): dataset for dataset in shown}


def forget_address(url):
    """Let an address be a source's again: another run of the tests may have had a server on the same port."""
    import ckan.model as model
    import sqlalchemy as sa

    moved = f"http://gone.invalid/{uuid.uuid4()}"
    model.Session.execute(
        sa.update(model.Package).where(model.Package.type == "harvest", model.Package.url == url).values(url=moved)
    )
    model.Session.commit()


def site_context():
    import ckan.model as model
    import ckan.plugins.toolkit as tk

    user = tk.get_action("get_site_user")({"ignore_auth": True}, {})
    return {"user": user["name"], "ignore_auth": True, "model": model, "session": model.Session}


def organization_of(name):
    """Return the organisation of this name, made if it is not there."""
    import ckan.plugins.toolkit as tk

    try:
        return tk.get_action("organization_show")(site_context(), {"id": name})
    except tk.ObjectNotFound:
        return tk.get_action("organization_create")(site_context(), {"name": name, "title": "Penerbit contoh"})


@pytest.fixture
def harvest_of(with_plugins, monkeypatch):
    """Return a function that makes a harvest source for an address, with an organisation of its own or one by name."""
    import ckan.plugins.toolkit as tk

    monkeypatch.setitem(tk.config, "ckanext.satudatapmi.harvest.allowed_hosts", ["127.0.0.1"])
    monkeypatch.setitem(tk.config, "ckanext.satudatapmi.harvest.timeout_seconds", 3)
    monkeypatch.setitem(tk.config, "ckanext.satudatapmi.harvest.pause_seconds", 0)
    monkeypatch.setitem(tk.config, "ckanext.satudatapmi.harvest.retries", 0)
    monkeypatch.setitem(tk.config, "ckanext.satudatapmi.harvest.failures_before_rest", 1000)
    # Vanished datasets are deleted at once, unless a test is about the days of grace.
    monkeypatch.setitem(tk.config, "ckanext.satudatapmi.harvest.grace_days", 0)
    # What a harvest stores is in the site's own language; English words are the ones in the code.
    monkeypatch.setitem(tk.config, "ckan.locale_default", "en")

    def make(url, source_type="data_json", config=None, title="Sumber contoh", frequency="MANUAL", publisher=None):
        name = f"sumber-{uuid.uuid4().hex[:10]}"
        forget_address(url)
        organization = organization_of(publisher or name)
        source = tk.get_action("harvest_source_create")(
            site_context(),
            {
                "name": name,
                "title": title,
                "url": url,
                "source_type": source_type,
                "owner_org": organization["id"],
                "config": json.dumps(config) if config else "",
                "frequency": frequency,
            },
        )
        return Harvest(source["id"], name, organization["id"])

    return make
