"""The figures on the home page: the last that were published, what they are compared with, and where they are from."""

from __future__ import annotations

from typing import Any

import pytest

from ckanext.satudatapmi.portal import key_figures

DEFINITION = {"id": "placed", "title": {"id": "Ditempatkan"}, "note": {}}
FACET = {"id": "bp2mi_placement", "publisher": "bp2mi", "title": {"id": "Penempatan"}, "rank": 1}


def figure(value: float | None, year: int = 2024, definition: str = "placed", **codes: str) -> dict[str, Any]:
    return {
        "value": value,
        "ref_start": f"{year}-01-01",
        "ref_end": f"{year}-12-31",
        "facet": FACET["id"],
        "definition": definition,
        "codes": {name: {"code": code, "label": {"id": code}} for name, code in codes.items()},
    }


def answer(*figures: dict[str, Any], breaks: tuple[str, ...] = ()) -> dict[str, Any]:
    question = {"label": {"id": "Penempatan PMI"}}
    return {
        "preferred": list(figures),
        "definitions": [DEFINITION],
        "facets": [FACET],
        "question": question,
        "breaks": list(breaks),
    }


@pytest.fixture
def wanted(monkeypatch):
    """Set what the home page wants."""

    def want(**entry: Any) -> None:
        monkeypatch.setattr(key_figures, "_wanted", lambda: [entry])

    return want


def test_every_question_of_the_home_page_can_be_asked():
    from ckanext.satudatapmi.figures.question import question_of

    asked = [question_of(one["ask"]) for one in key_figures._wanted()]
    assert len(asked) == 5 and {one.indicator.id for one in asked} == {"placement", "complaint", "remittance"}


def test_last_figure_stands_beside_that_of_the_year_before(wanted):
    wanted(ask={"indicator": "placement"})
    questions: list[dict[str, str]] = []

    def ask(asked):
        questions.append(dict(asked))
        return answer(figure(297434)) if "time" not in asked else answer(figure(274965, 2023), figure(297434))

    [one] = key_figures.key_figures(ask)
    assert (one.first["value"], one.change and one.change.percent) == (297434, 8.2)
    assert one.asked == {"indicator": "placement", "time": "2024"} and one.title == {"id": "Penempatan PMI"}
    assert questions[1] == {"indicator": "placement", "facet": "bp2mi_placement", "time": "2023:2024"}


@pytest.mark.parametrize(
    "before",
    [
        answer(figure(1)),
        answer(figure(None, 2023), figure(1)),
        answer(figure(0, 2023), figure(1)),
        answer(figure(5, 2023, "another"), figure(1)),
        answer(figure(5, 2023), figure(1), breaks=("2024",)),
    ],
)
def test_figure_is_not_compared_with_what_does_not_compare(wanted, before):
    wanted(ask={"indicator": "placement"})
    [one] = key_figures.key_figures(lambda asked: before if "time" in asked else answer(figure(1)))
    assert one.change is None


def test_largest_of_the_last_period_come_first(wanted):
    wanted(ask={"indicator": "placement", "by": "origin"}, top=2, title={"id": "Provinsi"})
    rows = [("35", 5), ("52", 9), ("32", 7), ("33", None)]
    found = answer(*(figure(value, origin=code) for code, value in rows), figure(100, 2023, origin="35"))
    [one] = key_figures.key_figures(lambda _asked: found)
    assert [(name["id"], each["value"]) for name, each in zip(one.names, one.figures, strict=True)] == [
        ("52", 9),
        ("32", 7),
    ]
    assert [one.share(each) for each in one.figures] == [100.0, 77.8] and one.change is None


def test_figures_that_count_different_things_do_not_stand_in_one_order(wanted):
    wanted(ask={"indicator": "placement", "by": "destination"}, top=3, title={"id": "Negara"})
    other = figure(99, destination="SAU") | {"facet": "other_placement"}
    redefined = figure(98, definition="zzz", destination="JPN")
    found = answer(other, redefined, figure(7, destination="MYS"), figure(5, destination="TWN"))
    found["facets"].append(FACET | {"id": "other_placement", "rank": 2})
    [one] = key_figures.key_figures(lambda _asked: found)
    assert [each["value"] for each in one.figures] == [7, 5] and one.facet == FACET


def test_what_nobody_has_published_is_not_shown(wanted):
    wanted(ask={"indicator": "remittance"})
    assert key_figures.key_figures(lambda _asked: answer(figure(None))) == []
