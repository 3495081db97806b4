"""The boxes of areas: one for each, and that of a province holds those of its districts."""

from __future__ import annotations

from ckanext.satudatapmi.reference import extents, wilayah


def test_every_area_has_a_box_within_that_of_the_one_above():
    for area in wilayah.areas().values():
        box = extents.box_of(area.code)
        assert box and box.west < box.east and box.south < box.north, area
        above = extents.box_of(area.parent or wilayah.INDONESIA)
        assert extents.around([box, above]) == above, area


def test_places_lie_where_they_are():
    for code, (longitude, latitude) in {
        "31.71": (106.83, -6.18),
        "35.78": (112.74, -7.25),
        "91.71": (140.7, -2.6),
    }.items():
        box = extents.box_of(code)
        assert box.west <= longitude <= box.east and box.south <= latitude <= box.north, code


def test_an_unknown_code_has_no_box():
    assert extents.box_of("99") is None
