"""What the tests of services share: figures that they publish, and a portal that has something for every read."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient

from ckanext.satudatapmi.catalogue import figure_files
from ckanext.satudatapmi.publication import dumps
from tests.figures.conftest import ask, grow, single_data
from tests.publication.csw_service import Service, served, servers_home
from tests.publication.datasets import FULL, act, make

__all__ = ["ask", "grow", "single_data"]


@pytest.fixture(autouse=True)
def answers_read_to_their_end(request, monkeypatch):
    """Have the test client read answers whole: one left unread keeps its place among the readers, and its context.

    Tests of streaming read as they like.
    """
    if request.module.__name__.endswith("test_streaming"):
        return
    stock = FlaskClient.open
    monkeypatch.setattr(
        FlaskClient, "open", lambda self, *about, **more: stock(self, *about, **{"buffered": True} | more)
    )


@pytest.fixture(scope="module")
def pycsw(site, tmp_path_factory):
    """The catalogue service for maps, and an address of the site that it belongs to."""
    import ckan.plugins.toolkit as tk

    with served(site) as address:
        config = {"sqlalchemy.url": tk.config["sqlalchemy.url"]}
        service = Service(servers_home(tk.config), tmp_path_factory.mktemp("csw"), config, address)
        service.start()
        service.site_url = address
        yield service
        service.stop()


@pytest.fixture
def furnished(portal, single_data, pycsw, create_with_upload, ckan_config, monkeypatch, tmp_path):
    """A dataset of a series, with a file and a table; figures, a dump, and a service for maps."""
    # Files that are made here are of a portal of its own: no other test may find them.
    for module in (figure_files, dumps):
        monkeypatch.setattr(module, "_folder", lambda name=module.__name__: tmp_path / name)
    monkeypatch.setitem(ckan_config, "ckanext.satudatapmi.signing_key", str(tmp_path / "key.pem"))
    monkeypatch.setitem(ckan_config, "ckanext.satudatapmi.csw.url", pycsw.url)
    dataset = make(**FULL, in_series="Penempatan PMI")
    user = {"user": act("get_site_user")["name"]}
    upload = create_with_upload("negara,jumlah\nMYS,1\nHKG,2\n", "negara.csv", user, package_id=dataset["id"])
    fields, records = (
        [{"id": "negara"}, {"id": "jumlah", "type": "numeric"}],
        [{"negara": "MYS", "jumlah": 1}, {"negara": "HKG", "jumlah": 2}],
    )
    act("datastore_create", resource_id=upload["id"], fields=fields, records=records, force=True)
    dumps.make()
    return dataset, upload
