"""Pages by official outlines, where this site has them. The shapes are made up."""

from __future__ import annotations

import pytest
from bs4 import BeautifulSoup

from ckanext.satudatapmi.portal.charts import outline_import, outlines
from ckanext.satudatapmi.portal.charts.outline_import import import_outlines
from ckanext.satudatapmi.portal.memory import forget
from tests.portal.charts.test_outlines import SOURCE, collection, districts, held, provinces

__all__ = ["held"]


@pytest.mark.usefixtures("single_data")
def test_pages_show_outlines_in_place_of_tiles(app, held):  # noqa: F811
    def maps_of(address):
        return BeautifulSoup(app.get(address, status=200).body, "html.parser").select("main svg.tile-map")

    for kind in (provinces(), districts()):
        found = import_outlines(collection(kind), SOURCE)
        outlines.keep(found.level, found.topology)
    forget()
    for address in ("/", "/wilayah", "/indikator/placement"):
        [drawn] = maps_of(address)
        assert len(drawn.select("a path")) == 38 and not drawn.select("a rect"), address
        assert {one["href"] for one in drawn.select("a")} >= {"/wilayah/35", "/wilayah/91"}
    page = app.get("/wilayah/35", status=200).body
    [drawn] = maps_of("/wilayah/35")
    assert len(drawn.select("a path")) == 38 and SOURCE in page
    assert "M" in app.get("/angka.svg?indicator=placement&by=origin&as=tiles", status=200).body
    for level in outline_import.LEVELS:
        outlines.remove(level)
    forget()
    assert maps_of("/wilayah")[0].select("a rect") and maps_of("/wilayah/35") == []
