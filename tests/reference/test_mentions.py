"""Places in texts: provinces and countries by their names, and nothing that only looks like one."""

from __future__ import annotations

import pytest

from ckanext.satudatapmi.reference.mentions import places_in


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("Penempatan PMI asal Jawa Timur", ("35",)),
        ("PENEMPATAN-PMI JATIM, NTB dan DKI", ("35", "52", "31")),
        ("Pengaduan di Kab. Malang dan Kabupaten Lombok Tengah", ("35", "52")),
        ("Lombok Tengah ke Malaysia", ("52", "MYS")),
        ("Placements in South Korea and Hong Kong", ("KOR", "HKG")),
        ("Papua Nugini", ("PNG",)),
        ("Papua Barat Daya", ("96",)),
        ("Hongkong, Hong Kong", ("HKG",)),
        ("", ()),
    ],
)
def test_text_names_places(text: str, codes: tuple[str, ...]):
    assert places_in(text) == codes


@pytest.mark.parametrize(
    "text",
    ["Pekerja Migran Indonesia", "Tambang batu", "palu arit", "as of 2023", "Negara tujuan", "Kongo", "35 orang"],
)
def test_words_that_are_no_place_or_several_name_none(text: str):
    assert places_in(text) == ()
