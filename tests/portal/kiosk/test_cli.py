"""The command line of who operates kiosks."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from click.testing import CliRunner

from ckanext.satudatapmi import cli
from ckanext.satudatapmi.portal.kiosk import devices, editions


def kiosk(*arguments: str):
    return CliRunner().invoke(cli.satudata, ["kiosk", *arguments])


def test_kiosk_is_added_and_its_address_told(no_kiosks):
    arguments = ["add", "lombok-tengah-1", "--place", "Disnaker Lombok Tengah", "--wilayah", "52.02", "--slip", "80"]
    done = kiosk(*arguments)
    address, secret = done.output.strip().split("#")
    assert done.exit_code == 0 and address.endswith("/aim/pasang") and len(secret) > 30
    (added,) = devices.all_kiosks()
    assert (added["id"], added["tongues"], added["slip"]) == ("lombok-tengah-1", ["id", "en"], "80")
    again = kiosk(*arguments)
    assert again.exit_code == 2 and "id" in again.stderr.lower() and len(devices.all_kiosks()) == 1


def test_kiosk_of_no_place_is_refused(no_kiosks):
    done = kiosk("add", "x", "--place", "Di sini", "--wilayah", "99.99")
    assert done.exit_code == 2 and done.stderr.startswith("satudata: ") and not devices.all_kiosks()


def test_edition_is_made_at_once_and_its_number_told(no_kiosks, request):
    # As an operator types it: within no request, which CliRunner would have. Nothing speaks here, which takes long.
    command = [Path(sys.executable).with_name("ckan"), "-c", request.config.getoption("--ckan-ini")]
    done = subprocess.run(
        [*command, "satudata", "kiosk", "edition"], env=os.environ | {"PATH": ""}, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    assert editions.current().number == int(done.stdout.split()[-1])
