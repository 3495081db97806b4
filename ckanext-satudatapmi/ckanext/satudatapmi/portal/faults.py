"""What the public reads of the faults of a harvest: what is wrong with which records, and nothing of what they hold."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ckanext.satudatapmi.harvesters.remarks import remark_words
from ckanext.satudatapmi.harvesters.report import Gathered
from ckanext.satudatapmi.portal.errors import EXAMPLES, group_errors, without_contacts, without_quotes
from ckanext.satudatapmi.text import _


def public_groups(gathered: Gathered | None, errors: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return the faults of a job, those of a kind as one, the most frequent first.

    Args:
        gathered: what the pipeline kept of the job; None for a job of another harvester.
        errors: its messages, each with `stage`, `record` and `message`.

    Returns:
        Dicts with `message`, `stage`, `count` and `records` (numbers in the catalogue, up to three, as texts).
    """
    if gathered is None:
        plain = [{**error, "message": without_quotes(error["message"]), "record": None} for error in errors]
        return group_errors(plain)
    refused = sum(error["stage"] != "Gather" for error in errors)
    groups = [*_of_catalogue(gathered), *_rejected(gathered), *_remarked(gathered), *_refused(refused)]
    return sorted(groups, key=lambda group: -group["count"])


def _group(message: str, count: int, numbers: Sequence[int] = (), stage: str = "Gather") -> dict[str, Any]:
    told = [_("record {number}", number=number) for number in numbers if number]
    return {"message": message, "stage": stage, "count": count, "records": told[:EXAMPLES]}


def _of_catalogue(gathered: Gathered) -> Iterator[dict[str, Any]]:
    if gathered.error:
        yield _group(without_contacts(gathered.error), 1)
    if gathered.held_back:
        words = _(
            "Datasets are missing from the catalogue. They were kept, because the catalogue was not read whole or has "
            "records that could not be told apart."
        )
        yield _group(words, gathered.held_back)


def _rejected(gathered: Gathered) -> Iterator[dict[str, Any]]:
    numbers: dict[tuple[str, str, str], list[int]] = defaultdict(list)
    for one in gathered.rejections:
        numbers[one["field"], one.get("expected", ""), one.get("advice", "")].append(one["number"])
    for (field, expected, advice), those in numbers.items():
        if expected:
            words = _(
                "{field}: the record cannot be used. Expected: {expected}. {advice}",
                field=field,
                expected=expected,
                advice=advice,
            )
        else:
            words = _("The record cannot be used.")
        yield _group(words, len(those), those)
    if gathered.rejected > len(gathered.rejections):
        words = _("More records cannot be used, for the same reasons.")
        yield _group(words, gathered.rejected - len(gathered.rejections))


def _remarked(gathered: Gathered) -> Iterator[dict[str, Any]]:
    for fault in gathered.faults:
        words = f"{fault['field']}: {remark_words(fault['kind'])}"
        yield _group(words, fault["count"], [one["number"] for one in fault["examples"]])


def _refused(count: int) -> Iterator[dict[str, Any]]:
    if count:
        words = _(
            "Records or cells that the portal refused. Those who manage the source read the reasons in its report."
        )
        yield _group(words, count, stage="Import")
