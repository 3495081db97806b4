"""Names that a person has to decide, and what was decided: the storage behind matching, beside `bridge`.

Three tables: `name_seen` holds the names of each table as it was read last, `name_question` one row for each name that
has no code, or one by likeness alone, in its context; `alias_learned` the decisions, also those that were taken back.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import islice
from typing import Any

import ckan.model as model
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB, insert
from sqlalchemy.engine import Connection

from ckanext.satudatapmi.reference.learned import EVERYWHERE, Learned, NameSeen, options_of
from ckanext.satudatapmi.reference.matchers import codes_of
from ckanext.satudatapmi.reference.matching import MatchStatus
from ckanext.satudatapmi.text import _

OPEN, DECIDED, REFUSED = STATES = ("open", "decided", "refused")
NAMES_A_TABLE = 20_000
"""Distinct names of a table that are kept: a column described wrongly must not fill the database."""
LONGEST = 200
"""Characters of the longest text that is taken for a name."""
CELLS_SHOWN = 12
PLACES_SHOWN = 5
ASKED = (MatchStatus.FUZZY, MatchStatus.AMBIGUOUS, MatchStatus.UNKNOWN)
NAME = ("list", "name", "context")
REPORT_ORDER = ("unknown", "ambiguous", "fuzzy", "learned", "alias", "exact")


def _table(name: str, *columns: str, **json: Any) -> sa.TableClause:
    return sa.table(
        f"satudatapmi_{name}", *map(sa.column, columns), *(sa.column(one, kind) for one, kind in json.items())
    )


ALIAS = _table("alias_learned", "id", *NAME, "code", "decided_by", "decided_on", "note", "withdrawn_by", "withdrawn_on")
QUESTION = _table("name_question", "id", *NAME, "first_seen", "last_seen", "state", "alias_id", candidates=JSONB())
SEEN = _table(
    "name_seen",
    *("resource_id", "field", "text", "package_id", "file", *NAME, "status", "code"),
    *("source_row", "source_column", "figures"),
    printed=JSONB(),
)


class NotInOrder(ValueError):
    """What was asked for cannot be done; `field` is what is wrong."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


@dataclass(frozen=True)
class Place:
    """Where a table comes from: the dataset, the resource that holds its figures, and the name of its file."""

    package_id: str
    resource_id: str
    file: str


@dataclass(frozen=True)
class Decision:
    """What somebody decided about a name.

    Attributes:
        code: the code it means; None for none.
        everywhere: whether that holds in every context, or in the one of the question alone.
        user_id: who decided.
        note: why, in words.
    """

    code: str | None
    everywhere: bool
    user_id: str
    note: str = ""


def learned() -> Learned:
    """Return what holds of all that was decided, for the matchers."""
    query = sa.select(*(ALIAS.c[name] for name in (*NAME, "code"))).where(ALIAS.c.withdrawn_on.is_(None))
    return {(row.list, row.name, row.context): row.code for row in model.Session.execute(query)}


def record(place: Place, names: Iterable[NameSeen], connection: Connection | None = None) -> None:
    """Keep the names of a table in place of those it had, and ask about those that need it; the caller commits.

    Args:
        place: of the table.
        names: that stand in it.
        connection: in whose transaction they are kept; without one in the session's.
    """
    connection = connection or model.Session.connection()
    kept = [one for one in islice(names, NAMES_A_TABLE) if 0 < len(one.folded) <= LONGEST >= len(one.match.text)]
    connection.execute(sa.delete(SEEN).where(SEEN.c.resource_id == place.resource_id))
    rows = [_seen_row(place, one) for one in kept]
    if rows:
        connection.execute(insert(SEEN).on_conflict_do_nothing(), rows)
    asked = {(one.codes, one.folded, one.context): one for one in kept if one.match.status in ASKED}
    # In one order, so that two loads at once do not wait for each other.
    for _key, one in sorted(asked.items()):
        _ask(one, connection)


def _seen_row(place: Place, one: NameSeen) -> dict[str, Any]:
    return vars(place) | {
        "field": one.field,
        "list": one.codes,
        "name": _clean(one.folded),
        "context": one.context,
        "text": _clean(one.match.text),
        "status": str(one.match.status),
        "code": one.match.code,
        "source_row": one.row,
        "source_column": _clean(one.column)[:LONGEST],
        "figures": one.figures,
        "printed": [_clean(str(cell))[:LONGEST] for cell in one.printed[:CELLS_SHOWN]],
    }


def _ask(one: NameSeen, connection: Connection) -> None:
    now = _now()
    candidates = [vars(candidate) for candidate in one.match.candidates]
    statement = insert(QUESTION).values(
        list=one.codes,
        name=_clean(one.folded),
        context=one.context,
        candidates=candidates,
        first_seen=now,
        last_seen=now,
    )
    changed = {name: statement.excluded[name] for name in ("candidates", "last_seen")}
    connection.execute(statement.on_conflict_do_update(index_elements=NAME, set_=changed))


def question(number: int) -> dict[str, Any] | None:
    """Return a question as it stands, or None."""
    row = model.Session.execute(sa.select(QUESTION).where(QUESTION.c.id == number)).mappings().first()
    return dict(row) if row else None


def organizations_of(number: int) -> set[str]:
    """Return the ids of the organisations in whose datasets the name of a question stands."""
    sightings = _sightings(None)
    query = sa.select(sightings.c.owner_org).join_from(QUESTION, sightings, _same_name(sightings))
    return {one for one in model.Session.scalars(query.where(QUESTION.c.id == number)) if one}


def questions(
    state: str, organizations: Collection[str] | None, offset: int, limit: int
) -> tuple[int, list[dict[str, Any]]]:
    """Return how many questions there are, and a page of them: those that concern most figures first.

    Args:
        state: open, decided or refused.
        organizations: only names in datasets of these; None for all.
        offset, limit: the page.

    Returns:
        The count, and {id, list, name, context, candidates, first_seen, last_seen, state, figures, tables, guessed (has
        a code by likeness meanwhile), code, everywhere, decided_by, decided_on, note (None while open), places}.
    """
    sightings = _sightings(organizations)
    figures = sa.func.coalesce(sa.func.sum(sightings.c.figures), 0)
    query = (
        sa.select(
            *QUESTION.c,
            figures.label("figures"),
            sa.func.count(sightings.c.resource_id.distinct()).label("tables"),
            sa.func.bool_or(sightings.c.status == str(MatchStatus.FUZZY)).label("guessed"),
            ALIAS.c.code,
            (ALIAS.c.context == EVERYWHERE).label("everywhere"),
            *(ALIAS.c[name] for name in ("decided_by", "decided_on", "note")),
        )
        .select_from(
            QUESTION.join(sightings, _same_name(sightings), isouter=organizations is None).join(
                ALIAS, ALIAS.c.id == QUESTION.c.alias_id, isouter=True
            )
        )
        .where(QUESTION.c.state == state)
        .group_by(*QUESTION.c, *ALIAS.c)
    )
    count = model.Session.execute(sa.select(sa.func.count()).select_from(query.subquery())).scalar_one()
    page = query.order_by(figures.desc(), QUESTION.c.id).offset(offset).limit(limit)
    found = [dict(row) for row in model.Session.execute(page).mappings()]
    places = _places([one["id"] for one in found], sightings)
    return count, [one | {"places": places.get(one["id"], [])} for one in found]


def _sightings(organizations: Collection[str] | None) -> sa.Subquery:
    """Return the names of resources that are there, in datasets of these organisations, or of all."""
    package, resource = model.package_table, model.resource_table
    query = (
        sa.select(*SEEN.c, package.c.owner_org, package.c.title, package.c.name.label("dataset"))
        .join(package, package.c.id == SEEN.c.package_id)
        .join(resource, resource.c.id == SEEN.c.resource_id)
        .where(package.c.state == "active", resource.c.state == "active")
    )
    return (query if organizations is None else query.where(package.c.owner_org.in_(organizations))).subquery()


def _same_name(sightings: sa.Subquery) -> sa.ColumnElement[bool]:
    return sa.and_(*(sightings.c[name] == QUESTION.c[name] for name in NAME))


def _places(numbers: Sequence[int], sightings: sa.Subquery) -> dict[int, list[dict[str, Any]]]:
    """Return where the names of questions stand, by number: the places with most figures."""
    names = ("dataset", "title", "resource_id", "file", "source_row", "source_column", "text", "figures", "printed")
    order = (sightings.c.figures.desc(), sightings.c.resource_id, sightings.c.field, sightings.c.text)
    ranked = (
        sa.select(
            QUESTION.c.id,
            *(sightings.c[name] for name in names),
            sa.func.row_number().over(partition_by=QUESTION.c.id, order_by=order).label("place"),
        )
        .join_from(QUESTION, sightings, _same_name(sightings))
        .where(QUESTION.c.id.in_(numbers))
        .subquery()
    )
    query = sa.select(ranked).where(ranked.c.place <= PLACES_SHOWN).order_by(ranked.c.id, ranked.c.place)
    found: dict[int, list[dict[str, Any]]] = {}
    for row in model.Session.execute(query).mappings():
        found.setdefault(row["id"], []).append({name: row[name] for name in names})
    return found


def decide(number: int, decision: Decision) -> list[str]:
    """Answer a question; from the next reading on the name is found. The caller commits.

    Returns:
        The ids of the datasets whose tables have the name: they are to be read again.

    Raises:
        NotInOrder: there is no such question, it is answered, or the code is not one that the name can mean.
    """
    asked = _locked(number)
    if asked["state"] != OPEN:
        raise NotInOrder("id", _("This name is decided already. Take the decision back first."))
    if decision.code is not None:
        _check_code(asked, decision.code)
    if asked["context"] == EVERYWHERE:
        decision = replace(decision, everywhere=True)
    context = EVERYWHERE if decision.everywhere else asked["context"]
    alias = _keep(asked, context, decision)
    if alias is None:
        raise NotInOrder(
            "everywhere", _("For everywhere another code is decided. Decide for this context alone, or take that back.")
        )
    answered = [one["id"] for one in _open_alike(asked) if _answered(one, asked, decision)]
    state = REFUSED if decision.code is None else DECIDED
    query = sa.update(QUESTION).where(QUESTION.c.id.in_(answered))
    model.Session.execute(query.values(state=state, alias_id=alias))
    return _datasets(asked)


def take_back(number: int, user_id: str) -> list[str]:
    """Take the decision of a question back; all questions that it answered are open again. The caller commits.

    Returns, Raises: as `decide`.
    """
    asked = _locked(number)
    if asked["state"] == OPEN:
        raise NotInOrder("id", _("This name is not decided."))
    query = sa.update(ALIAS).where(ALIAS.c.id == asked["alias_id"])
    model.Session.execute(query.values(withdrawn_by=user_id, withdrawn_on=_now()))
    reopened = sa.update(QUESTION).where(QUESTION.c.alias_id == asked["alias_id"])
    model.Session.execute(reopened.values(state=OPEN, alias_id=None))
    return _datasets(asked)


def _locked(number: int) -> dict[str, Any]:
    query = sa.select(QUESTION).where(QUESTION.c.id == number).with_for_update()
    row = model.Session.execute(query).mappings().first()
    if row is None:
        raise NotInOrder("id", _("There is no question {number}.", number=number))
    return dict(row)


def _check_code(asked: Mapping[str, Any], code: str) -> None:
    told = {"code": code, "list": asked["list"]}
    if code not in codes_of(asked["list"]):
        raise NotInOrder("code", _("{code} is no code of the list {list}.", **told))
    told["context"] = asked["context"]
    if code not in codes_of(asked["list"], options_of(asked["context"])):
        raise NotInOrder("code", _("{code} cannot be meant here: the table says {context}.", **told))


def _keep(asked: Mapping[str, Any], context: str, decision: Decision) -> int | None:
    """Store a decision; None if there is one for the name in that context."""
    values = {name: asked[name] for name in ("list", "name")} | {"context": context, "code": decision.code}
    statement = insert(ALIAS).values(
        **values, decided_by=decision.user_id, decided_on=_now(), note=_clean(decision.note)
    )
    where = ALIAS.c.withdrawn_on.is_(None)
    statement = statement.on_conflict_do_nothing(index_elements=NAME, index_where=where)
    return model.Session.execute(statement.returning(ALIAS.c.id)).scalar()


def _open_alike(asked: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the open questions about the same name, this one among them."""
    query = sa.select(QUESTION).where(
        QUESTION.c.state == OPEN, QUESTION.c.list == asked["list"], QUESTION.c.name == asked["name"]
    )
    rows = model.Session.execute(query.order_by(QUESTION.c.id).with_for_update())
    return [dict(row) for row in rows.mappings()]


def _answered(one: Mapping[str, Any], asked: Mapping[str, Any], decision: Decision) -> bool:
    if one["id"] == asked["id"] or decision.code is None:
        return one["id"] == asked["id"] or decision.everywhere
    return decision.everywhere and decision.code in codes_of(one["list"], options_of(one["context"]))


def _datasets(asked: Mapping[str, Any]) -> list[str]:
    query = sa.select(SEEN.c.package_id).where(SEEN.c.list == asked["list"], SEEN.c.name == asked["name"])
    return list(model.Session.scalars(query.distinct()))


def report(resource_id: str) -> list[dict[str, Any]]:
    """Return the names of a table, those in doubt first: {field, list, context, text, status, code, source_row,
    source_column, figures, state (of its question, None if there is none)}."""
    names = ("field", "list", "context", "text", "status", "code", "source_row", "source_column", "figures")
    same = sa.and_(*(SEEN.c[name] == QUESTION.c[name] for name in NAME))
    doubt = sa.case({status: place for place, status in enumerate(REPORT_ORDER)}, value=SEEN.c.status)
    query = (
        sa.select(*(SEEN.c[name] for name in names), QUESTION.c.state)
        .select_from(SEEN.join(QUESTION, same, isouter=True))
        .where(SEEN.c.resource_id == resource_id)
        .order_by(doubt, SEEN.c.figures.desc(), SEEN.c.text)
    )
    return [dict(row) for row in model.Session.execute(query).mappings()]


def _clean(text: str) -> str:
    return text.replace("\x00", "")


def _now() -> datetime:
    return datetime.now(UTC).replace(tzinfo=None)
