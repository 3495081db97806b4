"""ckanext-harvest plugins (temporary placeholder: the harvest part replaces this file)."""

from __future__ import annotations

import ckan.plugins as p


class DataJsonHarvester(p.SingletonPlugin):
    """Placeholder."""


class PublishedTableHarvester(p.SingletonPlugin):
    """Placeholder."""
