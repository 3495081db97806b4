# Types of ckanext-harvest's tables, which it declares without annotations. Only what this project uses.
from datetime import datetime

from sqlalchemy import Table
from sqlalchemy.orm import Mapped

class _Row:
    __table__: Table
    def save(self) -> None: ...
    def __init__(self, **values: object) -> None: ...

class HarvestSource(_Row):
    id: Mapped[str]
    url: Mapped[str]
    title: Mapped[str]
    description: Mapped[str]
    config: Mapped[str | None]
    created: Mapped[datetime]
    type: Mapped[str]
    active: Mapped[bool]
    user_id: Mapped[str]
    publisher_id: Mapped[str]
    frequency: Mapped[str]
    next_run: Mapped[datetime | None]
    jobs: Mapped[list[HarvestJob]]

class HarvestJob(_Row):
    id: Mapped[str]
    created: Mapped[datetime]
    gather_started: Mapped[datetime | None]
    gather_finished: Mapped[datetime | None]
    finished: Mapped[datetime | None]
    source_id: Mapped[str]
    status: Mapped[str]
    source: Mapped[HarvestSource]

class HarvestObject(_Row):
    id: Mapped[str]
    guid: Mapped[str]
    current: Mapped[bool]
    gathered: Mapped[datetime]
    fetch_started: Mapped[datetime | None]
    content: Mapped[str | None]
    fetch_finished: Mapped[datetime | None]
    import_started: Mapped[datetime | None]
    import_finished: Mapped[datetime | None]
    state: Mapped[str]
    metadata_modified_date: Mapped[datetime | None]
    retry_times: Mapped[int]
    harvest_job_id: Mapped[str]
    harvest_source_id: Mapped[str]
    package_id: Mapped[str | None]
    report_status: Mapped[str | None]
    job: Mapped[HarvestJob]
    source: Mapped[HarvestSource]
    extras: Mapped[list[HarvestObjectExtra]]

class HarvestObjectExtra(_Row):
    id: Mapped[str]
    harvest_object_id: Mapped[str]
    key: Mapped[str]
    value: Mapped[str | None]

class HarvestGatherError(_Row):
    id: Mapped[str]
    harvest_job_id: Mapped[str]
    message: Mapped[str]
    created: Mapped[datetime]

class HarvestObjectError(_Row):
    id: Mapped[str]
    harvest_object_id: Mapped[str]
    message: Mapped[str]
    stage: Mapped[str]
    line: Mapped[int | None]
    created: Mapped[datetime]
