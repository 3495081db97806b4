"""The map of provinces: all 38, none upon another, in classes that hold about as many each."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ckanext.satudatapmi.portal.charts import tiles
from ckanext.satudatapmi.reference import wilayah

PROVINCES = [one.code for one in wilayah.within_area(level="provinsi")]


def test_every_province_has_a_place_of_its_own():
    drawn = tiles.tile_map({})
    assert sorted(one.code for one in drawn.tiles) == sorted(PROVINCES) and len(PROVINCES) == 38
    assert max(Counter((one.x, one.y) for one in drawn.tiles).values()) == 1
    assert max(Counter(one.name for one in drawn.tiles).values()) == 1
    assert all(one.ground == tiles.WITHOUT[0] for one in drawn.tiles) and drawn.classes == ()


@given(st.dictionaries(st.sampled_from(PROVINCES), st.integers(0, 50)))
def test_every_figure_is_in_the_class_whose_colour_it_has(values):
    drawn = tiles.tile_map(values)
    bounds = [(one.least, one.most) for one in drawn.classes]
    assert bounds == sorted(bounds) and all(a[1] < b[0] for a, b in zip(bounds, bounds[1:], strict=False))
    for tile in drawn.tiles:
        [held] = [one for one in drawn.classes if tile.value is not None and one.least <= tile.value <= one.most] or [
            None
        ]
        assert tile.ground == (held.ground if held else tiles.WITHOUT[0])


def test_classes_hold_about_as_many_provinces_each():
    drawn = tiles.tile_map({code: 10 * i for i, code in enumerate(PROVINCES)})
    sizes = Counter(one.ground for one in drawn.tiles)
    assert len(drawn.classes) == 5 and set(sizes.values()) <= {7, 8}


@pytest.mark.parametrize(("ground", "ink"), [*tiles.COLOURS, tiles.WITHOUT])
def test_letters_can_be_read_on_their_tile(ground, ink):
    assert contrast(ground, ink) >= 4.5


def contrast(one, other):
    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def luminance(colour):
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return sum(weight * part for weight, part in zip((0.2126, 0.7152, 0.0722), linear, strict=True))
