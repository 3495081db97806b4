"""The stylesheet: compiled from its source, self-contained, readable."""

from __future__ import annotations

import itertools
import re
from pathlib import Path

import pytest
import sass

import ckanext.satudatapmi

ASSETS = Path(ckanext.satudatapmi.__file__).parent / "assets"
SOURCE = ASSETS / "scss" / "satudatapmi.scss"
GROUNDS = ("mori-50", "paper", "mori-100")
ON_LIGHT = ("ink", "ink-soft", "nila-700", "nila-950", "sogan-700", "merah-700")
PAIRS = [
    *itertools.product(ON_LIGHT, GROUNDS),
    ("paper", "nila-700"),
    ("paper", "nila-900"),
    ("paper", "nila-950"),
    ("paper", "merah-700"),
    ("sogan-300", "nila-900"),
    ("hijau-800", "hijau-100"),
    ("merah-700", "merah-100"),
    ("sogan-700", "kuning-100"),
    ("nila-900", "nila-100"),
    ("ink-soft", "nila-100"),
]


def test_the_stylesheet_is_compiled_from_its_source():
    compiled = sass.compile(filename=str(SOURCE), output_style="expanded")
    assert (ASSETS / "css" / "satudatapmi.css").read_text(encoding="utf-8") == compiled


def test_the_stylesheet_loads_nothing():
    addresses = re.findall(r"url\(\s*[\"']?([^\"')]{0,40})", SOURCE.read_text(encoding="utf-8"))
    assert addresses
    assert all(address.startswith("data:image/svg+xml,") for address in addresses)
    assert "@import" not in SOURCE.read_text(encoding="utf-8")


@pytest.mark.parametrize(("text", "ground"), PAIRS)
def test_text_has_contrast(text, ground):
    colours = dict(re.findall(r"^\$([\w-]+): (#[0-9a-f]{3,6});", SOURCE.read_text(encoding="utf-8"), re.MULTILINE))
    light, dark = sorted((luminance(colours[text]), luminance(colours[ground])), reverse=True)
    assert (light + 0.05) / (dark + 0.05) >= 4.5


def luminance(colour: str) -> float:
    """Return the relative luminance of WCAG 2.2."""
    digits = colour[1:] if len(colour) == 7 else "".join(digit * 2 for digit in colour[1:])
    channels = [int(digits[at : at + 2], 16) / 255 for at in (0, 2, 4)]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
