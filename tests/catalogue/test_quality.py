"""Points by the published methodology: each metric counts where its field is, and nowhere else."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ckanext.satudatapmi.catalogue import quality
from ckanext.satudatapmi.catalogue.quality import Facts, profile, score, stars

FILE = {
    "url": "https://data.example.go.id/a.csv",
    "format": "CSV",
    "mimetype": "text/csv",
    "size": 120,
}
FULL = {
    "title": "Penempatan PMI",
    "notes": "Calon PMI yang selesai diproses",
    "tags": [{"name": "penempatan"}],
    "theme": "Ketenagakerjaan",
    "spatial": "35",
    "temporal": "2024-01-01/2024-12-31",
    "license_id": "cc-by",
    "accessRights": "terbuka",
    "maintainer": "Layanan Satu Data",
    "publisher_name": "Pusdatin",
    "owner_org": "x",
    "rights": "Sebutkan sumbernya",
    "issued": "2025-01-01",
    "modified": "2025-02-01",
    "resources": [FILE],
    "ukuran": "jumlah",
    "satuan": "orang",
    "id_sds": "15219",
    "judul_kegiatan": "Kompilasi",
    "interpretasi": "Semakin besar ...",
    "metode_perhitungan": "Pencacahan",
    "kodereferensi": "ISO 3166-1",
    "accrualPeriodicity": "R/P1M",
}
LINKS = {FILE["url"]: 200}


def test_profiles_have_their_points():
    assert (profile("mqa").points, profile("sdi").points) == (405, 505)
    assert {one.name: sum(metric.points for metric in one.metrics) for one in profile("mqa").dimensions} == {
        "findability": 100,
        "accessibility": 100,
        "interoperability": 110,
        "reusability": 75,
        "contextuality": 20,
    }


@pytest.mark.parametrize("name", quality.PROFILES)
def test_every_metric_has_its_check(name):
    for dimension in profile(name).dimensions:
        for metric in dimension.metrics:
            checks = quality.DATASET_CHECKS if metric.level == "dataset" else quality.FILE_CHECKS
            assert metric.name in checks
            assert set(metric.title) == set(metric.advice) == {"id", "en"}


def test_keyword_theme_spatial_and_temporal_alone_score_100():
    alone = {name: FULL[name] for name in ("tags", "theme", "spatial", "temporal")}
    assert (score(Facts(alone)).points, score(Facts(alone)).band) == (100, "bad")


def test_full_dataset_scores_everything():
    assert (score(Facts(FULL, LINKS)).points, score(Facts(FULL, LINKS)).missed) == (405, ())
    assert (score(Facts(FULL, LINKS), "sdi").points, score(Facts(FULL, LINKS), "sdi").band) == (505, "excellent")


def test_nothing_scores_nothing():
    assert (score(Facts({})).points, stars(Facts({}))) == (0, 0)


@pytest.mark.parametrize(
    ("left_out", "lost"),
    [
        ("tags", 30),
        ("spatial", 20),
        ("license_id", 30),
        ("accessRights", 15),
        ("maintainer", 20),
        ("rights", 5),
        ("issued", 5),
        ("notes", 30),
        ("resources", 185),
    ],
)
def test_each_field_is_worth_its_points(left_out, lost):
    package = {key: value for key, value in FULL.items() if key != left_out}
    assert 405 - score(Facts(package, LINKS)).points == lost


@pytest.mark.parametrize(
    ("changed", "links", "lost"),
    [
        ({}, {}, 80),
        ({}, {FILE["url"]: 404}, 80),
        ({"url_type": "upload"}, {}, 0),
        ({"accessURL": FILE["url"]}, LINKS, 50),
        ({"format": "PDF"}, LINKS, 20),
        ({"format": "XLSX"}, LINKS, 20),
        ({"format": "entah"}, LINKS, 50),
        ({"mimetype": None}, LINKS, 10),
        ({"size": None}, LINKS, 5),
    ],
)
def test_each_property_of_a_file_is_worth_its_points(changed, links, lost):
    package = FULL | {"resources": [FILE | changed]}
    assert 405 - score(Facts(package, links)).points == lost


def test_best_distribution_counts():
    package = FULL | {"resources": [{"url": "https://data.example.go.id/a.pdf", "format": "PDF"}, FILE]}
    assert score(Facts(package, LINKS)).points == 405


def test_what_to_mend_comes_by_its_points():
    found = score(Facts(FULL | {"tags": [], "issued": None, "temporal": ""}, LINKS))
    assert [metric.name for metric in found.missed] == ["keyword", "temporal", "issued"]


@pytest.mark.parametrize(
    ("file", "licence", "lists", "linked", "expected"),
    [
        ("CSV", None, (), (), 0),
        ("PDF", "cc-by", (), (), 1),
        ("XLSX", "cc-by", (), (), 2),
        ("CSV", "cc-by", (), (), 3),
        ("CSV", "cc-by", ("satuan",), (), 4),
        ("CSV", "cc-by", ("wilayah",), ("wilayah",), 5),
        ("XLSX", "cc-by", ("wilayah",), ("wilayah",), 2),
    ],
)
def test_stars_follow_from_licence_format_and_identifiers(file, licence, lists, linked, expected):
    package = FULL | {"license_id": licence, "resources": [FILE | {"format": file}]}
    assert stars(Facts(package, LINKS, frozenset(lists), frozenset(linked))) == expected


@pytest.mark.parametrize(
    ("points", "band"),
    [
        (405, "excellent"),
        (351, "excellent"),
        (350, "good"),
        (221, "good"),
        (121, "sufficient"),
        (120, "bad"),
        (0, "bad"),
    ],
)
def test_bands_begin_where_the_methodology_says(points, band):
    assert profile("mqa").band(points) == band


@given(st.sets(st.sampled_from(sorted(FULL))), st.sampled_from(quality.PROFILES))
def test_less_never_scores_more(left_out, name):
    package = {key: value for key, value in FULL.items() if key not in left_out}
    found = score(Facts(package, LINKS), name)
    assert 0 <= found.points <= score(Facts(FULL, LINKS), name).points
    assert found.points + sum(metric.points for metric in found.missed) == found.of
