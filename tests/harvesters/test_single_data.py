"""A harvested table in the single data: asked for with its source, harvested again, revised, and what is left out."""

from __future__ import annotations

import json
import re
from urllib.parse import urlsplit

import pytest
from bs4 import BeautifulSoup
from ckan.tests import factories

from tests.figures.conftest import empty
from tests.harvesters.conftest import site_context
from tests.portal.operators import headers_of

ASKED = {"origin": "Lombok Tengah", "destination": "Malaysia", "time": "2022"}
FILE = "penempatan-negara-2022.csv"
TABLE = {
    "facet": "bp2mi_placement",
    "satuan": "orang",
    "totals": "keep",
    "constants": {
        "wilayah": "Kabupaten Lombok Tengah",
        "tahun": 2022,
        "sumber": "republika.co.id",
        "tanggal_terbit": "2023-02-13",
    },
}
PROTOCOLS = {
    "published_table": lambda partner, table: (f"{partner.url}/tabel/{FILE}", {"table": table}),
    "published_files": lambda partner, table: (f"{partner.url}/buletin", {"tables": {"negara-20[0-9]+": table}}),
}
"""How each protocol is told of the table: address of the source and its configuration."""


@pytest.fixture(autouse=True)
def single_data(portal):
    """A single data that holds nothing."""
    empty()
    yield
    empty()


@pytest.fixture
def printed(demo):
    return (demo / "lombok-tengah" / FILE).read_bytes()


@pytest.fixture(params=PROTOCOLS)
def protocol(request):
    return request.param


@pytest.fixture
def harvest(protocol, partner, harvest_of, printed):
    """A function that has the table of Lombok Tengah harvested, with changes to its description."""

    def make(publisher="lombok-tengah", **changes):
        serve(partner, printed)
        url, config = PROTOCOLS[protocol](partner, TABLE | changes)
        return harvest_of(url, protocol, config, "Penempatan asal Lombok Tengah", publisher=publisher)

    return make


def serve(partner, content):
    partner.serve(f"/tabel/{FILE}", content, "text/csv")
    partner.serve("/buletin", f'<html><body><a href="/tabel/{FILE}">Penempatan</a></body></html>'.encode(), "text/html")


def query(**asked):
    import ckan.plugins.toolkit as tk

    return tk.get_action("pmi_query")({"user": ""}, asked)


def configure(source, **config):
    """Change the configuration of a source."""
    import ckan.plugins.toolkit as tk

    shown = tk.get_action("harvest_source_show")(site_context(), {"id": source.source_id})
    config = json.loads(shown["config"]) | config
    tk.get_action("harvest_source_update")(site_context(), shown | {"config": json.dumps(config)})


def held():
    """Return how many series, observations and loads the single data holds."""
    import ckan.model as model
    import sqlalchemy as sa

    names = ("series", "observation", "figure_load")
    return [model.Session.scalar(sa.text(f"SELECT count(*) FROM satudatapmi_{name}")) for name in names]


def links_of(page):
    return BeautifulSoup(page.body, "html.parser").find("main").find_all("a")


def shown_at(figure):
    """Return the address of a figure's row, without the site."""
    address = urlsplit(figure["source"]["url"])
    return f"{address.path}?{address.query}"


def text_of(page):
    return " ".join(BeautifulSoup(page.body, "html.parser").find("main").get_text(" ").split())


def test_figure_is_answered_with_dataset_file_and_row(harvest, app, printed):
    source = harvest()
    assert source.run()["created"] == 1 and source.errors() == []
    [figure] = query(**ASKED)["cells"][0]["figures"]
    [dataset] = [one for one in source.datasets().values() if one["id"] == figure["source"]["package_id"]]
    assert (figure["value"], figure["vintage"], figure["source"]["file"]) == (9948, "2023-02-13", FILE)
    assert (figure["source"]["row"], figure["source"]["column"]) == (5, "Jumlah")
    [resource] = [one for one in dataset["resources"] if one["id"] == figure["source"]["resource_id"]]
    assert FILE in (resource["name"], resource["url"].rpartition("/")[2])
    page = app.get("/id/angka?q=Lombok+Tengah+ke+Malaysia+2022", status=200)
    assert any(link["href"].endswith(shown_at(figure)) for link in links_of(page))
    assert all(words in text_of(page) for words in ("9.948 orang", "baris 5", FILE))


def test_link_of_a_figure_leads_to_its_row_in_the_table(harvest, app):
    import ckan.plugins.toolkit as tk

    harvest().run()
    [figure] = query(**ASKED)["cells"][0]["figures"]
    address = shown_at(figure)
    app.get(address, status=200)
    [[resource_id, given]] = re.findall(r"/resource/([^?]+)\?filters=(.+)", address)
    with app.flask_app.test_request_context(query_string=f"filters={given}"):
        wanted = {"resource_id": resource_id, "filters": tk.h.decode_view_request_filters()}
    [row] = tk.get_action("datastore_search")({"user": ""}, wanted)["records"]
    assert (row["nilai"], row["kode_negara"], row["baris_sumber"]) == (9948, "MYS", 5)


def test_same_bytes_again_add_nothing(harvest):
    source = harvest()
    source.run()
    before = held()
    assert before[1] > 16 and source.run()["unchanged"] == 1 and held() == before
    # What is said of the dataset changed: its table is read again.
    configure(source, dataset={"description": "Uraian baru"})
    assert source.run()["updated"] == 1 and source.errors() == [] and held() == before


def test_figures_of_a_table_that_feeds_the_single_data_no_longer_go(harvest, protocol):
    source = harvest()
    source.run()
    without = {key: value for key, value in TABLE.items() if key != "facet"}
    configure(source, **({"table": without} if protocol == "published_table" else {"tables": {}}))
    assert source.run()["failed"] == 0 and query(**ASKED)["cells"] == []


def test_revised_file_adds_a_vintage_that_the_page_of_revisions_shows(harvest, app, partner, printed):
    source = harvest()
    source.run()
    series, observations, loads = held()
    serve(partner, printed.replace(b"9.948", b"9.950"))
    assert source.run()["updated"] == 1
    assert held() == [series, observations + 1, loads + 1]
    [figure] = query(**ASKED)["cells"][0]["figures"]
    assert (figure["value"], figure["vintage_assumed"]) == (9950, True)
    [before] = query(**ASKED, vintage="2023-12-31")["cells"][0]["figures"]
    assert (before["value"], before["vintage"]) == (9948, "2023-02-13")
    revised = text_of(app.get("/id/angka/revisi", status=200))
    assert "9.948" in revised and "9.950" in revised and "+2 (0,02%)" in revised


def test_figures_that_are_left_out_are_told_in_the_report_and_the_table_stands(harvest, app, partner, printed):
    source = harvest(constants=TABLE["constants"] | {"wilayah": "Kabupaten Lombok Timur"})
    report = source.run()
    messages = source.errors()
    assert report["created"] == 1 and held()[1] == 0 and len(messages) == 17
    first = next(one for one in messages if "row 5," in one)
    assert FILE in first and "an area within 52.02" in first and "left out of the single data" in first
    address, operator = f"/sumber/{source.name}/laporan/{report['job']}", factories.Sysadmin()["name"]
    told = text_of(app.get(address, headers=headers_of(operator), status=200))
    assert all(message in told for message in messages)
    [dataset] = source.datasets().values()
    assert any(one["datastore_active"] for one in dataset["resources"])


def test_name_without_a_code_is_told_once_for_its_name_and_once_for_its_figures(harvest, partner, printed):
    source = harvest()
    serve(partner, printed.replace(b"Taiwan", b"Atlantis"))
    source.run()
    name, figure = sorted(source.errors(), key=len)
    assert "column Negara Tujuan: 'Atlantis'" in name and "single data" not in name
    assert "column Jumlah: 'Atlantis'" in figure and "left out of the single data" in figure
    assert query(**ASKED)["cells"][0]["figures"][0]["value"] == 9948


def test_series_of_another_publisher_is_refused_and_nothing_is_added(harvest):
    source = harvest(publisher="kota-mataram")
    assert source.run()["failed"] == 1
    assert "kota-mataram does not publish bp2mi_placement" in source.errors()[0]
    assert held() == [0, 0, 0]


def test_statements_in_files_are_claims(partner, harvest_of, demo):
    import ckan.plugins.toolkit as tk

    content = (demo / "kemlu" / "pernyataan-jumlah-pmi.csv").read_bytes()
    partner.serve("/pernyataan-jumlah-pmi.csv", content, "text/csv")
    config = {"tables": {"pernyataan": {"claim": "pernyataan_kemlu", "satuan": "orang"}}}
    harvest_of(f"{partner.url}/pernyataan-jumlah-pmi.csv", "published_files", config, publisher="kemlu").run()
    groups = tk.get_action("pmi_claim_list")({"user": ""}, {})["groups"]
    assert [[one["value"] for one in group["statements"]] for group in groups] == [[4500000]]


@pytest.mark.parametrize(
    ("config", "told"),
    [
        ({"tables": {"negara": {"facet": "entah"}}}, "tables.negara.facet: 'entah' is not one of: bp2mi_placement"),
        ({"tables": {"negara": {"claim": "entah"}}}, "tables.negara.claim: 'entah' is not one of: layanan_penempatan"),
        ({"table": {"facet": "entah"}}, "table.facet: 'entah' is not one of"),
        ({"tables": {"negara": {"unpivot": 5}}}, "tables.negara.unpivot: is 5"),
        ({"tables": {"negara": 5}}, "tables.negara: is 5"),
        ({"tables": {"(": {}}}, "tables: ( is no pattern"),
        ({"tables": ["negara"]}, "tables is"),
    ],
)
def test_wrong_description_of_files_is_refused_with_its_key(config, told):
    from ckanext.harvest.queue import get_harvester

    with pytest.raises(ValueError) as caught:
        get_harvester("published_files").validate_config(json.dumps(config))
    assert told in str(caught.value)
