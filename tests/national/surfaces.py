"""Every address at which the public meets a dataset; once it is withdrawn, none may tell of it from that moment on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

import requests

CSW = "/csw?service=CSW&version=2.0.2"
RECORDS = "typeNames=gmd:MD_Metadata&resultType=results&elementSetName=full&maxRecords=500"
ISO = "outputSchema=http://www.isotc211.org/2005/gmd"
ACTION = "/api/3/action"

LISTS = (
    *("/data.json", "/data.json?page=all", "/data.json?organization={organization}"),
    *(f"/catalog.{ending}?page=all" for ending in ("ttl", "n3", "nt", "jsonld", "xml", "rdf")),
    *(f"/catalog.{ending}?per_page=1000" for ending in ("ttl", "n3", "nt", "jsonld", "xml", "rdf")),
    f"{CSW}&request=GetRecords&{RECORDS}&{ISO}",
    f"{CSW}&request=GetRecords&{RECORDS.replace('gmd:MD_Metadata', 'csw:Record')}",
    *("/ogc/collections/pmi/items?limit=500", "/ogc/collections/pmi/items?limit=500&f=html"),
    "/sitemap-datasets-1.xml",
    f"{ACTION}/package_search?rows=1000",
    f"{ACTION}/package_list",
    f"{ACTION}/current_package_list_with_resources?limit=1000",
    f"{ACTION}/package_autocomplete?q={{name}}",
    f"{ACTION}/resource_search?query=name:Tabel",
    f"{ACTION}/organization_show?id={{organization}}&include_datasets=true",
    *("/dataset/?q={title}", "/organization/{organization}?q={title}"),
    *(
        "/feeds/dataset.atom",
        "/feeds/organization/{organization}.atom",
        "/feeds/custom.atom?organization={organization}",
    ),
    "/unduhan/terbaru/manifest.json",
)
"""Addresses that tell of many datasets."""

OWN = (
    *("/dataset/{name}", "/en/dataset/{name}", "/dataset/{id}"),
    *(f"/dataset/{{{reference}}}.{ending}" for reference in ("id", "name") for ending in ("ttl", "jsonld", "xml")),
    *("/dataset/{name}.rdf", "/dataset/{name}.n3", "/dataset/{name}/croissant.jsonld"),
    f"{CSW}&request=GetRecordById&id={{id}}&elementSetName=full&{ISO}",
    f"{CSW}&request=GetRecordById&id={{id}}&elementSetName=full",
    "/ogc/collections/pmi/items/{id}",
    *("/dataset/activity/{id}", "/dataset/{name}/formulir/ms_keg", "/dataset/{name}/formulir/ms_ind"),
    *(f"{ACTION}/{action}?id={{id}}" for action in ("package_show", "package_activity_list")),
    *("/dataset/{name}/resource/{table}", "/datastore/dump/{table}"),
    *(f"/dataset/{{name}}/resource/{{table}}/unduh/tabel.{ending}" for ending in ("csv", "xlsx", "json", "parquet")),
    *(f"{ACTION}/resource_show?id={{table}}", f"{ACTION}/datastore_search?resource_id={{table}}"),
    *("/dataset/{name}/resource/{file}", "/dataset/{name}/resource/{file}/download/{file_name}"),
)
"""Addresses of a dataset, its tables and its files."""

SECRET = (
    *(f"{ACTION}/satudata_{name}_show?id={{id}}" for name in ("form", "quality", "principles", "assessment")),
    *(
        f"{ACTION}/{action}?id={{table}}"
        for action in ("resource_view_list", "datastore_info", "satudata_dictionary_show")
    ),
    *("/unduhan/terbaru/SHA256SUMS", "/unduhan/terbaru/satudata-pmi.tar"),
)
"""Addresses that give nothing at all once a dataset is withdrawn."""

FIGURES = (
    f"{ACTION}/pmi_query?origin=52.02&destination=MYS&time=2022",
    "/angka?origin=52.02&destination=MYS&time=2022",
    "/angka.csv?origin=52.02&destination=MYS&time=2022",
    "/angka/unduh/pmi.csv",
    "/api/pmi/sdmx/3.0/data/dataflow/KP2MI/DF_PMI/*/*",
    "/api/pmi/sdmx/2.1/data/DF_PMI",
)
"""Addresses that tell of the figures of a table in the single data."""


@dataclass(frozen=True)
class Answer:
    """What was answered: the status, whether it tells of the dataset, and its validator."""

    status: int
    tells: bool
    etag: str | None


def ask(site_url: str, path: str, marks: tuple[str, ...], etag: str | None = None) -> Answer:
    """Ask an address as a visitor, or as a cache that has an older answer.

    Args:
        site_url: of the portal.
        path: asked for.
        marks: texts of which an answer that tells of the dataset has one; a file that is no text tells of it anyway.
        etag: of the older answer.
    """
    answer = requests.get(f"{site_url}{path}", headers={"If-None-Match": etag} if etag else {}, timeout=60)
    status = 401 if urlsplit(answer.url).path.endswith("/user/login") else answer.status_code
    tells = status == 200 and (b"\0" in answer.content or any(mark in answer.text for mark in marks))
    return Answer(status, tells, answer.headers.get("ETag"))


def addresses(about: Mapping[str, str]) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield each address of a dataset with the marks by which an answer tells of it.

    Args:
        about: `id`, `name`, `title`, `organization` (its name), `table` and `file` (ids of resources), `file_name`,
            and `cell`, a text that stands in table and file alone.
    """
    words = (about["title"], about["cell"])
    for path in LISTS:
        # An answer may repeat what was asked for.
        asked = {about[key] for key in ("name", "title") if f"{{{key}}}" in path}
        yield path.format(**about), tuple({*words, about["id"], about["name"]} - asked)
    for path in OWN:
        yield path.format(**about), words
    for path in SECRET:
        yield path.format(**about), ("",)
