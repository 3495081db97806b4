"""The single data as a service of SDMX REST: 1.5 under /api/pmi/sdmx/2.1, 2.0 under /api/pmi/sdmx/3.0.

    2.1   /dataflow/{agency}/{id}/{version}              /data/{flow}/{key}
    3.0   /structure/dataflow/{agency}/{id}/{version}    /data/dataflow/{agency}/{id}/{version}/{key}

There is one dataflow with a dimension for the indicator, and one for the vintage, which is the day of publication. Of
each figure the latest vintage is told, unless a query has `includeHistory`, `asOf` or conditions on the vintage. An
answer is written as a whole before any of it is sent, so that a fault never ends in half of one.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from functools import cache, wraps
from io import BytesIO
from typing import Any, BinaryIO, cast

import ckan.plugins.toolkit as tk
import pandas as pd
import sqlalchemy as sa
from flask import Blueprint, Response, request

from ckanext.satudatapmi.figures.exports import sdmx_structure
from ckanext.satudatapmi.figures.exports.layout import Layout
from ckanext.satudatapmi.figures.exports.vocabulary import sdmx
from ckanext.satudatapmi.figures.sdmx import availability, errors, structure_queries
from ckanext.satudatapmi.figures.sdmx.data_queries import DataQuery, data_query_2_1, data_query_3_0
from ckanext.satudatapmi.figures.sdmx.errors import SdmxError
from ckanext.satudatapmi.figures.sdmx.structure_queries import structure_query
from ckanext.satudatapmi.figures.store import slices, whole
from ckanext.satudatapmi.figures.store.reading import TooManyFigures
from ckanext.satudatapmi.publication import deliveries, feed, published, sdmx_errors, sdmx_formats, store
from ckanext.satudatapmi.publication.sdmx_formats import Api, Format, Message
from ckanext.satudatapmi.publication.versions import code_version

log = logging.getLogger(__name__)

LANGUAGES = ("id", "en")
READ_QUERY: dict[Api, Callable[[str, Mapping[str, str]], DataQuery]] = {"2.1": data_query_2_1, "3.0": data_query_3_0}
ROOMS = ("figures.exports", "figures.sdmx", "figures.store", "publication")
"""What makes the answers."""
CONTEXTS = {"dataflow": "dataflow", "datastructure": "datastructure", "*": "dataflow"}
"""By what data are asked for in REST 2.0, and the resource that has to be there."""
View = Callable[[str], Response]

service = Blueprint("satudatapmi_sdmx", __name__, url_prefix="/api/pmi/sdmx")


def answered(api: Api) -> Callable[[View], Callable[..., Response]]:
    """Turn whatever a view raises into an error of SDMX; half an answer is never sent."""

    def decorate(view: View) -> Callable[..., Response]:
        @wraps(view)
        def inner(path: str = "") -> Response:
            try:
                return view(path)
            except SdmxError as error:
                refused = error
            except feed.AWAY:
                log.exception("%s could not be answered: the database is away", request.path)
                refused = sdmx_errors.unavailable()
            except Exception:
                log.exception("%s could not be answered", request.path)
                refused = sdmx_errors.failed()
            named = request.args.get("format", "")
            return sdmx_errors.respond(refused, sdmx_formats.notation_of_errors(api, request.accept_mimetypes, named))

        return inner

    return decorate


@service.route("/2.1/")
@service.route("/2.1/<path:path>")
@answered("2.1")
def version_2_1(path: str) -> Response:
    """Answer a query of SDMX REST 1.5."""
    resource, *parts = path.strip("/").split("/")
    if resource == "data":
        flow, key, provider = _filled(parts, "", "all", "all")
        _require_provider(provider)
        return _data("2.1", "dataflow", _reference(flow), key)
    if resource == "availableconstraint":
        flow, key, provider, component = _filled(parts, "", "all", "all", "all")
        _require_provider(provider)
        return _available("2.1", "dataflow", _reference(flow), key, component)
    return _structures("2.1", resource, _filled(parts, "all", "all", "latest", "all"))


@service.route("/3.0/")
@service.route("/3.0/<path:path>")
@answered("3.0")
def version_3_0(path: str) -> Response:
    """Answer a query of SDMX REST 2.0."""
    resource, *parts = path.strip("/").split("/")
    if resource == "data":
        context, *reference, key = _filled(parts, "*", "*", "*", "*", "*")
        return _data("3.0", context, reference, key)
    if resource == "availability":
        context, *reference, key, component = _filled(parts, "*", "*", "*", "*", "*", "*")
        return _available("3.0", context, reference, key, component)
    if resource == "structure":
        artefacts, *rest = _filled(parts, "*", "*", "*", "~", "*")
        return _structures("3.0", artefacts, rest)
    message = tk._("There is no resource {resource!r} here; ask for: {known}.")
    known = ", ".join(("availability", "data", "structure"))
    raise SdmxError(errors.NOT_IMPLEMENTED, message.format(resource=resource, known=known))


def _filled(parts: Sequence[str], *defaults: str) -> list[str]:
    """Return the parts of a path, with defaults for those that are missing at its end.

    Raises:
        SdmxError: there are more.
    """
    if len(parts) > len(defaults):
        surplus = "/".join(parts[len(defaults) :])
        raise SdmxError(errors.SYNTAX, tk._("The address is too long; leave out {surplus}.").format(surplus=surplus))
    return [*parts, *defaults[len(parts) :]]


def _reference(flow: str) -> list[str]:
    """Return agency, id and version of a dataflow as REST 1.5 writes it: ID; AGENCY,ID; AGENCY,ID,VERSION."""
    parts = flow.split(",")
    return ["all", *parts, "latest"] if len(parts) == 1 else _filled(parts, "all", "all", "latest")


def _require_provider(provider: str) -> None:
    """Refuse data of another provider than the portal: who published a figure is told by the dimension FACET."""
    if provider.rpartition(",")[2] not in ("all", sdmx()["agency"]):
        message = tk._("There is no data provider {provider}; write all. The dimension FACET tells who published what.")
        raise SdmxError(errors.NO_RESULTS, message.format(provider=provider))


def _require_flow(context: str, reference: Sequence[str]) -> None:
    if context not in CONTEXTS:
        message = tk._("There are no data by {context}; write one of: {known}.")
        raise SdmxError(errors.NO_RESULTS, message.format(context=context, known=", ".join(CONTEXTS)))
    structure_queries.answering(structure_query(CONTEXTS[context], reference, {}))


def _data(api: Api, context: str, reference: Sequence[str], key: str) -> Response:
    given, chosen = _negotiated(api, sdmx_formats.DATA)
    _require_flow(context, reference)
    query = READ_QUERY[api](key, given)
    with store.snapshot() as connection:
        edition = whole.edition(whole.public_loads(connection))
        told: set[str] = set()
        response = _respond(chosen, edition, lambda: _noted(_slice(connection, query), told), query.layout)
        if response.status_code == 304:
            # What the client has already was not read again.
            told = slices.datasets(connection, query)
        if deliveries.is_delivered(response):
            address, snapshot = f"{service.url_prefix}/{api}/data", published.snapshot(connection)
            deliveries.keep_datasets(address, told, snapshot, response.status_code)
    return response


def _noted(chunks: Iterator[pd.DataFrame], told: set[str]) -> Iterator[pd.DataFrame]:
    """Yield the chunks of a slice, and add the datasets that their figures come from."""
    for chunk in chunks:
        told.update(chunk["package_id"])
        yield chunk


def _available(api: Api, context: str, reference: Sequence[str], key: str, component: str) -> Response:
    given, chosen = _negotiated(api, sdmx_formats.STRUCTURES)
    _require_flow(context, reference)
    own = {name: given.pop(name) for name in availability.PARAMETERS if name in given}
    wanted, query = availability.availability_query(component, own), READ_QUERY[api](key, given)
    look = slices.selectable if wanted.selectable else slices.available
    with store.snapshot() as connection:
        edition = whole.edition(whole.public_loads(connection))
        return _respond(chosen, edition, lambda: availability.answering(wanted, look(connection, query)))


def _structures(api: Api, resource: str, path: Sequence[str]) -> Response:
    given, chosen = _negotiated(api, sdmx_formats.STRUCTURES)
    wanted = structure_queries.answering(structure_query(resource, path, given))
    return _respond(chosen, "", lambda: wanted)


def _negotiated(api: Api, formats: Sequence[Format]) -> tuple[dict[str, str], Format]:
    """Return the parameters but for those of the format, and the format."""
    given = request.args.to_dict()
    name, version = given.pop("format", ""), given.pop("formatVersion", "")
    return given, sdmx_formats.choose(formats, api, request.accept_mimetypes, name, version)


def _slice(connection: sa.Connection, query: DataQuery) -> Iterator[pd.DataFrame]:
    """Yield a slice of the cube.

    Raises:
        SdmxError: it holds nothing, or too much.
    """
    empty = True
    try:
        for chunk in slices.chunks(connection, query):
            empty = False
            yield chunk
    except TooManyFigures:
        message = tk._(
            "More than {most} observations match. Narrow the key or the periods, or take the whole single data as a "
            "file from {address}."
        )
        address = tk.url_for("satudata_figures.downloads", locale="default", qualified=True)
        raise SdmxError(errors.TOO_LARGE, message.format(most=slices.MOST, address=address)) from None
    if empty:
        raise SdmxError(errors.NO_RESULTS, tk._("No figure meets these conditions; leave one out."))


def _respond(chosen: Format, edition: str, content: Callable[[], Any], layout: Layout | None = None) -> Response:
    """Return an answer, or 304 if the client has it.

    Args:
        chosen: its format.
        edition: the state of the cube that it tells, "" if it tells none.
        content: gives what is written; it is asked for only if the client does not have it.
        layout: of data.
    """
    language = request.accept_languages.best_match(LANGUAGES, default=LANGUAGES[0])
    state = _digest(_made_by(), edition)
    asked = (request.path, request.query_string.decode(errors="replace"), chosen.content_type, language)
    message = Message(datetime.now(UTC).replace(microsecond=0), language or LANGUAGES[0], layout or Layout())
    return feed.respond(
        "sdmx data" if edition else "sdmx structures",
        lambda file: chosen.write(content(), cast(BinaryIO, file), message),
        chosen.content_type,
        _digest(state, *map(str, asked)),
        state=state,
    )


def _digest(*parts: str) -> str:
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:32]


@cache
def _made_by() -> str:
    """Return what tells this version of the code, the structure and its code lists from another."""
    structure = BytesIO()
    sdmx_structure.write_structure_json(structure, datetime.fromtimestamp(0, UTC))
    return _digest(code_version(*ROOMS), hashlib.sha256(structure.getvalue()).hexdigest())
