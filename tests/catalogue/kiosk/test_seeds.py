"""The content that the kiosk ships with: what it says, and that loading it changes nobody's work."""

from __future__ import annotations

import datetime as dt
import json
from collections import Counter
from dataclasses import replace

import ckan.plugins.toolkit as tk
import pytest
from ckan.tests import factories, helpers
from click.testing import CliRunner

from ckanext.satudatapmi import cli
from ckanext.satudatapmi.catalogue.kiosk import fields, seeds
from ckanext.satudatapmi.portal.kiosk import content

DAY = dt.date(2026, 2, 1)
BOTH = ("title", "notes", "steps", "documents", "warning")


def run(*arguments):
    return CliRunner().invoke(cli.satudata, ["kiosk", "seed", "--organization", "bp2mi", *arguments])


def counts(*arguments) -> Counter[str]:
    done = run("--json", *arguments)
    assert done.exit_code == 0, done.output
    return Counter(change["action"] for change in json.loads(done.stdout))


@pytest.fixture
def owner(portal) -> str:
    return factories.Organization(name="bp2mi")["id"]


def test_names_are_unique_and_say_that_they_are_the_kiosks():
    names = [seed.name for seed in seeds.shipped()]
    assert len(set(names)) == len(names)
    assert all(name.startswith("aim-") for name in names)


def test_every_item_has_a_source_a_day_and_both_languages():
    for seed in seeds.shipped():
        values = seed.values
        assert values["source_title"] and values["verified_on"] and values["verified_by"] and values["source_kind"]
        for name in BOTH:
            assert bool(values.get(name)) == bool(values.get(f"{name}_en")), (seed.name, name)
        for name in ("steps", "documents"):
            assert len(json.loads(values.get(name, "[]"))) == len(json.loads(values.get(f"{name}_en", "[]"))), seed.name


def test_the_law_is_there_whole():
    rights = [one for one in seeds.shipped() if one.type == "aim-right"]
    letters = [one.values["legal_basis"][-1] for one in rights if "ayat (1)" in one.values.get("legal_basis", "")]
    assert letters == list("abcdefghijklm")
    assert len([one for one in seeds.shipped() if one.type == "aim-cost"]) == 14


def test_what_is_not_held_has_no_items():
    assert {"aim-agency", "aim-country", "aim-job-order", "aim-training"}.isdisjoint(
        one.type for one in seeds.shipped()
    )


def test_loading_makes_every_item_and_a_second_time_changes_nothing(owner):
    everything = len(seeds.shipped())
    assert counts("--dry-run") == {"create": everything}
    assert not any(content.current(DAY).values())
    assert counts() == {"create": everything}
    assert sum(map(len, content.current(DAY).values())) == everything
    assert counts() == {"keep": everything}


def test_what_was_edited_hidden_or_deleted_in_the_portal_stays(owner, monkeypatch):
    counts()
    edited, hidden, deleted, other = (seed.name for seed in seeds.shipped()[:4])
    user = {"user": factories.Sysadmin()["name"]}
    helpers.call_action("package_patch", user, id=edited, title="Punya kami")
    helpers.call_action("package_patch", user, id=hidden, private=True)
    helpers.call_action("package_delete", user, id=deleted)
    newer = [replace(one, values={**one.values, "title": "Terbitan baru"}) for one in seeds.shipped()]
    monkeypatch.setattr(seeds, "shipped", lambda: tuple(newer))
    assert counts() == {"update": len(newer) - 3, "edited": 3}
    shown = {one.name: one.title["id"] for one in content.current(DAY)["aim-right"]}
    assert (shown[edited], shown[other], hidden in shown, deleted in shown) == (
        "Punya kami",
        "Terbitan baru",
        False,
        False,
    )


def test_a_field_that_is_shipped_no_more_goes(owner, monkeypatch):
    counts()
    first = next(one for one in seeds.shipped() if one.values.get("legal_basis"))
    newer = replace(first, values={key: value for key, value in first.values.items() if key != "legal_basis"})
    monkeypatch.setattr(seeds, "shipped", lambda: (newer,))
    assert counts() == {"update": 1}
    assert "legal_basis" not in tk.get_action("package_show")({"ignore_auth": True}, {"id": first.name})
    assert counts() == {"keep": 1}


def test_the_organisation_may_be_changed_without_owning_the_text(owner):
    counts()
    body = factories.Organization()["id"]
    user = {"user": factories.Sysadmin()["name"]}
    first = seeds.shipped()[0].name
    helpers.call_action("package_patch", user, id=first, owner_org=body)
    assert counts() == {"keep": len(seeds.shipped())}
    assert helpers.call_action("package_show", id=first)["owner_org"] == body


def test_an_unknown_organisation_is_told(portal):
    done = run()
    assert done.exit_code == 2 and "there is no organisation bp2mi" in done.output


def test_every_tile_that_content_can_fill_has_some_but_what_is_not_held(owner):
    counts()
    there = {topic for items in content.current(DAY).values() for one in items for topic in one.topics}
    everything = {one["value"] for one in fields.document()["topics"]}
    assert everything - there == {"district"}
