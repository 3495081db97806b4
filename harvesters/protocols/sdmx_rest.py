"""SDMX REST: dataflows of a statistical service (ILO, UNSD, ECB, BPS) with their figures and the names of their codes.

    2.1   /dataflow/{agency}/{id}/{version}?references=descendants    /data/{flow}/{key}?startPeriod=
    3.0   /structure/dataflow/{agency}/{id}/{version}?references=...  /data/dataflow/{flow}/{key}?c[TIME_PERIOD]=

SDMX-CSV is asked for first; SDMX-ML and SDMX-JSON are taken where a service knows nothing else.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode

from ckanext.satudatapmi.harvesters.datajson import CatalogueError
from ckanext.satudatapmi.harvesters.failures import FetchError
from ckanext.satudatapmi.harvesters.protocols import sdmx_messages
from ckanext.satudatapmi.harvesters.protocols.base import (
    Entry,
    Features,
    Option,
    Page,
    PartnerProtocol,
    PartnerTable,
    Reading,
    Session,
    SourceSettings,
    digest_of,
)
from ckanext.satudatapmi.harvesters.protocols.paging import all_made, pages
from ckanext.satudatapmi.harvesters.protocols.rows import Columns, Rows
from ckanext.satudatapmi.harvesters.protocols.sdmx_messages import Dataflow
from ckanext.satudatapmi.text import _

FLOWS_A_PAGE = 10
STRUCTURES = "application/vnd.sdmx.structure+xml;version=2.1, application/xml;q=0.8, */*;q=0.5"
DATA = (
    "application/vnd.sdmx.data+csv;version=1.0.0, application/vnd.sdmx.data+csv;version=2.0.0;q=0.9, "
    "application/vnd.sdmx.genericdata+xml;version=2.1;q=0.8, application/vnd.sdmx.data+json;version=1.0.0;q=0.7, "
    "*/*;q=0.5"
)
NOT_ACCEPTABLE = frozenset({406, 415})
YEAR = re.compile(r"[12]\d{3}")
LATEST = {"2.1": "latest", "3.0": "~"}
ALL = {"2.1": "all", "3.0": "*"}


@dataclass(frozen=True)
class _Flow:
    """A dataflow as a source names it: agency, id and version."""

    agency: str
    id: str
    version: str

    @property
    def name(self) -> str:
        """By which pages are told apart."""
        return f"{self.agency},{self.id},{self.version}"


class SdmxRest(PartnerProtocol):
    """A service of statistics that speaks SDMX."""

    name = "sdmx"
    features = Features(tables=True)
    options = (
        Option("version", "choice", lambda: _("Version of SDMX"), default="2.1", choices=("2.1", "3.0")),
        Option(
            "agency",
            "text",
            lambda: _("Agency"),
            lambda: _("Whose dataflows are taken, such as ILO; of all if none is given."),
            default="all",
            role="filter",
        ),
        Option(
            "dataflows",
            "list",
            lambda: _("Dataflows"),
            lambda: _("Such as DF_MIGRANTS or ILO,DF_MIGRANTS,1.0; all of the agency if none is given."),
            default=[],
            role="filter",
        ),
        Option(
            "key",
            "text",
            lambda: _("Series"),
            lambda: _("Codes of the dimensions with dots between them, such as A.IDN..; all series if none is given."),
            default="",
            role="filter",
        ),
        Option(
            "start_period", "text", lambda: _("First period"), lambda: _("Such as 2015."), default="", role="filter"
        ),
        Option(
            "end_period", "text", lambda: _("Last period"), lambda: _("Such as 2024-Q4."), default="", role="filter"
        ),
        Option("language", "text", lambda: _("Language"), lambda: _("Of titles and names."), default="id"),
    )

    def title(self) -> str:
        """Return what people call it."""
        return _("SDMX")

    def help(self) -> str:
        """Return what it harvests."""
        return _(
            "Dataflows of a statistical service, each with its observations and the names of its codes. "
            "Address: https://sdmx.ilo.org/rest"
        )

    def read(
        self, source: SourceSettings, session: Session, reading: Reading, memory: Any, token: Any
    ) -> Iterator[Page]:
        """Yield the dataflows in the order of their names, so many a page; the token is the last name."""
        service = _Service(source, session)
        flows: list[_Flow] = []

        def page(after: Any) -> Page:
            if not flows:
                flows.extend(sorted(service.flows(), key=lambda flow: flow.name))
                reading.announced = len(flows)
            some = [flow for flow in flows if after is None or flow.name > after][:FLOWS_A_PAGE]
            entries, rejections = all_made(some, service.entry, reading, source.url, session, service.identifier)
            ended = not some or some[-1] == flows[-1]
            return Page(entries, None if ended else some[-1].name, source.url, (), rejections)

        yield from pages(reading, token, page)

    def tables(self, source: SourceSettings, session: Session, record: Mapping[str, Any]) -> Iterator[PartnerTable]:
        """Yield the observations of a dataflow."""
        service = _Service(source, session)
        agency, _colon, name = str(record["identifier"]).partition(":")
        flow = service.flow(_Flow(agency, name, str(record.get("version") or LATEST[source.config["version"]])))
        content, columns, rows = service.figures(flow)
        kind = {b"<": "xml", b"{": "json"}.get(content.lstrip()[:1], "csv")
        yield PartnerTable(0, f"{flow.id}.{kind}", content, columns, rows)


@dataclass(frozen=True)
class _Service:
    """The service of a source."""

    source: SourceSettings
    session: Session

    def flows(self) -> list[_Flow]:
        """Return the dataflows that are wanted, from the source itself or from the list of the agency."""
        config = self.source.config
        if config["dataflows"]:
            return [self._named(str(text)) for text in config["dataflows"]]
        version = config["version"]
        url = self._structure_address(_Flow(config["agency"], ALL[version], LATEST[version]), "none")
        listed = sdmx_messages.dataflows(self._get(url, STRUCTURES), url, config["language"])
        if not listed:
            raise CatalogueError(
                "empty_catalogue",
                _("{url} lists no dataset. Nothing was deleted; ask the partner whether that is meant.", url=url),
            )
        return [_Flow(flow.agency, flow.id, flow.version) for flow in listed]

    def flow(self, wanted: _Flow) -> Dataflow:
        """Return a dataflow with its dimensions and code lists."""
        url = self._structure_address(wanted, "descendants")
        found = sdmx_messages.dataflows(self._get(url, STRUCTURES), url, self.source.config["language"])
        flow = next((one for one in found if one.id == wanted.id), None)
        if flow is None:
            raise CatalogueError("no_dataflow", _("{url} does not hold {name}.", url=url, name=wanted.id))
        return flow

    def figures(self, flow: Dataflow) -> tuple[bytes, Columns, Rows]:
        """Return the observations: the message, columns and rows. A service that has none answers 404."""
        url = self.data_address(flow)
        try:
            content = self._get(url, DATA)
        except FetchError as error:
            if error.status != 404:
                raise
            return b"", (), []
        return content, *sdmx_messages.observations(content, flow, url)

    def entry(self, wanted: _Flow) -> Entry:
        """Return the entry of a dataflow, its figures being part of it."""
        flow = self.flow(wanted)
        _content, columns, rows = self.figures(flow)
        record = _record(flow, self.data_address(flow), columns, rows)
        return Entry(digest_of(record), lambda: record)

    def identifier(self, flow: _Flow) -> str:
        """Return what a dataflow is known by; "" of one that the source names, which may do so in another way."""
        return "" if self.source.config["dataflows"] else f"{flow.agency}:{flow.id}"

    def data_address(self, flow: Dataflow) -> str:
        """Return the address of the observations."""
        config = self.source.config
        version = config["version"]
        key = quote(config["key"] or ALL[version], safe=".+*,")
        begin, end = config["start_period"], config["end_period"]
        if version == "2.1":
            query = {"startPeriod": begin, "endPeriod": end}
            path = f"data/{flow.agency},{flow.id},{flow.version}/{key}"
        else:
            bounds = [f"ge:{begin}"] * bool(begin) + [f"le:{end}"] * bool(end)
            query = {"c[TIME_PERIOD]": "+".join(bounds)}
            path = f"data/dataflow/{flow.agency}/{flow.id}/{flow.version}/{key}"
        asked = urlencode({name: value for name, value in query.items() if value}, safe="[]:+")
        return f"{self.source.url.rstrip('/')}/{path}" + (f"?{asked}" if asked else "")

    def _structure_address(self, flow: _Flow, references: str) -> str:
        root = "dataflow" if self.source.config["version"] == "2.1" else "structure/dataflow"
        parts = "/".join(quote(part, safe="*~+.") for part in (flow.agency, flow.id, flow.version))
        return f"{self.source.url.rstrip('/')}/{root}/{parts}?references={references}"

    def _named(self, text: str) -> _Flow:
        """Return a dataflow as the source names it: id; agency and id; agency, id and version."""
        parts = [part.strip() for part in text.split(",")]
        latest = LATEST[self.source.config["version"]]
        if len(parts) == 1:
            return _Flow(self.source.config["agency"], parts[0], latest)
        return _Flow(parts[0], parts[1], parts[2] if len(parts) > 2 else latest)

    def _get(self, url: str, accept: str) -> bytes:
        try:
            return self.session.get(url, accept=accept).content
        except FetchError as error:
            if error.status not in NOT_ACCEPTABLE:
                raise
        return self.session.get(url, accept="*/*").content


def _record(flow: Dataflow, address: str, columns: Columns, rows: Rows) -> dict[str, Any]:
    file = {"title": flow.title, "downloadURL": address, "format": "CSV", "mediaType": "text/csv"}
    record: dict[str, Any] = {
        "identifier": flow.name,
        "title": flow.title,
        "description": flow.description,
        "publisher": {"name": flow.agency},
        "version": flow.version,
        "dimensions": list(columns),
        "figuresHash": _hash(columns, rows),
        "distribution": [file],
    }
    if "TIME_PERIOD" in columns:
        at = columns.index("TIME_PERIOD")
        years = sorted(found[0] for row in rows if (found := YEAR.match(str(row[at]))))
        if years:
            record["temporal"] = f"{years[0]}-01-01/{years[-1]}-12-31"
    return record


def _hash(columns: Columns, rows: Rows) -> str:
    """Return a hash of observations that does not depend on their order or that of the columns."""
    order = sorted(range(len(columns)), key=columns.__getitem__)
    lines = sorted(repr([(columns[at], row[at]) for at in order]) for row in rows)
    return hashlib.blake2b("\n".join(lines).encode(), digest_size=16).hexdigest()
