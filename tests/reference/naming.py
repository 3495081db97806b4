"""Tables with names in them, as a harvest hands them to the queue."""

from __future__ import annotations

from typing import Any

import ckan.model as model
import sqlalchemy as sa

from ckanext.satudatapmi.reference import review
from ckanext.satudatapmi.reference.learned import NameSeen, context_of
from ckanext.satudatapmi.reference.matchers import folded, match_all

EAST_JAVA = {"level": "kabupaten_kota", "within": "35"}


def forget_names() -> None:
    """Delete all names, questions and decisions."""
    for table in (review.SEEN, review.QUESTION, review.ALIAS):
        model.Session.execute(sa.delete(table))
    model.Session.commit()


def seen(
    codes: str, text: str, options: dict[str, Any] | None = None, figures: int = 1, row: int = 2, field: str = ""
) -> NameSeen:
    """A name as a table has it, matched with what is decided by now."""
    match = match_all(codes, [text], options, review.learned())[text]
    context = context_of(options)
    printed = (text, "1.234")
    return NameSeen(field or codes, codes, context, folded(codes, text), match, row, "Nama", figures, printed)


def harvest(dataset: dict[str, Any], *names: NameSeen, place: int = 0) -> None:
    """Have a resource of a dataset hold these names."""
    resource = dataset["resources"][place]
    review.record(review.Place(dataset["id"], resource["id"], "tabel.csv"), names)
    model.Session.commit()


def number_of(text: str, codes: str = "negara", context: str = "") -> int:
    """Return the number of the question about a name."""
    query = sa.select(review.QUESTION.c.id).where(
        review.QUESTION.c.list == codes,
        review.QUESTION.c.name == folded(codes, text),
        review.QUESTION.c.context == context,
    )
    return model.Session.execute(query).scalar_one()
