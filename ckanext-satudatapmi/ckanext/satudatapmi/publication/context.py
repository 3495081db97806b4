"""What the descriptions of datasets need to know of the portal they stand in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import ckan.plugins.toolkit as tk
from ckan.model import Package
from ckanext.dcat.utils import catalog_uri

from ckanext.satudatapmi.publication import paging
from ckanext.satudatapmi.publication.datajson import Site


@dataclass(frozen=True)
class Portal:
    """The portal, as its catalogue in RDF tells of it.

    Attributes:
        site: its address and title.
        description: of it, in a sentence.
        language: code of the one that it speaks by default.
        uri: of its catalogue.
        licences: address of the licences that CKAN knows by their id, None where one has none.
        formats: file format by the media type that CKAN takes for it.
    """

    site: Site
    description: str
    language: str
    uri: str
    licences: Mapping[str, str | None]
    formats: Mapping[str, str]

    @property
    def root(self) -> str:
        """What the URIs of all that the catalogue holds begin with."""
        return self.uri.rstrip("/")

    def organization_uri(self, organization_id: str) -> str:
        """Return the URI of an organisation, which is an address of its page."""
        return f"{self.root}/organization/{organization_id}"


def portal() -> Portal:
    """Return the portal by its present settings."""
    site = paging.site()
    return Portal(
        site,
        tk.config["ckan.site_description"] or site.title,
        tk.config["ckan.locale_default"],
        catalog_uri(),
        {licence.id: licence.url for licence in Package.get_license_register().values()},
        {known: line[1] for known, line in tk.h.resource_formats().items()},
    )
