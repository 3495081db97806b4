"""BPS WebAPI: every table, every figure, no key given away."""

from __future__ import annotations

import doctest
import html
import json
import traceback

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ckanext.satudatapmi.harvesters.datajson import CatalogueError
from ckanext.satudatapmi.harvesters.failures import FetchError
from ckanext.satudatapmi.harvesters.protocols import bps_figures, rows
from ckanext.satudatapmi.harvesters.protocols.bps import BpsWebApi
from tests.harvesters import servers
from tests.partners.api_partner import saying, web_page
from tests.partners.api_sessions import ApiSession, read_all, settings_of, table_of
from tests.partners.bps_partner import KEY, BpsPartner

BPS = BpsWebApi()
DOWNLOAD = "https://web-api.bps.go.id/download.php?f="
FIGURES = {
    (3500, 0, 1999, 0): 308669,
    (3500, 0, 2000, 0): "...",
    (9999, 0, 2000, 0): "12.5",
    (3500, 0, 2001, 0): 0,
}


@pytest.fixture
def bps(partner):
    service = BpsPartner(partner)
    for number, title in ((31, "Penempatan"), (32, "Remitansi"), (33, "Pengangguran")):
        service.add_variable(number, title, FIGURES)
    return service


@pytest.fixture
def session(partner):
    return ApiSession(partner.name)


def source_of(bps, **config):
    return settings_of(BPS, bps.url, key=KEY, **config)


def test_examples_in_docstrings_hold():
    assert [doctest.testmod(module).failed for module in (bps_figures, rows)] == [0, 0]


def test_example_answer_of_bps_gives_every_figure(shared):
    answer = json.loads((shared / "sdi" / "example_bps_data.json").read_text())
    found = bps_figures.figures(answer)
    assert (len(found.rows), found.ambiguous) == (len(answer["datacontent"]), ())
    one = next(dict(zip(bps_figures.COLUMNS, row, strict=True)) for row in found.rows if row[8] == 45)
    assert (one["vervar"], one["turvar"], one["tahun"], one["satuan"]) == ("Jawa Timur", "Perempuan", "2023", "Orang")


@given(
    st.fixed_dictionaries(
        {
            name: st.lists(st.integers(0, 200), min_size=1, max_size=4, unique=True)
            for name in ("vervar", "turvar", "tahun", "turtahun")
        }
    )
)
def test_figure_goes_to_its_own_labels_or_to_none(codes):
    labels = {name: [{"val": code, "label": str(code)} for code in values] for name, values in codes.items()}
    content, owners = {}, {}
    for v in codes["vervar"]:
        for f in codes["turvar"]:
            for y in codes["tahun"]:
                for p in codes["turtahun"]:
                    key = f"{v}7{f}{y}{p}"
                    owners.setdefault(key, []).append((v, f, y, p))
                    content[key] = len(content)
    found = bps_figures.figures({**labels, "var": [{"val": 7, "label": "x"}], "datacontent": content})
    for row in found.rows:
        key = f"{row[0]}7{row[2]}{row[4]}{row[6]}"
        assert (row[8], row[9]) == ((content[key], None) if len(owners[key]) == 1 else (None, bps_figures.AMBIGUOUS))
    assert set(found.ambiguous) == {key for key, whose in owners.items() if len(whose) > 1}
    assert len(found.rows) == sum(map(len, owners.values()))


def test_labels_without_end_are_refused():
    labels = [{"val": number, "label": ""} for number in range(2000)]
    with pytest.raises(ValueError, match="allow more than"):
        bps_figures.figures({"vervar": labels, "turvar": labels, "datacontent": {"1": 1}})


def test_all_tables_come_with_their_figures(bps, session):
    read = read_all(BPS, source_of(bps), session)
    assert sorted(read.records) == ["bps-0000-var-31", "bps-0000-var-32", "bps-0000-var-33"]
    assert (len(read.pages), read.reading.announced, read.reading.whole, read.reading.problem) == (2, 3, True, "")
    record = read.records["bps-0000-var-31"]
    assert (record["title"], record["satuan"], record["keyword"]) == ("Penempatan", "Orang", ["Tenaga Kerja"])
    assert record["temporal"] == "1999-01-01/2001-12-31"
    table = table_of(BPS, source_of(bps), session, record)
    told = {(row["kode_vervar"], row["tahun"]): (row["nilai"], row["tanda"]) for row in table}
    assert told == {
        (3500, "1999"): (308669, None),
        (3500, "2000"): (None, "..."),
        (9999, "2000"): (12.5, None),
        (3500, "2001"): (0, None),
    }
    assert max(bps.years_at_once) == 2


def test_second_reading_tells_what_is_new_changed_and_gone(bps, session):
    first = read_all(BPS, source_of(bps), session)
    assert read_all(BPS, source_of(bps), session).digests == first.digests
    bps.change(31, (3500, 0, 1999, 0), 308670)
    bps.remove(32)
    bps.add_variable(34, "Baru", FIGURES)
    second = read_all(BPS, source_of(bps), session)
    assert second.changed_since(first) == {
        "bps-0000-var-31": "changed",
        "bps-0000-var-32": "gone",
        "bps-0000-var-34": "new",
    }
    bps.restore(32)
    assert read_all(BPS, source_of(bps), session).digests["bps-0000-var-32"] == first.digests["bps-0000-var-32"]


def test_filters_take_some_variables_subjects_and_years(bps, session):
    bps.add_variable(40, "Penduduk", FIGURES, subject=12)
    assert list(read_all(BPS, source_of(bps, subjects=[12]), session).records) == ["bps-0000-var-40"]
    read = read_all(BPS, source_of(bps, variables=["33"], from_year=2001), session)
    assert list(read.records) == ["bps-0000-var-33"]
    assert read.records["bps-0000-var-33"]["temporal"] == "2001-01-01/2001-12-31"


def test_ambiguous_key_gives_no_figure_and_is_told(bps, session):
    # Year 110 (2010) with part 1, and year 11 (1911) with part 01, both end in 1101.
    bps.add_variable(
        50,
        "Rancu",
        {(1, 0, 2010, 1): 5, (1, 0, 1911, "01"): 7},
        vervar=[{"val": 1, "label": "Satu"}],
        turtahun=[{"val": 1, "label": "I"}, {"val": "01", "label": "Januari"}],
    )
    read = read_all(BPS, source_of(bps, variables=[50]), session)
    assert [(remark.kind, remark.field) for remark in read.remarks] == [("figures_ambiguous", "50")]
    table = table_of(BPS, source_of(bps), session, read.records["bps-0000-var-50"])
    assert {(row["nilai"], row["tanda"]) for row in table if row["tanda"]} == {(None, "?")}


def test_static_tables_publications_and_press_releases_come_if_wanted(bps, session):
    page = "<table><tr><th rowspan='2'>Negara</th><th>2023</th></tr><tr><th>orang</th></tr><tr><td>Taiwan</td><td>5</td></tr></table>"
    bps.add(
        "statictable",
        7,
        title="PMI menurut negara",
        subj="Migrasi",
        updt_date="2024-01-05",
        excel="https://x.test/7.xls",
    )
    bps.pages_of_tables[7] = {"table_id": 7, "title": "PMI menurut negara", "table": html.escape(page)}
    bps.add("publication", "ab1", title="Statistik Migrasi", rl_date="2024-02-01", pdf="https://x.test/ab1.pdf")
    bps.add("pressrelease", 9, title="Ketenagakerjaan", subj="Migrasi", abstract="Ringkas", rl_date="2024-02-05")
    source = source_of(bps, kinds=["statictable", "publication", "pressrelease"])
    read = read_all(BPS, source, session)
    assert sorted(read.records) == ["bps-0000-pressrelease-9", "bps-0000-publication-ab1", "bps-0000-statictable-7"]
    table = read.records["bps-0000-statictable-7"]
    assert [file["format"] for file in table["distribution"]] == ["JSON", "XLS"]
    assert table_of(BPS, source, session, table) == [
        {"Negara": "Negara", "2023": "orang"},
        {"Negara": "Taiwan", "2023": "5"},
    ]
    assert list(BPS.tables(source, session, read.records["bps-0000-publication-ab1"])) == []


def test_addresses_that_bps_signs_anew_are_no_change(bps, session):
    bps.signs = True
    bps.add("statictable", 7, title="PMI menurut negara", updt_date="2024-01-05", excel=f"{DOWNLOAD}7")
    bps.add("publication", "ab1", title="Statistik Migrasi", rl_date="2024-02-01", size="2 MB", pdf=f"{DOWNLOAD}ab1")
    bps.add(
        "pressrelease",
        9,
        title="Ketenagakerjaan",
        rl_date="2024-02-05",
        cover="https://web-api.bps.go.id/cover.php?f=9",
    )
    source = source_of(bps, kinds=["statictable", "publication", "pressrelease"])
    first = read_all(BPS, source, session)
    second = read_all(BPS, source, session)
    assert second.records["bps-0000-publication-ab1"]["pdf"] != first.records["bps-0000-publication-ab1"]["pdf"]
    assert second.digests == first.digests
    bps.lists["publication"]["ab1"]["size"] = "3 MB"
    bps.lists["statictable"][7]["updt_date"] = "2024-01-06"
    changed = read_all(BPS, source, session).changed_since(first)
    assert changed == {"bps-0000-publication-ab1": "changed", "bps-0000-statictable-7": "changed"}


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (servers.status(403), "refuses us"),
        (servers.status(429), "429"),
        (web_page, "web page"),
        (servers.cut_off, "broke off"),
        (servers.silence(2.5), "took too long"),
        (saying({"status": "Error", "message": f"limit for {KEY} reached"}), "limit for WEBAPI_KEY reached"),
        (saying({"status": "OK", "data-availability": "available", "data": "x"}), "form that is not known"),
    ],
)
def test_failure_says_why_and_never_tells_the_key(bps, session, answer, words):
    bps.fail("/model/var/", answer)
    with pytest.raises((FetchError, CatalogueError)) as caught:
        read_all(BPS, source_of(bps), session)
    assert words in caught.value.message
    assert KEY not in "".join(traceback.format_exception(caught.value))
    assert KEY not in str(vars(caught.value)) and caught.value.__context__ is None


def test_wrong_key_and_empty_domain_are_told(bps, session):
    with pytest.raises(CatalogueError, match="Invalid key WEBAPI_KEY"):
        read_all(BPS, settings_of(BPS, bps.url, key="salah"), session)
    with pytest.raises(CatalogueError, match="no list") as caught:
        read_all(BPS, source_of(bps, domain="3500"), session)
    assert caught.value.kind == "empty_catalogue"


def test_key_is_in_no_record_even_if_bps_sends_it_back(bps, session):
    bps.lists["var"][31]["notes"] = f"lihat https://webapi.bps.go.id/unduh?k={KEY}"
    read = read_all(BPS, source_of(bps), session)
    assert KEY not in json.dumps(read.records)
    address = read.records["bps-0000-var-31"]["distribution"][0]["downloadURL"]
    assert address == f"{bps.url}/list/model/data/lang/ind/domain/0000/var/31/key/WEBAPI_KEY/"
    assert KEY not in str([(page.token, page.base_url) for page in read.pages])


def test_page_that_fails_is_told_and_reading_goes_on_after_the_last(bps, session):
    bps.fail("domain/0000/page/2/", servers.cut_off)
    first = read_all(BPS, source_of(bps), session)
    assert sorted(first.records) == ["bps-0000-var-31", "bps-0000-var-32"]
    assert "broke off" in first.reading.problem and KEY not in first.reading.problem
    bps.mend()
    rest = read_all(BPS, source_of(bps), session, token=json.loads(json.dumps(first.pages[-1].token)))
    assert list(rest.records) == ["bps-0000-var-33"] and rest.reading.problem == ""


@pytest.mark.parametrize(
    "empty",
    [
        {"status": "OK", "data-availability": "list-not-available", "data": ""},
        {"status": "OK", "data-availability": "available", "data": [{"page": 2, "pages": 2, "total": 0}, []]},
    ],
)
def test_empty_page_in_the_middle_is_no_end(bps, session, empty):
    bps.fail("domain/0000/page/2/", saying(empty))
    read = read_all(BPS, source_of(bps), session)
    assert "nothing new" in read.reading.problem and KEY not in read.reading.problem
    assert (sorted(read.records), read.reading.announced) == (["bps-0000-var-31", "bps-0000-var-32"], 3)


def test_empty_page_of_years_does_not_cut_the_figures(bps, session):
    bps.fail("domain/0000/var/31/page/2/", saying({"status": "OK", "data-availability": "list-not-available"}))
    read = read_all(BPS, source_of(bps), session)
    assert sorted(read.records) == ["bps-0000-var-32", "bps-0000-var-33"]
    assert [one.identifier for one in read.rejections] == ["bps-0000-var-31"]


@pytest.mark.parametrize("said", [{"status": "Error", "message": "rusak"}, {"status": "OK", "isi": {}}, []])
def test_table_whose_figures_cannot_be_had_is_told_and_has_not_vanished(bps, session, said):
    bps.fail("/data/lang/ind/domain/0000/var/32/", saying(said))
    read = read_all(BPS, source_of(bps), session)
    assert sorted(read.records) == ["bps-0000-var-31", "bps-0000-var-33"]
    assert read.reading.whole
    assert [(one.place, one.identifier) for one in read.rejections] == [(2, "bps-0000-var-32")]


def test_wrong_charset_and_redirects_do_no_harm(bps, session, partner):
    bps.content_type = "application/json; charset=iso-8859-1"
    bps.lists["var"][31]["title"] = "Déjà – penempatan"
    partner.do("/lama", servers.redirect("/v1/api"))
    bps.fail("/lama/list", lambda handler: servers.redirect(handler.path.replace("/lama", "/v1/api"))(handler))
    read = read_all(BPS, settings_of(BPS, partner.url + "/lama", key=KEY), session)
    assert read.records["bps-0000-var-31"]["title"] == "Déjà – penempatan"
