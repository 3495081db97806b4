"""The benches of pages: what Lighthouse reports, what users meet with, and what counts as good."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest

from satudata_local.bench import lighthouse, pages, rows, table
from satudata_local.bench.users import Visits

ON_A_PHONE, AT_ONCE = rows.chosen(["pages-lighthouse", "pages-load"])
GOOD = lighthouse.Seen(1.4, 0.0, 80.0, (99, 100, 100))


@pytest.mark.parametrize(
    ("other", "met"),
    [
        ({}, True),
        ({"paint_seconds": 2.1}, False),
        ({"kb": 301.0}, False),
        ({"shift": 0.06}, False),
        ({"scores": (99, 94, 100)}, False),
    ],
)
def test_page_is_judged_by_paint_weight_shift_and_scores(other, met):
    stock = replace(GOOD, paint_seconds=2.8, kb=900.0)
    line = table.page(ON_A_PHONE, 1_000, replace(GOOD, **other), stock)
    assert line.met is met
    assert line.ratio == pytest.approx(2.8 / line.ours) and "stock 900 kB" in line.note
    assert table.page(ON_A_PHONE, 1_000, GOOD, None).ratio is None


def test_report_of_lighthouse_is_read_and_medians_are_of_each_figure():
    audits = {
        "largest-contentful-paint": {"numericValue": 1400.0},
        "cumulative-layout-shift": {"numericValue": 0.01},
        "total-byte-weight": {"numericValue": 80_000.0},
        "image-alt": {"score": 0, "title": "Images have no alt"},
        "told-only": {"score": 0, "title": "counts for nothing"},
    }
    judged = [{"id": "image-alt", "weight": 10}, {"id": "told-only", "weight": 0}]
    categories = {name: {"score": 0.99, "auditRefs": judged} for name in lighthouse.CATEGORIES}
    seen = lighthouse.seen({"audits": audits, "categories": categories})
    assert seen == lighthouse.Seen(1.4, 0.01, 80.0, (99, 99, 99), ("Images have no alt",))
    slow = lighthouse.Seen(9.0, 0.0, 70.0, (50, 100, 100))
    assert lighthouse.median([seen, slow, GOOD]) == lighthouse.Seen(
        1.4, 0.0, 80.0, (99, 100, 100), ("Images have no alt",)
    )


def test_users_of_pages_are_judged_without_errors_and_beside_stock():
    ours, stock = Visits([0.05] * 95 + [9.0] * 5), Visits([0.5] * 100, ["refused"])
    line = table.visited(AT_ONCE, 20_000, ours, stock)
    assert (line.ours, line.rival, line.ratio, line.met) == (0.05, 0.5, 10.0, True)
    assert "0 and 1 errors such as refused" in line.note
    assert table.visited(AT_ONCE, 20_000, Visits(ours.seconds, ["refused"]), stock).met is False
    assert table.visited(AT_ONCE, 20_000, Visits([0.2] * 100), stock).met is False


def test_searches_are_by_words_formats_and_pages():
    chance = random.Random(1)
    found = [frozenset(pages.search(chance, ["penempatan"], ["CSV"])) for _time in range(200)]
    assert set(found) == {frozenset(one) for one in (["q"], ["q", "res_format"], ["res_format"], ["page"])}


def test_touches_of_a_kiosk_are_judged_by_the_slow_ones():
    (row,) = rows.chosen(["kiosk"])
    line = table.touched(row, 1_000, [0.06] * 95 + [0.5] * 5, [0.3] * 20)
    assert (line.ours, line.rival, line.ratio, line.met) == (0.06, 0.3, pytest.approx(5.0), True)
    assert table.touched(row, 1_000, [0.06] * 90 + [0.5] * 10, [0.3] * 20).met is False
