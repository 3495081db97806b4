"""Schemathesis asks all reads of the OpenAPI document what nobody would think of: answers are as it says, none fails."""

from __future__ import annotations

import pytest
import schemathesis
from schemathesis.specs.openapi import checks

from tests.one_portal import portal  # noqa: F401
from tests.publication.datasets import FULL, act, make, make_hidden

pytestmark = [pytest.mark.usefixtures("portal"), pytest.mark.slow]
CHECKS = [
    schemathesis.checks.not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_headers_conformance,
    checks.response_schema_conformance,
]
"""Parameters that nobody knows are ignored, as everywhere on the web, so wrong questions may well be answered."""
SETTINGS = {
    "seed": 7,
    "generation": {"max-examples": 8, "deterministic": True, "mode": "all"},
    "phases": {"coverage": {"generate-duplicate-query-parameters": True}},
}


@pytest.fixture
def described(app, create_with_upload):
    """The reads of a portal with a dataset that has a file and a table."""
    dataset = make(**FULL)
    make_hidden(dataset["owner_org"])
    user = {"user": act("get_site_user")["name"]}
    upload = create_with_upload("negara,jumlah\nMYS,1\n", "negara.csv", user, package_id=dataset["id"])
    fields, records = [{"id": "negara"}, {"id": "jumlah", "type": "numeric"}], [{"negara": "MYS", "jumlah": 1}]
    act("datastore_create", resource_id=upload["id"], fields=fields, records=records, force=True)
    config = schemathesis.Config.from_dict(SETTINGS)
    return schemathesis.openapi.from_wsgi("/api/pmi/openapi.json?lang=en", app.flask_app, config=config)


reads = schemathesis.pytest.from_fixture("described")


@reads.parametrize()
def test_answers_are_as_the_document_says(case):
    case.call_and_validate(checks=CHECKS)
