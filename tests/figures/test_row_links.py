"""A number leads to its row: in the table of its file, as long as the table has the rows of the same bytes."""

from __future__ import annotations

import hashlib
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.figures.conftest import dated

pytestmark = pytest.mark.usefixtures("with_plugins")
TEXT = "Negara;2022\nTaiwan;100"
DIGEST = hashlib.sha256(TEXT.encode()).hexdigest()
FILE, TABLE = "berkas-paket", "tabel-paket"
ASKED = {"destination": "TWN", "time": "2022"}


@pytest.fixture
def hold(grow):
    """A function that puts a resource into the dataset `paket` of the table, which is loaded."""
    import ckan.model as model

    grow(TEXT, **dated("2023-02-01"))

    def put(resource_id, url_type="upload", **values):
        row = {"id": resource_id, "package_id": "paket", "state": "active", "url": "x", "url_type": url_type}
        resource, connection = model.resource_table, model.Session.connection()
        connection.execute(resource.delete().where(resource.c.id == resource_id))
        connection.execute(resource.insert().values(**row, **values))

    return put


def address(action="pmi_query", **asked):
    """Return the address of the only figure that answers: of which resource, and how it is filtered."""
    import ckan.plugins.toolkit as tk

    found = tk.get_action(action)({"user": ""}, ASKED | asked)
    figure = found["preferred"][0] if action == "pmi_query" else found[0]["periods"][0]["vintages"][0]
    parts = urlsplit(figure["source"]["url"])
    assert parts.netloc and parts.path.rpartition("/resource/")[0].endswith("/dataset/paket")
    return parts.path.rpartition("/")[2], parse_qs(parts.query).get("filters", [""])[0]


@pytest.mark.parametrize("action", ["pmi_query", "pmi_revision_list"])
def test_file_with_a_table_of_its_own_is_filtered_to_the_row_and_the_column(hold, action):
    hold(FILE, hash=DIGEST, extras={"datastore_active": True})
    assert address(action) == (FILE, "baris_sumber:2|kolom_sumber:2022")


def test_table_beside_the_file_it_was_read_from_is_filtered(hold):
    same = {"source_url": "https://mitra.example/tabel.csv"}
    hold("lain", "datastore", extras={"datastore_active": True, "source_url": "https://mitra.example/lain.csv"})
    hold(FILE, hash=DIGEST, extras=same)
    hold(TABLE, "datastore", extras=same | {"datastore_active": True})
    assert address() == (TABLE, "baris_sumber:2|kolom_sumber:2022")


def test_file_without_a_table_is_shown_itself(hold):
    hold("lain", "datastore", extras={"datastore_active": True})
    hold(FILE, hash=DIGEST, extras={})
    assert address() == (FILE, "")


def test_row_of_other_bytes_than_those_of_the_table_is_not_pointed_at(hold, grow):
    hold(FILE, hash="0" * 64, extras={"datastore_active": True})
    assert address() == (FILE, "")


def test_file_without_a_digest_is_the_one_that_was_loaded_last(hold, grow):
    hold(FILE, extras={"datastore_active": True})
    assert address() == (FILE, "baris_sumber:2|kolom_sumber:2022")
    grow("Negara;2022\nBrunei;7\nTaiwan;110", **dated("2023-08-01"))
    assert address() == (FILE, "baris_sumber:3|kolom_sumber:2022")
    assert address(vintage="2023-03-01") == (FILE, "")


def test_heading_of_any_words_is_read_back_by_the_view_of_the_table(hold, app, grow):
    import ckan.plugins.toolkit as tk

    heading = "Jumlah | 2022: (orang) 100% & lainnya"
    described = {"columns": {heading: "nilai"}, "unpivot": None, "constants": {"tahun": 2022}}
    grow(f"Negara;{heading}\nKuwait;5", place="paket", **described)
    hold(FILE, extras={"datastore_active": True})
    figure = tk.get_action("pmi_query")({"user": ""}, {"destination": "KWT", "time": "2022"})["preferred"][0]
    with app.flask_app.test_request_context(query_string=urlsplit(figure["source"]["url"]).query):
        assert tk.h.decode_view_request_filters() == {"baris_sumber": ["2"], "kolom_sumber": [heading]}
