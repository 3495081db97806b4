"""Takes the steps of the workflow: who may, what has to be in order before, and who is told afterwards."""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from typing import Any

import ckan.model as model
import ckan.plugins.toolkit as tk

from ckanext.satudatapmi.catalogue import duties, history, notices, register, reviews, workflow
from ckanext.satudatapmi.catalogue.principles import Mark
from ckanext.satudatapmi.catalogue.reviews import STATUS_FIELD, Taken
from ckanext.satudatapmi.catalogue.workflow import OUTSIDE, Position, StepRefused
from ckanext.satudatapmi.harvesters import access
from ckanext.satudatapmi.harvesters.access import HARVEST_CONTEXT
from ckanext.satudatapmi.schemas import vocabularies
from ckanext.satudatapmi.text import _

HANDED_OVER = ("standar_data", "metadata")
"""What has to come with the data to walidata (article 33): the other principles are theirs to check."""


CHECKED_STEPS = (workflow.SUBMIT, workflow.APPROVE)
"""Steps that wait until the dataset is in order."""

STARTS = {
    workflow.DRAFT: workflow.START,
    workflow.IN_REVIEW: Position(workflow.IN_REVIEW, workflow.WALIDATA, published=False),
    workflow.REJECTED: Position(workflow.REJECTED, workflow.PRODUSEN, published=False),
}
"""Where a new dataset of each status begins; an approved one has nothing before it."""


class NotInOrder(ValueError):
    """A step that has to wait; `problems` say what is missing, in words."""

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__("; ".join(problems))
        self.problems = tuple(problems)


def position_of(package: Mapping[str, Any]) -> Position:
    """Return where the checking of a dataset stands."""
    return reviews.position(package["id"]) or OUTSIDE


def is_priority(package: Mapping[str, Any]) -> bool:
    """Tell whether a dataset is Data Prioritas, which pembina data check as well (article 35).

    It says so itself, or its entry in this year's daftar data does.
    """
    if not vocabularies.is_missing(package.get("prioritas_tahun")):
        return True
    (entries,) = register.named_by(package)
    return any(entry.priority and entry.year == history.today().year for entry in entries)


def possible_steps(package: Mapping[str, Any], user: str | None) -> tuple[str, ...]:
    """Return the steps that a user may take with a dataset now."""
    return workflow.steps(position_of(package), duties.of_user(user, package.get("owner_org")))


def take(package: Mapping[str, Any], taken: Taken, user: str, marks: Sequence[Mark]) -> Position:
    """Take a step, within the running transaction.

    Args:
        package: the dataset, in the shape of package_show.
        taken: the step.
        user: name of whoever takes it.
        marks: of the dataset, by the four principles; only CHECKED_STEPS look at them.

    Returns:
        Where the dataset is now.

    Raises:
        StepRefused: the step does not lead on from where the dataset is, or is for another duty.
        NotInOrder: something is missing.
    """
    before = reviews.lock(package["id"]) or OUTSIDE
    if package.get("state") == "deleted":
        raise StepRefused(taken.step)
    held = duties.of_user(user, package.get("owner_org"))
    after = workflow.take(taken.step, before, held, priority=_goes_to_pembina(package))
    if problems := _missing(package, taken, marks):
        raise NotInOrder(problems)
    event = reviews.move(package["id"], before, after, taken)
    notices.tell(event, _told(package, after), but=taken.user_id)
    return after


def _missing(package: Mapping[str, Any], taken: Taken, marks: Sequence[Mark]) -> list[str]:
    if taken.step in workflow.WITH_REASON and not taken.reason:
        return [_("A reason is needed: say what has to be mended, so that the produsen data can mend it.")]
    if taken.step == workflow.SUBMIT:
        return _not_handed_over(package, marks)
    if taken.step == workflow.APPROVE and not taken.reason:
        # Walidata may decide otherwise than the checks, but have to say why.
        return [words for mark in marks for words in mark.missing]
    return []


def _not_handed_over(package: Mapping[str, Any], marks: Sequence[Mark]) -> list[str]:
    missing = [words for mark in marks if mark.principle in HANDED_OVER for words in mark.missing]
    if not package.get("resources"):
        missing.insert(0, _("The dataset has no data yet. Add a file or a link."))
    return missing


def _told(package: Mapping[str, Any], after: Position) -> list[str]:
    """Return the ids of those whose turn it is; of a produsen data, those who submitted the dataset."""
    if after.turn in (workflow.WALIDATA, workflow.PEMBINA):
        return duties.holders(after.turn, package["owner_org"])
    produsen = duties.holders(workflow.PRODUSEN, package["owner_org"])
    # Who submitted it may have left the organisation since, and what happens there is no business of theirs.
    return sorted(set(reviews.submitters(package["id"])) & set(produsen)) or produsen


def _goes_to_pembina(package: Mapping[str, Any]) -> bool:
    """Tell whether pembina data check a dataset; where the site has none, nobody could end the checking."""
    return is_priority(package) and bool(duties.holders(workflow.PEMBINA, package["owner_org"]))


def begin(context: Mapping[str, Any], package: Mapping[str, Any]) -> None:
    """Start the way of a new dataset that is not approved yet, within the running transaction.

    What a harvester brings was published by a partner, whatever status it has there.
    """
    start = STARTS.get(package.get(STATUS_FIELD) or "")
    if start and package.get("type", "dataset") == "dataset" and not context.get(HARVEST_CONTEXT):
        reviews.begin(package["id"], start, _user_id(context))


def is_by_form(context: Mapping[str, Any]) -> bool:
    """Tell whether an action runs for CKAN's dataset form."""
    return "save" in context


def notice_change(context: Mapping[str, Any], package_id: str) -> bool:
    """Have a published dataset checked again that was changed, within the running transaction; tell whether it is.

    Raises:
        ckan.logic.NotAuthorized: it was handed over while its produsen data were changing it.
    """
    package = model.Session.get_one(model.Package, package_id)
    if package.type != "dataset":
        return False
    before = reviews.lock(package_id)
    if before:
        # The status that is being written was read before the lock.
        reviews.write_status(package, before.state)
    if context.get(HARVEST_CONTEXT) or duties.is_operator(context):
        return False
    held = duties.of_user(context.get("user"), package.owner_org)
    if before and before.locked and workflow.WALIDATA not in held:
        raise tk.NotAuthorized(_("The dataset is being checked. Take it back from review to change it."))
    after = _after_change(package, before or OUTSIDE, held)
    if after is None:
        return False
    taken = Taken(workflow.CHANGE, _user_id(context))
    event = reviews.move(package_id, before or OUTSIDE, after, taken)
    notices.tell(event, duties.holders(str(after.turn), package.owner_org or ""), but=taken.user_id)
    return True


def _after_change(package: model.Package, before: Position, held: Set[str]) -> Position | None:
    """Return where a change leads, None if nowhere: walidata check what produsen data change, pembina data what
    walidata change of Data Prioritas.
    """
    if workflow.WALIDATA not in held:
        if not workflow.is_noticed(before):
            return None
        return workflow.take(workflow.CHANGE, before, {workflow.PRODUSEN}, priority=False)
    described = {**(package.extras or {}), "owner_org": package.owner_org}
    if before.state == workflow.APPROVED and _goes_to_pembina(described):
        return Position(workflow.IN_REVIEW, workflow.PEMBINA, before.published)
    return None


def _user_id(context: Mapping[str, Any]) -> str | None:
    user = model.User.get(context["user"]) if context.get("user") else None
    return user.id if user else None


def status_for(context: Mapping[str, Any], given: Any) -> Any:
    """Return the status that a dataset gets which is written now, whatever was sent.

    Args:
        context: of the action; `package` is the dataset as it is stored, if it is.
        given: what was sent, None if nothing.
    """
    package = context.get("package")
    if package is not None:
        found = reviews.position(package.id)
        if found:
            return found.state
        return given if duties.is_operator(context) else (package.extras or {}).get(STATUS_FIELD)
    if duties.is_operator(context) and not is_by_form(context):
        return given
    return workflow.DRAFT


def is_locked(package_id: str) -> bool:
    """Tell whether the produsen data may not change a dataset now."""
    found = reviews.position(package_id)
    return found is not None and found.locked


def is_published(package_id: str) -> bool:
    """Tell whether a dataset is published; the rest is up to its access."""
    return (reviews.position(package_id) or OUTSIDE).published


def limited_access(references: Sequence[str]) -> list[str]:
    """Return the titles of those of some datasets (ids or names) that say that not everybody may see them."""
    found = [package for reference in references if (package := model.Package.get(reference))]
    return [package.title or package.name for package in found if access.decide(package.extras or {}).private]
