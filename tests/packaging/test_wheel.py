"""The built wheel alone, in a fresh environment, starts CKAN: nothing is taken from the checkout."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).resolve().parents[2]
START = """
import sys, ckanext.satudatapmi as package
from ckan.cli import CKANConfigLoader
from ckan.config.middleware import make_app
assert package.__path__[0].startswith(sys.prefix), package.__path__
client = make_app(CKANConfigLoader(sys.argv[1]).get_config())._wsgi_app.test_client()
schema = "/api/3/action/scheming_dataset_schema_show?type=dataset"
for path in ("/", "/dataset/", "/en/dataset/", "/sumber", "/satudatapmi/favicon.svg", schema):
    answer = client.get(path)
    print(path, answer.status_code)
    assert answer.status_code == 200, answer.get_data(as_text=True)[-2000:]
assert 'lang="id"' in client.get("/").get_data(as_text=True)
"""


def run(command: list[str], **options) -> str:
    done = subprocess.run(command, capture_output=True, text=True, **options)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    environment = os.environ | {"SATUDATA_BUILD": str(tmp_path_factory.mktemp("build"))}
    run([f"{sys.prefix}/bin/uv", "build", "--wheel", "--out-dir", str(folder), str(CHECKOUT)], env=environment)
    return next(folder.glob("*.whl"))


def test_wheel_carries_every_file_of_the_package(wheel):
    with zipfile.ZipFile(wheel) as archive:
        inside = set(archive.namelist())
    folders = {
        "ckanext/satudatapmi": CHECKOUT / "ckanext-satudatapmi/ckanext/satudatapmi",
        "ckanext/satudatapmi/schemas": CHECKOUT / "schemas",
        "ckanext/satudatapmi/harvesters": CHECKOUT / "harvesters",
    }
    for name, folder in folders.items():
        for path in folder.rglob("*"):
            if path.is_file() and "__pycache__" not in path.parts:
                assert f"{name}/{path.relative_to(folder).as_posix()}" in inside


@pytest.mark.slow
def test_wheel_starts_ckan_in_a_fresh_environment(wheel, tmp_path, pytestconfig):
    uv = f"{sys.prefix}/bin/uv"
    venv = tmp_path / "venv"
    run([uv, "venv", "--python", f"{sys.prefix}/bin/python", str(venv)])
    constraints = str(CHECKOUT / "config/constraints.txt")
    run(
        [
            uv,
            "pip",
            "install",
            "--python",
            str(venv / "bin/python"),
            "-c",
            constraints,
            f"{wheel}",
            "ckan[requirements]",
        ]
    )
    environment = {key: value for key, value in os.environ.items() if not key.startswith("PYTHON")}
    run([str(venv / "bin/python"), "-c", START, pytestconfig.getoption("--ckan-ini")], cwd=tmp_path, env=environment)
