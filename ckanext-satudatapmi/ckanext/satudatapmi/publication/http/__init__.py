"""What all answers of the site have in common on HTTP: caches, cookies, ranges, limits, errors, negotiation."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ckanext.satudatapmi.publication.http import (
    answers,
    errors,
    limits,
    negotiation,
    policies,
    ranges,
    scripts,
    searches,
)

if TYPE_CHECKING:
    from ckan.types import CKANApp


def prepare(app: CKANApp) -> CKANApp:
    """Have a site's application answer as `schemas/http.yaml` says.

    Args:
        app: with all its blueprints.
    """
    ranges.prepare(app)
    searches.prepare(app)
    errors.prepare(app)
    negotiation.prepare(app)
    limits.prepare(app)
    answers.prepare(app)
    policies.prepare(app)
    scripts.prepare(app)
    return app
