"""An SDMX REST service of version 2.1 or 3.0, which gives data as CSV, SDMX-ML or SDMX-JSON."""

from __future__ import annotations

from urllib.parse import unquote

import sdmx
from sdmx.message import StructureMessage
from sdmx.model import common
from sdmx.model import v21 as model

from tests.partners.api_partner import ApiPartner

AGENCY = common.Agency(id="ILO")
AREAS = {"IDN": {"en": "Indonesia"}, "MYS": {"en": "Malaysia"}, "TWN": {"en": "Taiwan, China", "id": "Taiwan"}}
GENERIC = """<?xml version="1.0" encoding="UTF-8"?>
<mes:GenericData xmlns:mes="http://www.sdmx.org/resources/sdmxml/schemas/v2_1/message"
  xmlns:gen="http://www.sdmx.org/resources/sdmxml/schemas/v2_1/data/generic"
  xmlns:com="http://www.sdmx.org/resources/sdmxml/schemas/v2_1/common">
<mes:Header><mes:ID>x</mes:ID><mes:Test>false</mes:Test><mes:Prepared>2024-01-01T00:00:00</mes:Prepared>
<mes:Sender id="ILO"/><mes:Structure structureID="S" dimensionAtObservation="TIME_PERIOD"><com:Structure>
<Ref agencyID="ILO" id="DSD" version="1.0"/></com:Structure></mes:Structure></mes:Header>
<mes:DataSet structureRef="S">{series}</mes:DataSet></mes:GenericData>"""
SERIES = """<gen:Series><gen:SeriesKey><gen:Value id="REF_AREA" value="{area}"/></gen:SeriesKey><gen:Obs>
<gen:ObsDimension value="{year}"/><gen:ObsValue value="{value}"/></gen:Obs></gen:Series>"""


class SdmxPartner(ApiPartner):
    """`form` is how it gives data: csv, xml or json."""

    def __init__(self, server, version="2.1", form="csv"):
        super().__init__(server)
        self.version, self.form = version, form
        self.flows, self.figures, self.removed = {}, {}, {}

    @property
    def url(self):
        return f"{self.server.url}/rest"

    def add(self, name, title, figures):
        """Figures are given by (area, year)."""
        self.flows[name], self.figures[name] = title, dict(figures)

    def change(self, name, place, value):
        self.figures[name][place] = value

    def remove(self, name):
        self.removed[name] = self.flows.pop(name)

    def restore(self, name):
        self.flows[name] = self.removed.pop(name)

    def respond(self, path, query, body):
        parts = path.removeprefix("/rest/").split("/")
        if parts[0] == "dataflow" and self.version == "2.1":
            return self._structures(parts[2], query)
        if parts[:2] == ["structure", "dataflow"] and self.version == "3.0":
            return self._structures(parts[3], query)
        if parts[0] == "data":
            name, key = (parts[1].split(",")[1], parts[2]) if self.version == "2.1" else (parts[3], parts[5])
            return self._data(name, key, query)
        return None

    def _structures(self, name, query):
        wanted = list(self.flows) if name in ("all", "*") else [name]
        if not set(wanted) <= self.flows.keys():
            return None
        message = StructureMessage()
        areas = common.Codelist(id="CL_AREA", maintainer=AGENCY, version="1.0", name={"en": "Areas"})
        for code, names in AREAS.items():
            areas.append(common.Code(id=code, name=names))
        concepts = common.ConceptScheme(id="CS", maintainer=AGENCY, version="1.0")
        for one in ("REF_AREA", "TIME_PERIOD", "OBS_VALUE"):
            concepts.append(common.Concept(id=one, name={"en": one}))
        structure = model.DataStructureDefinition(id="DSD", maintainer=AGENCY, version="1.0")
        area = structure.dimensions.getdefault(id="REF_AREA")
        area.concept_identity = concepts["REF_AREA"]
        area.local_representation = common.Representation(enumerated=areas)
        time = structure.dimensions.getdefault(id="TIME_PERIOD", cls=model.TimeDimension)
        time.concept_identity = concepts["TIME_PERIOD"]
        structure.measures.append(model.PrimaryMeasure(id="OBS_VALUE", concept_identity=concepts["OBS_VALUE"]))
        if query["references"] == "descendants":
            for one in (areas, concepts, structure):
                message.add(one)
        for flow in wanted:
            names = {"en": self.flows[flow], "id": f"{self.flows[flow]} (id)"}
            message.add(
                model.DataflowDefinition(id=flow, maintainer=AGENCY, version="1.0", name=names, structure=structure)
            )
        return sdmx.to_xml(message)

    def _data(self, name, key, query):
        figures = {
            (area, year): value
            for (area, year), value in self.figures[name].items()
            if key in ("all", "*", area) and self._first_year(query) <= year
        }
        if not figures:
            return None
        if self.form == "xml":
            series = "".join(SERIES.format(area=a, year=y, value=v) for (a, y), v in figures.items())
            return GENERIC.format(series=series).encode()
        if self.form == "json":
            return self._json(figures)
        head = "DATAFLOW,REF_AREA,TIME_PERIOD,OBS_VALUE\r\n"
        if self.version == "3.0":
            head = "STRUCTURE,STRUCTURE_ID,ACTION,REF_AREA,TIME_PERIOD,OBS_VALUE\r\n"
        first = f"ILO:{name}(1.0)" if self.version == "2.1" else f"dataflow,ILO:{name}(1.0),I"
        return (head + "".join(f"{first},{a},{y},{v}\r\n" for (a, y), v in figures.items())).encode()

    def _first_year(self, query):
        if self.version == "2.1":
            return query.get("startPeriod", "")
        return unquote(query.get("c[TIME_PERIOD]", "")).partition("ge:")[2][:4]

    def _json(self, figures):
        areas, years = sorted({a for a, _y in figures}), sorted({y for _a, y in figures})
        observations = {f"{areas.index(a)}:{years.index(y)}": [v] for (a, y), v in figures.items()}
        dimensions = [
            {"id": "REF_AREA", "name": "Area", "values": [{"id": a, "name": a} for a in areas]},
            {"id": "TIME_PERIOD", "name": "Time", "role": "time", "values": [{"id": y, "name": y} for y in years]},
        ]
        return {
            "header": {"id": "x", "test": False, "prepared": "2024-01-01T00:00:00", "sender": {"id": "ILO"}},
            "dataSets": [{"action": "Information", "observations": observations}],
            "structure": {
                "name": "x",
                "dimensions": {"dataSet": [], "series": [], "observation": dimensions},
                "attributes": {"dataSet": [], "series": [], "observation": []},
            },
        }
