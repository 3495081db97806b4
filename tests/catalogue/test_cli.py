"""The command line on metadata."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner

from ckanext.satudatapmi import cli
from tests.publication.datasets import FULL, make

pytestmark = [pytest.mark.usefixtures("portal"), pytest.mark.slow]


def run(*arguments):
    return CliRunner().invoke(cli.satudata, ["metadata", *arguments])


def test_check_names_what_is_missing_and_ends_with_1():
    dataset = make()
    done = run("check", dataset["name"], "--json")
    assert done.exit_code == 1
    (marks,) = json.loads(done.output).values()
    assert [mark["kept"] for mark in marks] == [False] * 4
    assert "standar_data" in run("check").output


def test_export_writes_the_form_with_its_officials():
    dataset = make(**FULL)
    document = json.loads(run("export", dataset["name"]).output)
    assert document["blok_ii"]["penanggung_jawab_teknis"]["nama"] == "Fulan bin Fulan"
    assert json.loads(run("export", dataset["name"], "--form", "ms_ind").output)["nama"] == FULL["title"]


@pytest.mark.parametrize("arguments", [("export", "tidak-ada"), ("check", "tidak-ada")])
def test_unknown_dataset_is_told(arguments):
    done = run(*arguments)
    assert done.exit_code == 1 and "tidak-ada" in done.output
