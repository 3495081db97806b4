"""What the kiosk shows on a day."""

from __future__ import annotations

import datetime as dt

import pytest
from ckan.tests import factories, helpers
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from ckanext.satudatapmi.catalogue.kiosk import fields
from ckanext.satudatapmi.portal.kiosk import content
from tests.portal.kiosk.items import COMMON, item

DAY = dt.date(2026, 2, 1)
DAYS = st.dates(dt.date(2025, 12, 25), dt.date(2026, 1, 10))


@pytest.fixture
def owner(portal) -> str:
    return factories.Organization()["id"]


def shown(kind: str, day: dt.date = DAY) -> list[str]:
    return [one.name for one in content.current(day)[kind]]


def only(kind: str, day: dt.date = DAY) -> content.Item:
    (found,) = content.current(day)[kind]
    return found


def test_every_kind_is_there_and_empty_without_items(portal):
    assert content.current(DAY) == dict.fromkeys(fields.types(), ())


@pytest.mark.parametrize("kind", fields.types())
def test_an_item_of_each_kind_is_shown(owner, kind):
    made = item(kind, owner)
    found = only(kind)
    assert (found.name, found.title, found.stale) == (made["name"], {"id": "Uji", "en": "Test"}, False)
    assert found.verified_on == dt.date(2026, 1, 5)


def test_codes_are_told_by_their_names(owner):
    item("aim-agency", owner, licence_status="revoked", province="35", phone="+62 31 123456")
    found = only("aim-agency")
    assert found.code("licence_status") == "revoked"
    assert {one.name: one.value["id"] for one in found.fields if one.name in ("licence_status", "province")} == {
        "licence_status": ("IZIN DICABUT",),
        "province": ("Jawa Timur",),
    }


def test_money_is_told_with_currency_and_time(owner):
    item("aim-right", owner, country="HKG", wage_min="4870", wage_currency="HKD", wage_per="month")
    found = only("aim-right")
    wage = found.field("wage_min")
    assert wage is not None
    assert wage.value == {"id": ("HKD 4.870 / bulan",), "en": ("HKD 4,870 / month",)}
    assert found.country_name == {"id": "Hong Kong", "en": "Hong Kong SAR China"}
    assert not found.field("wage_currency")


def test_lists_and_texts_without_english_are_indonesian(owner):
    item("aim-guide", owner, topics=["complaint", "families"], steps=["Catat", "Telepon"], title_en="")
    found = only("aim-guide")
    steps = found.field("steps")
    assert steps is not None
    assert steps.value == {"id": ("Catat", "Telepon"), "en": ("Catat", "Telepon")}
    assert (found.title["en"], found.topics) == ("Uji", ("complaint", "families"))


def test_private_and_deleted_items_are_not_shown(owner):
    item("aim-country", owner, private=True)
    gone = item("aim-country", owner)
    helpers.call_action("package_delete", {"user": factories.Sysadmin()["name"]}, id=gone["id"])
    assert shown("aim-country") == []


def test_items_stand_by_rank_then_by_title(owner):
    names = {
        title: item("aim-right", owner, title=title, rank=rank)["name"]
        for title, rank in (("beta", ""), ("Alfa", ""), ("z", "2"), ("y", "10"))
    }
    assert shown("aim-right") == [names[title] for title in ("z", "y", "Alfa", "beta")]


@pytest.mark.parametrize(("kind", "days"), [("aim-agency", 30), ("aim-country", 90), ("aim-right", 365)])
def test_an_item_is_stale_the_day_after_its_kind_allows(owner, kind, days):
    item(kind, owner)
    last = dt.date.fromisoformat(COMMON["verified_on"]) + dt.timedelta(days)
    assert (only(kind, last).stale, only(kind, last + dt.timedelta(1)).stale) == (False, True)


@given(st.none() | DAYS, st.none() | DAYS, DAYS)
@example(dt.date(2026, 1, 1), dt.date(2026, 1, 1), dt.date(2026, 1, 1))
@example(None, dt.date(2025, 12, 31), dt.date(2026, 1, 1))
@example(dt.date(2026, 1, 1), None, dt.date(2025, 12, 31))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=30)
def test_an_item_is_shown_from_its_first_to_its_last_day(owner, start, end, day):
    if start and end and end < start:
        start, end = end, start
    ends = {"valid_from": start and start.isoformat(), "valid_to": end and end.isoformat()}
    made = item("aim-country", owner, **ends)
    expected = (start is None or start <= day) and (end is None or day <= end)
    assert (made["name"] in shown("aim-country", day)) is expected
