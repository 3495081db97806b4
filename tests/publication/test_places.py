"""The pages of a catalogue as stock harvesters turn them: nothing is missed and nothing is met twice."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ckanext.satudatapmi.publication.places import PLACES, lay_out, places_of

CATALOGUES = st.tuples(st.integers(1, 12), st.lists(st.integers(0, PLACES - 1), max_size=12))


def laid_out(pages, places):
    return lay_out(pages, Counter(place * pages // PLACES + 1 for place in places))


def gathered(page_at):
    """Return what the stock dcat_json harvester makes, an entry each time: until a page is missing or says the same."""
    made, before, number = [], [], 1
    while (page := page_at(number)) is not None:
        assert page, "a page without datasets is the end for it"
        made += [one for one in page if one not in before]
        if sorted(page) == sorted(before):
            break
        before, number = page, number + 1
    return made


def of_layout(layout):
    return lambda number: list(layout.shown(number)) if number <= layout.last else None


@given(CATALOGUES)
def test_stock_harvester_makes_every_dataset_once(catalogue):
    layout = laid_out(*catalogue)
    assert sorted(gathered(of_layout(layout))) == list(range(layout.total))


@given(CATALOGUES)
def test_links_lead_to_every_dataset_once(catalogue):
    layout = laid_out(*catalogue)
    number, found = 1, []
    while number:
        found += layout.own(number)
        following = layout.next(number)
        assert following is None or layout.previous(following) == (number if layout.own(number) else None)
        number = following
    assert found == list(range(layout.total))


@given(st.integers(1, 200), st.integers(1, 200))
def test_pages_that_become_one_more_leave_nothing_out(pages, number):
    """The next of more pages begins on the page that was read last, or right behind it."""
    number = min(number, pages)
    first, end = places_of(number, pages)
    assert first <= places_of(number + 1, pages + 1)[0] <= end


@pytest.mark.parametrize(("pages", "places"), [(0, []), (3, [])])
def test_without_datasets_there_is_no_last_page(pages, places):
    layout = laid_out(pages, places)
    assert (layout.total, layout.last) == (0, 0)
