"""The rules of access to limited data: who may ask for what, how walidata answer, and who is told."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

import ckan.model as model
import ckan.plugins.toolkit as tk

from ckanext.satudatapmi.catalogue import access_log, access_notices, access_requests, duties, limited
from ckanext.satudatapmi.catalogue.access_log import Step
from ckanext.satudatapmi.catalogue.access_requests import Asked
from ckanext.satudatapmi.catalogue.workflow import WALIDATA
from ckanext.satudatapmi.text import _


class NotInOrder(ValueError):
    """Something that is asked for cannot be done; `field` is what it is about."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


def set_listing(package_id: str, user_id: str | None, *, listed: bool, line: str) -> None:
    """Put a dataset on the public list of limited data or take it off, within the running transaction.

    Raises:
        NotInOrder: the dataset is not approved, or is public; or nothing is said about it.
    """
    if listed and not limited.can_be_listed(package_id):
        raise NotInOrder("id", _("Only approved datasets whose access is limited can be listed."))
    if listed and not line:
        raise NotInOrder("line", _("Say in one line what the data are about, without giving away what is in them."))
    limited.put(package_id, is_listed=listed, line=line, user_id=user_id)


def ask(asked: Asked, *, sees_it: bool) -> int:
    """Keep a request and tell walidata, within the running transaction; return the number of the event.

    Args:
        asked: the request.
        sees_it: whether the user may see the dataset already.

    Raises:
        NotInOrder: the dataset can be seen already, or has been asked for, or it is the user's last but too many today.
    """
    access_requests.lock_user(asked.user_id)
    if sees_it:
        raise NotInOrder("id", _("You can see this dataset already."))
    if access_requests.has_open(asked.user_id, asked.package_id):
        raise NotInOrder("id", _("You have asked for this dataset already; walidata have not answered yet."))
    most = tk.config["ckanext.satudatapmi.access.requests_per_day"]
    if access_requests.count_recent(asked.user_id) >= most:
        raise NotInOrder("id", _("You have made {number} requests within a day. Try again tomorrow.", number=most))
    request_id = access_requests.add(asked)
    package = model.Session.get_one(model.Package, asked.package_id)
    event = access_log.keep(Step(access_log.REQUEST, package.id, asked.user_id, request_id=request_id))
    access_notices.tell(event, duties.holders(WALIDATA, package.owner_org or ""))
    return event


def answer(request_id: int, user_id: str | None, *, until: date | None, reason: str) -> int:
    """Grant a request until a day, or refuse it (None), within the running transaction; return the event's number.

    Raises:
        NotInOrder: it is answered already, is the user's own, the day is too early or too late, or a reason is missing.
    """
    request = _open_request(request_id)
    if request["user_id"] == user_id:
        raise NotInOrder("id", _("Nobody answers a request of their own."))
    if until is None:
        if not reason:
            raise NotInOrder("reason", _("Whoever refuses a request says why."))
        access_requests.settle(request_id, access_requests.REFUSED)
        return _told(request, user_id, access_log.REFUSE, reason)
    today = access_requests.today()
    last = today + timedelta(days=access_requests.MAX_DAYS)
    if not today <= until <= last:
        raise NotInOrder(
            "until",
            _("Access is granted for a year at most: write a day from {first} to {last}.", first=today, last=last),
        )
    if not limited.can_be_listed(request["package_id"]):
        raise NotInOrder("id", _("The dataset is not approved any more, or everybody can see it."))
    access_requests.settle(request_id, access_requests.GRANTED, until)
    return _told(request, user_id, access_log.GRANT, reason, until)


def revoke(request_id: int, user_id: str | None, reason: str) -> int:
    """Withdraw access that was granted, within the running transaction; return the number of the event.

    Raises:
        NotInOrder: no access is running, or a reason is missing.
    """
    request = access_requests.find(request_id, lock=True)
    if not request or request["state"] != access_requests.GRANTED or request["until"] < access_requests.today():
        raise NotInOrder("id", _("There is no access that could be withdrawn."))
    if not reason:
        raise NotInOrder("reason", _("Whoever withdraws access says why."))
    access_requests.settle(request_id, access_requests.REVOKED)
    return _told(request, user_id, access_log.REVOKE, reason)


def _open_request(request_id: int) -> Mapping[str, Any]:
    request = access_requests.find(request_id, lock=True)
    if not request or request["state"] != access_requests.OPEN:
        raise NotInOrder("id", _("This request is answered already."))
    return request


def _told(request: Mapping[str, Any], user_id: str | None, step: str, reason: str, until: date | None = None) -> int:
    event = access_log.keep(Step(step, request["package_id"], user_id, reason, request["id"], until))
    access_notices.tell(event, [request["user_id"]])
    return event
