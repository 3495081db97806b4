"""The bridge file of BPS: what proves a pair of codes lands, what does not is named."""

from __future__ import annotations

import json

import pytest

from ckanext.satudatapmi.reference import bridge
from ckanext.satudatapmi.reference.bridge import BridgeError, Row


def entry(own: str = "73.08", bps: str = "7311", name: str = "KAB. BONE", **more: object) -> dict[str, object]:
    return {"kode_bps": bps, "nama_bps": "BONE", "kode_dagri": own, "nama_dagri": name, **more}


def read(*entries: object) -> bridge.Bridge:
    return bridge.read(json.dumps(entries).encode(), "jembatan.json")


def test_rows_of_the_bridge_give_pairs_of_codes():
    found = read(entry(), entry("31.71", "3173", "KOTA ADM. JAKARTA PUSAT"), entry("3172", "3175", ""))
    assert found.errors == ()
    assert found.rows == (Row("73.08", "7311", "BONE"), Row("31.71", "3173", "BONE"), Row("31.72", "3175", "BONE"))


def test_provinces_are_passed_over():
    assert read(entry("73", "73", "SULAWESI SELATAN"), entry()) == read(entry())


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        (entry(own="99.99"), "99.99"),
        (entry(own="73"), "73"),
        (entry(bps="731"), "731"),
        (entry(bps="73.11"), "73.11"),
        (entry(name="KAB. MAROS"), "MAROS"),
        (entry(own=None), "kode_dagri"),
    ],
)
def test_row_that_proves_nothing_is_named_and_the_others_land(wrong, told):
    found = read(entry("73.09", "7308", "KAB. MAROS"), wrong)
    assert [row.kode_kemendagri for row in found.rows] == ["73.09"]
    (error,) = found.errors
    assert "jembatan.json" in error and "2" in error and told in error


def test_rows_that_contradict_each_other_are_all_left_out():
    found = read(
        entry(), entry(bps="7312"), entry("73.09", "7312", "KAB. MAROS"), entry("73.10", "7309", "KAB. PANGKEP")
    )
    assert found.rows == () or [row.kode_kemendagri for row in found.rows] == ["73.10"]
    assert len(found.errors) >= 3
    assert read(entry(), entry()).rows == (Row("73.08", "7311", "BONE"),)


def test_csv_is_read_as_well():
    content = "kode_bps,nama_bps,kode_dagri,nama_dagri\n7311,BONE,73.08,KAB. BONE\n"
    assert bridge.read(content.encode("utf-8-sig"), "jembatan.csv").rows == (Row("73.08", "7311", "BONE"),)


@pytest.mark.parametrize(
    "content", [b"", b"[]", b"{}", b"[1]", b"\xff\xfe", b'[{"kode_bps": "7311"}]', b"[{", b"a;b\n1;2\n"]
)
def test_file_that_is_no_bridge_is_refused(content):
    with pytest.raises(BridgeError, match=r"jembatan\.json"):
        bridge.read(content, "jembatan.json")
