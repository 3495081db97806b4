"""Partners with their harvest sources, and what the catalogue must hold of each."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from typing import Any

import ckan.model as model
import ckan.plugins.toolkit as tk
import sqlalchemy as sa
from ckanext.harvest.model import HarvestJob, HarvestObject, HarvestSource

from ckanext.satudatapmi.harvesters import holds, ledger, staging
from tests.harvesters.conftest import site_context
from tests.harvesters.test_protocols_end_to_end import rows_of
from tests.partners.every import EveryPartner

DELETIONS, FEW = 0.2, 5
"""What the policy gate lets pass, as the site's defaults and `gate` have it."""


class Line:
    """A partner and its source.

    Attributes:
        by_schedule: whether the schedule starts its jobs.
        grace: whether datasets that vanish stay for some days.
    """

    def __init__(
        self, each: EveryPartner, source_id: str, organization: str, by_schedule: bool = False, grace: bool = False
    ) -> None:
        self.each, self.source_id, self.organization = each, source_id, organization
        self.by_schedule, self.grace = by_schedule, grace
        self._brought: set[int] = set()

    def start_job(self) -> None:
        """Have the source harvested, if it is not being harvested already."""
        if self.by_schedule:
            due = sa.update(HarvestSource).where(HarvestSource.id == self.source_id)
            model.Session.execute(due.values(next_run=ledger.now() - timedelta(minutes=1)))
            model.Session.commit()
        elif not self.open_jobs():
            tk.get_action("harvest_job_create")(site_context(), {"source_id": self.source_id, "run": False})

    def is_due(self) -> bool:
        """Tell whether the schedule has to start a job."""
        model.Session.rollback()
        due = sa.select(HarvestSource.next_run < ledger.now()).where(HarvestSource.id == self.source_id)
        return self.by_schedule and bool(model.Session.scalars(due).one())

    def open_jobs(self) -> list[str]:
        """Return the jobs that have not ended."""
        model.Session.rollback()
        query = sa.select(HarvestJob.id).where(HarvestJob.source_id == self.source_id, HarvestJob.status != "Finished")
        return list(model.Session.scalars(query))

    def accept_hold(self) -> bool:
        """Accept what is held, as an operator would who sees that the partner means it; False if nothing is."""
        model.Session.rollback()
        held = holds.open_hold(self.source_id)
        if held is None:
            return False
        known = [one.guid for one in ledger.accepted(self.source_id) if one.vanished is None]
        kinds = {one["kind"] for one in held.difference["reasons"]}
        vanished = held.difference["vanished"]
        must = vanished > FEW and vanished > DELETIONS * len(known)
        assert must and kinds == {"deletions"}, f"{self.each.type} is held without need: {held.difference}"
        holds.accept(self.source_id, "admin", "")
        return True

    def faults(self) -> list[str]:
        """Return what is not as it must be, in words."""
        model.Session.remove()
        faults = (*self._left_over(), *self._catalogue(), *self._found())
        self._brought |= self.each.there.keys()
        return [f"{self.each.type}: {fault}" for fault in faults]

    def _left_over(self) -> list[str]:
        """Say what runs have left: open jobs, open objects, runs that wait, records or current objects too many."""
        faults = [f"job {job} is open" for job in self.open_jobs()]
        of_source = HarvestObject.harvest_source_id == self.source_id
        objects = sa.select(HarvestObject.id).where(of_source, HarvestObject.state.not_in(staging.ENDED))
        faults += [f"object {one} is open" for one in model.Session.scalars(objects)]
        current = sa.select(HarvestObject.package_id).where(of_source, HarvestObject.current.is_(True))
        twice = [one for one, count in Counter(model.Session.scalars(current)).items() if count > 1]
        faults += [f"dataset {one} has two current objects" for one in twice]
        runs = sa.select(ledger.RUN.c.stage).where(ledger.RUN.c.source_id == self.source_id)
        waiting = runs.where(ledger.RUN.c.stage.in_(("gather", "write")))
        faults += [f"a run is in stage {stage}" for stage in model.Session.scalars(waiting)]
        held = holds.open_hold(self.source_id)
        return faults + ([f"held: {held.difference}"] if held else [])

    def _catalogue(self) -> list[str]:
        each, shown = self.each, self._shown()
        records = {one.guid: one for one in ledger.accepted(self.source_id)}
        faults = []
        if records.keys() != {one["id"] for one in shown}:
            faults.append("the records that count as accepted are not those of the datasets")
        here = [one for one in shown if one["id"] in records and records[one["id"]].vanished is None]
        faults += self._kept([one["title"] for one in shown if one not in here])
        titles = Counter(one["title"] for one in here)
        expected = Counter(each.titles())
        faults += [f"missing: {title}" for title in (expected - titles).elements()]
        faults += [f"too many: {title}" for title in (titles - expected).elements()]
        by_title = {one["title"]: one for one in here}
        for number in each.there:
            if dataset := by_title.get(each.title(number)):
                faults += [f"{dataset['title']}: {fault}" for fault in self._dataset(number, dataset)]
        return faults

    def _kept(self, vanished: list[str]) -> list[str]:
        """Compare the datasets that count as vanished with those that the partner took away.

        What came and went between two harvests was never here.
        """
        gone = self.each.gone if self.grace else {}
        may, must = ({self.each.title(one) for one in those} for those in (gone, gone.keys() & self._brought))
        faults = [f"counts as vanished: {title}" for title in (Counter(vanished) - Counter(may)).elements()]
        return faults + [f"not kept though its days of grace are not over: {one}" for one in must - set(vanished)]

    def _dataset(self, number: int, dataset: dict[str, Any]) -> list[str]:
        faults = []
        if self.each.told(number) not in dataset["title"] + dataset["notes"]:
            faults.append(f"says {dataset['notes']!r} instead of {self.each.told(number)!r}")
        files = Counter((one["url"], one["name"]) for one in dataset["resources"])
        if not files or max(files.values()) > 1:
            faults.append(f"has these files: {files}")
        events = sa.text("SELECT count(*) FROM activity WHERE object_id = :id AND activity_type = 'new package'")
        if (count := model.Session.execute(events, {"id": dataset["id"]}).scalar()) != 1:
            faults.append(f"was new {count} times")
        tables = [one for one in dataset["resources"] if one["datastore_active"]]
        if len(tables) != bool(self.each.figures):
            return [*faults, f"has {len(tables)} tables"]
        for table in tables:
            if (rows := rows_of(table["id"], self.each.figures)) != self.each.rows(number):
                faults.append(f"has rows {rows} instead of {self.each.rows(number)}")
            views = tk.get_action("resource_view_list")(site_context(), {"id": table["id"]})
            if len(views) != 1:
                faults.append(f"has {len(views)} views")
        return faults

    def _found(self) -> list[str]:
        """Compare the search index with the database."""
        query = {"fq": f"organization:{self.organization} +dataset_type:dataset", "rows": 1000, "use_default_schema": 0}
        found = tk.get_action("package_search")(site_context(), query)["results"]
        told = {(one["id"], one["title"], one["notes"], _tables(one)) for one in found}
        stored = {(one["id"], one["title"], one["notes"], _tables(one)) for one in self._shown()}
        return [f"search and database differ: {sorted(told ^ stored)}"] if told != stored else []

    def _shown(self) -> list[dict[str, Any]]:
        query = sa.select(model.Package.id).where(
            model.Package.owner_org == self._organization_id(),
            model.Package.type == "dataset",
            model.Package.state == "active",
        )
        ids = list(model.Session.scalars(query))
        return [tk.get_action("package_show")(site_context(), {"id": one}) for one in ids]

    def _organization_id(self) -> str:
        return model.Session.scalars(sa.select(model.Group.id).where(model.Group.name == self.organization)).one()


def _tables(dataset: dict[str, Any]) -> int:
    return sum(bool(one.get("datastore_active")) for one in dataset["resources"])
