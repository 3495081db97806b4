"""What the fields of the kiosk's content accept, and what they say of the rest."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict

import ckan.plugins.toolkit as tk
import pytest
from ckan.tests import factories
from hypothesis import given
from hypothesis import strategies as st

from ckanext.satudatapmi.catalogue import history
from ckanext.satudatapmi.catalogue.kiosk import fields
from ckanext.satudatapmi.logic import kiosk_validators
from tests.portal.kiosk.items import item

KEY = ("x",)


def choice(value, **field):
    return kiosk_validators.kiosk_choice(field, {})(value)


@pytest.mark.parametrize(
    ("validator", "given_value", "kept"),
    [
        ("kiosk_day", "31-05-2024", "2024-05-31"),
        ("kiosk_day", "2024-05-31T08:00:00", "2024-05-31"),
        ("kiosk_number", " 4870 ", "4870"),
        ("kiosk_number", 7.5, "7.5"),
        ("kiosk_number", "1E3", "1000"),
        ("kiosk_url", " https://bp2mi.go.id/x?y=1 ", "https://bp2mi.go.id/x?y=1"),
        ("kiosk_phone", "+62  (21) 2924-4800", "+62 (21) 2924-4800"),
        ("kiosk_phone", "110", "110"),
    ],
)
def test_what_is_right_is_kept(with_plugins, validator, given_value, kept):
    assert getattr(kiosk_validators, validator)(given_value) == kept


@pytest.mark.parametrize(
    ("validator", "value", "said"),
    [
        ("kiosk_day", "besok", "besok is no day. Write it as 2024-05-31"),
        ("kiosk_day", "2024", "is no day"),
        ("kiosk_day", "2024-02-30", "is no day"),
        ("kiosk_number", "banyak", "is no number. Write digits alone"),
        ("kiosk_number", "-1", "is no number"),
        ("kiosk_number", "nan", "is no number"),
        ("kiosk_number", "1.500.000", "is no number"),
        ("kiosk_url", "bp2mi.go.id", "Expected http://... or https://..."),
        ("kiosk_url", "javascript:alert(1)", "Expected http"),
        ("kiosk_url", "https://", "Expected http"),
        ("kiosk_url", "https://a b.id", "Expected http"),
        ("kiosk_url", "https://[::1", "Expected http"),
        ("kiosk_phone", "telepon", "is no telephone number"),
        ("kiosk_phone", "12", "is no telephone number"),
        ("kiosk_phone", "1234567890123456", "is no telephone number"),
        ("kiosk_phone", "0812 / 0813", "Expected one number"),
        ("kiosk_phone", "\u0661\u0662\u0663\u0664", "is no telephone number"),
    ],
)
def test_what_is_wrong_is_told(with_plugins, validator, value, said):
    with pytest.raises(tk.Invalid, match=None) as told:
        getattr(kiosk_validators, validator)(value)
    assert said in told.value.error


def test_countries_and_areas_are_those_of_the_lists(with_plugins):
    assert choice("MYS", choices_from="negara") == "MYS"
    assert choice("35.10", choices_from="kabupaten_kota") == "35.10"
    with pytest.raises(tk.Invalid) as told:
        choice("Malaysia", choices_from="negara")
    assert "Malaysia is not on the list. Expected a code of it, such as" in told.value.error


def test_choices_are_kept_once_as_json(with_plugins):
    validator = kiosk_validators.kiosk_choices({"choices_from": "topics"}, {})
    assert validator(["rights", "costs", "rights"]) == '["rights", "costs"]'
    assert validator('["rights"]') == validator("rights") == '["rights"]'
    with pytest.raises(tk.Invalid):
        validator(["rights", "hak"])


@given(st.none() | st.text() | st.integers() | st.lists(st.text()) | st.dictionaries(st.text(), st.text()))
def test_no_value_ends_in_a_fault(value):
    for name, validator in kiosk_validators.get_validators().items():
        if name in ("kiosk_day", "kiosk_number", "kiosk_url", "kiosk_phone"):
            try:
                assert isinstance(validator(value), str)
            except tk.Invalid as told:
                assert told.error


def test_a_day_that_is_to_come_was_not_verified(with_plugins):
    today = history.today()
    kiosk_validators.kiosk_not_in_future(KEY, {KEY: today.isoformat()}, defaultdict(list), {})
    with pytest.raises(tk.Invalid):
        tomorrow = (today + dt.timedelta(1)).isoformat()
        kiosk_validators.kiosk_not_in_future(KEY, {KEY: tomorrow}, defaultdict(list), {})


@pytest.mark.parametrize("kind", fields.types())
def test_every_fault_of_an_item_is_told_at_once(portal, kind):
    names = [field["field_name"] for field in fields.kind(kind).fields if "kiosk_required" in field["validators"]]
    texts = {field["field_name"] for field in fields.kind(kind).fields if "sdi_" in field["validators"]}
    wrong = {name: "\x00entah" for name in names if name not in texts}
    owner = factories.Organization()["id"]
    with pytest.raises(tk.ValidationError) as told:
        item(kind, owner, **wrong)
    assert set(told.value.error_dict) == set(wrong)
    needed = {field["field_name"] for field in fields.kind(kind).fields if field.get("required")} - {"owner_org"}
    with pytest.raises(tk.ValidationError) as told:
        item(kind, owner, **dict.fromkeys(names, " "))
    assert set(told.value.error_dict) == needed
