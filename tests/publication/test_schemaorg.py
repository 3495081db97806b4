"""What pages tell search engines in the words of schema.org."""

from __future__ import annotations

import json

import pytest
from bs4 import BeautifulSoup
from ckan.tests import factories

from ckanext.satudatapmi.publication import schemaorg
from tests.publication.datasets import FULL, act, make, make_harvested
from tests.publication.test_dcat import ODD

pytestmark = pytest.mark.usefixtures("portal")
COLUMNS = [
    {"id": "negara", "type": "text", "info": {"label": "Negara tujuan", "notes": "ISO 3166-1", "codes": "negara"}},
    {"id": "jumlah", "type": "int8", "info": {"label": "Penempatan", "unit": "orang"}},
    {"id": "catatan", "type": "text"},
]


@pytest.fixture
def client(app):
    return app.flask_app.test_client()


def structured(client, path, **headers):
    """Return what the head of a page says for machines, None if it says nothing."""
    response = client.get(path, headers=headers)
    assert response.status_code == 200
    found = BeautifulSoup(response.data, "html.parser").select("head script[type='application/ld+json']")
    assert len(found) < 2
    return json.loads(found[0].string) if found else None


def of(client, dataset):
    return structured(client, f"/dataset/{dataset['name']}")


def test_full_dataset(client):
    organization = factories.Organization(title="Dinas Contoh")
    dataset = make(**FULL, owner_org=organization["id"])
    told = of(client, dataset)
    site = told["url"].removesuffix(f"/dataset/{dataset['name']}")
    publisher = f"{site}/organization/{organization['name']}"
    assert told == {
        "@context": "https://schema.org/",
        "@type": "Dataset",
        "@id": f"{site}/dataset/{dataset['id']}",
        "url": f"{site}/dataset/{dataset['name']}",
        "identifier": dataset["id"],
        "name": FULL["title"],
        "description": FULL["notes"],
        "keywords": ["pekerja migran", "penempatan"],
        "license": "http://www.opendefinition.org/licenses/cc-by",
        "creator": {"@type": "Organization", "name": "Bidang Penempatan"},
        "publisher": {"@type": "Organization", "@id": publisher, "name": "Dinas Contoh", "url": publisher},
        "inLanguage": ["id", "en"],
        "datePublished": "2024-01-10",
        "dateModified": "2024-02-10T08:00:00+07:00",
        "temporalCoverage": "2023-01-01/2023-12-31",
        "spatialCoverage": [{"@type": "Place", "identifier": "35", "name": "Jawa Timur"}],
        "isAccessibleForFree": True,
        "includedInDataCatalog": {
            "@type": "DataCatalog",
            "@id": f"{site}/#katalog",
            "name": "Satu Data PMI",
            "url": f"{site}/",
        },
        "distribution": [
            {
                "@type": "DataDownload",
                "name": "Penempatan 2023",
                "description": "CSV, UTF-8",
                "contentUrl": "https://dinas.example.go.id/a%20b.csv",
                "encodingFormat": "text/csv",
                "contentSize": "1234 B",
                "sha256": "a" * 64,
            },
            {
                "@type": "DataDownload",
                "name": "Layanan",
                "contentUrl": "https://dinas.example.go.id/api?tahun=2023",
                "encodingFormat": "application/json",
            },
            {"@type": "DataDownload", "name": "Tanpa format", "contentUrl": "https://dinas.example.go.id/berkas"},
        ],
    }


def test_odd_values_become_no_odd_statements(client):
    told = of(client, make_harvested(**ODD))
    assert told["name"] == "Aneh  & <b>"
    assert told["creator"] == told["publisher"]
    assert {"license", "temporalCoverage"}.isdisjoint(told)
    assert told["spatialCoverage"] == [{"@type": "Place", "identifier": "35", "name": "Jawa Timur"}]
    addresses = [file["contentUrl"] for file in told["distribution"]]
    assert addresses[0].startswith("http://x.example/") and not set(addresses[0]) & set(' "|{}')
    assert all("sha256" not in file for file in told["distribution"])


def test_geometry_is_told_as_a_box(client):
    ring = [[[110.0, -8.5], [114.5, -8.5], [114.5, -6.75], [110.0, -8.5]]]
    told = of(client, make_harvested(title="x", spatial=json.dumps({"type": "Polygon", "coordinates": ring})))
    assert told["spatialCoverage"][0]["geo"] == {"@type": "GeoShape", "box": "-8.5 110.0 -6.75 114.5"}


@pytest.mark.parametrize(
    ("temporal", "wanted"),
    [("2023", "2023"), ("2023-01/2023-06", "2023-01/2023-06"), ('{"startDate": "2020"}', "2020/..")],
)
def test_period(client, temporal, wanted):
    assert of(client, make_harvested(title="x", temporal=temporal))["temporalCoverage"] == wanted


@pytest.mark.parametrize("notes", ["", "Pendek.", "x" * 49, "x" * 50, "kata " * 2000])
def test_description_is_as_long_as_search_engines_want_it(client, notes):
    told = of(client, make(notes=notes))["description"]
    assert schemaorg.SHORTEST <= len(told) <= schemaorg.LONGEST
    assert told.startswith(notes.strip(" .")[:4000])


def test_columns_are_told_from_the_data_dictionary_of_a_table(client):
    dataset = make()
    act("datastore_create", resource={"package_id": dataset["id"]}, fields=COLUMNS)
    told = of(client, dataset)
    assert told["variableMeasured"] == [
        {"@type": "PropertyValue", "name": "Negara tujuan", "alternateName": "negara", "description": "ISO 3166-1"},
        {"@type": "PropertyValue", "name": "Penempatan", "alternateName": "jumlah", "unitText": "orang"},
        {"@type": "PropertyValue", "name": "catatan"},
    ]
    assert told["distribution"][0]["contentUrl"].partition("/datastore/")[2].startswith("dump/")


def test_no_person_is_told_to_anybody(client):
    admin = factories.SysadminWithToken()
    dataset = make(**FULL)
    for headers in ({}, {"Authorization": admin["token"]}):
        text = json.dumps(structured(client, f"/dataset/{dataset['name']}", **headers))
        for name in ("Fulan", "fulan", "Bidang Data", "@dinas"):
            assert name not in text


def test_a_title_cannot_leave_its_script(client):
    title = "</script><script>alert(1)</script><!-- & \u2028"
    dataset = make(title=title)
    page = client.get(f"/dataset/{dataset['name']}").data.decode()
    assert "<script>alert(1)" not in page
    assert of(client, dataset)["name"] == title.strip()


def test_page_of_a_private_dataset_tells_machines_nothing(client):
    admin = factories.SysadminWithToken()
    dataset = make(private=True)
    assert structured(client, f"/dataset/{dataset['name']}", Authorization=admin["token"]) is None


def test_home_page_tells_of_the_catalogue(client):
    told = structured(client, "/")
    assert (told["@type"], told["name"], told["inLanguage"]) == ("DataCatalog", "Satu Data PMI", ["id", "en"])
    assert of(client, make())["includedInDataCatalog"]["@id"] == told["@id"]
