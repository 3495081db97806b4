"""The CKAN interfaces that the extension implements; each body lives in a module of its own."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import ckan.plugins as p
import ckan.plugins.toolkit as tk
from ckan.lib.plugins import DefaultTranslation
from flask import Blueprint

from ckanext.satudatapmi import cli, daily, helpers, indexing
from ckanext.satudatapmi.catalogue import activities, checking, dictionaries, figure_upkeep, table_files, uploads
from ckanext.satudatapmi.harvesters import visitors
from ckanext.satudatapmi.harvesters.interfaces import ITick
from ckanext.satudatapmi.logic import action, auth, dictionary_validators
from ckanext.satudatapmi.logic.labels import PermissionLabels
from ckanext.satudatapmi.portal import (
    access_pages,
    activity_pages,
    beginning_pages,
    brief_pages,
    chart_pages,
    delivery_pages,
    dictionary_pages,
    entry_pages,
    figure_pages,
    forgery,
    form_pages,
    harvest_confirm,
    harvest_pages,
    harvested_pages,
    history_pages,
    import_pages,
    indicator_pages,
    kiosk_operator_pages,
    kiosk_pages,
    name_pages,
    place_pages,
    publisher_pages,
    quality_pages,
    register_pages,
    review_pages,
    search_pages,
    subscription_pages,
    table_chart_pages,
    table_pages,
    table_row_pages,
)
from ckanext.satudatapmi.portal import views as portal_views
from ckanext.satudatapmi.portal.command import reconciliation_pages, signal_pages, wall_pages
from ckanext.satudatapmi.portal.kiosk import item_pages
from ckanext.satudatapmi.portal.kiosk import making as kiosk_making
from ckanext.satudatapmi.publication import code_pages, http, persons, series_pages
from ckanext.satudatapmi.publication import upkeep as publication_upkeep
from ckanext.satudatapmi.publication import views as publication_views
from ckanext.satudatapmi.publication.api import pages as api_pages
from ckanext.satudatapmi.publication.subscriptions import mails as subscription_mails


@tk.blanket.actions(action.get_actions)
@tk.blanket.auth_functions(auth.get_auth_functions)
@tk.blanket.validators(dictionary_validators.get_validators)
@tk.blanket.helpers(helpers.get_helpers)
@tk.blanket.cli(cli.get_commands)
@tk.blanket.config_declarations
class SatuDataPmiPlugin(p.SingletonPlugin, DefaultTranslation, PermissionLabels):
    """Satu Data portal for Pekerja Migran Indonesia."""

    p.implements(p.IConfigurer)
    p.implements(p.IBlueprint)
    p.implements(p.IMiddleware, inherit=True)
    p.implements(p.ITranslation)
    p.implements(p.IFacets, inherit=True)
    p.implements(p.IPackageController, inherit=True)
    p.implements(p.IPermissionLabels)
    p.implements(p.IResourceController, inherit=True)
    p.implements(p.IUploader, inherit=True)
    p.implements(ITick)

    def harvest_tick(self) -> None:
        """Have done what the site does by itself: once a day, and when other figures or datasets are public."""
        daily.ask_for_measurement()
        daily.ask_for_dump()
        figure_upkeep.ask_for_renewal()
        publication_upkeep.ask_for_renewal()
        kiosk_making.ask_for_edition()

    def update_config(self, config: Any) -> None:
        """Register templates, static files and assets."""
        tk.add_template_directory(config, "templates")
        tk.add_public_directory(config, "public")
        if assets := config.get("ckanext.satudatapmi.charts.assets"):
            tk.add_public_directory(config, str(Path(assets) / "public"))
        tk.add_resource("assets", "satudatapmi")
        subscription_mails.strike_out_addresses()

    def get_blueprint(self) -> list[Blueprint]:
        """Return the pages and the feeds."""
        return [
            forgery.pages,
            wall_pages.pages,
            *portal_views.get_blueprints(),
            harvest_confirm.pages,
            harvest_pages.pages,
            harvested_pages.pages,
            history_pages.pages,
            publisher_pages.pages,
            form_pages.pages,
            review_pages.pages,
            name_pages.pages,
            import_pages.pages,
            dictionary_pages.pages,
            table_pages.pages,
            table_chart_pages.pages,
            table_row_pages.pages,
            quality_pages.pages,
            figure_pages.pages,
            chart_pages.pages,
            indicator_pages.pages,
            place_pages.pages,
            brief_pages.pages,
            kiosk_pages.pages,
            kiosk_pages.devices,
            kiosk_operator_pages.pages,
            search_pages.pages,
            activity_pages.pages,
            delivery_pages.pages,
            register_pages.pages,
            beginning_pages.pages,
            entry_pages.pages,
            access_pages.pages,
            reconciliation_pages.pages,
            subscription_pages.pages,
            item_pages.pages,
            code_pages.pages,
            series_pages.pages,
            api_pages.pages,
            signal_pages.pages,
            *publication_views.get_blueprints(),
        ]

    def make_middleware(self, app: Any, config: Any) -> Any:
        """Have all answers be as HTTP wants them: caches, ranges, limits, errors."""
        return http.prepare(app)

    def i18n_domain(self) -> str:
        """Return the domain under which the translations lie."""
        return "ckanext-satudatapmi"

    def dataset_facets(self, facets_dict: dict[str, str], package_type: str) -> dict[str, str]:
        """Return the facets of the search page: those of the national portal first."""
        return indexing.facets() if package_type == "dataset" else facets_dict

    def organization_facets(
        self, facets_dict: dict[str, str], organization_type: str, package_type: str | None
    ) -> dict[str, str]:
        """Return the facets of an organisation's page."""
        return indexing.facets_within_organization()

    def before_dataset_index(self, pkg_dict: dict[str, Any]) -> dict[str, Any]:
        """Give the search index what the SDI fields mean."""
        return indexing.index_fields(pkg_dict)

    def after_dataset_create(self, context: Any, pkg_dict: dict[str, Any]) -> None:
        """Keep its MS-Keg once for all datasets of its activity; start its way through its checking."""
        activities.keep(pkg_dict["id"])
        checking.begin(context, pkg_dict)

    def after_dataset_update(self, context: Any, pkg_dict: dict[str, Any]) -> None:
        """Keep its MS-Keg; have a published dataset checked again that its produsen data changed."""
        activities.keep(pkg_dict["id"])
        checking.notice_change(context, pkg_dict["id"])

    def after_dataset_show(self, context: Any, pkg_dict: dict[str, Any]) -> None:
        """Show the MS-Keg of its activity; persons and what is secret of a source to those alone who may edit."""
        activities.add_answers(pkg_dict)
        persons.hide_from_visitors(context, pkg_dict)
        visitors.lift_out_options(pkg_dict)
        visitors.hide_from_visitors(context, pkg_dict)

    def before_dataset_search(self, search_params: dict[str, Any]) -> dict[str, Any]:
        """Let no visitor's punctuation end in an error, and nobody ask the index for what pages do not show.

        The kiosk's content stays apart from the catalogue.
        """
        return indexing.without_kiosk(indexing.public_query(indexing.forgiving_query(search_params)))

    def after_dataset_search(self, search_results: dict[str, Any], search_params: dict[str, Any]) -> dict[str, Any]:
        """Let a portal without our schema receive the SDI fields too."""
        return publication_views.mirror_fields_for_harvesters(search_results)

    def get_resource_uploader(self, data_dict: dict[str, Any]) -> None:
        """Check an uploaded table against its data dictionary, then leave it to CKAN to store it.

        Every way of writing a resource comes past here, before anything is written.
        """
        table_files.check_upload(data_dict)
        uploads.forget_digest(data_dict)

    def before_resource_create(self, context: Any, resource: dict[str, Any]) -> None:
        """Check a linked table against its data dictionary."""
        table_files.check_link(resource)

    def before_resource_update(self, context: Any, current: dict[str, Any], resource: dict[str, Any]) -> None:
        """Check a linked table against its data dictionary."""
        table_files.check_link(resource, current)

    def after_resource_update(self, context: Any, resource: dict[str, Any]) -> None:
        """Let the DataStore know what MS-Var says of the columns."""
        dictionaries.write_to_datastore(resource)
