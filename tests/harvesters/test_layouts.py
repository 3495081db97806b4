"""A harvested table that is laid out otherwise than before is stopped, told, and taken once somebody has looked at it."""

from __future__ import annotations

import hashlib
import json

import pytest

from tests.harvesters.conftest import site_context
from tests.harvesters.test_single_data import (
    ASKED,
    FILE,
    PROTOCOLS,
    TABLE,
    configure,
    harvest,
    held,
    printed,
    protocol,
    query,
    serve,
    single_data,
)
from tests.partners.files_partner import as_xlsx

__all__ = ["harvest", "printed", "protocol", "single_data"]

SAID = b"Tahun 2022"
ROWS = [["Negara", "Jumlah"], ["Malaysia", 10], ["Taiwan", 20]]


def in_datastore(source):
    """Return the figures of the table that is in the DataStore."""
    import ckan.plugins.toolkit as tk

    [dataset] = source.datasets().values()
    [table] = [one["id"] for one in dataset["resources"] if one["datastore_active"]]
    found = tk.get_action("datastore_search")(site_context(), {"resource_id": table, "limit": 100})
    return sorted(float(row["nilai"]) for row in found["records"])


def describe(source, protocol, description):
    """Change the description of the table in the configuration of its source."""
    configure(
        source, **({"table": description} if protocol == "published_table" else {"tables": {"negara": description}})
    )


@pytest.mark.parametrize(
    ("before", "now", "says"),
    [
        (SAID, b"Tahun 2022 (ribu orang)", "the unit is 1000 x orang, it was -"),
        (SAID, b"Tahun 2023", "speak of Kabupaten Lombok Tengah, 2023, they spoke of Kabupaten Lombok Tengah, 2022"),
        (b"No;Negara Tujuan;Jumlah", b"No;Negara Tujuan;Jumlah;Ket", "the heading ket came"),
    ],
)
def test_changed_layout_stops_with_what_differs_and_the_former_figures_stay(
    harvest, partner, printed, before, now, says
):
    source = harvest()
    source.run()
    former = held(), in_datastore(source), source.datasets()
    changed = printed.replace(before, now).replace(b"9.948", b"8.111")
    serve(partner, changed)
    for _again in range(2):
        assert source.run()["failed"] == 1
        [told] = source.errors()
        assert FILE in told and says in told and f'"confirmed": ["{hashlib.sha256(changed).hexdigest()[:12]}"]' in told
        assert (held(), in_datastore(source)) == former[:2]
    assert query(**ASKED)["cells"][0]["figures"][0]["value"] == 9948
    serve(partner, printed)
    assert source.run()["failed"] == 0 and (held(), in_datastore(source)) == former[:2]


def test_new_rows_of_the_layout_are_taken(harvest, partner, printed):
    source = harvest()
    source.run()
    serve(
        partner, printed.replace(b"16;Rumania;1\r\n", b"16;Rumania;1\r\n17;Italia;3\r\n").replace(b"12.049", b"12.052")
    )
    assert source.run()["updated"] == 1 and source.errors() == []


def test_changed_description_takes_the_file_that_it_is_for(harvest, protocol, partner, printed):
    source = harvest()
    source.run()
    serve(partner, printed.replace(SAID, b"Tahun 2023").replace(b"9.948", b"8.111"))
    assert source.run()["failed"] == 1
    constants = TABLE["constants"] | {"tahun": 2023, "tanggal_terbit": "2024-02-13"}
    describe(source, protocol, TABLE | {"constants": constants})
    assert source.run()["failed"] == 0 and source.errors() == []
    values = {time: query(**ASKED | {"time": time})["cells"][0]["figures"][0]["value"] for time in ("2022", "2023")}
    assert values == {"2022": 9948, "2023": 8111}


def test_confirmed_file_is_taken_and_its_layout_holds_from_then_on(harvest, protocol, partner, printed):
    source = harvest()
    source.run()
    changed = printed.replace(b";Jumlah", b";Jumlah;Ket")
    serve(partner, changed)
    assert source.run()["failed"] == 1
    confirmed = TABLE | {"confirmed": [hashlib.sha256(changed).hexdigest()[:12]]}
    describe(source, protocol, confirmed)
    assert source.run()["failed"] == 0 and source.errors() == []
    serve(partner, changed.replace(b"9.948", b"9.950"))
    assert source.run()["updated"] == 1
    serve(partner, printed)
    assert source.run()["failed"] == 1 and "the heading ket went" in source.errors()[0]


def test_confirmation_is_for_the_file_that_was_looked_at(harvest, protocol, partner, printed):
    source = harvest()
    source.run()
    describe(source, protocol, TABLE | {"confirmed": [hashlib.sha256(printed).hexdigest()]})
    assert source.run()["failed"] == 0
    serve(partner, printed.replace(SAID, b"Tahun 2023"))
    assert source.run()["failed"] == 1 and "they spoke of Kabupaten Lombok Tengah, 2022" in source.errors()[0]


def test_worksheet_is_named(protocol, partner, harvest_of):
    _url, config = PROTOCOLS[protocol](partner, {"satuan": "orang", "constants": {"tahun": 2024}})
    partner.serve("/tabel/negara-2024.xlsx", as_xlsx(Menurut=ROWS), "application/octet-stream")
    source = harvest_of(f"{partner.url}/tabel/negara-2024.xlsx", protocol, config)
    assert source.run()["created"] == 1 and source.errors() == []
    partner.serve("/tabel/negara-2024.xlsx", as_xlsx(Rekap=ROWS, Menurut=ROWS), "application/octet-stream")
    assert source.run()["failed"] == 1
    [told] = source.errors()
    assert "negara-2024.xlsx, worksheet Rekap: " in told and "the worksheet is Rekap, it was Menurut" in told


def test_bad_cell_and_finding_are_told_with_their_worksheet(protocol, partner, harvest_of):
    import ckan.plugins.toolkit as tk

    rows = [[*ROWS[0]], *ROWS[1:], ["Jepang", "lima"], ["Jumlah", 31]]
    constants = {"tahun": 2024, "tanggal_terbit": "2025-02-13"}
    table = {"facet": "bp2mi_placement", "sheet": "Menurut", "satuan": "orang", "constants": constants}
    url, config = f"{partner.url}/tabel/negara-2024.xlsx", {"table": table}
    partner.serve("/tabel/negara-2024.xlsx", as_xlsx(Rekap=[], Menurut=rows), "application/octet-stream")
    source = harvest_of(url, protocol, config, publisher="bp2mi")
    source.run()
    [told] = source.errors()
    assert "negara-2024.xlsx, worksheet Menurut, row 4, column Jumlah: 'lima'" in told
    findings = tk.get_action("pmi_finding_list")({"user": ""}, {})["findings"]
    assert findings and {(one["file"], one["sheet"]) for one in findings} == {("negara-2024.xlsx", "Menurut")}


def test_worksheet_is_told_where_the_description_names_none(protocol, partner, harvest_of):
    import ckan.plugins.toolkit as tk

    rows = [*ROWS, ["Jumlah", 31]]
    constants = {"tahun": 2024, "tanggal_terbit": "2025-02-13"}
    table = {"facet": "bp2mi_placement", "satuan": "orang", "constants": constants}
    partner.serve("/tabel/negara-2024.xlsx", as_xlsx(Rekap=rows), "application/octet-stream")
    harvest_of(f"{partner.url}/tabel/negara-2024.xlsx", protocol, {"table": table}, publisher="bp2mi").run()
    findings = tk.get_action("pmi_finding_list")({"user": ""}, {})["findings"]
    asked = {"indicator": "placement", "destination": "Malaysia", "time": "2024"}
    [figure] = query(**asked)["cells"][0]["figures"]
    assert findings and {one["sheet"] for one in (*findings, figure["source"])} == {"Rekap"}


@pytest.mark.parametrize("wrong", [["3f2a"], ["3F2A9C81B0D4"], "3f2a9c81b0d4", [1]])
def test_confirmation_that_names_no_file_is_refused(wrong):
    from ckanext.harvest.queue import get_harvester

    with pytest.raises(ValueError, match=r"table\.confirmed"):
        get_harvester("published_table").validate_config(json.dumps({"table": {"confirmed": wrong}}))
