"""Registers of companies and the like become organisations: what is good lands, what is bad is named."""

from __future__ import annotations

import io
import json
import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ckanext.satudatapmi.catalogue import organization_files

NO_PARENTS: dict[str, list[str]] = {}
HEADINGS = "No;Nama P3MI;Nomor SIP3MI;Alamat;Kab/Kota;Provinsi;Situs;Status Izin"


def row(**given_texts):
    return organization_files.listed({"name": "PT Contoh", **given_texts}, NO_PARENTS)


@pytest.mark.parametrize(
    ("texts", "code"),
    [
        ({"kode_wilayah": "35.06"}, "35.06"),
        ({"district": "KAB. KEDIRI"}, "35.06"),
        ({"district": "Kota Kediri", "province": "Jatim"}, "35.71"),
        ({"province": "DKI Jakarta"}, "31"),
        ({"kode_wilayah": "35.06", "province": "Jawa Timur"}, "35.06"),
        ({"kode_wilayah": "-"}, ""),
    ],
)
def test_area_is_found_by_code_or_name(texts, code):
    found, reasons = row(**texts)
    assert (reasons, found.kode_wilayah) == ([], code)


@pytest.mark.parametrize(
    ("texts", "key", "says"),
    [
        ({"kode_wilayah": "3506"}, "kode_wilayah", "35.06"),
        ({"kode_wilayah": "IDN"}, "kode_wilayah", "35.06"),
        ({"kode_wilayah": "32.01", "province": "Jawa Timur"}, "kode_wilayah", "Jawa Timur"),
        ({"district": "Kediri"}, "district", "Kota Kediri"),
        ({"district": "Atlantis Raya Selatan"}, "district", "Atlantis"),
        ({"district": "Kabupaten Bogor", "province": "Jawa Timur"}, "district", "Kabupaten Bogor"),
        ({"licence_status": "ya"}, "licence_status", "aktif, dibekukan, dicabut, berakhir"),
        ({"homepage": "lihat brosur"}, "homepage", "https://"),
        ({"homepage": "javascript:alert(1)"}, "homepage", "https://"),
        ({"parent": "Tidak ada"}, "parent", "Tidak ada"),
        ({"name": "-"}, "name", "missing"),
        ({"name": "x" * 201}, "name", "200"),
    ],
)
def test_wrong_cell_is_named_with_what_was_expected(texts, key, says):
    found, reasons = row(**texts)
    assert found is None
    assert [one for one, _words in reasons] == [key]
    assert says in reasons[0][1]


def test_addresses_and_states_are_taken_as_registers_write_them():
    found, _reasons = row(homepage="www.contoh.co.id", licence_status="Tunda layan")
    assert (found.homepage, found.licence_status) == ("https://www.contoh.co.id", "dibekukan")


@given(st.dictionaries(st.sampled_from([one["key"] for one in organization_files.columns()]), st.text(max_size=30)))
def test_any_row_is_either_a_body_or_refused_with_a_column(texts):
    found, reasons = organization_files.listed(texts, NO_PARENTS)
    assert (found is None) == bool(reasons)
    assert {key for key, _words in reasons} <= {one["key"] for one in organization_files.columns()}


@pytest.fixture
def register(with_plugins):
    """Return a function that imports rows of a register of training centres, written as Excel writes them here."""
    from ckanext.satudatapmi.catalogue import organization_import
    from ckanext.satudatapmi.harvesters.runs import site_context

    user = site_context()["user"]

    def imported(*rows, dry_run=False):
        content = ("\r\n".join([HEADINGS, *rows]) + "\r\n").encode("cp1252")
        settings = organization_import.Settings("blk.csv", "lembaga_pelatihan", user, dry_run)
        return organization_import.import_file(content, settings)

    return imported


def names(landed):
    return [one.title for one in landed]


def test_good_rows_land_once_and_bad_ones_are_named(register):
    import ckan.plugins.toolkit as tk

    one, two = (f"LPK/{uuid.uuid4().hex[:6]}" for _number in range(2))
    good = f"1;LPK Café Sejahtera;{one};Jl. Rahasia 1;Kab. Kediri;;www.contoh.co.id;Aktif"
    bad = f"2;LPK Lain;{two};Jl. Rahasia 2;Kediri;;;Aktif"
    assert names(register(good, bad, dry_run=True).created) == ["LPK Café Sejahtera"]
    report = register(good, bad)
    assert names(report.created) == ["LPK Café Sejahtera"]
    assert report.left_columns == ["No", "Alamat"]
    (failure,) = report.failed
    assert failure.row == 3
    assert "blk.csv" in failure.message
    assert "Kab/Kota" in failure.message
    assert "Kota Kediri" in failure.message
    shown = tk.get_action("organization_show")({"ignore_auth": True}, {"id": report.created[0].name})
    assert shown["name"].startswith("lpk-cafe-sejahtera-")
    assert (shown["kind"], shown["kode_wilayah"], shown["licence_number"]) == ("lembaga_pelatihan", "35.06", one)
    assert "Rahasia" not in json.dumps(shown)
    again = register(good)
    assert (again.created, again.updated, names(again.skipped)) == ([], [], ["LPK Café Sejahtera"])


def test_licence_is_the_identity_and_who_left_the_register_is_only_reported(register):
    import ckan.model as model

    one, two = (f"LPK/{uuid.uuid4().hex[:6]}" for _number in range(2))
    first = register(f"1;LPK Satu;{one};;;;;aktif", f"2;LPK Dua;{two};;;;;aktif")
    renamed = register(f"1;LPK Satu Jaya;{one.lower()} ;;;;;dicabut")
    assert [landed.name for landed in renamed.updated] == [first.created[0].name]
    gone = {one.name for one in renamed.missing}
    assert [landed.name in gone for landed in first.created] == [False, True]
    assert model.Group.get(first.created[1].name).state == "active"


def test_one_body_twice_in_a_file_is_refused(register):
    one = f"LPK/{uuid.uuid4().hex[:6]}"
    report = register(f"1;LPK Satu;{one};;;;;", f"2;LPK Dua;{one};;;;;")
    assert names(report.created) == ["LPK Satu"]
    assert "row 2" in report.failed[0].message or "baris 2" in report.failed[0].message


def test_body_without_licence_does_not_take_the_address_of_another(register):
    import ckan.plugins.toolkit as tk

    from tests.harvesters.conftest import site_context

    word = uuid.uuid4().hex[:8]
    tk.get_action("organization_create")(site_context(), {"name": f"lpk-{word}", "title": "Lain", "kind": "asosiasi"})
    report = register(f"1;LPK {word};;;;;;")
    assert report.created == []
    assert f"lpk-{word}" in report.failed[0].message


def test_file_without_names_is_no_register(with_plugins):
    from ckanext.satudatapmi.catalogue import organization_import
    from ckanext.satudatapmi.catalogue.import_files import ImportFileError

    with pytest.raises(ImportFileError, match=r"p3mi\.csv, .*1"):
        organization_import.import_file(b"Alamat;Telepon\nA;B\n", organization_import.Settings("p3mi.csv", "p3mi", ""))


def test_action_is_for_system_administrators_and_knows_the_kinds(with_plugins):
    import ckan.plugins.toolkit as tk
    from ckan.tests import factories
    from werkzeug.datastructures import FileStorage

    from ckanext.satudatapmi.harvesters.runs import site_context

    def ask(user, kind="perguruan_tinggi"):
        file = FileStorage(io.BytesIO(f"nama\nUniversitas {uuid.uuid4().hex[:8]}\n".encode()), filename="pt.csv")
        context = {"user": user, "auth_user_obj": None}
        return tk.get_action("satudata_organizations_import")(context, {"upload": file, "kind": kind, "dry_run": True})

    with pytest.raises(tk.NotAuthorized):
        ask(factories.User()["name"])
    writer = site_context()["user"]
    with pytest.raises(tk.ValidationError, match="kind"):
        ask(writer, "perusahaan")
    assert len(ask(writer)["created"]) == 1
    assert set(ask(writer)) == {"file", "created", "updated", "skipped", "failed", "missing", "left_columns"}
