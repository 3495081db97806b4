"""The harvesters, as plugins of ckanext-harvest: one for each protocol."""

from __future__ import annotations

from typing import Any

import ckan.plugins as p

from ckanext.satudatapmi.harvesters import actions, configuration, published, source_addresses, working
from ckanext.satudatapmi.harvesters.base import PartnerHarvester
from ckanext.satudatapmi.harvesters.protocols.bps import BpsWebApi
from ckanext.satudatapmi.harvesters.protocols.ckan import CkanProtocol
from ckanext.satudatapmi.harvesters.protocols.csw import CswProtocol
from ckanext.satudatapmi.harvesters.protocols.datajson import DataJson
from ckanext.satudatapmi.harvesters.protocols.dcat import DcatProtocol
from ckanext.satudatapmi.harvesters.protocols.files import PublishedFiles
from ckanext.satudatapmi.harvesters.protocols.jabar import OpenDataJabar
from ckanext.satudatapmi.harvesters.protocols.jakarta import SatuDataJakarta
from ckanext.satudatapmi.harvesters.protocols.jatim import OpenDataJatim
from ckanext.satudatapmi.harvesters.protocols.sdmx_rest import SdmxRest
from ckanext.satudatapmi.harvesters.protocols.table import PublishedTable


class DataJsonHarvester(PartnerHarvester):
    """Harvests a data.json (Project Open Data 1.1, as Satu Data Indonesia uses it).

    Brings the actions of all harvesters and checks the limits of the site, too.
    """

    protocol = DataJson()

    p.implements(p.IActions)
    p.implements(p.IAuthFunctions)
    p.implements(p.IConfigurable)

    def configure(self, config: Any) -> None:
        """Refuse limits that are none: the site does not start with them."""
        configuration.check_site_limits(config)
        source_addresses.install()

    def get_actions(self) -> dict[str, Any]:
        """Return the actions by name."""
        return actions.get_actions()

    def get_auth_functions(self) -> dict[str, Any]:
        """Return who may call them."""
        return actions.get_auth_functions()


class PublishedTableHarvester(PartnerHarvester):
    """Harvests a table that a partner publishes as a file: CSV, XLSX, XLS, ODS."""

    protocol = PublishedTable()

    def harvester(self) -> working.Harvester:
        """Return what the pipeline needs to know: files come in one by one."""
        return working.Harvester(
            self.protocol, self._get_user_name(), self.session, self.settings, write=self._write_tables
        )

    def _write_tables(self, writer: Any, ids: Any) -> Any:
        return published.write_tables(writer, ids, self.session(writer.lease.check, True))


class CkanHarvester(PartnerHarvester):
    """Harvests another CKAN by its Action API."""

    protocol = CkanProtocol()


class DcatHarvester(PartnerHarvester):
    """Harvests a catalogue in DCAT: Turtle, RDF/XML, JSON-LD, N-Triples."""

    protocol = DcatProtocol()


class CswHarvester(PartnerHarvester):
    """Harvests a catalogue of geographic data by CSW 2.0.2."""

    protocol = CswProtocol()


class BpsHarvester(PartnerHarvester):
    """Harvests tables of BPS by its WebAPI."""

    protocol = BpsWebApi()


class JabarHarvester(PartnerHarvester):
    """Harvests Open Data Jabar."""

    protocol = OpenDataJabar()


class JatimHarvester(PartnerHarvester):
    """Harvests Open Data Jawa Timur."""

    protocol = OpenDataJatim()


class JakartaHarvester(PartnerHarvester):
    """Harvests Satu Data Jakarta."""

    protocol = SatuDataJakarta()


class FilesHarvester(PartnerHarvester):
    """Harvests tables that a partner publishes as files: in a folder, in an archive, or linked from a page."""

    protocol = PublishedFiles()


class SdmxHarvester(PartnerHarvester):
    """Harvests dataflows of an SDMX service."""

    protocol = SdmxRest()
