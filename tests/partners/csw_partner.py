"""A partner's catalogue service for maps: GetRecords by GET, with the habits of pycsw, GeoNetwork and GeoServer."""

from __future__ import annotations

import uuid
from urllib.parse import parse_qs, urlsplit
from xml.sax.saxutils import escape

from tests.harvesters import servers
from tests.partners.misbehaving import Partner

CSW = "http://www.opengis.net/cat/csw/2.0.2"
GMD = "http://www.isotc211.org/2005/gmd"


def exception(text: str) -> bytes:
    """Return a report of an error, as servers send it with HTTP status 200."""
    return (
        '<ows:ExceptionReport xmlns:ows="http://www.opengis.net/ows" version="1.2.0">'
        f'<ows:Exception exceptionCode="InvalidParameterValue"><ows:ExceptionText>{escape(text)}</ows:ExceptionText>'
        "</ows:Exception></ows:ExceptionReport>"
    ).encode()


class CswPartner(Partner):
    """Records by identifier.

    Attributes:
        kind: pycsw answers to csw:Record, geoserver only to gmd:MD_Metadata, simple has Dublin Core alone.
        matched: what it says of the number of records; None for the truth.
        following: what it says of the next record; None for the truth, "" to say nothing.
        most: how many records it gives at most.
        bare: the records of which it says nothing but their identifier.
    """

    def __init__(self, server: servers.PartnerServer) -> None:
        super().__init__(server, "/csw")
        self.records: dict[str, str] = {}
        self.kind = "pycsw"
        self.matched: int | None = None
        self.following: str | None = None
        self.most = 100
        self.bare: set[str] = set()
        self.encoding = "utf-8"

    def add(self, title: str = "Peta") -> str:
        identifier = str(uuid.uuid4())
        self.records[identifier] = title
        return identifier

    def change(self, identifier: str, title: str) -> None:
        self.records[identifier] = title

    def remove(self, identifier: str) -> str:
        return self.records.pop(identifier)

    def restore(self, identifier: str, title: str) -> None:
        self.records[identifier] = title

    def answer(self, handler) -> None:
        asked = {name.lower(): values[0] for name, values in parse_qs(urlsplit(handler.path).query).items()}
        wants_iso = asked["outputschema"] == GMD
        types = {"geoserver": "gmd:MD_Metadata", "pycsw": "csw:Record", "simple": "csw:Record"}[self.kind]
        if asked["typenames"] != types or (wants_iso and self.kind == "simple"):
            servers.send(handler, 200, exception("outputSchema is not supported"), {"Content-Type": "text/xml"})
            return
        start, rows = int(asked["startposition"]), min(int(asked["maxrecords"]), self.most)
        page = list(self.records.items())[start - 1 : start - 1 + rows]
        last = start + len(page) > len(self.records)
        following = ("0" if last else str(start + len(page))) if self.following is None else self.following
        matched = len(self.records) if self.matched is None else self.matched
        make = iso if wants_iso else dublin_core
        text = (
            f'<?xml version="1.0" encoding="UTF-8"?><csw:GetRecordsResponse xmlns:csw="{CSW}" version="2.0.2">'
            f'<csw:SearchStatus timestamp="2026-01-01T00:00:{self.asked % 60:02}Z"/>'
            f'<csw:SearchResults numberOfRecordsMatched="{matched}" numberOfRecordsReturned="{len(page)}"'
            + (f' nextRecord="{following}"' if following else "")
            + ">"
            + "".join(bare(one) if one in self.bare else make(one, title) for one, title in page)
            + "</csw:SearchResults></csw:GetRecordsResponse>"
        )
        servers.send(handler, 200, text.encode(self.encoding), {"Content-Type": "application/xml"})


def _said(name: str, value: str) -> str:
    return f"<gmd:{name}><gco:CharacterString>{escape(value)}</gco:CharacterString></gmd:{name}>"


def _code(name: str, kind: str, value: str) -> str:
    return f'<gmd:{name}><gmd:{kind} codeList="x" codeListValue="{value}">{value}</gmd:{kind}></gmd:{name}>'


def _date(value: str, kind: str) -> str:
    return (
        f"<gmd:date><gmd:CI_Date><gmd:date><gco:Date>{value}</gco:Date></gmd:date>"
        f"{_code('dateType', 'CI_DateTypeCode', kind)}</gmd:CI_Date></gmd:date>"
    )


def _online(url: str, protocol: str, name: str, function: str = "download") -> str:
    return (
        f"<gmd:onLine><gmd:CI_OnlineResource><gmd:linkage><gmd:URL>{escape(url)}</gmd:URL></gmd:linkage>"
        f"{_said('protocol', protocol)}{_said('name', name)}"
        f"{_code('function', 'CI_OnLineFunctionCode', function)}</gmd:CI_OnlineResource></gmd:onLine>"
    )


def bare(identifier: str) -> str:
    """Return a record in ISO 19139 that says nothing but its identifier."""
    return (
        f'<gmd:MD_Metadata xmlns:gmd="{GMD}" xmlns:gco="http://www.isotc211.org/2005/gco">'
        f"{_said('fileIdentifier', identifier)}</gmd:MD_Metadata>"
    )


def iso(identifier: str, title: str) -> str:
    """Return a record in ISO 19139."""
    box = {"westBoundLongitude": 111, "eastBoundLongitude": 115, "southBoundLatitude": -9, "northBoundLatitude": -6}
    bounds = "".join(f"<gmd:{name}><gco:Decimal>{value}</gco:Decimal></gmd:{name}>" for name, value in box.items())
    return f"""
    <gmd:MD_Metadata xmlns:gmd="{GMD}" xmlns:gco="http://www.isotc211.org/2005/gco"
      xmlns:gml="http://www.opengis.net/gml">
    {_said("fileIdentifier", identifier)}{_code("hierarchyLevel", "MD_ScopeCode", "dataset")}
    <gmd:dateStamp><gco:Date>2025-05-05</gco:Date></gmd:dateStamp>
    <gmd:identificationInfo><gmd:MD_DataIdentification>
    <gmd:citation><gmd:CI_Citation>{_said("title", title)}{_date("2024-01-10", "publication")}
    {_date("2024-02-10", "revision")}</gmd:CI_Citation></gmd:citation>{_said("abstract", f"Keterangan {title}")}
    <gmd:pointOfContact><gmd:CI_ResponsibleParty>{_said("organisationName", "Dinas Contoh")}
    <gmd:contactInfo><gmd:CI_Contact><gmd:address><gmd:CI_Address>
    {_said("electronicMailAddress", "data@dinas.example.go.id")}</gmd:CI_Address></gmd:address></gmd:CI_Contact>
    </gmd:contactInfo>{_code("role", "CI_RoleCode", "pointOfContact")}</gmd:CI_ResponsibleParty></gmd:pointOfContact>
    <gmd:resourceMaintenance><gmd:MD_MaintenanceInformation>
    {_code("maintenanceAndUpdateFrequency", "MD_MaintenanceFrequencyCode", "annually")}
    </gmd:MD_MaintenanceInformation></gmd:resourceMaintenance>
    <gmd:descriptiveKeywords><gmd:MD_Keywords>{_said("keyword", "pmi")}{_said("keyword", "peta")}</gmd:MD_Keywords>
    </gmd:descriptiveKeywords>
    <gmd:resourceConstraints><gmd:MD_LegalConstraints>{_said("useLimitation", "CC BY 4.0")}
    {_code("accessConstraints", "MD_RestrictionCode", "otherRestrictions")}{_said("otherConstraints", "Bebas dipakai")}
    </gmd:MD_LegalConstraints></gmd:resourceConstraints>
    <gmd:language><gmd:LanguageCode codeList="x" codeListValue="ind">ind</gmd:LanguageCode></gmd:language>
    <gmd:topicCategory><gmd:MD_TopicCategoryCode>society</gmd:MD_TopicCategoryCode></gmd:topicCategory>
    <gmd:extent><gmd:EX_Extent><gmd:geographicElement><gmd:EX_GeographicBoundingBox>{bounds}
    </gmd:EX_GeographicBoundingBox></gmd:geographicElement><gmd:temporalElement><gmd:EX_TemporalExtent><gmd:extent>
    <gml:TimePeriod><gml:beginPosition>2023-01-01</gml:beginPosition><gml:endPosition>2023-12-31</gml:endPosition>
    </gml:TimePeriod></gmd:extent></gmd:EX_TemporalExtent></gmd:temporalElement></gmd:EX_Extent></gmd:extent>
    </gmd:MD_DataIdentification></gmd:identificationInfo>
    <gmd:distributionInfo><gmd:MD_Distribution><gmd:transferOptions><gmd:MD_DigitalTransferOptions>
    {_online("https://geo.example.go.id/wms?service=WMS", "OGC:WMS-1.3.0-http-get-map", "lapisan")}
    {_online("https://geo.example.go.id/peta.zip", "WWW:DOWNLOAD-1.0-http--download", "Berkas")}
    {_online("https://geo.example.go.id/tentang", "WWW:LINK-1.0-http--link", "Tentang", "information")}
    </gmd:MD_DigitalTransferOptions></gmd:transferOptions></gmd:MD_Distribution></gmd:distributionInfo>
    <gmd:dataQualityInfo><gmd:DQ_DataQuality><gmd:lineage><gmd:LI_Lineage>{_said("statement", "Survei lapangan")}
    </gmd:LI_Lineage></gmd:lineage></gmd:DQ_DataQuality></gmd:dataQualityInfo></gmd:MD_Metadata>"""


def dublin_core(identifier: str, title: str) -> str:
    """Return a record in Dublin Core."""
    return f"""
    <csw:Record xmlns:csw="{CSW}" xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:dct="http://purl.org/dc/terms/"
      xmlns:ows="http://www.opengis.net/ows">
    <dc:identifier>{identifier}</dc:identifier><dc:title>{escape(title)}</dc:title><dc:type>dataset</dc:type>
    <dc:subject>pmi</dc:subject><dc:publisher>Dinas Contoh</dc:publisher><dct:abstract>Keterangan</dct:abstract>
    <dct:modified>2024-02-10</dct:modified><dc:language>ind</dc:language>
    <dc:URI protocol="WWW:DOWNLOAD" name="Berkas">https://geo.example.go.id/peta.csv</dc:URI>
    <ows:BoundingBox crs="urn:x-ogc:def:crs:EPSG:6.11:4326"><ows:LowerCorner>-9 111</ows:LowerCorner>
    <ows:UpperCorner>-6 115</ows:UpperCorner></ows:BoundingBox></csw:Record>"""
