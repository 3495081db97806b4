"""What journalists ask the single data of `cube`, in names as they write them; the same questions in each run.

python -m satudata_local.bench.questions COUNT    prints the parameters of pmi_query as a list in JSON
"""

from __future__ import annotations

import json
import random
import sys
from collections.abc import Callable
from typing import Any

# This runs in the site's environment, which the checks of these scripts do not look into.
from ckanext.satudatapmi.reference import wilayah  # pyright: ignore[reportMissingImports]
from ckanext.satudatapmi.reference.codelists import load  # pyright: ignore[reportMissingImports]

from .cube import DESTINATIONS
from .making import destinations, districts, rng

Question = dict[str, str]
YEARS = range(2017, 2026)


def questions(count: int) -> list[Question]:
    """Return so many questions, of each kind equally many."""
    chance = rng()
    return [KINDS[number % len(KINDS)](chance) for number in range(count)]


def _district(chance: random.Random) -> str:
    return chance.choice(districts()).name


def _province(chance: random.Random) -> str:
    provinces = [area.name for area in wilayah.areas().values() if area.level == "provinsi"]
    # Bengkulu alone may be the city.
    return f"Provinsi {chance.choice(provinces)}"


def _country(chance: random.Random) -> str:
    return chance.choice(destinations()[:DESTINATIONS]).name


def _year(chance: random.Random) -> str:
    return str(chance.choice(YEARS))


def one_cell(chance: random.Random) -> Question:
    """Return the question for one cell, as Lombok Tengah to Malaysia in 2022."""
    return {"origin": _district(chance), "destination": _country(chance), "time": _year(chance)}


def one_month(chance: random.Random) -> Question:
    """Return the question for one month."""
    return {"origin": _district(chance), "time": f"{_year(chance)}-{chance.randint(1, 12):02}"}


def over_years(chance: random.Random) -> Question:
    """Return the question for a series over all years."""
    return {"origin": _district(chance), "destination": _country(chance), "time": f"{YEARS[0]}:{YEARS[-1]}"}


def by_destination(chance: random.Random) -> Question:
    """Return the question for a province's placements by destination."""
    return {"origin": _province(chance), "by": "destination", "time": _year(chance)}


def by_sex(chance: random.Random) -> Question:
    """Return the question for a district's placements by sex."""
    return {"origin": _district(chance), "by": "sex", "time": _year(chance)}


def by_district(chance: random.Random) -> Question:
    """Return the question for a province's districts to one country."""
    return {"origin": _province(chance), "by": "origin", "destination": _country(chance), "time": _year(chance)}


def latest_by_destination(chance: random.Random) -> Question:
    """Return the question for the latest figures by destination."""
    return {"origin": _province(chance), "by": "destination"}


def as_of(chance: random.Random) -> Question:
    """Return the question for what was known on a day."""
    return one_cell(chance) | {"time": "2023", "vintage": "2024-06-30"}


def unpublished(chance: random.Random) -> Question:
    """Return the question for a cell that nobody published, which margins set bounds to."""
    education = chance.choice([one.label for one in load("pendidikan")])
    return one_cell(chance) | {"education": education}


KINDS: tuple[Callable[[random.Random], Question], ...] = (
    one_cell,
    one_month,
    over_years,
    by_destination,
    by_sex,
    by_district,
    latest_by_destination,
    as_of,
    unpublished,
)


def main(count: int) -> None:
    """Print questions."""
    asked: list[Any] = questions(count)
    print(json.dumps(asked))


if __name__ == "__main__":
    main(int(sys.argv[1]))
