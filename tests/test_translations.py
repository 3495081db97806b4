"""Every text a visitor can meet has its Indonesian, and the compiled catalogue is the one that was written."""

from __future__ import annotations

import io
import re
import subprocess
import sys
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

CHECKOUT = Path(__file__).resolve().parents[1]
PACKAGE = CHECKOUT / "ckanext-satudatapmi/ckanext/satudatapmi"
CATALOGUE = PACKAGE / "i18n/id/LC_MESSAGES/ckanext-satudatapmi.po"
PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|\{\w*[^}]*\}")


@pytest.fixture(scope="module")
def indonesian() -> Catalog:
    with CATALOGUE.open("rb") as file:
        return read_po(file, locale="id")


@pytest.fixture(scope="module")
def in_the_code(tmp_path_factory) -> Catalog:
    template = tmp_path_factory.mktemp("i18n") / "messages.pot"
    folders = [str(PACKAGE), str(CHECKOUT / "harvesters"), str(CHECKOUT / "schemas")]
    command = [
        f"{sys.prefix}/bin/pybabel",
        "-q",
        "extract",
        "-F",
        str(CHECKOUT / "config/babel.cfg"),
        "-k",
        "_",
        "-k",
        "N_",
    ]
    subprocess.run([*command, "-o", str(template), *folders], cwd=CHECKOUT, check=True)
    with template.open("rb") as file:
        return read_po(file)


def texts(message) -> tuple[str, ...]:
    return message if isinstance(message, tuple) else (message,)


def test_every_text_in_the_code_is_translated(in_the_code, indonesian):
    wanted = [message.id for message in in_the_code if message.id]
    assert len(wanted) > 200
    known = {texts(message.id)[0]: texts(message.string) for message in indonesian if message.id}
    missing = [key for key in wanted if not all(known.get(texts(key)[0]) or [""])]
    assert missing == [], "run `make translations` and translate these"


def test_translations_keep_the_placeholders(indonesian):
    for message in indonesian:
        for translated in texts(message.string):
            if message.id and translated:
                assert set(PLACEHOLDER.findall(translated)) == set(PLACEHOLDER.findall(texts(message.id)[-1])), (
                    message.id
                )


def test_compiled_catalogue_is_up_to_date(indonesian):
    compiled = io.BytesIO()
    write_mo(compiled, indonesian)
    assert CATALOGUE.with_suffix(".mo").read_bytes() == compiled.getvalue(), "run `make translations`"
